"""Inherited numbers: which of a scenario's are still those of the war that the defaults describe.

A number is inherited where the scenario's file gives none, or the same with the same source as that war's.
Whoever has looked a number up and found the same value says so with a source of its own.
"""

from collections.abc import Collection

from sim.scenarios.loading import load, shipped
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import ParameterInfo, describe

DEFAULTS_ARE_OF = "karabakh-2020"  # the scenario whose numbers are the defaults
WAR_IN_WORDS = "Karabakh 2020"
OF_A_CRISIS = ("data", "code")  # kinds of numbers that belong to one crisis; the others are assumed for all


def is_ours(scenario: Scenario) -> bool:
    """Whether a scenario has the name, cast and map of one that ships, whatever has been set in it."""
    if scenario.name not in shipped():
        return False
    own = load(scenario.name)
    return (own.cast, own.map) == (scenario.cast, scenario.map)


def inherited(scenario: Scenario) -> list[ParameterInfo]:
    """The numbers of a scenario that are still those of the war of 2020; none of a scenario that ships.

    >>> inherited(load("karabakh-2020"))
    []
    """
    if is_ours(scenario):
        return []
    theirs = {info.path: (info.default, info.source) for info in describe(load(DEFAULTS_ARE_OF))}
    return [
        info
        for info in describe(scenario)
        if info.low < info.high
        and (info.path not in scenario.sources or theirs.get(info.path) == (info.default, info.source))
    ]


def inherited_in_words(scenario: Scenario, given: Collection[str] = ()) -> str:
    """How many numbers of a scenario are inherited, as the end of a sentence; empty if none is.

    Args:
        scenario: the scenario.
        given: the paths of numbers that a design gives.
    """
    found = [info for info in inherited(scenario) if info.path not in given]
    if not found:
        return ""
    particular = sum(info.kind in OF_A_CRISIS for info in found)
    facts = f", {particular} of them facts of that war" if particular else ""
    return f"{len(found)} of {len(describe(scenario))} numbers are still those of {WAR_IN_WORDS}{facts}"
