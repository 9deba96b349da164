"""The outside powers: what they say, and what they send."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from agents.actor import Actor, Stage
from sim.quantities import Numbers, approached, column, per_day, side_by_side
from sim.rule import Amount, rule
from sim.scenarios.scenario import Party
from sim.scene import Changes

OUTSIDERS = Party(id="outsiders", name="Outside powers", members=())


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
    """One outside power: its own numbers, and its seat in what `Outsiders` do together."""

    shows = ("sympathy", "blame_of_outsiders", "monitors", "arms", "troops")

    def own(self, name: str) -> Any:
        """One of its own numbers in the scenario."""
        return self.numbers.value(f"outsiders.powers.{self.party.id}.{name}")


class Outsiders(Actor):
    """All outside powers, each in its seat: words in war, monitors and arms in peace, never troops.

    As with observers, each rule is asked once for all seats.
    """

    def __init__(self, model: Stage, seats: Sequence[Outsider]) -> None:
        super().__init__(model, OUTSIDERS)
        self.seats = seats

    def _own(self, name: str) -> Numbers:
        return side_by_side([outsider.own(name) for outsider in self.seats])

    def decide(self) -> Changes:
        """Speak while there is fighting."""
        words = self._own("sympathy") * column(self.now.intensity)
        willing = words * column(self.numbers.outsiders.troops_if_free)
        return {
            "sympathy": words,
            "blame_of_outsiders": self._own("blame") * column(self.now.intensity),
            "troops": self.apply(troops_of_outsider, willing=willing),
        }

    def learn(self) -> Changes:
        """Deliver, in peace, what a client that loosens its ties asks for; the patron's anger delays it."""
        now, days = self.now, column(self.elapsed)
        coerced = now.outrage * now.captivity * now.capability
        rate = column(per_day(self.numbers.outsiders.delivery_rate) * (1.0 - coerced) * ~now.at_war)
        loosened = column(1.0 - now.loyalty)
        return {
            "monitors": approached(now.monitors, self._own("monitors") * loosened, rate, days),
            "arms": approached(now.arms, self._own("arms") * loosened, rate, days),
        }
