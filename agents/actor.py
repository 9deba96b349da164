"""What all actors share: a view of the scene, rules, luck, and the phases in which they are asked."""

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import mesa

from sim.quantities import Flags, Numbers, chance
from sim.scenarios.scenario import Party
from sim.scene import NOTHING, Changes, Scene
from sim.world import Settings, SomeSettings, View


class Stage(Protocol):
    """The model, as far as actors know it."""

    scene: Scene


class Actor(mesa.Agent):
    """One decision-maker, in every world at once.

    In each phase of a step the model asks every actor what it changes. The answers take effect only
    after all have been asked, so within a phase nobody sees what another has just chosen, and the
    order of the cast does not matter. An actor says when, a rule says what.

    Between steps an actor shows the stocks that are its own (`patron.rung`, `client.loyalty`), so that Mesa's
    AgentSet.get, select and DataCollector find them: as (worlds,), or as a plain number in one world.

    Attributes:
        party: the id and name in the scenario's cast.
        seat: its column in arrays with one column per actor of its kind, such as the observers'.
        shows: the stocks of the world that are this actor's own.
    """

    model: Stage
    shows: ClassVar[tuple[str, ...]] = ()

    def __init__(self, model: Stage, party: Party, seat: int | None = None) -> None:
        super().__init__(model)
        self.party = party
        self.seat = seat

    def __getattr__(self, name: str) -> Any:  # only called for names that are not there
        shows = type(self).shows
        if name not in shows:
            also = f"; it shows {', '.join(shows)}" if shows else ""
            raise AttributeError(f"'{type(self).__name__}' has no attribute '{name}'{also}")
        stock = getattr(self.now, name)
        mine = stock if self.seat is None else stock[:, self.seat]
        return mine[0].item() if mine.shape == (1,) else mine

    @property
    def state(self) -> dict[str, Any]:
        """The stocks that are this actor's own, by name; empty for an actor that only changes others'."""
        return {name: getattr(self, name) for name in type(self).shows}

    @property
    def now(self) -> View:
        """The worlds asked about, as they stand: `self.now.loyalty` has one value per world."""
        return self.model.scene.now

    @property
    def numbers(self) -> Settings | SomeSettings:
        """The parameters of those worlds: `self.numbers.client.democracy`."""
        return self.model.scene.numbers

    @property
    def elapsed(self) -> Any:
        """The days that pass: one number, or one per world asked about."""
        return self.model.scene.elapsed

    def apply(self, rule: Callable[..., Any], /, **quantities: Any) -> Any:
        """A rule's answer, or its neutral value if the run leaves it out or has another theory."""
        return self.model.scene.apply(rule, **quantities)

    def luck(self, purpose: str) -> Numbers:
        """(worlds,) draws from (0, 1) for one purpose of this actor at this moment."""
        return self.model.scene.luck.one(purpose, self.party.id)

    def happens(self, purpose: str, rate: Any) -> Flags:
        """(worlds,) whether something with a rate per day happens in this time."""
        return self.luck(purpose) < chance(rate, self.elapsed)

    # The phases in which an actor may have something to say, in the order of sim/model.py.

    def help(self) -> Changes:
        """Say what is on hand and on the table (every step)."""
        return NOTHING

    def muster(self) -> Changes:
        """Count the forces (every step, and every part of a step where there is fighting)."""
        return NOTHING

    def begin(self) -> Changes:
        """Form a first view, before the first step."""
        return NOTHING

    def expect(self) -> Changes:
        """Work out what one would do if it came to the worst (at first, then once in 30 days)."""
        return NOTHING

    def plan(self) -> Changes:
        """See what there is to fear and to win, knowing what others would do (every step)."""
        return NOTHING

    def attack(self) -> Changes:
        """Decide the aim of the attack with which a scenario opens (once)."""
        return NOTHING

    def offer(self) -> Changes:
        """Put an offer on the table (every step)."""
        return NOTHING

    def answer(self) -> Changes:
        """Answer an offer (every step)."""
        return NOTHING

    def judge(self) -> Changes:
        """Draw slow conclusions, and decide on peace or war (every step)."""
        return NOTHING

    def aim(self) -> Changes:
        """Choose where to press (every part of a step where there is fighting)."""
        return NOTHING

    def decide(self) -> Changes:
        """Choose what to do about the fighting (every part of a step, where there is fighting)."""
        return NOTHING

    def learn(self) -> Changes:
        """Draw lessons from the time that has passed, in war or in peace."""
        return NOTHING
