"""Trajectories: what the patterns of the record look at of the way that worlds have gone."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model import ConflictModel
from sim.quantities import DAYS_PER_YEAR, Flags, Numbers, Whole
from sim.scenarios.scenario import Scenario
from sim.world import Rung

Moments = NDArray[np.datetime64]


@dataclass(frozen=True)
class Trajectory:
    """What became of some worlds, at the start and after each step; moments are on axis 0, worlds on axis 1.

    Attributes:
        dates: the date of each moment.
        districts: the ids of the contested regions.
        horizon: the last day on which a large war may begin to count.
        fell_on: (worlds, districts) day on which the larger part of each was lost, NaN for never.
        war_days: (worlds,) length of the first large war.
        stocks: name -> (moments, worlds, ...); see `_looked_at`.
        begins: (worlds,) the last moment without the first large war, or the start; -1 where there is none.
        ends: (worlds,) the first moment after it, or the last moment; -1 where there is none.
    """

    dates: Moments
    districts: tuple[str, ...]
    horizon: date
    fell_on: Numbers
    war_days: Numbers
    stocks: dict[str, NDArray[Any]]
    begins: Whole
    ends: Whole

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.stocks[name]

    @property
    def had_war(self) -> Flags:
        """(worlds,) whether there was a large war."""
        return self.begins >= 0

    def at(self, name: str, moments: Whole) -> NDArray[Any]:
        """(worlds, ...) a stock at a moment for each world; the moments must be there."""
        stock: NDArray[Any] = self.stocks[name]
        return stock[moments, np.arange(moments.size)]

    def moment_of(self, day: date) -> int:
        """The last moment on or before a day."""
        return int(np.searchsorted(self.dates, np.datetime64(day), side="right")) - 1

    def after_war(self, years: float) -> Whole:
        """(worlds,) the first moment so many years after the first large war; -1 where there is none."""
        wanted = self.dates[np.maximum(self.ends, 0)] + np.timedelta64(round(years * DAYS_PER_YEAR), "D")
        moments = np.searchsorted(self.dates, wanted)
        return np.where(self.had_war & (moments < self.dates.size), moments, -1)


def record(model: ConflictModel, horizon: date | None = None) -> Trajectory:
    """Run a model to its end, and keep its trajectory.

    Args:
        model: the model at its start.
        horizon: the last day on which a large war may begin to count; the scenario's end if not given.
    """
    seen = [_looked_at(model)]
    while model.step_number < model.scenario.steps:
        model.step()
        seen.append(_looked_at(model))
    stocks = {name: np.stack([one[name] for one in seen]) for name in seen[0]}
    dates = np.array([model.date_of(step) for step in range(len(seen))], dtype="datetime64[D]")
    last = horizon or model.scenario.end
    begins, ends = _first_war(stocks, dates <= np.datetime64(last))
    contested = [place for place in range(model.land.size) if model.land.contested[place] > 0]
    return Trajectory(
        dates=dates,
        districts=tuple(model.land.ids[place] for place in contested),
        horizon=last,
        fell_on=model.world.fell_on[:, contested].copy(),
        war_days=np.where(begins >= 0, model.world.first_war_days, np.nan),
        stocks=stocks,
        begins=begins,
        ends=ends,
    )


def _first_war(stocks: dict[str, NDArray[Any]], counts: Flags) -> tuple[Whole, Whole]:
    """(worlds,) moments before and after the first large war."""
    opened = (stocks["offensives"] > 0) & counts[:, None]
    had = opened.any(axis=0)
    first = opened.argmax(axis=0)
    over = opened & ~(stocks["in_offensive"] & (stocks["offensives"] == 1))
    ended = np.where(over.any(axis=0), over.argmax(axis=0), counts.size - 1)
    return np.where(had, np.maximum(first - 1, 0), -1), np.where(had, ended, -1)


def _looked_at(model: ConflictModel) -> dict[str, NDArray[Any]]:
    """The stocks that a trajectory keeps, name -> (worlds, ...)."""
    world, ground = model.world, model.land
    given = [world.monitors, world.arms]
    return {
        "held": world.held_contested.copy(),
        "by_force": (world.taken * ground.contested_of_share).sum(axis=1),
        "by_handover": (world.handed * ground.contested_of_share).sum(axis=1),
        "core_lost": world.core_lost.copy(),
        "recognised_lost": world.recognised_lost.copy(),
        "opinion": world.opinion.copy(),
        "loyalty": world.loyalty.copy(),
        "gratitude": world.gratitude.copy(),
        "status": world.status.copy(),
        "delivered": np.max([array.max(axis=1, initial=0.0) for array in given], axis=0),
        "participation": world.participation.astype(np.float32),
        "offensives": world.offensives.copy(),
        "clashes": world.clashes.copy(),
        "in_offensive": world.at_war & world.offensive,
        "rung_days": world.rung_days.astype(np.float32),
        "words": world.words_total.copy(),
        "sympathy": world.sympathy_total.copy(),
    }


def extended(scenario: Scenario, years: int) -> Scenario:
    """The scenario with an end so many years later; its series go on with their last values."""
    return scenario.model_copy(update={"end": scenario.end.replace(year=scenario.end.year + years)})


def days_on(trajectory: Trajectory, lowest: Rung, highest: Rung = Rung.TROOPS) -> Numbers:
    """(moments, worlds) days of fighting so far on the rungs from `lowest` to `highest`."""
    days: Numbers = trajectory["rung_days"][:, :, lowest : highest + 1].sum(axis=2, dtype=float)
    return days
