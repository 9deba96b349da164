"""Rival theories of the patron's choice: each is a kind of patron that counts other terms.

All else, the ladder, the logit choice, the world, is the same; but for rules that belong to one theory alone
(sim/rule.py), of which `revised` has three. What the theories say in a few words stands in agents/reasons.py.
"""

from typing import Any

import numpy as np

from agents.patron import Patron
from sim.quantities import logistic
from sim.rule import Amount, rule

# The weight of a promise kept without asking why, in utility: enough to outweigh the cost of acting at
# any capability above a tenth. Assumption.
PROMISE = 6.0


@rule(None, neutral=0.0, theory="revised")
def dependence_on_challenger(interest: Amount, capability: Amount) -> Amount:
    """A patron that is tied down elsewhere needs the challenger that it cares for.

    Source: cases K2 and K3: the patron at war elsewhere relied on the challenger's routes. Bargaining power
    in an alliance falls with one's own dependence (Snyder 1997). The product is an assumption: who has its
    hands free, or no interest, depends on nobody.

    Args:
        interest: the interest in good relations with the challenger, 0-1.
        capability: ability to project force to the region, 0-1.

    >>> float(dependence_on_challenger(interest=0.5, capability=1.0))
    0.0
    """
    return interest * (1.0 - np.asarray(capability))


@rule(None, neutral=1.0, theory="revised")
def enforceable_share(capability: Amount, dependence: Amount) -> Amount:
    """A red line counts as far as the patron can act on it, and less where it needs who crosses it.

    Source: claims C32, C35 and C36, contradicted from 2021 to 2023. The local balance of force matters
    more than the treaty (Huth 1988).

    Args:
        capability: ability to project force to the region, 0-1.
        dependence: the dependence on the challenger, 0-1.

    >>> enforceable_share(capability=0.5, dependence=0.5)
    0.25
    """
    return capability * (1.0 - dependence)


class TreatyOnly(Patron):
    """A pact is honoured wherever the fighting is.

    Source: the default the article starts from (claims C5, C7, C8).
    """

    def terms(self) -> dict[str, Any]:
        """The promise and the cost of acting."""
        promise = PROMISE * self.numbers.patron.guarantee * self.now.intensity
        return {"treaty": promise, "cost": self.cost()}


class BalanceOfThreat(Patron):
    """A patron balances against the threat that challenger and backer pose: power, reach, offence, ill will.

    Source: Walt (1987). Power is the coalition's share of strength, offence the intensity of the
    fighting, hostility the want of gratitude or a rival's hand in it; reach is the core and beyond.
    """

    def terms(self) -> dict[str, Any]:
        """The threat and the cost of acting."""
        now = self.now
        hostility = np.maximum(1.0 - now.gratitude, now.backing)
        near = 1.0 - now.held_contested + now.existential
        threat = logistic(now.advantage) * now.intensity * hostility * np.minimum(near, 1.0)
        return {"threat": self.numbers.patron.threat_weight * threat, "cost": self.cost()}


class BaseRate(Patron):
    """A pact is honoured at the historical rate, whatever happens: one draw a war.

    Source: Berkemeier and Fuhrmann (2018), after Leeds, Long and Mitchell (2000).
    """

    def terms(self) -> dict[str, Any]:
        """The promise, where it is kept, and the cost of acting."""
        honoured = self.now.promise < self.numbers.patron.honour_rate
        return {"honour": PROMISE * honoured * self.now.intensity, "cost": self.cost()}


class Revised(Patron):
    """The reasons of the article, mended by what its claims met with after 2020.

    1. Capability: all red lines count only as far as the patron can act (C35, C36 contradicted in 2022-23;
       C50: after February 2022 the capability was really lower).
    2. Interest: it grows with dependence on the challenger, and that dependence discounts the lines that the
       record contradicts, even the one on recognised land (C32, C36; notes on cases K2, K3). Not survival:
       the record does not test it (C37).
    3. Opinion: the patron sees it as polls do, with their delay, not the image behind it (C40: 85 % a week
       after the war, about 15 points less a year).
    4. Loyalty: a client's democracy passes opinion into it whatever the captivity; that is the client's rule
       `loyalty_of_public` (note 2: C42 against C30).

    Without the patron arming both sides: what the challenger buys is in its spending already, whoever
    sells, and K1's interest in the challenger counts the sales.
    """

    def terms(self) -> dict[str, Any]:
        """All the article's terms, some of them discounted."""
        now, own = self.now, self.numbers.patron
        interest = own.interest_in_challenger
        need = self.apply(dependence_on_challenger, interest=interest, capability=now.capability)
        able = self.apply(enforceable_share, capability=now.capability, dependence=0.0)
        free = self.apply(enforceable_share, capability=now.capability, dependence=need)
        terms = super().terms()
        for line in ("core", "border", "humanitarian"):
            terms[line] = terms[line] * free
        return terms | {
            "existential": terms["existential"] * able,
            "popularity": self.popularity(now.opinion),
            "gratitude": self.gratitude(interest + (1.0 - interest) * need),
        }


THEORIES: dict[str, type[Patron]] = {
    "article": Patron,
    "treaty_only": TreatyOnly,
    "balance_of_threat": BalanceOfThreat,
    "base_rate": BaseRate,
    "revised": Revised,
}
