"""The figure of a discovery: the box in the plane of its two most limiting dimensions, and its limits."""

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from experiments.explore.discovery import HIGH, LOW, Discovery
from experiments.explore.levers import Lever
from experiments.figures.style import (
    BLACK,
    BLUE,
    DARK,
    DASHED,
    PALE,
    SKY,
    SMALL,
    STYLE,
    WIDTH,
    legend_on_right,
    new_sheet,
    rows_from_top,
)
from sim.quantities import Numbers

CELLS = 10  # of the plane, along each side
FEWEST_IN_CELL = 5  # cases for a cell
SIDE = 2.9  # inches, of the plane
LIMIT_ROW = 0.32  # inches, of a limited dimension
PLANE_LEFT = 0.75  # inches, left of the plane
LIMIT_LEFT = 2.3  # inches, left of the bars
SHADES = LinearSegmentedColormap.from_list("shares", ["#ffffff", SKY, BLUE])


@rc_context(STYLE)
def draw_box(
    found: Discovery, points: Numbers, interesting: NDArray[np.bool_], title: str, caption: Sequence[str]
) -> Figure:
    """The figure of a box with at least one limit.

    Args:
        found: the box, its limits and how well it does.
        points: (cases, levers) values of the parameters, each in its own unit.
        interesting: (cases,) whether a case is of interest.
        title: the title of the page.
        caption: what determines the numbers, in lines that fit the page.
    """
    rows = len(found.dimensions)
    bars = LIMIT_ROW * rows + 0.1
    sheet = new_sheet(caption, title, SIDE + bars + 1.35)
    _bars(sheet.panel(LIMIT_LEFT, 0.45, WIDTH - LIMIT_LEFT - 1.75, bars), found)
    first, second = _plane_of(found)
    axes = sheet.panel(PLANE_LEFT, bars + 1.15, SIDE, SIDE)
    _shares(axes, found, points, interesting, (first, second))
    for axis, place in ((axes.xaxis, first), (axes.yaxis, second)):
        axis.set_label_text(f"{found.levers[place].path} ({found.levers[place].unit})")
    bar = sheet.panel(PLANE_LEFT + SIDE + 0.25, bars + 1.15, 0.12, SIDE)
    axes.figure.colorbar(axes.collections[0], cax=bar)
    bar.set_ylabel("share of worlds in which both come true")
    return sheet.figure


def _plane_of(found: Discovery) -> tuple[int, int]:
    """The two most limiting dimensions; another one beside a single one."""
    places = [*found.dimensions, *(place for place in range(len(found.levers)))]
    first, second = list(dict.fromkeys(places))[:2]
    return first, second


def _shares(
    axes: Axes,
    found: Discovery,
    points: Numbers,
    interesting: NDArray[np.bool_],
    plane: tuple[int, int],
) -> None:
    """Shares of cases of interest in the cells of a plane, where the other limits hold, and the box."""
    box = found.box
    for place in plane:
        box = box.without(place, LOW).without(place, HIGH)
    here = box.holds(points)
    levers = [found.levers[place] for place in plane]
    edges = [np.linspace(one.low, one.high, CELLS + 1) for one in levers]
    x, y = (points[here, place] for place in plane)
    every, _, _ = np.histogram2d(x, y, bins=edges)
    hits, _, _ = np.histogram2d(x, y, bins=edges, weights=interesting[here].astype(float))
    shares = np.where(every >= FEWEST_IN_CELL, hits / np.maximum(every, 1), np.nan)
    axes.set_facecolor(PALE)
    axes.pcolormesh(*edges, shares.T, cmap=SHADES, vmin=0, vmax=1, edgecolors="none")
    axes.grid(False)
    (left, bottom), (right, top) = (
        [np.clip(found.box.limit(place, side), one.low, one.high)
         for place, one in zip(plane, levers, strict=True)]
        for side in (LOW, HIGH)
    )  # fmt: skip
    axes.add_patch(
        Rectangle((left, bottom), right - left, top - bottom, fill=False, edgecolor=BLACK, linewidth=1.6,
                  clip_on=False)
    )  # fmt: skip
    for axis, one in ((axes.axvline, levers[0]), (axes.axhline, levers[1])):
        axis(one.default, color=DARK, linewidth=0.8, linestyle=DASHED)
    axes.set_xlim(levers[0].low, levers[0].high)
    axes.set_ylim(levers[1].low, levers[1].high)


def _bars(axes: Axes, found: Discovery) -> None:
    """Each limited range, as a share of the range that was searched, with where it was put again."""
    rows = [found.levers[place] for place in found.dimensions]
    axes.barh(range(len(rows)), 1.0, height=0.5, color=PALE)
    for number, place in enumerate(found.dimensions):
        one = found.levers[place]
        ends = [one.place(float(np.clip(found.box.limit(place, side), one.low, one.high)))
                for side in (LOW, HIGH)]  # fmt: skip
        axes.barh(number, ends[1] - ends[0], left=ends[0], height=0.5, color=SKY)
        _whiskers(axes, found, one, number)
        axes.plot(one.place(one.default), number, "|", color=BLACK, markersize=9, markeredgewidth=1.4)
    names = [f"{one.path}\n{one.low:g} to {one.high:g} ({one.unit})" for one in rows]
    rows_from_top(axes, names, below=0.5, size=SMALL)
    axes.set_xlim(-0.01, 1.01)
    axes.set_xticks([0, 0.5, 1])
    axes.grid(False)
    axes.set_xlabel("place in the range that was searched")
    handles = [
        Patch(color=SKY, label="in the box"),
        Patch(color=PALE, label="searched"),
        _line("-", "limit in 90 % of\nrandom halves"),
        _line("|", "default"),
    ]
    legend_on_right(axes, handles, "")


def _line(shape: str, label: str) -> Line2D:
    if shape == "|":
        return Line2D([], [], color=BLACK, marker="|", linestyle="", markersize=9, label=label)
    return Line2D([], [], color=DARK, linewidth=1.4, label=label)


def _whiskers(axes: Axes, found: Discovery, one: Lever, number: int) -> None:
    """Where the random halves put the limits of a dimension."""
    believed = found.limits[found.limits["believed"] & (found.limits["parameter"] == one.path)]
    for row in believed.to_dict("records"):
        axes.hlines(
            number, one.place(row["again_low"]), one.place(row["again_high"]), color=DARK, linewidth=1.4
        )
