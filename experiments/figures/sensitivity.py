"""The figures of sensitivity: which parameters move an outcome, and how surely.

oat     bars, and below them the outcome along each of the first parameters
morris  bars, and below them size against spread of the effects
sobol   bars of the total index, with that of the first order
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.explore.levers import Lever
from experiments.explore.sensitivity import Finding
from experiments.figures.style import (
    BLUE,
    DARK,
    DASHED,
    GREY,
    MARGIN,
    ORANGE,
    SKY,
    SMALL,
    STYLE,
    VERMILLION,
    WIDTH,
    Sheet,
    fill,
    legend_on_right,
    new_sheet,
    rows_from_top,
)

MOST_BARS, MOST_CURVES, MOST_NAMES = 24, 12, 10
INDEX_ROW = 0.185  # inches, of a bar
BAR_LEFT = 2.3  # inches, left of the bars
BAR_RIGHT = 1.75  # inches, right of them
PLANE = 2.6  # inches, the height of the plane
CURVES_IN_ROW, CURVE, CURVE_GAP = (
    4,
    1.0,
    0.72,
)  # columns; inches: height of a curve, space below its neighbour
CURVE_LETTERS = 24  # of a parameter's name in a line above its curve


@rc_context(STYLE)
def draw_sensitivity(
    finding: Finding,
    levers: Sequence[Lever],
    title: str,
    unit: str,
    caption: Sequence[str],
    curves: Mapping[str, pd.DataFrame] | None = None,
) -> Figure:
    """The figure of one outcome.

    Args:
        finding: what moves the outcome.
        levers: the parameters that were varied.
        title: the title of the page.
        unit: the unit of the outcome.
        caption: what determines the numbers, in lines that fit the page.
        curves: value, mean, low and high along each parameter, by its path; only of one at a time.
    """
    first = finding.table.head(MOST_BARS)
    bars, below = INDEX_ROW * len(first) + 0.1, 0.0
    shown = [name for name in first["parameter"].head(MOST_CURVES) if curves]
    if finding.method.name == "morris":
        below = PLANE + 0.65
    elif shown:
        below = -(-len(shown) // CURVES_IN_ROW) * (CURVE + CURVE_GAP) + 0.25
    sheet = new_sheet(caption, title, bars + below + 0.55)
    panel = sheet.panel(BAR_LEFT, below + 0.45, WIDTH - BAR_LEFT - BAR_RIGHT, bars)
    _bars(panel, finding, first, unit)
    if finding.method.name == "morris":
        _plane(sheet.panel(0.75, 0.45, WIDTH - 0.75 - BAR_RIGHT, PLANE), finding, unit)
    elif curves and shown:
        _curves(sheet, {one.path: one for one in levers}, {name: curves[name] for name in shown}, unit)
    return sheet.figure


def _bars(axes: Axes, finding: Finding, table: pd.DataFrame, unit: str) -> None:
    """An index a parameter, with its interval, and what half of the points said."""
    rows = np.arange(len(table))
    axes.barh(rows, table["index"], height=0.62, color=SKY, linewidth=0)
    handles: list[Any] = [Line2D([], [], color=SKY, linewidth=6, label=_short(finding))]
    axes.hlines(rows, table["low"], table["high"], color=DARK, linewidth=1.0)
    handles.append(Line2D([], [], color=DARK, linewidth=1.0, label="95 % interval"))
    if "first" in table:
        axes.plot(table["first"], rows, "D", color=ORANGE, markersize=3.5)
        handles.append(_marker("D", ORANGE, "alone (first order)"))
    for check, marker in zip(finding.checks, ("|", "x"), strict=False):
        half = check.table.set_index("parameter")["index"].reindex(table["parameter"])
        axes.plot(half, rows, marker, color=VERMILLION, markersize=5, markeredgewidth=1)
        handles.append(_marker(marker, VERMILLION, f"from half the {check.of}"))
    rows_from_top(axes, list(table["parameter"]))
    axes.set_xlim(left=min(0.0, float(table["low"].min())))
    axes.axvline(0, color=DARK, linewidth=0.7)
    axes.set_xlabel(_axis(finding, unit))
    legend_on_right(axes, handles, "sensitivity")


def _short(finding: Finding) -> str:
    return {"oat": "outcome moves by", "morris": "size of effect (\N{GREEK SMALL LETTER MU}*)"}.get(
        finding.method.name, "with interactions\n(total)"
    )


def _axis(finding: Finding, unit: str) -> str:
    return {"oat": f"movement of the outcome ({unit})", "morris": f"effect of the whole range ({unit})"}.get(
        finding.method.name, "share of the variance between points"
    )


def _marker(shape: str, colour: str, label: str) -> Line2D:
    return Line2D([], [], color=colour, marker=shape, linestyle="", markersize=5, label=label)


def _plane(axes: Axes, finding: Finding, unit: str) -> None:
    """Size against spread: what lies high acts differently from place to place."""
    table = finding.table
    axes.grid(True, axis="both")
    axes.hlines(table["spread"], table["low"], table["high"], color=SKY, linewidth=1.0)
    axes.plot(table["index"], table["spread"], "o", color=BLUE, markersize=4, zorder=5)  # over their names
    most = max(float(table["high"].max()), 1e-9)
    top = max(float(table["spread"].max()), 1e-9) * 1.12
    axes.plot([0, most], [0, most], color=GREY, linewidth=0.8, linestyle=DASHED)
    axes.set_xlim(0, 1.05 * most)
    axes.set_ylim(0, top)
    _name_points(axes, table.head(MOST_NAMES), most, top)
    mu, sigma = "\N{GREEK SMALL LETTER MU}*", "\N{GREEK SMALL LETTER SIGMA}"
    axes.set_xlabel(f"size of effect, {mu} ({unit})")
    axes.set_ylabel(f"spread of effects, {sigma} ({unit})")
    line = Line2D([], [], color=GREY, linewidth=0.8, linestyle=DASHED, label=f"{sigma} = {mu}")
    words = "above it, the effect\nhangs on where the\nothers stand"
    legend_on_right(axes, [_marker("o", BLUE, "a parameter"), line, Line2D([], [], alpha=0, label=words)], "")


def _name_points(axes: Axes, table: pd.DataFrame, most: float, top: float) -> None:
    """Names beside points, left out where they would lie on one another."""
    taken: list[tuple[float, float]] = []
    for name, x, y in zip(table["parameter"], table["index"] / most, table["spread"] / top, strict=True):
        left = x > 0.62
        if any(abs(x - other) < 0.35 and abs(y - height) < 0.055 for other, height in taken):
            continue
        taken.append((x, y))
        axes.annotate(
            name,
            (x * most, y * top),
            xytext=(-5 if left else 5, 3),
            textcoords="offset points",
            ha="right" if left else "left",
            size=SMALL,
            color=DARK,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
        )


def _curves(sheet: Sheet, levers: Mapping[str, Lever], curves: Mapping[str, pd.DataFrame], unit: str) -> None:
    """The outcome along each of the first parameters, on one scale."""
    every = pd.concat(curves.values())
    low, high = float(every["low"].min()), float(every["high"].max())
    margin = 0.06 * (high - low) or 0.1
    rows = -(-len(curves) // CURVES_IN_ROW)
    width = (WIDTH - 0.55 - MARGIN) / CURVES_IN_ROW
    for number, (name, curve) in enumerate(curves.items()):
        row, column = divmod(number, CURVES_IN_ROW)
        bottom = 0.35 + (rows - 1 - row) * (CURVE + CURVE_GAP)
        axes = sheet.panel(0.6 + column * width, bottom, width - 0.28, CURVE)
        one = levers[name]
        fill(axes, curve["value"], curve["low"], curve["high"], BLUE)
        axes.plot(curve["value"], curve["mean"], color=BLUE, linewidth=1.3, marker=".", markersize=3)
        axes.axvline(one.default, color=GREY, linewidth=0.8, linestyle=DASHED)
        axes.set_xlim(one.low, one.high)
        axes.set_ylim(low - margin, high + margin)
        if one.is_switch:
            axes.set_xticks(curve["value"], ["no", "yes"])
        elif one.logs:
            axes.set_xscale("log")
            ticks = one.values(np.array([0.0, 0.5, 1.0]))
            axes.set_xticks(ticks, [f"{tick:,.0f}" if tick >= 100 else f"{tick:.2g}" for tick in ticks])
            axes.minorticks_off()
        else:
            axes.locator_params(axis="x", nbins=3)
        axes.locator_params(axis="y", nbins=4)
        group, _, last = name.rpartition(".")
        axes.set_title(name if len(name) <= CURVE_LETTERS else f"{group}.\n{last}", size=SMALL)
        axes.set_xlabel(one.unit, size=SMALL, labelpad=1)
        if column:
            axes.set_yticklabels([])
    words = f"mean outcome ({unit}), with 95 % interval of its difference from the default (broken line)"
    sheet.write(MARGIN, rows * (CURVE + CURVE_GAP) + 0.12, [words], color=DARK)
