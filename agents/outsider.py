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
        world = self.world
        sympathy = self.settings.value(f"outsiders.powers.{self.party.id}.sympathy")
        words = sympathy * world.intensity * world.at_war
        willing = words * self.settings.outsiders.troops_if_free
        return {"sympathy": words, "troops": self.follow(troops_of_outsider, willing=willing)}

    def learn(self) -> Changes:
        """Deliver, in peace, what a client that loosens its tie asks for; coercion by the patron delays it."""
        world = self.world
        coerced = world.outrage * world.captivity * world.capability
        rate = per_day(self.settings.outsiders.delivery_rate) * (1.0 - coerced) * ~world.at_war
        changes = {}
        for kind, there in (("monitors", world.monitors), ("arms", world.arms)):
            promised = self.settings.value(f"outsiders.powers.{self.party.id}.{kind}")
            wanted = promised * (1.0 - world.loyalty)
            changes[kind] = approached(there[:, self.seat], wanted, rate, self.days)
        return changes
