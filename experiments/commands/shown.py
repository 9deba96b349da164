"""The page that `captive-ally view` serves, with the record beside the worlds."""

from experiments.history.record import MAP, control, polls
from experiments.page.app import page_of
from experiments.page.curves import Observed
from experiments.page.session import Offer
from experiments.page.setting import shipped_scenarios
from sim.scenarios.scenario import Scenario

own: dict[str, tuple[Scenario, str]] = {}  # given on the command line: its name, itself, what was typed


def observed(scenario: Scenario) -> Observed:
    """What the page shows of the record: land held, and how many call relations with the patron good."""
    if scenario.map != MAP:
        return Observed()
    return Observed({"held_contested": control(), "opinion": polls("relations_good")})


def offer() -> Offer:
    """The scenarios that ship, and one that was given."""
    given = {name: scenario for name, (scenario, _) in own.items()}
    typed = {name: word for name, (_, word) in own.items()}
    return Offer(shipped_scenarios() | given, observed, typed)


Page = page_of(offer)
