"""Tempering: draws of a posterior, reached from the prior by adding ever more of the likelihood.

Several populations of draws go from the prior to the posterior independently: weighed by a little more of
the likelihood, resampled, and moved (Del Moral, Doucet and Jasra 2006). A move takes each draw along an
ellipse to a place that is likely enough (Murray, Adams and MacKay 2010). The ellipse goes around the middle
of all draws and is as wide in each direction as they are (Nishihara, Murray and Adams 2014): with seventy
numbers, ellipses as wide as the prior leave each draw nearly where it was. How well the populations agree
says how many independent draws they are worth.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from sim.chance import Dice
from sim.quantities import Numbers, Whole
from sim.runs.executors import cores

POPULATIONS = 8
LEAST = 0.5  # effective share of a population that a step in temper leaves
SHRINKS = 60  # of the arc that a move is drawn from, at most
FEWEST_SHARED = 400  # draws that threads share; fewer are not worth it
MOST_AT_ONCE = 500  # draws in one call: more do not fit the cache

LogLikelihood = Callable[[Numbers], Numbers]


class Moves(NamedTuple):
    """How often each draw is moved.

    Attributes:
        between: at each temper on the way.
        last: at the last temper, where the draws are those of the posterior.
    """

    between: int
    last: int


MANY_MOVES, FEW_MOVES = Moves(10, 50), Moves(5, 10)  # the few: of draws that are only to be learned from
MOVES_OF_EVIDENCE = Moves(20, 4)  # it is found on the way, and half as many miss half a unit of its log


@dataclass(frozen=True)
class PosteriorSample:
    """Draws of a posterior, all of equal weight.

    Attributes:
        places: (draws, numbers) on the scale on which the prior is a standard normal: as sampled, one
            population after the other; in a posterior, in no order.
        effective: how many independent draws they are worth.
        log_evidence: (populations,) the log of the likelihood's mean over the prior, as each found it.
    """

    places: Numbers
    effective: float
    log_evidence: Numbers


@dataclass(frozen=True)
class Ellipses:
    """What draws are moved along: ellipses of a normal distribution that is fitted to draws.

    Attributes:
        middle: (numbers,) its mean.
        root: (numbers, numbers) the lower triangular root of its covariance.
    """

    middle: Numbers
    root: Numbers

    @classmethod
    def around(cls, places: Numbers) -> "Ellipses":
        """Fitted to these draws, and to as many of the prior as there are numbers: few draws say little."""
        count, size = places.shape
        apart = places - places.mean(axis=0)
        return cls(
            places.mean(axis=0), np.linalg.cholesky((apart.T @ apart + size * np.eye(size)) / (count + size))
        )

    def plain(self, places: Numbers) -> Numbers:
        """Places on the scale on which the distribution is a standard normal."""
        return np.asarray(solve_triangular(self.root, (places - self.middle).T, lower=True).T)

    def places(self, plain: Numbers) -> Numbers:
        """The places that `plain` takes to that scale."""
        return np.asarray(self.middle + plain @ self.root.T)


def sampled(
    log_likelihood: LogLikelihood,
    size: int,
    draws: int,
    dice: Dice,
    moves: Moves = MANY_MOVES,
) -> PosteriorSample:
    """Draws of the posterior of `size` numbers, twice as many as are asked for.

    Args:
        log_likelihood: (draws, numbers) places -> (draws,). It is called once, then by several threads.
        size: how many numbers there are.
        draws: the effective sample that is wanted.
        dice: what is drawn with.
        moves: how often each draw is moved.
    """
    each = sample_size(draws) // POPULATIONS
    whose = np.repeat(np.arange(POPULATIONS), each)  # all go side by side: many places at once cost little
    places = dice.standard_normal((whose.size, size))
    logs, temper, evidence = log_likelihood(places), np.zeros(POPULATIONS), np.zeros(POPULATIONS)
    while temper.min() < 1.0:
        rows = np.arange(whose.size).reshape(POPULATIONS, each)
        for one, mine in enumerate(rows.copy()):
            step = next_step(logs[mine], 1.0 - temper[one])
            evidence[one] += float(logsumexp(step * logs[mine]) - np.log(each))
            rows[one] = mine[picks(step * logs[mine], each, dice)] if step else mine
            temper[one] = min(temper[one] + step, 1.0)
        places, logs = places[rows.ravel()], logs[rows.ravel()]
        around = Ellipses.around(places)
        for _ in range(moves.between if temper.min() < 1.0 else moves.last):
            places, logs = moved(places, logs, log_likelihood, temper[whose], around, dice)
    effective = effective_of(places.reshape(POPULATIONS, each, size), np.ones((POPULATIONS, each)))
    return PosteriorSample(places, effective, evidence)


def moved_on(places: Numbers, log_likelihood: LogLikelihood, dice: Dice, *, moves: int) -> Numbers:
    """Draws of a posterior after this many more moves."""
    logs, around = log_likelihood(places), Ellipses.around(places)
    for _ in range(moves):
        places, logs = moved(places, logs, log_likelihood, 1.0, around, dice)
    return places


def sample_size(draws: int) -> int:
    """How many draws are taken where `draws` are asked for: twice as many, equally from each population.

    >>> sample_size(50)
    104
    """
    return -(-2 * draws // POPULATIONS) * POPULATIONS


def effective_of(places: Numbers, weights: Numbers) -> float:
    """How many independent draws (populations, draws, numbers) are worth, by how well their means agree.

    The median over numbers of all draws' variance over that of their mean; never more than by the weights
    alone (Kish 1965).

    Args:
        places: the draws of each population.
        weights: (populations, draws) how much each counts.
    """
    populations = len(places)
    of_population, total = weights.sum(axis=1)[:, None], weights.sum()
    if not total:
        return 0.0
    mean = np.einsum("pd,pdn->n", weights, places) / total
    spread = np.einsum("pd,pdn->n", weights, (places - mean) ** 2) / total
    apart = np.einsum("pd,pdn->pn", weights, places) - of_population * mean
    of_mean = (apart**2).sum(axis=0) / total**2 * populations / (populations - 1)
    by_means = np.median(spread / np.maximum(of_mean, np.finfo(float).tiny))
    return float(min(by_means, total**2 / (weights**2).sum()))


def next_step(logs: Numbers, most: float) -> float:
    """How much of the likelihood may be added at once, by bisection."""
    if effective(most * logs) >= LEAST * logs.size:
        return most
    low, high = 0.0, most
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle * logs) >= LEAST * logs.size else (low, middle)
    return max(low, 1e-6)


def moved(
    places: Numbers,
    logs: Numbers,
    log_likelihood: LogLikelihood,
    temper: float | Numbers,
    around: Ellipses,
    dice: Dice,
) -> tuple[Numbers, Numbers]:
    """Each draw, moved along an ellipse to a place as plausible as it is, and its log likelihood."""
    count = len(places)
    here, there = around.plain(places), dice.standard_normal(places.shape)
    temper = np.broadcast_to(temper, logs.shape)
    enough = temper * logs + _of_prior(places, here) + np.log(dice.uniform(size=count))
    angle = dice.uniform(0.0, 2.0 * np.pi, count)
    low, high = angle - 2.0 * np.pi, angle.copy()
    new, new_logs = places.copy(), logs.copy()
    left = np.arange(count)
    for _ in range(SHRINKS):
        plain = here[left] * np.cos(angle[left])[:, None] + there[left] * np.sin(angle[left])[:, None]
        tried = around.places(plain)
        found = _shared(log_likelihood, tried)
        good = temper[left] * found + _of_prior(tried, plain) > enough[left]
        new[left[good]], new_logs[left[good]] = tried[good], found[good]
        left = left[~good]
        if not left.size:
            break
        back = angle[left] < 0
        low[left[back]], high[left[~back]] = angle[left[back]], angle[left[~back]]
        angle[left] = dice.uniform(low[left], high[left])
    return new, new_logs


def _of_prior(places: Numbers, plain: Numbers) -> Numbers:
    """(draws,) log of the prior's density over that of the ellipses' normal, but for a constant."""
    return np.asarray(((plain**2).sum(axis=1) - (places**2).sum(axis=1)) / 2.0)


def _shared(log_likelihood: LogLikelihood, places: Numbers) -> Numbers:
    """The same log likelihoods, on all cores: NumPy lets other threads work meanwhile."""
    if len(places) < FEWEST_SHARED:
        return log_likelihood(places)
    parts = np.array_split(places, max(2, -(-len(places) // MOST_AT_ONCE)))
    return np.concatenate(list(_threads().map(log_likelihood, parts)))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores())


def effective(logs: Numbers) -> float:
    """The effective sample of log weights: how many equal ones would be as good (Kish 1965).

    >>> round(effective(np.zeros(4)), 9), round(effective(np.array([0.0, -1000.0])), 9)
    (4.0, 1.0)
    """
    return float(np.exp(2.0 * logsumexp(logs) - logsumexp(2.0 * logs)))


def picks(logs: Numbers, count: int, dice: Dice) -> Whole:
    """(count,) places drawn by log weights, evenly spread over them (Kitagawa 1996).

    >>> picks(np.log([0.5, 1e-30, 0.5]), 4, np.random.default_rng(0)).tolist()
    [0, 0, 2, 2]
    """
    edges = np.cumsum(np.exp(logs - logsumexp(logs)))
    edges[-1] = 1.0
    return np.searchsorted(edges, (dice.uniform() + np.arange(count)) / count)
