"""Simulated histories: what each theory says, world by world, of what the record knows."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from experiments.history.forecasts import EVENTS
from experiments.history.patterns import values
from experiments.history.trajectory import Trajectory, record
from sim.quantities import DAYS_PER_YEAR, Numbers
from sim.runs.numbers import DEFAULTS
from sim.runs.plan import Job, Plan, jobs
from sim.runs.runner import model_of, release
from sim.scenarios.scenario import Scenario

WORLDS_ABREAST = 250  # in a job: a trajectory keeps every step, so fewer than in a batch
CURVES = ("held", "opinion")
QUARTERS = 20  # of a year after the first large war, over which opinion is followed
QUARTER = DAYS_PER_YEAR / 4  # days


@dataclass(frozen=True)
class ScenarioQuery:
    """What is asked of a scenario.

    Attributes:
        scenario: the scenario that is run.
        horizon: the last day on which a large war may begin to count.
        observed: district -> the date on which it fell.
        kept: the districts that did not fall.
        by_force: district taken by force -> days from the first of the war to its fall.
        dates: the dates on which the curves are read.
    """

    scenario: Scenario
    horizon: date
    observed: Mapping[str, date]
    kept: tuple[str, ...]
    by_force: Mapping[str, int]
    dates: tuple[date, ...]


@dataclass(frozen=True)
class Simulation:
    """What came of a scenario under a theory.

    Attributes:
        table: the answers, a row a world, a column a pattern (by id; T17: id and district) or event (words).
        curves: stock -> (worlds, dates).
        after_war: opinion, (worlds, quarters of a year since the first large war), NaN where there is none.
    """

    table: pd.DataFrame
    curves: dict[str, Numbers]
    after_war: Numbers

    def answers(self, pattern: str) -> Numbers:
        """(worlds,) what was read off each world for a pattern; (worlds, districts) for T17."""
        if pattern in self.table:
            return self.table[pattern].to_numpy(dtype=float)
        return self.table.filter(regex=f"^{pattern} ").to_numpy(dtype=float)


def simulate(query: ScenarioQuery, plan: Plan, job: Job) -> Simulation:
    """Run the worlds of a job, and read off their trajectory what the record knows."""
    model = model_of(plan, job)
    run = record(model, query.horizon)
    release(model)
    columns = {}
    for name, read in values(query.observed, query.kept, query.by_force).items():
        answer = read(run)
        if answer.ndim == 1:
            columns[name] = answer
        else:
            columns |= {
                f"{name} {district}": answer[:, place] for place, district in enumerate(query.by_force)
            }
    columns |= {event.words: event.read(run) for event in EVENTS}
    moments = [run.moment_of(day) for day in query.dates]
    curves = {name: run[name][moments].T for name in CURVES}
    return Simulation(pd.DataFrame(columns), curves, _since_war(run))


def _since_war(run: Trajectory) -> Numbers:
    """(worlds, quarters) opinion at each quarter of a year after the first large war."""
    quarters = []
    for quarter in range(QUARTERS + 1):
        later = run.after_war(quarter / 4)
        quarters.append(np.where(later >= 0, run.at("opinion", later), np.nan))
    return np.stack(quarters, axis=1)


def simulate_all(
    queries: Mapping[str, tuple[ScenarioQuery, int]],
    theories: Sequence[str],
    seed: int,
    pool: Executor,
    numbers: str = DEFAULTS,
) -> dict[tuple[str, str], Simulation]:
    """Run every theory over every scenario.

    Args:
        queries: name -> what is asked of a scenario, and in how many worlds.
        theories: the names of the theories.
        seed: the seed of all luck; all theories meet the same.
        pool: the workers.
        numbers: which numbers each world gets.

    Returns:
        (name, theory) -> what came of it.
    """
    flying = {}
    for name, (query, worlds) in queries.items():
        for theory in theories:
            plan = Plan(query.scenario, theory=theory, seed=seed, worlds=worlds).with_numbers(numbers)
            each = [pool.submit(simulate, query, plan, job) for job in jobs(plan, WORLDS_ABREAST)]
            flying[name, theory] = each
    return {key: _together([future.result() for future in parts]) for key, parts in flying.items()}


def _together(parts: Sequence[Simulation]) -> Simulation:
    return Simulation(
        pd.concat([part.table for part in parts], ignore_index=True),
        {name: np.concatenate([part.curves[name] for part in parts]) for name in CURVES},
        np.concatenate([part.after_war for part in parts]),
    )
