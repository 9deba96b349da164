"""The figures of runs beside the record: patterns in their bands, land held and opinion over time."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.figures.style import (
    BLACK,
    BLUE,
    DARK,
    GREEN,
    GREY,
    OBSERVED,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    SMALL,
    STYLE,
    VERMILLION,
    as_days,
    bare,
    beside,
    date_axis,
    fill_ranges,
    in_lines,
    legend_on_right,
    new_sheet,
    quantiles_of,
)
from experiments.history.record import Dated
from sim.quantities import Numbers
from sim.scenarios.scenario import Scenario

THEORY_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION, SKY, BLACK)
MARKERS = "osD^vPX"
FIRST_YEAR = 2010  # that is drawn; before it, nothing moves
BEYOND = 0.75  # of a band's width: how far beside it values are drawn where they are
PATTERN_ROW = 0.235  # inches a pattern
SEEN = OBSERVED | {"clip_on": False}
UNITS = {
    "T2": "",
    "T4": " of the land",
    "T5": " of the land",
    "T6": " days",
    "T7": " (tau)",
    "T9": " of before",
    "T10": " of before",
    "T16": " of pacts",
    "T17": " days",
}  # of the rest: of worlds


def looks(theories: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Colour and marker of each theory, the same in all figures."""
    return {
        name: {"color": THEORY_COLOURS[place % len(THEORY_COLOURS)], "marker": MARKERS[place % len(MARKERS)]}
        for place, name in enumerate(theories)
    }


@rc_context(STYLE)
def patterns_in_bands(scores: pd.DataFrame, caption: Sequence[str]) -> Figure:
    """Each pattern a row, its band in the middle, a mark for each theory.

    Args:
        scores: a row a pattern and theory: pattern, name, unit, fitted, low, high, value, theory.
        caption: what determines the numbers, in parts.
    """
    patterns = scores.drop_duplicates("pattern")
    theories = list(dict.fromkeys(scores["theory"]))
    height = PATTERN_ROW * len(patterns)
    sheet = new_sheet(in_lines(caption), "The patterns of the record, theory by theory", height + 0.8)
    axes = sheet.panel(2.55, 0.45, 2.75, height)
    places = {name: len(patterns) - 1 - row for row, name in enumerate(patterns["pattern"])}
    axes.axvspan(0, 1, color=PALE, alpha=0.7, linewidth=0)
    for name, look in looks(theories).items():
        mine = scores[scores["theory"] == name]
        place = _in_band(mine["value"], mine["low"], mine["high"])
        shift = 0.13 * (theories.index(name) - (len(theories) - 1) / 2)
        rows = mine["pattern"].map(places).to_numpy(dtype=float) - shift
        axes.plot(place, rows, linestyle="none", markersize=4.2, clip_on=False, zorder=4, label=name, **look)
    axes.set_yticks(
        list(places.values()), [f"{one.pattern}  {one['name']}" for _, one in patterns.iterrows()]
    )
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(-BEYOND, 1 + BEYOND), ylim=(-0.6, len(patterns) - 0.4))
    axes.set_xticks([-BEYOND, 0, 1, 1 + BEYOND], ["or less", "low", "high", "or more"])
    axes.set_xlabel("value, of the band of the pattern")
    bare(axes)
    for _, one in patterns.iterrows():
        told = str(one.get("unit", "share of worlds"))
        unit = UNITS.get(one.pattern, " of worlds" if "share of worlds" in told else f" {told}")
        beside(axes, places[one.pattern], f"{one.low:g} to {one.high:g}{unit}", x=1.04)
    fitted = patterns["fitted"].to_numpy(dtype=bool)
    if fitted.any() and not fitted.all():
        edge = len(patterns) - 0.5 - (~fitted).argmax()
        axes.axhline(edge, color=GREY, linewidth=0.7, linestyle=(0, (4, 3)))
        axes.text(-BEYOND, edge - 0.12, "held out", size=SMALL, color=DARK, va="top", ha="left")
    handles = [Line2D([], [], linestyle="none", markersize=4.2, label=name, **look)
               for name, look in looks(theories).items()]  # fmt: skip
    axes.figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        bbox_transform=axes.transAxes,
        ncols=3,
        columnspacing=1.2,
        handletextpad=0.2,
    )
    return sheet.figure


def _in_band(values: pd.Series, low: pd.Series, high: pd.Series) -> Numbers:
    """Values on a scale on which the band goes from 0 to 1, at most BEYOND beside it; NaN stays."""
    share = (values.to_numpy(dtype=float) - low.to_numpy()) / (high - low).to_numpy()
    inside: Numbers = np.clip(share, -BEYOND, 1 + BEYOND)
    return inside


