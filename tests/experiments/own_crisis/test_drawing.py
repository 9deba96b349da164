"""The shapes of a map of one's own: beside the scenario, from outlines or computed, drawn in the figures."""

import importlib.util
import json
import re

import numpy as np
import pytest

import sim
from experiments.cli import USER_ERROR, main
from experiments.figures.map import SCHEMATIC, map_of_loss, shapes_of
from experiments.own_crisis.template import OUTLINES
from sim.runs.plan import Plan
from sim.scenarios.loading import load
from tests.experiments.own_crisis.test_own_crisis import drawn, square
from tests.thorough import thorough

WIDE = 0.2


@pytest.fixture
def own(tmp_path, capsys):
    """A crisis with a map of two rows of three squares."""
    grid = [(x, y) for y in (0, 1) for x in (0, 1, 2)]
    features = [square(44 + WIDE * x, 42 + WIDE * y, name=f"Place {x}{y}") for x, y in grid]
    drawn(tmp_path, features)
    main(["new", str(tmp_path / "war"), "--map", str(tmp_path / "map.geojson")])
    capsys.readouterr()
    return tmp_path / "war"


@thorough
def test_a_run_draws_the_own_map_also_after_it_has_moved(own, tmp_path):
    main(
        [
            "run",
            str(own / "war.toml"),
            "--worlds",
            "3",
            "--workers",
            "1",
            "--quiet",
            "--out",
            str(tmp_path / "run"),
        ]
    )
    assert (tmp_path / "run" / "map.svg").is_file()
    own.rename(tmp_path / "elsewhere")
    folder = sim.open(tmp_path / "run").folder
    figure = map_of_loss(folder)
    told = " ".join(text.get_text() for text in figure.texts)
    assert OUTLINES in told.replace("\n", " ") and SCHEMATIC not in told


def test_real_outlines_are_not_replaced_by_computed_ones(own, capsys):
    before = (own / "war-map.json").read_bytes()
    with pytest.raises(SystemExit) as left:
        main(["draw", str(own / "war-map.toml")])
    assert left.value.code == USER_ERROR and "holds real outlines" in capsys.readouterr().err
    assert (own / "war-map.json").read_bytes() == before


def test_shapes_are_those_beside_the_scenario(own):
    scenario = load(own / "war.toml")
    shapes = shapes_of(scenario)
    regions = {region.id: region for region in scenario.regions.region}
    assert set(shapes) == set(regions)
    for name, shape in shapes.items():
        outline = np.array(shape.outline)
        wide, high = outline.max(axis=0) - outline.min(axis=0)
        assert wide * high == pytest.approx(regions[name].area, rel=0.02)
        assert (outline.min(axis=0) < shape.label).all() and (shape.label < outline.max(axis=0)).all()
    assert load("karabakh-2020").regions.shapes == {} and shapes_of(load("karabakh-2020"))


def test_the_name_of_a_map_may_end_in_toml_and_have_letters_beyond_ascii(own):
    usual = shapes_of(load(own / "war.toml"))
    for ending in ("toml", "json"):
        (own / f"war-map.{ending}").rename(own / f"карта ö.{ending}")
    text = (own / "war.toml").read_text(encoding="utf-8")
    (own / "war.toml").write_text(text.replace('"war-map"', '"карта ö.toml"'), encoding="utf-8")
    assert load(own / "war.toml").map == "карта ö" and shapes_of(load(own / "war.toml")) == usual


def test_no_number_hangs_on_the_drawing(own):
    before = Plan(load(own / "war.toml")).fingerprint
    (own / "war-map.json").unlink()
    assert Plan(load(own / "war.toml")).fingerprint == before and shapes_of(load(own / "war.toml")) is None


def test_a_damaged_drawing_is_one_line(own, capsys):
    no_label = '{"about": {}, "regions": {"A": {"polygon": [[0, 0]]}}}'
    bad = {
        "{": "not valid JSON",
        "{}": "holds no shapes",
        "[]": "names and values",
        no_label: "label: missing",
    }
    for text, line in bad.items():
        (own / "war-map.json").write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit):
            main(["run", str(own / "war.toml")])
        told = capsys.readouterr().err
        assert line in told and told.count("\n") == 1


def test_outlines_are_compared_with_the_map(own, capsys):
    file, outlines = own / "war-map.toml", own.parent / "map.geojson"
    (own / "war-map.json").unlink()
    main(["draw", str(file), "--geojson", str(outlines)])
    assert "Areas, middles and neighbours are those of the map." in capsys.readouterr().out
    assert set(json.loads((own / "war-map.json").read_text())["regions"]) == set(
        shapes_of(load(own / "war.toml"))
    )
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"area = .*", "area = 100.0", text, count=1), encoding="utf-8")
    main(["draw", str(own / "war-map"), "--geojson", str(outlines), "--out", str(own / "other.json")])
    assert "area = 100 km2, the outline has" in capsys.readouterr().out and (own / "other.json").is_file()
    drawn(own.parent, [square(44, 42, name="Place 00"), square(45, 42, name="Nowhere")])
    with pytest.raises(SystemExit):
        main(["draw", str(file), "--geojson", str(outlines)])
    assert "no outline is called 'Place 10'" in capsys.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("shapely") is None, reason="shapely is not installed")
def test_shapes_are_computed_from_middles_and_areas(own, capsys):
    (own / "war-map.json").unlink()
    main(["draw", str(own / "war-map.toml")])
    assert "true borders drawn" in capsys.readouterr().out
    scenario = load(own / "war.toml")
    areas = {region.id: region.area for region in scenario.regions.region}
    for name, shape in shapes_of(scenario).items():
        x, y = np.array(shape.outline[:-1]).T
        assert abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2 == pytest.approx(
            areas[name], rel=0.02
        )
    assert scenario.regions.drawn == ""


@pytest.mark.skipif(importlib.util.find_spec("shapely") is not None, reason="shapely is installed")
def test_without_shapely_it_says_what_to_install(own, capsys):
    (own / "war-map.json").unlink()
    with pytest.raises(SystemExit):
        main(["draw", str(own / "war-map.toml")])
    assert "pip install 'captive-ally[maps]'" in capsys.readouterr().err
