"""Expectations: what will follow, by the model's own laws, one look ahead and without luck.

Patron, challenger and client look at a crisis as it is, or imagine one, and ask here how far the attack will
get, and how much of that each deed of the patron's would prevent. Nothing is typed in: answers follow from
the contest for land, from reach, and from how likely a stop is to be obeyed and accepted.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.laws.settlement import burn_out_rate, compliance_with_stop, rate_of_truce
from sim.laws.war import REMNANT, cut_off
from sim.quantities import TINY, Numbers, total, within
from sim.rule import Amount
from sim.scene import Scene
from sim.world import CAPITAL, CORE, LEGAL_CLASSES, OUTER, RECOGNISED, Status

STAGES = np.array(
    [0.0, 0.25, 0.5, 0.75, 1.0]
)  # shares of the days planned for, at which an attack is imagined; assumption


@dataclass(frozen=True)
class Crisis:
    """A state of the fighting, as it is or imagined; fields are (worlds,), or (cases, worlds) if imagined.

    Attributes:
        intensity: the scale of the fighting, 0-1.
        outer, core, recognised: shares of the challenger's effort on each kind of land; the capital is
            recognised land.
        titled: the share of the effort on land that is the challenger's in law.
        success: the challenger's success where it attacks, 0-1.
        reach: the patron's usable strength at the front, 0-1.
        war_days: the days of fighting so far.
        held_outer, held_contested: outer and all contested land still held, as shares of all at the start.
        core_lost: the share of the core lost.
        displaced: the humanitarian index.
        existential: the danger to the client's survival: what the attack threatens, and what is lost.
        core_coming: the core that will be lost in the days that the patron plans for, as a share of the
            contested land.
        at_stake: all land that will be lost in a season of war if nobody acts, likewise as a share.
    """

    intensity: Any
    outer: Any
    core: Any
    recognised: Any
    titled: Any
    success: Any
    reach: Any
    war_days: Any
    held_outer: Any
    held_contested: Any
    core_lost: Any
    displaced: Any
    existential: Any
    core_coming: Any
    at_stake: Any


def actual(scene: Scene) -> Crisis:
    """The crisis as it is in the worlds in focus."""
    now, land = scene.now, scene.land
    reach = now.capability * total(now.pressure * scene.of_worlds(land.class_reach))
    soon = coming_losses(scene, now.pressure, now.intensity, scene.numbers.patron.planning_days)
    in_a_season = coming_losses(scene, now.pressure, now.intensity, scene.numbers.challenger.plan_days)
    return Crisis(
        intensity=now.intensity,
        outer=now.pressure[:, OUTER],
        core=now.pressure[:, CORE],
        recognised=now.pressure[:, RECOGNISED] + now.pressure[:, CAPITAL],
        titled=total(now.pressure * land.class_titled),
        success=total(now.pressure * now.prospects),
        reach=reach,
        war_days=now.war_days,
        held_outer=now.held_outer,
        held_contested=now.held_contested,
        core_lost=now.core_lost,
        displaced=now.displaced,
        existential=danger_to_survival(scene, now.existential, now.intensity),
        core_coming=soon[:, CORE],
        at_stake=total(in_a_season),
    )


def guarantee_in_force(scene: Scene) -> Any:
    """The patron's guarantee, 0-1: none for a client that has left the pact."""
    return scene.numbers.patron.guarantee * (scene.now.status < Status.LEFT)


def danger_to_survival(scene: Scene, lost: Any, intensity: Any) -> Any:
    """The danger to the client's survival, 0-1: what is lost, and what an attack of this scale threatens.

    Args:
        scene: the worlds in focus.
        lost: how far its survival is lost already, 0-1.
        intensity: the scale of the fighting, 0-1.
    """
    own = scene.numbers.challenger
    threat = own.existential_threat * np.minimum(np.asarray(intensity) / own.threat_scale, 1.0)
    return 1.0 - (1.0 - np.asarray(lost)) * (1.0 - threat)


