"""The figures of a comparison: two runs side by side and the difference, over time and in shares."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from agents.reasons import RUNGS
from experiments.explore.comparison import FELL_ON, IS_LOST
from experiments.figures.map import short_name
from experiments.figures.style import (
    BLACK,
    BLUE,
    DASHED,
    ORANGE,
    PALE,
    STYLE,
    WIDTH,
    as_days,
    brief,
    date_axis,
    in_lines,
    legend_on_right,
    new_sheet,
    rows_from_top,
    timeline,
)
from sim.measures import outcome_names
from sim.runs.results import ResultFolder

COURSES = {
    "held_contested": "Contested land still held",
    "loyalty": "Loyalty to the pact",
    "opinion": "Opinion of the patron",
    "gratitude": "The challenger's gratitude",
}
PANEL = 0.95  # inches high
GAP = 0.75  # inches between the two sides
LEAST_SHOWN = 0.05  # to which the axis of a difference reaches at least: less than that is no matter
SHARE_ROW = 0.19  # inches
LINES_OF_RUNS: tuple[dict[str, Any], ...] = (
    {"color": BLUE},
    {"color": ORANGE, "linestyle": DASHED},
)  # dashed: what lies below is seen
MARKS_OF_RUNS: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "marker": "o", "markerfacecolor": "white"},
    {"color": ORANGE, "marker": "x"},
)


def _caption(runs: Sequence[ResultFolder], names: tuple[str, str], more: str) -> list[str]:
    plans = [run.plan for run in runs]
    each = [
        f"{brief(name)}: {plan.worlds:,} worlds{' a point' * (plan.points > 1)}, seed {plan.seed}, "
        f"theory {plan.theory}, numbers {plan.numbers.words}"
        for name, plan in zip(names, plans, strict=True)
    ]
    return in_lines([runs[0].scenario.title, *each, more])


@rc_context(STYLE)
def courses_compared(one: ResultFolder, other: ResultFolder, names: tuple[str, str]) -> Figure:
    """Means of the main stocks over time in both runs, and beside them how much the second is higher.

    Args:
        one, other: the result folders, of the same scenario.
        names: what to call them.
    """
    first = "means over worlds" if one.plan.points == 1 else "means over worlds of the first point"
    if (one.plan.seed, one.plan.worlds) != (other.plan.seed, other.plan.worlds):
        first += ", which are not the same in both"
    caption = _caption((one, other), names, f"{first}; difference: {brief(names[1])} minus {brief(names[0])}")
    sheet = new_sheet(caption, "Two runs over time", len(COURSES) * (PANEL + 0.45) + 0.25)
    width = (WIDTH - 0.62 - GAP - 1.15) / 2
    for place, (measure, title) in enumerate(COURSES.items()):
        bottom = 0.4 + (len(COURSES) - 1 - place) * (PANEL + 0.45)
        left = sheet.panel(0.62, bottom, width, PANEL)
        right = sheet.panel(0.62 + width + GAP, bottom, width, PANEL)
        here, there = (timeline(folder, measure) for folder in (one, other))
        lines = [
            left.plot(as_days(table["date"]), table["mean"], linewidth=1.4, label=brief(name), **look)[0]
            for table, look, name in zip((here, there), LINES_OF_RUNS, names, strict=True)
        ]
        gap = there.set_index("date")["mean"] - here.set_index("date")["mean"]
        right.axhline(0, color=BLACK, linewidth=0.6)
        right.plot(as_days(gap.index), gap, color=BLACK, linewidth=1.4)
        _widen(right.set_ylim, right.get_ylim())
        left.set(ylim=(0, 1), title=title)
        right.set(title="difference")
        for axes in (left, right):
            date_axis(axes, one.scenario, labels=place == len(COURSES) - 1)
            for label in axes.get_xticklabels()[1::2]:
                label.set_visible(False)  # half a page is too narrow for all
        if not place:
            legend_on_right(right, lines, "")
    return sheet.figure


@rc_context(STYLE)
def shares_compared(
    one: ResultFolder, other: ResultFolder, names: tuple[str, str], table: pd.DataFrame
) -> Figure:
    """In how many worlds of both runs the patron comes to each rung and each district is lost.

    Args:
        one, other: the result folders, of the same scenario.
        names: what to call them.
        table: the difference of every outcome between them (experiments/explore/comparison.py).
    """
    rows = _rows(one)
    found = table.set_index("outcome").reindex(list(rows))
    found = found.fillna({"here": 0.0, "there": 0.0, "difference": 0.0, "low": 0.0, "high": 0.0})
    matched = (
        "worlds are matched, under the same luck" if table["matched"].all() else "worlds are not matched"
    )
    told = f"difference: {brief(names[1])} minus {brief(names[0])}, with its 95 % interval; {matched}"
    height = SHARE_ROW * len(rows)
    sheet = new_sheet(_caption((one, other), names, told), "In how many worlds", height + 0.75)
    width = (WIDTH - 1.75 - 0.4 - 1.15) / 2
    left, right = sheet.row(1.75, 0.45, 2 * width + 0.4, height, 2, gap=0.4)
    places = range(len(rows))
    for x, y, low, high in zip(found["difference"], places, found["low"], found["high"], strict=True):
        right.plot([100 * low, 100 * high], [y, y], color=BLACK, linewidth=1.6, solid_capstyle="butt")
        right.plot(100 * x, y, "o", color=BLACK, markersize=3.6)
    left.hlines(places, 100 * found["here"], 100 * found["there"], color=PALE, linewidth=2)
    for name, look in zip(("here", "there"), MARKS_OF_RUNS, strict=True):
        left.plot(
            100 * found[name], places, linestyle="none", markersize=4.5, clip_on=False, zorder=4, **look
        )
    right.axvline(0, color=BLACK, linewidth=0.6)
    _widen(right.set_xlim, right.get_xlim(), 100)
    left.set(xlim=(0, 100), xlabel="% of worlds", title="Highest rung, districts lost")
    right.set(xlabel="percentage points", title="difference")
    rows_from_top(left, [brief(words) for words in rows.values()])
    rows_from_top(right, [""] * len(rows))
    legend = [
        Line2D([], [], linestyle="none", markersize=4.5, label=brief(name, 16), **look)
        for name, look in zip(names, MARKS_OF_RUNS, strict=True)
    ]
    legend_on_right(right, legend, "")
    return sheet.figure


def _rows(folder: ResultFolder) -> dict[str, str]:
    """What stands in a row: the name of an outcome -> words."""
    rungs = {f"level_max = {rung}": f"{rung} {words}" for rung, words in enumerate(RUNGS)}
    names = {f"{IS_LOST}{region.id}": short_name(region) for region in folder.scenario.regions.region}
    contested = [name for name in outcome_names(folder.scenario) if name.startswith(FELL_ON)]
    lost = [name.replace(FELL_ON, IS_LOST) for name in contested]
    return rungs | {name: names[name] for name in lost}


def _widen(
    set_limits: Callable[[float, float], Any], limits: tuple[float, float], scale: float = 1.0
) -> None:
    """Let an axis reach far enough that what is no matter looks small."""
    set_limits(min(limits[0], -LEAST_SHOWN * scale), max(limits[1], LEAST_SHOWN * scale))
