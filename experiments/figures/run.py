"""The figures of a run: land, alliance, and the patron's ladder with its reasons.

    territory   which land is lost, in what order, when, and how sure that is
    alliance    what becomes of loyalty, goodwill and reputation
    ladder      how far the patron steps in, and for which reasons
    map         where land is lost

Each takes a folder and returns a figure; none leaves a trace in matplotlib's global state. Of a run of
several points, the first is shown.
"""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from agents.reasons import DUTIES, PLAIN_WORDS, RESTRAINTS, RUNGS
from experiments.figures.map import in_percent, map_of_loss, short_name
from experiments.figures.style import (
    BLACK,
    BLUE,
    DARK,
    GREEN,
    GREY,
    LETTERS,
    OBSERVED,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    SMALL,
    SMALL_LINE,
    STYLE,
    VERMILLION,
    WIDTH,
    YELLOW,
    Sheet,
    as_days,
    beside,
    brief,
    caption_of,
    date_axis,
    draw_bands,
    first_point,
    has_bands,
    is_long,
    legend_on_right,
    new_sheet,
    rows_from_top,
    timeline,
    write_figures,
)
from experiments.history.record import Record
from sim.quantities import Numbers
from sim.runs.recorder import QUANTILES
from sim.runs.results import ResultFolder
from sim.scenarios.region_map import Region
from sim.scenarios.scenario import Scenario

CLASS_COLOURS = {"outer": BLUE, "core": VERMILLION}
FEW_DATES = 5  # dates of which a range is not worth drawing

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


@rc_context(STYLE)
def territory(folder: ResultFolder, record: Record | None = None) -> Figure:
    """Contested land held over time, and when each district is lost.

    Args:
        folder: the result folder of the run.
        record: what was observed, if it is to be shown.
    """
    scenario = folder.scenario
    seen = (record or Record()).within(scenario)
    regions, fell = _in_order_of_loss(folder)
    rows = 0.205 * len(regions) + 0.1
    sheet = new_sheet(caption_of(folder), "Land held, and the order in which districts are lost", rows + 3.1)
    left, width = 1.62, WIDTH - 1.62 - 0.62
    above, below = sheet.panel(left, rows + 1.3, width, 1.6), sheet.panel(left, 0.85, width, rows)
    _draw_land_held(above, folder, seen)
    for row, region in enumerate(regions):
        _draw_loss(below, row, region, fell[region.id].dropna(), len(fell))
        if region.id in seen.captures:
            below.plot(as_days([seen.captures[region.id]]), [row], **OBSERVED)
    rows_from_top(below, [brief(short_name(region)) for region in regions])
    below.set_title("When the larger part of a district is lost")
    beside(below, -0.85, "lost in")
    date_axis(above, scenario, labels=False)
    date_axis(below, scenario)
    paler = bool(fell.notna().mean().between(0, 0.5, inclusive="neither").any())
    _explain_losses(sheet, regions, has_bands(folder), paler, bool(seen.control or seen.captures))
    return sheet.figure


def _in_order_of_loss(folder: ResultFolder) -> tuple[list[Region], pd.DataFrame]:
    """Contested regions by their median date of loss, and the dates, a column a region."""
    worlds = first_point(folder.worlds)
    contested = [region for region in folder.scenario.regions.region if f"fell_{region.id}" in worlds]
    fell = pd.DataFrame({region.id: pd.to_datetime(worlds[f"fell_{region.id}"]) for region in contested})
    in_order = list(fell.median().sort_values(kind="stable", na_position="last").index)
    return sorted(contested, key=lambda region: in_order.index(region.id)), fell


def _draw_land_held(axes: Axes, folder: ResultFolder, record: Record) -> None:
    """The contested land held over time, simulated and observed."""
    end = draw_bands(axes, folder, "held_contested", DARK, scale=100)
    beside(axes, max(end, 7), in_percent(end / 100) + ("\nmedian" if has_bands(folder) else ""))
    if record.control:
        days, shares = zip(*record.control, strict=True)
        axes.plot(as_days(days), 100 * np.array(shares), clip_on=False, **OBSERVED | {"markersize": 3.6})
    axes.set(ylim=(0, 103), ylabel="% of that at the start", title="Contested land still held")


