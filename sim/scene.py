"""The scene: what actors and laws see of the worlds that a phase is about. Nobody writes into it.

An actor or a law looks at the scene and returns what it changes; the model alone writes. A stock that has
been written is forgotten by the scene, so whoever looks next sees it as it then stands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sim.laws.land import Land
from sim.quantities import Numbers
from sim.rule import apply
from sim.scenarios.scenario import Scenario, date_after
from sim.world import Settings, SomeSettings, View

Changes = Mapping[str, Any]  # stock -> its new value, for the worlds in focus
NOTHING: Changes = {}


class Draws(Protocol):
    """The luck of the worlds in focus at this moment."""

    def one(self, purpose: str, actor: str) -> Numbers:
        """(worlds,) draws from (0, 1)."""

    def each(self, width: int, purpose: str, actor: str) -> Numbers:
        """(worlds, width) draws from (0, 1)."""


@dataclass
class Scene:
    """Some worlds at a moment, to be read.

    Attributes:
        now: the stocks of the worlds in focus: `scene.now.loyalty` has one value per world.
        numbers: the parameters of those worlds, each a number or one value per world.
        land: the fixed facts of the land.
        scenario: the history that is run.
        theory: the theory of the patron's choice.
        without: the claims that are left out.
        luck: the draws of this moment.
        day: the day on which the step begins, counted from the start of the scenario.
        step_days: the length of a step, days.
        moment: the day on which the time of this phase has passed.
        elapsed: the days that pass in this phase, a number or one for each world.
    """

    now: View
    numbers: Settings | SomeSettings
    land: Land
    scenario: Scenario
    theory: str
    without: frozenset[str]
    luck: Draws
    day: float
    step_days: float
    moment: float
    elapsed: Any

    def apply(self, rule: Callable[..., Any], /, **quantities: Any) -> Any:
        """A rule's answer, or its neutral value if the run leaves its claim out or has another theory."""
        return apply(rule, self.without, self.theory, **quantities)

    def of_worlds(self, facts: Numbers) -> Numbers:
        """Facts of the land for the worlds in focus: one row per world only where parameters differ."""
        return self.now.rows_of(facts) if facts.ndim == 2 and facts.shape[0] > 1 else facts

    def date_of(self, day: float) -> date:
        """The date of a day that is counted from the start of the scenario."""
        return date_after(self.scenario.start, day)
