"""How does fighting end, and what is handed over when?"""

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.quantities import chance, within
from sim.rule import Amount, rule
from sim.world import EVERY_WORLD, Rung, Terms

if TYPE_CHECKING:
    from sim.model import ConflictModel

NO_TARGETS_RATE = 1.0  # per day: an attacker without a target worth its fear stops at once; assumption


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


def settle(model: "ConflictModel") -> None:
    """End the fighting where a cause to end it strikes, and hand over what is due."""
    world = model.world
    if model.at_war is not None:
        _end_wars(model)
    if world.handing_over.any():
        _hand_over(model)


def _end_wars(model: "ConflictModel") -> None:
    """Competing causes, each with a rate: one draw says whether, another which."""
    world, ours = model.world, model.settings
    table = ours.settlement
    everywhere = world.at(EVERY_WORLD)
    on_table = model.mediators.on_table()
    compliance = compliance_with_stop(
        capability=world.capability, backing=model.backer.backing(everywhere, ours), offered=on_table
    )
    imposed = table.compliance_rate * compliance * (world.level >= Rung.PEACEKEEPERS)
    truce = rate_of_truce(
        momentum=world.momentum, mediation=world.level >= Rung.DIPLOMACY, rate=table.truce_rate
    )
    truce = np.where(world.offensive, truce, table.clash_end_rate)
    idle = NO_TARGETS_RATE * world.out_of_targets
    surrender = world.surrender_rate
    rate = imposed + truce + idle + surrender
    ends = world.at_war & (model.luck.uniform(model.step_number, "end", "war") < chance(rate, model.days))
    which = model.luck.uniform(model.step_number, "cause", "war") * rate
    by_stop = ends & (which < imposed)
    by_surrender = ends & (which >= imposed) & (which < imposed + surrender)
    _impose(model, by_stop, by_stop & on_table & (world.level == Rung.PEACEKEEPERS))
    _set_terms(model, by_surrender, Terms.SURRENDER)
    world.at_war &= ~ends
    world.out_of_targets &= ~ends


def _impose(model: "ConflictModel", stopped: Any, with_terms: Any) -> None:
    """Peacekeepers come with every imposed stop; land is given only on the terms of an offer."""
    world = model.world
    world.peacekeepers[stopped & (world.core_lost < 1)] = 1.0
    _set_terms(model, with_terms & (world.terms != Terms.STOP), Terms.STOP)


def _set_terms(model: "ConflictModel", where: Any, terms: Terms) -> None:
    world = model.world
    world.terms[where] = terms
    world.terms_day[where] = model.day + model.days
    world.handing_over[where] = True


def _hand_over(model: "ConflictModel") -> None:
    """Hand over each region whose day has come, down to the share that is kept."""
    world, ground = model.world, model.ground
    rows = np.flatnonzero(world.handing_over)
    since = model.day + model.days - world.terms_day[rows]
    delay = ground.delay[world.terms[rows]]
    own = world.held[rows, ground.land]
    due = since[:, None] >= delay
    given = np.where(due, np.maximum(own - ground.kept[world.terms[rows]], 0.0), 0.0)
    world.held[rows, ground.land] = own - given
    world.handed[rows, ground.land] += given
    last = np.where(np.isfinite(delay), delay, -np.inf).max(axis=1)
    world.handing_over[rows] = since < last


def relieve_peacekeepers(model: "ConflictModel") -> None:
    """Peacekeepers leave when there is no core left to keep."""
    world = model.world
    world.peacekeepers[world.core_lost >= 1.0 - 1e-9] = 0.0
