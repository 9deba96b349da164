"""Scenario discovery: the box of parameters in which the cases of interest lie, with tests of its limits.

The box is found by the patient rule induction method (PRIM). From the whole space, the slice whose loss
leaves the largest share of cases of interest is peeled off, a few cases at a time, until the box would
become too small. Of the boxes on the way that are dense enough (density: share of a box's cases that are of
interest), the one that best joins density and coverage (share of all cases of interest that lie in it) is
kept; if none is dense enough, the best of all. Limits that could be chance are removed.

It is found in one half of the cases. Each of its limits must then pass two tests: it could not be chance
in the other half, and boxes found again in random halves have it, too. The box with the limits that passed is
reported, with how well it does in that other half.

Source: Friedman and Fisher (1999), "Bump hunting in high-dimensional data"; for policy, with the tests of
limits used here: Bryant and Lempert (2010), "Thinking inside the box". Packages that do this bring hundreds
of megabytes (ema_workbench) or a licence that this one cannot take on (prim, GPL); peeling is short.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from experiments.explore.levers import Lever
from sim.chance import resampling_rng
from sim.quantities import Flags, Numbers

LOW, HIGH = 0, 1  # sides of a dimension

PEELED = 0.05  # share of a box's cases that a slice holds: patient, as Friedman and Fisher advise
SMALLEST = 0.02  # share of all cases that a box must hold
DENSE = 0.75  # share of cases of interest from which a box is worth reporting: three in four; assumption
MOST_CHANCE = 0.05  # quasi-p-value above which a limit could be chance
AGAIN = 50  # times that a box is found again, each in a random half of the cases
OFTEN = 0.8  # share of the random halves that must have a limit, too; assumption
FEWEST_CASES = 30  # cases of interest in a half, and of the others, below which there is nothing to find
LIMIT_COLUMNS = (
    "parameter",
    "side",
    "limit",
    "left",
    "chance",
    "found_again",
    "again_low",
    "again_high",
    "believed",
)


@dataclass(frozen=True)
class Box:
    """A part of the space: limits of some dimensions.

    Attributes:
        low, high: the limits, (dimensions,), both included; infinite where there is none.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]

    @classmethod
    def everywhere(cls, dimensions: int) -> "Box":
        """The box without limits."""
        return cls((-np.inf,) * dimensions, (np.inf,) * dimensions)

    def holds(self, points: Numbers) -> Flags:
        """(cases,) whether each of (cases, dimensions) points lies in it."""
        return np.asarray(((points >= self.low) & (points <= self.high)).all(axis=1))

    def limit(self, dimension: int, side: int) -> float:
        """One limit."""
        return (self.low, self.high)[side][dimension]

    def moved(self, dimension: int, side: int, limit: float) -> "Box":
        """The same with another limit."""
        ends = [list(self.low), list(self.high)]
        ends[side][dimension] = limit
        return replace(self, low=tuple(ends[LOW]), high=tuple(ends[HIGH]))

    def without(self, dimension: int, side: int) -> "Box":
        """The same without one limit."""
        return self.moved(dimension, side, (-np.inf, np.inf)[side])

    @property
    def limits(self) -> tuple[tuple[int, int], ...]:
        """(dimension, side) of each limit."""
        places = [(place, side) for place in range(len(self.low)) for side in (LOW, HIGH)]
        return tuple(place for place in places if np.isfinite(self.limit(*place)))


@dataclass(frozen=True)
class Quality:
    """How well a box does.

    Attributes:
        coverage: the share of all cases of interest that lie in it.
        density: the share of its cases that are of interest.
        mass: the share of all cases that lie in it.
    """

    coverage: float
    density: float
    mass: float

    @property
    def joined(self) -> float:
        """Harmonic mean of coverage and density: high only if both are."""
        both = self.coverage + self.density
        return 2 * self.coverage * self.density / both if both > 0 else 0.0


def quality(box: Box, points: Numbers, interesting: Flags) -> Quality:
    """How well a box does on some cases.

    >>> box = Box((0.5,), (np.inf,))
    >>> quality(box, np.array([[0.1], [0.6], [0.7], [0.9]]), np.array([True, True, True, False]))
    Quality(coverage=0.6666666666666666, density=0.6666666666666666, mass=0.75)
    """
    inside = box.holds(points)
    both = int((inside & interesting).sum())
    return Quality(
        coverage=both / max(int(interesting.sum()), 1),
        density=both / max(int(inside.sum()), 1),
        mass=float(inside.mean()),
    )


def peel(
    points: Numbers, interesting: Flags, peeled: float = PEELED, smallest: float = SMALLEST
) -> list[Box]:
    """The boxes on the way from the whole space to the smallest.

    Args:
        points: the values of each case, (cases, dimensions).
        interesting: whether each case is of interest, (cases,).
        peeled: the share of a box's cases that a slice holds.
        smallest: the share of all cases that a box must hold.
    """
    boxes = [Box.everywhere(points.shape[1])]
    inside = np.ones(len(points), dtype=bool)
    while True:
        best = best_slice(points[inside], interesting[inside], peeled)
        if best is None:
            return boxes
        box = boxes[-1].moved(*best)
        inside = box.holds(points)
        if inside.mean() < smallest:
            return boxes
        boxes.append(box)


def best_slice(points: Numbers, interesting: Flags, peeled: float) -> tuple[int, int, float] | None:
    """Dimension, side and new limit of the slice that leaves the largest share; None if there is none."""
    cut = max(1, int(peeled * len(points)))
    best, found = -1.0, None
    for dimension in range(points.shape[1]):
        values = points[:, dimension]
        if len(values) <= cut:
            return None
        order = np.sort(values)
        for side, limit, stays in (
            (LOW, order[cut], values >= order[cut]),
            (HIGH, order[-cut - 1], values <= order[-cut - 1]),
        ):
            if not stays.all() and (share := float(interesting[stays].mean())) > best:
                best, found = share, (dimension, side, float(limit))
    return found


