"""War: how fighting breaks out, who wins where, what it costs, and how losses are made good.

Where the challenger attacks is its own choice (agents/challenger.py); who wins there is a law.
"""

from typing import Any

import numpy as np

from sim.quantities import TINY, Numbers, approached, column, per_day, total
from sim.rule import Amount, rule
from sim.scene import Changes, Scene
from sim.world import CORE, Aim, Rung, Terms

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
    """The share of a force left after some days against an enemy of a given relative strength.

    Source: Lanchester (1916), square law: losses follow the enemy's strength.

    Args:
        enemy: the enemy's strength over one's own, 0 or more.
        rate: loss per day at even strength.
        days: the time that passes.

    >>> round(float(left_after_attrition(enemy=2.0, rate=0.01, days=30.0)), 2)
    0.55
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
    given = scene.scenario.opening_aim
    aim = Aim[given.upper()] if given else scene.now.aim
    return {
        "war_begins": begins,
        "aim": np.where(begins, aim, Aim.NONE),
        "at_war": scene.now.at_war | begins,
        "offensive": scene.now.offensive | begins,
    }


def break_out(scene: Scene) -> Changes:
    """Start fighting that has broken out: draw its fortune and the patron's leaning, and count it."""
    now, land, own = scene.now, scene.land, scene.numbers
    draw = scene.luck.each(land.size, "fortune", "war")
    leaning = -np.log(-np.log(scene.luck.each(len(Rung), "leaning", "patron")))
    first = now.offensive & (now.offensives == 0)
    return {
        "fortune": np.exp(column(own.combat.fortune) * np.log(draw / (1.0 - draw))),
        "leaning": leaning / column(np.asarray(own.patron.precision)),
        "promise": scene.luck.one("promise", "war"),
        "intensity": np.where(now.offensive, own.challenger.scale, own.challenger.clash_effort),
        "first_war_day": np.where(first, scene.day, now.first_war_day),
        "first_aim": np.where(first, now.aim, now.first_aim),
        "opinion_before_war": np.where(first, now.opinion, now.opinion_before_war),
        "offensives": now.offensives + now.offensive,
        "clashes": now.clashes + ~now.offensive,
        "war_days": 0.0,
    }


def weigh_prospects(scene: Scene) -> Changes:
    """The success that an attack on land of each legal class would have, without the patron."""
    balance = np.exp(scene.numbers.combat.decisiveness * scene.now.advantage)
    odds = balance[:, None] * scene.of_worlds(scene.land.class_odds)
    odds[:, CORE] = odds[:, CORE] * _isolated(scene)
    return {"prospects": contest_success(odds=odds)}


def fight(scene: Scene) -> Changes:
    """Take land where it is attacked, or win it back by the patron's troops; count days, wear down forces."""
    now, combat, land = scene.now, scene.numbers.combat, scene.land
    help_on_hand = _help(scene)
    balance = np.exp(combat.decisiveness * (now.advantage - np.log1p(help_on_hand)))
    odds = balance[:, None] * scene.of_worlds(land.odds)
    odds[:, land.of_class[CORE]] = odds[:, land.of_class[CORE]] * _isolated(scene)[:, None]
    success = contest_success(odds=odds)
    pace = combat.tempo * now.intensity * scene.elapsed
    lost = np.minimum(now.held, pace[:, None] * now.effort * success * now.fortune / land.area)
    won_back = _won_back(scene, pace, success)
    net = lost - won_back
    lost_now, contested_lost = total(net * land.size_of_share), total(net * land.contested_of_share)
    in_first = now.offensive & (now.offensives == 1)
    return _attrition(scene, balance) | {
        "held": now.held - lost + won_back,
        "taken": now.taken + lost - won_back,
        "lost_now": np.maximum(lost_now, 0.0),
        "lost_lately": now.lost_lately + np.maximum(lost_now, 0.0),
        "momentum": total(now.effort * success),
        "war_days": now.war_days + scene.elapsed,
        "all_war_days": now.all_war_days + scene.elapsed,
        "first_war_days": now.first_war_days + scene.elapsed * in_first,
        "first_war_taken": now.first_war_taken + contested_lost * in_first,
    }


