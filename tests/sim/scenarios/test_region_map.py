"""A map is found beside its scenario, may be small, and is refused with its file where it is none."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from sim.scenarios.loading import load, shipped
from tests.sim.scenarios.written import LONG, MAP, SHORT, Tree, complaint, live, parsed, with_own_map, write


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
        lambda _, regions: [place.update(held=0.0) for place in regions["region"]],
        "no region is held",
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
    """Without a hub of the patron's, and without land of some class."""
    own = parsed(shipped()[scenario]) | {"map": "own-map"}
    own.pop("held", None)
    if "core" not in classes:
        own.pop("opening_aim", None)
    loaded = load(write(tmp_path, own, small_map(*classes.split())))
    model = live(loaded, steps=60)
    assert (model.world.held <= model.land.start).all()
    if loaded.opens_with_offensive:
        assert (model.world.all_war_days > 0).all()
