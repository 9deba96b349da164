"""Trajectories: what the patterns of the record look at of the way that worlds have gone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model import ConflictModel
from sim.quantities import DAYS_PER_YEAR, Flags, Numbers, Whole
from sim.scenarios.scenario import Scenario
from sim.world import Rung

STEPS_BETWEEN = 5  # steps between two questions which worlds are to go on
FEWER = 0.9  # share of worlds that go on, from which the others are left out: to do so takes time

Moments = NDArray[np.datetime64]
Look = Callable[[ConflictModel], NDArray[Any]]


def _delivered(model: ConflictModel) -> NDArray[Any]:
    given = [model.world.monitors, model.world.arms]
    return np.asarray(np.max([array.max(axis=1, initial=0.0) for array in given], axis=0))


def _on_contested(shares: str) -> Look:
    return lambda m: (getattr(m.world, shares) * m.land.contested_of_share).sum(axis=1)


# The stocks that a trajectory keeps, name -> (worlds, ...); those of wars are always among them.
OF_WARS = ("offensives", "in_offensive")
LOOKS: dict[str, Look] = {
    "offensives": lambda m: m.world.offensives.astype(np.int16),
    "in_offensive": lambda m: m.world.at_war & m.world.offensive,
    "held": lambda m: m.world.held_contested.copy(),
    "by_force": _on_contested("taken"),
    "by_handover": _on_contested("handed"),
    "core_lost": lambda m: m.world.core_lost.copy(),
    "recognised_lost": lambda m: m.world.recognised_lost.copy(),
    "opinion": lambda m: m.world.opinion.copy(),
    "loyalty": lambda m: m.world.loyalty.copy(),
    "gratitude": lambda m: m.world.gratitude.copy(),
    "status": lambda m: m.world.status.copy(),
    "delivered": _delivered,
    "participation": lambda m: m.world.participation.astype(np.float32),
    "clashes": lambda m: m.world.clashes.astype(np.int16),
    "rung_days": lambda m: m.world.rung_days.astype(np.float32),
    "words": lambda m: m.world.words_total.copy(),
    "sympathy": lambda m: m.world.sympathy_total.copy(),
}


@dataclass(frozen=True)
class Trajectory:
    """What became of some worlds, at the start and after each step; moments are on axis 0, worlds on axis 1.

    Attributes:
        dates: the date of each moment.
        districts: the ids of the contested regions.
        horizon: the last day on which a large war may begin to count.
        fell_on: (worlds, districts) day on which the larger part of each was lost, NaN for never.
        war_days: (worlds,) length of the first large war.
        stocks: name -> (moments, worlds, ...); see LOOKS.
        begins: (worlds,) the last moment without the first large war, or the start; -1 where there is none.
        ends: (worlds,) the first moment after it, or the last moment; -1 where there is none.
        world_numbers: (worlds,) the numbers of the worlds.
    """

    dates: Moments
    districts: tuple[str, ...]
    horizon: date
    fell_on: Numbers
    war_days: Numbers
    stocks: dict[str, NDArray[Any]]
    begins: Whole
    ends: Whole
    world_numbers: Whole

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.stocks[name]

    @property
    def had_war(self) -> Flags:
        """(worlds,) whether there was a large war."""
        return self.begins >= 0

    @property
    def war_over(self) -> Flags:
        """(worlds,) whether there was a large war, and the first is over."""
        return self.had_war & ~_in_first_war(self.stocks)[-1]

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


def record(
    model: ConflictModel,
    horizon: date | None = None,
    stocks: Iterable[str] | None = None,
    goes_on: Callable[[Trajectory], Flags] | None = None,
) -> Trajectory:
    """Run a model to its end, and keep its trajectory.

    Args:
        model: the model at its start.
        horizon: the last day on which a large war may begin to count; the scenario's end if not given.
        stocks: names of the stocks that are to be kept beside those of wars; all if not given.
        goes_on: of a trajectory up to now, (worlds,) which worlds are to go on; asked every few steps. The
            others are left out of the run and of the trajectory, once they are many; if none is to go on,
            the trajectory ends. All go on if it is not given.
    """
    looks = {name: LOOKS[name] for name in (*OF_WARS, *(LOOKS if stocks is None else stocks))}
    moments = range(model.scenario.steps + 1)
    dates = np.array([model.date_of(step) for step in moments], dtype="datetime64[D]")
    kept = {}
    for name, look in looks.items():
        first = look(model)
        kept[name] = np.empty((len(moments), *first.shape), dtype=first.dtype)
        kept[name][0] = first
    while model.step_number < model.scenario.steps:
        model.step()
        for name, look in looks.items():
            kept[name][model.step_number] = look(model)
        if goes_on is not None and model.step_number % STEPS_BETWEEN == 0:
            rows = np.flatnonzero(goes_on(_so_far(model, dates, kept, horizon)))
            if not rows.size:
                break
            if rows.size <= FEWER * model.world_numbers.size:
                kept = {name: stock[:, rows] for name, stock in kept.items()}
                model.keep(rows)
    return _so_far(model, dates, kept, horizon)


def _so_far(
    model: ConflictModel, dates: Moments, kept: dict[str, NDArray[Any]], horizon: date | None
) -> Trajectory:
    """The trajectory of a model up to its present step."""
    past = slice(model.step_number + 1)
    stocks = {name: stock[past] for name, stock in kept.items()}
    last = horizon or model.scenario.end
    begins, ends = _first_war(stocks, dates[past] <= np.datetime64(last))
    contested = [place for place in range(model.land.size) if model.land.contested[place] > 0]
    return Trajectory(
        dates=dates[past],
        districts=tuple(model.land.ids[place] for place in contested),
        horizon=last,
        fell_on=model.world.fell_on[:, contested].copy(),
        war_days=np.where(begins >= 0, model.world.first_war_days, np.nan),
        stocks=stocks,
        begins=begins,
        ends=ends,
        world_numbers=model.world_numbers,
    )


def _first_war(stocks: dict[str, NDArray[Any]], counts: Flags) -> tuple[Whole, Whole]:
    """(worlds,) moments before and after the first large war."""
    opened = stocks["offensives"] > 0
    had = (opened & counts[:, None]).any(axis=0)  # it may end after the last moment that counts
    first = opened.argmax(axis=0)
    over = opened & ~_in_first_war(stocks)
    ended = np.where(over.any(axis=0), over.argmax(axis=0), counts.size - 1)
    return np.where(had, np.maximum(first - 1, 0), -1), np.where(had, ended, -1)


def _in_first_war(stocks: dict[str, NDArray[Any]]) -> Flags:
    """(moments, worlds) whether the first large war is being fought."""
    return np.asarray(stocks["in_offensive"] & (stocks["offensives"] == 1))


def extended(scenario: Scenario, years: int) -> Scenario:
    """The scenario with an end so many years later; its series go on with their last values."""
    return scenario.model_copy(update={"end": scenario.end.replace(year=scenario.end.year + years)})


def days_on(trajectory: Trajectory, lowest: Rung, highest: Rung = Rung.TROOPS) -> Numbers:
    """(moments, worlds) days of fighting so far on the rungs from `lowest` to `highest`."""
    days: Numbers = trajectory["rung_days"][:, :, lowest : highest + 1].sum(axis=2, dtype=float)
    return days
