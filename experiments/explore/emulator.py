"""An emulator: how the chances of what happens depend on numbers, learned from draws that were played.

A small neural network reads the numbers and gives the chance of each rung in each case; others give how
dense worlds lie at each share that was recorded, and the chance of lying in the band of each pattern. They
are fitted to what was seen in a few worlds of each draw, whose noise they average out: counts by their
likelihood, densities, which are never below 0, by a quasi-likelihood whose best answer is the mean (McCullagh
and Nelder 1989), where a draw counts by the worlds in which it was looked for. Several networks, with
different starting weights, are averaged. The error is measured on draws that were not learned from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from sim.chance import Dice
from sim.quantities import Flags, Numbers, Whole
from sim.world import FORCE

HIDDEN = (48, 32)  # units of its two layers
NETWORKS = 3
KEPT_ASIDE = 0.15  # share of the draws that says when to stop
RATE, EPOCHS, WAITED = 2e-3, 200, 20  # of the fitting (Adam; Kingma and Ba 2015)
SMALLEST_BATCH, MOST_BATCHES = 64, 64  # draws in a batch at least; batches in a pass at most
DECAY = 1200.0  # of weights, divided by the number of draws: few draws must not be learned by heart
STEEPEST = 30.0  # log of a density, at most

Short = NDArray[np.float32]  # half as long as Numbers and twice as fast; exact to seven digits
Layers = list[Short]


@dataclass(frozen=True)
class Emulator:
    """What was learned.

    Attributes:
        rungs: the chances of rungs.
        shares: the densities of shares.
        tallies: the chances of a world of the years to lie below, within and above the band of a pattern.
        error: root mean square error of a chance of force, beyond the noise of a few worlds, in unseen draws.
    """

    rungs: "Chances"
    shares: "Means"
    tallies: "Chances"
    error: float = float("nan")

    def chances(self, places: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Chances of rungs, densities and chances of tallies, of (draws, paths) places: see Evidence."""
        return self.rungs.of(places), self.shares.of(places), self.tallies.of(places)


@dataclass(frozen=True)
class Chances:
    """How chances, in sets that each add up to one, depend on numbers.

    Attributes:
        networks: the weights of each network; none if there are no chances.
        shape: how many sets of chances there are, and how many chances in each.
    """

    networks: tuple[Layers, ...]
    shape: tuple[int, int]

    @classmethod
    def learned(cls, places: Numbers, counts: Numbers, dice: Dice) -> "Chances":
        """Chances of draws that were played; see `fitted`."""
        if not counts.shape[1]:
            return cls((), (0, counts.shape[2]))
        shares = (counts / counts.sum(axis=2, keepdims=True)).reshape(len(counts), -1).astype(np.float32)
        short = places.astype(np.float32)
        shape, aside = (counts.shape[1], counts.shape[2]), kept_aside(len(counts))
        alike = np.ones((len(counts), 1), dtype=np.float32)  # each draw was looked at in all its worlds
        return cls(tuple(_network(short, shares, alike, shape, aside, dice) for _ in range(NETWORKS)), shape)

    def of(self, places: Numbers) -> Numbers:
        """(draws, sets, chances) chances, of (draws, paths) places."""
        if not self.networks:
            return np.empty((len(places), *self.shape))
        short = places.astype(np.float32)
        return adding_up(_mean_answer(self.networks, short), self.shape, np.float64)


@dataclass(frozen=True)
class Means:
    """How means of quantities that are never below 0 depend on numbers.

    Attributes:
        networks: the weights of each network; none if there are no quantities.
        scale: (quantities,) the mean of each over the draws, the unit in which the networks count.
    """

    networks: tuple[Layers, ...]
    scale: Numbers

    @classmethod
    def learned(cls, places: Numbers, seen: Numbers, looked_at: Numbers, dice: Dice) -> "Means":
        """Means of draws that were played; see `fitted`."""
        if not seen.shape[1]:
            return cls((), np.empty(0))
        tiny = np.finfo(float).tiny
        scale = np.maximum((looked_at * seen).sum(axis=0) / np.maximum(looked_at.sum(axis=0), tiny), tiny)
        squares, shares = with_squares(places).astype(np.float32), (seen / scale).astype(np.float32)
        short, aside = looked_at.astype(np.float32), kept_aside(len(squares))
        networks = (_network(squares, shares, short, (0, 1), aside, dice) for _ in range(NETWORKS))
        return cls(tuple(networks), scale)

    def of(self, places: Numbers) -> Numbers:
        """(draws, quantities) means, of (draws, paths) places."""
        if not self.networks:
            return np.empty((len(places), 0))
        squares = with_squares(places).astype(np.float32)
        logs = _mean_answer(self.networks, squares)
        return np.asarray(np.exp(np.clip(logs, -STEEPEST, STEEPEST)) * self.scale, dtype=float)


