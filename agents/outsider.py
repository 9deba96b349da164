"""What do outside powers say, and what do they send?"""

import numpy as np

from agents.actor import Actor, Changes
from sim.quantities import approached, per_day
from sim.rule import Amount, rule


@rule("C53", neutral="willing")
def troops_of_outsider(willing: Amount) -> Amount:
    """The support of outside powers is words: no plea brings troops.

    Claim C53.

    Args:
        willing: troops that sympathy would suggest, 0-1.

    >>> float(troops_of_outsider(willing=0.8))
    0.0
    """
    return 0.0 * np.asarray(willing)


class Outsider(Actor):
    """Speaks for the client in war, sends monitors and arms after it, never troops."""

    def decide(self) -> Changes:
        """Speak while there is fighting."""
        sympathy = self.ours.value(f"outsiders.powers.{self.party.id}.sympathy")
        words = sympathy * self.here.intensity
        willing = words * self.ours.outsiders.troops_if_free
        return {"sympathy": words, "troops": self.follow(troops_of_outsider, willing=willing)}

    def learn(self) -> Changes:
        """Deliver, in peace, what a client that loosens its tie asks for; the patron's anger delays it."""
        here = self.here
        coerced = here.outrage * here.captivity * here.capability
        rate = per_day(self.ours.outsiders.delivery_rate) * (1.0 - coerced) * ~here.at_war
        changes = {}
        for kind, there in (("monitors", here.monitors), ("arms", here.arms)):
            promised = self.ours.value(f"outsiders.powers.{self.party.id}.{kind}")
            wanted = promised * (1.0 - here.loyalty)
            changes[kind] = approached(there[:, self.seat], wanted, rate, self.days)
        return changes
