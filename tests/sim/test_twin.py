"""The many-worlds model and its twin of plain Mesa agents live the same lives.

CAPTIVE_ALLY_TWIN_WORLDS=50 widens the comparison over the war, the crisis without names and many years.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
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
from sim.scenarios.scenario import Event, Stretch
from sim.scenarios.values import describe
from sim.world import FORCE, Aim, Rung, Status, Terms, World
from tests.thorough import mostly_thorough, thorough
from tests.twin import TwinModel

pytestmark = pytest.mark.twin
SHORT, CRISIS, LONG = "karabakh-2020", "crisis", "karabakh-1994-2025"
ASKED = int(os.environ.get("CAPTIVE_ALLY_TWIN_WORLDS", "0"))
SHORT_WORLDS, MANY_STEPS_WORLDS, CHANGED_WORLDS = ASKED or 12, ASKED or 3, 8
EVERY = 25  # steps, where there are many
LONG_ENOUGH = date(2000, 1, 1)
TOLERANCE = 1e-9
STOCKS = [item.name for item in fields(World)]
DISCRETE = [item.name for item in fields(World) if item.metadata["kind"] is not float]
BY_TERM = ("reasons", "reasons_total", "strongest_days")
CLAIMS = sorted({rule.claim for rule in RULES.values() if rule.claim}, key=lambda claim: int(claim[1:]))


@cache
def scenario(name):
    """A scenario; of the war of 2020, the war alone."""
    return load(name).close_up


def years_of_war(end, *events):
    """The war of 2020 and those after it, by the week."""
    short = scenario(SHORT)
    return short.model_copy(update={"end": end, "step_days": 7.0, "event": (*short.event, *events)})


def opening_with(aim):
    return scenario(SHORT).model_copy(update={"opening_aim": aim})


def with_events(*events):
    return scenario(SHORT).model_copy(update={"event": (*scenario(SHORT).event, *events)})


def without_hub_of_patron():
    regions = scenario(SHORT).regions
    hubs = tuple(hub for hub in regions.hub if hub.owner != "patron")
    return scenario(SHORT).model_copy(update={"regions": regions.model_copy(update={"hub": hubs})})


def with_a_crossing():
    """Hadrut can be reached across water alone."""
    regions = scenario(SHORT).regions
    place = next(one for one in regions.region if one.id == "HAD")
    wet = place.model_copy(update={"crossings": dict.fromkeys(place.neighbours, 0.3)})
    places = tuple(wet if one is place else one for one in regions.region)
    return scenario(SHORT).model_copy(update={"regions": regions.model_copy(update={"region": places})})


def event(day, quantity, change, amount):
    return Event(
        date=date.fromisoformat(day), text="what is tried", quantity=quantity, change=change, amount=amount,
        claim="", source="test",
    )  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What is tried.

    Attributes:
        shows: what must be so in some world, so that the setting tries what it says.
        changes: parameters that differ.
        history: what makes the scenario.
        worlds: world numbers.
        theory: the theory of the patron's choice.
    """

    shows: Callable[[World], np.ndarray]
    changes: dict[str, float] = field(default_factory=dict)
    history: Callable[[], object] = lambda: scenario(SHORT)
    worlds: Sequence[int] = range(CHANGED_WORLDS)
    theory: str = "article"


def retaken(world):
    """Regions of which the larger part fell and was won back."""
    return np.isfinite(world.fell_on) & (world.held > 0.5)


