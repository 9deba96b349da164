"""Parts that may be left out of a scenario, of which nothing then comes; dated events that change numbers."""

from datetime import date

import numpy as np
import pytest

from agents.theories import THEORIES
from sim.errors import UserError
from sim.laws.land import ways_in
from sim.measures import outcomes
from sim.model import ConflictModel
from sim.runs.numbers import NumbersChoice
from sim.scenarios.loading import load
from sim.scenarios.scenario import Event, Scenario
from sim.scenarios.values import changed, describe
from tests.sim.scenarios.written import parsed, shipped, write
from tests.thorough import thorough

SHORT = "karabakh-2020"
MINIMAL = ("backer", "mediators", "outsiders", "observers")


def without(tmp_path, *parts):
    """The short scenario without some of its cast, and without series and events."""
    tree = parsed(shipped()[SHORT])
    for part in parts:
        tree["cast"].pop(part)
    for part in ("outsiders", "observers"):
        if part in parts:
            tree["parameters"].pop(part)
    left = {name: value for name, value in tree.items() if name not in ("event", "series")}
    return write(tmp_path, scenario=left)


def run(scenario, **given):
    return ConflictModel(scenario, worlds=np.arange(5), **given).run()


def test_the_smallest_cast_runs_to_the_end(tmp_path):
    scenario = load(without(tmp_path, *MINIMAL))
    model = ConflictModel(scenario, worlds=np.arange(5))
    world = model.run()
    for name in ("loyalty_end", "opinion_end", "gratitude_end", "share_lost", "frustration_end"):
        assert np.isfinite(outcomes(model)[name]).all(), name
    assert (world.backing == 0).all() and (world.on_table == 0).all() and (world.frustration == 0).all()


@thorough
def test_nobody_is_as_somebody_who_does_nothing(tmp_path):
    named = changed(load(SHORT), {"backer.help": 0, "mediators.offer_tabled": 0, "mediators.frustration": 0})
    named = named.model_copy(update={"event": (), "series": load(without(tmp_path)).series})
    nobody = load(without(tmp_path, "backer", "mediators"))
    for name in ("loyalty", "held_contested", "gratitude", "rung_total"):
        assert np.array_equal(getattr(run(nobody), name), getattr(run(named), name)), name


def test_without_a_series_arms_stay_as_they_are(tmp_path):
    scenario = load(without(tmp_path))
    world = run(scenario)
    assert (world.client_arms == scenario.client_arms).all()
    assert not (run(SHORT).client_arms == load(SHORT).client_arms).any()


def test_a_number_for_nobody_is_refused(tmp_path):
    tree = parsed(without(tmp_path, "backer"))
    tree["parameters"]["backer"] = {"help": 0.5}
    with pytest.raises(UserError, match=r"parameters.backer.help: there is no backer in the cast"):
        load(write(tmp_path, scenario=tree))


def test_one_number_in_the_place_of_those_of_nobody_is_refused(tmp_path):
    tree = parsed(without(tmp_path, "backer"))
    tree["parameters"]["backer"] = 0.5
    with pytest.raises(UserError, match=r"parameters\.backer: must be one table"):
        load(write(tmp_path, scenario=tree))


def with_event(**given):
    event = {"date": date(2020, 10, 20), "text": "a change", "change": "set", "source": "test"} | given
    base = load(SHORT)
    return Scenario.model_validate(base.model_dump() | {"event": (Event(**event).model_dump(),)})


def settings_over_time(scenario, path):
    model = ConflictModel(scenario, worlds=np.arange(3))
    found = {}
    while model.step_number < scenario.steps:
        model.step()
        found[model.date_of(model.step_number - 1)] = float(np.mean(model.settings.value(path)))
    return found


@thorough
def test_an_event_changes_a_number_from_its_day_on():
    path = "patron.guarantee"
    for change, amount, after in (
        ("set", 0.2, 0.2),
        ("add", -0.3, 0.7),
        ("times", 0.5, 0.5),
        ("add", 5.0, 1.0),
    ):
        found = settings_over_time(with_event(quantity=path, change=change, amount=amount), path)
        assert found[date(2020, 10, 19)] == 1.0 and found[date(2020, 10, 20)] == pytest.approx(after)
        assert found[date(2020, 12, 30)] == pytest.approx(after)


