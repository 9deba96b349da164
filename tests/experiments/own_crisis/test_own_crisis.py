"""A crisis of one's own: the folder runs at once, its map comes from GeoJSON, and `check` tells all."""

import json
import math
import os
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

import sim
from experiments.cli import main
from experiments.figures.map import shapes_of
from experiments.own_crisis.checking import findings_in
from experiments.own_crisis.geojson import EARTH, read_geojson
from experiments.own_crisis.sources import WHERE
from experiments.page.map import map_of
from experiments.page.snapshot import Watcher
from sim.errors import UserError
from sim.model import ConflictModel
from sim.scenarios.inherited import OF_A_CRISIS, inherited
from sim.scenarios.loading import load
from sim.scenarios.values import describe


def square(west, south, size=0.2, **more):
    ring = [
        (west, south),
        (west + size, south),
        (west + size, south + size),
        (west, south + size),
        (west, south),
    ]
    return {"type": "Feature", "properties": more, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def drawn(folder, features, name="map.geojson"):
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.fixture
def squares(tmp_path):
    """Three by two squares, and an island."""
    grid = [(x, y) for y in (0, 1) for x in (0, 1, 2)]
    features = [square(44 + 0.2 * x, 42 + 0.2 * y, name=f"Distríct {x}{y}") for x, y in grid]
    return drawn(tmp_path, [*features, square(45.5, 42, name="Island")])


@pytest.fixture
def own(tmp_path, capsys):
    main(["new", str(tmp_path / "My Crisis"), "--patron", "Russia", "--client", "South Ossetia",
          "--challenger", 'The "other" one'])  # fmt: skip
    capsys.readouterr()
    return tmp_path / "My Crisis"


def test_the_folder_runs_at_once(own, capsys):
    scenario = load(own / "my-crisis.toml")
    cast = scenario.cast
    assert [cast.patron.id, cast.client.name, cast.challenger.name] == [
        "RUS",
        "South Ossetia",
        'The "other" one',
    ]
    main(["run", str(own / "my-crisis.toml"), "--worlds", "20", "--workers", "1", "--out", str(own / "done")])
    told = capsys.readouterr()
    assert sim.open(own / "done").worlds["share_lost"].max() > 0
    assert "numbers are still those of Karabakh 2020" in told.out


def test_its_question_can_be_asked(own, capsys, monkeypatch):
    monkeypatch.chdir(own)
    main(["experiment", "question.py", "--worlds", "3", "--workers", "1"])
    told = capsys.readouterr().out
    assert "more land is lost with the bet" in told and "still those of Karabakh 2020" in told
    assert "my-crisis" in (own / "runs/answers/my-crisis-question/effects.csv").read_text(encoding="utf-8")


def test_every_number_of_a_crisis_stands_there_with_where_to_find_it(own):
    text = (own / "my-crisis.toml").read_text(encoding="utf-8")
    facts = [info for info in describe(load("karabakh-2020")) if info.kind in OF_A_CRISIS]
    assert {info.path for info in facts} == set(WHERE)
    assert all(WHERE[info.path] in text and info.meaning in text for info in facts)


def test_what_is_put_in_is_no_longer_inherited(own):
    path = own / "my-crisis.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    put = [
        line.removeprefix("# ").replace('""', '"V-Dem"') if line.startswith("# democracy") else line
        for line in lines
    ]
    path.write_text("\n".join(put), encoding="utf-8")
    left = {info.path for info in inherited(load(path))}
    assert "client.democracy" not in left and "client.opinion" in left


def test_check_tells_all_in_one_go(own, capsys):
    kinds = {one.kind for one in findings_in(own)}
    assert kinds == {"guessed", "inherited", "empty", "noted"}
    main(["check", str(own)])
    told = capsys.readouterr().out
    assert "client.democracy = " in told and "V-Dem" in told and "region[CORE]" in told
    (own / "record" / "control.csv").write_text(
        "date;share_held\n2008-08-09;0,5\nAugust;1,5\n", encoding="utf-8"
    )
    (own / "record" / "polls.csv").write_text("date,measure,share\n2008-08-09,relations_good,2\n")
    captures = '[[capture]]\nid = "COR"\ndate = 2008-08-09\n'
    (own / "record" / "captures.toml").write_text(captures, encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["check", str(own)])
    told = capsys.readouterr()
    assert left.value.code == 2 and "4 things are wrong" in told.err
    assert "polls.csv: line 2: '2' is no share" in told.out
    assert "line 3: 'August' is no date" in told.out and "'1.5' is no share" in told.out
    assert "did you mean 'CORE'?" in told.out and "decimal commas" in told.out
    (own / "my-crisis.toml").write_text("[cast]\n", encoding="utf-8")
    assert any(one.kind == "wrong" and "map: missing" in one.text for one in findings_in(own))


