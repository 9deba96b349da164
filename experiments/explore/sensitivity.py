"""Sensitivity: which parameters move an outcome, and whether the answer is sure enough to be read.

A method (methods.py) lays out a design on the unit cube, a function is asked at its points, and the method
turns the answers into one index per parameter, with an interval. The function may be anything; only
the command knows that it is this model. Where a function involves luck, its answers have one column per
world, and all points must share the luck of a column.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.explore.levers import Lever, distinct_points
from experiments.explore.methods import METHODS, Method
from experiments.shares import in_percent
from sim.errors import UserError
from sim.quantities import Numbers

ModelFunction = Callable[[pd.DataFrame], Numbers]

MOST_CELLS = 4_000_000  # rows times parameters of a design
FEWEST_KNOWN = 0.5  # share of a design at which an outcome must be known
WIDE = 0.05  # an index should be known to this: of the variance (sobol), else of the largest; assumption,
# after Sarrazin, Pianosi and Wagener (2016), who ask the same of the whole width of the interval
ALIKE = 0.9  # agreement of two rankings from which they count as the same; assumption
FEWEST_WORLDS = 4  # that can be halved


@dataclass(frozen=True)
class Check:
    """What the same analysis says from half of the answers.

    Attributes:
        of: what was halved: "points" or "worlds".
        agreement: the agreement of the two rankings, with weight on the first places: 1 if they are the same.
        table: the table of the half, as of the whole.
    """

    of: str
    agreement: float
    table: pd.DataFrame


@dataclass(frozen=True)
class Finding:
    """What moves one outcome.

    Attributes:
        method: the method that was used.
        table: the indices, one row per parameter, the largest first; the intervals hold 95 %.
        checks: the same from half of the answers.
        luck: the share of the variance of single worlds that comes from luck; NaN if not known.
        left_out: the share of the design at which the outcome was not known, and which is left out.
    """

    method: Method
    table: pd.DataFrame
    checks: tuple[Check, ...]
    luck: float
    left_out: float

    @property
    def flat(self) -> bool:
        """Whether the outcome never moved."""
        return bool((self.table["index"] == 0).all())

    @property
    def width(self) -> float:
        """How far the widest interval reaches to a side: share of the variance (sobol) or largest index."""
        table, index = self.table, self.table["index"]
        whole = 1.0 if self.method.name == "sobol" else float(index.max())
        half = max((table["high"] - index).max(), (index - table["low"]).max())
        return float(half / whole) if whole > 0 else 0.0

    @property
    def ordered(self) -> bool:
        """Whether both halves rank the parameters as the whole does."""
        return all(check.agreement >= ALIKE for check in self.checks)

    @property
    def converged(self) -> bool:
        """Whether the order holds and the intervals are narrow."""
        return self.width <= WIDE and self.ordered


def explore(
    function: ModelFunction, levers: Sequence[Lever], method: str, points: int | None = None, seed: int = 0
) -> Finding:
    """Find what moves a function of a design.

    Args:
        function: design table -> (points, worlds) answers; one column if there is no luck.
        levers: the parameters to be varied.
        method: "oat", "morris" or "sobol".
        points: the number of values per parameter (oat), paths (morris) or base points (sobol).
        seed: the seed of the design and the bootstrap.
    """
    way = METHODS[method]
    unit = lay_out(way, levers, points or way.usual, seed)
    design, which = distinct_points(levers, unit)
    return finding_of(way, levers, unit, function(design)[which], seed)


def lay_out(method: Method, levers: Sequence[Lever], points: int, seed: int) -> Numbers:
    """(rows, levers) places on the unit cube.

    Raises:
        UserError: too few or too many points, or a lever without a range.
    """
    check_points(method, levers, points)
    return method.sample(levers, points, seed)


def check_points(method: Method, levers: Sequence[Lever], points: int) -> None:
    """Refuse a design that cannot be laid out.

    Raises:
        UserError: too few or too many points, or a lever without a range.
    """
    if points < 2:
        raise UserError(f"--points {points}: a whole number from 2 is needed")
    if method.name == "sobol" and points & (points - 1):
        lower = 1 << (points.bit_length() - 1)
        raise UserError(f"--points {points}: sobol needs a power of two: {lower} or {2 * lower}")
    for one in levers:
        if one.low >= one.high:
            raise UserError(f"{one.path}: its range is empty ({one.low:g} to {one.high:g})")
    rows = method.rows(levers, points)
    if rows * len(levers) > MOST_CELLS:
        raise UserError(
            f"{rows:,} points of {len(levers)} parameters are too many; "
            "find those that matter with --method morris first, then name them with --parameters"
        )


def finding_of(
    method: Method, levers: Sequence[Lever], unit: Numbers, answers: Numbers, seed: int
) -> Finding:
    """What the answers at the rows of a design come to.

    Args:
        method: the method that laid the design out.
        levers: the levers, a column each.
        unit: the places on the unit cube, (rows, levers).
        answers: the answers, (rows, worlds); NaN where a world has none.
        seed: the seed of the bootstrap.

    Raises:
        UserError: the outcome is unknown in too much of the design.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of a row without an answer is NaN
        rows, known = method.blocks(levers), ~np.isnan(np.nanmean(answers, axis=1))
        kept = np.repeat(known.reshape(-1, rows).all(axis=1), rows) if rows else known
        if kept.mean() < FEWEST_KNOWN:
            raise UserError(
                f"the outcome is not known at {in_percent(1 - kept.mean())} of the points; narrow the "
                "ranges, or choose an outcome that every world has"
            )
        if rows:  # else each point is one step of one number, and an unknown one has no effect to tell
            unit, answers = unit[kept], answers[kept]
        table = method.analyse(levers, unit, answers, seed)
        checks = tuple(_halves(method, levers, unit, answers, seed, table))
        luck = _share_of_luck(answers) if rows else np.nan
    ordered = table.sort_values("index", ascending=False, kind="stable", ignore_index=True)
    return Finding(method, ordered, checks, luck, float(1 - kept.mean()))


