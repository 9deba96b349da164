"""Rival theories of the patron's choice: each is a kind of patron that counts other terms.

All else (the ladder, the logit choice, the world) is the same, except for rules that belong to one theory
alone (sim/rule.py), of which `revised` has three here and one for its client. What the theories say, in a few
words, is in agents/reasons.py.
"""

from typing import Any

import numpy as np

from agents.bargaining import harm_to_prevent, preferred_step, settled_place
from agents.expectations import Crisis, guarantee_in_force, imagined
from agents.ladder import SIDING
from agents.patron import (
    Amounts,
    Considerations,
    Patron,
    Utilities,
    along_rungs,
    by_rung,
    coverage_of_guarantee,
    gratitude_at_stake,
)
from sim.quantities import column, logistic, within
from sim.rule import Amount, rule
from sim.scene import Changes

# The weight of a promise kept without asking why, in utility: enough to outweigh the cost of acting for any
# patron that can prevent a fifth of the harm. Assumption.
PROMISE = 20.0


@rule(None, neutral=0.0, theory="revised")
def dependence_on_challenger(interest: Amount, capability: Amount) -> Amount:
    """A patron that is tied down elsewhere needs the challenger that it cares for.

    Source: cases K2 and K3: the patron at war elsewhere relied on the challenger's routes. Bargaining power
    in an alliance falls with one's own dependence (Snyder 1997). The product is an assumption: a patron with
    its hands free, or with no interest, depends on nobody.

    Args:
        interest: in good relations with the challenger, 0-1.
        capability: ability to project force to the region, 0-1.

    >>> float(dependence_on_challenger(interest=0.5, capability=1.0))
    0.0
    """
    return interest * (1.0 - np.asarray(capability))


@rule(None, neutral=0.0, theory="revised")
def interest_of_dependent(interest: Amount, need: Amount) -> Amount:
    """A patron that needs the challenger cares for it all the more.

    Source: cases K2 and K3, as for the need itself.

    Args:
        interest: in good relations with the challenger, 0-1.
        need: the patron's dependence on the challenger, 0-1.

    >>> float(interest_of_dependent(interest=0.5, need=0.5))
    0.75
    """
    return interest + (1.0 - np.asarray(interest)) * need


@rule(None, neutral=1.0, theory="revised")
def threat_from_friend(interest: Amount) -> Amount:
    """A red line counts less for a patron, the more it cares for whoever crosses it.

    Source: threats are judged by the intentions of whoever makes them (Walt 1987); claims C32, C35 and C36,
    contradicted from 2021 to 2023, and C37, which the coded crises speak against.

    Args:
        interest: in good relations with the challenger, 0-1.

    >>> float(threat_from_friend(interest=0.25))
    0.75
    """
    return 1.0 - np.asarray(interest)


class TreatyOnly(Patron):
    """A pact is honoured wherever the fighting is.

    Source: the default the article starts from (claims C5, C20).
    """

    def terms(self, crisis: Crisis) -> Considerations:
        """The promise and the cost of acting."""
        promise = PROMISE * guarantee_in_force(self.model.scene) * (crisis.intensity > 0)
        return Considerations({"treaty": promise}, {"cost": self.cost(crisis)})


class BalanceOfThreat(Patron):
    """A patron balances against the threat that challenger and backer pose: power, reach, offence, ill will.

    Source: Walt (1987). Power is the coalition's share of strength, offence the intensity of the
    fighting, hostility the want of gratitude or a rival's hand in it; reach is the core and beyond.
    """

    def terms(self, crisis: Crisis) -> Considerations:
        """The threat and the cost of acting."""
        now = self.now
        hostility = np.maximum(1.0 - now.gratitude, now.backing)
        near = np.minimum(1.0 - crisis.held_contested + crisis.existential, 1.0)
        threat = self.numbers.patron.threat_weight * logistic(now.advantage) * crisis.intensity
        return Considerations({"threat": threat * hostility * near}, {"cost": self.cost(crisis)})


class BaseRate(Patron):
    """A pact is honoured at the historical rate, whatever happens: one draw a war.

    Source: Berkemeier and Fuhrmann (2018), after Leeds, Long and Mitchell (2000).
    """

    def expect(self) -> Changes:
        """The chance of force, to those unsure if it will keep its promise: the rate, within its reach."""
        crisis, rate = imagined(self.model.scene), np.asarray(self.numbers.patron.honour_rate)
        return {"force_if": column(rate) * self.chance_of_force(crisis, self.promised(crisis, kept=1.0))}

    def terms(self, crisis: Crisis) -> Considerations:
        """The promise, where it is kept, and the cost of acting."""
        return self.promised(crisis, kept=self.now.promise < self.numbers.patron.honour_rate)

    def promised(self, crisis: Crisis, kept: Any) -> Considerations:
        """What counts for a patron whose promise is kept, or not."""
        return Considerations({"honour": PROMISE * np.asarray(kept)}, {"cost": self.cost(crisis)})


