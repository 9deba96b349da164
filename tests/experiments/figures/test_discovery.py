"""The figure of a discovery: the box where its limits are, in a plane whose cells are shares of cases."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.explore.discovery import Box, Discovery, Quality
from experiments.explore.levers import Lever
from experiments.figures.discovery import draw_box
from experiments.figures.style import BLACK, PALE, SKY
from tests.experiments.figures.artists import (
    bars_of,
    cells_of,
    directions,
    is_darker,
    legend_of,
    lines_of,
    points_of,
    rows_of,
    shades_of,
    strips_of,
    words_of,
)

LEVERS = (
    Lever("a", 2.0, 12.0, 4.0, "days"),
    Lever("b", -1.0, 3.0, 2.5, "share"),
    Lever("c", 0.0, 1.0, 0.4, "rung"),
)
FOUND = Discovery(
    levers=LEVERS,
    box=Box((-np.inf, 0.5, 0.2), (5.0, 1.5, np.inf)),
    seen=Quality(0.8, 0.9, 0.2),
    unseen=Quality(0.7, 0.8, 0.2),
    base=0.3,
    limits=pd.DataFrame(
        {
            "parameter": ["b", "b", "a", "c"],
            "side": ["above", "below", "below", "above"],
            "limit": [0.5, 1.5, 5.0, 0.2],
            "again_low": [0.4, 1.4, 4.5, 0.1],
            "again_high": [0.9, 1.6, 7.5, 0.3],
            "believed": [True, True, True, False],
        }
    ),
)


@pytest.fixture
def cases() -> tuple[np.ndarray, np.ndarray]:
    """Cases that are of interest more often the lower a and the higher b."""
    rng = np.random.default_rng(3)
    unit = rng.random((4000, 3))
    points = np.column_stack([one.low + (one.high - one.low) * unit[:, k] for k, one in enumerate(LEVERS)])
    return points, rng.random(4000) < unit[:, 1] * (1 - unit[:, 0]) ** 2


@pytest.fixture
def figure(cases: tuple[np.ndarray, np.ndarray]) -> Figure:
    return draw_box(FOUND, *cases, "Where", ["seed 7"])


def test_the_box_lies_where_its_limits_are(figure: Figure) -> None:
    plane = figure.axes[1]
    assert directions(plane) == ("right", "up")
    assert (plane.get_xlabel(), plane.get_ylabel()) == ("b (share)", "a (days)")
    (box,) = (patch for patch in plane.patches if isinstance(patch, Rectangle))
    assert (box.get_x(), box.get_x() + box.get_width()) == (0.5, 1.5)
    assert (box.get_y(), box.get_y() + box.get_height()) == (2.0, 5.0)  # from the end of the range
    assert plane.get_xlim() == (-1, 3) and plane.get_ylim() == (2, 12)
    across, up = (points_of(line) for line in plane.lines)
    assert set(across[0]) == {2.5} and set(up[1]) == {4.0}  # the defaults
    assert "seed 7" in words_of(figure)


def test_a_cell_is_as_dark_as_its_share_of_cases_is_high(
    figure: Figure, cases: tuple[np.ndarray, np.ndarray]
) -> None:
    points, interesting = cases
    inside = points[:, 2] >= 0.2  # the other limit of the box
    plane, bar = figure.axes[1:]
    (mesh,) = (found for found in plane.collections if isinstance(found, QuadMesh))
    columns, rows, shares = cells_of(mesh)
    for row, column in np.ndindex(*shares.shape):
        (a, b), here = points[:, :2].T, inside
        here = (
            inside
            & (columns[column] <= b)
            & (b < columns[column + 1])
            & (rows[row] <= a)
            & (a < rows[row + 1])
        )
        assert shares[row, column] == pytest.approx(interesting[here].mean())
    assert shares[0, -1] > 0.5 and shares[-1, 0] < 0.1
    values, colours = shades_of(bar)
    assert directions(bar)[1] == "up" and bar.get_ylim() == (0, 1) and is_darker(colours[-1], colours[0])
    low, high = mesh.to_rgba([0.1, 0.9])
    assert is_darker(high, low) and high == pytest.approx(colours[np.abs(values - 0.9).argmin()], abs=0.02)


def test_each_limited_range_lies_in_the_range_that_was_searched(figure: Figure) -> None:
    axes, legend = figure.axes[0], legend_of(figure)
    rows = {label.split("\n")[0]: row for label, row in rows_of(axes).items()}
    assert list(rows) == ["b", "a"]  # the most limiting on top
    assert directions(axes)[0] == "right"
    kept = {row: (left, right) for left, right, row in bars_of(axes, SKY)}
    assert kept[rows["b"]] == pytest.approx((0.375, 0.625)) and kept[rows["a"]] == pytest.approx((0, 0.3))
    assert all(bar[:2] == (0, 1) for bar in bars_of(axes, PALE))
    defaults = {
        row: x for x, row in (points_of(line)[:, 0] for line in lines_of(axes, marker="|", color=BLACK))
    }
    assert defaults == pytest.approx({rows["b"]: 0.875, rows["a"]: 0.2})
    again = [(row, low, high) for low, high, row in strips_of(axes)]
    assert [one for one in again if one[0] == rows["b"]] == [
        (rows["b"], pytest.approx(0.35), pytest.approx(0.475)),
        (rows["b"], pytest.approx(0.6), pytest.approx(0.65)),
    ]
    assert [one for one in again if one[0] == rows["a"]] == [
        (rows["a"], pytest.approx(0.25), pytest.approx(0.55))
    ]
    assert [label.split("\n")[1] for label in rows_of(axes)] == ["-1 to 3 (share)", "2 to 12 (days)"]
    assert {"in the box", "searched", "default"} <= set(legend)
