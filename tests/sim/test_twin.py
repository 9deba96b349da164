"""The many-worlds model and its twin of plain Mesa agents live the same lives.

Of the thirty years most tests run the first ten; CAPTIVE_ALLY_TWIN_WORLDS=50 widens the comparison over them.
"""

import os
from dataclasses import fields
from datetime import date
from functools import cache

import mesa
import numpy as np
import pytest

from agents.reasons import TERMS
from agents.theories import THEORIES
from sim.model import ConflictModel
from sim.rule import RULES
from sim.scenarios.loading import load
from sim.world import World
from tests.twin import TwinModel

pytestmark = pytest.mark.twin
SHORT, LONG = "karabakh-2020", "karabakh-1994-2025"
SHORT_WORLDS = 50
LONG_WORLDS = int(os.environ.get("CAPTIVE_ALLY_TWIN_WORLDS", "30"))
CHANGED_WORLDS = 8
LONG_EVERY = 25  # steps
TOLERANCE = 1e-9
# What actors tell each other within a step: the twin asks anew each time, and it shows in all the rest.
TOLD = {"advantage", "backing", "on_table", "blame", "effort", "prior", "war_ends"}
STOCKS = [item.name for item in fields(World) if item.name not in TOLD]
DISCRETE = [item.name for item in fields(World) if item.metadata["kind"] is not float]
BY_TERM = ("reasons", "reasons_total", "strongest_days")
CLAIMS = sorted({rule.claim for rule in RULES.values() if rule.claim}, key=lambda claim: int(claim[1:]))

CHANGES = {
    "an outside option": {"client__outside_option": 0.7},
    "a deal before the start": {"mediators__madrid_accepted": 1},
    "a fast advance": {"combat__tempo": 400},
    "recognised land is a prize": {"challenger__value_recognised": 0.7},
    "the capital falls": {
        "challenger__value_recognised": 1.0,
        "combat__tempo": 1000,
        "patron__capability": 0.1,
        "client__capitulation_odds": 1.0,
    },
    "a war of clashes": {"challenger__offensive_odds": 1.0, "challenger__war_odds": 0.5},
    "a guarantee of everything": {"patron__scope_contested": 1, "patron__treaty_weight": 3},
    "no signals": {"red_lines__signalled": 0.0, "backer__readiness": 0.3},
    "decisive battles": {"combat__decisiveness": 2.0, "combat__fortune": 0.6},
    "one surrender after another": {
        "client__capitulation_odds": 0.6,
        "challenger__value_recognised": 0.7,
        "challenger__strength": 2,
    },
    "a client about to leave": {
        "client__loyalty": 0.2,
        "client__exit_rate": 6,
        "client__outside_option": 0.6,
    },
}


@cache
def scenario(name):
    return load(name)


def first_decade():
    return scenario(LONG).model_copy(update={"end": date(2005, 1, 1)})


def column(twins, name):
    """A stock of all twins, in the shape of the many-worlds array."""
    rows = []
    for twin in twins:
        value = getattr(twin, name)
        if name in BY_TERM:
            value = [value[term] for term in TERMS]
        rows.append(list(value.values()) if isinstance(value, dict) else value)
    return np.array(rows, dtype=float)


def deviations(model, twins):
    """The largest difference in each stock; infinite where a discrete one or a gap (NaN) differs."""
    found = {}
    for name in STOCKS:
        ours, theirs = getattr(model.world, name).astype(float), column(twins, name)
        assert ours.shape == theirs.shape, name
        if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
            found[name] = np.inf
        else:
            found[name] = float(np.nan_to_num(np.abs(ours - theirs)).max())
            # money comes in thousands: a share of it is compared
            if name in ("client_arms", "challenger_arms"):
                found[name] /= float(ours.max())
        if name in DISCRETE and found[name] > 0:
            found[name] = np.inf
    return found


def side_by_side(history, theory="article", worlds=CHANGED_WORLDS, without=(), every=1, **changes):
    """Step both models and hold them against each other; returns the largest difference met."""
    history = scenario(history) if isinstance(history, str) else history
    model = ConflictModel(history, theory=theory, worlds=np.arange(worlds), without=without, **changes)
    twins = [TwinModel(history, theory, without, world=world, **changes) for world in range(worlds)]
    largest = 0.0
    for step in range(history.steps + 1):
        if step > 0:
            model.step()
            for twin in twins:
                twin.step()
        if step % every == 0 or step == history.steps:
            found = deviations(model, twins)
            differing = {stock: size for stock, size in found.items() if size > TOLERANCE}
            assert not differing, f"after step {step}: {differing}"
            largest = max(largest, *found.values())
    assert not any(twin.running for twin in twins)
    return largest


@pytest.mark.parametrize(
    "theory", [pytest.param(name, marks=[pytest.mark.quick] * (name == "article")) for name in THEORIES]
)
def test_short_scenario(theory):
    side_by_side(SHORT, theory, SHORT_WORLDS)


@pytest.mark.parametrize("theory", THEORIES)
def test_long_scenario(theory):
    history = scenario(LONG) if theory == "article" else first_decade()
    side_by_side(history, theory, LONG_WORLDS, every=LONG_EVERY)


@pytest.mark.parametrize("claim", CLAIMS)
def test_without_a_claim(claim):
    side_by_side(SHORT, without=[claim], worlds=4)


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("history", [scenario(SHORT), first_decade()], ids=[SHORT, LONG])
def test_changed_parameters(history, changes):
    side_by_side(history, worlds=2 if history.name == LONG else CHANGED_WORLDS, every=LONG_EVERY, **changes)


@pytest.mark.parametrize("days", [0.5, 2.5, 7.0, 30.0])
def test_other_steps(days):
    side_by_side(scenario(SHORT).model_copy(update={"step_days": days}))


def test_mesa_can_run_the_twin_in_a_batch():
    rows = mesa.batch_run(
        TwinModel,
        parameters={"world": range(3), "scenario": SHORT},
        number_processes=1,
        display_progress=False,
    )
    model = ConflictModel(SHORT, worlds=np.arange(3))
    model.run()
    assert [row["world"] for row in rows] == [0, 1, 2]
    for name in ("held_contested", "loyalty", "opinion"):
        assert np.allclose([row[name] for row in rows], getattr(model.world, name), rtol=0, atol=TOLERANCE)