NO_END = {"client__capitulation_odds": 1.0, "patron__capability": 0.1}
A_BOLD_PATRON = {
    "settlement__compliance_rate": 0, "red_lines__core__weight": 6, "patron__cost_weight": 0.1,
    "patron__capability": 1, "patron__title_weight": 0, "patron__entrapment_weight": 0,
    "combat__patron_troops": 20,
}  # fmt: skip
MANY_WARS = {
    "challenger__war_rate": 20, "challenger__war_odds": 0, "mediators__deal_calm": 0, "client__fall_rate": 12,
    "settlement__clash_end_rate": 2,
}  # fmt: skip
SETTINGS = {
    "an outside option": Setting(lambda world: world.captivity < 0.5, {"client__outside_option": 0.7}),
    "numbers that events move": Setting(
        lambda world: world.captivity < 0.9,
        history=lambda: with_events(
            event("2020-10-05", "client.outside_option", "add", 0.5),
            event("2020-10-20", "combat.tempo", "times", 0.5),
        ),
    ),
    "a deal before the start": Setting(
        lambda world: world.terms == Terms.DEAL, {"mediators__madrid_accepted": 1}
    ),
    "troops after a deal": Setting(
        lambda world: (world.terms == Terms.DEAL) & (world.rung_max == Rung.TROOPS),
        {**MANY_WARS, **A_BOLD_PATRON, "mediators__madrid_accepted": 1},
        lambda: years_of_war(date(2023, 1, 1)),
    ),
    "outer land is the aim": Setting(
        lambda world: world.first_aim == Aim.OUTER, history=lambda: opening_with("outer")
    ),
    "home land is the aim": Setting(
        lambda world: world.recognised_lost > 0,
        {"challenger__value_recognised": 0.9, **NO_END},
        lambda: opening_with("home"),
    ),
    "the capital falls": Setting(
        lambda world: world.over,
        {"challenger__value_recognised": 1, "combat__tempo": 1000, **NO_END},
        lambda: opening_with("everything"),
    ),
    "the capital falls within a week": Setting(
        lambda world: world.over,
        {"challenger__value_recognised": 1, "combat__tempo": 1000, **NO_END},
        lambda: opening_with("everything").model_copy(update={"step_days": 7.0}),
    ),
    "a region beyond water": Setting(lambda world: world.core_lost > 0, history=with_a_crossing),
    "an aim of its own choice": Setting(
        lambda world: world.first_aim != Aim.CORE,
        {"challenger__aim_precision": 0.5, "challenger__value_recognised": 0.9},
        lambda: opening_with(None),
    ),
    "troops win land back": Setting(lambda world: retaken(world).any(axis=1), A_BOLD_PATRON),
    "a guarantee of everything": Setting(
        lambda world: world.rung_max >= FORCE,
        {"patron__scope_contested": 1, "patron__treaty_weight": 5, "challenger__value_core": 1},
    ),
    "no signals": Setting(
        lambda world: np.ptp(world.fear, axis=1) < 0.05,
        {"red_lines__signalled": 0.0, "backer__readiness": 0.3, "challenger__belief_learning": 0},
    ),
    "decisive battles": Setting(
        lambda world: world.core_lost > 0.2, {"combat__decisiveness": 2.0, "combat__fortune": 0.6}
    ),
    "surrender": Setting(
        lambda world: world.terms == Terms.SURRENDER,
        {"client__capitulation_odds": 0.6, "challenger__strength": 2},
    ),
    "a client that leaves": Setting(
        lambda world: world.status == Status.LEFT,
        {
            "client__exit_rate": 12,
            "client__exit_threshold": 0.9,
            "client__loyalty_lag": 0.1,
            "client__outside_option": 0.6,
        },
    ),
    "wars after a client has left": Setting(
        lambda world: (world.status == Status.LEFT) & (world.offensives > 1),
        {**MANY_WARS, "client__exit_rate": 12, "client__exit_threshold": 0.95, "client__loyalty_lag": 0.1},
        lambda: years_of_war(date(2023, 1, 1)),
        theory="bargaining",
    ),
    "a blockade": Setting(
        lambda world: (world.blockade == 0.7) & (world.trust < 0.5),
        history=lambda: with_events(
            event("2020-10-05", "core.blockade", "set", 1), event("2020-12-01", "core.blockade", "times", 0.7)
        ),
    ),
    "unrest": Setting(
        lambda world: world.alignment < 0.36,
        {"client__fall_rate": 12},
        lambda: with_events(
            event("2020-10-10", "client.stability", "add", -0.1),
            event("2020-10-20", "client.stability", "times", 0.1),
        ),
    ),
    "a patron that minds the polls": Setting(
        lambda world: world.opinion < 0.8,
        {
            "patron__unpopularity_tolerance": 0,
            "patron__popularity_weight": 1,
            "client__image_damage": 5,
            "client__opinion_lag": 0.1,
            "settlement__compliance_rate": 0,
        },
        theory="revised",
    ),
    "a bargain over prizes of unequal worth": Setting(
        lambda world: (world.rung_max > 0) & (world.terms == Terms.STOP),
        {
            "challenger__value_core": 1,
            "challenger__value_contested": 0.2,
            "challenger__value_recognised": 0.5,
            "patron__bargaining_weight": 5,
        },
        theory="bargaining",
    ),
    "a stop after a surrender": Setting(
        lambda world: (world.terms == Terms.STOP) & (world.offensives > 1),
        {
            **MANY_WARS,
            "client__capitulation_odds": 0.6,
            "challenger__strength": 1.5,
            "settlement__compliance_rate": 5,
            "patron__cost_weight": 0.02,
            "patron__precision": 1,
        },
        lambda: years_of_war(date(2020, 11, 1)),
        worlds=(25,),
    ),
    "no hub of the patron": Setting(lambda world: world.terms == Terms.STOP, history=without_hub_of_patron),
    "a core that is worth nothing": Setting(
        lambda world: (world.core_lost == 0) & (world.prize > 0), {"challenger__value_core": 0}
    ),
    "no opinion to lose": Setting(
        lambda world: (world.alignment > 0.3) & (world.opinion == 0),
        {"client__opinion": 0, "client__stability": 0, "client__fall_rate": 12},
    ),
    "one war after another": Setting(
        lambda world: (world.offensives > 1) & (world.clashes > 0),
        MANY_WARS,
        lambda: years_of_war(date(2023, 1, 1)),
    ),
    "land handed over in a week that is fought whole": Setting(
        lambda world: (world.offensives > 1) & (world.handed.sum(axis=1) > 1),
        {**MANY_WARS, "settlement__clash_end_rate": 0.01},
        lambda: years_of_war(date(2021, 3, 1)),
        worlds=(2, 6, 11),
    ),
}

