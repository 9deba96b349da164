"""The ladder: on which rung the patron stands while there is fighting, and for which reasons."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from agents.reasons import DUTIES, PLAIN_WORDS, RESTRAINTS, RUNGS
from experiments.figures.style import (
    BLACK,
    BLUE,
    DARK,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    STYLE,
    VERMILLION,
    WIDTH,
    YELLOW,
    as_days,
    brief,
    caption_of,
    date_axes,
    date_axis,
    first_point,
    is_long,
    legend_on_right,
    new_sheet,
    spans,
    timeline,
)
from sim.quantities import Numbers
from sim.runs.results import ResultFolder
from sim.scenarios.scenario import Scenario

RUNG_COLOURS = (PALE, SKY, YELLOW, GREEN, VERMILLION)
DUTY_COLOURS = (VERMILLION, ORANGE, YELLOW)
RESTRAINT_COLOURS = (BLUE, SKY, GREEN, PURPLE, DARK)
FIRST_CHOICE = dict(  # of colours, so that a term looks alike in most figures
    zip(
        ("core", "humanitarian", "sphere", "gratitude", "cost", "window", "title", "frustration"),
        DUTY_COLOURS + RESTRAINT_COLOURS,
        strict=True,
    )
)
MAJOR = 0.05  # share of its side from which a term has a colour of its own
THIN = 0.05  # of the fighting in the busiest interval; a mean over less is left out
SCALES_GAP = 0.55  # inches between panels that have scales of their own


@rc_context(STYLE)
def ladder(folder: ResultFolder) -> Figure:
    """On which rung the patron stands, and which reasons move it or hold it back."""
    parts = spans(folder.scenario)
    intervals = [_intervals(folder, span) for span in parts]
    middle = 1.05 if any(map(is_long, parts)) else 0.0  # a panel more
    title = f"How far {brief(folder.scenario.cast.patron.name)} steps in, and why"
    sheet = new_sheet(caption_of(folder, bands=False), title, 5.6 + middle)
    left, width, count = 0.68, WIDTH - 0.68 - 1.95, len(parts)
    each, above, legends = (width - SCALES_GAP * (count - 1)) / count, [], []
    for place, known in enumerate(intervals):
        at = left + place * (each + SCALES_GAP)
        if known.by_year:
            above.append(sheet.panel(at, 3.75 + middle, each, 1.6))
            between = sheet.panel(at, 3.75, each, 0.65)
            legends.append(_draw_rungs_by_year(above[-1], between, folder, known))
            date_axis(between, parts[place], labels=False)
            if count > 1:
                between.set_title("Days of fighting, mean")
        else:
            above.append(sheet.panel(at, 3.75, each, 1.6 + middle))
            legends.append(_draw_rungs(above[-1], folder, known))
    legend_on_right(above[-1], max(legends, key=len)[::-1], "patron on rung")
    for axes, known in zip(above[: count * (count > 1)], intervals, strict=False):
        axes.set_title("Its rung, by the year" if known.by_year else "Its rung, by the day")
    below = sheet.row(left, 0.45, width, 2.85, count, SCALES_GAP)
    _draw_reasons(below, folder, intervals)
    date_axes(above, folder.scenario, labels=False, alike=False)
    date_axes(below, folder.scenario)
    return sheet.figure


def draw_ladder(axes: Axes, folder: ResultFolder) -> None:
    """Draw the patron's rung alone: shares of worlds, or in a long scenario of days of fighting.

    Args:
        axes: the panel to draw on.
        folder: the result folder of the run.
    """
    known = _intervals(folder, folder.scenario)
    if known.by_year:
        handles = _draw_rungs_by_year(axes, None, folder, known)
    else:
        handles = _draw_rungs(axes, folder, known)
    legend_on_right(axes, handles[::-1], "patron on rung")


class _Intervals(NamedTuple):
    """The intervals of a span that are shown.

    Attributes:
        edges: where they meet, days since 1970.
        of_date: recorded date -> the interval that it closes; a record looks back to the one before it.
        by_year: whether they are years.
    """

    edges: Numbers
    of_date: "pd.Series[int]"
    by_year: bool


def _intervals(folder: ResultFolder, span: Scenario) -> _Intervals:
    """Record by record; by the year if the span is long, as fighting is rare then."""
    every = np.sort(first_point(folder.bands)["date"].unique())
    first, last = np.datetime64(span.start), np.datetime64(span.end)
    ends = span.end == folder.scenario.end  # its last step may reach beyond
    dates = every[max(np.searchsorted(every, first, side="right") - 1, 0) :]
    dates = dates if ends else dates[dates <= last]
    if not is_long(span):
        return _Intervals(as_days(dates), pd.Series(range(len(dates) - 1), index=dates[1:]), by_year=False)
    years = dates[:-1].astype("datetime64[Y]")  # of the beginnings
    year, in_a_month = np.timedelta64(1, "Y"), (dates[0] + np.timedelta64(31, "D")).astype("datetime64[Y]")
    years = np.maximum(years, in_a_month)  # the last days of a year are counted to the next
    new_years = np.arange(years[0] + year, years[-1] + year).astype("datetime64[D]")
    edges = np.concatenate([as_days(dates[:1]), as_days(new_years), as_days(dates[-1:])])
    return _Intervals(edges, pd.Series((years - years[0]).astype(int), index=dates[1:]), by_year=True)


def _draw_rungs(axes: Axes, folder: ResultFolder, known: _Intervals) -> list[Artist]:
    """Shares of all worlds that are at war with the patron on each rung, record by record; the legend."""

    def share(measure: str) -> Numbers:
        return 100 * timeline(folder, measure).set_index("date")["mean"][known.of_date.index].to_numpy()

    layers = {name: share(f"rung_{rung}") for rung, name in enumerate(RUNGS)}
    handles, at_war = _draw_layers(axes, layers, known.edges, RUNG_COLOURS), share("at_war")
    axes.stairs(at_war, known.edges, baseline=None, color=BLACK, linewidth=0.9)
    handles.append(Line2D([], [], color=BLACK, linewidth=0.9, label="all worlds at war"))
    highest = float(at_war.max())
    axes.set_ylim(0, 1.05 * highest if highest > 0 else 1)
    axes.set(ylabel="% of all worlds", title="Its rung of the ladder while there is war")
    if highest == 0:
        _say_no_war(axes)
    return handles


def _draw_rungs_by_year(
    axes: Axes, below: Axes | None, folder: ResultFolder, known: _Intervals
) -> list[Artist]:
    """Shares of the days of fighting of each year that the patron spent on each rung, and below these days.

    Returns:
        What stands for each in a legend; nothing if there was no fighting.
    """
    axes.set(
        ylim=(0, 100), ylabel="% of days of fighting", title="Its rung of the ladder on days of fighting"
    )
    if below is not None:
        below.set(ylabel="days", title="Days of fighting in the year, mean over all worlds", ylim=(0, 1))
    reasons = first_point(folder.reasons)
    rungs = reasons[(reasons["side"] == "rung") & reasons["date"].isin(known.of_date.index)]
    if rungs.empty:
        _say_no_war(axes)
        return []
    shares = 100 * _by_interval(rungs, known)
    layers = {name: shares[f"rung_{rung}"].to_numpy(dtype=float) for rung, name in enumerate(RUNGS)}
    handles = _draw_layers(axes, layers, known.edges, RUNG_COLOURS)
    if below is None:
        return handles
    fought = rungs[rungs["term"] == "rung_0"]
    days = fought["war_days"].groupby(fought["date"].map(known.of_date)).sum()
    days = days.reindex(range(len(known.edges) - 1), fill_value=0)
    below.stairs(days, known.edges, fill=True, color=GREY, linewidth=0)
    below.set_ylim(0, 1.05 * float(days.max()))
    return handles


def _draw_reasons(row: Sequence[Axes], folder: ResultFolder, intervals: Sequence[_Intervals]) -> None:
    """Mean utility of each reason while there is war: for acting above zero, against it below."""
    for axes in row:
        axes.axhline(0, color=BLACK, linewidth=0.7, zorder=3)
        axes.set_ylim(-1, 1)
    title = "Its reasons, mean over worlds at war (blank where these are few)"
    row[0].set(title=title, ylabel="utility of acting")
    if folder.reasons.empty:
        for axes in row:
            _say_no_war(axes)
        return
    reasons = first_point(folder.reasons)
    means = [_by_interval(reasons, known).reindex(columns=[*DUTIES, *RESTRAINTS]) for known in intervals]
    together, ends = pd.concat(means), [0.0, 0.0]
    for side, colours, sign in ((DUTIES, DUTY_COLOURS, 1), (RESTRAINTS, RESTRAINT_COLOURS, -1)):
        major, minor = _major_terms(together[list(side)], len(colours))
        for axes, known, utilities in zip(row, intervals, means, strict=True):
            layers = {PLAIN_WORDS[name]: sign * utilities[name].to_numpy(dtype=float) for name in major}
            if minor:
                rest = sign * utilities[minor].sum(axis=1, skipna=False).to_numpy()
                layers[f"other ({len(minor)})"] = rest
            handles = _draw_layers(axes, layers, known.edges, [*_colours_of(major, colours), PALE])
        ends[sign < 0] = sign * float(together[list(side)].sum(axis=1).max())
        legend_on_right(
            row[-1], handles[::-sign], "for acting" if sign > 0 else "against acting", top=sign > 0
        )
    room = 0.04 * (ends[0] - ends[1])
    for axes in row:
        axes.set_ylim(ends[1] - room, ends[0] + room)


def _draw_layers(
    axes: Axes, layers: Mapping[str, Numbers], edges: Numbers, colours: Sequence[str]
) -> list[Artist]:
    """Stack layers from zero; what stands for each in a legend."""
    floor: Numbers = np.zeros(len(edges) - 1)
    handles: list[Artist] = []
    for (name, values), colour in zip(layers.items(), colours, strict=False):
        axes.stairs(
            floor + values, edges, baseline=np.nan_to_num(floor), fill=True, color=colour, linewidth=0
        )
        handles.append(Patch(facecolor=colour, label=name))
        floor = floor + values
    return handles


def _say_no_war(axes: Axes) -> None:
    axes.text(0.5, 0.55, "no fighting in any world", ha="center", va="bottom", transform=axes.transAxes)


def _by_interval(reasons: pd.DataFrame, known: _Intervals) -> pd.DataFrame:
    """(intervals, terms) means weighted by days of fighting; none where there was hardly any."""
    keys = [reasons["date"].map(known.of_date), reasons["term"]]
    weighted = (reasons["mean"] * reasons["war_days"]).groupby(keys).sum().unstack()
    days = reasons["war_days"].groupby(keys).sum().unstack()
    return (weighted / days).where(days >= THIN * days.max().max()).reindex(range(len(known.edges) - 1))


def _major_terms(utilities: pd.DataFrame, most: int) -> tuple[list[str], list[str]]:
    """The largest terms of a side, in order of size, and the others that are not nothing."""
    sizes = utilities.mean().sort_values(ascending=False, kind="stable")
    names = list(sizes[sizes > 0].index)
    major = [name for name in names[:most] if sizes[name] >= MAJOR * sizes.sum()]
    return major, names[len(major) :]


def _colours_of(terms: Sequence[str], colours: Sequence[str]) -> list[str]:
    """A colour for each term: its first choice, or one that is left."""
    chosen = {term: FIRST_CHOICE[term] for term in terms if term in FIRST_CHOICE}
    left = iter([colour for colour in colours if colour not in chosen.values()])
    return [chosen.get(term) or next(left) for term in terms]
