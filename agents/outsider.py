"""What do outside powers say, and what do they send?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.actor import Actor, Changes
from sim.quantities import approached, column, per_day, side_by_side
from sim.rule import Amount, rule
from sim.scenarios.scenario import Party

if TYPE_CHECKING:
    from sim.model import ConflictModel

ALL = Party(id="outsiders", name="Outside powers", members=())


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

    def own(self, name: str) -> Any:
        """One of its own numbers in the scenario."""
        return self.ours.value(f"outsiders.powers.{self.party.id}.{name}")


class Outsiders(Actor):
    """All outside powers, each in its seat: words in war, monitors and arms after it, never troops.

    As with observers, the rules are asked once for all seats.
    """

    def __init__(self, model: "ConflictModel", seats: Sequence[Outsider]) -> None:
        super().__init__(model, ALL)
        self.seats = seats

    def _own(self, name: str) -> NDArray[np.float64]:
        return side_by_side([outsider.own(name) for outsider in self.seats])

    def decide(self) -> Changes:
        """Speak while there is fighting."""
        words = self._own("sympathy") * column(self.here.intensity)
        willing = words * column(self.ours.outsiders.troops_if_free)
        return {"sympathy": words, "troops": self.follow(troops_of_outsider, willing=willing)}

    def learn(self) -> Changes:
        """Deliver, in peace, what a client that loosens its tie asks for; the patron's anger delays it."""
        here, days = self.here, column(self.days)
        coerced = here.outrage * here.captivity * here.capability
        rate = column(per_day(self.ours.outsiders.delivery_rate) * (1.0 - coerced) * ~here.at_war)
        loosened = column(1.0 - here.loyalty)
        return {
            "monitors": approached(here.monitors, self._own("monitors") * loosened, rate, days),
            "arms": approached(here.arms, self._own("arms") * loosened, rate, days),
        }