def test_it_makes_a_difference_from_then_on_and_not_before():
    quiet = with_event(quantity="patron.guarantee", amount=1.0)
    lively = with_event(quantity="client.outside_option", amount=1.0)
    models = [ConflictModel(scenario, worlds=np.arange(5)) for scenario in (quiet, lively)]
    while models[0].date_of(models[0].step_number) < date(2020, 10, 20):
        [model.step() for model in models]
    assert np.array_equal(models[0].world.loyalty, models[1].world.loyalty)
    one, other = (model.run() for model in models)
    assert (one.captivity > 3 * other.captivity).all()


def test_an_event_on_the_ground_changes_the_odds():
    flat = with_event(quantity="combat.terrain_defence", amount=0.0)
    model = ConflictModel(flat, worlds=np.arange(3))
    before = model.land.odds.copy()
    model.run()
    assert (model.land.odds >= before).all() and (model.land.odds > before).any()


def test_a_number_that_a_stock_starts_from_moves_the_stock():
    model = ConflictModel(with_event(quantity="client.loyalty", amount=0.2), worlds=np.arange(3))
    while model.date_of(model.step_number) <= date(2020, 10, 20):
        model.step()
    assert (abs(model.world.loyalty - 0.2) < 0.05).all()


def test_two_stocks_that_start_from_one_number_move_together():
    """Opinion and the image behind it; else opinion would return at once."""
    model = ConflictModel(with_event(quantity="client.opinion", amount=0.2), worlds=np.arange(3))
    while model.date_of(model.step_number) <= date(2020, 10, 20):
        model.step()
    assert (abs(model.world.opinion - 0.2) < 0.01).all() and (model.world.opinion_target <= 0.2).all()


def test_what_stood_at_the_start_is_not_what_an_event_makes_of_it():
    model = ConflictModel(with_event(quantity="client.loyalty", amount=0.2), worlds=np.arange(3))
    model.run()
    assert set(outcomes(model)["loyalty_start"]) == {0.9}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"quantity": "client.democracy", "amount": 0.5}, "it follows series.client_democracy"),
        ({"quantity": "patron.guarante", "amount": 0.5}, "did you mean 'patron.guarantee'"),
        ({"quantity": "patron.guarantee", "amount": 1.5}, "allowed for patron.guarantee is 0 to 1"),
        ({"quantity": "client.alignment", "amount": 1.5}, "allowed with change = 'set' is 0 to 1"),
    ],
)
def test_a_bad_event_is_refused(given, line):
    with pytest.raises(ValueError, match=line):
        with_event(**given)


def test_every_range_is_the_one_that_is_described():
    assert load(SHORT).ranges() == {info.path: (info.low, info.high) for info in describe(load(SHORT))}


HOME = """
name = "home"
title = "An attack on home soil alone"
about = "An island of the client's is attacked from across the sea."
start = 1982-04-02
end = 1982-08-02
step_days = 1.0
map = "home-map"
opens_with_offensive = true
opening_aim = "home"
client_arms = 1000.0
challenger_arms = 3000.0
[cast]
patron = { id = "PAT", name = "Patron" }
client = { id = "CLI", name = "Client" }
challenger = { id = "CHA", name = "Challenger" }
"""
ISLAND = """
[[region]]
id = "EAST"
name = "East island"
latitude = -51.8
longitude = -58.5
area = 6600
held = 1.0
population = 1500
ruggedness = 0.3
fortification = 0.1
legal_title = "client"
legal_class = "recognised"
neighbours = ["WEST", "COAST"]
source = "test"
[[region]]
id = "WEST"
name = "West island"
latitude = -51.8
longitude = -60.0
area = 4500
held = 1.0
population = 300
ruggedness = 0.3
fortification = 0.0
legal_title = "client"
legal_class = "recognised"
neighbours = ["EAST"]
source = "test"
[[region]]
id = "COAST"
name = "Mainland"
latitude = -51.6
longitude = -69.2
area = 240000
held = 0.0
population = 100000
ruggedness = 0.2
fortification = 0.2
legal_title = "challenger"
legal_class = "challenger"
neighbours = ["EAST"]
source = "test"
[[hub]]
id = "PORT"
name = "Port"
owner = "client"
latitude = -51.7
longitude = -57.9
source = "test"
[[hub]]
id = "BASE"
name = "Base"
owner = "challenger"
latitude = -51.6
longitude = -69.2
source = "test"
"""
FAR_FLEET = """
[[hub]]
id = "FLEET"
name = "A fleet far off"
owner = "patron"
latitude = 51.0
longitude = 0.0
source = "test"
"""