def coming_losses(scene: Scene, pressure: Numbers, intensity: Any, days: Any) -> Numbers:
    """(worlds, classes) land that an attack will take within some days, as a share of the contested land.

    Args:
        scene: the worlds in focus.
        pressure: (worlds, classes) the challenger's effort by legal class.
        intensity: (worlds,) the scale of the fighting.
        days: the days ahead.
    """
    pace = np.asarray(scene.numbers.combat.tempo * intensity * days)[..., None] / scene.land.contested_area
    return np.minimum(pace * pressure * scene.now.prospects, still_held(scene))


def still_held(scene: Scene) -> Numbers:
    """(worlds, classes) land of each class still held, as a share of the contested land at the start."""
    now, land = scene.now, scene.land
    held = np.empty((now.core_lost.size, LEGAL_CLASSES))
    held[:, OUTER] = now.held_outer
    held[:, CORE] = now.held_contested - now.held_outer - land.none_contested
    size = land.class_area / land.contested_area
    held[:, RECOGNISED] = (1.0 - now.recognised_lost) * size[RECOGNISED]
    held[:, CAPITAL] = (1.0 - now.recognised_lost) * size[CAPITAL]
    return held


def imagined(scene: Scene) -> Crisis:
    """An offensive on land of each legal class alone, from its opening to the last day planned for.

    The fields are (stages x classes, worlds): the opening for each class first, then the later stages.
    """
    now, land, own = scene.now, scene.land, scene.numbers
    shape = (STAGES.size, LEGAL_CLASSES, now.core_lost.size)
    scale = np.broadcast_to(own.challenger.scale, shape[2:])
    days = STAGES[:, None, None] * np.broadcast_to(own.challenger.plan_days, shape[2:])
    held = still_held(scene).T  # (classes, worlds)
    tempo = own.combat.tempo * scale / land.contested_area
    worn = own.combat.attrition * scale * days * 2.0 * np.sinh(own.combat.decisiveness * now.advantage)
    underway, prospects = (prospects_after(scene, share * worn) for share in (0.5, 1.0))
    progress = np.minimum(tempo * underway * days / np.maximum(held, TINY), 1.0)
    a_day, left = tempo * prospects, held * (1.0 - progress)
    is_outer, is_core, is_recognised, is_capital = np.eye(LEGAL_CLASSES)[:, :, None]
    home = is_recognised + is_capital
    size = land.class_area / land.contested_area
    held_outer = now.held_outer * (1.0 - progress * is_outer)
    core_lost = 1.0 - (1.0 - now.core_lost) * (1.0 - progress * is_core)
    of_home = (land.class_area / max(land.recognised_area, TINY))[:, None] * home
    attacked = np.maximum(scale * np.maximum(is_core, cut_off(scene)), own.combat.siege * cut_off(scene))
    stayed = (1.0 - now.displaced) * np.exp(-own.combat.flight * attacked * days)
    reach = now.capability * np.broadcast_to(scene.of_worlds(land.class_reach), held.T.shape).T
    fallen = 1.0 - (1.0 - now.existential) * (1.0 - progress * of_home) * (1.0 - progress * is_capital)
    fields = {
        "intensity": scale,
        "outer": is_outer,
        "core": is_core,
        "recognised": home,
        "titled": land.class_titled[:, None],
        "success": prospects,
        "reach": reach,
        "war_days": days,
        "held_outer": held_outer,
        "held_contested": held_outer + (1.0 - core_lost) * size[CORE] + land.none_contested,
        "core_lost": core_lost,
        "displaced": np.maximum(1.0 - stayed, core_lost),
        "existential": danger_to_survival(scene, fallen, scale),
        "core_coming": np.minimum(a_day * own.patron.planning_days, left) * is_core,
        "at_stake": np.minimum(a_day * own.challenger.plan_days, left),
    }
    flat = (STAGES.size * LEGAL_CLASSES, now.core_lost.size)
    return Crisis(**{name: np.broadcast_to(field, shape).reshape(flat) for name, field in fields.items()})


def prospects_after(scene: Scene, worn: Numbers) -> Any:
    """(stages, classes, worlds) the prospects of an attack once forces have worn each other down.

    Args:
        scene: the worlds in focus.
        worn: (stages, 1, worlds) what the log of the balance of forces gains by attrition on either side.
    """
    now, most = scene.now.prospects.T, -np.log(REMNANT)
    factor = np.exp(-scene.numbers.combat.decisiveness * within(worn, -most, most))
    return now / (now + (1.0 - now) * factor)


