"""How does fighting end, and what is handed over when?"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.quantities import chance, within
from sim.rule import Amount, rule
from sim.world import Rung, Terms

if TYPE_CHECKING:
    from sim.model import ConflictModel

NO_TARGETS_RATE = 1.0  # per day: an attacker without a target worth its fear stops at once; assumption
ALL_GONE = 1e-9  # share: a core with less than this left is lost

Flags = NDArray[np.bool_]


@rule(None, neutral=0.0)
def compliance_with_stop(capability: Amount, backing: Amount, offered: Amount) -> Amount:
    """A challenger obeys a patron that could act, less if backed, more if the terms give it land.

    Source: pivotal deterrence (Crawford 2003): a third party stops a war by its leverage on both sides,
    and loses it where one of them has another backer. Equal weights are an assumption.

    Args:
        capability: of the patron, 0-1.
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
        rate: per day.

    >>> rate_of_truce(momentum=1.0, mediation=1.0, rate=0.5)
    0.0
    """
    return rate * mediation * (1.0 - momentum)


def settle(model: "ConflictModel", moment: float) -> Flags:
    """(worlds at war,) where the fighting ends: competing causes, each with a rate.

    One draw says whether it ends, another which cause did it.

    Args:
        moment: the day that it is at the end of this part of the step.
    """
    world, rows, here, table = model.world, model.rows, model.here, model.ours.settlement
    on_table = model.mediators.on_table()
    compliance = compliance_with_stop(
        capability=here.capability, backing=model.backer.backing(), offered=on_table
    )
    imposed = table.compliance_rate * compliance * (here.rung >= Rung.PEACEKEEPERS)
    mediated = rate_of_truce(
        momentum=here.momentum, mediation=here.rung >= Rung.DIPLOMACY, rate=table.truce_rate
    )
    truce = np.where(here.offensive, mediated, table.clash_end_rate)
    rate = imposed + here.surrender_rate + truce + NO_TARGETS_RATE * here.out_of_targets
    ends = model.draw("end", "war") < chance(rate, model.elapsed)
    which = model.draw("cause", "war") * rate
    by_stop = ends & (which < imposed)
    by_surrender = ends & (which >= imposed) & (which < imposed + here.surrender_rate)
    with_terms = by_stop & on_table & (here.rung == Rung.PEACEKEEPERS) & (here.terms != Terms.STOP)
    terms = np.where(with_terms, Terms.STOP, np.where(by_surrender, Terms.SURRENDER, here.terms))
    changed = with_terms | by_surrender
    world.terms[rows] = terms
    world.terms_day[rows] = np.where(changed, moment, here.terms_day)
    world.handing_over[rows] = here.handing_over | changed
    world.peacekeepers[rows] = np.where(by_stop & (here.core_lost < 1), 1.0, here.peacekeepers)
    return ends


def hand_over(model: "ConflictModel", moment: float) -> None:
    """Hand over each region whose day has come, down to the share that is kept.

    Args:
        moment: the day that it is at the end of the step.
    """
    world, ground, here = model.world, model.land, model.here
    rows = model.rows
    delay, kept = ground.delay[here.terms], ground.kept[here.terms]
    since = moment - here.terms_day
    own = here.held
    given = np.where(since[:, None] >= delay, np.maximum(own - kept, 0.0), 0.0)
    world.held[rows] = own - given
    world.handed[rows] = here.handed + given
    world.handing_over[rows] = since < ground.last_delay[here.terms]


def stand_down(model: "ConflictModel", ended: NDArray[np.intp]) -> None:
    """Peace in the worlds whose fighting has ended: nothing of the war goes on."""
    world = model.world
    for array in (
        world.at_war, world.offensive, world.out_of_targets, world.intensity, world.pressure,
        world.momentum, world.lost_now, world.surrender_rate, world.rung, world.words,
        world.reasons, world.ladder, world.sympathy, world.troops,
    ):  # fmt: skip
        array[ended] = 0
    world.ladder[ended, Rung.ASIDE] = 1.0


def relieve_peacekeepers(model: "ConflictModel") -> None:
    """Peacekeepers leave when there is no core left to keep."""
    model.world.peacekeepers[model.world.core_lost >= 1.0 - ALL_GONE] = 0.0
