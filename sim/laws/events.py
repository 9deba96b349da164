"""What comes from outside the model: dated events and yearly series."""

from datetime import date
from typing import Any

import numpy as np

from sim.quantities import DAYS_PER_YEAR, within
from sim.scenarios.scenario import Event
from sim.scene import Changes, Scene

MOVES = {
    "client.alignment": "alignment",
    "patron.capability": "capability",
    "patron.stated_clarity": "stated_clarity",
    "backer.readiness": "readiness",
    "mediators.offer_tabled": "offer_tabled",
    "client.western_turn": "client_turn",
    "observers.western_turn": "observer_turn",
}


def apply_events(scene: Scene) -> Changes:
    """The events dated in this step, the arms bought, and the democracy of the year."""
    today, tomorrow = scene.date_of(scene.day), scene.date_of(scene.day + scene.step_days)
    calm = np.zeros_like(scene.now.client_turn)
    changes: dict[str, Any] = {"client_turn": calm, "observer_turn": calm}
    changes.update({**_arms(scene, today), **_democracy(scene, today)})
    for event in scene.scenario.event:
        if today <= event.date < tomorrow:
            stock = MOVES[event.quantity]
            changes[stock] = _moved(changes.get(stock, getattr(scene.now, stock)), event)
    return changes


def _moved(before: Any, event: Event) -> Any:
    """What a quantity is after an event."""
    if event.change == "set":
        return np.full_like(before, event.amount)
    return within(before + event.amount if event.change == "add" else before * event.amount)


def _arms(scene: Scene, today: date) -> Changes:
    """Stocks of arms: what is spent comes in, a share wears out; exact for constant spending."""
    series, now, wear = scene.scenario.series, scene.now, np.asarray(scene.numbers.combat.depreciation)
    left = np.exp(-wear * (scene.step_days / DAYS_PER_YEAR))
    bought = series.client_spending.at(today) / wear, series.challenger_spending.at(today) / wear
    return {
        "client_arms": bought[0] + (now.client_arms - bought[0]) * left,
        "challenger_arms": bought[1] + (now.challenger_arms - bought[1]) * left,
    }


def _democracy(scene: Scene, today: date) -> Changes:
    """Democracy follows its series, shifted so that the parameter is its value at the start."""
    series = scene.scenario.series.client_democracy
    if series is None:
        return {}
    change = series.at(today) - series.at(scene.scenario.start)
    return {"democracy": within(np.asarray(scene.numbers.client.democracy) + change)}
