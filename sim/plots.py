"""What does a run look like? The figure forms of a result folder.

    territory   which land is lost, in what order, when, and how sure that is
    alliance    what becomes of loyalty, goodwill and reputation
    ladder      how far the patron steps in, and for which reasons
    map         where land is lost

Each takes a folder and returns a figure; none leaves a trace in matplotlib's global state. Of a run of
several points, the first is shown.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from agents.theories import DUTIES, RESTRAINTS
from sim.map_drawing import (
    LOSS,
    draw_map,
    extent,
    in_percent,
    labels_of,
    map_key,
    read_shapes,
    short_name,
)
from sim.region_map import Region
from sim.results import Folder
from sim.scenario import Scenario

Numbers = NDArray[np.float64]

# Okabe and Ito (2008): told apart by all common forms of colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
DARK, GREY, PALE = "#4d4d4d", "#8c8c8c", "#d9d9d9"

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "grid.color": "#ececec",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "captive-ally",
    "savefig.dpi": 150,
}
SMALL = 7  # pt, the least that can be read in print
WIDTH, MARGIN, SMALL_LINE = 7.0, 0.12, 0.135  # inches: of the page, at its edges, of a line of small text
LETTERS = 124  # in a line of small text across the page

OBSERVED: dict[str, Any] = {
    "marker": "D",
    "markersize": 4.6,
    "markerfacecolor": "white",
    "markeredgecolor": BLACK,
    "linestyle": "none",
    "zorder": 5,
}
CLASS_COLOURS = {"outer": BLUE, "core": VERMILLION}
FEW = 5  # dates of which a range is not worth drawing

RUNGS = ("stands aside", "diplomacy", "arms", "peacekeepers", "troops")
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
PLAIN_WORDS = {
    "treaty": "treaty obligation",
    "core": "core falling",
    "border": "recognised border attacked",
    "humanitarian": "humanitarian disaster",
    "existential": "survival of the client",
    "sphere": "standing in its sphere",
    "ruler": "friendly ruler in danger",
    "popularity": "popularity in the client",
    "loyalty": "loyalty of the client",
    "allies": "other allies watching",
    "threat": "threat of the challenger",
    "honour": "promise kept, as usual",
    "gratitude": "gratitude of the challenger",
    "frustration": "frustration with the client",
    "entrapment": "entrapment avoided",
    "displeasure": "displeasure at its government",
    "title": "the challenger's legal title",
    "window": "time left to the challenger",
    "cost": "cost of acting",
}


@dataclass(frozen=True)
class Record:
    """What was observed, to be set beside what was simulated.

    Attributes:
        control: dates, and the share of the contested land held on each.
        captures: region -> the date on which the larger part of it was lost.
    """

    control: Sequence[tuple[date, float]] = ()
    captures: Mapping[str, date] = field(default_factory=dict)

    def within(self, scenario: Scenario) -> "Record":
        """The part that falls into the time of a scenario."""
        start, end = scenario.start, scenario.end
        return Record(
            [(day, share) for day, share in self.control if start <= day <= end],
            {name: day for name, day in self.captures.items() if start <= day <= end},
        )


@dataclass(frozen=True)
class Sheet:
    """A page with title and caption; all else is placed in inches, counted from above the caption."""

    figure: Figure
    floor: float

    def place(self, left: float, bottom: float) -> tuple[float, float]:
        """A place as a share of the page."""
        width, height = self.figure.get_size_inches()
        return float(left / width), float((self.floor + bottom) / height)

    def panel(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """A place to draw on."""
        page_width, page_height = self.figure.get_size_inches()
        return self.figure.add_axes((*self.place(left, bottom), width / page_width, height / page_height))

    def write(self, left: float, bottom: float, lines: Sequence[str], **style: Any) -> None:
        """Lines of small text, by their lower left corner."""
        for above, line in enumerate(reversed(lines)):
            x, y = self.place(left, bottom + above * SMALL_LINE)
            self.figure.text(x, y, line, **{"size": SMALL, "va": "bottom", **style})


def _sheet(folder: Folder, title: str, height: float) -> Sheet:
    """A page with room of some height between title and caption."""
    caption = caption_of(folder)
    floor = MARGIN + len(caption) * SMALL_LINE + 0.1
    figure = Figure(figsize=(WIDTH, floor + height + 0.35))
    FigureCanvasAgg(figure)
    sheet = Sheet(figure, floor)
    sheet.write(MARGIN, height + 0.1, [title], size=10.5, weight="bold")
    sheet.write(MARGIN, MARGIN - floor, caption, color=DARK)
    return sheet


def caption_of(folder: Folder) -> list[str]:
    """What determines the numbers of a figure, in lines that fit the page."""
    plan, several = folder.manifest["plan"], _several(folder)
    parts = (
        folder.scenario.title,
        f"theory: {plan['theory']}",
        f"claims left out: {', '.join(plan['without']) or 'none'}",
        f"{plan['worlds']} worlds" if several else "1 world",
        f"seed {plan['seed']}",
        "bands: 50 % and 90 % of worlds" if several else "no bands of one world",
    )
    whole = [part if part.count(",") > 5 else part.replace(" ", "\xa0") for part in parts]  # not to be parted
    return [line.replace("\xa0", " ") for line in textwrap.wrap("; ".join(whole) + ".", LETTERS)]


def _brief(name: str, most: int = 25) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _several(folder: Folder) -> bool:
    return bool(folder.manifest["plan"]["worlds"] > 1)


def _first_point(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["point"] == table["point"].min()]


def _timeline(folder: Folder, measure: str) -> pd.DataFrame:
    """Mean and quantiles of a measure, a row a date."""
    bands = _first_point(folder.bands)
    return bands[bands["measure"] == measure].sort_values("date")


def _days(dates: Any) -> Numbers:
    """Dates as matplotlib counts them: days since 1970."""
    return np.asarray(dates, dtype="datetime64[D]").astype(np.float64)


def _is_long(scenario: Scenario) -> bool:
    return (scenario.end - scenario.start).days > 3 * 366


def _ticks(scenario: Scenario) -> tuple[list[date], str]:
    """Dates to be labelled, and how: every so many years, months or weeks."""
    start, end, days = scenario.start, scenario.end, (scenario.end - scenario.start).days
    years = range(start.year, end.year + 1)
    if _is_long(scenario):
        every = next(count for count in (1, 5, 10, 20, 50) if days <= 12 * 366 * count)
        return [date(year, 1, 1) for year in years if year % every == 0 and year > start.year], "{:%Y}"
    if days > 200:
        months = [date(year, month, 1) for year in years for month in range(1, 13)]
        months = [month for month in months if start <= month <= end]
        return months[:: 1 + len(months) // 8], "{:%b %Y}"
    every = 7 * (1 + days // 60)
    return [start + timedelta(days=day) for day in range(0, days + 1, every)], "{0.day} {0:%b}"


def _date_axis(axes: Axes, scenario: Scenario, labels: bool = True) -> None:
    """From start to end of a scenario, with labels that suit its length."""
    dates, form = _ticks(scenario)
    axes.set_xticks(_days(dates), [form.format(day) for day in dates] if labels else [""] * len(dates))
    axes.set_xlim(*_days([scenario.start, scenario.end]))
    if labels:
        years = sorted({str(scenario.start.year), str(scenario.end.year)})
        axes.set_xlabel("year" if _is_long(scenario) else "-".join(years))


def _draw_bands(axes: Axes, folder: Folder, measure: str, colour: str, scale: float = 1.0) -> float:
    """Median over time and, of several worlds, the ranges of 50 % and 90 % of them; the last median."""
    table = _timeline(folder, measure)
    days, middle = _days(table["date"]), scale * table["q50"].to_numpy()
    if _several(folder):
        for low, high, alpha in (("q05", "q95", 0.16), ("q25", "q75", 0.30)):
            axes.fill_between(
                days, scale * table[low], scale * table[high], color=colour, alpha=alpha, linewidth=0
            )
    axes.plot(days, middle, color=colour, linewidth=1.5, solid_capstyle="butt")
    return float(middle[-1])


def _beside(axes: Axes, y: float, text: str) -> None:
    """Small text on the right of a panel, at the height of a value."""
    axes.text(1.015, y, text, size=SMALL, va="center_baseline", transform=axes.get_yaxis_transform())


@rc_context(STYLE)
def territory(folder: Folder, record: Record | None = None) -> Figure:
    """Contested land held over time, and when each district is lost.

    Args:
        folder: of the run.
        record: what was observed.
    """
    scenario = folder.scenario
    seen = (record or Record()).within(scenario)
    regions, fell = _in_order_of_loss(folder)
    rows = 0.205 * len(regions) + 0.1
    sheet = _sheet(folder, "Land held, and the order in which districts are lost", rows + 3.1)
    left, width = 1.62, WIDTH - 1.62 - 0.62
    above, below = sheet.panel(left, rows + 1.3, width, 1.6), sheet.panel(left, 0.85, width, rows)
    _draw_land_held(above, folder, seen)
    for row, region in enumerate(regions):
        _draw_loss(below, row, region, fell[region.id].dropna(), len(fell))
        if region.id in seen.captures:
            below.plot(_days([seen.captures[region.id]]), [row], **OBSERVED)
    below.set(ylim=(len(regions) - 0.4, -0.6), title="When the larger part of a district is lost")
    below.set_yticks(range(len(regions)), [_brief(short_name(r)) for r in regions])
    below.tick_params(axis="y", length=0)
    _beside(below, -0.85, "lost in")
    _date_axis(above, scenario, labels=False)
    _date_axis(below, scenario)
    paler = bool(fell.notna().mean().between(0, 0.5, inclusive="neither").any())
    _explain_losses(sheet, regions, _several(folder), paler, bool(seen.control or seen.captures))
    return sheet.figure


def _in_order_of_loss(folder: Folder) -> tuple[list[Region], pd.DataFrame]:
    """Contested regions by their median date of loss, and the dates, a column a region."""
    worlds = _first_point(folder.worlds)
    contested = [region for region in folder.scenario.regions.region if f"fell_{region.id}" in worlds]
    fell = pd.DataFrame({region.id: pd.to_datetime(worlds[f"fell_{region.id}"]) for region in contested})
    in_order = list(fell.median().sort_values(kind="stable", na_position="last").index)
    return sorted(contested, key=lambda region: in_order.index(region.id)), fell


def _draw_land_held(axes: Axes, folder: Folder, record: Record) -> None:
    """The contested land held over time, simulated and observed."""
    end = _draw_bands(axes, folder, "held_contested", DARK, scale=100)
    _beside(axes, max(end, 7), in_percent(end / 100) + ("\nmedian" if _several(folder) else ""))
    if record.control:
        days, shares = zip(*record.control, strict=True)
        axes.plot(_days(days), 100 * np.array(shares), clip_on=False, **OBSERVED | {"markersize": 3.6})
    axes.set(ylim=(0, 103), ylabel="% of that at the start", title="Contested land still held")


def _draw_loss(axes: Axes, row: int, region: Region, dates: "pd.Series[Any]", worlds: int) -> None:
    """A row: dot and bars of the date among worlds where the region fell, and the share of these."""
    share = len(dates) / worlds
    _beside(axes, row, in_percent(share))
    if not len(dates):
        return
    low, early, middle, late, high = np.quantile(_days(dates), [0.05, 0.25, 0.5, 0.75, 0.95])
    strength = 1.0 if share >= 0.5 else 0.4
    style: dict[str, Any] = {"color": CLASS_COLOURS[region.legal_class], "solid_capstyle": "butt"}
    if len(dates) >= FEW:
        axes.plot([low, high], [row, row], linewidth=1.2, alpha=strength, **style)
        axes.plot([early, late], [row, row], linewidth=5.0, alpha=0.55 * strength, **style)
    axes.plot([middle], [row], marker="o", markersize=4.2, alpha=strength, markeredgewidth=0, **style)


def _explain_losses(
    sheet: Sheet, regions: Sequence[Region], several: bool, paler: bool, observed: bool
) -> None:
    """The legend below the panels."""
    handles: list[Artist] = [
        Line2D(
            [],
            [],
            color=DARK,
            marker="o",
            markersize=4,
            linestyle="none",
            label="median date" if several else "date",
        )
    ]
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
def alliance(folder: Folder) -> Figure:
    """Loyalty, opinion, gratitude and reliability over time, with the dated events."""
    scenario, cast = folder.scenario, folder.scenario.cast
    patron, client, challenger = (_brief(p.name) for p in (cast.patron, cast.client, cast.challenger))
    forms = (
        ("loyalty", f"Loyalty of {client} to the pact", BLUE),
        ("opinion", f"Opinion of {patron} in {client}", ORANGE),
        ("gratitude", f"Gratitude of {challenger} to {patron}", GREEN),
        ("reliability", f"Reliability of {patron} in observers' eyes", PURPLE),
    )
    key = [textwrap.wrap(event.text, LETTERS - 20) for event in scenario.event]
    base = 0.55 + SMALL_LINE * sum(map(len, key))
    sheet = _sheet(folder, "Loyalty, goodwill and reputation over time", base + 5.15)
    for place, (measure, title, colour) in enumerate(forms):
        axes = sheet.panel(0.62, base + (3 - place) * 1.27, WIDTH - 1.24, 0.95)
        end = _draw_bands(axes, folder, measure, colour)
        _beside(axes, min(max(end, 0.06), 0.94), f"{end:.2f}")
        axes.set(ylim=(0, 1), yticks=[0, 0.5, 1], ylabel="level, 0-1")
        axes.set_title(title, pad=13 if scenario.event and not place else 4)
        _date_axis(axes, scenario, labels=place == len(forms) - 1)
        for event in scenario.event:
            axes.axvline(_days([event.date])[0], color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
        if not place:
            _beside(axes, 1.12, "median" if _several(folder) else "end")
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
def ladder(folder: Folder) -> Figure:
    """On which rung the patron stands, and which reasons move it or hold it back."""
    sheet = _sheet(folder, f"How far {_brief(folder.scenario.cast.patron.name)} steps in, and why", 5.6)
    left, width = 0.68, WIDTH - 0.68 - 1.95
    above, below = sheet.panel(left, 3.75, width, 1.6), sheet.panel(left, 0.45, width, 2.85)
    edges, interval_of = _intervals(folder)
    _draw_rungs(above, folder, edges, interval_of)
    _draw_reasons(below, folder, edges, interval_of)
    _date_axis(above, folder.scenario, labels=False)
    _date_axis(below, folder.scenario)
    return sheet.figure


def _intervals(folder: Folder) -> tuple[Numbers, "pd.Series[int]"]:
    """Edges of the intervals that are shown, and for each recorded date the interval that it closes.

    A record looks back to the one before it. Short scenarios are shown record by record; long ones,
    where fighting is rare, by year.
    """
    dates = np.sort(_first_point(folder.bands)["date"].unique())
    if not _is_long(folder.scenario):
        return _days(dates), pd.Series(range(len(dates) - 1), index=dates[1:])
    years = dates[:-1].astype("datetime64[Y]")  # of the beginnings
    new_years = np.arange(years[0] + 1, years[-1] + 1).astype("datetime64[D]")
    edges = np.concatenate([_days(dates[:1]), _days(new_years), _days(dates[-1:])])
    return edges, pd.Series((years - years[0]).astype(int), index=dates[1:])


def _draw_rungs(axes: Axes, folder: Folder, edges: Numbers, interval_of: "pd.Series[int]") -> None:
    """Shares of all worlds that are at war with the patron on each rung."""

    def share(measure: str) -> Numbers:
        means = _timeline(folder, measure).set_index("date")["mean"].iloc[1:]
        of_interval = means.groupby(interval_of.reindex(means.index)).mean()
        return 100 * of_interval.reindex(range(len(edges) - 1)).to_numpy(dtype=float)

    layers = {name: share(f"rung_{rung}") for rung, name in enumerate(RUNGS)}
    handles, at_war = _draw_layers(axes, layers, edges, RUNG_COLOURS), share("at_war")
    axes.stairs(at_war, edges, baseline=None, color=BLACK, linewidth=0.9)
    handles.append(Line2D([], [], color=BLACK, linewidth=0.9, label="all worlds at war"))
    _legend(axes, handles[::-1], "at war, patron on rung")
    highest = float(np.nanmax(at_war))
    axes.set_ylim(0, 1.05 * highest if highest > 0 else 1)
    yearly = "\n(mean of the year)" if _is_long(folder.scenario) else ""
    axes.set(ylabel=f"% of all worlds{yearly}", title="Its rung of the ladder while there is war")
    if highest == 0:
        _say_no_war(axes)


def _draw_reasons(axes: Axes, folder: Folder, edges: Numbers, interval_of: "pd.Series[int]") -> None:
    """Mean utility of each reason while there is war: for acting above zero, against it below."""
    axes.axhline(0, color=BLACK, linewidth=0.7, zorder=3)
    axes.set(
        title="Its reasons, mean over worlds at war (blank where these are few)", ylabel="utility of acting"
    )
    if folder.reasons.empty:
        axes.set_ylim(-1, 1)
        _say_no_war(axes)
        return
    utilities = _by_interval(_first_point(folder.reasons), interval_of, len(edges) - 1)
    for side, colours, sign in ((DUTIES, DUTY_COLOURS, 1), (RESTRAINTS, RESTRAINT_COLOURS, -1)):
        major, minor = _major_terms(utilities[list(side)], len(colours))
        layers = {PLAIN_WORDS[name]: sign * utilities[name].to_numpy(dtype=float) for name in major}
        if minor:
            layers[f"other ({len(minor)})"] = sign * utilities[minor].sum(axis=1, skipna=False).to_numpy()
        handles = _draw_layers(axes, layers, edges, [*_colours_of(major, colours), PALE])
        _legend(axes, handles[::-sign], "for acting" if sign > 0 else "against acting", top=sign > 0)
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


def _legend(axes: Axes, handles: Sequence[Artist], title: str, top: bool = True) -> None:
    """A legend on the right of a panel, at its top or bottom."""
    axes.figure.legend(
        handles=list(handles),
        title=title,
        title_fontproperties={"size": 7.5, "weight": "bold"},
        alignment="left",
        loc="upper left" if top else "lower left",
        bbox_to_anchor=(1.01, 1.04 if top else -0.04),
        bbox_transform=axes.transAxes,
        handlelength=1.0,
        labelspacing=0.35,
    )


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


@rc_context(STYLE)
def map_of_loss(folder: Folder) -> Figure | None:
    """Where the client's side loses land; None if the scenario's map has no drawing."""
    scenario, regions = folder.scenario, folder.scenario.regions.region
    drawn = read_shapes(scenario.map)
    if drawn is None or any(region.id not in drawn for region in regions):
        return None
    shapes = {region.id: drawn[region.id] for region in regions}
    bands = _first_point(folder.bands)
    last = bands[bands["date"] == bands["date"].max()].set_index("measure")["mean"]
    chances = {r.id: float(last[f"lost_{r.id}"]) for r in regions if f"lost_{r.id}" in last.index}
    west, east, south, north = extent(shapes)
    width = WIDTH - 2 * MARGIN
    height = width * (north - south) / (east - west)
    labels = labels_of(shapes, regions, chances, km_a_point=(east - west) / (width * 72))
    in_short = [f"{region.id} {region.name}" for region in regions if labels[region.id].in_short]
    note = "; ".join(["Schematic map: areas are true, borders are not surveyed", *in_short])
    notes = textwrap.wrap(note + ".", LETTERS)
    base = 0.62 + SMALL_LINE * len(notes)
    title = f"Where land is lost by {scenario.end.day} {scenario.end:%B %Y}"
    sheet = _sheet(folder, title, base + height)
    draw_map(sheet.panel(MARGIN, base, width, height), shapes, regions, chances, labels)
    sheet.write(MARGIN, 0.02, notes)
    _explain_map(sheet, scenario, base - 0.25)
    return sheet.figure


def _explain_map(sheet: Sheet, scenario: Scenario, top: float) -> None:
    """Colour bar and legend."""
    bar = sheet.panel(0.3, top, 2.3, 0.11)
    scale = ScalarMappable(Normalize(0, 100), LOSS)
    sheet.figure.colorbar(scale, cax=bar, orientation="horizontal", ticks=[0, 25, 50, 75, 100])
    bar.set_title("larger part lost, in % of worlds", size=7.5, pad=3)
    sheet.figure.legend(
        handles=map_key(_brief(scenario.cast.client.name), _brief(scenario.cast.challenger.name)),
        loc="upper left",
        ncols=2,
        bbox_to_anchor=sheet.place(2.9, top + 0.28),
        columnspacing=1.6,
    )


def draw_all(folder: Folder, into: Path, record: Record | None = None) -> list[Path]:
    """Write all figures as SVG and PNG; the same folder gives the same bytes.

    Args:
        folder: of the run.
        into: where the files go.
        record: what was observed.

    Returns:
        The files.
    """
    figures = {
        "territory": territory(folder, record),
        "alliance": alliance(folder),
        "ladder": ladder(folder),
        "map": map_of_loss(folder),
    }
    return [
        save_figure(figure, into / f"{name}.{form}")
        for name, figure in figures.items()
        if figure is not None
        for form in ("svg", "png")
    ]


@rc_context(STYLE)
def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure in the form that the ending of its name asks for, without a date in it."""
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    return path
