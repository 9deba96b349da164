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
    "theory=revised&seed=7&world=12&without=C26,C3&set=backer.help:0.25&set=client.alignment:0.9"
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
    (found,) = [one for one in page.named("Slider") if (one.attributes or {}).get("data-parameter") == path]
    return found


def test_choices_show_the_setting(settings_page):
    page = settings_page
    assert page.labelled("Scenario").v_model == WAR and set(page.labelled("Scenario").items) == set(SCENARIOS)
    theory = page.labelled("Theory of the patron's choice")
    assert theory.v_model == "revised" and theory.items == list(THEORIES)
    assert (THEORIES["revised"].__doc__ or "").strip().splitlines()[0] in page.markup("ca-note")
    assert (page.labelled("Seed").v_model, page.labelled("World number").v_model) == ("7", "12")
    claims = page.labelled("Claims to switch off")
    assert [label.split()[0] for label in claims.v_model] == ["C26", "C3"]
    (worlds,) = page.named("BtnToggle")
    assert [button.children[0] for button in worlds.children] == ["1", "100", "1,000"] and worlds.v_model == 0
    headers = [head.children[0] for head in page.named("ExpansionPanelHeader")]
    assert headers == [
        "The client (1 changed)",
        "The patron",
        "Red lines",
        "Challenger and backer (1 changed)",
    ]
    assert page.markup("ca-note")[-1] == "Also set: combat.tempo = 1.25"


def test_each_slider_stands_at_its_parameter(settings_page):
    changed = {"backer.help": 0.25, "client.alignment": 0.9}
    model = start_worlds(SideSetting(changes=tuple(changed.items())), SCENARIOS)
    levers = [lever for some in sliders_of(SCENARIOS[WAR]).values() for lever in some]
    assert len(settings_page.named("Slider")) == len(levers) >= 10
    texts = settings_page.markup("ca-slider")
    for lever, said in zip(levers, texts, strict=True):
        slider, value = slider_of(settings_page, lever.path), model.settings.value(lever.path)
        assert (slider.v_model, slider.min, slider.max) == (value, lever.low, lever.high)
        mark = " (changed)" if lever.path in changed else ""
        assert said == (
            f"<b>{lever.meaning[:1].upper()}{lever.meaning[1:]}</b>: {value:g}{mark}<br>"
            f"{lever.unit}, {lever.low:g} to {lever.high:g}; usual {lever.default:g}"
        )
        assert slider.attributes["aria-label"] == f"{lever.path}: {lever.meaning}"


def test_a_slider_sets_the_parameter_that_it_names(session, settings_page):
    slider_of(settings_page, "patron.window_days").fire_event("change", 100)
    slider_of(settings_page, "backer.help").fire_event("change", 0.8)  # as the scenario has it
    assert dict(session.setting.changes) == {
        "client.alignment": 0.9, "combat.tempo": 1.25, "patron.window_days": 100.0,
    }  # fmt: skip


def test_the_switch_of_numbers_lets_sliders_stand_at_what_is_drawn(session, settings_page):
    switch, path = settings_page.labelled("Numbers"), "patron.window_days"
    assert (switch.v_model, switch.items) == ("defaults", ["defaults", "prior", "estimated"])
    usual = slider_of(settings_page, path).v_model
    switch.v_model = "prior"
    assert session.setting.numbers == "prior"
    value = session.playback.value.sides[0].model.drawn[path][0]
    assert slider_of(settings_page, path).v_model == value
    assert sum(f"{value:g} (drawn)<br>" in said for said in settings_page.markup("ca-slider")) == 1
    assert slider_of(settings_page, "backer.help").v_model == 0.25, "what is set stays"
    slider_of(settings_page, path).fire_event("change", usual)  # now one value of many
    assert dict(session.setting.changes)[path] == usual
    assert session.playback.value.sides[0].model.settings.value(path) == usual
    settings_page.labelled("Numbers").v_model = "estimated"
    assert "no posterior" in session.message.value and session.setting.numbers == "prior"


def test_choices_set_what_they_name(session, settings_page):
    settings_page.labelled("Theory of the patron's choice").v_model = "base_rate"
    assert session.setting == session.setting.with_values(theory="base_rate")
    settings_page.labelled("Scenario").v_model = YEARS
    assert (session.setting.scenario, session.setting.changes, session.setting.seed) == (YEARS, (), 7)


def test_the_question_that_is_asked_is_the_one_that_is_shown():
    for preset in PRESETS:
        session = Session(page_config(), "seed=3")
        session.ask(preset)
        page = Page(QuestionsCard(session))
        assert page.labelled("Question").v_model == preset.name and preset.asks in page.markup("ca-note")
        assert page.labelled("Compare with (B, same luck)").v_model == "(one side only)"
        page.close()
    session.compare(PRESETS[2])
    page = Page(QuestionsCard(session))
    assert page.labelled("Compare with (B, same luck)").v_model == PRESETS[2].name
    assert page.labelled("Question").v_model == PRESETS[2].name, "it is side B that the controls change"
    session.edited.value = 0
    assert page.labelled("Question").v_model == PRESETS[-1].name
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
    (worlds,) = page.named("BtnToggle")
    assert WORLD_COUNTS[worlds.v_model] == 1000 and page.labelled("World number").disabled
    page.close()
