"""Matching: draws of a posterior, moved until their own worlds of the war of 2020 are that war.

The war of 2020 costs little to play, and hardly one draw in a thousand makes it. So draws that all other
evidence leaves are played on it; weighed by a little more of what their worlds show; resampled; and moved,
round by round: sequential Monte Carlo with plays in place of a likelihood (Del Moral, Doucet and Jasra 2012).
A move takes a few numbers several steps by all other evidence, which an emulator knows at once, and is then
played (Liu 2001: the surrogate transition method): so only what is likely by that is played. Many draws come
to descend from the same one; how much alike relatives still are says how many independent draws they are
worth, and they are moved on until that is enough.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from experiments.explore.tempering import LogLikelihood, next_step, picks
from sim.chance import Dice
from sim.quantities import Flags, Numbers, Whole

MOVED = (1, 2, 4, 8)  # about so many numbers in a step; assumption
ANGLES = (0.3, np.pi / 2)  # how far: from hardly to drawn anew, as an angle
BETWEEN_PLAYS = 8  # steps by all other evidence; assumption
BUDGETS = (0.0, 0.5, 2.0)  # of squared change in what is shown, for the numbers of a move; 0 for one number
MOST_FELT = 25.0  # squared change: more than this is refused as surely

Fit = Callable[[Numbers], Numbers]  # (draws, size) places -> (draws,) logs, each time by other worlds


@dataclass(frozen=True)
class Matched:
    """Draws after a round.

    Attributes:
        places: (draws, size) on the scale on which the prior is a standard normal.
        lineage: (draws,) from which draw each descends.
        shown: (draws,) how likely the war of 2020 is by their own worlds of it, as logs.
        temper: the power of that likelihood; 1 for the posterior.
    """

    places: Numbers
    lineage: Whole
    shown: Numbers
    temper: float

    @classmethod
    def before(cls, places: Numbers) -> "Matched":
        """Draws of which none has been played, each of its own lineage."""
        return cls(places, np.arange(len(places)), np.full(len(places), np.nan), 0.0)

    def picked(self, kept: Whole) -> "Matched":
        """Some of these draws, once or more often."""
        return Matched(self.places[kept], self.lineage[kept], self.shown[kept], self.temper)

    @property
    def effective(self) -> float:
        """How many independent draws they are worth."""
        return effective_of_relatives(self.places, self.lineage)


def next_round(now: Matched, log_likelihood: LogLikelihood, fit: Fit, dice: Dice, moves: int) -> Matched:
    """Draws resampled by a little more of what they show, unless all of it counts; and moved.

    Args:
        now: the draws.
        log_likelihood: (draws, size) places -> (draws,), of all other evidence.
        fit: plays draws, each time with other luck.
        dice: what is drawn with.
        moves: how often each draw is moved.
    """
    if np.isnan(now.shown).any():
        now = replace(now, shown=fit(now.places))
    step = next_step(now.shown, 1.0 - now.temper) if now.temper < 1.0 else 0.0
    if step:
        now = now.picked(picks(step * now.shown, len(now.places), dice))
    places, shown = now.places.copy(), now.shown.copy()
    temper, logs = min(now.temper + step, 1.0), log_likelihood(places)
    felt, seen = np.ones(places.shape[1]), np.ones(places.shape[1])
    for _ in range(moves):
        some = _block(felt / seen, len(places), dice)
        tried, of_tried = _by_other_evidence(places, logs, some, log_likelihood, dice)
        asked = np.flatnonzero((tried != places).any(axis=1))
        found = fit(tried[asked])
        change = temper * (found - shown[asked])
        single = some[asked].sum(axis=1) == 1
        which = some[asked][single].argmax(axis=1)
        np.add.at(felt, which, np.minimum(change[single] ** 2, MOST_FELT))
        np.add.at(seen, which, 1.0)
        taken = np.log(dice.uniform(size=asked.size)) < change
        moved = asked[taken]
        places[moved], logs[moved], shown[moved] = tried[moved], of_tried[moved], found[taken]
    return Matched(places, now.lineage, shown, temper)


def effective_of_relatives(places: Numbers, lineage: Whole) -> float:
    """How many independent draws (draws, numbers) are worth, of which those of one lineage may be alike.

    By the design effect of clusters (Kish 1965), with the correlation within lineages from an analysis of
    variance; the median over numbers. Of one lineage nothing can be known: it counts as one draw.
    """
    _, whose, sizes = np.unique(lineage, return_inverse=True, return_counts=True)
    count, groups = len(places), sizes.size
    if groups in (1, count):
        return float(groups)
    sums = np.zeros((groups, places.shape[1]))
    np.add.at(sums, whose, places)
    means, typical = sums / sizes[:, None], (sizes**2).sum() / count
    between = (sizes[:, None] * (means - places.mean(axis=0)) ** 2).sum(axis=0) / (groups - 1)
    within = ((places - means[whose]) ** 2).sum(axis=0) / (count - groups)
    of_lineages = np.maximum(between - within, 0.0) * (groups - 1) / (count - typical)
    alike = of_lineages / (of_lineages + within)
    return float(count / np.median(1.0 + (typical - 1.0) * alike))


def _block(felt: Numbers, count: int, dice: Dice) -> Flags:
    """(count, size) which numbers move together: in a random order, as many as a budget of change allows.

    >>> int(_block(np.array([9.0, 0.0, 0.0]), 50, np.random.default_rng(0)).sum(axis=1).max())
    2
    """
    order = dice.uniform(size=(count, felt.size)).argsort(axis=1)
    within = felt[order].cumsum(axis=1) <= dice.choice(BUDGETS, size=(count, 1))
    within[:, 0] = True
    some = np.zeros((count, felt.size), dtype=bool)
    np.put_along_axis(some, order, within, axis=1)
    return some


def _by_other_evidence(
    places: Numbers, logs: Numbers, some: Flags, log_likelihood: LogLikelihood, dice: Dice
) -> tuple[Numbers, Numbers]:
    """Draws some steps further by all evidence but the war of 2020, and how likely they are by it."""
    places, logs = places.copy(), logs.copy()
    for _ in range(BETWEEN_PLAYS):
        tried = _turned(places, some, dice)
        found = log_likelihood(tried)
        taken = np.log(dice.uniform(size=logs.size)) < found - logs
        places[taken], logs[taken] = tried[taken], found[taken]
    return places, logs


def _turned(places: Numbers, some: Flags, dice: Dice) -> Numbers:
    """Each draw with a few of some of its numbers turned towards fresh ones: the prior stays as it is."""
    count = len(places)
    share = dice.choice(MOVED, size=(count, 1)) / some.sum(axis=1, keepdims=True)
    few = some & (dice.uniform(size=places.shape) < share)
    angle = dice.uniform(*ANGLES, size=(count, 1))
    turned = places * np.cos(angle) + dice.standard_normal(places.shape) * np.sin(angle)
    return np.where(few, turned, places)