OFTEN = (
    "an outside option", "numbers that events move", "home land is the aim", "troops win land back",
    "surrender", "one war after another",
)  # fmt: skip


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
            found[name] = float(np.nan_to_num(np.abs(ours - theirs)).max(initial=0.0))
            # money comes in thousands: a share of it is compared
            if name in ("client_arms", "challenger_arms"):
                found[name] /= float(ours.max())
        if name in DISCRETE and found[name] > 0:
            found[name] = np.inf
    return found


def assert_same_lives(model, twins, every=1):
    """Step both models and hold them against each other."""
    steps = model.scenario.steps
    for step in range(steps + 1):
        if step > 0:
            model.step()
            for twin in twins:
                twin.step()
        if step % every == 0 or step == steps:
            found = deviations(model, twins)
            differing = {stock: size for stock, size in found.items() if not size <= TOLERANCE}
            assert not differing, f"after step {step}: {differing}"
    assert not any(twin.running for twin in twins)


def side_by_side(history, theory="article", worlds=range(CHANGED_WORLDS), without=(), every=1, **changes):
    """The worlds of a scenario by both models; returns how the many-worlds model ends."""
    model = ConflictModel(history, theory=theory, worlds=np.array(worlds), without=without, **changes)
    twins = [TwinModel(history, theory, without, world=world, **changes) for world in worlds]
    assert_same_lives(model, twins, every)
    return model.world


@pytest.mark.parametrize("theory", mostly_thorough(THEORIES, "article", "base_rate"))
def test_the_war_of_2020(theory):
    side_by_side(scenario(SHORT), theory, range(SHORT_WORLDS))


