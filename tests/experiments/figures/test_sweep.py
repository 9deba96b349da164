"""The figures of a run over a design: the form that suits it, and in it what its worlds did."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.contour import ContourSet

from experiments.figures.style import GREY
from experiments.figures.sweep import draw_sweep, figure_of
from experiments.figures.sweep_data import Sweep, day_word, factors_of, number_word, outcome_of, quantiles_by
from sim.errors import UserError
from sim.runs.execution import RunOptions, run_into
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder, open_folder
from tests.experiments.figures.artists import (
    bands_of,
    bars_of,
    beside_of,
    cells_of,
    colour_of,
    columns_of,
    directions,
    is_darker,
    legend_of,
    lines_of,
    points_of,
    rows_of,
    shades_of,
    texts_in,
)
from tests.experiments.figures.made import CAPABILITY, DESIGNS, KNOWN, OPTION, THEORIES, WAR, WORLDS, grid
from tests.thorough import mostly_thorough, thorough

ALL_KINDS = ("share_lost", "level_max_date", "kept_aside_by", "peaceful_deal")
NAMES = ["article", "treaty only", "balance of threat"]

Make = Callable[..., ResultFolder]


DRAWN = ("number", "claims", "number and category", "grid", "two spread", "two categories", "three")


@pytest.mark.parametrize("name", mostly_thorough(DESIGNS, *DRAWN))
def test_every_design_and_kind_of_outcome_is_drawn_whole(made_sweep: Make, tmp_path: Path, name: str) -> None:
    folder, before = made_sweep(DESIGNS[name]), dict(matplotlib.rcParams)
    sweep = Sweep(folder, factors_of(folder))
    for kind in ALL_KINDS:
        figure = figure_of(sweep, outcome_of(folder, kind), [].append)
        tight, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert tight.x0 >= 0 and tight.y0 >= 0 and tight.x1 <= width and tight.y1 <= height, kind
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", mostly_thorough(DRAWN, "number and category"))
def test_the_same_folder_gives_the_same_bytes(made_sweep: Make, tmp_path: Path, name: str) -> None:
    folder = made_sweep(DESIGNS[name])
    first, second = tmp_path / "first", tmp_path / "second"
    for into in (first, second):
        into.mkdir()
        draw_sweep(folder, into, ALL_KINDS)
    files = sorted(path.name for path in first.iterdir())
    expected = [f"sweep-{kind}.{form}" for kind in ALL_KINDS for form in ("svg", "png")]
    assert files == sorted(expected + (["main_effects.csv"] if name == "three" else []))
    assert all((first / file).read_bytes() == (second / file).read_bytes() for file in files)


def words(svg: Path) -> str:
    return " ".join(" ".join(ElementTree.parse(svg).getroot().itertext()).split())


def test_caption_and_axes_say_what_is_shown(made_sweep: Make, tmp_path: Path) -> None:
    draw_sweep(made_sweep(DESIGNS["grid"]), tmp_path)
    text = words(tmp_path / "sweep-share_lost.svg")
    facts = (WAR.title, "theory: article", "42 points (grid)", "12 worlds a point", "seed 5", "mean, share")
    for fact in (*facts, KNOWN[OPTION].meaning, f"{OPTION}, share", KNOWN[CAPABILITY].meaning):
        assert fact in text


def test_a_date_that_did_not_come_everywhere_says_so(made_sweep: Make, tmp_path: Path) -> None:
    folder = made_sweep(DESIGNS["number"])
    draw_sweep(folder, tmp_path, "fell_SHU")
    known = folder.worlds["fell_SHU"].notna().groupby(folder.worlds["point"]).mean()
    text = words(tmp_path / "sweep-fell_SHU.svg")
    assert f"only worlds where it is known, {known.min():.0%}".replace("%", " %") in text
    assert "Shu" in text and "2020" in text


def test_a_point_without_worlds_is_left_blank(made_sweep: Make, tmp_path: Path) -> None:
    for name in (
        "number",
        "category",
        "number and category",
        "grid",
        "two spread",
        "two categories",
        "three",
    ):
        folder = made_sweep(DESIGNS[name])
        some = folder.worlds[folder.worlds["point"] != 2]
        some.to_parquet(tmp_path / "worlds.parquet")
        again = ResultFolder(tmp_path, folder.manifest)
        for kind in ALL_KINDS:
            figure_of(Sweep(again, factors_of(again)), outcome_of(again, kind), [].append)


@thorough
def test_an_outcome_that_never_varies_or_never_came_is_drawn(made_sweep: Make, tmp_path: Path) -> None:
    for design in DESIGNS.values():
        worlds = WORLDS * len(next(iter(design.values())))
        never = pd.Series(pd.NaT, index=range(worlds), dtype="datetime64[ms]")
        folder = made_sweep(design, share_lost=np.zeros(worlds), level_max_date=never)
        assert len(draw_sweep(folder, tmp_path, ("share_lost", "level_max_date"))) >= 4


def test_nothing_is_drawn_where_nothing_varies(made_sweep: Make, tmp_path: Path) -> None:
    assert draw_sweep(made_sweep({OPTION: [0.5]}), tmp_path) == []


def test_an_unknown_outcome_is_refused_with_the_nearest(made_sweep: Make, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="share_lost"):
        draw_sweep(made_sweep(DESIGNS["number"]), tmp_path, "share_los")


def test_a_real_run_over_a_design_is_drawn(tmp_path: Path) -> None:
    design = pd.DataFrame(grid(f"{OPTION}=0,1", "theory=article,treaty_only"))
    path = run_into(
        Plan(WAR, worlds=4, design=design), tmp_path / "out", "x", RunOptions("inline"), draw=draw_sweep
    )
    assert (path / "sweep-share_lost.svg").is_file()
    assert "treaty only" in words(path / "sweep-share_lost.svg")
    assert open_folder(path).manifest.figures == ("sweep-share_lost.png", "sweep-share_lost.svg")


# What is drawn, against the worlds that it comes from


def drawn(folder: ResultFolder, kind: str):
    """The figure of an outcome, and this outcome."""
    outcome = outcome_of(folder, kind)
    return figure_of(Sweep(folder, factors_of(folder)), outcome, [].append), outcome


def says_line(axes, table: pd.DataFrame, colour: str) -> None:
    """A line of medians or shares with the bands around it that the table has."""
    (line,) = lines_of(axes, color=colour, marker="o")
    assert points_of(line) == pytest.approx(np.array([table.index, table["q50"]]))
    known = [(low, high) for low, high in (("q05", "q95"), ("q25", "q75")) if table[low].notna().any()]
    for band, (low, high) in zip(bands_of(axes, colour), known, strict=True):
        assert band["low"].to_numpy() == pytest.approx(table[low].to_numpy())
        assert band["high"].to_numpy() == pytest.approx(table[high].to_numpy())


def quantiles_of_worlds(folder: ResultFolder, keys, kind: str) -> pd.DataFrame:
    """Median and quantiles of a numeric outcome over worlds, dates in days since 1970."""
    values = folder.worlds[kind]
    if kind.endswith("_date"):
        values = (values - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    ends = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
    return pd.DataFrame({name: values.groupby(keys).quantile(level) for name, level in ends.items()})


@pytest.mark.parametrize("kind", ["share_lost", "wars", "level_max_date"])
def test_along_a_number_lie_median_and_ranges_of_worlds(made_sweep: Make, kind: str) -> None:
    folder = made_sweep(DESIGNS["number"])
    figure, _ = drawn(folder, kind)
    (axes,) = figure.axes
    keys = folder.worlds["point"].map(dict(enumerate(DESIGNS["number"][OPTION])))
    table = quantiles_of_worlds(folder, keys, kind).dropna()
    (line,) = lines_of(axes, marker="o")
    says_line(axes, table, colour_of(line))
    assert directions(axes) == ("right", "up") and OPTION in axes.get_xlabel()
    word = day_word if kind.endswith("_date") else number_word
    told = [text.get_text() for text in axes.texts if text.get_text().startswith("median")]
    assert told == [f"median\n{word(table['q50'].iloc[-1])}"]
    (default,) = lines_of(axes, color=GREY)
    assert set(points_of(default)[0]) == {KNOWN[OPTION].default}
    if kind.endswith("_date"):
        axes.figure.canvas.draw()
        assert all(label == day_word(place) for label, place in rows_of(axes).items() if label)


def test_along_a_number_lies_the_share_of_worlds_with_its_interval(made_sweep: Make) -> None:
    folder = made_sweep(DESIGNS["number"])
    figure, outcome = drawn(folder, "peaceful_deal")
    (axes,) = figure.axes
    keys = folder.worlds["point"].map(dict(enumerate(DESIGNS["number"][OPTION])))
    shares = folder.worlds["peaceful_deal"].groupby(keys).mean()
    (line,) = lines_of(axes, marker="o")
    assert points_of(line) == pytest.approx(np.array([shares.index, shares]))
    says_line(axes, quantiles_by(outcome, keys), colour_of(line))
    assert directions(axes) == ("right", "up") and axes.get_ylim()[0] == 0


def test_along_a_number_lie_the_shares_of_names_in_layers(made_sweep: Make) -> None:
    folder = made_sweep(DESIGNS["number"])
    figure, outcome = drawn(folder, "kept_aside_by")
    (axes,) = figure.axes
    shares = pd.crosstab(folder.worlds["point"], outcome.names, normalize="index")
    legend, floor = legend_of(figure), 0.0
    assert set(legend) == set(shares.columns) and directions(axes) == ("right", "up")
    assert axes.get_ylim() == (0, 1)
    for name in reversed(list(legend)):  # from the bottom
        (layer,) = bands_of(axes, colour_of(legend[name]))
        assert layer.index.to_numpy() == pytest.approx(DESIGNS["number"][OPTION])
        assert layer["low"].to_numpy() == pytest.approx(floor)
        assert (layer["high"] - layer["low"]).to_numpy() == pytest.approx(shares[name].to_numpy())
        floor = layer["high"].to_numpy()


@pytest.mark.parametrize("kind", ["share_lost", "level_max_date"])
def test_each_category_is_a_row_with_its_median_and_ranges(made_sweep: Make, kind: str) -> None:
    folder = made_sweep(DESIGNS["category"])
    figure, outcome = drawn(folder, kind)
    (axes,) = figure.axes
    rows, told = rows_of(axes), beside_of(axes)
    assert list(rows) == NAMES and directions(axes)[0] == "right"
    table = quantiles_of_worlds(folder, folder.worlds["point"], kind)
    for point, row in enumerate(rows.values()):
        mine = [line for line in axes.lines if (points_of(line)[1] == row).all()]
        thin, thick, dot = sorted(mine, key=lambda line: (line.get_marker() == "o", line.get_linewidth()))
        found = table.loc[point]
        assert points_of(thin)[0] == pytest.approx(found[["q05", "q95"]].to_numpy())
        assert points_of(thick)[0] == pytest.approx(found[["q25", "q75"]].to_numpy())
        assert points_of(dot)[0] == pytest.approx([found["q50"]])
        assert told[row] == outcome.word(found["q50"])


def test_each_category_is_a_row_with_its_names_side_by_side(made_sweep: Make) -> None:
    folder = made_sweep(DESIGNS["category"], share_lost=np.repeat([0.1, 0.2, 0.3], WORLDS))
    figure, outcome = drawn(folder, "kept_aside_by")
    (axes,) = figure.axes
    assert list(rows_of(axes)) == NAMES and axes.get_xlim() == (0, 1)
    shares = pd.crosstab(folder.worlds["point"], outcome.names, normalize="index")
    legend, floor = legend_of(figure), np.zeros(3)
    assert len(legend) == 3
    for name in reversed(list(legend)):
        bars = {row: (left, right) for left, right, row in bars_of(axes, colour_of(legend[name]))}
        for point, row in enumerate(rows_of(axes).values()):
            left, right = bars[row]
            assert left == pytest.approx(floor[point]) and right - left == pytest.approx(
                shares.at[point, name]
            )
            floor[point] = right


@pytest.mark.parametrize("kind", ["share_lost", "peaceful_deal"])
def test_each_category_has_the_line_and_band_of_its_worlds(made_sweep: Make, kind: str) -> None:
    folder = made_sweep(DESIGNS["number and category"])
    figure, outcome = drawn(folder, kind)
    (axes,) = figure.axes
    points = pd.DataFrame(DESIGNS["number and category"])
    labels = {text.get_text(): text for text in axes.texts if text.get_text() in NAMES}
    assert list(labels) and directions(axes) == ("right", "up")
    ends = {}
    for theory, name in zip(THEORIES.removeprefix("theory=").split(","), NAMES, strict=True):
        mine = folder.worlds[folder.worlds["point"].map(points["theory"]) == theory]
        keys = mine["point"].map(points[OPTION])
        if kind == "share_lost":
            table = quantiles_of_worlds(folder, keys, kind).assign(q05=np.nan, q95=np.nan)
        else:
            table = quantiles_by(outcome, keys)
        says_line(axes, table, labels[name].get_color())
        ends[name] = table["q50"].iloc[-1]
    heights = {name: text.get_position()[1] for name, text in labels.items()}
    assert [ends[name] for name in sorted(heights, key=lambda name: heights[name])] == sorted(ends.values())


def says_scale(figure, colour_at, least: float, most: float) -> None:
    """A bar of colours runs upwards from the least to the most, lighter to darker, as the panel has it."""
    bar = figure.axes[1]
    values, colours = shades_of(bar)
    assert directions(bar)[1] == "up" and bar.get_ylim() == pytest.approx((least, most))
    assert is_darker(colours[-1], colours[0])
    for value in (least, 0.4 * least + 0.6 * most, most):
        nearest = colours[np.abs(values - value).argmin()]
        assert np.ravel(colour_at(value)) == pytest.approx(nearest, abs=0.02)


@pytest.mark.parametrize("kind", ["share_lost", "peaceful_deal", "level_max_date"])
def test_each_cell_of_a_heat_map_is_the_mean_of_its_point(made_sweep: Make, kind: str) -> None:
    folder = made_sweep(DESIGNS["grid"])
    figure, outcome = drawn(folder, kind)
    axes = figure.axes[0]
    (mesh,) = (found for found in axes.collections if isinstance(found, QuadMesh))
    columns, rows, cells = cells_of(mesh)
    assert directions(axes) == ("right", "up")
    assert OPTION in axes.get_xlabel() and CAPABILITY in axes.get_ylabel()
    means = outcome.values.groupby(folder.worlds["point"]).mean()
    points = pd.DataFrame(DESIGNS["grid"])
    middles = [(edges[:-1] + edges[1:]) / 2 for edges in (columns, rows)]
    assert middles[0] == pytest.approx(np.linspace(0, 1, 6))
    assert middles[1] == pytest.approx(np.linspace(0.1, 1, 7))
    for point, (across, up) in enumerate(zip(points[OPTION], points[CAPABILITY], strict=True)):
        column, row = (
            np.abs(each - value).argmin() for each, value in zip(middles, (across, up), strict=True)
        )
        assert cells[row, column] == pytest.approx(means[point], nan_ok=True)
    says_scale(figure, mesh.to_rgba, np.nanmin(means), np.nanmax(means))
    (mark,) = lines_of(axes, marker="P")
    assert points_of(mark)[:, 0].tolist() == [KNOWN[OPTION].default, KNOWN[CAPABILITY].default]


def test_contours_of_a_heat_map_lie_where_their_values_are(made_sweep: Make) -> None:
    points = pd.DataFrame(DESIGNS["grid"])
    level = 0.7 * points[OPTION] + 0.2 * points[CAPABILITY]
    folder = made_sweep(DESIGNS["grid"], share_lost=np.repeat(level.to_numpy(), WORLDS))
    figure, _ = drawn(folder, "share_lost")
    (contours,) = (found for found in figure.axes[0].collections if isinstance(found, ContourSet))
    for value, path in zip(contours.levels, contours.get_paths(), strict=True):
        x, y = path.vertices.T
        assert len(x) > 1 and 0.7 * x + 0.2 * y == pytest.approx(value)
    for (x, y), text in texts_in(figure.axes[0]).items():
        assert float(text.get_text()) == pytest.approx(0.7 * x + 0.2 * y, abs=0.01)


def test_each_scattered_point_has_the_colour_of_its_mean(made_sweep: Make) -> None:
    folder = made_sweep(DESIGNS["two spread"])
    figure, outcome = drawn(folder, "share_lost")
    axes = figure.axes[0]
    (dots,) = (found for found in axes.collections if isinstance(found, PathCollection))
    points = pd.DataFrame(DESIGNS["two spread"])
    means = outcome.values.groupby(folder.worlds["point"]).mean()
    assert np.asarray(dots.get_offsets()) == pytest.approx(points[[OPTION, CAPABILITY]].to_numpy())
    assert np.asarray(dots.get_array()) == pytest.approx(means.to_numpy())
    assert directions(axes) == ("right", "up")
    assert OPTION in axes.get_xlabel() and CAPABILITY in axes.get_ylabel()
    says_scale(figure, dots.to_rgba, means.min(), means.max())


def test_each_pair_of_categories_has_its_mean_in_its_cell(made_sweep: Make) -> None:
    folder = made_sweep(DESIGNS["two categories"])
    figure, outcome = drawn(folder, "share_lost")
    (axes,) = figure.axes
    rows, columns, texts = rows_of(axes), columns_of(axes), texts_in(axes)
    (mesh,) = (found for found in axes.collections if isinstance(found, QuadMesh))
    _, _, cells = cells_of(mesh)
    points = pd.DataFrame(DESIGNS["two categories"])
    assert [name.replace("\n", " ") for name in columns] == NAMES
    assert list(rows) == ["none", *points["without"].unique()[1:]]
    means = outcome.values.groupby(folder.worlds["point"]).mean()
    for point, one in points.iterrows():
        row = rows[one["without"] or "none"]
        column = {name.replace("\n", " "): place for name, place in columns.items()}[
            one["theory"].replace("_", " ")
        ]
        assert texts[column, row].get_text() == number_word(means[point])
        assert cells[int(row), int(column)] == pytest.approx(means[point])
    assert is_darker(mesh.to_rgba(means.max()), mesh.to_rgba(means.min()))
