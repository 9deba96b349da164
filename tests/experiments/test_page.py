"""Do the parts of the page say what the worlds hold, whatever the browser makes of it?"""

import csv
import re
from datetime import date
from io import StringIO
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.patron import choice_probabilities
from agents.theories import DUTIES, TERMS, THEORIES
from experiments.commands.shown import observed, offer
from experiments.commands.view import view
from experiments.page import news
from experiments.page.curves import MOST_POINTS, curves_of, thinned
from experiments.page.differences import differences
from experiments.page.land_svg import land_of
from experiments.page.levers import levers_of
from experiments.page.link import query_of, settings_of
from experiments.page.log import log_of
from experiments.page.map import ABROAD, CHANGED, HELD, HOME, LOST, key_of, map_of
from experiments.page.playback import Asked, Show
from experiments.page.presets import PRESETS
from experiments.page.reasons import felt_terms, reasons_of, strongest
from experiments.page.session import Desk
from experiments.page.setting import MANY, Setting, begin, command_of, scenario_of, shipped_scenarios
from experiments.page.svg import COLOURS, standalone
from experiments.page.takeaway import svg_file, table_of
from experiments.page.terms import terms
from sim.errors import UserError
from sim.model import ConflictModel
from sim.rule import RULES

WAR, YEARS = "karabakh-2020", "karabakh-1994-2025"
SCENARIOS = shipped_scenarios()


def played(step, *settings_given):
    """A show, some steps on."""
    asked = Asked(settings_given or (Setting(),), SCENARIOS)
    show = Show(lambda: asked)
    show.run_to(step, seconds=1000)
    return show


@pytest.fixture(scope="module")
def war():
    return played(60, Setting(world=3))


@pytest.fixture(scope="module")
def many():
    return played(60, Setting(worlds=100))


# what is played


@pytest.mark.parametrize("name", [WAR, YEARS])
def test_a_world_on_the_page_is_the_world_of_a_batch(name):
    show = played(40, Setting(scenario=name, world=17, seed=2))
    batch = ConflictModel(name, worlds=np.arange(30), seed=2)
    for step, snapshot in enumerate(show.until(0)):
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
    assert now.values["gratitude"] == tuple(np.quantile(batch.world.gratitude, (0.05, 0.25, 0.5, 0.75, 0.95)))
    assert now.at_war == batch.world.at_war.mean()


def test_reasons_and_ladder_are_those_of_the_patron_on_that_day(war):
    model = ConflictModel(WAR, worlds=np.array([3]))
    for snapshot in war.until(0, 30)[1:]:
        model.step()
        if model.world.at_war[0]:
            reasons = model.world.reasons[0]
            assert snapshot.reasons == pytest.approx(tuple(reasons), abs=1e-9)
            duty, restraint = reasons[: len(DUTIES)].sum(), reasons[len(DUTIES) :].sum()
            wanted = choice_probabilities(
                np.array([duty]), np.array([restraint]), model.settings.patron.precision
            )
            assert snapshot.ladder == pytest.approx(tuple(wanted[0]), abs=1e-6)
            assert snapshot.rung == model.world.rung[0]
    assert sum(snapshot.rung is not None for snapshot in war.until(0, 30)) >= 20


def test_what_has_been_played_does_not_change(war):
    show = played(10, Setting(world=3))
    before = list(show.until(0))
    show.run_to(30, seconds=1000)
    assert list(show.until(0))[:11] == before
    assert show.at(4)[0] is before[4]


def test_two_sides_meet_the_same_luck():
    show = played(50, Setting(), Setting(), Setting(theory="treaty_only"))
    first, same, other = show.at(None)
    assert first == same != other
    told = differences(played(50, Setting(), Setting(theory="treaty_only")), [first, other])
    assert "land held" in told
    assert "does not differ" in differences(show, [first, same])


def test_a_show_that_was_stopped_plays_no_more():
    show = played(5)
    show.stop()
    show.step()
    assert not show.run_to(9, seconds=1000) or show.last_step == 5
    assert show.last_step == 5 and not show.running