def one_thread() -> threadpool_limits:
    """Multiply matrices in one thread: they are small here, and our own threads share the work already.

    >>> with one_thread():
    ...     float(np.ones((2, 2)).dot(np.ones(2)).sum())
    4.0
    """
    return threadpool_limits(1, user_api="blas")


def adding_up(answer: Short, shape: tuple[int, ...], kind: Any = np.float32) -> NDArray[Any]:
    """(draws, sets, chances) chances, of which those of a set add up to one: the softmax of an answer.

    They lie chance by chance in memory: NumPy is slow along rows as short as those of a set.

    Args:
        answer: (draws, sets times chances) logs of the chances, up to a constant in each set.
        shape: how many sets there are, and how many chances in each.
        kind: the type of number in which they add up.

    >>> adding_up(np.log([[1.0, 3.0, 2.0, 2.0]]), (2, 2), np.float64).tolist()
    [[[0.25, 0.75], [0.5, 0.5]]]
    """
    logs = np.ascontiguousarray(answer.reshape(len(answer) * shape[0], shape[1]).T)
    chances = np.exp(logs - logs.max(axis=0)).astype(kind, copy=False)
    chances /= chances.sum(axis=0)
    return np.moveaxis(chances.reshape(shape[1], len(answer), shape[0]), 0, 2)


def with_squares(places: Numbers) -> Numbers:
    """Places and their squares, centred on 0: a density has a peak, a chance climbs or falls.

    >>> with_squares(np.array([[1.0, 0.0]])).round(2).tolist()
    [[1.0, 0.0, 0.0, -0.71]]
    """
    return np.concatenate([places, (places**2 - 1.0) / np.sqrt(2.0)], axis=1)


def fitted(
    places: Numbers, counts: Numbers, densities: tuple[Numbers, Numbers], tallies: "Chances", dice: Dice
) -> Emulator:
    """An emulator of draws that were played.

    Args:
        places: (draws, paths) the numbers, on the normal scale.
        counts: (draws, cases, rungs) in how many worlds each rung was the highest.
        densities: (draws, shares) how dense worlds lay at what happened, and the share of worlds that was
            looked at.
        tallies: what was learned of the patterns of the years, from draws of their own.
        dice: what starting weights and batches are drawn with.
    """
    emulator = Emulator(
        Chances.learned(places, counts, dice), Means.learned(places, *densities, dice), tallies
    )
    aside = kept_aside(len(counts))
    return replace(emulator, error=_error(emulator, places[aside], counts[aside]))


def kept_aside(draws: int) -> Flags:
    """(draws,) which of the draws are not learned from, but say when to stop and how good it is."""
    return np.arange(draws) % round(1 / KEPT_ASIDE) == 0


def _error(emulator: Emulator, places: Numbers, counts: Numbers) -> float:
    """How far the chances of force are off, less the scatter that few worlds have by themselves."""
    said = emulator.rungs.of(places)[:, :, FORCE:].sum(axis=2)
    worlds = counts.sum(axis=2)
    seen = counts[:, :, FORCE:].sum(axis=2) / worlds
    scatter = said * (1.0 - said) / worlds
    return float(np.sqrt(max(np.mean((seen - said) ** 2 - scatter), 0.0)))


