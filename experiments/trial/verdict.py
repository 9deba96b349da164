"""Verdicts: an effect over matched luck, its interval, and what they together say of a claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.trial.experiment import Expectation, Setting
from sim.chance import resampling_rng
from sim.quantities import Numbers

HOLDS, FAILS, NEGLIGIBLE, UNDECIDED = "holds", "fails", "negligible", "undecided"
CONFIDENCE = 0.95  # of an interval
RESAMPLES = 2000  # of the bootstrap
SPANS = {"near": 0.25, "far": 1.0}  # how far a space reaches from the defaults to the ends of the ranges
SPACES = ("draws", *SPANS)  # of other parameters: draws of the posterior, and those around the defaults
LEAST_KNOWN = 0.1  # share of worlds in which an effect must be defined


@dataclass(frozen=True)
class Judgement:
    """The judgement on an expectation.

    Attributes:
        expectation: what was expected.
        effect: the mean effect over the worlds in which it is defined.
        low, high: the interval of that mean.
        worlds: the number of these worlds.
        verdict: holds, fails, negligible or undecided.
        remark: why it neither holds nor fails; else empty.
    """

    expectation: Expectation
    effect: float
    low: float
    high: float
    worlds: int
    verdict: str
    remark: str


def effects_of(expectation: Expectation, tables: dict[Setting, pd.DataFrame]) -> Numbers:
    """(worlds,) the effect in each world; NaN where a reading is not defined."""
    parts = [term.weight * term.reading.of(tables[term.setting]) for term in expectation.terms]
    total: Numbers = np.sum(parts, axis=0) - expectation.level
    return total


def judged(expectation: Expectation, effects: Numbers, seed: int) -> Judgement:
    """The verdict over worlds with matched luck."""
    known = effects[~np.isnan(effects)]
    if known.size < max(2, LEAST_KNOWN * effects.size):
        remark = f"defined in {known.size:,} of {effects.size:,} worlds only"
        nothing = float("nan")
        return Judgement(expectation, nothing, nothing, nothing, known.size, UNDECIDED, remark)
    effect = float(known.mean())
    low, high = interval(known, seed)
    verdict, remark = weighed(low, high, expectation.least, expectation.near)
    return Judgement(expectation, effect, low, high, known.size, verdict, remark)


def interval(values: Numbers, seed: int) -> tuple[float, float]:
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


def weighed(low: float, high: float, least: float, near: bool) -> tuple[str, str]:
    """A verdict from where an effect's interval lies, and a remark if it neither holds nor fails.

    Exactly one case applies, and only `undecided` is due to too few worlds. Where an effect is expected, it

    - holds if the whole interval is at least the smallest effect that matters;
    - is negligible if it lies within that effect on either side of zero, whatever its sign;
    - fails if it lies below what was asked and reaches further down than that: the effect is not there,
      and one that matters in the other direction is not excluded;
    - is undecided if the smallest effect that matters lies inside.

    Where none is expected, it holds if the interval lies within what is tolerated, fails if wholly outside.

    Args:
        low, high: the interval.
        least: the smallest effect that matters; if `near`, the largest that does not.
        near: whether no effect is expected.

    >>> weighed(low=0.1, high=0.4, least=0.1, near=False)
    ('holds', '')
    >>> weighed(low=-0.05, high=0.08, least=0.1, near=False)
    ('negligible', 'too small to matter')
    >>> weighed(low=-0.2, high=-0.02, least=0.1, near=False)
    ('fails', '')
    >>> weighed(low=0.02, high=0.4, least=0.1, near=False)
    ('undecided', 'the interval includes the smallest effect that matters')
    >>> weighed(low=-0.05, high=0.08, least=0.1, near=True)
    ('holds', '')
    """
    slight = -least <= low and high <= least
    matters = "the smallest effect that matters" if least > 0 else "zero"
    where_none_is_expected = (
        (slight, HOLDS, ""),
        (low > least or high < -least, FAILS, ""),
        (True, UNDECIDED, "the interval reaches beyond what does not matter"),
    )
    where_one_is_expected = (
        (low >= least and low > 0, HOLDS, ""),
        (slight, NEGLIGIBLE, "no effect" if low == high == 0 else "too small to matter"),
        (high < least, FAILS, ""),
        (True, UNDECIDED, f"the interval includes {matters}"),
    )
    cases = where_none_is_expected if near else where_one_is_expected
    return next((verdict, remark) for applies, verdict, remark in cases if applies)


def together(verdicts: Sequence[str]) -> str:
    """The verdict on a claim of several parts: it holds if all hold; otherwise the worst verdict counts.

    A part that fails refutes the claim. A part that is negligible keeps it from holding however many worlds
    are run, so it takes precedence over one that is undecided and might still hold.

    >>> together(["holds", "undecided"]), together(["undecided", "negligible"])
    ('undecided', 'negligible')
    """
    return next(word for word in (FAILS, NEGLIGIBLE, UNDECIDED, HOLDS) if word in verdicts)


@dataclass(frozen=True)
class Robustness:
    """The share of the space of the other parameters in which an expectation or a claim holds.

    Attributes:
        holds, fails: of the points at which it could be tested, the shares at which it does; at the rest it
            is negligible.
        tested: the share of the points at which it could be tested.
        points: the number of points.
    """

    holds: float
    fails: float
    tested: float
    points: int


def verdicts_by_point(expectation: Expectation, effects: Numbers, points: int) -> Numbers:
    """(points,) 1 where an expectation holds, -1 where it fails, 0 where negligible, NaN if not defined.

    At each point only the mean over its few worlds is used, as if it were known exactly: what matters is how
    often it is right. `weighed` draws the same lines.
    """
    grid = effects.reshape(points, -1)
    known = ~np.isnan(grid)
    sums = np.where(known, grid, 0.0).sum(axis=1)
    means = np.divide(sums, known.sum(axis=1), out=np.full(points, np.nan), where=known.any(axis=1))
    if expectation.near:
        scored = np.where(np.abs(means) <= expectation.least, 1.0, -1.0)
    else:
        holds = (means >= expectation.least) & (means > 0)
        scored = np.select([holds, means < -expectation.least], [1.0, -1.0], 0.0)
    return np.where(np.isnan(means), np.nan, scored)


def robustness(by_point: Sequence[Numbers]) -> Robustness:
    """The robustness of expectations together: they hold where all hold, and fail where any fails.

    At a point where one of them is not defined, the claim could not be tested.

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