def test_a_show_that_is_over_stays_as_it_is():
    show = played(1000)
    assert show.over and show.last_step == 95
    end = show.at(None)[0]
    show.step()
    assert show.at(None)[0] is end and show.running


def test_a_reset_show_lets_a_late_step_pass():
    show = Show(lambda: Asked((Setting(),), SCENARIOS, rest=60.0))
    show.step()
    assert show.last_step == 0
    show.run_to(2, seconds=1000)
    assert show.last_step == 2


# what is drawn


def parsed(markup):
    return ElementTree.fromstring(markup)


def fills(markup):
    return re.findall(r'fill="(#[0-9a-f]{6})" stroke="#ffffff" stroke-width="0.8"', markup)


def test_the_map_shows_who_holds_what(war):
    scenario = SCENARIOS[WAR]
    start, now = war.at(0)[0], war.at(None)[0]
    before, after = (fills(map_of(scenario, snapshot)) for snapshot in (start, now))
    assert len(before) == len(after) == 30
    for place, region in enumerate(scenario.regions.region):
        changed = place < len(now.held) and round(now.held[place], 3) != round(start.held[place], 3)
        assert (before[place] != after[place]) == changed, region.id
    text = "".join(parsed(map_of(scenario, now)).itertext())
    assert "Martakert" in text and "legally Azerbaijan's" in text and "Jabrayil: 0% under" in text


def test_the_map_marks_what_falls_is_attacked_and_kept(war):
    scenario = SCENARIOS[WAR]
    key_only = map_of(scenario, war.at(0)[0]).count("M0,-8")  # the burst of the key
    for snapshot in war.until(0):
        markup = map_of(scenario, snapshot)
        assert markup.count("M0,-8") - key_only == sum(share > 0 for share in snapshot.attacked)
        dashed = len(re.findall(r'fill="none" stroke="#1a1a1a" stroke-width="3" stroke-dasharray', markup))
        assert dashed == sum(snapshot.fell)
    assert sum(sum(snapshot.fell) for snapshot in war.until(0)) >= 5


def test_the_map_of_many_worlds_shows_chances(many):
    now = many.at(None)[0]
    text = "".join(parsed(map_of(SCENARIOS[WAR], now)).itertext())
    place = [region.id for region in SCENARIOS[WAR].regions.region].index("HAD")
    assert f"Hadrut: larger part lost in {now.lost[place]:.0%} of worlds" in text


def test_land_without_a_drawn_map_is_shown_as_bars(war, many):
    plain = SCENARIOS[WAR].model_copy(update={"map": "elsewhere"})
    for show in (war, many):
        now = show.at(None)[0]
        assert map_of(plain, now) == key_of(plain, now) == ""
        text = "".join(parsed(land_of(plain, now)).itertext())
        for place, region in enumerate(plain.regions.region[: len(now.held)]):
            assert region.name in text and f"{now.chance_lost(place):.0%}" in text


@pytest.mark.parametrize("name", [WAR, YEARS])
def test_curves_hold_the_record_the_events_and_a_place_to_click(name):
    scenario = SCENARIOS[name]
    show = played(20, Setting(scenario=name))
    markup = curves_of(scenario, show.until(0), 7, observed(scenario))
    drawing = parsed(markup)
    titles = [one.text for one in drawing.iter("{http://www.w3.org/2000/svg}title")]
    for event in scenario.event:
        assert any(event.text in title for title in titles)
    known = [day for points in observed(scenario).points.values() for day, _ in points]
    inside = sum(scenario.start <= day <= scenario.end for day in known)
    assert sum(title.startswith("observed") for title in titles) == inside >= 10
    assert f'data-steps="{scenario.steps}"' in markup


def test_long_histories_are_thinned_but_keep_their_end():
    history = played(700, Setting(scenario=YEARS)).until(0)
    seen = thinned(history)
    assert len(seen) <= MOST_POINTS + 1 and seen[0] is history[0] and seen[-1] is history[-1]


def test_bands_are_drawn_for_many_worlds_only(war, many):
    for show, bands in ((war, 0), (many, 5)):
        assert curves_of(SCENARIOS[WAR], show.until(0)).count('fill-opacity="0.2"') == bands


