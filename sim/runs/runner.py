"""How does a plan become results? In jobs of many worlds side by side."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from mesa import Agent
from numpy.typing import NDArray

from sim.measures import outcomes
from sim.model import ConflictModel
from sim.runs.design import STRUCTURE, claims_of
from sim.runs.recorder import MOST_DATES, Recorder, Tally, bands, reasons, recorded_steps
from sim.scenarios.scenario import Scenario

CHUNK = 2048  # worlds side by side: large enough for NumPy, small enough for the processor's cache
MOST_ROWS = 40_000  # points times dates that are recorded; with more points, fewer dates each
FEWEST_DATES = 2  # the start and the end


@dataclass(frozen=True)
class Plan:
    """What is run: everything that determines the numbers.

    Attributes:
        scenario: with all parameters set.
        theory: of the patron's choice.
        without: claims left out, in order.
        seed: of all luck.
        worlds: how many for each point.
        design: a row a point, a column a factor (sim/runs/design.py); None for a single point.
        own_luck: whether each point has luck of its own; else all points share the same.
        sampler: how the design was made, for captions; the numbers follow from the design alone.
    """

    scenario: Scenario
    theory: str = "article"
    without: tuple[str, ...] = ()
    seed: int = 0
    worlds: int = 1000
    design: pd.DataFrame | None = None
    own_luck: bool = False
    sampler: str = ""

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Plan":
        """A plan from its facts, as in a manifest."""
        design = None if facts["design"] is None else pd.DataFrame(facts["design"])
        return cls(
            scenario=Scenario.model_validate_json(json.dumps(facts["scenario"])),
            theory=facts["theory"],
            without=tuple(facts["without"]),
            seed=facts["seed"],
            worlds=facts["worlds"],
            design=design,
            own_luck=facts["own_luck"],
            sampler=facts.get("sampler", ""),
        )

    @property
    def points(self) -> int:
        """How many points."""
        return 1 if self.design is None else len(self.design)

    @property
    def size(self) -> int:
        """How many worlds in all."""
        return self.points * self.worlds

    def facts(self) -> dict[str, Any]:
        """The plan as plain data."""
        design = None if self.design is None else self.design.to_dict(orient="list")
        return {
            "scenario": self.scenario.model_dump(mode="json"),
            "theory": self.theory,
            "without": list(self.without),
            "seed": self.seed,
            "worlds": self.worlds,
            "design": design,
            "own_luck": self.own_luck,
            "sampler": self.sampler,
        }

    def steps(self) -> list[int]:
        """After how many steps a record is taken."""
        most = min(MOST_DATES, max(FEWEST_DATES, MOST_ROWS // self.points))
        return recorded_steps(self.scenario, most)

    def structure(self, point: int) -> tuple[str, tuple[str, ...]]:
        """Theory and claims left out at a point."""
        theory, claims = self.theory, self.without
        if self.design is not None and "theory" in self.design:
            theory = str(self.design["theory"].iat[point])
        if self.design is not None and "without" in self.design:
            claims = tuple(sorted({*claims, *claims_of(str(self.design["without"].iat[point]))}))
        return theory, claims


@dataclass(frozen=True)
class Job:
    """Some worlds of some points that share theory and rules: what one call runs.

    Attributes:
        points: their numbers; more than one only if all worlds of each are in the job.
        first, last: the worlds of each point, from `first` up to, not including, `last`.
    """

    points: tuple[int, ...]
    first: int
    last: int

    @property
    def size(self) -> int:
        """How many worlds in all."""
        return len(self.points) * (self.last - self.first)

    @property
    def name(self) -> str:
        """A file name that no other job of a run has, in the order of points and worlds."""
        return f"{self.points[0]:08d}-{len(self.points)}-{self.first:010d}-{self.last:010d}"

    def halves(self) -> tuple["Job", "Job"]:
        """Two jobs that together do the same, to narrow a failure down."""
        if len(self.points) > 1:
            middle = len(self.points) // 2
            return (
                Job(self.points[:middle], self.first, self.last),
                Job(self.points[middle:], self.first, self.last),
            )
        middle = (self.first + self.last) // 2
        return Job(self.points, self.first, middle), Job(self.points, middle, self.last)


@dataclass
class Part:
    """What one job came to.

    Attributes:
        job: that was run.
        table: one row a world.
        bands, reasons: of points whose worlds are all here; else None.
        tally: of a point of which only some worlds are here; else None.
    """

    job: Job
    table: pd.DataFrame
    bands: pd.DataFrame | None = None
    reasons: pd.DataFrame | None = None
    tally: Tally | None = None


@dataclass
class Results:
    """What a run came to: a row a world, and bands and reasons by point and date."""

    plan: Plan
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    bands: pd.DataFrame = field(default_factory=pd.DataFrame)
    reasons: pd.DataFrame = field(default_factory=pd.DataFrame)


def jobs(plan: Plan, chunk: int = CHUNK) -> Iterator[Job]:
    """The jobs of a plan: parts of a point with many worlds, or several points with few.

    >>> from sim.scenarios.scenario import load
    >>> [job.name for job in jobs(Plan(load("karabakh-2020"), worlds=5), chunk=3)]
    ['00000000-1-0000000000-0000000003', '00000000-1-0000000003-0000000005']
    """
    if plan.worlds > chunk:
        for point in range(plan.points):
            for first in range(0, plan.worlds, chunk):
                yield Job((point,), first, min(first + chunk, plan.worlds))
        return
    together = max(1, chunk // plan.worlds)
    alike: dict[Any, list[int]] = {}
    for point in range(plan.points):
        alike.setdefault(plan.structure(point), []).append(point)
    for points in alike.values():
        for first in range(0, len(points), together):
            yield Job(tuple(points[first : first + together]), 0, plan.worlds)


def model_of(plan: Plan, job: Job) -> ConflictModel:
    """The worlds of a job at their start, point by point."""
    theory, without = plan.structure(job.points[0])
    each = job.last - job.first
    worlds = np.arange(job.first, job.last)
    numbers = np.tile(worlds, len(job.points))
    if plan.own_luck:
        numbers = numbers + np.repeat(np.array(job.points) * plan.worlds, each)
    columns = {}
    if plan.design is not None:
        chosen = plan.design.iloc[list(job.points)]
        for name in [name for name in chosen.columns if name not in STRUCTURE]:
            values = chosen[name].to_numpy(dtype=float)
            columns[name] = np.repeat(values, each) if len(set(values)) > 1 else float(values[0])
    return ConflictModel(
        plan.scenario, theory=theory, without=without, seed=plan.seed, worlds=numbers, columns=columns
    )


def run_job(plan: Plan, job: Job) -> Part:
    """Run the worlds of a job from start to end."""
    model, steps = model_of(plan, job), plan.steps()
    recorder = Recorder(model, points=len(job.points), steps=steps)
    recorder.look(model)
    while model.step_number < plan.scenario.steps:
        model.step()
        recorder.look(model)
    part = Part(job, table_of(plan, job, model))
    if job.last - job.first < plan.worlds:
        part.tally = recorder.counted()
    else:
        tally, points = recorder.tally, np.array(job.points)
        part.bands = bands(tally, plan.scenario, steps, recorder.quantiles(), points)
        part.reasons = reasons(tally, plan.scenario, steps, points)
    let_go(model)
    return part


def run_table(
    plan: Plan, job: Job, more: Callable[[ConflictModel], dict[str, NDArray[Any]]] = lambda model: {}
) -> pd.DataFrame:
    """Run the worlds of a job; their outcomes, and what more is read at the end, without the way there."""
    model = model_of(plan, job)
    model.run()
    table = table_of(plan, job, model).assign(**more(model))
    let_go(model)
    return table


def worlds_of(plan: Plan, pool: Executor) -> pd.DataFrame:
    """Run a plan on a pool of workers, and keep its outcomes alone: a row a world, by point and world."""
    return in_order(list(pool.map(partial(run_table, plan), jobs(plan))), "world")


def let_go(model: ConflictModel) -> None:
    """Free the memory of a model: Mesa 3.3 remembers every model that has ever had an agent."""
    getattr(Agent, "_ids", {}).pop(model, None)
    model.__dict__.clear()  # else it waits for a great clean-up: its actors and it know each other


def table_of(plan: Plan, job: Job, model: ConflictModel) -> pd.DataFrame:
    """One row a world: point, world, factors, outcomes."""
    each = job.last - job.first
    points = np.repeat(np.array(job.points), each)
    worlds = np.tile(np.arange(job.first, job.last), len(job.points))
    columns: dict[str, NDArray[Any]] = {"point": points, "world": worlds}
    if plan.design is not None:
        columns |= {name: plan.design[name].to_numpy()[points] for name in plan.design.columns}
    return pd.DataFrame(columns | outcomes(model))


class Gathering:
    """Puts the bands of points together whose worlds come in several parts.

    A tally is kept only until the last world of its point has come.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._open: dict[int, Tally] = {}

    def add(self, point: int, tally: Tally, missing: int = 0) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Take a part of a point in; its bands and reasons if that was the last one.

        Args:
            point: its number.
            tally: of some of its worlds.
            missing: worlds of the point that have failed and will never come.
        """
        if point in self._open:
            self._open[point].add(tally)
        else:
            self._open[point] = tally
        if self._open[point].worlds[0] < self.plan.worlds - missing:
            return None
        whole, steps = self._open.pop(point), self.plan.steps()
        numbers = np.array([point])
        return (
            bands(whole, self.plan.scenario, steps, points=numbers),
            reasons(whole, self.plan.scenario, steps, points=numbers),
        )


def run(plan: Plan, done: Callable[[int], None] = lambda worlds: None, chunk: int = CHUNK) -> Results:
    """Run a plan in this process, and keep all of it in memory: for what is small.

    Args:
        plan: what to run.
        done: called after each job with its number of worlds, for a progress bar.
        chunk: worlds in a job; the results do not depend on it.
    """
    gathering, tables, banded, reasoned = Gathering(plan), [], [], []
    for job in jobs(plan, chunk):
        part = run_job(plan, job)
        tables.append(part.table)
        whole = (part.bands, part.reasons)
        if part.tally is not None:
            whole = gathering.add(job.points[0], part.tally) or (None, None)
        if whole[0] is not None and whole[1] is not None:
            banded.append(whole[0])
            reasoned.append(whole[1])
        done(job.size)
    return Results(plan, in_order(tables, "world"), in_order(banded, "date"), in_order(reasoned, "date"))


def in_order(tables: list[pd.DataFrame], second: str) -> pd.DataFrame:
    """Tables as one, by point and a second column."""
    whole = pd.concat(tables, ignore_index=True)
    return whole.sort_values(["point", second], kind="stable", ignore_index=True)
