"""A scenario is loaded whole, or refused in one line that says what to mend."""

from dataclasses import fields
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from agents.theories import THEORIES
from sim.errors import UserError
from sim.measures import outcomes
from sim.scenarios.loading import NO_SOURCE, load, shipped
from sim.scenarios.scenario import EVENT_STOCKS, Scenario
from sim.scenarios.values import describe
from sim.world import World
from tests.sim.scenarios.written import LONG, MAP, SHORT, complaint, live, parsed, the_war, write

# what ships


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_a_shipped_scenario_loads_and_lives(name):
    scenario = load(name)
    assert scenario.name == name and scenario.steps > 90 and len(scenario.regions.region) == 30
    live(scenario)


def test_what_an_event_may_move_is_a_stock_of_the_world():
    assert set(EVENT_STOCKS.values()) <= {item.name for item in fields(World)}


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_every_number_that_a_shipped_scenario_sets_has_a_source(name):
    """Beside the number; observers, whose numbers are all assumptions, share one comment."""
    scenario = load(name)
    without = {path for path, source in scenario.sources.items() if source == NO_SOURCE}
    assert {path.rsplit(".", 2)[0] for path in without} == {"observers.states"}
    text = shipped()[name].read_text(encoding="utf-8")
    before = text[: text.index("[parameters.observers.states]")].rstrip().splitlines()
    assert before[-1].startswith("#") and "assumption" in before[-1]
    numbers = [one for one in scenario.sources if one not in without]
    assert numbers and all(scenario.sources[path].strip() for path in numbers)
    assert all(event.source.strip() for event in scenario.event)
    for line in text.splitlines():
        if line.partition("=")[0].strip() in (
            "start",
            "client_arms",
            "challenger_arms",
            "opens_with_offensive",
        ):
            assert "#" in line or line.startswith("start"), f"no comment: {line}"


def test_a_scenario_says_which_source_its_numbers_have(tmp_path):
    own = the_war()
    own["parameters"]["client"] = {"alignment": 0.3, "loyalty": {"value": 0.6, "source": "a poll"}}
    sources = {one.path: one.source for one in describe(load(write(tmp_path, own)))}
    assert sources["client.loyalty"] == "a poll"
    assert sources["client.alignment"] == NO_SOURCE
    assert (
        sources["client.opinion"] == {one.path: one.source for one in describe(load(SHORT))}["client.opinion"]
    )


# files that are no scenarios


def test_an_unknown_scenario_is_answered_with_the_nearest_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "karabakh-202").mkdir()  # a folder that happens to be there explains nothing
    assert "did you mean 'karabakh-2020'?" in complaint("karabakh-202")
    assert f"allowed: crisis, {LONG}, {SHORT}" in complaint("x")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "map: missing"),
        (b"\xff\xfe\x00\x01binary\x00", "not a text file in UTF-8"),
        ("name = 'x'".encode("utf-16"), "not a text file in UTF-8"),
        (b"name = 'x' start = ", "not valid TOML"),
        (b"name = 'x'\nname = 'y'", "not valid TOML"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"a." * 3000 + b"a = 1", "nested too deeply"),
        (b"[" + b"a . " * 20_000 + b"a]", "nested too deeply"),
        (b"'a'." * 10_000 + b"a = 1", "nested too deeply"),
        (b"a = 1\n" * 1_000_000, "it is too large (6 MB; allowed are 5)"),
        (b"a = " + b"1" * 9000, "not valid TOML"),
        (b"map = 3", "map: must be the name of a map file (given: 3)"),
        (b"map = ''", "map: must be the name of a map file"),
        (b"map = 'south-caucasu'", "did you mean 'south-caucasus'?"),
        (b"map = '" + b"m" * 5000 + b"'", "there is no such .toml file"),
        (b"map = 'a\\u0000b'", "there is no such .toml file"),
    ],
)
def test_a_file_that_is_no_scenario_is_named(tmp_path, content, says):
    path = tmp_path / "own.toml"
    path.write_bytes(content)
    line = complaint(path)
    assert line.startswith(f"{path}: ") and says in line and len(line) < 400


def test_a_map_beside_the_scenario_is_the_nearest_name(tmp_path):
    (tmp_path / "my-land.toml").write_text("", encoding="utf-8")
    file = write(tmp_path, the_war() | {"map": "my-lnad"})
    assert "did you mean 'my-land'?" in complaint(file)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start": "August 2020"}, "start: must be a date from 1000-01-01 to 2999-12-31, such as 2008-08-07"),
        ({"cast": {**the_war()["cast"], "client": [{"id": "ARM", "name": "Armenia"}] * 2}},
         "cast.client: must be one table of names and values (given: a list)"),
    ],
)  # fmt: skip
def test_what_is_wanted_is_said_in_plain_words(tmp_path, change, says):
    assert says in complaint(write(tmp_path, the_war() | change))


