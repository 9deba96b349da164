"""How do timelines become bands without keeping the worlds?

While a chunk of worlds runs, each timeline is counted into fixed bins, and sums are kept as whole
numbers. Counts and whole sums add up exactly in any order, so bands do not depend on how the worlds
were cut into chunks. A quantile is exact to one bin: 1/256 of the measure's range.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.theories import DUTIES, TERMS
from sim.measures import TIMELINES
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.model import ConflictModel

BINS = 256
FIXED_POINT = 2.0**30  # sums are kept as whole multiples of 1 / FIXED_POINT
MOST_DATES = 420  # a longer scenario is recorded every few steps
QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


def recorded_steps(scenario: Scenario) -> list[int]:
    """After how many steps a record is taken: at the start, every so often, and at the end."""
    every = -(-scenario.steps // MOST_DATES)
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
    """

    worlds: NDArray[np.int64]
    counts: NDArray[np.int64]
    sums: NDArray[np.int64]
    held: NDArray[np.int64]
    lost: NDArray[np.int64]
    war_days: NDArray[np.int64]
    reasons: NDArray[np.int64]
    strongest: NDArray[np.int64]

    @classmethod
    def empty(cls, dates: int, points: int, land: int) -> "Tally":
        """A tally of nothing."""
        whole = np.int64
        return cls(
            worlds=np.zeros(points, whole),
            counts=np.zeros((dates, points, len(TIMELINES), BINS), whole),
            sums=np.zeros((dates, points, len(TIMELINES)), whole),
            held=np.zeros((dates, points, land), whole),
            lost=np.zeros((dates, points, land), whole),
            war_days=np.zeros((dates, points), whole),
            reasons=np.zeros((dates, points, len(TERMS)), whole),
            strongest=np.zeros((dates, points, len(TERMS)), whole),
        )

    def add(self, other: "Tally") -> None:
        """Take another tally of the same run in."""
        for name, array in vars(other).items():
            getattr(self, name)[...] += array


class Recorder:
    """Counts one model's worlds into a tally.

    Args:
        model: at its start.
        points: (worlds,) the place in the tally of the point that each world belongs to.
        count: how many points.
    """

    def __init__(self, model: "ConflictModel", points: NDArray[np.int64], count: int) -> None:
        self.steps = recorded_steps(model.scenario)
        self.points = points
        self.tally = Tally.empty(len(self.steps), count, model.ground.land.stop)
        self.tally.worlds[...] = np.bincount(points, minlength=count)
        self._next = 0
        self._war_days = np.zeros(points.size)
        self._reasons = np.zeros_like(model.world.reasons_total)
        self._strongest = np.zeros_like(model.world.strongest_days)
        self._low = np.array([measure.low for measure in TIMELINES])
        self._scale = BINS / (np.array([measure.high for measure in TIMELINES]) - self._low)
        self._offset = np.arange(len(TIMELINES)) * BINS

    def look(self, model: "ConflictModel") -> None:
        """Record the model if its step is one of those to be recorded."""
        if self._next == len(self.steps) or model.step_number != self.steps[self._next]:
            return
        place, self._next = self._next, self._next + 1
        world, land = model.world, model.ground.land
        values = np.stack([np.asarray(measure.read(model), float) for measure in TIMELINES], axis=1)
        bins = np.clip((values - self._low) * self._scale, 0, BINS - 1).astype(np.int64) + self._offset
        lost = world.held[:, land] < 0.5 * model.ground.start[land]
        fought, reasons, strongest = self._since_last(model)
        tally, width = self.tally, len(TIMELINES) * BINS
        for point in range(tally.worlds.size):
            here = self.points == point if tally.worlds.size > 1 else slice(None)
            counts = np.bincount(bins[here].ravel(), minlength=width)
            tally.counts[place, point] = counts.reshape(len(TIMELINES), BINS)
            tally.sums[place, point] = _whole(values[here])
            tally.held[place, point] = _whole(world.held[here, land])
            tally.lost[place, point] = lost[here].sum(axis=0)
            tally.war_days[place, point] = _whole(fought[here])
            tally.reasons[place, point] = _whole(reasons[here])
            tally.strongest[place, point] = _whole(strongest[here])

    def _since_last(self, model: "ConflictModel") -> tuple[NDArray[np.float64], ...]:
        """Days of fighting and reasons since the last record."""
        world = model.world
        now = (world.all_war_days, world.reasons_total, world.strongest_days)
        before = (self._war_days, self._reasons, self._strongest)
        self._war_days, self._reasons, self._strongest = (array.copy() for array in now)
        return tuple(new - old for new, old in zip(now, before, strict=True))


