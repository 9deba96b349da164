"""Bookkeeping: what has become of the land, which lines were crossed, what a world remembers of its wars."""

from typing import Any

import numpy as np

from agents.reasons import DUTIES
from sim.quantities import TINY, column, largest, side_by_side, total, within
from sim.scene import Changes, Scene
from sim.world import CAPITAL, CORE, FORCE, RECOGNISED, Terms

PLEADS = 0.1  # share: a plea louder than this is heard; assumption
CORRIDOR = 0.1  # share of a region: a strip of it that still carries a road; the Lachin corridor, F:BNL


def take_stock(scene: Scene) -> Changes:
    """Shares of the land lost, people without a home, danger to survival, and when each region fell."""
    now, land = scene.now, scene.land
    held = now.held
    contested = held * land.contested_of_share
    outer, core, _, capital = land.of_class[:4]
    held_outer = total(contested[:, outer])
    recognised_lost = land.lost(held, land.recognised)
    fallen = largest(1.0 - held[:, capital]) if capital.stop > capital.start else np.zeros(held.shape[0])
    changes = {
        "held_outer": held_outer,
        "held_contested": held_outer + total(contested[:, core]) + land.none_contested,
        "core_lost": land.lost(held, land.core),
        "recognised_lost": recognised_lost,
        "homeless": land.lost(held, land.people),
        "existential": 1.0 - (1.0 - fallen) * (1.0 - recognised_lost),
        "roads_lost": _roads_lost(scene),
        "over": now.over | (fallen >= 0.5),
    }
    fell = (held < 0.5 * land.start) & np.isnan(now.fell_on)
    return changes | {"fell_on": np.where(fell, scene.moment, now.fell_on)} if fell.any() else changes


def _roads_lost(scene: Scene) -> Any:
    """How far the core has lost its roads to recognised land; after a stop, an agreed corridor will do."""
    land, held = scene.land, scene.now.held
    if land.core_linked or land.lifelines.size == 0:
        return np.zeros(held.shape[0])
    best = largest(held[:, land.lifelines])
    return 1.0 - np.where(scene.now.terms == Terms.STOP, within(best / CORRIDOR), best)


def turn_page(scene: Scene) -> Changes:
    """Clear the losses of the last step, once they have been judged, for the next."""
    return {"lost_lately": 0.0, "handed_now": 0.0}


def cross_lines(scene: Scene) -> Changes:
    """Which red lines have been crossed, and when the first was."""
    now, lines = scene.now, scene.numbers.red_lines
    attacked = now.intensity * (now.pressure[:, RECOGNISED] + now.pressure[:, CAPITAL])
    levels = side_by_side([now.core_lost, attacked, now.displaced, now.existential])
    thresholds = side_by_side(
        [one.threshold for one in (lines.core, lines.recognised, lines.humanitarian, lines.existential)]
    )
    crossed = now.crossed | ((levels >= thresholds) & (levels > 0))
    first = crossed.any(axis=1) & np.isnan(now.first_line_day)
    return {"crossed": crossed, "first_line_day": np.where(first, scene.moment, now.first_line_day)}


def update_records(scene: Scene) -> Changes:
    """Highest rungs, and sums over days of fighting for whatever is read as a mean."""
    now, days = scene.now, scene.elapsed
    rose = now.rung > now.rung_max
    return _days_by_reason(scene) | {
        "rung_total": now.rung_total + days * now.rung,
        "ladder_total": now.ladder_total + column(days) * now.ladder,
        "words_total": now.words_total + days * now.words,
        "accusation_total": now.accusation_total + days * now.accusation,
        "outsider_blame_total": now.outsider_blame_total + days * largest(now.blame_of_outsiders),
        "first_plea_day": _first_day(scene, now.plea > PLEADS, now.first_plea_day),
        "accepted_day": _first_day(scene, now.acceptance >= 0.5, now.accepted_day),
        "sympathy_total": now.sympathy_total + days * largest(now.sympathy),
        "core_effort": now.core_effort + days * now.pressure[:, CORE],
        "troops_max": np.maximum(now.troops_max, largest(now.troops)),
        "humanitarian_max": np.maximum(now.humanitarian_max, now.displaced),
        "existential_max": np.maximum(now.existential_max, now.existential),
        "rung_max_day": np.where(rose, scene.moment, now.rung_max_day),
        "rung_max": np.maximum(now.rung_max, now.rung),
        "first_force_day": _first_day(scene, now.rung >= FORCE, now.first_force_day),
        "lost_now": 0.0,  # its lesson has been drawn
    }


def _first_day(scene: Scene, happens: Any, before: Any) -> Any:
    """The day on which something first happened: this one, or one that is known already."""
    return np.where(happens & np.isnan(before), scene.moment, before)


def _days_by_reason(scene: Scene) -> dict[str, Any]:
    """Days on each rung, the terms added up, and which was the strongest of its side, if any was."""
    now, days = scene.now, scene.elapsed
    worlds = np.arange(now.rung.size)
    rung_days, strongest_days = now.rung_days.copy(), now.strongest_days.copy()
    rung_days[worlds, now.rung] += days
    for first, side in ((0, now.reasons[:, : len(DUTIES)]), (len(DUTIES), now.reasons[:, len(DUTIES) :])):
        strongest_days[worlds, first + side.argmax(axis=1)] += np.where(largest(side) > TINY, days, 0.0)
    return {
        "reasons_total": now.reasons_total + days * now.reasons,
        "rung_days": rung_days,
        "strongest_days": strongest_days,
    }