def _halves(
    method: Method, levers: Sequence[Lever], unit: Numbers, answers: Numbers, seed: int, whole: pd.DataFrame
) -> list[Check]:
    """The same analysis of half the points, and of half the worlds."""
    checks, rows, worlds = [], method.blocks(levers), answers.shape[1]
    if rows and len(unit) >= 2 * rows * 2:
        half = len(unit) // rows // 2 * rows
        table = method.analyse(levers, unit[:half], answers[:half], seed)
        checks.append(Check("points", agreement(whole["index"], table["index"]), table))
    if worlds >= FEWEST_WORLDS:
        table = method.analyse(levers, unit, answers[:, : worlds // 2], seed)
        checks.append(Check("worlds", agreement(whole["index"], table["index"]), table))
    return checks


def agreement(one: Any, other: Any) -> float:
    """How alike two rankings are at the top: the correlation of Savage's scores (Iman and Conover 1987).

    >>> agreement([3.0, 2.0, 1.0], [30.0, 20.0, 10.0])
    1.0
    """
    first, second = savage(np.asarray(one, dtype=float)), savage(np.asarray(other, dtype=float))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float(np.ptp(first) == np.ptp(second))
    return round(float(np.corrcoef(first, second)[0, 1]), 12)


def savage(values: Numbers) -> Numbers:
    """Savage's scores: 1 + 1/2 + ... + 1/n for the largest of n, 1/n for the smallest; ties share theirs.

    >>> savage(np.array([10.0, 30.0]))
    array([0.5, 1.5])
    """
    scores = np.cumsum(1.0 / np.arange(len(values), 0, -1))
    _, which, ties = np.unique(values, return_inverse=True, return_counts=True)
    return np.add.reduceat(scores, np.cumsum(ties) - ties)[which] / ties[which]


def _share_of_luck(answers: Numbers) -> float:
    """Variance within points, as a share of that of single worlds: the law of total variance."""
    if answers.shape[1] < 2:
        return float("nan")
    within = float(np.nanmean(np.nanvar(answers, axis=1, ddof=1)))
    between = float(np.nanvar(np.nanmean(answers, axis=1)))
    return within / (within + between) if within + between > 0 else float("nan")
