"""What comes from outside the model: dated events and yearly series."""

from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np

from sim.quantities import DAYS_PER_YEAR, within
from sim.scenarios.scenario import EVENT_STOCKS, Event, Scenario
from sim.scene import Changes, Scene
from sim.world import Settings, Value, World


def _stocks_of() -> dict[str, tuple[str, ...]]:
    """What an event moves in the world: the stock it names, or those that start from the number it names."""
    found: dict[str, tuple[str, ...]] = {}
    for item in fields(World):
        start = item.metadata["start"]
        if isinstance(start, str):
            found[start] = (*found.get(start, ()), item.name)
    return found | {quantity: (stock,) for quantity, stock in EVENT_STOCKS.items()}


STOCKS_OF = _stocks_of()


def apply_events(scene: Scene) -> Changes:
    """The events dated in this step, the arms bought, and the democracy of the year."""
    today, tomorrow = scene.date_of(scene.day), scene.date_of(scene.day + scene.step_days)
    calm = np.zeros_like(scene.now.client_turn)
    changes: dict[str, Any] = {"client_turn": calm, "observer_turn": calm}
    changes.update({**_arms(scene, today), **_democracy(scene, today)})
    for event in scene.scenario.event:
        if today <= event.date < tomorrow and event.quantity in STOCKS_OF:
            for stock in STOCKS_OF[event.quantity]:
                changes[stock] = _moved(changes.get(stock, getattr(scene.now, stock)), event)
    return changes


def changed_numbers(scenario: Scenario, settings: Settings, today: date, tomorrow: date) -> Settings:
    """The numbers of a run after the events of a step: a treaty, an interest, an outside option may change.

    Args:
        scenario: the scenario.
        settings: the numbers before.
        today, tomorrow: the first day of the step, and the first after it.
    """
    due = [event for event in scenario.event if today <= event.date < tomorrow]
    changes: dict[str, Value] = {}
    for event in due:
        if event.quantity not in EVENT_STOCKS:
            low, high = scenario.ranges()[event.quantity]
            before = np.asarray(changes.get(event.quantity, settings.value(event.quantity)), dtype=float)
            moved = {"set": np.full_like(before, event.amount), "add": before + event.amount,
                     "times": before * event.amount}[event.change]  # fmt: skip
            changes[event.quantity] = np.clip(moved, low, high)
    return settings.changed(changes) if changes else settings


def _moved(before: Any, event: Event) -> Any:
    """What a quantity is after an event."""
    if event.change == "set":
        return np.full_like(before, event.amount)
    return within(before + event.amount if event.change == "add" else before * event.amount)


def _arms(scene: Scene, today: date) -> Changes:
    """Stocks of arms: what is spent comes in, a share wears out; exact for constant spending."""
    series, wear = scene.scenario.series, np.asarray(scene.numbers.combat.depreciation)
    left = np.exp(-wear * (scene.step_days / DAYS_PER_YEAR))
    spending = {"client_arms": series.client_spending, "challenger_arms": series.challenger_spending}
    changes = {}
    for stock, known in spending.items():
        if known is not None:  # else what wears out is replaced
            bought = known.at(today) / wear
            changes[stock] = bought + (getattr(scene.now, stock) - bought) * left
    return changes


def _democracy(scene: Scene, today: date) -> Changes:
    """Democracy follows its series, shifted so that the parameter is its value at the start."""
    series = scene.scenario.series.client_democracy
    if series is None:
        return {}
    change = series.at(today) - series.at(scene.scenario.start)
    return {"democracy": within(np.asarray(scene.numbers.client.democracy) + change)}