def test_a_map_of_ones_own_has_areas_middles_and_neighbours(squares, tmp_path):
    main(["new", str(tmp_path / "war"), "--map", str(squares)])
    scenario = load(tmp_path / "war" / "war.toml")
    regions = {region.name: region for region in scenario.regions.region}
    one = regions["Distríct 11"]
    heights = [math.sin(math.radians(degree)) for degree in (42.2, 42.4)]
    assert one.area == pytest.approx(EARTH**2 * math.radians(0.2) * (heights[1] - heights[0]), abs=0.1)
    assert (one.latitude, one.longitude) == pytest.approx((42.3, 44.3), abs=1e-3)
    ids = {region.id: region.name for region in scenario.regions.region}
    assert {ids[near] for near in one.neighbours} == {"Distríct 01", "Distríct 21", "Distríct 10"}
    assert len(regions["Island"].neighbours) == 1
    assert "it touches no region" in regions["Island"].source and "touches" not in one.source
    shapes = json.loads((tmp_path / "war" / "war-map.json").read_text(encoding="utf-8"))["regions"]
    outline = np.array(shapes[one.id]["polygon"])
    wide, high = outline.max(axis=0) - outline.min(axis=0)
    assert wide * high == pytest.approx(one.area, rel=0.02)
    assert sim.run(scenario, worlds=5).worlds["war_days"].max() > 0


def test_each_island_is_told_as_one(tmp_path):
    pair = [square(44, 42, name="A"), square(44.2, 42, name="B")]
    isles = [square(48, 42, name="C"), square(48.6, 42, name="D")]
    found = {one.name: one.touches_none for one in read_geojson(drawn(tmp_path, [*pair, *isles]))}
    assert found == {"A": False, "B": False, "C": True, "D": True}


