"""The luck that a world meets.

Luck belongs to (seed, world number, step, purpose, actor) and to nothing else. A world meets the same
luck alone or among thousands, under any parameter setting, and after a new draw is added elsewhere
(common random numbers). The generator is NumPy's counter-based Philox: the counter is set from those
five, so one native call draws for a whole chunk of worlds.

Source: Salmon and others (2011), "Parallel random numbers: as easy as 1, 2, 3".
"""

from functools import cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from sim.quantities import Numbers

LANES = 4  # Philox4x64 yields four 64-bit words for each value of its counter
MOST_SKIPPED = 1000  # worlds between two that are wanted, per one wanted; beyond, each draws alone
HALF_A_STEP = 2.0**-54  # half the spacing of the generator's doubles: keeps draws inside (0, 1)


@cache
def code_of(name: str) -> int:
    """A stable number for a name; Python's own hash changes from run to run."""
    return crc32(name.encode())


class Luck:
    """The luck of some worlds.

    Args:
        seed: any non-negative integer below 2**63.
        worlds: (worlds,) world numbers, in any order, repeats allowed: two rows with the same number
            share their luck.
    """

    def __init__(self, seed: int, worlds: NDArray[np.int64]) -> None:
        self.seed = seed
        self.worlds = np.asarray(worlds, dtype=np.int64)
        self._first = int(self.worlds.min())
        self._span = int(self.worlds.max()) - self._first + 1
        consecutive = np.arange(self._first, self._first + self.worlds.size)
        self._philox = np.random.Philox(key=seed)  # reset for each draw: a new one takes ten times as long
        self._generator, self._setting = np.random.Generator(self._philox), self._philox.state
        self._picks = None if np.array_equal(self.worlds, consecutive) else self.worlds - self._first
        self._alone: list[Luck] = []  # of each world, where drawing for all between them would take too long
        if self._span > MOST_SKIPPED * self.worlds.size:
            distinct, self._picks = np.unique(self.worlds, return_inverse=True)
            self._alone = [Luck(seed, distinct[place : place + 1]) for place in range(distinct.size)]

    def uniform(self, step: int, purpose: str, actor: str) -> Numbers:
        """(worlds,) draws from the open interval (0, 1).

        >>> alone = Luck(7, np.array([17])).uniform(3, "choice", "RUS")
        >>> among = Luck(7, np.arange(100)).uniform(3, "choice", "RUS")
        >>> bool(alone[0] == among[17])
        True
        """
        if self._alone:
            return np.concatenate([one.uniform(step, purpose, actor) for one in self._alone])[self._picks]
        start = self._first // LANES
        skipped = self._first - start * LANES
        draws = self._draw(start, skipped + self._span, step, purpose, actor)[skipped:]
        return draws if self._picks is None else draws[self._picks]

    def uniform_each(self, width: int, step: int, purpose: str, actor: str) -> Numbers:
        """(worlds, width) draws from the open interval (0, 1): one for each region, say."""
        if self._alone:
            each = [one.uniform_each(width, step, purpose, actor) for one in self._alone]
            return np.concatenate(each)[self._picks]
        blocks = -(-width // LANES)
        words = self._span * blocks * LANES
        draws = self._draw(self._first * blocks, words, step, purpose, actor)
        table = draws.reshape(self._span, blocks * LANES)[:, :width]
        return table if self._picks is None else table[self._picks]

    def _draw(self, block: int, words: int, step: int, purpose: str, actor: str) -> Numbers:
        counter = np.array([block, step, code_of(purpose), code_of(actor)], dtype=np.uint64)
        self._setting["state"]["counter"] = counter
        self._philox.state = self._setting
        draws = self._generator.random(words)
        draws += HALF_A_STEP
        return draws


Dice = np.random.Generator  # draws from results, not in a world


def resampling_rng(seed: int) -> Dice:
    """A generator for draws from results, not in a world: resamples, random halves, picks among draws.

    No world's luck depends on it.

    >>> bool(resampling_rng(7).random() == resampling_rng(7).random())
    True
    """
    return np.random.default_rng(seed)


def seed_from(given: Any, below: int) -> int:
    """A seed from whatever Mesa and NumPy accept as one: the same from the same input, a new one from None.

    Raises:
        TypeError, ValueError: no seed can be made of it.

    >>> seed_from([1, 2], 10**6) == seed_from([1, 2], 10**6)
    True
    """
    return int(np.random.default_rng(given).integers(below))