@pytest.mark.parametrize("theory", mostly_thorough(THEORIES, "article"))
def test_the_crisis_without_names(theory):
    side_by_side(scenario(CRISIS), theory, range(MANY_STEPS_WORLDS), every=EVERY)


@thorough
@pytest.mark.parametrize("theory", THEORIES)
def test_years_of_many_wars(theory):
    world = side_by_side(
        scenario(LONG).until(LONG_ENOUGH), theory, range(MANY_STEPS_WORLDS), every=EVERY,
        challenger__war_rate=12, challenger__war_odds=0.3, challenger__offensive_odds=0.5,
        challenger__resolve_belief=0.2,
    )  # fmt: skip
    assert world.offensives.any() and world.clashes.any()


def test_the_war_of_2020_and_the_years_after():
    world = side_by_side(load(SHORT), worlds=range(4), every=EVERY)
    assert (world.offensives > 1).any()  # the model finds wars of its own


@thorough
def test_thirty_years():
    side_by_side(scenario(LONG), worlds=range(2), every=EVERY)


def test_a_war_without_home_land_outsiders_or_mediators():
    """South Ossetia 2008, in which a treaty changes a number while it runs."""
    world = side_by_side(load("south-ossetia-2008"), worlds=range(3), every=EVERY)
    assert (world.rung_max > 0).all()


@pytest.mark.parametrize("claim", mostly_thorough(CLAIMS, "C3", "C17", "C26"))
def test_without_a_claim(claim):
    side_by_side(scenario(SHORT), without=[claim], worlds=range(4))


@pytest.mark.parametrize("name", mostly_thorough(SETTINGS, *OFTEN))
def test_settings(name):
    setting = SETTINGS[name]
    world = side_by_side(setting.history(), setting.theory, worlds=setting.worlds, **setting.changes)
    assert setting.shows(world).any()


@pytest.mark.parametrize("days", mostly_thorough([0.5, 2.5, 7.0, 30.0], 2.5, 30.0))
def test_other_steps(days):
    side_by_side(scenario(SHORT).model_copy(update={"step_days": days}))


def test_twin_agrees_where_steps_grow_longer():
    longer = tuple(
        Stretch(start=start, step_days=days)
        for start, days in ((date(2020, 10, 3), 2.5), (date(2020, 12, 1), 7))
    )
    side_by_side(scenario(SHORT).model_copy(update={"stretch": longer}))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("theory", mostly_thorough(THEORIES, "article", "base_rate"))
def test_random_parameters(theory):
    """Half of the parameters at their default, half anywhere in their range, and each world has its own."""
    history, worlds, rng = scenario(SHORT), 16, np.random.default_rng(len(theory))
    columns = {}
    for info in describe(history):
        share = rng.random(worlds)
        anywhere = info.low + (info.high - info.low) * (share.round() if info.unit == "yes/no" else share)
        columns[info.path] = np.where(rng.random(worlds) < 0.5, info.default, anywhere)
    model = ConflictModel(history, theory=theory, worlds=np.arange(worlds), columns=columns)
    twins = []
    for world in range(worlds):
        own = {path: float(values[world]) for path, values in columns.items()}
        twins.append(TwinModel(history, theory, world=world, **own))
    assert_same_lives(model, twins)


def test_mesa_can_run_the_twin_in_a_batch():
    rows = mesa.batch_run(
        TwinModel,
        parameters={"world": range(3), "scenario": [scenario(SHORT)]},
        number_processes=1,
        display_progress=False,
    )
    model = ConflictModel(scenario(SHORT), worlds=np.arange(3))
    model.run()
    assert [row["world"] for row in rows] == [0, 1, 2]
    for name in ("held_contested", "loyalty", "opinion"):
        assert np.allclose([row[name] for row in rows], getattr(model.world, name), rtol=0, atol=TOLERANCE)
