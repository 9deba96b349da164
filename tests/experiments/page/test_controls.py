"""The controls show the values of the setting, and each changes what it names."""

import pytest

from agents.theories import THEORIES
from experiments.page.app import page_config
from experiments.page.controls import QuestionsCard, SettingsCard
from experiments.page.presets import PRESETS, sliders_of
from experiments.page.session import Session
from experiments.page.setting import WORLD_COUNTS, SideSetting, start_worlds
from tests.experiments.page.reading import SCENARIOS, WAR, YEARS, Page

QUERY = (
    "numbers=defaults&theory=revised&seed=7&world=12&without=C26,C3&set=backer.help:0.25&set=client.alignment:0.9"
    "&set=combat.tempo:1.25"
)


@pytest.fixture
def session():
    return Session(page_config(), QUERY)


@pytest.fixture
def settings_page(session):
    page = Page(SettingsCard(session))
    yield page
    page.close()


def slider_of(page, path):
    (found,) = [one for one in page.widgets if getattr(one, "name", None) == path]
    return found


def pick(widget, value):
    """Pick a value as a browser does."""
    widget.vue_picked(value)


def test_choices_show_the_setting(settings_page):
    page = settings_page
    assert page.labelled("Scenario").value == WAR and set(page.labelled("Scenario").items) == set(SCENARIOS)
    theory = page.labelled("Theory of the patron's choice")
    assert theory.value == "revised" and theory.items == list(THEORIES)
    assert (THEORIES["revised"].__doc__ or "").strip().splitlines()[0] in page.markup("ca-note")
    assert (page.labelled("Seed").value, page.labelled("World number").value) == (7, 12)
    claims = page.labelled("Without these claims")
    assert {claims.items[place].split()[0] for place in claims.value} == {"C26", "C3"}
    worlds = page.labelled("Worlds shown together")
    assert (worlds.items, worlds.value) == (["1", "100", "1,000"], 0)
    headers = [one.unsafe_innerHTML for one in page.widgets if getattr(one, "tag", "") == "summary"]
    assert headers == [
        "The client (1 changed)",
        "The patron",
        "Red lines",
        "Challenger and backer (1 changed)",
        "Claims to switch off (2 off)",
    ]
    assert page.markup("ca-note")[-1] == "Also set: combat.tempo = 1.25"


def test_each_slider_stands_at_its_parameter(settings_page):
    changed = {"backer.help": 0.25, "client.alignment": 0.9}
    model = start_worlds(SideSetting(changes=tuple(changed.items())), SCENARIOS)
    levers = [lever for some in sliders_of(SCENARIOS[WAR]).values() for lever in some]
    assert len([one for one in settings_page.widgets if getattr(one, "name", "")]) == len(levers) >= 10
    texts = settings_page.markup("ca-slider")
    for lever, said in zip(levers, texts, strict=True):
        slider, value = slider_of(settings_page, lever.path), model.settings.value(lever.path)
        assert (slider.value, slider.low, slider.high) == (value, lever.low, lever.high)
        mark = " (changed)" if lever.path in changed else ""
        assert said == (
            f"<b>{lever.meaning[:1].upper()}{lever.meaning[1:]}</b>: {value:g}{mark}<br>"
            f"{lever.unit}, {lever.low:g} to {lever.high:g}; usual {lever.default:g}"
        )
        assert slider.label == f"{lever.path}: {lever.meaning}"


def test_a_slider_sets_the_parameter_that_it_names(session, settings_page):
    pick(slider_of(settings_page, "patron.window_days"), str(100))
    pick(slider_of(settings_page, "backer.help"), str(0.8))  # as the scenario has it
    assert dict(session.setting.changes) == {
        "client.alignment": 0.9, "combat.tempo": 1.25, "patron.window_days": 100.0,
    }  # fmt: skip


