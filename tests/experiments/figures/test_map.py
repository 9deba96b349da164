"""The map of a run: each region in its place, its colour and number those of its chance of loss."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex

from experiments.figures.map import (
    CHALLENGER_LAND,
    CLIENT_LAND,
    CORE_LINE,
    INK,
    LOSS,
    Shape,
    edges_between,
    labels_of,
    map_of_loss,
    read_shapes,
)
from experiments.shares import in_percent
from sim.runs.results import ResultFolder
from sim.scenarios.loading import load
from tests.experiments.figures.artists import (
    colour_of,
    columns_of,
    directions,
    is_darker,
    legend_of,
    texts_in,
)

WAR = "karabakh-2020"


@pytest.fixture
def run(made_run: Callable[..., ResultFolder]) -> ResultFolder:
    return made_run(load(WAR).close_up)


def chances_of(folder: ResultFolder) -> dict[str, float]:
    """The share of worlds of the first point in which each district is lost on the last day."""
    bands = folder.bands[(folder.bands["point"] == 0) & folder.bands["measure"].str.startswith("lost_")]
    last = bands[bands["date"] == bands["date"].max()]
    return {
        name.removeprefix("lost_"): mean for name, mean in zip(last["measure"], last["mean"], strict=True)
    }


def test_a_region_is_darker_the_likelier_it_is_lost(run: ResultFolder) -> None:
    figure = map_of_loss(run)
    assert figure is not None
    axes, regions, chances = figure.axes[0], run.scenario.regions.region, chances_of(run)
    shapes = read_shapes(run.scenario.map)
    (land,) = (found for found in axes.collections if isinstance(found, PolyCollection))
    fills = {}
    for region, path, fill in zip(regions, land.get_paths(), land.get_facecolor(), strict=True):
        assert shapes is not None
        assert {tuple(corner) for corner in path.vertices} == set(shapes[region.id].outline)
        fills[region.id] = fill
        neutral = CLIENT_LAND if region.legal_title == "client" else CHALLENGER_LAND
        expected = LOSS(chances[region.id]) if region.id in chances else neutral
        assert to_hex(fill) == to_hex(expected)
    assert directions(axes) == ("right", "up")  # east and north
    rising = sorted(chances, key=lambda name: chances[name])
    assert len(rising) > 8 and chances[rising[0]] < 0.1 and chances[rising[-1]] > 0.6
    assert all(is_darker(fills[more], fills[less]) for less, more in pairwise(rising))
    legend = legend_of(figure)
    assert colour_of(legend[f"{run.scenario.cast.client.name}, recognised land"]) == CLIENT_LAND
    assert colour_of(legend[f"{run.scenario.cast.challenger.name}, not contested"]) == CHALLENGER_LAND


def test_the_number_in_a_region_is_its_chance_in_per_cent(run: ResultFolder) -> None:
    figure = map_of_loss(run)
    assert figure is not None
    axes, chances, shapes = figure.axes[0], chances_of(run), read_shapes(run.scenario.map)
    texts = [text for text in texts_in(axes).values() if not text.get_text().endswith("km")]
    assert shapes is not None and len(texts) == len(run.scenario.regions.region)
    for region in run.scenario.regions.region:
        names = (region.id, region.name.split()[0].removesuffix(","), region.name.split(",")[0])
        (mine,) = (
            text
            for text in texts
            if np.hypot(*np.subtract(text.get_position(), shapes[region.id].label)) < 12
            and text.get_text().split("\n")[0] in names
        )
        last = mine.get_text().split("\n")[-1]
        if region.id in chances:
            assert f"{last}\N{NO-BREAK SPACE}%" == in_percent(chances[region.id])
        else:
            assert not last.isdigit()


def test_the_scale_of_colours_runs_from_never_to_always(run: ResultFolder) -> None:
    figure = map_of_loss(run)
    assert figure is not None
    bar = figure.axes[1]
    assert directions(bar)[0] == "right" and bar.get_xlim() == (0, 100)
    assert [float(label) for label in columns_of(bar)] == list(columns_of(bar).values())
    (shades,) = (found for found in bar.collections if hasattr(found, "get_coordinates"))
    shades.update_scalarmappable()
    colours, values = shades.to_rgba(shades.get_array()), np.ravel(shades.get_array())
    assert to_hex(colours.reshape(-1, 4)[values.argmin()]) == to_hex(LOSS(0.0))
    assert to_hex(colours.reshape(-1, 4)[values.argmax()]) == to_hex(LOSS(1.0))


def test_the_lines_are_the_recognised_border_and_the_edge_of_the_core(run: ResultFolder) -> None:
    figure = map_of_loss(run)
    assert figure is not None
    regions, shapes = run.scenario.regions.region, read_shapes(run.scenario.map)
    assert shapes is not None
    around, border = (found for found in figure.axes[0].collections if isinstance(found, LineCollection))
    legend = legend_of(figure)
    assert colour_of(legend["edge of the core"]) == to_hex(around.get_color()[0]) == to_hex(CORE_LINE)
    assert colour_of(legend["recognised border"]) == to_hex(border.get_color()[0]) == to_hex(INK)
    outlines = {region.id: {tuple(point) for point in shapes[region.id].outline} for region in regions}
    title = {region.id: region.legal_title for region in regions}
    for start, end in (tuple(map(tuple, segment)) for segment in border.get_segments()):
        beside = {title[name] for name, points in outlines.items() if start in points and end in points}
        assert {"client", "challenger"} <= beside
    core = {region.id: region.legal_class == "core" for region in regions}
    for start, end in (tuple(map(tuple, segment)) for segment in around.get_segments()):
        assert any(core[name] for name, points in outlines.items() if start in points and end in points)


def test_recognised_border_and_core_are_found_by_their_edges() -> None:
    square = {
        "A": Shape(((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)), (0.5, 0.5)),
        "B": Shape(((1, 0), (2, 0), (2, 1), (1, 1), (1, 0)), (1.5, 0.5)),
    }
    kinds = {"A": "client", "B": "challenger"}
    assert edges_between(square, kinds, "client", "challenger") == [((1, 0), (1, 1))]
    assert len(edges_between(square, kinds, "client", "")) == 3


def test_labels_that_keep_their_name_lie_inside_their_region() -> None:
    shapes, regions = read_shapes("south-caucasus"), load(WAR).regions.region
    assert shapes is not None
    labels = labels_of(shapes, regions, {"SHU": 0.5}, km_a_point=0.6)
    assert {region.id for region in regions} == set(labels)
    assert labels["YER"].in_short and not labels["SYU"].in_short
    assert labels["SHU"].text.endswith("50")
