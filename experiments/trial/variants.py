"""Variants of the scenarios in which questions are asked: the war of 2020, with one thing changed."""

from datetime import date
from functools import cache
from typing import Any

from sim.errors import UserError, nearest
from sim.scenarios.loading import load
from sim.scenarios.scenario import Event, Scenario

WAR = "the war of 2020, to the end of the year"
ANY_LAND = "the war of 2020, for whatever land is worth the fear"
AFTER = "the war of 2020 and the six years after it"
TALKS = "five years from 2020 that begin in peace"
YEAR = "one year from 2020 that begins in peace"
BUILDUP = "ten years that begin in peace and with equal arms"
TURN = "the war of 2020, with a client that turns to the west by 0.3"
LONG = "from the ceasefire of 1994 to 2025"
VARIANTS = (WAR, ANY_LAND, AFTER, TALKS, YEAR, BUILDUP, TURN, LONG)


@cache
def scenario_of_variant(variant: str) -> Scenario:
    """The scenario of a variant.

    Raises:
        UserError: there is no such variant.
    """
    if variant not in VARIANTS:
        raise UserError(f"unknown variant '{variant}': {nearest(variant, VARIANTS)}")
    if variant == LONG:
        return load("karabakh-1994-2025")
    war = load("karabakh-2020").close_up
    years = {"step_days": 14.0, "end": date(2026, 9, 27)}
    peace = years | {"end": date(2025, 9, 27), "opens_with_offensive": False}
    turn = Event(
        date=date(2020, 10, 7),
        text="A trade agreement with another power",
        quantity="client.western_turn",
        change="set",
        amount=0.3,
        claim="C4",
        source="assumption: an invented event",
    )
    changes: dict[str, dict[str, Any]] = {
        WAR: {},
        ANY_LAND: {"opening_aim": "everything"},
        AFTER: years,
        TALKS: peace,
        YEAR: peace | {"end": date(2021, 9, 27)},
        BUILDUP: peace | {"end": date(2030, 9, 27), "challenger_arms": war.client_arms},
        TURN: {"event": (turn,)},
    }
    return war.model_copy(update=changes[variant])
