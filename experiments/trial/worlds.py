"""The worlds of an experiment: its settings become design tables and are run, job by job, on all cores.

Settings that share variant, scenario, theory and claims left out form one design; all have the same luck, so
that world 17 of one setting can be compared with world 17 of another.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from experiments.trial.experiment import Setting
from experiments.trial.variants import LONG
from sim.errors import UserError
from sim.runs.numbers import DEFAULTS, LEFT_OPEN
from sim.runs.plan import Plan, jobs
from sim.runs.runner import run, run_table
from sim.scenarios.values import describe

LONGER = {LONG: 4}  # a variant with this many times the steps is run in as many times fewer worlds
Tell = Callable[[str], None]
Tables = dict[Setting, pd.DataFrame]


@dataclass(frozen=True)
class Sample:
    """Which worlds each setting is run in.

    Attributes:
        worlds: the number of worlds at each point, counted from 0; a quarter of them in the long variant.
        seed: the seed of all luck.
        points: the values of other parameters, one row per point; None for the scenario's own. Where a
            setting changes a parameter itself, the setting's value counts. Each point has luck of its own,
            the same in all settings of as many worlds; else a share of points would hang on a few draws.
        numbers: which numbers each world gets for what neither a setting nor a point changes. World 17 gets
            the same in every setting.
    """

    worlds: int
    seed: int = 0
    points: pd.DataFrame | None = None
    numbers: str = DEFAULTS


def collect(settings: Iterable[Setting], sample: Sample, pool: Executor, tell: Tell) -> Tables:
    """Run settings: a table for each, one row per world, in order of point and world.

    Raises:
        UserError: a setting names a parameter that is not there, or a worker died.
    """
    return collect_all([(settings, sample)], pool, tell)[0]


def collect_all(
    wanted: Sequence[tuple[Iterable[Setting], Sample]], pool: Executor, tell: Tell
) -> list[Tables]:
    """Run several sets of settings, each in worlds of its own, all at once.

    Raises:
        UserError: as `collect`.
    """
    batches = [_batches_of(settings, sample) for settings, sample in wanted]
    flying: dict[Future[pd.DataFrame], list[pd.DataFrame]] = {}
    for batch in (batch for several in batches for batch in several):
        flying |= {pool.submit(run_table, batch.plan, job): batch.parts for job in jobs(batch.plan)}
    for done, future in enumerate(as_completed(flying), 1):
        flying[future].append(future.result())
        tell(f"{done:,} of {len(flying):,} jobs done")
    return [{key: table for batch in several for key, table in batch.tables()} for several in batches]


@dataclass
class _Batch:
    """Settings that differ only in parameters, as one plan, and the parts of its result."""

    plan: Plan
    settings: list[Setting]
    parts: list[pd.DataFrame] = field(default_factory=list)

    def tables(self) -> Iterator[tuple[Setting, pd.DataFrame]]:
        """The table of each setting."""
        whole = pd.concat(self.parts).sort_values(["point", "world"], ignore_index=True)
        each = len(whole) // len(self.settings)
        for place, setting in enumerate(self.settings):
            yield setting, whole.iloc[place * each : (place + 1) * each].reset_index(drop=True)


def _batches_of(settings: Iterable[Setting], sample: Sample) -> list[_Batch]:
    groups: dict[Any, list[Setting]] = {}
    for setting in dict.fromkeys(settings):
        alike = (setting.variant, setting.base, setting.theory, setting.without)
        groups.setdefault(alike, []).append(setting)
    return [_Batch(_plan_of(group, sample), group) for group in groups.values()]


def bands_over_time(lines: Sequence[Setting], sample: Sample, pool: Executor) -> list[pd.DataFrame]:
    """The bands over time of each setting."""
    flying = [pool.submit(run_bands, _plan_of([line], sample)) for line in lines]
    return [future.result() for future in flying]


def run_bands(plan: Plan) -> pd.DataFrame:
    """Run a plan of one point and return its bands over time."""
    return run(plan).bands


def _plan_of(group: Sequence[Setting], sample: Sample) -> Plan:
    """Settings that differ only in parameters, as one plan: a point for each, at each point of the sample."""
    first = group[0]
    scenario = first.scenario
    paths = list(dict.fromkeys(path for setting in group for path, _ in setting.changes))
    known = {info.path for info in describe(scenario)}
    unknown = [path for path in paths if path not in known]
    if unknown:
        raise UserError(f"an experiment changes '{unknown[0]}', which is no parameter of {scenario.name}")
    base = pd.DataFrame(index=[0]) if sample.points is None else sample.points
    blocks = []
    for setting in group:
        block = base.copy()
        changes = dict(setting.changes)
        for path in paths:
            if path in changes or path not in block:
                block[path] = changes.get(path, LEFT_OPEN)
        blocks.append(block)
    design = pd.concat(blocks, ignore_index=True)
    plan = Plan(
        scenario=scenario,
        theory=first.theory,
        without=first.without,
        seed=sample.seed,
        worlds=max(1, sample.worlds // LONGER.get(first.variant, 1)),
        design=design if len(design.columns) else None,
        own_luck=sample.points is not None,
        blocks=len(group),
    )
    return plan.with_numbers(sample.numbers)
