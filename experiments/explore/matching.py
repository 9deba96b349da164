"""Matching: draws of a posterior, moved until their own worlds of the war of 2020 are that war.

The war of 2020 costs little to play, and hardly one draw in a thousand makes it. So draws that all other
evidence leaves are played on it; weighed by a little more of what their worlds show; resampled; and moved,
round by round: sequential Monte Carlo with plays in place of a likelihood (Del Moral, Doucet and Jasra 2012).
What is sampled is a draw together with the luck of its worlds (Andrieu and Roberts 2009). A move changes a
few numbers under the same luck, so that what changes is their doing, or the luck under the same numbers
(Murray and Graham 2016).

A move of numbers takes several steps by all other evidence, which an emulator knows at once, before it is
played (Liu 2001: the surrogate transition method). Many draws come to descend from the same one; how much
alike relatives still are says how many independent draws they are worth, and they are moved on until that is
enough.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from experiments.explore.tempering import LogLikelihood, next_step, picks
from sim.chance import Dice
from sim.quantities import Numbers, Whole

MOVED = (1, 2, 4, 8)  # numbers of a move, at random; assumption
ANGLES = (0.3, np.pi / 2)  # how far a step goes: several draw a number all but anew; assumption
BETWEEN_PLAYS = 8  # steps by all other evidence; assumption
OTHER_LUCK = 4  # every so many moves the luck changes, not the numbers; assumption
STILL_ALIKE = 0.05  # share of the numbers of which relatives may be more alike than is counted

LogByPlays = Callable[[Numbers, Whole], Numbers]  # (draws, size) places, (draws,) lucks -> (draws,) logs


@dataclass(frozen=True)
class Matched:
    """Draws after a round.

    Attributes:
        places: (draws, size) on the scale on which the prior is a standard normal.
        luck: (draws,) the number of the luck that each has: of as many as there are draws.
        lineage: (draws,) from which draw each descends.
        shown: (draws,) how likely the war of 2020 is by their worlds of it, as logs.
        temper: the power of that likelihood; 1 for the posterior.
    """

    places: Numbers
    luck: Whole
    lineage: Whole
    shown: Numbers
    temper: float

    @classmethod
    def before(cls, places: Numbers) -> "Matched":
        """Draws of which none has been played, each with luck and lineage of its own."""
        number = np.arange(len(places))
        return cls(places, number, number, np.full(len(places), np.nan), 0.0)

    def picked(self, kept: Whole) -> "Matched":
        """Some of these draws, once or more often."""
        return Matched(self.places[kept], self.luck[kept], self.lineage[kept], self.shown[kept], self.temper)

    @property
    def effective(self) -> float:
        """How many independent draws they are worth."""
        return effective_of_relatives(self.places, self.lineage)


def next_round(
    now: Matched, log_likelihood: LogLikelihood, log_by_plays: LogByPlays, dice: Dice, moves: int
) -> Matched:
    """Draws resampled by a little more of what they show, unless all of it counts; and moved.

    Args:
        now: the draws.
        log_likelihood: (draws, size) places -> (draws,), of all other evidence.
        log_by_plays: plays draws, each with its luck.
        dice: what is drawn with.
        moves: how often each draw is moved.
    """
    if np.isnan(now.shown).any():
        now = replace(now, shown=log_by_plays(now.places, now.luck))
    step = next_step(now.shown, 1.0 - now.temper) if now.temper < 1.0 else 0.0
    if step:
        now = now.picked(picks(step * now.shown, len(now.places), dice))
        now = replace(now, temper=min(now.temper + step, 1.0))
    logs = log_likelihood(now.places)
    for move in range(moves):
        if move % OTHER_LUCK == OTHER_LUCK - 1:
            now = _with_other_luck(now, log_by_plays, dice)
        else:
            now, logs = _with_other_numbers(now, logs, log_likelihood, log_by_plays, dice)
    return now


def _with_other_luck(now: Matched, log_by_plays: LogByPlays, dice: Dice) -> Matched:
    count = len(now.places)
    luck = dice.integers(0, count, size=count)
    shown = log_by_plays(now.places, luck)
    taken = np.log(dice.uniform(size=count)) < now.temper * (shown - now.shown)
    return replace(now, luck=np.where(taken, luck, now.luck), shown=np.where(taken, shown, now.shown))


def _with_other_numbers(
    now: Matched, logs: Numbers, log_likelihood: LogLikelihood, log_by_plays: LogByPlays, dice: Dice
) -> tuple[Matched, Numbers]:
    """Draws with a few other numbers, and how likely all other evidence is by them, before and after."""
    tried, logs_tried = _by_other_evidence(now.places, logs, log_likelihood, dice)
    asked = np.flatnonzero((tried != now.places).any(axis=1))
    shown = log_by_plays(tried[asked], now.luck[asked])
    taken = np.log(dice.uniform(size=asked.size)) < now.temper * (shown - now.shown[asked])
    moved = asked[taken]
    after = replace(now, places=now.places.copy(), shown=now.shown.copy())
    logs = logs.copy()
    after.places[moved], after.shown[moved], logs[moved] = tried[moved], shown[taken], logs_tried[moved]
    return after, logs


def _by_other_evidence(
    places: Numbers, logs: Numbers, log_likelihood: LogLikelihood, dice: Dice
) -> tuple[Numbers, Numbers]:
    """A few numbers of each draw some steps further by all evidence but the war of 2020."""
    some = dice.uniform(size=places.shape).argsort(axis=1) < dice.choice(MOVED, size=(len(places), 1))
    places, logs = places.copy(), logs.copy()
    for _ in range(BETWEEN_PLAYS):
        tried = np.where(some, _turned(places, dice), places)
        found = log_likelihood(tried)
        taken = np.log(dice.uniform(size=logs.size)) < found - logs
        places[taken], logs[taken] = tried[taken], found[taken]
    return places, logs


def _turned(places: Numbers, dice: Dice) -> Numbers:
    """Each draw turned towards a fresh one: the prior stays as it is."""
    angle = dice.uniform(*ANGLES, size=(len(places), 1))
    return places * np.cos(angle) + dice.standard_normal(places.shape) * np.sin(angle)


def effective_of_relatives(places: Numbers, lineage: Whole) -> float:
    """How many independent draws (draws, numbers) are worth, of which those of one lineage may be alike.

    By the design effect of clusters (Kish 1965), with the correlation within lineages from an analysis of
    variance. Numbers that what is played fixes sharply forget their ancestor last, so the effective sample is
    one that nearly all numbers have. Of one lineage nothing can be known: it counts as one draw.
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
    return float(count / np.quantile(1.0 + (typical - 1.0) * alike, 1.0 - STILL_ALIKE))