def test_regions_that_meet_in_a_corner_are_no_neighbours(tmp_path):
    """Twelve slices of a cake: each borders on the one before and the one after it."""
    slices = []
    for place in range(12):
        edge = [(44.0 + 0.4 * math.cos(turn), 42.0 + 0.3 * math.sin(turn)) for turn in
                (math.radians(30 * place), math.radians(30 * place + 30))]  # fmt: skip
        ring = [[44.0, 42.0], *map(list, edge), [44.0, 42.0]]
        slices.append(
            square(0, 0, name=f"{place:02d}") | {"geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    for place, one in enumerate(read_geojson(drawn(tmp_path, slices))):
        assert set(one.neighbours) == {(place - 1) % 12, (place + 1) % 12}


def test_holes_and_parts_count_as_they_should(tmp_path):
    holed = square(0, 0, 1, name="A")
    inner = square(0.25, 0.25, 0.5)["geometry"]["coordinates"][0]
    holed["geometry"]["coordinates"].append(inner[::-1])
    far = square(3, 0, 1, name="B")
    rings = [far["geometry"]["coordinates"], square(5, 0, 1)["geometry"]["coordinates"]]
    far["geometry"] = {"type": "MultiPolygon", "coordinates": rings}
    one, other = read_geojson(drawn(tmp_path, [holed, far]))
    assert one.area == pytest.approx(0.75 * other.area / 2, rel=1e-4)
    assert one.middle == pytest.approx((0.5, 0.5), abs=1e-3) and other.middle == pytest.approx(
        (0.5, 4.5), abs=1e-3
    )


@pytest.mark.parametrize("back", [False, True])
def test_what_lies_in_a_hole_borders_on_what_is_around_it_and_is_drawn_upon_it(tmp_path, back):
    around = square(44, 42, 0.6, name="Around")
    around["geometry"]["coordinates"] += square(44.15, 42.15, 0.3)["geometry"]["coordinates"]
    features = [around, square(44.15, 42.15, 0.3, name="Within"), square(44.6, 42, name="Beside")]
    path = drawn(tmp_path, features[::-1] if back else features)
    main(["new", str(tmp_path / "war"), "--map", str(path)])
    scenario = load(tmp_path / "war" / "war.toml")
    names = {region.id: region.name for region in scenario.regions.region}
    beside = {one.name: {names[near] for near in one.neighbours} for one in scenario.regions.region}
    assert beside == {"Around": {"Within", "Beside"}, "Within": {"Around"}, "Beside": {"Around"}}
    shapes = {names[name]: shape for name, shape in shapes_of(scenario).items()}
    assert next(iter(shapes)) == "Around"
    low, high = np.min(shapes["Within"].outline, axis=0), np.max(shapes["Within"].outline, axis=0)
    label = shapes["Around"].label
    assert not ((low < label) & (label < high)).all(), "its name lies beside the hole"
    made = sim.run(scenario, worlds=2)
    ((fills, *_),) = [[one for one in made.plot.map().axes[0].collections if isinstance(one, PolyCollection)]]
    first = fills.get_paths()[0].get_extents().size
    assert first == pytest.approx(np.ptp(shapes["Around"].outline, axis=0))
    markup = map_of(scenario, Watcher(ConflictModel(scenario)).first())
    places = [int(place) for place in re.findall(r'data-region="(\d+)"', markup)]
    assert scenario.regions.region[places[0]].name == "Around" and sorted(places) == [0, 1, 2]


def test_a_map_in_another_projection_is_refused_by_its_name(tmp_path):
    path = drawn(tmp_path, [square(0, 0, name="A"), square(0.2, 0, name="B")])
    data = json.loads(path.read_text(encoding="utf-8"))
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::32638"):
        crs = {"type": "name", "properties": {"name": name}}
        path.write_text(json.dumps(data | {"crs": crs}), encoding="utf-8")
        if name.endswith("CRS84"):
            assert len(read_geojson(path)) == 2
    with pytest.raises(UserError, match="are in urn:ogc:def:crs:EPSG::32638; save it as WGS 84"):
        read_geojson(path)


POINT = {"properties": {"name": "B"}, "geometry": {"type": "Point"}}


@pytest.mark.parametrize(
    ("features", "line"),
    [
        ([square(0, 0, name="A"), square(0.2, 0)], "feature 2 has no name; give it a property 'name'"),
        ([square(0, 0, name="A"), square(0.1, 0, name="B")], "A and B overlap"),
        ([square(0, 0, 1, name="A"), square(0.3, 0.3, name="B")], "A and B overlap"),
        ([square(0.3, 0.3, name="B"), square(0, 0, 1, name="A")], "B and A overlap"),
        ([square(500000, 4600000, 9000, name="A"), square(0, 0, name="B")], "save it as WGS 84"),
        ([square(0, 0, name="A"), square(0.2, 0, name="A")], "two regions are called 'A'"),
        ([square(0, 0, name="A")], "two regions or more"),
        ([square(0, 0, name="A"), {"properties": {"name": "B"}, "geometry": None}], "not a polygon"),
        ([square(0, 0, name="A"), POINT], "not a Point"),
        ([square(0, 0, name="A"), square(0.2, 0, 0, name="B")], "B: the polygon has no area"),
    ],
)  # fmt: skip
def test_a_bad_map_is_one_line_and_leaves_nothing(tmp_path, capsys, features, line):
    with pytest.raises(SystemExit):
        main(["new", str(tmp_path / "war"), "--map", str(drawn(tmp_path, features))])
    told = capsys.readouterr().err
    assert line in told and told.count("\n") == 1
    assert not (tmp_path / "war").exists()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--start", "August 2008"], "a date is needed, such as 2008-08-07"),
        (["--client", "A; B"], "one name is needed, not several"),
        (["--client", "A", "--client", "B"], "--client A; B: one name is needed, not several"),
        (["--client", "Patron"], "three different names are needed"),
        (["--map", "nowhere.json"], "cannot be read"),
        (["--map", "/dev/null"], "it is no regular file"),
        (["--patron", "\udcff"], r"--patron '\udcff': the name is not a text in UTF-8"),
    ],
)
def test_wrong_options_are_one_line(tmp_path, capsys, options, line):
    with pytest.raises(SystemExit):
        main(["new", str(tmp_path / "war"), *options])
    assert line in capsys.readouterr().err and not (tmp_path / "war").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.parametrize("name", ["more.toml", "record/captures.toml", "record/patterns.toml"])
def test_what_never_ends_is_not_waited_for(own, capsys, name):
    (own / name).unlink(missing_ok=True)
    os.mkfifo(own / name)
    with pytest.raises(SystemExit):
        main(["check", str(own)])
    told = capsys.readouterr()
    assert f"{name}: cannot be read: it is no regular file" in told.out + told.err


@pytest.mark.parametrize("name", ["", "."])
def test_a_map_to_draw_needs_a_name(capsys, name):
    with pytest.raises(SystemExit):
        main(["draw", name])
    assert "a file of regions is needed" in capsys.readouterr().err


def test_nothing_is_overwritten(own, capsys):
    before = {path: path.read_bytes() for path in own.rglob("*.*")}
    with pytest.raises(SystemExit):
        main(["new", str(own)])
    assert "give a new or empty folder" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in own.rglob("*.*")} == before
    with pytest.raises(UserError, match="a scenario 'crisis' ships"):
        from experiments.own_crisis.template import scenario_name

        scenario_name(Path("crisis"))
