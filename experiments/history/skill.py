"""Scores of predictions, against what happened and against the simplest rivals."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from sim.chance import resampling_rng
from sim.quantities import Numbers, Whole

ScoreFunction = Callable[[Numbers, Numbers], float]
Wars = Sequence[str] | NDArray[Any]

PENALTY = 1.0  # of the regression's squared coefficients: that of a standard normal prior; never tuned
COVERAGE = 0.9  # of the intervals
DRAWS = 2000  # resamples


def auc(happened: Numbers, predicted: Numbers) -> float:
    """The chance that a case in which it happened was rated above one in which it did not; NaN without both.

    Area under the receiver operating curve, by ranks; ties count half (Hanley and McNeil 1982).

    >>> auc(np.array([0.0, 0.0, 1.0]), np.array([0.1, 0.3, 0.3]))
    0.75
    """
    yes = happened > 0.5
    pairs = float(yes.sum() * (~yes).sum())
    if not pairs:
        return float("nan")
    ranks = float(rankdata(predicted)[yes].sum())
    return (ranks - float(yes.sum() * (yes.sum() + 1)) / 2) / pairs


def brier(happened: Numbers, predicted: Numbers) -> float:
    """Mean squared error of a chance: 0 is best, 0.25 what a coin gets (Brier 1950).

    >>> brier(np.array([0.0, 1.0]), np.array([0.5, 1.0]))
    0.125
    """
    return float(np.mean((predicted - happened) ** 2))


def rank_correlation(happened: Numbers, predicted: Numbers) -> float:
    """Spearman's rank correlation; NaN where either side is all alike.

    >>> rank_correlation(np.array([0.1, 0.2, 0.9]), np.array([1.0, 2.0, 3.0]))
    1.0
    """
    if np.ptp(happened) == 0 or np.ptp(predicted) == 0:
        return float("nan")
    return round(
        float(np.corrcoef(rankdata(happened), rankdata(predicted))[0, 1]), 12
    )  # a tenth of spearmanr's time


def score_interval(
    score: ScoreFunction, happened: Numbers, predicted: Numbers, seed: int, wars: Wars = ()
) -> tuple[float, float]:
    """The range of a score over resampled cases: percentile bootstrap (Efron and Tibshirani 1993).

    Resamples in which the score is undefined (of one class only) are left out, which scipy's bootstrap
    does not offer. It tells how far the score hangs on the cases at hand, not on their coding.

    Args:
        score: (happened, predicted) -> the score.
        happened, predicted: what came of each case, and what was said of it.
        seed: the seed of the resampling.
        wars: the war of each case; cases of one war are drawn together. If not given, each is its own.
    """
    clusters = _together(wars, happened.size)
    picks = resampling_rng(seed).integers(0, len(clusters), size=(DRAWS, len(clusters)))
    drawn = [np.concatenate([clusters[place] for place in pick]) for pick in picks]
    scores = np.array([score(happened[rows], predicted[rows]) for rows in drawn])
    if np.isnan(scores).all():
        return float("nan"), float("nan")
    low, high = np.nanquantile(scores, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)


def _together(wars: Wars, cases: int) -> list[Whole]:
    """The places of the cases of each war."""
    names = np.array(wars if len(wars) else range(cases))
    return [np.flatnonzero(names == war) for war in dict.fromkeys(names.tolist())]


def mean_of_others(happened: Numbers, wars: Wars = ()) -> Numbers:
    """For each case the mean of all of other wars: what a forecaster knows who knows nothing of the case.

    >>> mean_of_others(np.array([0.0, 0.0, 1.0])).tolist()
    [0.5, 0.5, 0.0]
    >>> mean_of_others(np.array([0.0, 0.0, 1.0]), ["one", "two", "two"]).tolist()
    [0.5, 0.0, 0.0]
    """
    means = np.empty(happened.size)
    for same in _together(wars, happened.size):
        means[same] = np.delete(happened, same).mean()
    return means


def logistic_without(codes: Numbers, happened: Numbers, wars: Wars = ()) -> tuple[Numbers, Numbers]:
    """For each case the answer of a ridge logistic regression on all of other wars, on the same codes.

    Codes are standardised by the mean and spread of the cases it is fitted to; all coefficients but the
    constant are penalised (le Cessie and van Houwelingen 1992). Shares between 0 and 1 are fitted as well
    (Papke and Wooldridge 1996).

    Args:
        codes: the codes of each case, (cases, codes).
        happened: what came of each case, (cases,), 0 to 1.
        wars: the war of each case; if not given, each is its own.

    Returns:
        the fitted shares; and, for scores of rank, what the codes alone add to the constant. The constant is
        lower wherever a case that happened is left out, which would rank pure noise below chance (Airola and
        others 2011).
    """
    shares, reach = np.empty(happened.size), np.empty(happened.size)
    for same in _together(wars, happened.size):
        constant, reach[same] = _fitted(
            np.delete(codes, same, axis=0), np.delete(happened, same), codes[same]
        )
        shares[same] = expit(constant + reach[same])
    return shares, reach


def logistic_slopes(codes: Numbers, happened: Numbers) -> Numbers:
    """(codes,) the slopes of the same regression on all cases, a standard deviation of each code.

    Args:
        codes: the codes of each case, (cases, codes).
        happened: what came of each case, (cases,), 0 to 1.
    """
    return _weights(_scaled(codes, codes), happened)[1:]


def _fitted(codes: Numbers, happened: Numbers, asked: Numbers) -> tuple[float, Numbers]:
    """The constant of a regression, and what the codes of the cases asked about add to it."""
    weights = _weights(_scaled(codes, codes), happened)
    return float(weights[0]), _scaled(asked, codes) @ weights[1:]


def _scaled(codes: Numbers, beside: Numbers) -> Numbers:
    """Codes in standard deviations of others from their means."""
    spread = beside.std(axis=0)
    return np.asarray((codes - beside.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _weights(codes: Numbers, happened: Numbers) -> Numbers:
    """The constant and the slopes of a ridge logistic regression."""
    known = np.column_stack([np.ones(len(codes)), codes])

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        reach = known @ weights
        cost = np.logaddexp(0.0, reach).sum() - happened @ reach + PENALTY / 2 * weights[1:] @ weights[1:]
        slope = known.T @ (expit(reach) - happened)
        slope[1:] += PENALTY * weights[1:]
        return float(cost), slope

    best: Any = minimize(loss, np.zeros(known.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(best.x)
