"""What the page offers to set: the article's questions in one choice, and parameters as sliders."""

from dataclasses import dataclass

from experiments.page.setting import SideSetting
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import ParameterInfo, describe


@dataclass(frozen=True)
class Preset:
    """A question, as changes to the settings.

    Attributes:
        name: the question in the list.
        asks: what is changed, in plain words, and what the article leads one to expect.
        changes: the parameters that differ, path and value.
        theory: the theory of the patron's choice; None leaves it.
    """

    name: str
    asks: str
    changes: tuple[tuple[str, float], ...] = ()
    theory: str | None = None

    def on(self, setting: SideSetting) -> SideSetting:
        """The setting that asks the question: its luck and scenario kept, all else as usual."""
        return setting.with_values(
            changes=tuple(sorted(self.changes)), without=(), theory=self.theory or "article"
        )


PRESETS = (
    Preset(
        "As the article sees it",
        "Nothing is changed: the patron of the article in the world of the scenario.",
    ),
    Preset(
        "The client has another protector",
        "Someone else would send troops as surely as the patron. The article's bet on a captive ally should "
        "then be lost: either the patron acts, or the client goes.",
        changes=(("client.outside_option", 0.9),),
    ),
    Preset(
        "The Madrid offer was accepted",
        "The outer districts are handed over by agreement before the start. The patron should have nothing "
        "to be impatient about, and the challenger little left to fight for.",
        changes=(("mediators.madrid_accepted", 1.0),),
    ),
    Preset(
        "The patron likes the government",
        "The client's ruler is close to the patron. By the article this should help a little, not decide.",
        changes=(("client.alignment", 1.0),),
    ),
    Preset(
        "No backer",
        "Nobody helps the challenger, and no rival power is active in the patron's sphere. The war should be "
        "slower, the challenger more afraid, and the patron's standing in its sphere not at stake.",
        changes=(("backer.help", 0.0),),
    ),
    Preset(
        "Red lines not signalled",
        "The challenger does not know what would bring the patron in, so it should stop respecting the "
        "recognised border and fear the core no more than the rest.",
        changes=(("red_lines.signalled", 0.0),),
    ),
    Preset(
        "A patron that keeps its word",
        "Not the article: a rival theory, in which a pact is honoured wherever the fighting is.",
        theory="treaty_only",
    ),
)

SLIDERS = {  # heading -> parameters; all others can be set on the command line
    "The client": (
        "client.outside_option",
        "client.intransigence",
        "client.alignment",
        "client.democracy",
    ),
    "The patron": (
        "patron.guarantee",
        "patron.scope_contested",
        "patron.capability",
        "patron.interest_in_challenger",
        "patron.window_days",
        "patron.planning_days",
    ),
    "Red lines": (
        "red_lines.signalled",
        "red_lines.core.threshold",
        "red_lines.humanitarian.threshold",
    ),
    "Challenger and backer": (
        "challenger.strength",
        "backer.help",
        "mediators.frustration",
        "mediators.madrid_accepted",
    ),
}
STEPS = 40  # of a slider


def sliders_of(scenario: Scenario) -> dict[str, list[ParameterInfo]]:
    """The sliders of a scenario, by heading."""
    known = {info.path: info for info in describe(scenario)}
    return {heading: [known[path] for path in paths] for heading, paths in SLIDERS.items()}


def slider_step(info: ParameterInfo) -> float:
    """How far one press of an arrow key moves a slider.

    >>> from experiments.page.setting import shipped_scenarios
    >>> (help,) = [i for i in describe(shipped_scenarios()["karabakh-2020"]) if i.path == "backer.help"]
    >>> slider_step(help)
    0.025
    """
    return (info.high - info.low) / STEPS
