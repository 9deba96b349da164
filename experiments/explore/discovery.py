"""Where in the space of parameters does what interests us happen, and how sure are the limits?

Scenario discovery (Bryant and Lempert 2010): a box is found in one half of the cases. Each of its limits must
then stand two tests: it could not be chance in the other half, and boxes found again in random halves have
it, too. The box of the limits that stood is what is told, with how well it does in that other half.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.explore.levers import Lever
from experiments.explore.prim import CHANCE, LOW, Box, Quality, chance_of_limit, found_box, quality
from sim.chance import resampling_rng

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

AGAIN = 50  # times that a box is found again, each in a random half of the cases
OFTEN = 0.8  # share of the random halves that must have a limit, too; assumption
FEWEST = 30  # cases of interest in a half, and of the others, below which there is nothing to find
COLUMNS = (
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
class Discovery:
    """What was found.

    Attributes:
        levers: the dimensions.
        box: of the limits that stood the tests, on the levers' own scales.
        seen, unseen: how well it does in the half that it was found in, and in the other.
        base: share of all cases that are of interest.
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
        points: (cases, levers) values.
        interesting: (cases,) flags, each case with luck of its own.
        seed: of the halves.
    """
    rng = resampling_rng(seed)
    order = rng.permutation(len(points))
    first, second = order[::2], order[1::2]
    if min(_fewer(interesting[first]), _fewer(interesting[second])) < FEWEST:
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
        believed = chance <= CHANCE and often >= OFTEN
        name, word = levers[dimension].path, "above" if side == LOW else "below"
        left = inside / max(wider, 1)
        values = (name, word, box.limit(dimension, side), left, chance, often, low, high, believed)
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return pd.DataFrame(rows, columns=list(COLUMNS))
