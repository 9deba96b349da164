"""Settlement: how fighting ends, and what is handed over when."""

import numpy as np

from sim.quantities import chance, total, within
from sim.rule import Amount, rule
from sim.scene import Changes, Scene
from sim.world import FORCE, Rung, Terms

NO_TARGETS_RATE = (
    1.0  # per day: an attacker with its aim reached, or no target worth the fear, stops at once; assumption
)
ALL_GONE = 1e-9  # share: a core with less than this left is lost
OF_A_WAR = (  # the stocks that return to zero when the fighting ends
    "at_war", "offensive", "aim", "war_ends", "out_of_targets", "intensity", "effort", "pressure", "momentum",
    "lost_now", "surrender_rate", "rung", "words", "reasons", "accusation", "plea", "acceptance", "leaning",
    "reach", "sympathy", "blame_of_outsiders", "troops",
)  # fmt: skip


@rule(None, neutral=0.0)
def compliance_with_stop(reach: Amount, backing: Amount, offered: Amount) -> Amount:
    """A challenger obeys a patron whose force reaches it, less if backed, more if the terms give it land.

    Source: pivotal deterrence (Crawford 2003): a third party stops a war by its leverage on both sides,
    and loses it where one of them has another backer; force counts by its square (Lanchester 1916), so that a
    patron with little at the front is hardly obeyed. The halves are an assumption.

    Args:
        reach: the patron's usable strength at the front, 0-1.
        backing: the help of the challenger's backer, 0-1.
        offered: whether the terms give it land, 0-1.

    >>> float(compliance_with_stop(reach=0.5, backing=0.0, offered=1.0))
    0.25
    """
    return within(np.asarray(reach) ** 2 * (1.0 - 0.5 * backing) * (0.5 + 0.5 * offered))


@rule(None, neutral=0.0)
def rate_of_truce(momentum: Amount, mediation: Amount, rate: Amount) -> Amount:
    """A truce comes when someone mediates and neither side is winning.

    Source: bargaining range (Fearon 1995): while war still pays, an offer of the present line fails.

    Args:
        momentum: the challenger's success where it attacks, 0-1.
        mediation: whether someone mediates, 0-1.
        rate: per day.

    >>> rate_of_truce(momentum=1.0, mediation=1.0, rate=0.5)
    0.0
    """
    return rate * mediation * (1.0 - momentum)


@rule(None, neutral=0.0)
def burn_out_rate(intensity: Amount, rate: Amount, scale: Amount) -> Amount:
    """A small war burns out by itself; a large one has to be ended.

    Source: durations of the clashes of 2016 and 2020 to 2022 in the record; the exponential is an assumption.

    Args:
        intensity: the scale of the fighting, 0-1.
        rate: the rate at which the smallest clash ends, per day.
        scale: the intensity at which that rate has fallen to 37 %, 0-1.

    >>> float(burn_out_rate(intensity=0.0, rate=0.25, scale=0.1))
    0.25
    """
    return rate * np.exp(-np.asarray(intensity) / scale)


def close_deal(scene: Scene) -> Changes:
    """A deal where both sides have taken the offer of this round; a refused round elsewhere."""
    now = scene.now
    deal = now.offer_made & now.accepts & now.agrees
    return {
        "refused": now.offer_made & ~deal,
        "terms": np.where(deal, Terms.DEAL, now.terms),
        "terms_day": np.where(deal, scene.day, now.terms_day),
        "handing_over": now.handing_over | deal,
    }


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
    compliance = compliance_with_stop(reach=now.reach, backing=now.backing, offered=now.on_table)
    imposed = own.compliance_rate * compliance * now.acceptance * (now.rung >= FORCE)
    mediated = rate_of_truce(momentum=now.momentum, mediation=now.rung >= Rung.DIPLOMACY, rate=own.truce_rate)
    burnt_out = burn_out_rate(intensity=now.intensity, rate=own.clash_end_rate, scale=own.burn_out_scale)
    truce = mediated + burnt_out
    rate = imposed + now.surrender_rate + truce + NO_TARGETS_RATE * now.out_of_targets
    ends = scene.luck.one("end", "war") < chance(rate, scene.elapsed)
    which = scene.luck.one("cause", "war") * rate
    signs = ends & ~now.over  # where the capital has fallen nobody is left to fight, or to sign
    by_stop = signs & (which < imposed)
    by_surrender = signs & (which >= imposed) & (which < imposed + now.surrender_rate)
    with_terms = by_stop & now.on_table & (now.rung == Rung.PEACEKEEPERS) & (now.terms != Terms.STOP)
    agreed = with_terms | by_surrender
    terms = np.where(with_terms, Terms.STOP, np.where(by_surrender, Terms.SURRENDER, now.terms))
    return {
        "war_ends": ends | now.over,
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
        "handed_now": now.handed_now + total(given * land.contested_of_share),
        "handing_over": since < land.last_delay[now.terms],
    }


def stand_down(scene: Scene) -> Changes:
    """Make peace where the fighting has ended: nothing of the war goes on."""
    nothing = dict.fromkeys(OF_A_WAR, 0)
    return nothing | {"ladder": np.eye(len(Rung))[Rung.ASIDE]}


def relieve_peacekeepers(scene: Scene) -> Changes:
    """Peacekeepers leave when there is no core left to keep."""
    gone = scene.now.core_lost >= 1.0 - ALL_GONE
    return {"peacekeepers": np.where(gone, 0.0, scene.now.peacekeepers)}
