"""How do the settings of an experiment become worlds? As design tables, job by job, on all cores.

Settings that share situation, theory and claims left out are one design; all meet the same luck, so that
world 17 of one setting can be held against world 17 of another.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.errors import UserError
from sim.executors import start, stop
from sim.runner import Job, Plan, jobs, let_go, model_of, run, table_of
from sim.scenario import describe
from sim.trial.experiment import Setting
from sim.trial.situations import scenario_of

Tell = Callable[[str], None]
Tables = dict[Setting, pd.DataFrame]


@dataclass(frozen=True)
class Sample:
    """Which worlds each setting is run in.

    Attributes:
        worlds: at each point, with the numbers 0, 1, 2, ...
        seed: of all luck.
        points: values of other parameters, a row a point; None for the scenario's own. Where a setting
            changes a parameter itself, its value counts.
    """

    worlds: int
    seed: int = 0
    points: pd.DataFrame | None = None


def collect(settings: Iterable[Setting], sample: Sample, pool: Executor, tell: Tell) -> Tables:
    """Run settings: a table for each, a row a world in the order of point and world.

    Raises:
        UserError: a setting names a parameter that is not there, or a worker died.
    """
    groups: dict[Any, list[Setting]] = {}
    for setting in dict.fromkeys(settings):
        groups.setdefault((setting.situation, setting.theory, setting.without), []).append(setting)
    plans = [_plan_of(group, sample) for group in groups.values()]
    flying: dict[Future[pd.DataFrame], int] = {}
    for number, plan in enumerate(plans):
        flying |= {pool.submit(run_table, plan, job): number for job in jobs(plan)}
    parts: list[list[pd.DataFrame]] = [[] for _ in plans]
    for number, table in _as_they_come(flying, tell):
        parts[number].append(table)
    tables: Tables = {}
    for group, found in zip(groups.values(), parts, strict=True):
        whole = pd.concat(found).sort_values(["point", "world"], ignore_index=True)
        each = len(whole) // len(group)
        for place, setting in enumerate(group):
            tables[setting] = whole.iloc[place * each : (place + 1) * each].reset_index(drop=True)
    return tables


def courses(lines: Sequence[Setting], sample: Sample, pool: Executor) -> list[pd.DataFrame]:
    """The bands over time of each setting."""
    flying = [pool.submit(run_bands, _plan_of([line], sample)) for line in lines]
    return [future.result() for future in flying]


def run_table(plan: Plan, job: Job) -> pd.DataFrame:
    """Run the worlds of a job; their outcomes without any record of the way there."""
    model = model_of(plan, job)
    model.run()
    table = table_of(plan, job, model)
    let_go(model)
    return table


def run_bands(plan: Plan) -> pd.DataFrame:
    """Run a plan of one point; its bands over time."""
    return run(plan).bands


@contextmanager
def _workers(count: int | None) -> Any:
    make, _ = start("processes", count)
    pool = make()
    try:
        yield pool
    except BrokenExecutor:
        stop(pool)
        raise UserError("a worker died (out of memory?); try again with fewer --workers") from None
    except BaseException:
        stop(pool)
        raise
    pool.shutdown()


def workers(count: int | None) -> AbstractContextManager[Executor]:
    """Processes to work with; None for all cores."""
    return _workers(count)


def _as_they_come(flying: dict[Future[pd.DataFrame], int], tell: Tell) -> Iterable[tuple[int, pd.DataFrame]]:
    for done, future in enumerate(as_completed(flying), 1):
        yield flying[future], future.result()
        tell(f"{done:,} of {len(flying):,} jobs done")


def _plan_of(group: Sequence[Setting], sample: Sample) -> Plan:
    """Settings that differ only in parameters, as one plan: a point for each, at each point of the sample."""
    first = group[0]
    scenario = scenario_of(first.situation)
    paths = list(dict.fromkeys(path for setting in group for path, _ in setting.changes))
    usual = {info.path: info.default for info in describe(scenario)}
    unknown = [path for path in paths if path not in usual]
    if unknown:
        raise UserError(f"an experiment changes '{unknown[0]}', which is no parameter of {scenario.name}")
    base = pd.DataFrame(index=[0]) if sample.points is None else sample.points
    blocks = []
    for setting in group:
        block = base.copy()
        changes = dict(setting.changes)
        for path in paths:
            if path in changes or path not in block:
                block[path] = changes.get(path, usual[path])
        blocks.append(block)
    design = pd.concat(blocks, ignore_index=True)
    return Plan(
        scenario=scenario,
        theory=first.theory,
        without=first.without,
        seed=sample.seed,
        worlds=sample.worlds,
        design=design if len(design.columns) else None,
    )