def _draw_samples(axes: Axes, places: Any, samples: Mapping[str, Numbers]) -> None:
    """(worlds, dates) of each theory: the first with its ranges, the others as medians."""
    first, *_ = samples
    for name, look in looks(list(samples)).items():
        table, colour = quantiles_of(samples[name]), look["color"]
        if name == first:
            fill_ranges(axes, places, table, colour)
        axes.plot(places, table["q50"], color=colour, linewidth=1.5 if name == first else 1.0)


@rc_context(STYLE)
def control_over_time(
    runs: Sequence[tuple[Scenario, Sequence[date], Mapping[str, Numbers]]],
    record: Dated,
    caption: Sequence[str],
    first_year: int = FIRST_YEAR,
) -> Figure:
    """Contested land held, a panel a scenario: the first theory with its ranges, the others as medians.

    Args:
        runs: scenario, the dates that were read, and (worlds, dates) shares held, 0-1, by theory.
        record: dated shares of the land, 0-1.
        caption: what determines the numbers, in parts.
        first_year: the first year that is drawn.
    """
    sheet = new_sheet(in_lines(caption), "Land held, and what the record says", 2.05 * len(runs))
    for row, (scenario, dates, held) in enumerate(runs):
        axes = sheet.panel(0.75, 0.45 + 2.05 * (len(runs) - 1 - row), 4.6, 1.45)
        _draw_samples(axes, as_days(dates), held)
        inside = [(day, share) for day, share in record if scenario.start <= day <= scenario.end]
        axes.plot(as_days([day for day, _ in inside]), [share for _, share in inside], **SEEN)
        date_axis(axes, _from(scenario, first_year))
        axes.set(ylim=(-0.03, 1.05), ylabel="share of the land", title=scenario.title)
        if row == 0:
            legend_on_right(axes, _handles(list(held)), "land still held")
    return sheet.figure


def _from(scenario: Scenario, year: int) -> Scenario:
    """The scenario with nothing before a year, for an axis."""
    return scenario.model_copy(update={"start": max(scenario.start, date(year, 1, 1))})


def _handles(theories: Sequence[str]) -> list[Any]:
    first, *others = theories
    lines = looks(theories)
    return [
        Line2D([], [], label="the record", **SEEN),
        Line2D([], [], color=lines[first]["color"], label=f"{first}, median"),
        Patch(color=lines[first]["color"], alpha=0.4, linewidth=0, label="50 % of its worlds"),
        Patch(color=lines[first]["color"], alpha=0.16, linewidth=0, label="90 % of its worlds"),
        *(Line2D([], [], color=lines[name]["color"], linewidth=1.0, label=name) for name in others),
    ]


@rc_context(STYLE)
def opinion_over_time(
    long: tuple[Scenario, Sequence[date], Mapping[str, Numbers]],
    since_war: Mapping[str, Numbers],
    polls: Mapping[str, Dated],
    end_of_war: date,
    caption: Sequence[str],
) -> Figure:
    """Opinion of the patron, by date and by years since the first large war, beside the polls.

    Args:
        long: scenario, the dates that were read, and (worlds, dates) shares of the public, 0-1, by theory.
        since_war: (worlds, quarters of a year since the war) shares of the public, 0-1, by theory.
        polls: dated shares, 0-1, by the question asked; the first is the one that the model speaks of.
        end_of_war: the date from which the years of the record are counted.
        caption: what determines the numbers, in parts.
    """
    scenario, dates, opinion = long
    sheet = new_sheet(in_lines(caption), "Opinion of the patron in the client, and the polls", 4.1)
    upper, lower = sheet.panel(0.75, 2.5, 4.6, 1.45), sheet.panel(0.75, 0.45, 4.6, 1.45)
    quarters = np.arange(next(iter(since_war.values())).shape[1]) / 4
    for axes, places, samples in ((upper, as_days(dates), opinion), (lower, quarters, since_war)):
        _draw_samples(axes, places, samples)
        axes.set(ylim=(0, 1.05), ylabel="share of the public")
    for place, dated in enumerate(polls.values()):
        look = SEEN if place == 0 else SEEN | {"marker": "x", "markeredgecolor": GREY, "markersize": 4}
        upper.plot(as_days([day for day, _ in dated]), [share for _, share in dated], **look)
        years = [((day - end_of_war).days / 365.25, share) for day, share in dated]
        after = [(year, share) for year, share in years if 0 <= year <= quarters[-1]]
        lower.plot([year for year, _ in after], [share for _, share in after], **look)
    date_axis(upper, _from(scenario, FIRST_YEAR))
    upper.set_title("by date, whether there was a large war yet or not")
    lower.set(xlim=(0, quarters[-1]), xlabel="years since the end of the first large war",
              title="in worlds that had a large war, counted from its end")  # fmt: skip
    handles = _handles(list(opinion))
    handles[0] = Line2D([], [], label="polls: relations are good", **SEEN)
    others = Line2D(
        [], [], marker="x", color=GREY, markersize=4, linestyle="none", label="polls: other questions"
    )
    legend_on_right(upper, [handles[0], others, *handles[1:]], "opinion of the patron")
    return sheet.figure
