"""Convergence: how an outcome's interval and its variation settle as worlds are added.

The number of runs of a stochastic model should be justified, not just chosen: by the precision wanted of each
outcome, and by the coefficient of variation ceasing to change as runs are added (Lorscheid, Heine and Meyer
2012; Lee and others 2015).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.explore.methods import NORMAL
from sim.quantities import Numbers

STEADY = 0.01  # change of the coefficient of variation up to which it counts as stable (Lorscheid and others)
COUNTS = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)
FEWEST_BLOCKS = 10  # of worlds, from which the share of intervals that hold the mean is given


@dataclass(frozen=True)
class PrecisionGoal:
    """An outcome with the precision that is wanted of its mean.

    Attributes:
        name: the name of the outcome.
        unit: the unit of its values.
        precision: half the width of a 95 % interval.
    """

    name: str
    unit: str
    precision: float


def half_width(values: Numbers) -> float:
    """Half the 95 % interval of a mean.

    >>> round(half_width(np.array([0.0, 1.0] * 50)), 4)
    0.0985
    """
    return float(NORMAL * np.std(values, ddof=1) / np.sqrt(len(values)))


def variation(values: Numbers) -> float:
    """The coefficient of variation: standard deviation over mean; 0 if nothing varies.

    >>> round(variation(np.array([1.0, 2.0, 3.0])), 12)
    0.5
    """
    spread, mean = float(np.std(values, ddof=1)), abs(float(np.mean(values)))
    if spread == 0:
        return 0.0
    return spread / mean if mean > 0 else float("inf")


def counts_up_to(worlds: int) -> list[int]:
    """The numbers of worlds that are looked at.

    >>> counts_up_to(300)
    [50, 100, 200, 300]
    """
    return [count for count in COUNTS if count < worlds] + [worlds]


def convergence(values: Numbers) -> pd.DataFrame:
    """How mean, interval and variation settle as worlds are added: one row per number of worlds.

    `held` is the share of disjoint blocks of so many worlds whose interval holds the mean of all; it should
    be 0.95, and is given where there are enough blocks.
    """
    rows = []
    for count in counts_up_to(len(values)):
        first = values[:count]
        rows.append(
            {
                "worlds": count,
                "mean": float(first.mean()),
                "half_width": half_width(first),
                "variation": variation(first),
                "held": _held(values, count),
            }
        )
    return pd.DataFrame(rows)


def _held(values: Numbers, count: int) -> float:
    blocks = len(values) // count
    if blocks < FEWEST_BLOCKS:
        return float("nan")
    table = values[: blocks * count].reshape(blocks, count)
    reach = NORMAL * table.std(axis=1, ddof=1) / np.sqrt(count)
    return float((np.abs(table.mean(axis=1) - values.mean()) <= reach).mean())


def enough(values: Numbers, precision: float) -> int:
    """How many worlds give a mean this precision; 2 if nothing varies.

    >>> enough(np.array([0.0, 1.0] * 500), precision=0.01)
    9614
    """
    spread = float(np.std(values, ddof=1))
    return max(2, int(np.ceil((NORMAL * spread / precision) ** 2)))


def steady_from(values: Numbers) -> int | None:
    """The number of worlds from which the coefficient of variation stops changing; None if it still does."""
    table = convergence(values)
    found = table["variation"].to_numpy()
    for place, count in enumerate(table["worlds"][:-1]):
        if np.all(np.abs(found[place:] - found[-1]) <= STEADY):
            return int(count)
    return None


def needs(worlds: pd.DataFrame, others: pd.DataFrame, goals: Sequence[PrecisionGoal]) -> pd.DataFrame:
    """One row per outcome: its spread, and how many worlds its stated precision needs.

    Args:
        worlds: the outcomes, one row per world.
        others: the same worlds, with the same luck, under another setting.
        goals: the outcomes, each with its precision.
    """
    rows = []
    for one in goals:
        values, apart = (table[one.name].to_numpy(dtype=float) for table in (worlds, others))
        rows.append(
            {
                "outcome": one.name,
                "unit": one.unit,
                "mean": float(values.mean()),
                "standard_deviation": float(values.std(ddof=1)),
                "variation": variation(values),
                "precision": one.precision,
                "worlds_needed": enough(values, one.precision),
                "for_a_difference": enough(apart - values, one.precision),
                "with_other_luck": enough(values, one.precision) + enough(apart, one.precision),
                "steady_from": steady_from(values),
            }
        )
    return pd.DataFrame(rows).astype({"steady_from": "Int64"})
