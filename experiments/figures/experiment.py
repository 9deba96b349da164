"""How does a figure of an experiment look? Curves against a lever, a plane of two, courses over time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from experiments.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE,
    PURPLE,
    SKY,
    SMALL,
    STYLE,
    VERMILLION,
    Numbers,
    Sheet,
    Size,
    as_days,
    date_axis,
    fill_ranges,
    in_lines,
    new_sheet,
)
from experiments.figures.sweep_planes import SCALE, cell_edges
from experiments.trial.experiment import Curves, Plane, Setting, Trajectories, read_of
from experiments.trial.readings import Reading
from sim.measures import TIMELINES
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import ParameterInfo

COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1, 1.5, 1)), (0, (3, 1)), "-", "-")
LEFT, RIGHT, GAP = 0.62, 0.12, 0.62  # inches: beside and between panels
PANEL_HEIGHT, FOOT, LEGEND_LINE = 2.15, 0.5, 0.16
MOST_ACROSS = 3  # panels in a row
RARE = 0.5  # a share below this has an axis of its own height
CERTAIN = 1.96  # standard errors on either side of a mean, for 95 %
Tables = Mapping[Setting, pd.DataFrame]


@rc_context(STYLE)
def draw_curves(
    curves: Curves, tables: Tables, info: ParameterInfo, caption: Sequence[str], size: Size = PAGE
) -> Figure:
    """Means against one parameter, a line a setting and a panel a reading."""
    readings = [read_of(reading) for reading in curves.readings]
    sheet, panels = _panels(curves.title, len(readings), list(curves.lines), caption, size)
    for axes, reading in zip(panels, readings, strict=True):
        axes.set_title(reading.name.replace("_", " "))
        axes.set(xlabel=f"{info.path} ({info.unit})", ylabel=reading.unit)
        for (line, colour), dash in zip(_coloured(curves.lines), DASHES, strict=False):
            means, errors = _means(curves, line, reading, tables)
            axes.fill_between(
                curves.values, means - errors, means + errors, color=colour, alpha=0.2, linewidth=0
            )
            axes.plot(curves.values, means, color=colour, linestyle=dash, marker="o", markersize=2.5)
        if curves.values[0] <= info.default <= curves.values[-1]:
            axes.axvline(info.default, color=GREY, linewidth=0.8, linestyle=(0, (3, 2)), zorder=0.5)
        _from_zero(axes, reading.unit)
    return sheet.figure


@rc_context(STYLE)
def draw_plane(
    plane: Plane,
    tables: Tables,
    infos: tuple[ParameterInfo, ParameterInfo],
    caption: Sequence[str],
    size: Size = PAGE,
) -> Figure:
    """A reading over two parameters, with contours."""
    (x, across), (y, up) = plane.across, plane.up
    reading = read_of(plane.reading)
    means = np.array(
        [
            [float(np.nanmean(reading.of(tables[plane.setting.but({x: one, y: other})]))) for one in across]
            for other in up
        ]
    )
    told = in_lines([*caption, "colour: mean of worlds"], size.letters)
    width, height = (4.5, 3.55) if size == PAGE else (size.width - 1.55, 1.9)
    sheet = new_sheet(told, plane.title, height + 0.85, size)
    axes = sheet.panel(LEFT + 0.1, 0.6, width, height)
    axes.grid(visible=False)
    axes.set(xlabel=f"{x} ({infos[0].unit})", ylabel=f"{y} ({infos[1].unit})")
    low, high = float(np.nanmin(means)), float(np.nanmax(means))
    scale = Normalize(low, high if high > low else low + 1)
    axes.pcolormesh(cell_edges(np.array(across)), cell_edges(np.array(up)), means, cmap=SCALE, norm=scale)
    levels = [level for level in MaxNLocator(6).tick_values(low, high) if low < level < high]
    if levels:
        lines = axes.contour(across, up, means, levels, colors=BLACK, linewidths=0.8)
        axes.clabel(lines, fontsize=SMALL)
    inside = across[0] <= infos[0].default <= across[-1] and up[0] <= infos[1].default <= up[-1]
    if inside:
        axes.plot(infos[0].default, infos[1].default, marker="P", markersize=7, color="white",
                  markeredgecolor=BLACK, linestyle="none", clip_on=False, label="the scenario")  # fmt: skip
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2, handletextpad=0.2)
    bar = sheet.panel(LEFT + 0.2 + width, 0.6, 0.1, height)
    sheet.figure.colorbar(ScalarMappable(scale, SCALE), cax=bar)
    bar.set_ylabel(f"{reading.name.replace('_', ' ')} ({reading.unit})", rotation=270, labelpad=14)
    return sheet.figure


@rc_context(STYLE)
def draw_courses(
    courses: Trajectories,
    bands: Sequence[pd.DataFrame],
    scenario: Scenario,
    caption: Sequence[str],
    size: Size = PAGE,
) -> Figure:
    """Measures over time: mean of worlds a setting; bands where there are few lines."""
    known = {measure.name: measure for measure in TIMELINES}
    few = len(courses.lines) <= 3
    told = [*caption, "lines: median of worlds, or share of worlds", *["bands: 90 % of worlds"] * few]
    sheet, panels = _panels(courses.title, len(courses.measures), list(courses.lines), told, size)
    for axes, name in zip(panels, courses.measures, strict=True):
        axes.set_title(name.replace("_", " "))
        axes.set_ylabel(known[name].unit)
        for ((_, colour), dash), table in zip(
            zip(_coloured(courses.lines), DASHES, strict=False), bands, strict=False
        ):
            course = table[table["measure"] == name].sort_values("date")
            days = as_days(course["date"])
            share = known[name].unit == "share of worlds"
            if few and not share:
                fill_ranges(axes, days, course.assign(q25=course["q50"], q75=course["q50"]), colour)
            axes.plot(days, course["mean" if share else "q50"], color=colour, linestyle=dash, linewidth=1.5)
        date_axis(axes, scenario)
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")
        rare = max(np.max(np.asarray(line.get_ydata(), dtype=float)) for line in axes.lines) < RARE
        axes.set_ylim(0, None if rare else 1.02)
    return sheet.figure


def _panels(
    title: str, count: int, lines: list[str], caption: Sequence[str], size: Size
) -> tuple[Sheet, list[Axes]]:
    """Panels in rows, or in one column, with a legend above them all."""
    most, names = (MOST_ACROSS, 3) if size == PAGE else (1, 1)
    rows = -(-count // most)
    each = min(count, most)
    width = (size.width - LEFT - RIGHT - (each - 1) * GAP) / each
    above = LEGEND_LINE * -(-len(lines) // names) + 0.35
    height = rows * (PANEL_HEIGHT + FOOT + 0.3) + above
    sheet = new_sheet(in_lines(caption, size.letters), title, height, size)
    panels = []
    for place in range(count):
        row, column = divmod(place, most)
        bottom = FOOT + (rows - 1 - row) * (PANEL_HEIGHT + FOOT + 0.3) + 0.1
        panels.append(sheet.panel(LEFT + column * (width + GAP), bottom, width, PANEL_HEIGHT))
        panels[-1].grid(axis="y")
    handles = [
        Line2D([], [], color=colour, linestyle=dash, linewidth=1.5, label=name)
        for (name, colour), dash in zip(zip(lines, COLOURS, strict=False), DASHES, strict=False)
    ]
    sheet.figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=sheet.place(LEFT - 0.05, height + 0.02),
        ncols=min(len(lines), names),
        borderaxespad=0,
        handlelength=2.6,
    )
    return sheet, panels


def _coloured(lines: Mapping[str, Setting]) -> list[tuple[Setting, str]]:
    return list(zip(lines.values(), COLOURS, strict=False))


def _means(curves: Curves, line: Setting, reading: Reading, tables: Tables) -> tuple[Numbers, Numbers]:
    """Mean at each value, and how far its 95 % interval reaches."""
    means, errors = [], []
    for value in curves.values:
        column = reading.of(tables[line.but({curves.over: value})])
        known = column[~np.isnan(column)]
        means.append(known.mean() if known.size else np.nan)
        errors.append(CERTAIN * known.std() / np.sqrt(known.size) if known.size else np.nan)
    return np.array(means), np.array(errors)


def _from_zero(axes: Axes, unit: str) -> None:
    """Shares and counts start at zero, unless they go below it."""
    low, high = axes.get_ylim()
    if low >= 0 or unit in ("count", "km2", "rung"):
        axes.set_ylim(min(0.0, low) if low < -0.02 * high else 0.0, high)
