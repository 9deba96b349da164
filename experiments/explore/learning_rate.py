"""How much the cases may teach: the power of their likelihood, found by leaving wars out.

Where no numbers make a model right, a posterior that takes its likelihood at its word grows sure of the wrong
thing, and may foretell what it has not seen worse than the prior. The remedy is to raise the likelihood to a
power below 1, the learning rate, and to choose the one under which what was left out is foretold best
(Grünwald and van Ommen 2017; Miller and Dunson 2019).
"""

from dataclasses import replace

import numpy as np
from scipy.special import logsumexp

from experiments.explore.emulator import Emulator
from experiments.explore.evidence import Evidence, of_case
from experiments.explore.smoothing import smoothed
from experiments.explore.tempering import sampled
from experiments.history.coded_cases import WAR_COLUMN
from sim.chance import Dice
from sim.quantities import Numbers

RATES = (0.0, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)  # that are tried: nothing is learned, ..., all
DRAWS, MOVES = 500, 20  # the effective sample for each rate, and how often its draws are moved


def log_likelihoods(evidence: Evidence, emulator: Emulator, places: Numbers) -> Numbers:
    """(draws, terms) log likelihoods, of (draws, paths) places on the normal scale, at the learning rate."""
    return evidence.logs(*emulator.chances(places)) * evidence.powers


def scores_by_rate(evidence: Evidence, emulator: Emulator, size: int, dice: Dice) -> dict[float, float]:
    """Learning rate -> how well wars are foretold that were left out: the mean of their log likelihoods.

    Args:
        evidence: what numbers are held against, in full.
        emulator: how the chances of what happened depend on the numbers.
        size: how many numbers there are.
        dice: what is drawn with.
    """
    about = np.array([of_case(term) for term in evidence.terms])
    wars = [np.isin(about, war["id"]) for _, war in evidence.cases.groupby(WAR_COLUMN, sort=False)]
    found = {}
    for rate in RATES:
        at_rate = replace(evidence, rate=rate)

        def likelihood(places: Numbers, at_rate: Evidence = at_rate) -> Numbers:
            return np.asarray(log_likelihoods(at_rate, emulator, places).sum(axis=1))

        each = log_likelihoods(evidence, emulator, sampled(likelihood, size, DRAWS, dice, MOVES).places)
        of_wars = [each[:, terms].sum(axis=1) for terms in wars]
        without = [smoothed(-rate * of_war)[0] + of_war for of_war in of_wars]
        found[rate] = float(np.mean([logsumexp(logs) for logs in without]))
    return found
