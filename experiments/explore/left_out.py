"""Theories compared: what each says of a war that its numbers have not learned from.

The posterior without a war is the one with it, each draw weighted by one over its likelihood of the war, with
the largest weights smoothed (experiments/explore/smoothing.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logsumexp, softmax

from experiments.explore.emulator import one_thread
from experiments.explore.estimation import TheoryPosterior, log_likelihoods
from experiments.explore.evidence import of_case
from experiments.explore.smoothing import HEAVY_TAIL, smoothed
from experiments.explore.tempering import MOVES_OF_EVIDENCE, sampled
from experiments.history.coded_cases import CODES, LEARNED_FROM, WAR_COLUMN
from experiments.history.skill import Wars, auc, brier, logistic_without, mean_of_others, score_interval
from sim.chance import resampling_rng
from sim.quantities import Flags, Numbers
from sim.world import FORCE

NEVER = 0.005  # chance: no forecaster is taken to be surer than that, for the log score
MADE_FROM = sorted(
    {name for names in LEARNED_FROM.values() for name in names}
)  # cases on which no forecaster is scored


def log_score(happened: Numbers, predicted: Numbers) -> float:
    """Mean log of the chance that was given to what happened: 0 is best, -0.69 what a coin gets (Good 1952).

    >>> round(log_score(np.array([0.0, 1.0]), np.array([0.5, 0.5])), 2)
    -0.69
    """
    chance = np.clip(np.where(happened > 0.5, predicted, 1.0 - predicted), NEVER, 1.0)
    return float(np.log(chance).mean())


@dataclass(frozen=True)
class LeftOut:
    """What a theory says of each case, its numbers estimated on all other wars.

    Attributes:
        chances: (cases,) of force.
        shapes: (cases,) of the tail of the weights; above HEAVY_TAIL the chance is not to be relied on.
    """

    chances: Numbers
    shapes: Numbers


def leave_wars_out(posterior: TheoryPosterior) -> LeftOut:
    """What a posterior says of the cases of each war without having seen it."""
    evidence, places = posterior.evidence, posterior.sample.places
    logs = log_likelihoods(evidence, posterior.emulator, places)
    force = posterior.emulator.chances(places)[0][:, :, FORCE:].sum(axis=2)
    about = np.array([of_case(term) for term in evidence.terms])
    cases = evidence.cases
    chances, shapes = np.empty(len(cases)), np.empty(len(cases))
    for _, war in cases.groupby(WAR_COLUMN, sort=False):
        of_war = np.isin(about, war["id"].to_numpy())
        weights, shape = smoothed(-logs[:, of_war].sum(axis=1))
        chances[war.index] = np.exp(weights) @ force[:, war.index]
        shapes[war.index] = shape
    return LeftOut(chances, shapes)


def equal_weights(codes: Numbers, happened: Numbers, wars: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Each case's chance from the sum of its standardised codes, each with the sign found in other wars.

    Improper linear models with unit weights (Dawes 1979); the sum is turned into a chance by a logistic
    regression on the cases of other wars.

    Returns:
        the chances; and, for scores of rank, the sums alone (as in `logistic_without`).
    """
    chances, sums = np.empty(happened.size), np.empty(happened.size)
    names = np.asarray(wars)
    for war in dict.fromkeys(wars):
        here = names == war
        middle, spread = codes[~here].mean(axis=0), codes[~here].std(axis=0)
        scaled = (codes - middle) / np.where(spread > 0, spread, 1.0)
        signs = np.sign(scaled[~here].T @ (happened[~here] - happened[~here].mean()))
        total = scaled @ signs / len(signs)
        slope, constant = _logistic(total[~here], happened[~here])
        chances[here], sums[here] = expit(slope * total[here] + constant), slope * total[here]
    return chances, sums


def _logistic(known: Numbers, happened: Numbers) -> tuple[float, float]:
    def loss(pair: Numbers) -> float:
        reach = pair[0] * known + pair[1]
        return float(np.logaddexp(0.0, reach).sum() - happened @ reach + 0.05 * pair[0] ** 2)

    best = minimize(loss, np.zeros(2)).x
    return float(best[0]), float(best[1])


def stacked_without(chances: Numbers, happened: Numbers, wars: Wars, known: Flags) -> Numbers:
    """(cases,) what a mixture says of each case, its weights found on the known cases of all other wars.

    Args:
        chances: (cases, theories) of force.
        happened: (cases,) whether it was used.
        wars: the war of each case.
        known: (cases,) the cases that weights may be found on.
    """
    given, names = np.where(happened[:, None] > 0.5, chances, 1.0 - chances), np.asarray(wars)
    said = np.empty(happened.size)
    for war in dict.fromkeys(wars):
        here = names == war
        said[here] = chances[here] @ stacking_weights(given[known & ~here])
    return said


def stacking_weights(chances: Numbers) -> Numbers:
    """(theories,) the mixture that gives what happened the best log score (Yao and others 2018).

    Args:
        chances: (cases, theories) the chance that each gave to what happened.

    >>> stacking_weights(np.array([[0.9, 0.1], [0.8, 0.2]])).round(2).tolist()
    [1.0, 0.0]
    """
    logs = np.log(np.clip(chances, NEVER, 1.0))

    def loss(free: Numbers) -> float:
        return -float(logsumexp(logs + np.log(softmax(free) + np.finfo(float).tiny), axis=1).sum())

    beginnings = [np.zeros(chances.shape[1]), *(4.0 * np.eye(chances.shape[1]))]
    found = [
        minimize(loss, start, method="L-BFGS-B", bounds=[(-12.0, 12.0)] * start.size) for start in beginnings
    ]
    return np.asarray(softmax(min(found, key=lambda one: one.fun).x))


