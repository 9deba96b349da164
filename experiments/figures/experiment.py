"""The figures of an experiment: curves against a lever, a plane of two, courses over time, and stability."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from experiments.figures.style import (
    BLACK,
    COLOURS,
    DARK,
    DASHED,
    GREY,
    PAGE,
    SMALL,
    STYLE,
    WIDTH,
    Sheet,
    Size,
    as_days,
    colour_bar,
    date_axis,
    fill,
    fill_ranges,
    in_lines,
    label_beside,
    mark_scenario,
    new_sheet,
)
from experiments.figures.sweep_planes import SCALE, cell_edges
from experiments.trial.experiment import Curves, Plane, Setting, Trajectories, read_of
from experiments.trial.readings import Reading
from sim.measures import TIMELINES
from sim.quantities import Numbers
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import ParameterInfo

DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1, 1.5, 1)), (0, (3, 1)), "-", "-")
PANEL_LEFT, PANEL_RIGHT, PANEL_GAP = 0.62, 0.12, 0.62  # inches: beside and between panels
PANEL_HEIGHT, FOOT, LEGEND_LINE = 2.15, 0.5, 0.16
STABILITY_HEIGHT, BESIDE, BETWEEN = 2.3, 1.85, 0.75  # inches: of a panel, on its right, below it
CURVE_MARKS = (("o", "\N{BLACK CIRCLE}"), ("s", "\N{BLACK SQUARE}"), ("^", "\N{BLACK UP-POINTING TRIANGLE}"))
MOST_ACROSS = 3  # panels in a row
RARE = 0.5  # a share below this has an axis of its own height
CERTAIN = 1.96  # standard errors on either side of a mean, for 95 %


@rc_context(STYLE)
def draw_curves(
    curves: Curves,
    tables: Mapping[Setting, pd.DataFrame],
    info: ParameterInfo,
    caption: Sequence[str],
    size: Size = PAGE,
) -> Figure:
    """Means against one parameter, a line a setting and a panel a reading.

    Args:
        curves: what is to be drawn.
        tables: the worlds of each setting, a row a world.
        info: the parameter.
        caption: what determines the numbers, in parts.
        size: the page or the column to draw for.
    """
    readings = [read_of(reading) for reading in curves.readings]
    sheet, panels = _panels(curves.title, len(readings), list(curves.lines), caption, size)
    for axes, reading in zip(panels, readings, strict=True):
        axes.set_title(reading.name.replace("_", " "))
        axes.set(xlabel=f"{info.path} ({info.unit})", ylabel=reading.unit)
        for line, colour, dash in zip(curves.lines.values(), COLOURS, DASHES, strict=False):
            means, errors = _means(curves, line, reading, tables)
            fill(axes, curves.values, means - errors, means + errors, colour)
            axes.plot(curves.values, means, color=colour, linestyle=dash, marker="o", markersize=2.5)
        if curves.values[0] <= info.default <= curves.values[-1]:
            axes.axvline(info.default, color=GREY, linewidth=0.8, linestyle=DASHED, zorder=0.5)
        _from_zero(axes, reading.unit)
    return sheet.figure


@rc_context(STYLE)
def draw_plane(
    plane: Plane,
    tables: Mapping[Setting, pd.DataFrame],
    infos: tuple[ParameterInfo, ParameterInfo],
    caption: Sequence[str],
    size: Size = PAGE,
) -> Figure:
    """A reading over two parameters, with contours.

    Args:
        plane: what is to be drawn.
        tables: the worlds of each setting, a row a world.
        infos: the parameter along the plane and the one up it.
        caption: what determines the numbers, in parts.
        size: the page or the column to draw for.
    """
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
    axes = sheet.panel(PANEL_LEFT + 0.1, 0.6, width, height)
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
        mark_scenario(axes, (infos[0].default, infos[1].default))
    bar = colour_bar(sheet, scale, SCALE, (PANEL_LEFT + 0.2 + width, 0.6, 0.1, height))
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
    """Measures over time, a line a setting, with bands where there are few lines.

    Args:
        courses: what is to be drawn.
        bands: a row a date and measure, with mean and quantiles over worlds; a table a setting, in order.
        scenario: the scenario that gives the dates.
        caption: what determines the numbers, in parts.
        size: the page or the column to draw for.
    """
    known = {measure.name: measure for measure in TIMELINES}
    few = len(courses.lines) <= 3
    told = [*caption, "lines: median of worlds, or share of worlds", *["bands: 90 % of worlds"] * few]
    sheet, panels = _panels(courses.title, len(courses.measures), list(courses.lines), told, size)
    for axes, name in zip(panels, courses.measures, strict=True):
        axes.set_title(name.replace("_", " "))
        axes.set_ylabel(known[name].unit)
        for table, colour, dash in zip(bands, COLOURS, DASHES, strict=False):
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


@rc_context(STYLE)
def draw_stability(
    courses: Mapping[str, pd.DataFrame], wanted: Mapping[str, float], title: str, caption: Sequence[str]
) -> Figure:
    """Half-widths over what is wanted, a panel a scenario and a line an outcome.

    Args:
        courses: a row an outcome and number of worlds: worlds, outcome, half_width; by scenario.
        wanted: the half-width that is wanted of each outcome, in its unit.
        title: the title of the page.
        caption: what determines the numbers, in lines that fit the page.
    """
    sheet = new_sheet(caption, title, len(courses) * (STABILITY_HEIGHT + BETWEEN))
    for place, (name, table) in enumerate(courses.items()):
        bottom = (len(courses) - 1 - place) * (STABILITY_HEIGHT + BETWEEN) + 0.45
        axes = sheet.panel(0.75, bottom, WIDTH - 0.75 - BESIDE, STABILITY_HEIGHT)
        axes.set_xscale("log")
        ends = []
        for number, (outcome, precision) in enumerate(wanted.items()):
            line = table[table["outcome"] == outcome]
            of_wanted = line["half_width"].to_numpy() / precision
            height = np.log10(of_wanted, out=np.full(len(line), np.nan), where=of_wanted > 0)
            colour, (mark, sign) = COLOURS[number % len(COLOURS)], CURVE_MARKS[number // len(COLOURS)]
            axes.plot(line["worlds"], height, color=colour, linewidth=1.2, marker=mark, markersize=3)
            ends.append((float(height[-1]), f"{sign} {outcome}", colour))
        axes.axhline(0, color=DARK, linewidth=0.8, linestyle=DASHED)
        counts = table["worlds"].unique()
        axes.set_xticks(counts, [f"{count:,}" for count in counts])
        axes.minorticks_off()
        low, high = axes.get_ylim()
        ticks = [tick for tick in (0.01, 0.1, 0.3, 1, 3, 10, 30) if low <= np.log10(tick) <= high]
        axes.set_yticks(np.log10(ticks), [f"{tick:g}" for tick in ticks])
        axes.set_ylim(low, high)
        axes.set_title(name)
        axes.set_xlabel("worlds")
        axes.set_ylabel("half of the interval,\nof what is wanted")
        label_beside(axes, [end for end in ends if np.isfinite(end[0])])
    return sheet.figure


def _panels(
    title: str, count: int, lines: list[str], caption: Sequence[str], size: Size
) -> tuple[Sheet, list[Axes]]:
    """Panels in rows, or in one column, with a legend above them all."""
    most, names = (MOST_ACROSS, 3) if size == PAGE else (1, 1)
    rows = -(-count // most)
    each = min(count, most)
    width = (size.width - PANEL_LEFT - PANEL_RIGHT - (each - 1) * PANEL_GAP) / each
    above = LEGEND_LINE * -(-len(lines) // names) + 0.35
    height = rows * (PANEL_HEIGHT + FOOT + 0.3) + above
    sheet = new_sheet(in_lines(caption, size.letters), title, height, size)
    panels = []
    for place in range(count):
        row, column = divmod(place, most)
        bottom = FOOT + (rows - 1 - row) * (PANEL_HEIGHT + FOOT + 0.3) + 0.1
        panels.append(sheet.panel(PANEL_LEFT + column * (width + PANEL_GAP), bottom, width, PANEL_HEIGHT))
        panels[-1].grid(axis="y")
    handles = [
        Line2D([], [], color=colour, linestyle=dash, linewidth=1.5, label=name)
        for name, colour, dash in zip(lines, COLOURS, DASHES, strict=False)
    ]
    sheet.figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=sheet.place(PANEL_LEFT - 0.05, height + 0.02),
        ncols=min(len(lines), names),
        borderaxespad=0,
        handlelength=2.6,
    )
    return sheet, panels


def _means(
    curves: Curves, line: Setting, reading: Reading, tables: Mapping[Setting, pd.DataFrame]
) -> tuple[Numbers, Numbers]:
    """(values,) means, and how far the 95 % interval of each reaches to either side."""
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