def _whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Fixed-point sums over worlds: whole numbers, the same in any order."""
    return np.rint(values * FIXED_POINT).astype(np.int64).sum(axis=0)


def dates(scenario: Scenario) -> list[date]:
    """The dates of the records."""
    return [scenario.day(step) for step in recorded_steps(scenario)]


def bands(tally: Tally, scenario: Scenario, first_point: int = 0) -> pd.DataFrame:
    """One row a point, date and measure: mean and quantiles; `held_X` and `lost_X` have a mean only."""
    names = [measure.name for measure in TIMELINES]
    contested = [
        place for place, r in enumerate(scenario.regions.region) if r.legal_class in ("outer", "core")
    ]
    ids = [scenario.regions.region[place].id for place in contested]
    worlds = np.maximum(tally.worlds, 1)[None, :, None]
    quantiles = _quantiles(tally.counts)
    frames = [_rows(tally.sums / FIXED_POINT / worlds, names, quantiles)]
    held = tally.held[:, :, contested] / FIXED_POINT / worlds
    frames.append(_rows(held, [f"held_{name}" for name in ids], None))
    frames.append(_rows(tally.lost[:, :, contested] / worlds, [f"lost_{name}" for name in ids], None))
    table = pd.concat(frames, ignore_index=True)
    table["point"] += first_point
    table["date"] = pd.to_datetime(np.array(dates(scenario), dtype="datetime64[D]")[table["date"]])
    return table.sort_values(["point", "date"], kind="stable", ignore_index=True)


def _rows(
    means: NDArray[np.float64], names: list[str], quantiles: NDArray[np.float64] | None
) -> pd.DataFrame:
    count = means.shape[2]
    when, point, which = (axis.ravel() for axis in np.indices(means.shape))
    table = pd.DataFrame({"point": point, "date": when, "measure": np.array(names)[which]})
    table["mean"] = means.ravel()
    for place, name in enumerate(QUANTILES):
        table[name] = np.nan if quantiles is None else quantiles[..., place].reshape(-1, count).ravel()
    return table


def _quantiles(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(dates, points, timelines, quantiles) from counts in bins, in the units of each timeline."""
    cumulative = counts.cumsum(axis=-1)
    whole = np.maximum(cumulative[..., -1:], 1)
    low = np.array([measure.low for measure in TIMELINES])
    width = (np.array([measure.high for measure in TIMELINES]) - low) / BINS
    columns = []
    for share in QUANTILES.values():
        first = (cumulative >= share * whole).argmax(axis=-1)
        middle = low + (first + 0.5) * width
        at_edge = np.where(first == 0, low, np.where(first == BINS - 1, low + BINS * width, middle))
        columns.append(at_edge)
    return np.stack(columns, axis=-1)


def reasons(tally: Tally, scenario: Scenario, first_point: int = 0) -> pd.DataFrame:
    """One row a point, date and term, where there was fighting since the last date.

    Columns: side (duty or restraint), mean (utility, over days of fighting), strongest (share of those
    days on which it was the strongest of its side), war_days (mean days of fighting a world).
    """
    when, point = np.nonzero(tally.war_days)
    frames = []
    for place, name in enumerate(TERMS):
        days = tally.war_days[when, point]
        frames.append(
            pd.DataFrame(
                {
                    "point": point + first_point,
                    "date": pd.to_datetime(np.array(dates(scenario), dtype="datetime64[D]")[when]),
                    "term": name,
                    "side": "duty" if place < len(DUTIES) else "restraint",
                    "mean": tally.reasons[when, point, place] / days,
                    "strongest": tally.strongest[when, point, place] / days,
                    "war_days": days / FIXED_POINT / np.maximum(tally.worlds[point], 1),
                }
            )
        )
    table = pd.concat(frames, ignore_index=True)
    return table.sort_values(["point", "date"], kind="stable", ignore_index=True)
