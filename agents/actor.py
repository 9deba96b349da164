"""What do all actors share?"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.quantities import chance
from sim.rule import follow
from sim.scenarios.scenario import Party
from sim.settings import Settings, SomeSettings
from sim.world import View

if TYPE_CHECKING:
    from sim.model import ConflictModel

Changes = Mapping[str, Any]
NOTHING: Changes = {}


class Actor(mesa.Agent):
    """One decision-maker, in every world at once.

    In each phase of a step the model asks every actor what it changes. The answers take effect only
    after all have been asked, so within a phase nobody sees what another has just chosen, and the
    order of the cast does not matter. An actor says when, a rule says what.

    Attributes:
        party: its id and name.
        seat: its column in arrays that have one column an actor of its kind, such as the observers'.
    """

    model: "ConflictModel"

    def __init__(self, model: "ConflictModel", party: Party, seat: int | None = None) -> None:
        super().__init__(model)
        self.party = party
        self.seat = seat

    @property
    def here(self) -> View:
        """The worlds that are asked, as they stand: `self.here.loyalty` has one value a world."""
        return self.model.here

    @property
    def ours(self) -> Settings | SomeSettings:
        """The numbers of those worlds: `self.ours.client.democracy`."""
        return self.model.ours

    @property
    def days(self) -> Any:
        """The time that passes, days: a number, or one for each world asked."""
        return self.model.elapsed

    def follow(self, rule: Callable[..., Any], /, **quantities: Any) -> Any:
        """Ask a rule, or take its neutral answer if the run leaves it out or has another theory."""
        return follow(rule, self.model.without, self.model.theory, **quantities)

    def luck(self, purpose: str) -> NDArray[np.float64]:
        """(worlds,) draws from (0, 1) for a purpose of this actor's at this moment."""
        return self.model.draw(purpose, self.party.id)

    def happens(self, purpose: str, rate: Any) -> NDArray[np.bool_]:
        """(worlds,) whether something with a rate per day happens in this time."""
        return self.luck(purpose) < chance(rate, self.days)

    # The phases in which an actor may have something to say, in the order of sim/model.py.

    def offer(self) -> Changes:
        """Put an offer on the table (every step)."""
        return NOTHING

    def answer(self) -> Changes:
        """Answer an offer (every step)."""
        return NOTHING

    def judge(self) -> Changes:
        """Draw slow conclusions, and decide on peace or war (every step)."""
        return NOTHING

    def decide(self) -> Changes:
        """Choose what to do about the fighting (every part of a step, where there is fighting)."""
        return NOTHING

    def learn(self) -> Changes:
        """Draw lessons from the time that has passed, in war or in peace."""
        return NOTHING