def test_a_scenario_file_that_is_not_there_is_named(tmp_path):
    assert "there is no scenario file" in complaint(tmp_path / "none.toml")
    assert "there is no scenario file" in complaint(tmp_path / "none" / "none")
    assert "is a folder" in complaint(tmp_path)
    (tmp_path / "folder.toml").mkdir()
    assert "is a folder" in complaint(tmp_path / "folder.toml")
    assert "there is no scenario file" in complaint("x" * 5000 + ".toml")
    assert "unknown scenario" in complaint("a\0b")


def test_a_file_saved_by_a_windows_editor_loads(tmp_path):
    path = tmp_path / "own.toml"
    path.write_bytes(b"\xef\xbb\xbf" + shipped()[SHORT].read_bytes().replace(b"\n", b"\r\n"))
    assert load(path) == load(SHORT)


# fields of a scenario


def at(tree: Any, path: str) -> tuple[Any, Any]:
    """The table or list in which a dotted path ends, and its last part."""
    *groups, last = (int(part) if part.isdigit() else part for part in path.split("."))
    for group in groups:
        tree = tree[group]
    return tree, last


TYPOS = {
    "titel": ("titel", "did you mean 'title'?"),
    "cast.patrn": ("cast.patrn", "did you mean 'patron'?"),
    "cast.patron.nam": ("cast.patron.nam", "did you mean 'name'?"),
    "cast.observers.0.nam": ("cast.observers[BLR].nam", "did you mean 'name'?"),
    "event.0.amont": ("event[The patron says", "did you mean 'amount'?"),
    "parameters.clint": ("parameters.clint", "did you mean 'client'?"),
    "parameters.client.alinment": ("parameters.client.alinment", "did you mean 'alignment'?"),
    "parameters.client.democracy.sorce": ("parameters.client.democracy", "did you mean 'source'?"),
    "parameters.observers.states.BLR.likenes": ("observers.states.BLR.likenes", "did you mean 'likeness'?"),
    "series.arms": ("series.arms", "allowed: challenger_spending, client_democracy, client_spending"),
    "regions": ("regions", "unknown key"),
    "sources": ("sources", "unknown key"),
}


def stretched(*stretches, days=1.0):
    """The war of 2020, with steps of other lengths from some days on."""
    given = [{"start": start, "step_days": length} for start, length in stretches]
    return Scenario.model_validate(load(SHORT).close_up.model_dump() | {"step_days": days, "stretch": given})


def test_steps_may_have_other_lengths_from_some_day_on():
    scenario = stretched((date(2020, 10, 2), 7.0), (date(2020, 10, 20), 0.5), days=2.0)
    begins = scenario.beginnings
    assert begins[:6] == (0, 2, 4, 5, 12, 19) and begins[6:9] == (23, 23.5, 24)
    assert scenario.steps == len(begins) - 1 and begins[-1] == (scenario.end - scenario.start).days
    assert [scenario.day(step) for step in (0, 3, 7)] == [
        date(2020, 9, 27), date(2020, 10, 2), date(2020, 10, 20)
    ]  # fmt: skip
    assert [scenario.step_at(day) for day in (0, 1, 4.9, 5, 22, 1000)] == [0, 0, 2, 3, 5, scenario.steps]


@pytest.mark.parametrize("days", [0.35, 0.7, 1.4])
def test_steps_that_fit_a_stretch_fill_it_whatever_the_last_bit_says(days):
    begins = stretched((date(2020, 10, 4), 1.0), days=days).beginnings  # a week later
    first = begins.index(7.0)
    assert first == round(7 / days) and (np.diff(begins) > 0.3).all()


def test_a_scenario_that_is_cut_off_knows_nothing_of_what_comes_after():
    whole = load(SHORT)
    war = whole.close_up
    assert (war.start, war.end, war.steps) == (date(2020, 9, 27), date(2020, 12, 31), 95)
    assert whole.beginnings[:96] == war.beginnings and whole.steps > 300 and not war.stretch
    assert [event.date for event in war.event] == [date(2020, 10, 7)] and len(whole.event) == 3
    for name, series in war.series:
        assert set(series.values) == {2020} and set(getattr(whole.series, name).values) == set(
            range(2020, 2025)
        )
    later = whole.until(date(2022, 2, 25))
    assert later.stretch == whole.stretch and len(later.event) == 2
    assert later.series.client_spending.at(date(2025, 1, 1)) == 901.7
    assert whole.until(whole.end) == whole and load(LONG).close_up == load(LONG)
    own = later.model_dump() | {"series": later.series.model_dump()}
    assert Scenario.model_validate(own) == later  # whole and checked like any other


