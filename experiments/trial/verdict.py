"""Does a claim hold? An effect over matched luck, its interval, and what they say together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.trial.experiment import Expectation, Setting
from sim.chance import resampling_rng

HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
CONFIDENCE = 0.95  # of an interval
RESAMPLES = 2000  # of the bootstrap
LEAST_KNOWN = 0.1  # share of worlds in which an effect must be defined
Effects = NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """What became of an expectation.

    Attributes:
        expectation: as it was written down.
        effect, low, high: mean over the worlds in which it is defined, and its interval.
        worlds: in how many it is defined.
        verdict: holds, fails or undecided.
        remark: why it is undecided; else empty.
    """

    expectation: Expectation
    effect: float
    low: float
    high: float
    worlds: int
    verdict: str
    remark: str


def effects_of(expectation: Expectation, tables: dict[Setting, pd.DataFrame]) -> Effects:
    """(worlds,) the effect in each world; NaN where a reading is not defined."""
    parts = [term.weight * term.reading.of(tables[term.setting]) for term in expectation.terms]
    total: Effects = np.sum(parts, axis=0) - expectation.level
    return total


def judged(expectation: Expectation, effects: Effects, seed: int) -> Finding:
    """The verdict over worlds with matched luck."""
    known = effects[~np.isnan(effects)]
    if known.size < max(2, LEAST_KNOWN * effects.size):
        remark = f"defined in {known.size:,} of {effects.size:,} worlds only"
        nothing = float("nan")
        return Finding(expectation, nothing, nothing, nothing, known.size, UNDECIDED, remark)
    effect = float(known.mean())
    low, high = interval(known, seed)
    verdict, remark = weighed(effect, low, high, expectation.least, expectation.near)
    return Finding(expectation, effect, low, high, known.size, verdict, remark)


def interval(values: Effects, seed: int) -> tuple[float, float]:
    """The percentile bootstrap interval of a mean.

    Source: Efron and Tibshirani (1993), by scipy.stats.bootstrap.

    >>> interval(np.full(10, 0.5), seed=0)
    (0.5, 0.5)
    """
    if np.ptp(values) == 0:
        return float(values[0]), float(values[0])
    from scipy.stats import bootstrap

    found: Any = bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=200,
        method="percentile",
        confidence_level=CONFIDENCE,
        random_state=resampling_rng(seed),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def weighed(effect: float, low: float, high: float, least: float, near: bool) -> tuple[str, str]:
    """A verdict, and why it is open if it is.

    >>> weighed(effect=0.3, low=0.2, high=0.4, least=0.1, near=False)
    ('holds', '')
    >>> weighed(effect=0.3, low=-0.1, high=0.7, least=0.1, near=False)
    ('undecided', 'the interval includes zero')
    """
    if near:
        if -least <= low and high <= least:
            return HOLDS, ""
        if low > least or high < -least:
            return FAILS, ""
        return UNDECIDED, "the interval reaches beyond what does not matter"
    if low <= 0 <= high:
        return UNDECIDED, "no effect" if low == high == 0 else "the interval includes zero"
    if abs(effect) < least:
        return UNDECIDED, "too small to matter"
    return (HOLDS if effect > 0 else FAILS), ""


def together(verdicts: Sequence[str]) -> str:
    """The verdict on a claim: it holds if all holds, and fails if anything fails.

    >>> together(["holds", "undecided"])
    'undecided'
    """
    if FAILS in verdicts:
        return FAILS
    return HOLDS if set(verdicts) == {HOLDS} else UNDECIDED


@dataclass(frozen=True)
class Robustness:
    """In which share of the space of the other parameters an expectation or a claim holds.

    Attributes:
        holds, fails: shares of the points at which it could be tested.
        tested: share of the points at which it could.
        points: how many there are.
    """

    holds: float
    fails: float
    tested: float
    points: int


def verdicts_by_point(expectation: Expectation, effects: Effects, points: int) -> NDArray[Any]:
    """(points,) 1 where an expectation holds, -1 where it fails, 0 where neither, NaN where not defined.

    At a point only the mean over its few worlds is looked at: what counts is how often it is right.
    """
    grid = effects.reshape(points, -1)
    known = ~np.isnan(grid)
    sums = np.where(known, grid, 0.0).sum(axis=1)
    means = np.divide(sums, known.sum(axis=1), out=np.full(points, np.nan), where=known.any(axis=1))
    if expectation.near:
        scored = np.where(np.abs(means) <= expectation.least, 1.0, -1.0)
    else:
        scored = np.select([means >= expectation.least, means <= -expectation.least], [1.0, -1.0], 0.0)
    return np.where(np.isnan(means), np.nan, scored)


def robustness(by_point: Sequence[NDArray[Any]]) -> Robustness:
    """Of expectations together: holds where all hold, fails where any fails.

    >>> robustness([np.array([1.0, 1.0, np.nan]), np.array([1.0, -1.0, np.nan])])
    Robustness(holds=0.5, fails=0.5, tested=0.6666666666666666, points=3)
    """
    scores = np.array(by_point)
    tested = ~np.isnan(scores).any(axis=0)
    count = max(int(tested.sum()), 1)
    lowest = scores[:, tested].min(axis=0, initial=1.0)
    return Robustness(
        holds=float((lowest == 1.0).sum() / count),
        fails=float((lowest == -1.0).sum() / count),
        tested=float(tested.mean()),
        points=scores.shape[1],
    )
