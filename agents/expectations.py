"""Expectations: what will follow, by the model's own laws, one look ahead and without luck.

Patron, challenger and client look at a crisis as it is, or imagine one, and ask here how far the attack will
come, and what of that each deed of the patron's would prevent. Nothing is typed in: the answers follow from
the contest for land, from reach, and from how likely a stop is to be obeyed and accepted.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.laws.settlement import burn_out_rate, compliance_with_stop, rate_of_truce
from sim.quantities import TINY, Numbers, total
from sim.rule import Amount
from sim.scene import Scene
from sim.world import LEGAL_CLASSES

OUTER, CORE, RECOGNISED, CAPITAL = range(LEGAL_CLASSES)
OPENING, END = range(2)  # the stages at which an attack is imagined


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
        held_outer, held_contested: the contested land still held, of that at the start.
        core_lost, recognised_lost: shares lost.
        displaced: the humanitarian index.
        existential: the danger to the client's survival.
        coming: the contested land that will be lost within the patron's horizon, of that at the start.
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
    recognised_lost: Any
    displaced: Any
    existential: Any
    coming: Any


def actual(scene: Scene) -> Crisis:
    """The crisis as it is in the worlds in focus."""
    now, land = scene.now, scene.land
    reach = now.capability * total(now.pressure * scene.of_worlds(land.class_reach))
    losses = coming_losses(scene, now.pressure, now.intensity, scene.numbers.patron.planning_days)
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
        recognised_lost=now.recognised_lost,
        displaced=now.displaced,
        existential=now.existential,
        coming=losses[:, OUTER] + losses[:, CORE],
    )


def coming_losses(scene: Scene, pressure: Numbers, intensity: Any, days: Any) -> Numbers:
    """(worlds, classes) land that an attack will take in some days, as a share of the contested land.

    Args:
        scene: the worlds in focus.
        pressure: (worlds, classes) the challenger's effort by legal class.
        intensity: (worlds,) the scale of the fighting.
        days: the days ahead.
    """
    pace = np.asarray(scene.numbers.combat.tempo * intensity * days)[..., None] / scene.land.contested_area
    return np.minimum(pace * pressure * scene.now.prospects, still_held(scene))


def still_held(scene: Scene) -> Numbers:
    """(worlds, classes) land of each legal class still held, of the contested land at the start."""
    now, land = scene.now, scene.land
    held = np.empty((now.core_lost.size, LEGAL_CLASSES))
    held[:, OUTER] = now.held_outer
    held[:, CORE] = now.held_contested - now.held_outer
    size = land.class_area / land.contested_area
    held[:, RECOGNISED] = (1.0 - now.recognised_lost) * size[RECOGNISED]
    held[:, CAPITAL] = (1.0 - now.recognised_lost) * size[CAPITAL]
    return held


def days_of_attack(scene: Scene) -> Any:
    """How long the challenger expects an offensive of its scale to last unless somebody ends it."""
    own = scene.numbers
    burns_out = burn_out_rate(
        intensity=own.challenger.scale,
        rate=own.settlement.clash_end_rate,
        scale=own.settlement.burn_out_scale,
    )
    return 1.0 / (burns_out + 1.0 / np.asarray(own.challenger.plan_days))


def imagined(scene: Scene) -> Crisis:
    """An offensive on land of each legal class, as it opens and as it ends unhindered.

    The fields are (stages x classes, worlds): the opening of each class first, then the end of each.
    """
    now, land, own = scene.now, scene.land, scene.numbers
    worlds = now.core_lost.size
    days = np.broadcast_to(days_of_attack(scene), (worlds,))
    scale = np.broadcast_to(own.challenger.scale, (worlds,))
    held = still_held(scene)
    won = coming_losses(scene, np.ones((1, LEGAL_CLASSES)), scale, days)
    share_won = (won / np.maximum(held, TINY)).T
    none = np.zeros_like(share_won)
    progress = np.concatenate([none, share_won])  # (cases, worlds)
    target = np.tile(np.eye(LEGAL_CLASSES), (2, 1))[:, :, None]  # (cases, classes, 1)
    is_outer, is_core, is_recognised, is_capital = (target[:, place] for place in range(LEGAL_CLASSES))
    on_home = is_recognised + is_capital
    at_end = np.repeat([0.0, 1.0], LEGAL_CLASSES)[:, None]
    size = land.class_area / land.contested_area
    held_outer = now.held_outer * (1.0 - progress * is_outer)
    core_lost = 1.0 - (1.0 - now.core_lost) * (1.0 - progress * is_core)
    recognised_lost = 1.0 - (1.0 - now.recognised_lost) * (1.0 - progress * on_home)
    roads_lost = progress * is_outer * (land.lifelines.size > 0 and not land.core_linked)
    fleeing = 1.0 - np.exp(-own.combat.flight * scale * days * at_end * np.maximum(is_core, roads_lost))
    displaced = np.maximum(1.0 - (1.0 - now.displaced) * (1.0 - fleeing), core_lost)
    next_days = coming_losses(scene, np.ones((1, LEGAL_CLASSES)), scale, own.patron.planning_days).T
    coming = np.minimum(np.tile(next_days, (2, 1)), np.tile(held.T, (2, 1)) * (1.0 - progress))
    by_class = np.tile(np.broadcast_to(scene.of_worlds(land.class_reach), held.shape).T, (2, 1))
    return Crisis(
        intensity=scale * np.ones_like(progress),
        outer=is_outer,
        core=is_core,
        recognised=on_home,
        titled=np.tile(land.class_titled, 2)[:, None],
        success=np.tile(now.prospects.T, (2, 1)),
        reach=now.capability * by_class,
        war_days=days * at_end,
        held_outer=held_outer,
        held_contested=held_outer + (1.0 - core_lost) * size[CORE],
        core_lost=core_lost,
        recognised_lost=recognised_lost,
        displaced=displaced,
        existential=1.0 - (1.0 - recognised_lost) * (1.0 - progress * is_capital),
        coming=coming * (is_outer + is_core),
    )


def share_held_off(rate: Amount, days: Amount) -> Any:
    """The share of some days that will not be fought if the fighting may end at a rate per day.

    >>> float(share_held_off(rate=0.0, days=30.0)), bool(share_held_off(rate=9.0, days=30.0) > 0.99)
    (0.0, True)
    """
    turns = np.maximum(np.asarray(rate) * days, 1e-9)
    return 1.0 - (1.0 - np.exp(-turns)) / turns


def share_beaten_back(success: Amount, added: Amount, decisiveness: Amount) -> Any:
    """The share of an advance that strength added to the defence prevents, by the contest itself.

    Args:
        success: the attacker's success without it, 0-1.
        added: the strength added, of the defender's own.
        decisiveness: the exponent of the contest.

    >>> float(share_beaten_back(success=0.5, added=0.0, decisiveness=1.0))
    0.0
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
    soon = np.minimum(crisis.core * crisis.coming / max(size, TINY), 1.0)
    return 1.0 - (1.0 - crisis.core_lost) * (1.0 - soon)
