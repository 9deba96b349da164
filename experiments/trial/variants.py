"""Variants of a scenario in which questions are asked: its war, with one thing changed.

The scenario is the war of 2020, unless a question is put to another one; or a scenario is named directly.
"""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sim.errors import UserError, nearest
from sim.scenarios.loading import load, shipped
from sim.scenarios.scenario import Event, Scenario

USUAL_SCENARIO, LONG_HISTORY = "karabakh-2020", "karabakh-1994-2025"
WAR = "the war of 2020, to the end of the year"
ANY_LAND = "the war of 2020, for whatever land is worth the fear"
AFTER = "the war of 2020 and the six years after it"
TALKS = "five years from 2020 that begin in peace"
YEAR = "one year from 2020 that begins in peace"
BUILDUP = "ten years that begin in peace and with equal arms"
TURN = "the war of 2020, with a client that turns to the west by 0.3"
LONG = "from the ceasefire of 1994 to 2025"
VARIANTS = {  # variant -> its description for another scenario
    WAR: "its war",
    ANY_LAND: "its war, for whatever land is worth the fear",
    AFTER: "its war and the six years after it",
    TALKS: "five years that begin in peace",
    YEAR: "one year that begins in peace",
    BUILDUP: "ten years that begin in peace and with equal arms",
    TURN: "its war, with a client that turns to the west by 0.3",
    LONG: "the years until its war",
}
BEGIN_IN_PEACE = (TALKS, YEAR, BUILDUP, LONG)  # the others begin with an attack
LASTS = {AFTER: 6, TALKS: 5, YEAR: 1, BUILDUP: 10}  # years of a variant; others last as their scenario does
TURN_ON = 10  # days after the first: when the client turns


@cache
def scenario_of_variant(variant: str, base: str = USUAL_SCENARIO) -> Scenario:
    """The scenario of a variant; a file is read once, so that all settings of a question use the same.

    Args:
        variant: the name of a variant; or a scenario itself, by its name or file.
        base: the scenario that this is a variant of, by its name or file.

    Raises:
        UserError: there is no such variant, or the scenario lacks what it needs.
    """
    if variant not in VARIANTS:
        if variant not in shipped() and Path(variant).suffix != ".toml":
            raise UserError(
                f"unknown variant '{variant}': {nearest(variant, VARIANTS)} (or give a .toml file)"
            )
        return load(variant)
    if variant == LONG and base == USUAL_SCENARIO:
        return load(LONG_HISTORY)
    whole = load(base)
    if lacking := lacks_for_variant(variant, whole):
        raise UserError(f"{whole.name}: there is {lacking}")
    if variant == LONG:
        return whole
    war = whole.close_up
    last = war.start.replace(year=war.start.year + LASTS.get(variant, 0), day=min(war.start.day, 28))
    years: dict[str, Any] = {"step_days": 14.0, "end": last}
    peace = years | {"opens_with_offensive": False}
    changes: dict[str, dict[str, Any]] = {
        WAR: {},
        ANY_LAND: {"opening_aim": "everything"},
        AFTER: years,
        TALKS: peace,
        YEAR: peace,
        BUILDUP: peace | {"challenger_arms": war.client_arms},
        TURN: {"event": (_turn(war.start + timedelta(days=TURN_ON)),)},
    }
    found = war.model_copy(update=changes[variant])
    return found.model_copy(update={"event": tuple(one for one in found.event if one.date < found.end)})


def lacks_for_variant(variant: str, scenario: Scenario) -> str:
    """What a scenario lacks for a variant of it, in words; empty if nothing."""
    if variant == LONG:
        return "no years of peace before its war" if scenario.opens_with_offensive else ""
    if variant not in BEGIN_IN_PEACE and not scenario.opens_with_offensive:
        return "no attack on its first day (opens_with_offensive = true)"
    days = (scenario.close_up.end - scenario.start).days
    return f"a war of {days} days only" if variant == TURN and days <= TURN_ON else ""


def variant_in_words(variant: str, base: str = USUAL_SCENARIO) -> str:
    """A variant in words, for a table.

    >>> variant_in_words(WAR, "crises/my-crisis.toml")
    'my-crisis, its war'
    """
    if variant not in VARIANTS:
        return Path(variant).stem
    return variant if base == USUAL_SCENARIO else f"{Path(base).stem}, {VARIANTS[variant]}"


def _turn(day: date) -> Event:
    return Event(
        date=day,
        text="A trade agreement with another power",
        quantity="client.western_turn",
        change="set",
        amount=0.3,
        claim="C4",
        source="assumption: an invented event",
    )