def at_home(tmp_path, extra=""):
    (tmp_path / "home.toml").write_text(HOME, encoding="utf-8")
    (tmp_path / "home-map.toml").write_text(ISLAND + extra, encoding="utf-8")
    return load(tmp_path / "home.toml")


@pytest.mark.parametrize("theory", THEORIES)
def test_an_attack_on_home_soil_alone_takes_land_and_nothing_contested(tmp_path, theory):
    model = ConflictModel(at_home(tmp_path, FAR_FLEET), theory=theory, worlds=np.arange(7))
    world = model.run()
    found = outcomes(model)
    for name, values in found.items():
        if np.asarray(values).dtype.kind == "f" and not name.startswith("observer"):
            assert not np.isinf(values).any(), name
    assert (found["recognised_lost"] > 0).any()
    assert (found["share_lost"] == 0).all() and (found["core_lost"] == 0).all()
    assert (world.held_contested == 1).all() and (world.held_outer == 0).all()
    assert np.isfinite(world.loyalty).all() and np.isfinite(world.trust).all()


def test_land_lost_at_home_costs_trust_though_nothing_was_contested(tmp_path):
    losing, spared = (run(at_home(tmp_path, FAR_FLEET), combat__tempo=tempo) for tempo in (250.0, 0.0))
    assert (losing.recognised_lost > 0).all() and (losing.trust < spared.trust).all()


def test_where_the_patron_projects_from_matters(tmp_path):
    near, far = (ConflictModel(at_home(tmp_path, extra), worlds=np.arange(3)) for extra in ("", FAR_FLEET))
    assert (near.land.class_reach[2] > 10 * far.land.class_reach[2]).all()
    assert (far.run().recognised_lost > near.run().recognised_lost).all()


def test_each_crossing_on_the_way_takes_its_share(tmp_path):
    regions = at_home(tmp_path).regions
    east, west, coast = (region for region in regions.region)
    assert ways_in(regions).tolist() == [1.0, 1.0]
    east = east.model_copy(update={"crossings": {"COAST": 0.4}})
    west = west.model_copy(update={"crossings": {"EAST": 0.5}})
    wet = regions.model_copy(update={"region": (east, west, coast)})
    assert ways_in(wet).tolist() == [0.4, 0.2]


@thorough
def test_water_costs_the_attacker_strength_and_saves_land(tmp_path):
    dry = run(at_home(tmp_path, FAR_FLEET))
    text = ISLAND.replace('neighbours = ["WEST", "COAST"]', 'neighbours = ["WEST", "COAST"]\ncrossings = {}')
    for crossings, less in (("{ COAST = 0.3 }", True), ("{ COAST = 1.0 }", False)):
        wet = text.replace("crossings = {}", f"crossings = {crossings}") + FAR_FLEET
        (tmp_path / "home-map.toml").write_text(wet, encoding="utf-8")
        lost = run(load(tmp_path / "home.toml")).recognised_lost
        assert (lost < dry.recognised_lost).all() if less else np.array_equal(lost, dry.recognised_lost)


def test_a_crossing_from_elsewhere_is_refused(tmp_path):
    bad = ISLAND.replace('neighbours = ["EAST"]', 'neighbours = ["EAST"]\ncrossings = { EST = 0.3 }', 1)
    (tmp_path / "home.toml").write_text(HOME, encoding="utf-8")
    (tmp_path / "home-map.toml").write_text(bad, encoding="utf-8")
    with pytest.raises(UserError, match="'EST' is no neighbour; did you mean 'EAST'"):
        load(tmp_path / "home.toml")


def test_an_empty_seat_has_no_numbers_to_vary(tmp_path):
    scenario = load(without(tmp_path, *MINIMAL))
    assert scenario.empty_seats == ("backer", "mediators")
    assert all(info.low == info.high for info in describe(scenario) if info.path.startswith("backer."))
    assert changed(scenario, {"backer.help": 0}).parameters == scenario.parameters
    with pytest.raises(UserError, match=r"backer.help = 0.5: there is no backer in the cast"):
        changed(scenario, {"backer.help": 0.5})
    drawn = NumbersChoice.of("prior", scenario, ["article"]).ranges
    assert drawn and not any(path.startswith(("backer.", "mediators.")) for path in drawn)
    event = {"date": date(2020, 10, 20), "text": "help", "quantity": "backer.help", "change": "set",
             "amount": 1.0, "source": "test", "claim": ""}  # fmt: skip
    with pytest.raises(ValueError, match="there is no backer in the cast"):
        Scenario.model_validate(scenario.model_dump() | {"event": (event,)})
