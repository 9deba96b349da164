"""A session's settings: from an address, through the controls, refused or played to the same date."""

import gc
import weakref
from dataclasses import replace

import mesa
import pytest
import solara
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.theories import THEORIES
from experiments.page.app import page_config
from experiments.page.buttons import Buttons, current_session
from experiments.page.link import USUAL_SETTING, query_of, settings_of
from experiments.page.presets import PRESETS, sliders_of
from experiments.page.session import Session
from experiments.page.setting import WORLD_COUNTS, SideSetting, changed_scenario, start_worlds
from sim.errors import UserError
from sim.runs.numbers import CHOICES
from tests.experiments.page.reading import SCENARIOS, WAR, YEARS, Page


def some_settings():
    paths = [lever.path for levers in sliders_of(SCENARIOS[WAR]).values() for lever in levers]
    changes = st.dictionaries(
        st.sampled_from(paths), st.integers(0, 1000).map(lambda n: n / 1000), max_size=4
    )
    return st.builds(
        SideSetting,
        scenario=st.sampled_from([WAR, YEARS]),
        theory=st.sampled_from(list(THEORIES)),
        without=st.sets(st.sampled_from(["C2", "C3", "C17", "C26"])).map(lambda one: tuple(sorted(one))),
        seed=st.integers(0, 2**31 - 1),
        world=st.integers(0, 9_999),
        worlds=st.sampled_from(WORLD_COUNTS),
        changes=changes.map(lambda one: tuple(sorted(one.items()))),
        numbers=st.sampled_from(CHOICES),
    )


@given(first=some_settings(), second=st.none() | some_settings())
def test_a_link_reopens_the_same_settings(first, second):
    assert settings_of(query_of(first, second)) == (first, second)


@settings(max_examples=25, deadline=None)
@given(
    query=st.text(max_size=80)
    | st.from_regex(r"(other\.)?(seed|world|worlds|set|theory|numbers|without)=[^&]{0,9}")
)
def test_any_address_is_a_setting_or_a_clear_refusal(query):
    session = Session(page_config(), query)
    assert session.playback.value.last_step == 0
    assert "\n" not in session.message.value


@pytest.mark.parametrize(
    "asked",
    [
        SideSetting(scenario="../sim/scenarios/karabakh-2020.toml"),
        SideSetting(theory="__import__"),
        SideSetting(without=("C1",)),
        SideSetting(numbers="/etc/hosts.csv"),
        SideSetting(seed=-1),
        SideSetting(world=999_999),
        SideSetting(worlds=10**6),
        SideSetting(changes=(("client.outside_option", float("nan")),)),
        SideSetting(changes=(("client.strengthh", 1.0),)),
    ],
)
def test_what_makes_no_sense_is_refused(asked):
    with pytest.raises(UserError):
        start_worlds(asked, SCENARIOS)


def test_a_refused_setting_changes_nothing_but_the_message():
    session = Session(page_config(), "numbers=defaults&worlds=1")
    session.change(theory="treaty_only")
    playback = session.playback.value
    session.change(seed=-5)
    assert "seed = -5" in session.message.value
    assert session.playback.value is playback and session.setting == SideSetting(theory="treaty_only")
    session.change(seed=5)
    assert session.message.value == "" and session.setting.seed == 5


def test_luck_and_history_are_shared_by_both_sides_and_the_rest_is_not():
    session = Session(page_config(), "")
    session.compare(PRESETS[4])
    session.change(seed=9, theory="base_rate")
    first, second = session.settings.value
    assert first.seed == second.seed == 9
    assert (first.theory, second.theory) == ("article", "base_rate")
    session.compare(None)
    assert session.settings.value == (first,)


def test_a_new_setting_is_played_to_the_same_date():
    session = Session(page_config(), "")
    session.playback.value.run_to(12, seconds=1000)
    session.set_parameter("backer.help", 0.0)
    assert session.playback.value.last_step == 12
    session.change(scenario=YEARS, changes=())
    assert session.playback.value.last_step == 0


def test_a_setting_changed_again_on_the_way_is_played_to_the_date_that_was_wanted():
    session = Session(page_config(), "")
    session.go_to(12)
    session.set_parameter("backer.help", 0.0)
    assert session.playback.value.last_step == 12


def test_each_side_may_draw_its_numbers_and_both_draw_the_same():
    session = Session(page_config(), "worlds=100&numbers=prior&seed=3")
    session.compare(PRESETS[4])
    models = [side.model for side in session.playback.value.sides]
    assert models[0].drawn.keys() == models[1].drawn.keys() != set()
    for path, column in models[0].drawn.items():
        assert column.tolist() == models[1].drawn[path].tolist()
    assert session.query.startswith("numbers=prior&seed=3&worlds=100")
    session.change(numbers="defaults")
    assert [setting.numbers for setting in session.settings.value] == ["prior", "defaults"]
    assert session.playback.value.sides[1].model.drawn == {}


def test_the_usual_numbers_are_estimated():
    session = Session(page_config(), "worlds=100")
    assert session.setting.numbers == "estimated"
    drawn = session.playback.value.sides[0].model.drawn
    assert len(set(drawn["patron.cost_weight"].tolist())) > 50
    assert "numbers" not in session.query


def test_a_slider_put_back_is_as_usual():
    setting = SideSetting().with_change("backer.help", 0.1)
    assert setting.with_change("backer.help", None) == SideSetting()
    assert changed_scenario(setting, SCENARIOS).parameters.backer.help == 0.1


