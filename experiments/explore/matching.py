"""Matching: draws of a posterior, moved until their own worlds of the war of 2020 fit as well as they may.

What an emulator says of that war leads to the right region, and is off by something everywhere in it. But
the war costs little to play. So the draws are weighed by a little more of what their own worlds show, and a
little less of what the emulator says; resampled; and moved, again and again: sequential Monte Carlo with
plays in place of a likelihood (Del Moral, Doucet and Jasra 2012). A move draws a few numbers anew; the
emulator of all other evidence has the first word on it, so that only what is likely by that is played
(Christen and Fox 2005). In the end many draws descend from the same one: how much alike relatives still are
says how many independent draws they are worth.
"""

from collections.abc import Callable

import numpy as np

from experiments.explore.tempering import LogLikelihood, next_step, picks
from sim.chance import Dice
from sim.quantities import Numbers, Whole

MOVED = (1, 2, 4, 8)  # about so many numbers in a move; assumption
ANGLES = (0.3, np.pi / 2)  # how far: from hardly to drawn anew, as an angle

Fit = Callable[[Numbers, Whole], Numbers]  # (draws, size) places, (draws,) numbers -> (draws,) logs


def matched(
    places: Numbers,
    log_likelihood: LogLikelihood,
    emulated: LogLikelihood,
    fit: Fit,
    dice: Dice,
    moves: tuple[int, int],
) -> tuple[Numbers, Whole]:
    """Draws of the posterior by what is played, and from which draw each descends.

    Args:
        places: (draws, size) draws of the posterior by what is emulated alone, in no order, on the scale on
            which the prior is a standard normal.
        log_likelihood: (draws, size) places -> (draws,), of all other evidence.
        emulated: likewise, of the war of 2020.
        fit: plays draws, each time with other luck, which belongs to the number that it is given.
        dice: what is drawn with.
        moves: how often each draw is moved after each resampling, and in the end.
    """
    count, played = len(places), 0

    def fits(of: Numbers) -> Numbers:
        nonlocal played
        played += len(of)
        return fit(of, np.arange(played - len(of), played))

    places, lineage, temper = places.copy(), np.arange(count), 0.0
    logs, said, shown = log_likelihood(places), emulated(places), fits(places)
    while temper < 1.0:
        step = next_step(shown - said, 1.0 - temper)
        kept = picks(step * (shown - said), count, dice)
        places, lineage = places[kept], lineage[kept]
        logs, said, shown = logs[kept], said[kept], shown[kept]
        temper = min(temper + step, 1.0)
        for _ in range(moves[0] if temper < 1.0 else moves[1]):
            tried = _turned(places, dice)
            of_tried, said_of = log_likelihood(tried), emulated(tried)
            first = of_tried - logs + (1.0 - temper) * (said_of - said)
            asked = np.flatnonzero(np.log(dice.uniform(size=count)) < first)
            found = fits(tried[asked])
            taken = np.log(dice.uniform(size=asked.size)) < temper * (found - shown[asked])
            moved = asked[taken]
            places[moved], logs[moved], said[moved] = tried[moved], of_tried[moved], said_of[moved]
            shown[moved] = found[taken]
    return places, lineage


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


def _turned(places: Numbers, dice: Dice) -> Numbers:
    """Each draw with a few of its numbers turned towards fresh ones, which leaves the prior as it is."""
    count, size = places.shape
    some = dice.uniform(size=places.shape) < dice.choice(MOVED, size=(count, 1)) / size
    angle = dice.uniform(*ANGLES, size=(count, 1))
    turned = places * np.cos(angle) + dice.standard_normal(places.shape) * np.sin(angle)
    return np.where(some, turned, places)