def _draw_loss(axes: Axes, row: int, region: Region, dates: "pd.Series[Any]", worlds: int) -> None:
    """A row: dot and bars of the date among worlds where the region fell, and the share of these."""
    share = len(dates) / worlds
    beside(axes, row, in_percent(share))
    if not len(dates):
        return
    low, early, middle, late, high = np.quantile(as_days(dates), list(QUANTILES.values()))
    strength = 1.0 if share >= 0.5 else 0.4
    style: dict[str, Any] = {"color": CLASS_COLOURS[region.legal_class], "solid_capstyle": "butt"}
    if len(dates) >= FEW_DATES:
        axes.plot([low, high], [row, row], linewidth=1.2, alpha=strength, **style)
        axes.plot([early, late], [row, row], linewidth=5.0, alpha=0.55 * strength, **style)
    axes.plot([middle], [row], marker="o", markersize=4.2, alpha=strength, markeredgewidth=0, **style)


def _explain_losses(
    sheet: Sheet, regions: Sequence[Region], several: bool, paler: bool, observed: bool
) -> None:
    """The legend below the panels."""
    handles: list[Artist] = [
        Line2D([], [], color=DARK, marker="o", markersize=4, linestyle="none",
               label="median date" if several else "date")
    ]  # fmt: skip
    if several:
        handles.append(Line2D([], [], color=DARK, alpha=0.55, linewidth=5, label="50 % of worlds"))
        handles.append(Line2D([], [], color=DARK, linewidth=1.2, label="90 % of worlds"))
    if observed:
        handles.append(Line2D([], [], label="observed", **OBSERVED))
    classes = {region.legal_class for region in regions}
    handles += [
        Patch(color=c, label=f"{name} district") for name, c in CLASS_COLOURS.items() if name in classes
    ]
    if several and paler:
        handles.append(Patch(color=PALE, label="paler: lost in under half of worlds"))
    sheet.figure.legend(
        handles=handles, loc="lower left", ncols=4, bbox_to_anchor=sheet.place(0.4, -0.08), columnspacing=1.6
    )