@pytest.mark.parametrize("theory", list(THEORIES))
def test_each_theory_shows_its_own_reasons(theory):
    now = played(1, Setting(theory=theory)).at(None)[0]
    shown = {term.name for term, _ in felt_terms(now)}
    markup = reasons_of(SCENARIOS[WAR], now, strongest(now))
    assert shown == set(re.findall(r'data-pick="term:(\w+)"', markup))
    assert shown <= {name for name, value in zip(TERMS, now.reasons, strict=True) if value}
    assert "cost" in shown or theory != "treaty_only"


def test_each_term_names_its_claim_and_text():
    known = {rule.claim for rule in RULES.values()}
    assert [term.name for term in terms()] == list(TERMS)
    for term in terms():
        assert term.text and term.words
        assert term.claim in known if term.claim else term.name in ("cost", "threat", "honour")


def linear(red, green, blue):
    """Linear light of the parts of a colour, 0-255."""
    parts = np.array([red, green, blue]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def light(colour):
    """The luminance of a colour such as "#0072b2"."""
    return linear(*(int(colour[place : place + 2], 16) for place in (1, 3, 5))) @ (0.2126, 0.7152, 0.0722)


def lab(rgb):
    """CIE L*a*b* of linear light."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    x, y, z = np.cbrt(np.maximum(xyz / np.array([0.9505, 1.0, 1.089]), 0.009))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# Machado, Oliveira and Fernandes (2009), severity 1: how linear light is seen without one kind of cone
WITHOUT_CONES = {
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    "all cones": np.eye(3).tolist(),
}


@pytest.mark.parametrize("sight", list(WITHOUT_CONES))
def test_held_contested_and_lost_land_look_different_to_all(sight):
    seen = {
        name: lab(np.clip(np.array(WITHOUT_CONES[sight]) @ linear(*colour), 0, 1))
        for name, colour in {
            "held": HELD,
            "half": CHANGED,
            "lost": LOST,
            "home": HOME,
            "abroad": ABROAD,
        }.items()
    }
    for one, other, least in (("held", "lost", 40), ("held", "half", 20), ("half", "lost", 20),
                              ("home", "held", 15), ("abroad", "lost", 15)):  # fmt: skip
        difference = float(np.linalg.norm(seen[one] - seen[other]))
        assert difference >= least, f"{one} and {other} to {sight}: {difference:.0f}"


def test_colours_can_be_read_on_their_ground():
    for theme in (0, 1):
        paper = light(COLOURS["paper"][theme])
        for name in set(COLOURS) - {"paper", "grid", "war"}:
            ink = light(COLOURS[name][theme])
            contrast = (max(paper, ink) + 0.05) / (min(paper, ink) + 0.05)
            assert contrast >= 4.5, f"{name}: {contrast:.1f} to 1 (WCAG 2 AA asks for 4.5)"


# what happened


def test_the_log_tells_each_fall_with_its_date_and_can_be_filtered(war):
    scenario, history = SCENARIOS[WAR], war.until(0)
    model = ConflictModel(WAR, worlds=np.array([3]))
    for _ in range(60):
        model.step()
    markup = log_of(scenario, history, "all")
    for place in np.flatnonzero(~np.isnan(model.world.fell_on[0])):
        region = scenario.regions.region[place]
        day = model.date_of(int(model.world.fell_on[0, place]) - 1)
        assert re.search(f'datetime="{day}".{{1,60}}{region.name} (falls|is handed over)', markup), region.id
    only = log_of(scenario, history, "patron")
    assert "Russia" in only and "falls" not in only and "Azerbaijan opens" not in only


def test_news_tell_refusals_and_deals():
    show = played(1600, Setting(scenario=YEARS))
    texts = [one.text for snapshot in show.until(0) for one in snapshot.news]
    assert any("the offer is refused" in text for text in texts)
    accepted = played(2, Setting(changes=(("mediators.madrid_accepted", 1.0),)))
    assert "accepted the offer" in accepted.at(0)[0].news[1].text


def test_news_of_many_worlds_come_when_half_of_them_have_them(many):
    for before, now in zip(many.until(0), many.until(0)[1:], strict=False):
        for place, (was, share) in enumerate(zip(before.lost, now.lost, strict=True)):
            name = SCENARIOS[WAR].regions.region[place].name
            told = any(one.text.startswith(f"{name} is lost") for one in now.news)
            assert told == (was < news.HALF <= share)


# what can be set


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
@pytest.mark.parametrize("name", [WAR, YEARS])
def test_each_question_can_be_asked_and_changes_something(preset, name):
    asked = preset.on(Setting(scenario=name, seed=4, world=2, without=("C3",)))
    model = begin(asked, SCENARIOS)
    assert asked.seed == 4 and asked.world == 2 and model.theory == asked.theory
    for path, value in preset.changes:
        assert (
            model.settings.value(path)
            == value
            != begin(Setting(scenario=name), SCENARIOS).settings.value(path)
        )


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_levers_are_parameters_of_every_scenario(name):
    for levers in levers_of(SCENARIOS[name]).values():
        for lever in levers:
            assert lever.low <= lever.default <= lever.high and lever.meaning and lever.unit
            begin(Setting(scenario=name).with_change(lever.path, lever.low), SCENARIOS)
            begin(Setting(scenario=name).with_change(lever.path, lever.high), SCENARIOS)


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


# what is taken away


def test_the_table_holds_every_step_of_the_world(war):
    rows = list(csv.DictReader(StringIO(table_of(SCENARIOS[WAR], war.until(0)))))
    assert len(rows) == 61
    assert date.fromisoformat(rows[-1]["date"]) == war.at(None)[0].day
    for row, snapshot in zip(rows, war.until(0), strict=True):
        assert float(row["opinion"]) == pytest.approx(snapshot.middle("opinion"), rel=1e-5)
        assert float(row["held_KAL"]) == pytest.approx(snapshot.held[6], rel=1e-5)


def test_the_table_of_many_worlds_holds_quantiles(many):
    rows = list(csv.DictReader(StringIO(table_of(SCENARIOS[WAR], many.until(0)))))
    assert float(rows[60]["loyalty_q05"]) <= float(rows[60]["loyalty_q50"]) <= float(rows[60]["loyalty_q95"])
    assert float(rows[60]["lost_FUZ"]) == pytest.approx(many.at(None)[0].lost[1], rel=1e-5)


def test_a_picture_as_a_file_needs_no_page(war):
    markup = map_of(SCENARIOS[WAR], war.at(None)[0])
    file = svg_file(markup, "a < b & c")
    assert parsed(file.decode().split("\n", 1)[1]).tag.endswith("svg")
    assert b"var(" not in file and "var(" in markup
    assert standalone(markup).count("#") > 50


def test_a_command_says_all_that_differs():
    setting = Setting(YEARS, "base_rate", ("C3", "C4"), 7, 5, 100, (("backer.help", 0.25),))
    command, _, folder = command_of(setting, YEARS).rpartition(" ")
    assert command == (
        "captive-ally run karabakh-1994-2025 --seed 7 --theory base_rate --worlds 100 --without C3,C4 "
        "--set backer.help=0.25 --out"
    )
    assert folder != command_of(setting.with_values(seed=8), YEARS).rpartition(" ")[2], (
        "a folder holds one run"
    )


# the command


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--port", "70000"), "--port 70000: allowed is 0 to 65535"),
        (("nowhere",), "unknown scenario 'nowhere'"),
        (("--theory", "articel"), "unknown theory 'articel': did you mean 'article'?"),
        (("--worlds", "7"), "worlds = 7: allowed are 1, 100, 1000"),
        (("--host", "256.1.1.1"), "--host 256.1.1.1"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(arguments, says):
    told = CliRunner().invoke(view, [*arguments, "--no-open"])
    assert isinstance(told.exception, UserError) and says in str(told.exception)


def test_without_its_packages_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "experiments.commands.serving", None)
    told = CliRunner().invoke(view, ["--no-open"])
    assert isinstance(told.exception, UserError)
    assert "pip install 'captive-ally[view]'" in str(told.exception)
