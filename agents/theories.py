"""Which reasons count? Rival theories of the patron's choice, one function each.

A theory names the terms that pull the patron up the ladder (DUTIES) and those that hold it down
(RESTRAINTS). All else, the ladder, the logit choice, the world, is the same.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.quantities import logistic

if TYPE_CHECKING:
    from agents.patron import Patron

DUTIES = (
    "treaty", "core", "border", "humanitarian", "existential",
    "sphere", "ruler", "popularity", "loyalty", "allies",
    "threat", "honour",
)  # fmt: skip
RESTRAINTS = ("gratitude", "frustration", "entrapment", "displeasure", "title", "window", "cost")
TERMS = DUTIES + RESTRAINTS

# The weight of a promise kept without asking why, in utility: enough to outweigh the cost of acting at
# any capability above a tenth. Assumption.
PROMISE = 6.0

Terms = dict[str, Any]


def article(patron: "Patron") -> Terms:
    """All the reasons of the article.

    Source: the article; see agents/README.md for claim and rule.
    """
    return patron.duties() | patron.restraints()


def treaty_only(patron: "Patron") -> Terms:
    """A pact is honoured wherever the fighting is.

    Source: the default the article starts from (claims C5, C7, C8).
    """
    return {
        "treaty": PROMISE * patron.ours.patron.guarantee * patron.here.intensity,
        "cost": patron.cost(),
    }


def balance_of_threat(patron: "Patron") -> Terms:
    """A patron balances against the threat that challenger and backer pose: power, reach, offence, ill will.

    Source: Walt (1987). Power is the coalition's share of strength, offence the intensity of the
    fighting, hostility the want of gratitude or a rival's hand in it; reach is the core and beyond.
    """
    here = patron.here
    power = logistic(patron.model.challenger.advantage())
    hostility = np.maximum(1.0 - here.gratitude, patron.model.backer.backing())
    near = 1.0 - here.held_contested + here.existential
    threat = power * here.intensity * hostility * np.minimum(near, 1.0)
    return {"threat": patron.ours.patron.threat_weight * threat, "cost": patron.cost()}


def base_rate(patron: "Patron") -> Terms:
    """A pact is honoured at the historical rate, whatever happens: one draw a war.

    Source: Berkemeier and Fuhrmann (2018), after Leeds, Long and Mitchell (2000).
    """
    honoured = patron.here.promise < patron.ours.patron.honour_rate
    return {"honour": PROMISE * honoured * patron.here.intensity, "cost": patron.cost()}


THEORIES: dict[str, Callable[["Patron"], Terms]] = {
    "article": article,
    "treaty_only": treaty_only,
    "balance_of_threat": balance_of_threat,
    "base_rate": base_rate,
}