@pytest.mark.parametrize("day", [date(2020, 9, 27), date(2019, 1, 1), date(2026, 1, 1)])
def test_a_scenario_is_cut_off_at_a_day_of_its_own_only(day):
    with pytest.raises(UserError, match=f"until {day}: a day after 2020-09-27 and up to 2025-12-31"):
        load(SHORT).until(day)


def test_the_years_after_the_war_have_the_same_data_in_both_scenarios():
    short, long = load(SHORT), load(LONG)
    assert short.end == long.end
    assert short.event == tuple(event for event in long.event if event.date >= short.start)
    for (name, ours), (_, theirs) in zip(short.series, long.series, strict=True):
        assert ours.model_dump() == theirs.model_dump() | {"values": ours.values}, name
        assert ours.values == {year: value for year, value in theirs.values.items() if year >= 2020}, name


@pytest.mark.parametrize(
    "starts", [("2020-09-27",), ("2021-12-31",), ("2020-11-01", "2020-10-01"), ("2020-10-01", "2020-10-01")]
)
def test_stretches_come_in_order_within_the_scenario(starts):
    with pytest.raises(ValidationError, match="stretches must come in order"):
        stretched(*((date.fromisoformat(start), 7.0) for start in starts))


@pytest.mark.parametrize("path", TYPOS)
def test_an_unknown_key_is_answered_with_the_nearest_one(tmp_path, path):
    own = the_war()
    tree, last = at(own, path)
    tree[last] = 0.5
    file = write(tmp_path, own)
    line = complaint(file)
    place, hint = TYPOS[path]
    assert line.startswith(f"{file}: ") and place in line and "unknown key" in line and hint in line


WRONG = {
    "name": ["Two Words", 3, ""],
    "start": ["2020-09-27", 2020, datetime(2020, 9, 27), time(1), date(21, 1, 1), True],
    "end": [date(2020, 9, 27), date(2020, 1, 1), date(2520, 1, 1), date(9999, 12, 31)],
    "step_days": [0, -1, 32, 1e-9, float("nan"), float("inf"), "1", True, [1.0]],
    "map": ["nowhere", 1, False],
    "opens_with_offensive": [1, "yes"],
    "opening_aim": ["probe", "none", "Core", 2, ""],
    "client_arms": [0, -1, 1e300, 10**400, float("nan"), "5755", True, date(2020, 1, 1)],
    "cast": [3, [], {}],
    "cast.patron": ["RUS", {"id": "RUS"}],
    "cast.patron.id": ["", "A B", "A.B", "_x", 3, "ARM", "x\ny"],
    "cast.observers": [[], [{"id": "BLR", "name": "A"}, {"id": "BLR", "name": "B"}]],
    "held": [{"AG": 1.0}, {"AGM": 1.5}, {"AGM": 1e-300}, {"AGM": "0.5"}, {"YER": 0.5}, 1.0],
    "parameters": [1, [], {"client": 1}],
    "parameters.client.alignment": [1.1, -0.1, "0.5", True, float("nan"), [0.5], {}, {"source": "x"}],
    "parameters.client.loyalty": [
        {"value": 0.5, "sorce": "x"},
        {"value": 0.5, "source": 3},
        {"value": 0.5, "source": " "},
        {"value": 2},
    ],
    "parameters.mediators": [{"madrid_accepted": 0.5}],
    "parameters.observers.states.USA": [{"likeness": 0.5}],
    "parameters.outsiders.powers": [{"FRA": {}}],
    "event": [1, {}, [1]],
    "event.0.date": [
        date(2020, 9, 26),
        date(2020, 12, 31),
        date(2021, 1, 1),
        "2020-10-07",
        datetime(2020, 10, 7),
    ],
    "event.0.quantity": ["patron.stated_clarit", "client.loyal", 1],
    "event.0.change": ["put"],
    "event.0.amount": [1.5, -0.1, float("inf"), "1"],
    "event.0.claim": ["C56", "C0", "34", 34],
    "event.0.source": [""],
    "series.client_spending.values": [{}, {"2020": -1.0}, {"2020": 1e300}, {"year": 1.0}, [1.0], 1.0],
    "series.client_spending.unit": [3],
}


