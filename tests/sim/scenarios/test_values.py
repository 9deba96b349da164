"""Parameters are listed, checked and changed by their paths, and give numbers at the ends of their ranges."""

import random

import pytest

from sim.errors import UserError
from sim.scenarios.loading import load
from sim.scenarios.values import changed, describe
from tests.sim.scenarios.written import LONG, SHORT, live
from tests.thorough import mostly_thorough

MADRID = "mediators.madrid_accepted"


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_describe_lists_every_parameter_once(name):
    paths = [one.path for one in describe(load(name))]
    assert len(set(paths)) == len(paths) > 120


def test_changed_accepts_exactly_the_paths_that_describe_lists():
    scenario = load(SHORT)
    known = describe(scenario)
    lowest = {one.path: one.low for one in known}
    assert {one.path: one.default for one in describe(changed(scenario, lowest))} == lowest
    highest = {one.path: str(one.high) for one in known}
    assert {one.path: str(one.default) for one in describe(changed(scenario, highest))} == {
        one.path: str(float(one.high)) for one in known
    }
    for path in ("client", "client.outside_opton", "cast.patron", "observers.states.BLR", "", "start", "."):
        with pytest.raises(UserError, match="unknown parameter"):
            changed(scenario, {path: 0.5})


@pytest.mark.parametrize("value", ["", "high", "nan", "inf", "-inf", 1.01, -0.01, "1e400", True, [0.5], None])
def test_changed_refuses_what_is_no_number_of_the_range(value):
    with pytest.raises(UserError, match=r"client\.alignment = .*0 to 1"):
        changed(load(SHORT), {"client.alignment": value})


@pytest.mark.parametrize("value", ["yes", "True", 1, True])
def test_a_yes_or_no_may_be_said_in_words(value):
    (info,) = [one for one in describe(changed(load(SHORT), {MADRID: value})) if one.path == MADRID]
    assert info.default == 1.0 and info.source == "set by the user"
    with pytest.raises(UserError, match=r"allowed is 0 \(no\) or 1 \(yes\)"):
        changed(load(SHORT), {MADRID: 0.5})


@pytest.mark.parametrize("end", mostly_thorough(["low", "high"], "high"))
def test_a_parameter_at_the_end_of_its_range_gives_numbers(end):
    scenario = load(SHORT)
    for info in describe(scenario):
        live(changed(scenario, {info.path: getattr(info, end)}))


@pytest.mark.parametrize(
    "changes",
    [
        {"observers.base_rate": 0, "observers.regime_trust": 0},
        {"client.strength": 4, "combat.decisiveness": 3, "combat.attrition": 0.02},
        {"combat.decisiveness": 3, "combat.tempo": 1000, "combat.terrain_defence": 5},
    ],
)
def test_several_parameters_at_the_ends_of_their_ranges_give_numbers(changes):
    scenario = changed(load(SHORT), changes)
    live(scenario, steps=scenario.steps)


@pytest.mark.parametrize("seed", range(20))
def test_any_mixture_of_ends_of_ranges_gives_numbers(seed):
    luck, scenario = random.Random(seed), load(SHORT)
    ends = {one.path: luck.choice([one.low, one.high, one.default]) for one in describe(scenario)}
    live(changed(scenario, ends), steps=40)
