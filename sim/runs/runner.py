"""Jobs run side by side: from a plan to its tables."""

from collections.abc import Callable
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
from sim.runs.design import STRUCTURE
from sim.runs.plan import CHUNK, Job, Plan, jobs
from sim.runs.recorder import Recorder, Tally, bands, reasons


@dataclass
class JobResult:
    """What one job came to.

    Attributes:
        job: the job that was run.
        table: the outcomes, one row per world.
        bands, reasons: the tables of points whose worlds are all here; else None.
        tally: the counts of a point of which only some worlds are here; else None.
    """

    job: Job
    table: pd.DataFrame
    bands: pd.DataFrame | None = None
    reasons: pd.DataFrame | None = None
    tally: Tally | None = None


@dataclass
class Results:
    """What a run came to: one row per world, and bands and reasons by point and date."""

    plan: Plan
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    bands: pd.DataFrame = field(default_factory=pd.DataFrame)
    reasons: pd.DataFrame = field(default_factory=pd.DataFrame)


def model_of(plan: Plan, job: Job) -> ConflictModel:
    """The worlds of a job at their start, point by point."""
    theory, without = plan.structure(job.points[0])
    each = job.last - job.first
    worlds = np.arange(job.first, job.last)
    numbers = np.tile(worlds, len(job.points))
    if plan.own_luck:
        lucks = np.array(job.points) % (plan.points // plan.blocks)
        numbers = numbers + np.repeat(lucks * plan.worlds, each)
    columns = {}
    if plan.design is not None:
        chosen = plan.design.iloc[list(job.points)]
        for name in [name for name in chosen.columns if name not in STRUCTURE]:
            values = chosen[name].to_numpy(dtype=float)
            columns[name] = np.repeat(values, each) if len(pd.unique(values)) > 1 else float(values[0])
    return ConflictModel(plan.scenario, theory=theory, without=without, seed=plan.seed, worlds=numbers,
                         columns=columns, numbers=plan.numbers)  # fmt: skip


def run_job(plan: Plan, job: Job) -> JobResult:
    """Run the worlds of a job from start to end."""
    model, steps = model_of(plan, job), plan.steps()
    recorder = Recorder(model, points=len(job.points), steps=steps)
    recorder.look(model)
    while model.step_number < plan.scenario.steps:
        model.step()
        recorder.look(model)
    result = JobResult(job, table_of(plan, job, model))
    if job.last - job.first < plan.worlds:
        result.tally = recorder.counted()
    else:
        tally, points = recorder.tally, np.array(job.points)
        result.bands = bands(tally, plan.scenario, steps, recorder.quantiles(), points)
        result.reasons = reasons(tally, plan.scenario, steps, points)
    release(model)
    return result


def run_table(
    plan: Plan, job: Job, more: Callable[[ConflictModel], dict[str, NDArray[Any]]] = lambda model: {}
) -> pd.DataFrame:
    """Run the worlds of a job; return only their outcomes, and whatever `more` reads at the end."""
    model = model_of(plan, job)
    model.run()
    table = table_of(plan, job, model).assign(**more(model))
    release(model)
    return table


def worlds_of(plan: Plan, pool: Executor) -> pd.DataFrame:
    """Run a plan on a pool of workers, and keep only its outcomes: one row per world, by point and world."""
    return in_order(list(pool.map(partial(run_table, plan), jobs(plan))), "world")


def release(model: ConflictModel) -> None:
    """Free the memory of a model: Mesa 3.3 remembers every model that has ever had an agent."""
    getattr(Agent, "_ids", {}).pop(model, None)
    model.__dict__.clear()  # else it waits for the garbage collector: it and its actors refer to each other


def table_of(plan: Plan, job: Job, model: ConflictModel) -> pd.DataFrame:
    """One row per world: point, world, factors, outcomes."""
    each = job.last - job.first
    points = np.repeat(np.array(job.points), each)
    worlds = np.tile(np.arange(job.first, job.last), len(job.points))
    columns: dict[str, NDArray[Any]] = {"point": points, "world": worlds}
    if plan.design is not None:
        columns |= {name: plan.design[name].to_numpy()[points] for name in plan.design.columns}
    return pd.DataFrame(columns | outcomes(model))


class Gathering:
    """Puts together the bands of points whose worlds come in several jobs.

    A tally is kept only until the last world of its point has come.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._open: dict[int, Tally] = {}

    def add(self, point: int, tally: Tally, missing: int = 0) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Take in some worlds of a point; return its bands and reasons if they were the last ones.

        Args:
            point: the number of the point.
            tally: the counts of some of its worlds.
            missing: how many worlds of the point have failed and will never come.
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
    """Run a plan in this process, and keep all of it in memory: for small runs.

    Args:
        plan: the plan to run.
        done: a function that is called after each job with its number of worlds, for a progress bar.
        chunk: how many worlds a job has; the results do not depend on it.
    """
    gathering, tables, banded, reasoned = Gathering(plan), [], [], []
    for job in jobs(plan, chunk):
        result = run_job(plan, job)
        tables.append(result.table)
        whole = (result.bands, result.reasons)
        if result.tally is not None:
            whole = gathering.add(job.points[0], result.tally) or (None, None)
        if whole[0] is not None and whole[1] is not None:
            banded.append(whole[0])
            reasoned.append(whole[1])
        done(job.size)
    return Results(plan, in_order(tables, "world"), in_order(banded, "date"), in_order(reasoned, "date"))


def in_order(tables: list[pd.DataFrame], second: str) -> pd.DataFrame:
    """Tables as one, by point and a second column."""
    whole = pd.concat(tables, ignore_index=True)
    return whole.sort_values(["point", second], kind="stable", ignore_index=True)