def _help(scene: Scene) -> Any:
    """Strength that the patron's arms or troops add at the front, as a share of the client's own."""
    now, combat = scene.now, scene.numbers.combat
    arms = combat.arms_supply * (now.rung == Rung.ARMS)
    troops = combat.patron_troops * (now.rung == Rung.TROOPS)
    return (arms + troops) * now.reach


def _won_back(scene: Scene, pace: Any, success: Any) -> Any:
    """(worlds, land) shares that the patron's troops retake of what was taken by force."""
    now, land = scene.now, scene.land
    troops = scene.numbers.combat.patron_troops * (now.rung == Rung.TROOPS) * now.reach
    if not troops.any():
        return np.zeros_like(now.held)
    lost_area = now.taken * land.area
    effort = lost_area / np.maximum(total(lost_area), TINY)[:, None]
    push = (pace * troops / (1.0 + troops))[:, None] * effort * (1.0 - success) / land.area
    return np.minimum(now.taken, push)


def cut_off(scene: Scene) -> Any:
    """(worlds,) how far the core is cut off: its roads lost, or blockaded."""
    return np.maximum(scene.now.roads_lost, scene.now.blockade)


def _isolated(scene: Scene) -> Any:
    """(worlds,) factor on the odds of an attack on the core where it is cut off."""
    combat = scene.numbers.combat
    supply = supply_of_core(lifeline=1.0 - cut_off(scene), isolation=combat.isolation)
    return np.exp(-combat.decisiveness * np.log(supply))


def _attrition(scene: Scene, balance: Numbers) -> dict[str, Any]:
    """Both sides' forces, worn down in proportion to the enemy's relative strength."""
    now, rate = scene.now, scene.numbers.combat.attrition * scene.now.intensity
    client = left_after_attrition(enemy=balance, rate=rate, days=scene.elapsed)
    challenger = left_after_attrition(enemy=1.0 / (balance + TINY), rate=rate, days=scene.elapsed)
    return {
        "client_fit": np.maximum(now.client_fit * client, REMNANT),
        "challenger_fit": np.maximum(now.challenger_fit * challenger, REMNANT),
    }


def recover(scene: Scene) -> Changes:
    """Losses made good, and people home again, where there is peace and the core is not cut off."""
    now, combat, days = scene.now, scene.numbers.combat, scene.elapsed
    rate, cut = per_day(1.0 / np.asarray(combat.rebuilding)), cut_off(scene)
    home = approached(now.displaced, now.homeless, (1.0 - cut) / np.asarray(combat.return_home), days)
    driven_out = approached(home, 1.0, combat.flight * combat.siege * cut, days)
    return {
        "client_fit": approached(now.client_fit, 1.0, rate, days),
        "challenger_fit": approached(now.challenger_fit, 1.0, rate, days),
        "displaced": np.maximum(driven_out, now.homeless),
    }


def uproot(scene: Scene) -> Changes:
    """People leave land that has been handed over, whether or not there is fighting elsewhere."""
    return {"displaced": np.maximum(scene.now.displaced, scene.now.homeless)}


def flee(scene: Scene) -> Changes:
    """People of the core flee where it is attacked, as it falls, and where it is cut off; nowhere else."""
    now = scene.now
    cut, siege = cut_off(scene), scene.numbers.combat.siege
    danger = np.maximum(now.intensity * np.maximum(now.pressure[:, CORE], cut), siege * cut)
    gone = approached(now.displaced, 1.0, scene.numbers.combat.flight * danger, scene.elapsed)
    return {"displaced": np.maximum(gone, now.homeless)}
