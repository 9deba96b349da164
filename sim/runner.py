"""How does a plan become results? In chunks of many worlds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.measures import outcomes
from sim.model import ConflictModel
from sim.recorder import Recorder, Tally
from sim.scenario import Scenario

CHUNK = 1024  # worlds side by side: large enough for NumPy, small enough for the processor's cache


@dataclass(frozen=True)
class Plan:
    """What is run: everything that determines the numbers.

    Attributes:
        scenario: with all parameters set.
        theory: of the patron's choice.
        without: claims left out, in order.
        seed: of all luck.
        worlds: how many.
    """

    scenario: Scenario
    theory: str = "article"
    without: tuple[str, ...] = ()
    seed: int = 0
    worlds: int = 1000

    def facts(self) -> dict[str, Any]:
        """The plan as plain data."""
        return {
            "scenario": self.scenario.model_dump(mode="json"),
            "theory": self.theory,
            "without": list(self.without),
            "seed": self.seed,
            "worlds": self.worlds,
        }


@dataclass(frozen=True)
class Part:
    """What one chunk of worlds came to."""

    table: pd.DataFrame
    tally: Tally


@dataclass
class Results:
    """What a run came to: a row a world, and a tally of all of them."""

    plan: Plan
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    tally: Tally | None = None


def run_chunk(plan: Plan, worlds: NDArray[np.int64]) -> Part:
    """Run some worlds of a plan from start to end."""
    model = ConflictModel(
        plan.scenario, theory=plan.theory, without=plan.without, seed=plan.seed, worlds=worlds
    )
    recorder = Recorder(model)
    recorder.look(model)
    while model.step_number < plan.scenario.steps:
        model.step()
        recorder.look(model)
    columns: Mapping[str, Any] = {"point": 0, "world": worlds} | outcomes(model)
    return Part(pd.DataFrame(columns), recorder.counted())


def chunks(worlds: int, size: int = CHUNK) -> Iterator[NDArray[np.int64]]:
    """World numbers, chunk by chunk.

    >>> [chunk.tolist() for chunk in chunks(5, size=2)]
    [[0, 1], [2, 3], [4]]
    """
    for first in range(0, worlds, size):
        yield np.arange(first, min(first + size, worlds))


def run(plan: Plan, done: Callable[[int], None] = lambda worlds: None, size: int = CHUNK) -> Results:
    """Run a plan, chunk by chunk, in this process.

    Args:
        plan: what to run.
        done: called after each chunk with its number of worlds, for a progress bar.
        size: worlds in a chunk; the results do not depend on it.
    """
    results, tables = Results(plan), []
    for worlds in chunks(plan.worlds, size):
        part = run_chunk(plan, worlds)
        tables.append(part.table)
        if results.tally is None:
            results.tally = part.tally
        else:
            results.tally.add(part.tally)
        done(worlds.size)
    results.table = pd.concat(tables, ignore_index=True)
    return results
