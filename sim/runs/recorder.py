"""Bands and reasons counted while worlds run, so that no world has to be kept.

While a chunk of worlds runs, each timeline is counted into fixed bins, and sums are kept as whole
numbers. Counts and whole sums add up exactly in any order, so bands do not depend on how the worlds
were cut into chunks. A quantile is exact to one bin: 1/256 of the measure's range.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.reasons import DUTIES, TERMS
from sim.measures import TIMELINES
from sim.scenarios.scenario import Scenario
from sim.world import Rung

if TYPE_CHECKING:
    from sim.model import ConflictModel

BINS = 256
FIXED_POINT = 2.0**30  # sums are kept as whole multiples of 1 / FIXED_POINT
MOST_DATES = 420  # a longer scenario is recorded every few steps
QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


def recorded_steps(scenario: Scenario, most_dates: int = MOST_DATES) -> list[int]:
    """After how many steps a record is taken: at the start, every so often, and at the end."""
    every = -(-scenario.steps // most_dates)
    return sorted({*range(0, scenario.steps, every), scenario.steps})


@dataclass
class Tally:
    """What has been counted, for (dates, points, ...); tallies of one run add up.

    Attributes:
        worlds: (points,) how many worlds.
        counts: (dates, points, timelines, bins) worlds in each bin.
        sums: (dates, points, timelines) fixed-point sums.
        held: (dates, points, land) fixed-point sums of the shares held.
        lost: (dates, points, land) worlds in which the larger part of a region is lost.
        war_days: (dates, points) fixed-point days of fighting since the last date.
        reasons: (dates, points, terms) fixed-point utility times days, since the last date.
        strongest: (dates, points, terms) fixed-point days as the strongest term of its side.
        rungs: (dates, points, rungs) fixed-point days of fighting on each rung.
    """

    worlds: NDArray[np.int64]
    counts: NDArray[np.int64]
    sums: NDArray[np.int64]
    held: NDArray[np.int64]
    lost: NDArray[np.int64]
    war_days: NDArray[np.int64]
    reasons: NDArray[np.int64]
    strongest: NDArray[np.int64]
    rungs: NDArray[np.int64]

    @classmethod
    def empty(cls, dates: int, points: int, land: int) -> "Tally":
        """A tally of nothing, its worlds not yet counted into bins."""
        whole = np.int64
        return cls(
            worlds=np.zeros(points, whole),
            counts=np.zeros((0, points, len(TIMELINES), BINS), whole),
            sums=np.zeros((dates, points, len(TIMELINES)), whole),
            held=np.zeros((dates, points, land), whole),
            lost=np.zeros((dates, points, land), whole),
            war_days=np.zeros((dates, points), whole),
            reasons=np.zeros((dates, points, len(TERMS)), whole),
            strongest=np.zeros((dates, points, len(TERMS)), whole),
            rungs=np.zeros((dates, points, len(Rung)), whole),
        )

    def add(self, other: "Tally") -> None:
        """Take in another tally of the same run."""
        for name, array in vars(other).items():
            getattr(self, name)[...] += array


class Recorder:
    """Counts the worlds of one model, and what they come to at each date.

    The worlds must stand point by point, the same number for each.

    Args:
        model: the model at its start.
        points: how many points its worlds belong to.
        steps: the steps after which to record; those of `recorded_steps` if not given.
    """

    def __init__(self, model: "ConflictModel", points: int = 1, steps: list[int] | None = None) -> None:
        self.steps = recorded_steps(model.scenario) if steps is None else steps
        self.points, self.worlds = points, model.world_numbers.size // points
        count, land = len(self.steps), model.land.size
        self.bins = np.zeros((count, model.world_numbers.size, len(TIMELINES)), dtype=np.uint8)
        self.tally = Tally.empty(count, points, land)
        self.tally.worlds[...] = self.worlds
        self._next = 0
        self._before: list[NDArray[np.float64]] = [np.zeros_like(array) for array in _running(model)]
        self._low = np.array([measure.low for measure in TIMELINES])
        self._scale = BINS / (np.array([measure.high for measure in TIMELINES]) - self._low)

    def look(self, model: "ConflictModel") -> None:
        """Record the model if its step is one of those to be recorded."""
        if self._next == len(self.steps) or model.step_number != self.steps[self._next]:
            return
        place, self._next = self._next, self._next + 1
        held, tally = model.world.held, self.tally
        values = np.stack([np.asarray(measure.read(model), float) for measure in TIMELINES], axis=1)
        self.bins[place] = np.clip((values - self._low) * self._scale, 0, BINS - 1)
        tally.sums[place] = self._whole(values)
        tally.held[place] = self._whole(held)
        lost = held < 0.5 * model.land.start
        tally.lost[place] = lost.reshape(self.points, self.worlds, -1).sum(axis=1)
        now = [array.copy() for array in _running(model)]
        since = [new - old for new, old in zip(now, self._before, strict=True)]
        self._before = now
        for name, change in zip(("war_days", "reasons", "strongest", "rungs"), since, strict=True):
            getattr(tally, name)[place] = self._whole(change)

    def _whole(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """(points, ...) fixed-point sums over the worlds of each: whole numbers, the same in any order."""
        whole = np.rint(values * FIXED_POINT).astype(np.int64)
        return whole.reshape(self.points, self.worlds, *values.shape[1:]).sum(axis=1)

    def counted(self) -> Tally:
        """The tally with worlds counted into bins: it can be added to those of other worlds."""
        count, width = len(self.steps), len(TIMELINES) * BINS
        cells = np.arange(count)[:, None, None] * width + np.arange(len(TIMELINES)) * BINS
        self.tally.counts = np.zeros((count, self.points, len(TIMELINES), BINS), dtype=np.int64)
        for point in range(self.points):
            mine = self.bins[:, point * self.worlds : (point + 1) * self.worlds] + cells
            counts = np.bincount(mine.ravel(), minlength=count * width)
            self.tally.counts[:, point] = counts.reshape(count, len(TIMELINES), BINS)
        return self.tally

    def quantiles(self) -> NDArray[np.float64]:
        """(dates, points, timelines, quantiles), as from counts, for points whose worlds are all here."""
        shape = (len(self.steps), self.points, self.worlds, len(TIMELINES))
        ordered = np.sort(self.bins.reshape(shape), axis=2)
        places = [int(np.ceil(share * self.worlds)) - 1 for share in QUANTILES.values()]
        return np.stack([_value_of(ordered[:, :, place]) for place in places], axis=-1)


def _running(model: "ConflictModel") -> tuple[NDArray[np.float64], ...]:
    """What is added up along the way, and recorded as the change since the last date."""
    world = model.world
    return world.all_war_days, world.reasons_total, world.strongest_days, world.rung_days


def dates(scenario: Scenario, steps: list[int]) -> NDArray[np.datetime64]:
    """The dates of records taken after some numbers of steps."""
    return np.array([scenario.day(step) for step in steps], dtype="datetime64[D]")


def bands(
    tally: Tally,
    scenario: Scenario,
    steps: list[int] | None = None,
    quantiles: NDArray[np.float64] | None = None,
    points: NDArray[np.int64] | None = None,
) -> pd.DataFrame:
    """One row per point, date and measure: mean and quantiles; `held_X` and `lost_X` have a mean only.

    Args:
        tally: the tally of the worlds.
        scenario: the scenario that was run.
        steps: the steps after which records were taken; those of `recorded_steps` if not given.
        quantiles: the quantiles of the timelines, if known; else they are read off the tally's counts.
        points: the numbers of the tally's points; 0, 1, 2, ... if not given.
    """
    contested = [
        place for place, r in enumerate(scenario.regions.region) if r.legal_class in ("outer", "core")
    ]
    ids = [scenario.regions.region[place].id for place in contested]
    names = [measure.name for measure in TIMELINES]
    names += [f"{kind}_{place}" for kind in ("held", "lost") for place in ids]
    worlds = np.maximum(tally.worlds, 1)[None, :, None]
    means = np.concatenate(
        [
            tally.sums / FIXED_POINT / worlds,
            tally.held[..., contested] / FIXED_POINT / worlds,
            tally.lost[..., contested] / worlds,
        ],
        axis=2,
    ).swapaxes(0, 1)
    known = (_quantiles(tally.counts) if quantiles is None else quantiles).swapaxes(0, 1)
    spreads = np.full((*means.shape, len(QUANTILES)), np.nan)
    spreads[:, :, : len(TIMELINES)] = known
    point, when, which = (axis.ravel() for axis in np.indices(means.shape))
    days = dates(scenario, steps or recorded_steps(scenario))
    return pd.DataFrame(
        {
            "point": point if points is None else points[point],
            "date": pd.to_datetime(days[when]),
            "measure": np.array(names)[which],
            "mean": means.ravel(),
        }
        | {name: spreads[..., place].ravel() for place, name in enumerate(QUANTILES)}
    )


def _quantiles(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(dates, points, timelines, quantiles) from counts in bins."""
    cumulative = counts.cumsum(axis=-1)
    whole = np.maximum(cumulative[..., -1:], 1)
    places = [(cumulative >= share * whole).argmax(axis=-1) for share in QUANTILES.values()]
    return np.stack([_value_of(place) for place in places], axis=-1)