@rc_context(STYLE)
def alliance(folder: ResultFolder) -> Figure:
    """Loyalty, opinion, gratitude and reliability over time, with the dated events."""
    scenario, cast = folder.scenario, folder.scenario.cast
    patron, client, challenger = (brief(p.name) for p in (cast.patron, cast.client, cast.challenger))
    forms = (
        ("loyalty", f"Loyalty of {client} to the pact", BLUE),
        ("opinion", f"Opinion of {patron} in {client}", ORANGE),
        ("gratitude", f"Gratitude of {challenger} to {patron}", GREEN),
        ("reliability", f"Reliability of {patron} in observers' eyes", PURPLE),
    )
    key = [textwrap.wrap(event.text, LETTERS - 20) for event in scenario.event]
    base = 0.55 + SMALL_LINE * sum(map(len, key))
    sheet = new_sheet(caption_of(folder), "Loyalty, goodwill and reputation over time", base + 5.15)
    for place, (measure, title, colour) in enumerate(forms):
        axes = sheet.panel(0.62, base + (3 - place) * 1.27, WIDTH - 1.24, 0.95)
        end = draw_bands(axes, folder, measure, colour)
        beside(axes, min(max(end, 0.06), 0.94), f"{end:.2f}")
        axes.set(ylim=(0, 1), yticks=[0, 0.5, 1], ylabel="level, 0-1")
        axes.set_title(title, pad=13 if scenario.event and not place else 4)
        date_axis(axes, scenario, labels=place == len(forms) - 1)
        for event in scenario.event:
            axes.axvline(as_days([event.date])[0], color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
        if not place:
            beside(axes, 1.12, "median" if has_bands(folder) else "end")
            _number_events(axes, scenario)
    _explain_events(sheet, scenario, key)
    return sheet.figure


def _number_events(axes: Axes, scenario: Scenario) -> None:
    """Numbers above the marks; marks too close for two numbers share a label."""
    days = (scenario.end - scenario.start).days
    groups: list[list[tuple[float, int]]] = []
    for number, event in sorted(enumerate(scenario.event, 1), key=lambda entry: entry[1].date):
        place = (event.date - scenario.start).days / days
        if groups and place - groups[-1][-1][0] < 0.022:
            groups[-1].append((place, number))
        else:
            groups.append([(place, number)])
    for group in groups:
        middle, text = sum(place for place, _ in group) / len(group), ", ".join(str(n) for _, n in group)
        axes.text(middle, 1.04, text, size=SMALL, ha="center", va="bottom", transform=axes.transAxes)


def _explain_events(sheet: Sheet, scenario: Scenario, key: Sequence[list[str]]) -> None:
    """What the numbers stand for: number, date, text."""
    bottom = SMALL_LINE * sum(map(len, key))
    for number, (event, lines) in enumerate(zip(scenario.event, key, strict=True), 1):
        bottom -= len(lines) * SMALL_LINE
        first = bottom + (len(lines) - 1) * SMALL_LINE
        sheet.write(0.3, first, [str(number)], ha="right")
        sheet.write(0.4, first, [f"{event.date.day} {event.date:%b %Y}"])
        sheet.write(1.15, bottom, lines)


@rc_context(STYLE)
def ladder(folder: ResultFolder) -> Figure:
    """On which rung the patron stands, and which reasons move it or hold it back."""
    long = is_long(folder.scenario)
    middle = 1.05 if long else 0.0  # a panel more
    title = f"How far {brief(folder.scenario.cast.patron.name)} steps in, and why"
    sheet = new_sheet(caption_of(folder), title, 5.6 + middle)
    left, width = 0.68, WIDTH - 0.68 - 1.95
    above, below = sheet.panel(left, 3.75 + middle, width, 1.6), sheet.panel(left, 0.45, width, 2.85)
    edges, interval_of = _intervals(folder)
    if long:
        between = sheet.panel(left, 3.75, width, 0.65)
        _draw_rungs_by_year(above, between, folder, edges, interval_of)
        date_axis(between, folder.scenario, labels=False)
    else:
        _draw_rungs(above, folder, edges)
    _draw_reasons(below, folder, edges, interval_of)
    date_axis(above, folder.scenario, labels=False)
    date_axis(below, folder.scenario)
    return sheet.figure


def _intervals(folder: ResultFolder) -> tuple[Numbers, "pd.Series[int]"]:
    """Edges of the intervals that are shown, and for each recorded date the interval that it closes.

    A record looks back to the one before it. Short scenarios are shown record by record; long ones,
    where fighting is rare, by year.
    """
    dates = np.sort(first_point(folder.bands)["date"].unique())
    if not is_long(folder.scenario):
        return as_days(dates), pd.Series(range(len(dates) - 1), index=dates[1:])
    years = dates[:-1].astype("datetime64[Y]")  # of the beginnings
    year = np.timedelta64(1, "Y")
    new_years = np.arange(years[0] + year, years[-1] + year).astype("datetime64[D]")
    edges = np.concatenate([as_days(dates[:1]), as_days(new_years), as_days(dates[-1:])])
    return edges, pd.Series((years - years[0]).astype(int), index=dates[1:])


def _draw_rungs(axes: Axes, folder: ResultFolder, edges: Numbers) -> None:
    """Shares of all worlds that are at war with the patron on each rung, record by record."""

    def share(measure: str) -> Numbers:
        return 100 * timeline(folder, measure)["mean"].to_numpy()[1:]

    layers = {name: share(f"rung_{rung}") for rung, name in enumerate(RUNGS)}
    handles, at_war = _draw_layers(axes, layers, edges, RUNG_COLOURS), share("at_war")
    axes.stairs(at_war, edges, baseline=None, color=BLACK, linewidth=0.9)
    handles.append(Line2D([], [], color=BLACK, linewidth=0.9, label="all worlds at war"))
    legend_on_right(axes, handles[::-1], "at war, patron on rung")
    highest = float(at_war.max())
    axes.set_ylim(0, 1.05 * highest if highest > 0 else 1)
    axes.set(ylabel="% of all worlds", title="Its rung of the ladder while there is war")
    if highest == 0:
        _say_no_war(axes)


def _draw_rungs_by_year(
    axes: Axes, below: Axes, folder: ResultFolder, edges: Numbers, interval_of: "pd.Series[int]"
) -> None:
    """Shares of the days of fighting of each year that the patron spent on each rung, and these days."""
    axes.set(
        ylim=(0, 100), ylabel="% of days of fighting", title="Its rung of the ladder on days of fighting"
    )
    below.set(ylabel="days", title="Days of fighting in the year, mean over all worlds")
    reasons = first_point(folder.reasons)
    rungs = reasons[reasons["side"] == "rung"]
    if rungs.empty:
        _say_no_war(axes)
        below.set_ylim(0, 1)
        return
    shares = 100 * _by_interval(rungs, interval_of, len(edges) - 1)
    layers = {name: shares[f"rung_{rung}"].to_numpy(dtype=float) for rung, name in enumerate(RUNGS)}
    handles = _draw_layers(axes, layers, edges, RUNG_COLOURS)
    legend_on_right(axes, handles[::-1], "patron on rung")
    fought = rungs[rungs["term"] == "rung_0"]
    days = fought["war_days"].groupby(fought["date"].map(interval_of)).sum()
    below.stairs(days.reindex(range(len(edges) - 1), fill_value=0), edges, fill=True, color=GREY, linewidth=0)
    below.set_ylim(0, 1.05 * float(days.max()))


def _draw_reasons(axes: Axes, folder: ResultFolder, edges: Numbers, interval_of: "pd.Series[int]") -> None:
    """Mean utility of each reason while there is war: for acting above zero, against it below."""
    axes.axhline(0, color=BLACK, linewidth=0.7, zorder=3)
    axes.set(
        title="Its reasons, mean over worlds at war (blank where these are few)", ylabel="utility of acting"
    )
    if folder.reasons.empty:
        axes.set_ylim(-1, 1)
        _say_no_war(axes)
        return
    utilities = _by_interval(first_point(folder.reasons), interval_of, len(edges) - 1)
    for side, colours, sign in ((DUTIES, DUTY_COLOURS, 1), (RESTRAINTS, RESTRAINT_COLOURS, -1)):
        major, minor = _major_terms(utilities[list(side)], len(colours))
        layers = {PLAIN_WORDS[name]: sign * utilities[name].to_numpy(dtype=float) for name in major}
        if minor:
            layers[f"other ({len(minor)})"] = sign * utilities[minor].sum(axis=1, skipna=False).to_numpy()
        handles = _draw_layers(axes, layers, edges, [*_colours_of(major, colours), PALE])
        legend_on_right(axes, handles[::-sign], "for acting" if sign > 0 else "against acting", top=sign > 0)
    axes.margins(y=0.04)


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


def _by_interval(reasons: pd.DataFrame, interval_of: "pd.Series[int]", count: int) -> pd.DataFrame:
    """(intervals, terms) means weighted by days of fighting; none where there was hardly any."""
    keys = [reasons["date"].map(interval_of), reasons["term"]]
    weighted = (reasons["mean"] * reasons["war_days"]).groupby(keys).sum().unstack()
    days = reasons["war_days"].groupby(keys).sum().unstack()
    return (weighted / days).where(days >= THIN * days.max().max()).reindex(range(count))


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


def draw_all(folder: ResultFolder, into: Path, record: Record | None = None) -> list[Path]:
    """Write all figures as SVG and PNG; the same folder gives the same bytes.

    Args:
        folder: the result folder of the run.
        into: the folder that the files go to.
        record: what was observed, if it is to be shown.

    Returns:
        The files.
    """
    figures = {
        "territory": territory(folder, record),
        "alliance": alliance(folder),
        "ladder": ladder(folder),
        "map": map_of_loss(folder),
    }
    return write_figures(figures, into)
