"""Is every scenario either loaded whole, or refused in one line that says what to mend?

CAPTIVE_ALLY_MUTATIONS=5000 tries more broken scenarios.
"""

import json
import os
import random
import shutil
import tomllib
from copy import deepcopy
from dataclasses import fields
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import UserError
from sim.model import ConflictModel
from sim.scenarios.scenario import NO_SOURCE, changed, describe, load, shipped
from sim.world import World

SHORT, LONG = "karabakh-2020", "karabakh-1994-2025"
MUTATIONS = int(os.environ.get("CAPTIVE_ALLY_MUTATIONS", "500"))
NOT_YET = [item.name for item in fields(World) if repr(item.metadata["start"]) == "nan"]  # until it happens
SHARES = [
    item.name for item in fields(World) if item.metadata["unit"] == "share" and item.name not in NOT_YET
]
MAP = shipped()[SHORT].parent / "maps" / "south-caucasus.toml"
MADRID = "mediators.madrid_accepted"

Tree = dict[str, Any]


# a scenario and its map as plain data, and back into files


def toml(value: Any) -> str:
    """A value in the notation of TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(str(key))} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date | time) else repr(value)


def parsed(path: Path) -> Tree:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def write(folder: Path, scenario: Tree | None = None, regions: Tree | None = None, **changes: Any) -> Path:
    """Files of a scenario and, if given, its own map; the scenario file."""
    for name, tree in (("own", scenario or parsed(shipped()[SHORT]) | changes), ("own-map", regions)):
        if tree is not None:
            lines = (f"{toml(key)} = {toml(value)}" for key, value in tree.items())
            (folder / f"{name}.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder / "own.toml"


def with_own_map(change: Any, folder: Path) -> Path:
    """The short scenario with a changed copy of its map beside it."""
    regions = parsed(MAP)
    change({place["id"]: place for place in regions["region"] + regions["hub"]}, regions)
    return write(folder, regions=regions, map="own-map")


def complaint(given: str | Path) -> str:
    """The one line with which a scenario is refused."""
    with pytest.raises(UserError) as refusal:
        load(given)
    line = str(refusal.value)
    assert line.isprintable(), f"not one line: {line!r}"
    return line


def live(scenario: Any, steps: int = 2) -> ConflictModel:
    """Run a few steps in three worlds, and see that every number stays one."""
    with np.errstate(divide="raise", invalid="raise"):
        model = ConflictModel(scenario, worlds=np.arange(3))
        for _ in range(steps):
            model.step()
    for name, array in vars(model.world).items():
        assert name in NOT_YET or np.isfinite(array).all(), f"{name} is not a number"
    for name in SHARES:
        array = getattr(model.world, name)
        assert (array >= -1e-9).all() and (array <= 1 + 1e-9).all(), f"{name} is no share"
    return model


# what ships


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_a_shipped_scenario_loads_and_lives(name):
    scenario = load(name)
    assert scenario.name == name and scenario.steps > 90 and len(scenario.regions.region) == 30
    live(scenario)


@pytest.mark.parametrize("name", [SHORT, LONG])
def test_describe_lists_every_parameter_once(name):
    paths = [one.path for one in describe(load(name))]
    assert len(set(paths)) == len(paths) > 120


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
    own = parsed(shipped()[SHORT])
    own["parameters"]["client"] = {"alignment": 0.3, "loyalty": {"value": 0.6, "source": "a poll"}}
    sources = {one.path: one.source for one in describe(load(write(tmp_path, own)))}
    assert sources["client.loyalty"] == "a poll"
    assert sources["client.alignment"] == NO_SOURCE
    assert (
        sources["client.opinion"] == {one.path: one.source for one in describe(load(SHORT))}["client.opinion"]
    )


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


@pytest.mark.parametrize("path", TYPOS)
def test_an_unknown_key_is_answered_with_the_nearest_one(tmp_path, path):
    own = parsed(shipped()[SHORT])
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
    "event.0.quantity": ["patron.stated_clarit", "client.loyalty", 1],
    "event.0.change": ["put"],
    "event.0.amount": [1.5, -0.1, float("inf"), "1"],
    "event.0.claim": ["C56", "C0", "34", 34],
    "event.0.source": [""],
    "series.client_spending.values": [{}, {"2020": -1.0}, {"2020": 1e300}, {"year": 1.0}, [1.0], 1.0],
    "series.client_spending.unit": [3],
}


@pytest.mark.parametrize(("path", "value"), [(path, value) for path in WRONG for value in WRONG[path]])
def test_a_wrong_value_is_refused_with_its_file_and_field(tmp_path, path, value):
    own = parsed(shipped()[SHORT])
    tree, last = at(own, path)
    tree[last] = value
    file = write(tmp_path, own)
    line = complaint(file)
    field = next(part for part in path.split(".") if not part.isdigit())
    assert line.startswith(f"{file}: ") and field in line and len(line) < 700


def test_a_refusal_says_what_was_given_and_what_is_allowed(tmp_path):
    own = parsed(shipped()[SHORT])
    own["parameters"]["client"]["alignment"] = 1.5
    own["event"][0]["quantity"] = "patron.stated_clarit"
    file = write(tmp_path, own)
    assert complaint(file) == (
        f"{file}: parameters.client.alignment: must be a number from 0 to 1 (given: 1.5); "
        f"{file}: event[The patron says in public that its guarantee does not cov...].quantity: "
        "unknown 'patron.stated_clarit'; did you mean 'patron.stated_clarity'?"
    )


def test_very_many_mistakes_are_still_one_readable_line(tmp_path):
    own = parsed(shipped()[SHORT]) | {f"key_{number}": 1 for number in range(1000)}
    line = complaint(write(tmp_path, own))
    assert line.endswith("; and 995 more") and len(line) < 2000


@pytest.mark.parametrize("name", ["name", "start", "end", "map", "cast", "series", "client_arms"])
def test_a_missing_field_is_named(tmp_path, name):
    own = parsed(shipped()[SHORT])
    del own[name]
    file = write(tmp_path, own)
    assert complaint(file) == f"{file}: {name}: missing" or name == "map"
    assert f"{name}: missing" in complaint(file)


def test_an_observer_without_numbers_is_named(tmp_path):
    own = parsed(shipped()[SHORT])
    own["parameters"]["observers"]["states"]["BLX"] = own["parameters"]["observers"]["states"].pop("BLR")
    line = complaint(write(tmp_path, own))
    assert (
        "'BLR' stands in cast.observers, but not in parameters.observers" in line
        and "did you mean 'BLX'?" in line
    )


# the map


def test_a_copy_of_a_scenario_elsewhere_finds_the_shipped_map(tmp_path, monkeypatch):
    copy = shutil.copy(shipped()[SHORT], tmp_path / "copy.toml")
    monkeypatch.chdir(tmp_path.parent)
    assert load(copy) == load(Path(tmp_path.name) / "copy.toml") == load(SHORT)


def test_an_own_map_beside_the_scenario_comes_first(tmp_path):
    regions = parsed(MAP)
    regions["region"][0]["name"] = "Renamed"
    write(tmp_path, regions=regions)
    (tmp_path / "own-map.toml").rename(tmp_path / "south-caucasus.toml")
    assert load(tmp_path / "own.toml").regions.region[0].name == "Renamed"


def neighbours(**change: list[str]):
    return lambda places, _: [places[name].update(neighbours=others) for name, others in change.items()]


def field(name: str, key: str, value: Any):
    return lambda places, _: places[name].update({key: value})


BAD_MAPS = {
    "no neighbours": (neighbours(AGM=[]), "region[AGM].neighbours: at least 1 must be given"),
    "not symmetric": (neighbours(AGM=["MTK"]), "AGM"),
    "an unknown neighbour": (neighbours(AGM=["MTKX"]), "unknown neighbour 'MTKX'; did you mean 'MTK'?"),
    "its own neighbour": (neighbours(AGM=["AGM"]), "region AGM names itself"),
    "an unknown owner": (
        lambda _, regions: regions["hub"][0].update(owner="clint"),
        "unknown 'clint'; did you mean 'client'?",
    ),
    "an unknown class": (
        field("AGM", "legal_class", "recognized"),
        "region[AGM].legal_class: unknown 'recognized'; did you mean 'recognised'?",
    ),
    "two regions of one id": (field("FUZ", "id", "AGM"), "region ids must differ; 'AGM' stands twice"),
    "two hubs of one id": (
        lambda _, regions: regions["hub"][1].update(id=regions["hub"][0]["id"]),
        "hub ids must differ",
    ),
    "no hub of the client": (
        lambda _, regions: [hub.update(owner="patron") for hub in regions["hub"] if hub["owner"] == "client"],
        "no hub with the owner 'client'",
    ),
    "no hub": (lambda _, regions: regions.update(hub=[]), "hub: at least 1 must be given"),
    "one region": (lambda _, regions: regions.update(region=regions["region"][:1]), "region: at least 2"),
    "an unknown key": (field("AGM", "areas", 1.0), "region[AGM].areas: unknown key; did you mean 'area'?"),
    "an empty id": (field("AGM", "id", ""), "is no id"),
    "a share above 1": (
        field("AGM", "held", 1.2),
        "region[AGM].held: must be a number from 0 to 1 (given: 1.2)",
    ),
    "no area": (field("AGM", "area", 0.0), "region[AGM].area"),
    "an area in words": (field("AGM", "area", "large"), "region[AGM].area"),
    "beyond the pole": (field("AGM", "latitude", 91.0), "from -90 to 90 (given: 91.0)"),
    "a lost capital": (field("YER", "held", 0.5), "capital YER"),
    "nothing held": (
        lambda _, regions: [
            place.update(held=0.0) for place in regions["region"] if place["legal_class"] in ("outer", "core")
        ],
        "no contested region is held",
    ),
}


@pytest.mark.parametrize("case", BAD_MAPS)
def test_a_map_that_is_none_is_refused_with_its_file(tmp_path, case):
    change, says = BAD_MAPS[case]
    line = complaint(with_own_map(change, tmp_path))
    assert f"{tmp_path / 'own-map.toml'}: " in line and says in line


def test_a_map_file_that_is_broken_is_named(tmp_path):
    file = write(tmp_path, map="own-map")
    (tmp_path / "own-map.toml").write_text("[[region", encoding="utf-8")
    assert complaint(file).startswith(f"{tmp_path / 'own-map.toml'}: not valid TOML")
    (tmp_path / "own-map.toml").unlink()
    (tmp_path / "own-map.toml").mkdir()
    assert "there is no such .toml file" in complaint(file)


# small scenarios


def small_map(*classes: str) -> Tree:
    """A row of regions, each bordering on the next, and a hub at each end."""
    ids = [f"R{number}" for number in range(len(classes))]
    regions = [
        {
            "id": name,
            "name": name,
            "latitude": 40.0,
            "longitude": 45.0 + place / 4,
            "area": 1000.0,
            "held": float(classes[place] != "challenger"),
            "population": 1000,
            "ruggedness": 0.3,
            "fortification": 0.3,
            "legal_title": "client" if classes[place] in ("recognised", "capital") else "challenger",
            "legal_class": classes[place],
            "neighbours": [ids[other] for other in (place - 1, place + 1) if 0 <= other < len(ids)],
            "source": "test",
        }
        for place, name in enumerate(ids)
    ]
    ends = (("client", 45.0), ("challenger", 45.0 + len(ids) / 4))
    hubs = [
        {"id": owner, "name": owner, "owner": owner, "latitude": 40.0, "longitude": where, "source": "test"}
        for owner, where in ends
    ]
    return {"region": regions, "hub": hubs}


@pytest.mark.parametrize("scenario", [SHORT, LONG])
@pytest.mark.parametrize(
    "classes",
    [
        "recognised outer core challenger",
        "capital core outer challenger",
        "recognised core challenger",
        "core outer challenger",
        "recognised outer challenger",
        "outer core",
        "core core",
        "outer outer",
        "challenger capital recognised outer core recognised challenger",
    ],
)
def test_a_small_map_is_enough(tmp_path, classes, scenario):
    own = parsed(shipped()[scenario]) | {"map": "own-map"}
    own.pop("held", None)
    loaded = load(write(tmp_path, own, small_map(*classes.split())))
    model = live(loaded, steps=60)
    assert (model.world.held <= model.land.start).all()
    if loaded.opens_with_offensive:
        assert (model.world.all_war_days > 0).all()


def test_the_smallest_cast_is_enough(tmp_path):
    own = parsed(shipped()[SHORT])
    own["cast"]["outsiders"], own["cast"]["observers"] = (
        own["cast"]["outsiders"][:1],
        own["cast"]["observers"][:1],
    )
    own["parameters"]["outsiders"] = {"powers": {"FRA": {}}}
    own["parameters"]["observers"] = {"states": {"BLR": {}}}
    assert live(load(write(tmp_path, own))).world.reliability.shape == (3, 1)


# the ends of the ranges


@pytest.mark.parametrize("end", ["low", "high"])
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


# a random mistake


ANYTHING: tuple[Any, ...] = (
    0, 1, -1, 0.5, -0.5, 2.0, 1e-300, 5e-324, 1e6, 1e300, -1e300, 10**25, 10**400,
    float("nan"), float("inf"), float("-inf"), True, False,
    "", "x", "0.5", "nan", "RUS", "a b", "ə", "🙂", "line\nbreak", "x" * 3000, "../x", "C99",
    [], [1], ["AGM"], [[]], [{}], {}, {"value": 0.5}, {"value": "x"}, {"source": "x"}, {"id": "X"},
    date(2020, 10, 1), date(1, 1, 1), date(9999, 12, 31), datetime(2020, 10, 1, 12), time(12),
)  # fmt: skip


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place of a tree: the table or list, and the key or index in it."""
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree))) if isinstance(tree, list) else []
    here = [(tree, key) for key in keys]
    return here + [place for key in keys for place in places(tree[key])]


