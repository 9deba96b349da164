"""What does each theory say, world by world, of what the record knows?"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.history.course import Course, Numbers, follow
from experiments.history.forecasts import EVENTS
from experiments.history.patterns import values
from sim.model import ConflictModel
from sim.quantities import DAYS_PER_YEAR
from sim.runs.runner import release
from sim.scenarios.scenario import Scenario

CHUNK = 250  # worlds side by side: a course keeps every step, so fewer than in a batch
CURVES = ("held", "opinion")
QUARTERS = 20  # of a year after the first large war, over which opinion is followed
QUARTER = DAYS_PER_YEAR / 4  # days


@dataclass(frozen=True)
class Wanted:
    """What is asked of a scenario.

    Attributes:
        scenario: that is run.
        horizon: a large war that begins later does not count.
        observed: district -> the date on which it fell.
        kept: districts that did not fall.
        dates: on which the curves are read.
    """

    scenario: Scenario
    horizon: date
    observed: Mapping[str, date]
    kept: tuple[str, ...]
    dates: tuple[date, ...]


@dataclass(frozen=True)
class Reckoned:
    """What came of it.

    Attributes:
        table: a row a world, a column a pattern (by id) or event (by its words).
        curves: stock -> (worlds, dates).
        after_war: (worlds, quarters of a year since the first large war) opinion, NaN where there is none.
    """

    table: pd.DataFrame
    curves: dict[str, NDArray[np.float64]]
    after_war: NDArray[np.float64]


def reckon(
    wanted: Wanted,
    theory: str,
    seed: int,
    numbers: NDArray[np.int64],
    columns: Mapping[str, NDArray[np.float64]] | None = None,
    without: Sequence[str] = (),
) -> Reckoned:
    """Run some worlds under a theory, and read off what the record knows.

    Args:
        wanted: what is asked.
        theory: of the patron's choice.
        seed: of all luck.
        numbers: (worlds,) of the worlds.
        columns: parameters that differ between worlds, path -> (worlds,).
        without: claims left out.
    """
    model = ConflictModel(
        wanted.scenario, theory=theory, without=without, seed=seed, worlds=numbers, columns=columns
    )
    course = follow(model, wanted.horizon)
    release(model)
    columns = {name: read(course) for name, read in values(wanted.observed, wanted.kept).items()}
    columns |= {event.words: event.read(course) for event in EVENTS}
    moments = [course.moment_of(day) for day in wanted.dates]
    curves = {name: course[name][moments].T for name in CURVES}
    return Reckoned(pd.DataFrame(columns), curves, _since_war(course))


def _since_war(course: Course) -> Numbers:
    """(worlds, quarters) opinion at each quarter of a year after the first large war."""
    quarters = []
    for quarter in range(QUARTERS + 1):
        later = course.after_war(quarter / 4)
        quarters.append(np.where(later >= 0, course.at("opinion", later), np.nan))
    return np.stack(quarters, axis=1)


def reckon_all(
    asked: Mapping[str, tuple[Wanted, int]], theories: Sequence[str], seed: int, pool: Executor
) -> dict[tuple[str, str], Reckoned]:
    """Run every theory over every scenario.

    Args:
        asked: name -> what is asked of a scenario, and in how many worlds.
        theories: names.
        seed: of all luck; all theories meet the same.
        pool: the workers.

    Returns:
        (name, theory) -> what came of it.
    """
    flying = {
        (name, theory): [
            pool.submit(reckon, wanted, theory, seed, np.arange(first, min(first + CHUNK, worlds)))
            for first in range(0, worlds, CHUNK)
        ]
        for name, (wanted, worlds) in asked.items()
        for theory in theories
    }
    return {key: _together([future.result() for future in parts]) for key, parts in flying.items()}


def _together(parts: Sequence[Reckoned]) -> Reckoned:
    return Reckoned(
        pd.concat([part.table for part in parts], ignore_index=True),
        {name: np.concatenate([part.curves[name] for part in parts]) for name in CURVES},
        np.concatenate([part.after_war for part in parts]),
    )