def test_the_switch_of_numbers_lets_sliders_stand_at_what_is_drawn(
    session, settings_page, monkeypatch, tmp_path
):
    switch, path = settings_page.labelled("Numbers"), "patron.window_days"
    assert (switch.value, switch.items) == ("defaults", ["defaults", "prior", "estimated"])
    usual = slider_of(settings_page, path).value
    pick(switch, "prior")
    assert session.setting.numbers == "prior"
    value = session.playback.value.sides[0].model.drawn[path][0]
    assert slider_of(settings_page, path).value == value
    assert sum(f"{value:g} (drawn)<br>" in said for said in settings_page.markup("ca-slider")) == 1
    assert slider_of(settings_page, "backer.help").value == 0.25, "what is set stays"
    pick(slider_of(settings_page, path), str(usual))  # now one value of many
    assert dict(session.setting.changes)[path] == usual
    assert session.playback.value.sides[0].model.settings.value(path) == usual
    monkeypatch.setattr("sim.runs.posterior.SHIPPED", tmp_path)
    pick(settings_page.labelled("Numbers"), "estimated")
    assert "no posterior" in session.message.value and session.setting.numbers == "prior"


def test_choices_set_what_they_name(session, settings_page):
    pick(settings_page.labelled("Theory of the patron's choice"), "base_rate")
    assert session.setting == session.setting.with_values(theory="base_rate")
    pick(settings_page.labelled("Scenario"), YEARS)
    assert (session.setting.scenario, session.setting.changes, session.setting.seed) == (YEARS, (), 7)


def test_the_question_that_is_asked_is_the_one_that_is_shown():
    for preset in PRESETS:
        session = Session(page_config(), "seed=3")
        session.ask(preset)
        page = Page(QuestionsCard(session))
        assert page.labelled("Question").value == preset.name and preset.asks in page.markup("ca-note")
        assert page.labelled("Compare with (B)").value == "(one side only)"
        page.close()
    session.compare(PRESETS[2])
    page = Page(QuestionsCard(session))
    assert page.labelled("Compare with (B)").value == PRESETS[2].name
    assert page.labelled("Question").value == PRESETS[2].name, "it is side B that the controls change"
    session.edited.value = 0
    assert page.labelled("Question").value == PRESETS[-1].name
    page.close()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
@pytest.mark.parametrize("name", [WAR, YEARS])
def test_each_question_can_be_asked_and_changes_something(preset, name):
    asked = preset.on(SideSetting(scenario=name, seed=4, world=2, without=("C3",)))
    model, usual = start_worlds(asked, SCENARIOS), start_worlds(SideSetting(scenario=name), SCENARIOS)
    assert asked.seed == 4 and asked.world == 2 and model.theory == asked.theory
    for path, value in preset.changes:
        assert model.settings.value(path) == value != usual.settings.value(path)


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_levers_are_parameters_of_every_scenario(name):
    for levers in sliders_of(SCENARIOS[name]).values():
        for lever in levers:
            assert lever.low <= lever.default <= lever.high and lever.meaning and lever.unit
            start_worlds(SideSetting(scenario=name).with_change(lever.path, lever.low), SCENARIOS)
            start_worlds(SideSetting(scenario=name).with_change(lever.path, lever.high), SCENARIOS)


def test_one_world_has_a_number_and_many_have_none():
    page = Page(SettingsCard(Session(page_config(), "worlds=1000")))
    worlds = page.labelled("Worlds shown together")
    assert WORLD_COUNTS[worlds.value] == 1000 and page.labelled("World number").disabled
    page.close()


def test_what_is_typed_wrong_is_told_and_the_old_value_stays():
    session = Session(page_config(), "seed=7")
    page = Page(SettingsCard(session))
    for typed, said in (("-1", "seed = -1: allowed is 0 to"), ("", "seed = '': a whole number is needed"),
                        ("1.5", "seed = '1.5': a whole number"), ("9" * 30, "allowed is 0 to")):  # fmt: skip
        pick(page.labelled("Seed"), typed)
        assert said in session.message.value
        assert session.setting.seed == 7 == page.labelled("Seed").value
    pick(page.labelled("Without these claims"), [0, 1])
    assert len(session.setting.without) == 2 and session.message.value == ""
    page.close()
