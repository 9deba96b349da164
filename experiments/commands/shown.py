"""The page that `captive-ally view` serves: that of sim/page.py, with the record beside the worlds."""

from experiments.history.record import MAP, control, polls
from sim.page import page_of
from sim.scenario import Scenario
from sim.view.curves_svg import Observed
from sim.view.desk import Offer
from sim.view.setting import shipped_scenarios

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
