"""Settlement: how fighting ends, and what is handed over when."""

import numpy as np

from sim.quantities import chance, within
from sim.rule import Amount, rule
from sim.scene import Changes, Scene
from sim.world import Rung, Terms

NO_TARGETS_RATE = 1.0  # per day: an attacker without a target worth its fear stops at once; assumption
ALL_GONE = 1e-9  # share: a core with less than this left is lost
OF_A_WAR = (  # the stocks that go back to nothing when the fighting ends
    "at_war", "offensive", "war_ends", "out_of_targets", "intensity", "effort", "pressure", "momentum",
    "lost_now", "surrender_rate", "rung", "words", "reasons", "sympathy", "troops",
)  # fmt: skip


@rule(None, neutral=0.0)
def compliance_with_stop(capability: Amount, backing: Amount, offered: Amount) -> Amount:
    """A challenger obeys a patron that could act, less if backed, more if the terms give it land.

    Source: pivotal deterrence (Crawford 2003): a third party stops a war by its leverage on both sides,
    and loses it where one of them has another backer. Equal weights are an assumption.

    Args:
        capability: the patron's capability, 0-1.
        backing: help of the challenger's backer, 0-1.
        offered: whether the terms give it land, 0-1.

    >>> float(compliance_with_stop(capability=1.0, backing=0.0, offered=1.0))
    1.0
    """
    return within(0.5 * np.asarray(capability) * (1.0 - 0.5 * backing) + 0.5 * offered)


@rule(None, neutral=0.0)
def rate_of_truce(momentum: Amount, mediation: Amount, rate: Amount) -> Amount:
    """A truce comes when someone mediates and neither side is winning.

    Source: bargaining range (Fearon 1995): while war still pays, an offer of the present line fails.

    Args:
        momentum: the challenger's success where it attacks, 0-1.
        mediation: whether someone mediates, 0-1.
        rate: the rate per day.

    >>> rate_of_truce(momentum=1.0, mediation=1.0, rate=0.5)
    0.0
    """
    return rate * mediation * (1.0 - momentum)


def accept_before_start(scene: Scene) -> Changes:
    """The offer accepted before the scenario begins, where a parameter says so."""
    accepted = (np.asarray(scene.numbers.mediators.madrid_accepted) > 0) & scene.now.on_table
    return {
        "terms": np.where(accepted, Terms.DEAL, scene.now.terms),
        "handing_over": scene.now.handing_over | accepted,
    }


def settle(scene: Scene) -> Changes:
    """Where the fighting ends: competing causes, each with a rate.

    One draw says whether it ends, another which cause did it.
    """
    now, own = scene.now, scene.numbers.settlement
    compliance = compliance_with_stop(capability=now.capability, backing=now.backing, offered=now.on_table)
    imposed = own.compliance_rate * compliance * (now.rung >= Rung.PEACEKEEPERS)
    mediated = rate_of_truce(momentum=now.momentum, mediation=now.rung >= Rung.DIPLOMACY, rate=own.truce_rate)
    truce = np.where(now.offensive, mediated, own.clash_end_rate)
    rate = imposed + now.surrender_rate + truce + NO_TARGETS_RATE * now.out_of_targets
    ends = scene.luck.one("end", "war") < chance(rate, scene.elapsed)
    which = scene.luck.one("cause", "war") * rate
    by_stop = ends & (which < imposed)
    by_surrender = ends & (which >= imposed) & (which < imposed + now.surrender_rate)
    with_terms = by_stop & now.on_table & (now.rung == Rung.PEACEKEEPERS) & (now.terms != Terms.STOP)
    agreed = with_terms | by_surrender
    terms = np.where(with_terms, Terms.STOP, np.where(by_surrender, Terms.SURRENDER, now.terms))
    return {
        "war_ends": ends,
        "terms": terms,
        "terms_day": np.where(agreed, scene.moment, now.terms_day),
        "handing_over": now.handing_over | agreed,
        "peacekeepers": np.where(by_stop & (now.core_lost < 1), 1.0, now.peacekeepers),
    }


def hand_over(scene: Scene) -> Changes:
    """Each region whose day has come is handed over, down to the share that is kept."""
    now, land = scene.now, scene.land
    since = scene.moment - now.terms_day
    due = since[:, None] >= land.delay[now.terms]
    given = np.where(due, np.maximum(now.held - land.kept[now.terms], 0.0), 0.0)
    return {
        "held": now.held - given,
        "handed": now.handed + given,
        "handing_over": since < land.last_delay[now.terms],
    }


def stand_down(scene: Scene) -> Changes:
    """Peace where the fighting has ended: nothing of the war goes on."""
    nothing = dict.fromkeys(OF_A_WAR, 0)
    return nothing | {"ladder": np.eye(len(Rung))[Rung.ASIDE]}


def relieve_peacekeepers(scene: Scene) -> Changes:
    """Peacekeepers leave when there is no core left to keep."""
    gone = scene.now.core_lost >= 1.0 - ALL_GONE
    return {"peacekeepers": np.where(gone, 0.0, scene.now.peacekeepers)}