def _network(
    places: Short, shares: Short, looked_at: Short, shape: tuple[int, ...], aside: Flags, dice: Dice
) -> Layers:
    """One network, as it was when it predicted the draws kept aside best, in short numbers."""
    now = _beginning(places.shape[1], shares, shape, dice)
    first, second = ([np.zeros_like(layer) for layer in now] for _ in range(2))
    best, least, since, step = now, np.inf, 0, 0
    mine, own, counted = places[~aside], shares[~aside], looked_at[~aside]
    decay = RATE * DECAY / len(mine)
    for _ in range(EPOCHS):
        for rows in _batches(len(mine), dice):
            step += 1
            slopes = _slopes(now, mine[rows], own[rows], counted[rows], shape)
            first = [0.9 * mean + 0.1 * slope for mean, slope in zip(first, slopes, strict=True)]
            second = [0.999 * mean + 0.001 * slope**2 for mean, slope in zip(second, slopes, strict=True)]
            rate = RATE * sqrt(1.0 - 0.999**step) / (1.0 - 0.9**step)
            now = [layer - rate * mean / (np.sqrt(square) + 1e-8) - decay * layer
                   for layer, mean, square in zip(now, first, second, strict=True)]  # fmt: skip
        loss = _loss(now, places[aside], shares[aside], looked_at[aside], shape)
        best, least, since = (now, loss, 0) if loss < least else (best, least, since + 1)
        if since > WAITED:
            break
    return best


def _beginning(inputs: int, shares: Short, shape: tuple[int, ...], dice: Dice) -> Layers:
    """Small random weights, and the mean answer: two layers, and a direct linear path beside them."""
    split, (one, two), size = shape[0] * shape[1], HIDDEN, shares.shape[1]
    middle = np.log(np.maximum(shares.mean(axis=0), 1e-3))
    middle[split:] = 0.0
    layers = [
        dice.standard_normal((inputs, one)) / np.sqrt(inputs), np.zeros(one),
        dice.standard_normal((one, two)) / np.sqrt(one), np.zeros(two),
        0.1 * dice.standard_normal((two, size)) / np.sqrt(two), np.zeros((inputs, size)), middle,
    ]  # fmt: skip
    return [layer.astype(np.float32) for layer in layers]


def _batches(count: int, dice: Dice) -> Iterator[Whole]:
    order, size = dice.permutation(count), max(SMALLEST_BATCH, -(-count // MOST_BATCHES))
    yield from (order[first : first + size] for first in range(0, count, size))


def _forward(network: Layers, places: Short) -> tuple[Short, Short, Short]:
    into, shift, on, shift_on, out, straight, middle = network
    lower = np.tanh(places @ into + shift)
    upper = np.tanh(lower @ on + shift_on)
    return lower, upper, upper @ out + places @ straight + middle


def _mean_answer(networks: Sequence[Layers], places: Short) -> Short:
    total = _forward(networks[0], places)[-1]
    for one in networks[1:]:
        total += _forward(one, places)[-1]
    return np.asarray(total / np.float32(len(networks)))


def _errors(answer: Short, shares: Short, looked_at: Short, shape: tuple[int, ...]) -> Short:
    """The slope of the loss in the answer: what was predicted less what was seen, for both kinds."""
    split = shape[0] * shape[1]
    said = adding_up(answer[:, :split], shape).reshape(len(answer), -1)
    dense = np.exp(np.clip(answer[:, split:], -STEEPEST, STEEPEST))
    return (np.concatenate([said, dense], axis=1) - shares) * looked_at


def _slopes(
    network: Layers, places: Short, shares: Short, looked_at: Short, shape: tuple[int, ...]
) -> Layers:
    _, _, on, _, out, _, _ = network
    lower, upper, answer = _forward(network, places)
    wrong = _errors(answer, shares, looked_at, shape) / len(places)
    up = (wrong @ out.T) * (1.0 - upper**2)
    low = (up @ on.T) * (1.0 - lower**2)
    return [
        places.T @ low,
        low.sum(0),
        lower.T @ up,
        up.sum(0),
        upper.T @ wrong,
        places.T @ wrong,
        wrong.sum(0),
    ]


def _loss(network: Layers, places: Short, shares: Short, looked_at: Short, shape: tuple[int, ...]) -> float:
    answer, split = _forward(network, places)[-1], shape[0] * shape[1]
    said = adding_up(answer[:, :split], shape).reshape(len(answer), -1)
    dense = np.clip(answer[:, split:], -STEEPEST, STEEPEST)
    by_counts = -shares[:, :split] * np.log(np.maximum(said, np.finfo(np.float32).tiny))
    by_means = np.exp(dense) - shares[:, split:] * dense
    return float((np.concatenate([by_counts, by_means], axis=1) * looked_at).sum()) / len(places)