def log_evidence(posterior: TheoryPosterior, seed: int) -> Numbers:
    """(2, populations) log of how likely a theory makes all evidence, and all but the cases to compare by.

    Their difference, each taken over its own populations, is how likely it makes the cases that no theory
    was made from, given the patterns of the years and the cases of MADE_FROM: a theory revised in their
    light gains nothing by it. The war of 2020 does not count: each theory is matched to it.
    """
    known = np.array([of_case(term) in ("", *MADE_FROM) for term in posterior.evidence.terms])

    def of_known(places: Numbers) -> Numbers:
        logs = log_likelihoods(posterior.evidence, posterior.emulator, places)
        return np.asarray(logs[:, known].sum(axis=1))

    size, draws = len(posterior.prior.paths), len(posterior.sample.places) // 2
    with one_thread():
        before = sampled(of_known, size, draws, resampling_rng(seed), MOVES_OF_EVIDENCE).log_evidence
    return np.stack([posterior.sample.log_evidence, before])


def compared(posteriors: Mapping[str, TheoryPosterior], seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The theories and their rivals, on cases that none has seen.

    Args:
        posteriors: theory -> its posterior, all on the same cases.
        seed: the seed of resamples.

    Returns:
        one row per score and forecaster: question, score, by, value, low, high, cases, better, nothing; and
        one row per theory: its weight in a mixture, its posterior probability with an interval, and how many
        of the cases have weights that are unreliable.
    """
    cases = next(iter(posteriors.values())).evidence.cases
    scored = ~cases["id"].isin(MADE_FROM).to_numpy()
    happened: Numbers = np.where(cases["level"].to_numpy() >= FORCE, 1.0, 0.0)
    wars, codes = cases[WAR_COLUMN].to_numpy(), cases[list(CODES)].to_numpy(dtype=float)
    left = {theory: leave_wars_out(one) for theory, one in posteriors.items()}
    chances = {theory: one.chances for theory, one in left.items()}
    together = np.stack(list(chances.values()), axis=1)
    stacked = stacking_weights(np.where(happened[:, None] > 0.5, together, 1.0 - together)[scored])
    if len(posteriors) > 1:
        chances["theories stacked"] = stacked_without(together, happened, list(wars), scored)
        chances["theories alike"] = together.mean(axis=1)
    ranks = {"mean of the others": np.zeros(happened.size)}  # by which AUC ranks cases, if not by the chances
    chances["ridge regression"], ranks["ridge regression"] = logistic_without(codes, happened, wars)
    chances["equal weights"], ranks["equal weights"] = equal_weights(codes, happened, list(wars))
    chances["capability alone"] = codes[:, CODES.index("project")]
    chances["mean of the others"] = mean_of_others(happened, wars)
    truth, nothing = happened[scored], chances["mean of the others"][scored]
    rows = []
    for name, score, better in (
        ("Log", log_score, "higher"),
        ("Brier", brier, "lower"),
        ("AUC", auc, "higher"),
    ):
        for by, each in chances.items():
            guess = (ranks.get(by, each) if name == "AUC" else each)[scored]
            low, high = score_interval(score, truth, guess, seed, wars[scored])
            rows.append({"question": "Force (rung 3 or more)", "score": name, "by": by,
                         "value": score(truth, guess), "low": low, "high": high, "cases": truth.size,
                         "better": better,
                         "nothing": 0.5 if name == "AUC" else score(truth, nothing)})  # fmt: skip
    return pd.DataFrame(rows), _theories(posteriors, left, stacked, seed)


def _theories(
    posteriors: Mapping[str, TheoryPosterior], left: Mapping[str, LeftOut], stacked: Numbers, seed: int
) -> pd.DataFrame:
    evidence = np.stack([log_evidence(one, seed) for one in posteriors.values()], axis=2)
    dice, count = resampling_rng(seed), evidence.shape[1]
    picks = dice.integers(0, count, (400, *evidence.shape))  # each run of a theory has luck of its own
    again = [_shares(np.take_along_axis(evidence, one, axis=1)) for one in picks]
    low, high = np.quantile(again, [0.05, 0.95], axis=0)
    return pd.DataFrame(
        {
            "theory": list(posteriors),
            "stacking_weight": stacked,
            "posterior_probability": _shares(evidence),
            "low": low,
            "high": high,
            "log_evidence": _logs(evidence),
            "unsure_cases": [int((one.shapes > HEAVY_TAIL).sum()) for one in left.values()],
        }
    )


def _logs(evidence: Numbers) -> Numbers:
    """(theories,) log evidence of the cases alone, from (2, populations, theories); see `log_evidence`."""
    after, before = logsumexp(evidence, axis=1) - np.log(evidence.shape[1])
    return np.asarray(after - before)


def _shares(evidence: Numbers) -> Numbers:
    """(theories,) posterior probabilities, from (2, populations, theories) log evidence; equal beforehand."""
    return np.asarray(softmax(_logs(evidence)))
