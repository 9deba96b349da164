"""War: how fighting breaks out, who wins where, what it costs, and how losses are made good.

Where the challenger attacks is its own choice (agents/challenger.py); who wins there is a law.
"""

from typing import Any

import numpy as np

from sim.quantities import TINY, Numbers, approached, column, largest, per_day, total
from sim.rule import Amount, rule
from sim.scene import Changes, Scene
from sim.world import Rung, Terms

REMNANT = 0.01  # share of a force that is always left; assumption, keeps every ratio of strengths finite


@rule(None, neutral=0.5)
def contest_success(odds: Amount) -> Amount:
    """The attacker's chance in a contest, from the ratio of the two strengths.

    Source: contest success function in ratio form (Tullock 1980, Skaperdas 1996):
    p = x^m / (x^m + y^m), with odds = (x / y)^m.

    Args:
        odds: 0 or more.

    >>> contest_success(odds=3.0)
    0.75
    """
    return odds / (1.0 + odds)


@rule(None, neutral=1.0)
def left_after_attrition(enemy: Amount, rate: Amount, days: float) -> Amount:
    """The share of a force left after some days against an enemy of some relative strength.

    Source: Lanchester (1916), square law: losses follow the enemy's strength.

    Args:
        enemy: the enemy's strength over one's own, 0 or more.
        rate: loss per day at even strength.
        days: the time that passes.

    >>> float(left_after_attrition(enemy=2.0, rate=0.0, days=7.0))
    1.0
    """
    return np.exp(-np.asarray(rate) * enemy * days)


@rule(None, neutral=1.0)
def supply_of_core(lifeline: Amount, isolation: Amount) -> Amount:
    """A core that is cut off from its home fights with what is left.

    Source: loss of strength (Boulding 1962), where the road is what counts; the floor is an assumption.

    Args:
        lifeline: the best link still open, 0-1.
        isolation: strength left without one, 0-1.

    >>> supply_of_core(lifeline=1.0, isolation=0.25)
    1.0
    """
    return isolation + (1.0 - isolation) * lifeline


def open_with_offensive(scene: Scene) -> Changes:
    """An offensive on the first day, where no deal was made before."""
    begins = scene.now.terms != Terms.DEAL
    return {
        "war_begins": begins,
        "at_war": scene.now.at_war | begins,
        "offensive": scene.now.offensive | begins,
    }


def break_out(scene: Scene) -> Changes:
    """Fighting where it has just broken out: the fortune of this war is drawn, the war is counted."""
    now, land = scene.now, scene.land
    draw = scene.luck.each(land.size, "fortune", "war")
    first = now.offensive & (now.offensives == 0)
    return {
        "fortune": np.exp(column(scene.numbers.combat.fortune) * np.log(draw / (1.0 - draw))),
        "promise": scene.luck.one("promise", "war"),
        "first_war_day": np.where(first, scene.day, now.first_war_day),
        "opinion_before_war": np.where(first, now.opinion, now.opinion_before_war),
        "offensives": now.offensives + now.offensive,
        "clashes": now.clashes + ~now.offensive,
        "war_days": 0.0,
    }


def fight(scene: Scene) -> Changes:
    """Land lost at each front that is attacked, days counted, and both sides worn down."""
    now, numbers, land = scene.now, scene.numbers, scene.land
    intensity = np.where(now.offensive, 1.0, numbers.challenger.clash_effort)
    balance = np.exp(numbers.combat.decisiveness * _log_balance(scene))
    success = contest_success(odds=balance[:, None] * scene.of_worlds(land.odds) * _cut_off(scene))
    pace = numbers.combat.tempo * intensity * scene.elapsed
    advance = pace[:, None] * now.effort * success * now.fortune / land.area
    lost = np.minimum(now.held, advance)
    lost_now = total(lost * land.contested_of_share)
    pressure = land.by_class(now.effort)
    return _attrition(scene, balance, intensity) | {
        "held": now.held - lost,
        "taken": now.taken + lost,
        "lost_now": lost_now,
        "lost_lately": now.lost_lately + lost_now,
        "momentum": total(now.effort * success),
        "intensity": intensity,
        "pressure": pressure,
        "out_of_targets": largest(pressure) <= 0,
        "war_days": now.war_days + scene.elapsed,
        "all_war_days": now.all_war_days + scene.elapsed,
        "first_war_days": now.first_war_days + scene.elapsed * (now.offensive & (now.offensives == 1)),
    }


def _log_balance(scene: Scene) -> Any:
    """Log of the challenger's over the client's strength, the patron's arms and troops included."""
    now, combat = scene.now, scene.numbers.combat
    arms = combat.arms_supply * (now.rung == Rung.ARMS)
    troops = combat.patron_troops * now.capability * (now.rung == Rung.TROOPS)
    return now.advantage - np.log(1.0 + arms + troops)


def _cut_off(scene: Scene) -> Numbers:
    """(worlds, land) factor on the odds where the core's links are lost."""
    land, held, combat = scene.land, scene.now.held, scene.numbers.combat
    factor = np.ones(held.shape)
    if land.core_linked or land.lifelines.size == 0:
        return factor
    lifeline = largest(held[:, land.lifelines])
    supply = supply_of_core(lifeline=lifeline, isolation=combat.isolation)
    factor[:, land.of_class[1]] = np.exp(-combat.decisiveness * np.log(supply))[:, None]
    return factor


def _attrition(scene: Scene, balance: Numbers, intensity: Numbers) -> dict[str, Any]:
    """Both sides' forces, worn down in proportion to the enemy's relative strength."""
    now, rate = scene.now, scene.numbers.combat.attrition * intensity
    client = left_after_attrition(enemy=balance, rate=rate, days=scene.elapsed)
    challenger = left_after_attrition(enemy=1.0 / (balance + TINY), rate=rate, days=scene.elapsed)
    return {
        "client_fit": np.maximum(now.client_fit * client, REMNANT),
        "challenger_fit": np.maximum(now.challenger_fit * challenger, REMNANT),
    }


def recover(scene: Scene) -> Changes:
    """Losses made good, and people returned, where there is peace."""
    now, combat, days = scene.now, scene.numbers.combat, scene.elapsed
    rate = per_day(1.0 / np.asarray(combat.rebuilding))
    home = approached(now.displaced, now.homeless, 1.0 / np.asarray(combat.return_home), days)
    return {
        "client_fit": approached(now.client_fit, 1.0, rate, days),
        "challenger_fit": approached(now.challenger_fit, 1.0, rate, days),
        "displaced": np.maximum(home, now.homeless),
    }


def uproot(scene: Scene) -> Changes:
    """People leave land that has been handed over, whether or not there is fighting elsewhere."""
    return {"displaced": np.maximum(scene.now.displaced, scene.now.homeless)}


def flee(scene: Scene) -> Changes:
    """People of the core flee where there is an offensive."""
    now = scene.now
    fleeing = now.offensive & (now.held_contested > 0)
    gone = approached(now.displaced, 1.0, scene.numbers.combat.flight * fleeing, scene.elapsed)
    return {"displaced": np.maximum(gone, now.homeless)}