@pytest.mark.parametrize(("path", "value"), [(path, value) for path in WRONG for value in WRONG[path]])
def test_a_wrong_value_is_refused_with_its_file_and_field(tmp_path, path, value):
    own = the_war()
    tree, last = at(own, path)
    tree[last] = value
    file = write(tmp_path, own)
    line = complaint(file)
    field = next(part for part in path.split(".") if not part.isdigit())
    assert line.startswith(f"{file}: ") and field in line and len(line) < 700


def test_a_refusal_says_what_was_given_and_what_is_allowed(tmp_path):
    own = the_war()
    own["parameters"]["client"]["alignment"] = 1.5
    own["event"][0]["change"] = "sett"
    file = write(tmp_path, own)
    assert complaint(file) == (
        f"{file}: parameters.client.alignment: must be a number from 0 to 1 (given: 1.5); "
        f"{file}: event[The patron says in public that its guarantee does not cov...].change: "
        "unknown 'sett'; did you mean 'set'?"
    )


def test_very_many_mistakes_are_still_one_readable_line(tmp_path):
    own = the_war() | {f"key_{number}": 1 for number in range(1000)}
    line = complaint(write(tmp_path, own))
    assert line.endswith("; and 995 more") and len(line) < 2000


@pytest.mark.parametrize("name", ["name", "start", "end", "map", "cast", "client_arms"])
def test_a_missing_field_is_named(tmp_path, name):
    own = the_war()
    del own[name]
    file = write(tmp_path, own)
    assert complaint(file) == f"{file}: {name}: missing" or name == "map"
    assert f"{name}: missing" in complaint(file)


def test_an_observer_without_numbers_is_named(tmp_path):
    own = the_war()
    own["parameters"]["observers"]["states"]["BLX"] = own["parameters"]["observers"]["states"].pop("BLR")
    line = complaint(write(tmp_path, own))
    assert (
        "'BLR' stands in cast.observers, but not in parameters.observers" in line
        and "did you mean 'BLX'?" in line
    )


def test_the_smallest_cast_is_enough(tmp_path):
    own = the_war()
    own["cast"]["outsiders"], own["cast"]["observers"] = (
        own["cast"]["outsiders"][:1],
        own["cast"]["observers"][:1],
    )
    own["parameters"]["outsiders"] = {"powers": {"FRA": {}}}
    own["parameters"]["observers"] = {"states": {"BLR": {}}}
    assert live(load(write(tmp_path, own))).world.reliability.shape == (3, 1)


@pytest.mark.parametrize("theory", THEORIES)
def test_nobody_else_need_be_there(tmp_path, theory):
    """Without outside powers and observers a world runs to its end: nobody speaks, sends or watches."""
    own = the_war()
    for kind in ("outsiders", "observers"):
        del own["cast"][kind]
        own["parameters"].pop(kind, None)
    model = live(load(write(tmp_path, own)), steps=95, theory=theory)
    found = outcomes(model)
    assert (found["outsider_troops_max"] == 0.0).all()
    of_observers = ("reliability_start", "reliability_end", "participation_end")
    undefined = ("rhetoric_outsider_mean", "blame_outsider_mean", "backer_influence_end",
                 *(f"observer_{name}" for name in of_observers))  # fmt: skip
    for name in undefined:
        assert np.isnan(found[name]).all(), name
    assert (found["war_days"] > 0).all() and (found["share_lost"] > 0).all()
    assert set(found["hedging_end"]) == {"none"}


def test_an_attack_for_land_that_is_not_there_is_refused(tmp_path):
    own = parsed(shipped()["crisis"])
    for aim, wanted in (("core", "core"), ("outer", "outer"), ("home", "recognised")):
        regions = parsed(MAP)
        for region in regions["region"]:
            if region["legal_class"] == wanted:
                region["legal_class"] = "capital" if wanted == "recognised" else "recognised"
                region.pop("handover_days", None), region.pop("deal_days", None), region.pop("retained", None)
                region["held"] = 1.0
        file = write(tmp_path, own | {"map": "own-map", "opening_aim": aim}, regions=regions)
        line = complaint(file)
        others = ", ".join(one for one in ("outer", "core", "home", "everything") if one != aim)
        assert line == (
            f"{file}: opening_aim = '{aim}': the client holds no such land on this map; allowed: {others}"
        )
        live(load(write(tmp_path, own | {"map": "own-map", "opening_aim": "everything"}, regions=regions)))


def test_land_that_is_not_held_is_no_aim(tmp_path):
    own = the_war()
    core = [region["id"] for region in parsed(MAP)["region"] if region["legal_class"] == "core"]
    own["held"] = dict.fromkeys(core, 0.0)
    assert "opening_aim = 'core'" in complaint(write(tmp_path, own))