def chosen_box(boxes: Sequence[Box], points: Numbers, interesting: Flags, dense: float = DENSE) -> Box:
    """Of the boxes that are dense enough, or of all if none is, the one that best joins both qualities."""
    found = [(box, quality(box, points, interesting)) for box in boxes]
    enough = [pair for pair in found if pair[1].density >= dense]
    return max(enough or found, key=lambda pair: pair[1].joined)[0]


def chance_of_limit(box: Box, dimension: int, side: int, points: Numbers, interesting: Flags) -> float:
    """How easily a limit could be chance: the quasi-p-value of Bryant and Lempert (2010).

    The probability of at least as many cases of interest in the box, if each of its cases were of interest as
    often as in the box without this limit.
    """
    inside = box.holds(points)
    if not inside.any():
        return 1.0
    wider = box.without(dimension, side).holds(points)
    hits = int(interesting[inside].sum())
    usual = float(interesting[wider].mean())
    return float(binomtest(hits, int(inside.sum()), usual, alternative="greater").pvalue)


def pruned(box: Box, points: Numbers, interesting: Flags, chance: float = MOST_CHANCE) -> Box:
    """A box without limits that could be chance, removed one at a time, the likeliest first."""
    while box.limits:
        doubts = {limit: chance_of_limit(box, *limit, points, interesting) for limit in box.limits}
        worst = max(doubts, key=lambda limit: doubts[limit])
        if doubts[worst] <= chance:
            break
        box = box.without(*worst)
    return box


def found_box(points: Numbers, interesting: Flags) -> Box:
    """Peel, choose and prune."""
    return pruned(chosen_box(peel(points, interesting), points, interesting), points, interesting)


@dataclass(frozen=True)
class Discovery:
    """What was found.

    Attributes:
        levers: the dimensions.
        box: the box with the limits that passed the tests, on the levers' own scales.
        seen, unseen: its quality in the half that it was found in, and in the other.
        base: the share of all cases that are of interest.
        limits: a row for each limit of the box before the tests, the most limiting first: how much of the box
            without it is left, quasi-p-value in the unseen half, share of the random halves that have it,
            where 90 % of these put it, and whether it is believed.
    """

    levers: tuple[Lever, ...]
    box: Box
    seen: Quality
    unseen: Quality
    base: float
    limits: pd.DataFrame

    @property
    def words(self) -> str:
        """The box in words, the most limiting dimension first."""
        rows = self.limits[self.limits["believed"]].to_dict("records")
        return " and ".join(f"{row['parameter']} is {row['side']} {row['limit']:.2f}" for row in rows)

    @property
    def dimensions(self) -> list[int]:
        """Those that are limited, the most limiting first."""
        names = [one.path for one in self.levers]
        believed = self.limits.loc[self.limits["believed"], "parameter"]
        return [names.index(name) for name in dict.fromkeys(believed)]


def discover(levers: Sequence[Lever], points: Numbers, interesting: Flags, seed: int = 0) -> Discovery | None:
    """Find the box of the cases of interest; None if there are too few of them, or of the others.

    Args:
        levers: the dimensions.
        points: the values of each case, (cases, levers).
        interesting: whether each case is of interest, (cases,); each has luck of its own.
        seed: the seed of the halves.
    """
    rng = resampling_rng(seed)
    order = rng.permutation(len(points))
    first, second = order[::2], order[1::2]
    if min(_fewer(interesting[first]), _fewer(interesting[second])) < FEWEST_CASES:
        return None
    box = found_box(points[first], interesting[first])
    halves = [rng.permutation(len(points))[::2] for _ in range(AGAIN)]
    again = [found_box(points[half], interesting[half]) for half in halves]
    limits = _tested(levers, box, again, points[second], interesting[second])
    for place, (dimension, side) in enumerate(box.limits):
        if not limits["believed"][place]:
            box = box.without(dimension, side)
    return Discovery(
        levers=tuple(levers),
        box=box,
        seen=quality(box, points[first], interesting[first]),
        unseen=quality(box, points[second], interesting[second]),
        base=float(interesting.mean()),
        limits=limits.sort_values("left", kind="stable", ignore_index=True),
    )


def _fewer(flags: Flags) -> int:
    return min(int(flags.sum()), int((~flags).sum()))


def _tested(
    levers: Sequence[Lever], box: Box, again: Sequence[Box], points: Numbers, interesting: Flags
) -> pd.DataFrame:
    """Each limit of a box, tested on cases that it has not seen and against boxes found again."""
    rows: list[dict[str, Any]] = []
    inside = int(box.holds(points).sum())
    for dimension, side in box.limits:
        others = np.array([one.limit(dimension, side) for one in again])
        others = others[np.isfinite(others)]
        low, high = np.quantile(others, [0.05, 0.95]) if others.size else (np.nan, np.nan)
        wider = int(box.without(dimension, side).holds(points).sum())
        chance = chance_of_limit(box, dimension, side, points, interesting)
        often = others.size / len(again)
        believed = chance <= MOST_CHANCE and often >= OFTEN
        name, word = levers[dimension].path, "above" if side == LOW else "below"
        left = inside / max(wider, 1)
        values = (name, word, box.limit(dimension, side), left, chance, often, low, high, believed)
        rows.append(dict(zip(LIMIT_COLUMNS, values, strict=True)))
    return pd.DataFrame(rows, columns=list(LIMIT_COLUMNS))