def test_a_changed_setting_keeps_the_date_that_is_looked_at():
    session = Session(page_config(), "world=10&step=20")
    assert session.playback.value.last_step == 20
    session.go_to(5)
    session.set_parameter("backer.help", 0.0)
    assert (session.shown.value, session.playback.value.last_step) == (5, 20)
    session.change(scenario=YEARS, changes=())
    assert (session.shown.value, session.playback.value.last_step) == (None, 0)


def test_play_follows_the_last_step_and_looking_back_stops_it():
    session = Session(page_config(), "world=10&step=20")
    session.go_to(5)
    session.play()
    assert session.playing.value and session.shown.value is None
    session.go_to(3)
    assert not session.playing.value and session.shown.value == 3
    session.playback.value.run_to(1000, 1000)
    session.play()
    assert not session.playing.value, "there is nothing left to play"
    assert session.shown.value is None


@pytest.fixture
def buttons():
    """The buttons of a session, by what stands on them."""
    opened = []

    @solara.component
    def Bar(session):  # noqa: N802
        current_session.provide(session)
        Buttons(session.playback, model_parameters=solara.use_reactive({"request": session.request}))

    def of(session):
        opened.append(Page(Bar(session)))
        found = {one.label: one for one in opened[-1].widgets if hasattr(one, "vue_pressed")}
        return lambda name: found[name].vue_pressed(0)

    yield of
    for one in opened:
        one.close()


def test_step_goes_on_from_the_date_that_is_looked_at(buttons, monkeypatch):
    session = Session(page_config(), "world=10&step=20")
    monkeypatch.setattr("experiments.page.buttons.wait_for_redraw", lambda: None)
    press = buttons(session)
    session.go_to(18)
    press("Step")
    assert (session.shown.value, session.playback.value.last_step) == (19, 20)
    press("Step")
    press("Step")
    assert (session.shown.value, session.playback.value.last_step) == (None, 21)
    session.go_to(4)
    press("Reset")
    assert (session.shown.value, session.playback.value.last_step) == (None, 0)


def test_the_next_event_is_the_next_date_with_news():
    session = Session(page_config(), "world=10&step=40")
    told = [now.step for now in session.playback.value.until(0) if now.news]
    session.go_to(0)
    for step in told[1:]:
        session.go_to_event()
        assert session.shown.value == (step if step < 40 else None)
    session.shown.value = None
    session.go_to_event()
    assert session.goal.value.at_news and session.shown.value is None


def test_what_the_model_fails_at_is_told_and_stops_the_playing(buttons, monkeypatch):
    session = Session(page_config(), "world=10")
    monkeypatch.setattr(session.playback.value.sides[0].model, "step", lambda: 1 / 0)
    buttons(session)("Step")
    assert session.message.value.startswith("an error in this program (ZeroDivisionError)")
    assert session.playback.value.last_step == 0


def test_after_an_error_of_the_model_nothing_plays_until_reset_and_nothing_waits(buttons, monkeypatch):
    """Half a step is nothing to go on from, even where the next would succeed."""
    session = Session(page_config(), "world=10&other.side=1&other.world=10")
    playback = session.playback.value
    with monkeypatch.context() as once:
        once.setattr(playback.sides[1].model, "step", lambda: 1 / 0)
        buttons(session)("Step")
    assert playback.over and playback.run_to(5, seconds=1) and len(playback.sides[1].history) == 1
    buttons(session)("Reset")
    assert session.message.value == "" and not session.playback.value.over


def test_a_refused_second_side_leaves_nothing_in_memory():
    kept = len(getattr(mesa.Agent, "_ids", ()))
    for _ in range(2):
        assert "unknown theory" in Session(page_config(), "other.side=1&other.theory=nonsense").message.value
    assert len(getattr(mesa.Agent, "_ids", ())) == kept


def test_a_playback_that_was_replaced_is_let_go():
    session = Session(page_config(), "world=10")
    first = weakref.ref(session.playback.value)
    session.change(world=11)
    gc.collect()
    assert first() is None


def test_the_setting_in_force_asked_for_again_clears_what_was_refused():
    session = Session(page_config(), "world=10")
    session.open("?seed=x")
    assert session.message.value
    session.open("?world=10")
    assert session.message.value == ""


def test_a_link_keeps_the_step_and_back_undoes():
    session = Session(page_config(), "numbers=defaults&world=10&step=12")
    before = session.query
    session.change(theory="treaty_only")
    session.open(f"?{before}&step=7")
    assert session.settings.value == (SideSetting(world=10),) and session.shown.value == 7
    session.open("?seed=x")
    assert "a whole number is needed" in session.message.value and session.setting == SideSetting(world=10)


@pytest.mark.parametrize("name", ["scenario", "worlds"])
def test_both_sides_show_the_same_history_and_as_many_worlds(name):
    value = {"scenario": YEARS, "worlds": "1"}[name]
    session = Session(page_config(), f"worlds=100&other.side=1&other.{name}={value}")
    assert f"other.{name} = {value}: both sides show the same" in session.message.value
    assert len(session.settings.value) == 1


def test_the_bare_address_shows_what_the_command_line_asked_for():
    first = SideSetting(theory="treaty_only", worlds=100)
    config = replace(page_config(), first=first)
    assert Session(config, "").settings.value == (first,)
    assert Session(config, "scenario=karabakh-2020").settings.value == (USUAL_SETTING,), (
        "the link of the usual setting"
    )
    assert Session(config, Session(config, "").query).settings.value == (first,)
