"""Matching: draws of a posterior, moved until their own worlds of the war of 2020 fit as well as they may.

What an emulator says of that war leads to the right region, and is off by something everywhere in it. But the
war costs little to play: so in the end each draw is moved by what its own worlds show. A move draws a few
numbers anew; the emulator of all other evidence has the first word on it, so that only what is likely by that
is played (Christen and Fox 2005). The draws that are compared are both played, with luck of their own: Markov
chain Monte Carlo without likelihoods (Marjoram, Molitor, Plagnol and Tavaré 2003).
"""

from collections.abc import Callable

import numpy as np

from experiments.explore.tempering import LogLikelihood
from sim.chance import Dice
from sim.quantities import Numbers, Whole

MOVED = (1, 2, 4, 8)  # about so many numbers in a move; assumption
ANGLES = (0.3, np.pi / 2)  # how far: from hardly to drawn anew, as an angle

Fit = Callable[[Numbers, Whole], Numbers]  # (draws, size) places, (draws,) numbers -> (draws,) logs


def matched(places: Numbers, log_likelihood: LogLikelihood, fit: Fit, dice: Dice, moves: int) -> Numbers:
    """(draws, size) the draws, moved towards the posterior by what was emulated and what is played.

    Args:
        places: (draws, size) where they are, on the scale on which the prior is a standard normal.
        log_likelihood: (draws, size) places -> (draws,), of what was emulated.
        fit: plays draws, each time with other luck, which belongs to the number that it is given.
        dice: what is drawn with.
        moves: how often each draw is moved.
    """
    places, count, played = places.copy(), len(places), 0

    def fits(of: Numbers) -> Numbers:
        nonlocal played
        played += len(of)
        return fit(of, np.arange(played - len(of), played))

    logs, fitting = log_likelihood(places), fits(places)
    for _ in range(moves):
        tried = _turned(places, dice)
        of_tried = log_likelihood(tried)
        asked = np.flatnonzero(np.log(dice.uniform(size=count)) < of_tried - logs)
        found = fits(tried[asked])
        taken = np.log(dice.uniform(size=asked.size)) < found - fitting[asked]
        moved = asked[taken]
        places[moved], logs[moved], fitting[moved] = tried[moved], of_tried[moved], found[taken]
    return places


def _turned(places: Numbers, dice: Dice) -> Numbers:
    """Each draw with a few of its numbers turned towards fresh ones, which leaves the prior as it is."""
    count, size = places.shape
    some = dice.uniform(size=places.shape) < dice.choice(MOVED, size=(count, 1)) / size
    angle = dice.uniform(*ANGLES, size=(count, 1))
    turned = places * np.cos(angle) + dice.standard_normal(places.shape) * np.sin(angle)
    return np.where(some, turned, places)
