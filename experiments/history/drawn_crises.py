"""Crises drawn from the spread of the coded ones, and how often a patron uses open force in them.

A crisis has the codes of one coded case, drawn whole, so that what goes together stays together; all but the
scale of the attack, which is set. It meets luck of its own, the same at every scale and under every theory.
"""

import tomllib
from collections.abc import Sequence
from concurrent.futures import Executor
from importlib.resources import files
from itertools import product

import numpy as np
import pandas as pd

from experiments.history.coded_cases import CRISIS, as_design
from sim.chance import Luck, resampling_rng
from sim.runs.numbers import DEFAULTS
from sim.runs.plan import Plan, jobs
from sim.runs.runner import run_table
from sim.scenarios.loading import load
from sim.world import FORCE

RESAMPLED = 1000  # sets of cases
WITHIN = (0.05, 0.95)  # of these


def base_rates() -> pd.DataFrame:
    """How often allies are helped in the open by the record: name, share, counted, low, high, source."""
    text = files("experiments.history").joinpath("base_rates.toml").read_text(encoding="utf-8")
    return pd.DataFrame(tomllib.loads(text)["rate"])


def draw_crises(cases: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """So many crises, each with the codes of a coded case drawn with replacement.

    Args:
        cases: a coding table (coded_cases.read_cases).
        count: the number of crises; the first of them are the same whatever it is.
        seed: the seed of the draw.
    """
    luck = Luck(seed, np.arange(count)).uniform(0, "case", "crisis")
    return cases.iloc[(luck * len(cases)).astype(int)].reset_index(drop=True)


def play_crises(
    crises: pd.DataFrame,
    scales: Sequence[float],
    theories: Sequence[str],
    seed: int,
    pool: Executor,
    numbers: str = DEFAULTS,
) -> pd.DataFrame:
    """Whether the patron uses open force (rung 3 or more): a row a theory, scale and crisis, in this order.

    The attack is made whatever the challenger fears, as it was in every dispute that the record counts.

    Args:
        crises: the crises drawn.
        scales: the scales of the attack, 0-1.
        theories: the theories of the patron's choice.
        seed: the seed of all luck.
        pool: the workers.
        numbers: which numbers each crisis gets for what no code speaks of (sim/runs/numbers.py).
    """
    points, design = list(product(theories, scales)), as_design(crises)
    plans = [
        Plan(load(CRISIS), theory=theory, seed=seed, worlds=1, own_luck=True,
             design=design.assign(**{"challenger.scale": scale})).with_numbers(numbers)
        for theory, scale in points
    ]  # fmt: skip
    flying = [[pool.submit(run_table, plan, job) for job in jobs(plan)] for plan in plans]
    parts = []
    for (theory, scale), jobs_of_point in zip(points, flying, strict=True):
        level = np.concatenate([future.result()["level_max"].to_numpy() for future in jobs_of_point])
        parts.append(
            pd.DataFrame({"theory": theory, "scale": scale, "case": crises["id"], "force": level >= FORCE})
        )
    return pd.concat(parts, ignore_index=True)


def shares_by_scale(played: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The share of crises with open force: theory, scale, crises, force, and its 90 % interval, low and high.

    The interval is that of resampled sets of coded cases, each on its own: how much hangs on their choice.

    Args:
        played: what `play_crises` gives.
        seed: the seed of the resampling.
    """
    names = sorted(played["case"].unique())
    picks = resampling_rng(seed).integers(0, len(names), (RESAMPLED, len(names)))
    rows = []
    for (theory, scale), part in played.groupby(["theory", "scale"], sort=False):
        by_case = part.groupby("case")["force"].agg(["sum", "count"]).loc[names].to_numpy()[picks].sum(axis=1)
        low, high = np.quantile(by_case[:, 0] / by_case[:, 1], WITHIN)
        rows.append(
            {"theory": theory, "scale": scale, "crises": len(part), "force": part["force"].mean()}
            | {"low": low, "high": high}
        )
    return pd.DataFrame(rows)
