"""Which parameters stand as sliders on the page? All others can be set on the command line."""

from sim.scenarios.scenario import Scenario
from sim.scenarios.values import ParameterInfo, describe

LEVERS = {
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
        "patron.review_rate",
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


def levers_of(scenario: Scenario) -> dict[str, list[ParameterInfo]]:
    """The sliders of a scenario, by heading."""
    known = {info.path: info for info in describe(scenario)}
    return {heading: [known[path] for path in paths] for heading, paths in LEVERS.items()}


def step_of(lever: ParameterInfo) -> float:
    """How far one press of an arrow key moves a slider.

    >>> from experiments.page.setting import shipped_scenarios
    >>> (info,) = [i for i in describe(shipped_scenarios()["karabakh-2020"]) if i.path == "backer.help"]
    >>> step_of(info)
    0.025
    """
    return (lever.high - lever.low) / STEPS