def mutate(luck: random.Random, tree: Tree) -> str:
    """Spoil a random place of a tree; what was done."""
    table, key = luck.choice(places(tree))
    old = table[key]
    deed = luck.choice(["delete", "replace", "replace", "scale", "rename", "swap", "repeat"])
    if deed == "delete":
        del table[key]
    elif deed == "replace":
        table[key] = deepcopy(luck.choice(ANYTHING))
    elif deed == "scale" and isinstance(old, int | float):
        table[key] = old * luck.choice([-1, 0, 1e-9, 0.1, 1.5, 10, 1e9, 1e200])
    elif deed == "rename" and isinstance(table, dict):
        table[luck.choice([str(key)[:-1], f"{key}s", str(key).upper(), "value"])] = table.pop(key)
    elif deed == "swap":
        other, place = luck.choice(places(tree))
        table[key], other[place] = deepcopy(other[place]), deepcopy(old)
    elif deed == "repeat" and isinstance(table, list):
        table.append(deepcopy(old))
    return f"{deed} {key}"


def test_a_random_mistake_is_refused_in_one_line_or_gives_a_scenario_that_lives(tmp_path):
    whole = {name: (parsed(shipped()[name]), parsed(MAP)) for name in (SHORT, LONG)}
    refused = lived = 0
    for number in range(MUTATIONS):
        luck = random.Random(number)
        own, regions = deepcopy(whole[luck.choice([SHORT, LONG])])
        own["map"] = "own-map"
        deeds = [mutate(luck, luck.choice([own, own, regions])) for _ in range(luck.choice([1, 1, 1, 2, 4]))]
        told = f"mutation {number}: {deeds}"
        file = write(tmp_path, own, regions)
        try:
            scenario = load(file)
        except UserError as error:
            refused += 1
            assert str(error).isprintable() and str(tmp_path) in str(error) and len(str(error)) < 3000, told
            continue
        except Exception as error:
            raise AssertionError(told) from error
        lived += 1
        try:
            live(scenario)
        except Exception as error:
            raise AssertionError(told) from error
    assert refused > MUTATIONS / 4 and lived > MUTATIONS / 20
