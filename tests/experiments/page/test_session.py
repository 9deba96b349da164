"""A session's settings: from an address, through the controls, refused or played to the same date."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.theories import THEORIES
from experiments.commands.shown import offer
from experiments.page.levers import levers_of
from experiments.page.link import query_of, settings_of
from experiments.page.presets import PRESETS
from experiments.page.session import Desk
from experiments.page.setting import MANY, Setting, begin, scenario_of
from sim.errors import UserError
from tests.experiments.page.reading import SCENARIOS, WAR, YEARS


def some_settings():
    paths = [lever.path for levers in levers_of(SCENARIOS[WAR]).values() for lever in levers]
    changes = st.dictionaries(
        st.sampled_from(paths), st.integers(0, 1000).map(lambda n: n / 1000), max_size=4
    )
    return st.builds(
        Setting,
        scenario=st.sampled_from([WAR, YEARS]),
        theory=st.sampled_from(list(THEORIES)),
        without=st.sets(st.sampled_from(["C2", "C3", "C17", "C26"])).map(lambda one: tuple(sorted(one))),
        seed=st.integers(0, 2**31 - 1),
        world=st.integers(0, 999_999),
        worlds=st.sampled_from(MANY),
        changes=changes.map(lambda one: tuple(sorted(one.items()))),
    )


@given(first=some_settings(), second=st.none() | some_settings())
def test_a_link_reopens_the_same_settings(first, second):
    assert settings_of(query_of(first, second)) == (first, second)


@settings(max_examples=300)
@given(
    query=st.text(max_size=80) | st.from_regex(r"(other\.)?(seed|world|worlds|set|theory|without)=[^&]{0,9}")
)
def test_any_address_is_a_setting_or_a_clear_refusal(query):
    desk = Desk(offer(), query)
    assert desk.show.value.last_step == 0
    assert "\n" not in desk.message.value


@pytest.mark.parametrize(
    "asked",
    [
        Setting(scenario="../sim/scenarios/karabakh-2020.toml"),
        Setting(theory="__import__"),
        Setting(without=("C1",)),
        Setting(seed=-1),
        Setting(world=10**7),
        Setting(worlds=10**6),
        Setting(changes=(("client.outside_option", float("nan")),)),
        Setting(changes=(("client.strengthh", 1.0),)),
    ],
)
def test_what_makes_no_sense_is_refused(asked):
    with pytest.raises(UserError):
        begin(asked, SCENARIOS)


def test_a_refused_setting_changes_nothing_but_the_message():
    desk = Desk(offer(), "")
    desk.change(theory="treaty_only")
    show = desk.show.value
    desk.change(seed=-5)
    assert "seed = -5" in desk.message.value
    assert desk.show.value is show and desk.setting == Setting(theory="treaty_only")
    desk.change(seed=5)
    assert desk.message.value == "" and desk.setting.seed == 5


def test_luck_and_history_are_shared_by_both_sides_and_the_rest_is_not():
    desk = Desk(offer(), "")
    desk.compare(PRESETS[4])
    desk.change(seed=9, theory="base_rate")
    first, second = desk.settings.value
    assert first.seed == second.seed == 9
    assert (first.theory, second.theory) == ("article", "base_rate")
    desk.compare(None)
    assert desk.settings.value == (first,)


def test_a_new_setting_is_played_to_the_same_date():
    desk = Desk(offer(), "")
    desk.show.value.run_to(12, seconds=1000)
    desk.set_parameter("backer.help", 0.0)
    assert desk.show.value.last_step == 12
    desk.change(scenario=YEARS, changes=())
    assert desk.show.value.last_step == 0


def test_a_lever_put_back_is_as_usual():
    setting = Setting().with_change("backer.help", 0.1)
    assert setting.with_change("backer.help", None) == Setting()
    assert scenario_of(setting, SCENARIOS).parameters.backer.help == 0.1