def _value_of(bins: NDArray[Any]) -> NDArray[np.float64]:
    """(..., timelines) the value that a bin stands for: its middle, or the end of the range at either end."""
    low = np.array([measure.low for measure in TIMELINES])
    high = np.array([measure.high for measure in TIMELINES])
    middle = low + (bins + 0.5) * (high - low) / BINS
    return np.where(bins == 0, low, np.where(bins == BINS - 1, high, middle))


def reasons(
    tally: Tally,
    scenario: Scenario,
    steps: list[int] | None = None,
    points: NDArray[np.int64] | None = None,
) -> pd.DataFrame:
    """One row per point, date and term, where there was fighting since the last date.

    Columns: side (duty, restraint or rung), mean (utility over days of fighting; for a rung, the share of
    those days on it), strongest (share of those days on which it was the strongest of its side),
    war_days (mean days of fighting per world).
    """
    when, point = np.nonzero(tally.war_days)
    days = tally.war_days[when, point]
    common = {
        "point": point if points is None else points[point],
        "date": pd.to_datetime(dates(scenario, steps or recorded_steps(scenario))[when]),
        "war_days": days / FIXED_POINT / np.maximum(tally.worlds[point], 1),
    }
    frames = []
    for place, name in enumerate(TERMS):
        side = "duty" if place < len(DUTIES) else "restraint"
        mean, strongest = (sums[when, point, place] / days for sums in (tally.reasons, tally.strongest))
        frames.append(
            pd.DataFrame(common | {"term": name, "side": side, "mean": mean, "strongest": strongest})
        )
    for rung in Rung:
        share = tally.rungs[when, point, rung] / days
        name = f"rung_{int(rung)}"
        frames.append(
            pd.DataFrame(common | {"term": name, "side": "rung", "mean": share, "strongest": share})
        )
    table = pd.concat(frames, ignore_index=True).sort_values(["point", "date"], kind="stable")
    return table[["point", "date", "term", "side", "mean", "strongest", "war_days"]].reset_index(drop=True)