def chance_by_class(scene: Scene, chances: Numbers) -> Numbers:
    """(worlds, classes) the chance that something comes at all, from its chance at each imagined stage.

    It comes between two stages if the situation calls for it at the later one and not at the earlier one, and
    if the fighting has not burnt out half-way between them.

    Args:
        scene: the worlds in focus.
        chances: (stages x classes, worlds) its chance in the crises of `imagined`, if the stage is reached.
    """
    own = scene.numbers
    burns_out = burn_out_rate(
        intensity=own.challenger.scale,
        rate=own.settlement.clash_end_rate,
        scale=own.settlement.burn_out_scale,
    )
    by_stage = np.maximum.accumulate(chances.reshape(STAGES.size, LEGAL_CLASSES, -1), axis=0)
    half_way = (STAGES[1:] + STAGES[:-1])[:, None] / 2 * np.asarray(own.challenger.plan_days)
    lasts = np.broadcast_to(np.exp(-burns_out * half_way), (STAGES.size - 1, chances.shape[1]))
    comes = by_stage[0].copy()
    for stage, called_for in enumerate(np.diff(by_stage, axis=0)):
        comes += called_for * lasts[stage]
    return comes.T


def share_held_off(rate: Amount, days: Amount) -> Any:
    """The share of a span of days without fighting, if the fighting may end at some rate per day.

    >>> bool(abs(share_held_off(rate=0.0, days=30.0)) < 1e-6)
    True
    >>> bool(share_held_off(rate=9.0, days=30.0) > 0.99)
    True
    """
    turns = np.maximum(np.asarray(rate) * days, 1e-9)
    return 1.0 + np.expm1(-turns) / turns  # exp would lose all digits where the rate is small


def share_beaten_back(success: Amount, added: Amount, decisiveness: Amount) -> Any:
    """The share of an advance that strength added to the defence prevents, by the contest itself.

    Args:
        success: the attacker's success without it, 0-1.
        added: the strength added, as a share of the defender's own.
        decisiveness: the exponent of the contest.

    >>> round(float(share_beaten_back(success=0.5, added=1.0, decisiveness=1.0)), 2)
    0.33
    """
    weakened = np.exp(-decisiveness * np.log1p(np.asarray(added)))
    # with odds o = p / (1 - p), the new success over the old is weakened / (1 - p + p * weakened)
    return 1.0 - weakened / (1.0 - success + success * weakened)


def prevented(scene: Scene, crisis: Crisis, accepted: Any) -> list[Any]:
    """The share of the coming harm that each rung of the ladder would prevent, from rung 0 to 4.

    Args:
        scene: the worlds in focus.
        crisis: the crisis as it is, or imagined.
        accepted: how far the client would accept a stop, 0-1.
    """
    now, own = scene.now, scene.numbers
    days = own.patron.planning_days
    truce = rate_of_truce(momentum=crisis.success, mediation=1.0, rate=own.settlement.truce_rate)
    obeyed = compliance_with_stop(reach=crisis.reach, backing=now.backing, offered=now.on_table)
    stop = own.settlement.compliance_rate * obeyed * accepted
    talks, stopped = share_held_off(truce, days), share_held_off(truce + stop, days)
    m = own.combat.decisiveness
    arms = share_beaten_back(crisis.success, own.combat.arms_supply * crisis.reach, m)
    troops = share_beaten_back(crisis.success, own.combat.patron_troops * crisis.reach, m)
    return [
        np.zeros_like(stopped),
        talks,
        1.0 - (1.0 - talks) * (1.0 - arms),
        stopped,
        1.0 - (1.0 - stopped) * (1.0 - troops),
    ]


def core_at_risk(scene: Scene, crisis: Crisis) -> Any:
    """The share of the core that is lost or will be lost soon."""
    size = scene.land.class_area[CORE] / scene.land.contested_area
    soon = np.minimum(crisis.core_coming / max(size, TINY), 1.0)
    return 1.0 - (1.0 - crisis.core_lost) * (1.0 - soon)
