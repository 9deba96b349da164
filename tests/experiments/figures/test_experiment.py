"""The figures of an experiment: curves, planes and courses, each line that of its setting."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.contour import ContourSet

from experiments.figures.experiment import draw_courses, draw_curves, draw_plane, draw_stability
from experiments.figures.style import COLUMN, PAGE, as_days
from experiments.trial.experiment import Curves, Plane, Setting, Trajectories
from experiments.trial.readings import Reading
from sim.scenarios.loading import load
from sim.scenarios.values import ParameterInfo
from tests.experiments.figures.artists import (
    bands_of,
    cells_of,
    colour_of,
    columns_of,
    directions,
    is_darker,
    legend_of,
    lines_of,
    points_of,
    shades_of,
    words_of,
)

WAR = load("karabakh-2020").close_up
OPTION = ParameterInfo("client.outside_option", 0.3, 0.0, 1.0, "share", "", "", "")
CAPABILITY = ParameterInfo("patron.capability", 2.5, 1.0, 4.0, "parity", "", "", "")
KEPT, FELT = (
    Reading(name, "share", lambda table, name=name: table[name].to_numpy()) for name in ("kept", "felt")
)
SETTINGS = {
    "as it is": Setting(),
    "by treaty": Setting(theory="treaty_only"),
    "bare": Setting(without=("C3",)),
}


def worlds(mean: float, count: int = 40) -> np.ndarray:
    """Numbers of worlds with a mean, unevenly about it."""
    luck = np.linspace(0, 1, count) ** 3
    return mean + 0.2 * (luck - luck.mean())


@pytest.mark.parametrize("size", [PAGE, COLUMN])
def test_each_curve_is_the_mean_of_its_setting_with_its_interval(size) -> None:
    values = (0.1, 0.2, 0.5, 0.9)
    curves = Curves("c", "Curves", OPTION.path, values, SETTINGS, (KEPT, FELT))
    tables = {}
    for number, line in enumerate(SETTINGS.values()):
        for place, value in enumerate(values):
            kept, felt = (
                worlds(0.9 - 0.2 * place - 0.03 * number),
                worlds(0.1 + 0.05 * place**2 + 0.1 * number),
            )
            felt[:5] = np.nan
            tables[line.but({OPTION.path: value})] = pd.DataFrame({"kept": kept, "felt": felt})
    figure = draw_curves(curves, tables, OPTION, ["seed 7"], size)
    legend = legend_of(figure)
    assert list(legend) == list(SETTINGS)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["kept", "felt"]
    for axes, name in zip(figure.axes, ("kept", "felt"), strict=True):
        assert directions(axes) == ("right", "up") and axes.get_xlabel() == "client.outside_option (share)"
        assert set(columns_of(axes).values()) >= {0.2, 0.4}
        for words, line in SETTINGS.items():
            known = [tables[line.but({OPTION.path: value})][name].dropna() for value in values]
            means = np.array([one.mean() for one in known])
            reach = np.array([1.96 * one.std(ddof=0) / len(one) ** 0.5 for one in known])
            handle, colour = legend[words], colour_of(legend[words])
            (drawn,) = lines_of(axes, color=colour)
            assert drawn.get_linestyle() == handle.get_linestyle()
            assert points_of(drawn) == pytest.approx(np.array([values, means]))
            (band,) = bands_of(axes, colour)
            assert band["low"].to_numpy() == pytest.approx(means - reach)
            assert band["high"].to_numpy() == pytest.approx(means + reach)
        (default,) = (line for line in lines_of(axes, marker="None") if len(line.get_xdata()) == 2)
        assert set(points_of(default)[0]) == {OPTION.default}
    assert "seed 7" in words_of(figure)


def mean_at(option: float, capability: float) -> float:
    return 0.2 + 0.5 * option - 0.1 * (capability - 1)


def test_a_plane_has_each_mean_in_its_cell_and_contours_where_they_belong() -> None:
    across, up = (0.0, 0.2, 0.6, 1.0), (1.0, 2.0, 4.0)
    plane = Plane("p", "Plane", Setting(), (OPTION.path, across), (CAPABILITY.path, up), KEPT)
    tables = {
        Setting().but({OPTION.path: x, CAPABILITY.path: y}): pd.DataFrame({"kept": worlds(mean_at(x, y))})
        for x in across for y in up
    }  # fmt: skip
    figure = draw_plane(plane, tables, (OPTION, CAPABILITY), ["seed 7"])
    axes, bar = figure.axes
    assert directions(axes) == ("right", "up")
    assert (
        axes.get_xlabel() == "client.outside_option (share)"
        and axes.get_ylabel() == "patron.capability (parity)"
    )
    (mesh,) = (found for found in axes.collections if isinstance(found, QuadMesh))
    columns, rows, means = cells_of(mesh)
    for column, x in enumerate(across):
        assert columns[column] < x < columns[column + 1]
        for row, y in enumerate(up):
            assert rows[row] < y < rows[row + 1]
            assert means[row, column] == pytest.approx(mean_at(x, y))
    (contours,) = (found for found in axes.collections if isinstance(found, ContourSet))
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        assert len(path.vertices) > 1
        assert [mean_at(x, y) for x, y in path.vertices] == pytest.approx([level] * len(path.vertices))
    (mark,) = lines_of(axes, marker="P")
    assert points_of(mark).T.tolist() == [[OPTION.default, CAPABILITY.default]]
    values, colours = shades_of(bar)
    assert directions(bar)[1] == "up" and bar.get_ylim() == pytest.approx((means.min(), means.max()))
    assert is_darker(colours[-1], colours[0])
    cells = mesh.to_rgba(means)
    for row, column in np.ndindex(*means.shape):
        nearest = np.abs(values - means[row, column]).argmin()
        assert cells[row, column] == pytest.approx(colours[nearest], abs=0.02)


@pytest.mark.parametrize("names", [list(SETTINGS), [*SETTINGS, "fourth"]])
def test_each_course_is_that_of_its_setting(names: list[str]) -> None:
    days = pd.date_range(WAR.start, WAR.end, 6)
    measures = ("loyalty", "at_war", "opinion")
    tables = []
    for number, _ in enumerate(names):
        rows = []
        for kind, measure in enumerate(measures):
            middle = (0.92 - 0.1 * number - 0.2 * kind) * (1 - 0.7 * np.linspace(0, 1, 6) ** 2)
            sizes = {"q05": 0.4, "q25": 0.8, "q50": 1, "q75": 1.02, "q95": 1.04, "mean": 0.9}
            rows.append(pd.DataFrame({name: size * middle for name, size in sizes.items()}))
            rows[-1] = rows[-1].assign(date=days, measure=measure)
        tables.append(pd.concat(rows)[::-1])
    lines = {name: SETTINGS.get(name, Setting(theory="base_rate")) for name in names}
    figure = draw_courses(Trajectories("c", "Trajectories", lines, measures), tables, WAR, ["seed 7"])
    legend = legend_of(figure)
    assert list(legend) == names
    for axes, measure in zip(figure.axes, measures, strict=True):
        assert axes.get_title(loc="left") == measure.replace("_", " ")
        assert directions(axes) == ("right", "up")
        assert all(label.endswith("Sep") == (place < as_days(["2020-10-01"])[0])
                   for label, place in columns_of(axes).items())  # fmt: skip
        for name, table in zip(names, tables, strict=True):
            mine = table[table["measure"] == measure].sort_values("date")
            shown, colour = mine["mean" if measure == "at_war" else "q50"], colour_of(legend[name])
            (line,) = lines_of(axes, color=colour)
            assert points_of(line) == pytest.approx(np.array([as_days(mine["date"]), shown]))
            bands = bands_of(axes, colour)
            if len(names) > 3 or measure == "at_war":
                assert not bands
                continue
            assert bands[0]["low"].to_numpy() == pytest.approx(mine["q05"].to_numpy())
            assert bands[0]["high"].to_numpy() == pytest.approx(mine["q95"].to_numpy())
    assert ("bands: 90 % of worlds" in words_of(figure)) == (len(names) <= 3)
    assert {to_hex(colour_of(legend[name])) for name in names} == {colour_of(legend[name]) for name in names}


def test_intervals_are_drawn_over_what_is_wanted_against_the_number_of_worlds() -> None:
    counts, wanted = [50, 200, 1000, 5000], {"lost": 0.02, "loyal": 0.1}
    courses = {
        place: pd.concat(
            pd.DataFrame(
                {"worlds": counts, "outcome": name, "half_width": size * (1 + number) / np.sqrt(counts)}
            )
            for name, size in (("loyal", 0.9), ("lost", 1.7))
        )
        for number, place in enumerate(("the war", "the years"))
    }
    figure = draw_stability(courses, wanted, "Stability", ["seed 7"])
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(courses)
    assert figure.axes[0].get_position().y0 > figure.axes[1].get_position().y0
    for axes, table in zip(figure.axes, courses.values(), strict=True):
        assert directions(axes) == ("right", "up") and axes.get_xscale() == "log"
        assert columns_of(axes) == {f"{count:,}": count for count in counts}
        ticks = zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
        assert all(float(label.get_text()) == pytest.approx(10**height) for label, height in ticks)
        ends = {text.get_text()[2:]: text.get_color() for text in axes.texts}
        for name, precision in wanted.items():
            mine = table[table["outcome"] == name]
            (line,) = lines_of(axes, color=ends[name])
            assert points_of(line)[0].tolist() == counts
            assert 10 ** points_of(line)[1] == pytest.approx(mine["half_width"].to_numpy() / precision)
        (enough,) = lines_of(axes, marker="None")
        assert set(points_of(enough)[1]) == {0}  # the logarithm of once what is wanted
        heights = {text.get_text()[2:]: text.get_position()[1] for text in axes.texts}
        assert heights["lost"] > heights["loyal"]
