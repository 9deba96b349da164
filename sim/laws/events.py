"""What comes from outside the model: dated events and yearly series?"""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sim.quantities import DAYS_PER_YEAR, within
from sim.scenarios.scenario import EVENT_STOCKS, Event

if TYPE_CHECKING:
    from sim.model import ConflictModel


def happen(model: "ConflictModel") -> None:
    """Apply the events dated in this step and the series of its year."""
    world = model.world
    world.client_turn[...] = 0.0
    world.observer_turn[...] = 0.0
    today, tomorrow = model.date_of(model.step_number), model.date_of(model.step_number + 1)
    for event in model.scenario.event:
        if today <= event.date < tomorrow:
            _apply(model, event)
    _arm(model, today)
    _democratise(model, today)


def _apply(model: "ConflictModel", event: Event) -> None:
    array = getattr(model.world, EVENT_STOCKS[event.quantity])
    if event.change == "set":
        array[...] = event.amount
    elif event.change == "add":
        array[...] = within(array + event.amount)
    else:
        array[...] = within(array * event.amount)


def _arm(model: "ConflictModel", today: date) -> None:
    """Stocks of arms: what is spent comes in, a share wears out; exact for constant spending."""
    world, wear = model.world, np.asarray(model.settings.combat.depreciation)
    left = np.exp(-wear * (model.step_days / DAYS_PER_YEAR))
    for stock, series in (
        ("client_arms", model.scenario.series.client_spending),
        ("challenger_arms", model.scenario.series.challenger_spending),
    ):
        full = series.at(today) / wear
        array = getattr(world, stock)
        array[...] = full + (array - full) * left


def _democratise(model: "ConflictModel", today: date) -> None:
    """Democracy follows its series, shifted so that the parameter is its value at the start."""
    series = model.scenario.series.client_democracy
    if series is not None:
        change = series.at(today) - series.at(model.scenario.start)
        model.world.democracy[...] = within(np.asarray(model.settings.client.democracy) + change)
