"""Parts that may be left out of a scenario, of which nothing then comes; dated events that change numbers."""

from datetime import date

import numpy as np
import pytest

from sim.errors import UserError
from sim.measures import outcomes
from sim.model import ConflictModel
from sim.scenarios.loading import load
from sim.scenarios.scenario import Event, Scenario
from sim.scenarios.values import changed, describe
from tests.sim.scenarios.written import parsed, shipped, write

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


@pytest.mark.parametrize(
    ("given", "line"),
    [
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
