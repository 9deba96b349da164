"""What is played is the model, step by step, on one side or two; a snapshot never changes."""

from inspect import signature

import numpy as np
import pandas as pd
import pytest

from experiments.page.differences import differences
from experiments.page.playback import Playback
from experiments.page.setting import SideSetting
from sim.measures import outcomes
from sim.model import ConflictModel
from sim.runs.summary import summarise
from tests.experiments.page.reading import SCENARIOS, WAR, YEARS, played, quantile


@pytest.mark.parametrize("name", [WAR, YEARS])
def test_a_world_on_the_page_is_the_world_of_a_batch(name):
    playback = played(40, SideSetting(scenario=name, world=17, seed=2))
    batch = ConflictModel(name, worlds=np.arange(30), seed=2)
    for step, snapshot in enumerate(playback.until(0)):
        assert snapshot.step == step
        assert snapshot.middle("loyalty") == batch.world.loyalty[17]
        assert snapshot.held == tuple(batch.world.held[17])
        batch.step()


def test_many_worlds_are_shares_and_quantiles_of_them(many):
    batch = ConflictModel(WAR, worlds=np.arange(100))
    for _ in range(60):
        batch.step()
    now = many.at(None)[0]
    lost = (batch.world.held < 0.5 * batch.land.start).mean(axis=0)
    assert now.lost == tuple(lost) and 0 < max(now.lost) and min(now.lost) < 1
    assert now.values["gratitude"] == tuple(quantile(batch.world.gratitude, (0.05, 0.25, 0.5, 0.75, 0.95)))
    assert now.at_war == batch.world.at_war.mean()


def test_reasons_and_ladder_are_those_of_the_patron_on_that_day(war):
    model = ConflictModel(WAR, worlds=np.array([10]))
    for snapshot in war.until(0, 30)[1:]:
        model.step()
        if model.world.at_war[0]:
            reasons = model.world.reasons[0]
            assert snapshot.reasons == pytest.approx(tuple(reasons), abs=1e-9)
            assert snapshot.ladder == pytest.approx(tuple(model.world.ladder[0]), abs=1e-6)
            assert snapshot.rung == model.world.rung[0]
    assert sum(snapshot.rung is not None for snapshot in war.until(0, 30)) >= 20


def test_what_has_been_played_does_not_change(war):
    playback = played(10, SideSetting(world=10))
    before = list(playback.until(0))
    playback.run_to(30, seconds=1000)
    assert list(playback.until(0))[:11] == before
    assert playback.at(4)[0] is before[4]


def test_two_sides_meet_the_same_luck():
    playback = played(50, SideSetting(), SideSetting(), SideSetting(theory="treaty_only"))
    first, same, other = playback.at(None)
    assert first == same != other
    told = differences(played(50, SideSetting(), SideSetting(theory="treaty_only")), [first, other])
    assert "land held" in told
    assert "does not differ" in differences(playback, [first, same])


def test_page_and_command_line_say_the_same_medians():
    scenario = SCENARIOS[WAR]
    now = played(scenario.steps, SideSetting(worlds=100)).at(None)[0]
    model = ConflictModel(WAR, worlds=np.arange(100))
    while model.running:
        model.step()
    columns = {name: pd.Series(column) for name, column in outcomes(model).items()}
    told = summarise(columns.__getitem__)["outcomes"]
    assert now.middle("share_lost") == pytest.approx(told["share_lost"]["median"], abs=1e-12)
    for name in ("loyalty", "opinion", "gratitude"):
        assert now.middle(name) == told[f"{name}_end"]["median"]
        assert now.values[name][0] == told[f"{name}_end"]["low"]


@pytest.mark.parametrize("other", [{"seed": 1}, {"world": 3}, {}])
def test_only_sides_of_the_same_luck_are_said_to_have_it(other):
    playback = played(50, SideSetting(), SideSetting(theory="treaty_only", **other))
    assert ("same luck" in differences(playback, playback.at(None))) == (not other)


def test_a_playback_that_was_stopped_plays_no_more():
    playback = played(5)
    playback.stop()
    playback.step()
    assert playback.run_to(9, seconds=1000)
    assert playback.last_step == 5 and not playback.running


def test_a_playback_that_is_over_stays_as_it_is():
    playback = played(1000)
    assert playback.over and playback.last_step == 356
    end = playback.at(None)[0]
    playback.step()
    assert playback.at(None)[0] is end


def test_news_can_be_played_on_to():
    playback = played(0, SideSetting(world=10))
    while not playback.over:
        before = playback.last_step
        playback.run_to(playback.steps_in_all, 1000, at_news=True)
        between = playback.until(0)[before + 1 : -1]
        assert not any(now.news for now in between)
        assert playback.at(None)[0].news or playback.over


def test_mesa_may_step_it_without_an_argument():
    """As Mesa 3.5 does, whatever version this is."""
    assert list(signature(Playback.step).parameters) == ["self"]