class Revised(Patron):
    """The reasons of the article, mended where later events and other crises contradict it.

    1. Capability: what the patron can do counts by now under every theory (C35, C36 contradicted in 2022-23;
       C50: after February 2022 the capability was really lower).
    2. Interest: it grows with dependence on the challenger (notes on cases K2, K3), and all red lines count
       less the greater it is: those that the record of 2021 to 2023 contradicts (C32, C35, C36), and survival
       (C37), which the coded crises speak against.
    3. Relations: a patron that takes its ally's side loses its relations with the challenger, not only the
       thanks for this one war, and one that talks to both sides takes neither (C3 in the light of the coded
       crises). Support for an ally forecloses an understanding with its adversary (Snyder 1984).
    4. Opinion: the patron sees it as polls do, with their delay, not the image behind it (C40: 85 % a week
       after the war, about 15 points less a year).
    5. Loyalty: a client's democracy lets opinion act on it whatever the captivity; that is the client's rule
       `loyalty_of_public` (note 2: C42 against C30).

    The patron's arming of both sides is left out: what the challenger buys is in its spending already,
    whoever sells it, and K1's interest in the challenger includes the sales.
    """

    def interest(self) -> Any:
        """Its interest in the challenger, 0-1, raised by its need of it."""
        interest = self.numbers.patron.interest_in_challenger
        need = self.apply(dependence_on_challenger, interest=interest, capability=self.now.capability)
        return self.apply(interest_of_dependent, interest=interest, need=need)

    def duties(self, crisis: Crisis) -> Amounts:
        """The article's, but for red lines that a friend crosses and popularity as polls show it."""
        duties, felt = super().duties(crisis), self.apply(threat_from_friend, interest=self.interest())
        for line in ("core", "border", "humanitarian", "existential"):
            duties[line] = duties[line] * felt
        duties["popularity"] = self.popularity(self.now.opinion) * crisis.intensity * (1.0 + self.now.plea)
        return duties

    def gratitude(self, crisis: Crisis) -> Utilities:
        """The relations with the challenger that each rung would cost, whatever the size of the war."""
        siding = along_rungs(crisis, SIDING)
        stake = self.apply(gratitude_at_stake, interest=self.interest(), forgone=siding)
        return list(by_rung(crisis, -self.worth_of_gratitude() * stake))


class Bargaining(Patron):
    """A patron does what it, the client and the challenger with its backer would settle on by threats.

    Source: the expected-utility model of Bueno de Mesquita (agents/bargaining.py). The line is how much of
    the harm the patron is to prevent: the client wants all, the challenger nothing. A backer wants the same
    as the challenger, and as strongly, so the two would move as one. A rung is worth what it would prevent of
    what was settled, and no more. Who stands where, and how much each cares, is an assumption: the patron
    fully, as it is its own deed, the others by what the land attacked is worth to them. Capability is
    strength at the front, measured for all three as in the contest for land.
    """

    def terms(self, crisis: Crisis) -> Considerations:
        """What was settled, and the cost of acting."""
        harm = self.apply(
            harm_to_prevent,
            existential=crisis.existential,
            displaced=crisis.displaced,
            lost=within(1.0 - crisis.held_contested + crisis.at_stake),
        )
        weight, settled = self.numbers.patron.bargaining_weight * harm, self.settled(crisis)
        served = [weight * np.minimum(settled, share) for share in self.can(crisis)]
        return Considerations({}, {"cost": self.cost(crisis)}, {"bargain": served})

    def settled(self, crisis: Crisis) -> Any:
        """Where the three would settle: how much of the harm the patron is to prevent, 0-1."""
        numbers = self.numbers
        own, challenger, contested = numbers.patron, numbers.challenger, crisis.outer + crisis.core
        covered = self.apply(
            coverage_of_guarantee,
            contested=contested,
            recognised=crisis.recognised,
            scope=own.scope_contested,
        )
        pact, interest = guarantee_in_force(self.model.scene) * covered, own.interest_in_challenger
        prize = (
            challenger.value_contested * crisis.outer
            + challenger.value_core * crisis.core
            + challenger.value_recognised * crisis.recognised
        )
        defended = numbers.client.intransigence * contested + crisis.recognised
        preferred = self.apply(preferred_step, pact=pact, interest=interest)
        # patron, client, challenger
        places = (preferred, 1.0, 0.0)
        capability = (numbers.combat.patron_troops * crisis.reach, 1.0, np.exp(self.now.advantage))
        salience = (1.0, defended, prize)
        shape = np.broadcast_shapes(*map(np.shape, (*places, *capability, *salience)))
        stand, able, caring = (
            np.stack([np.broadcast_to(of_actor, shape) for of_actor in of_actors])
            for of_actors in (places, capability, salience)
        )
        return settled_place(stand, able, caring)


THEORIES: dict[str, type[Patron]] = {
    "article": Patron,
    "treaty_only": TreatyOnly,
    "balance_of_threat": BalanceOfThreat,
    "base_rate": BaseRate,
    "revised": Revised,
    "bargaining": Bargaining,
}
