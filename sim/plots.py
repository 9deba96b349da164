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
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.dates import DateLocator, MonthLocator, WeekdayLocator, YearLocator, date2num, num2date
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from agents.theories import DUTIES, RESTRAINTS
from sim.map_drawing import CHALLENGER_LAND, CLIENT_LAND, LOSS, draw_map, extent, in_percent, read_shapes
from sim.region_map import Region
from sim.results import Folder
from sim.scenario import Event, Scenario

Numbers = NDArray[np.float64]

# Okabe and Ito (2008): told apart by all common forms of colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY, PALE = "#8c8c8c", "#d9d9d9"

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.labelsize": 8,
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
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "captive-ally",
    "savefig.dpi": 150,
}
SMALL = 7  # pt, the least that can be read in print
WIDTH = 7.0  # inches
MARGIN = 0.12  # inches
SMALL_LINE = 0.135  # inches
LETTERS = 118  # in a line of small text across the page

RUNGS = ("stands aside", "diplomacy", "arms", "peacekeepers", "troops")
RUNG_COLOURS = (PALE, SKY, YELLOW, GREEN, VERMILLION)
DUTY_COLOURS = (VERMILLION, ORANGE, YELLOW)
RESTRAINT_COLOURS = (BLUE, SKY, GREEN, PURPLE, "#4d4d4d")
MAJOR = 0.05  # share of its side from which a term has a colour of its own
THIN = 0.02  # of the fighting in the busiest interval; with less, a mean says little
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
    "entrapment": "the client's own choice",
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
    captures: Mapping[str, date] | None = None


# What all figures share


@dataclass(frozen=True)
class Sheet:
    """A page with its title and caption; panels are placed in inches, counted from above the caption."""

    figure: Figure
    floor: float

    def panel(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """A place to draw on."""
        page_width, page_height = self.figure.get_size_inches()
        return self.figure.add_axes(
            (left / page_width, (self.floor + bottom) / page_height, width / page_width, height / page_height)
        )

    def write(self, left: float, bottom: float, text: str, **style: Any) -> None:
        """Small text, by its lower left corner."""
        page_width, page_height = self.figure.get_size_inches()
        style = {"size": SMALL, "va": "bottom"} | style
        self.figure.text(left / page_width, (self.floor + bottom) / page_height, text, **style)


def _sheet(folder: Folder, title: str, height: float) -> Sheet:
    """A page with room of some height (inches) between title and caption."""
    caption = caption_of(folder)
    floor = MARGIN + len(caption) * SMALL_LINE + 0.08
    figure = Figure(figsize=(WIDTH, floor + height + 0.35))
    FigureCanvasAgg(figure)
    sheet = Sheet(figure, floor)
    sheet.write(MARGIN, height + 0.1, title, size=10.5, weight="bold")
    for line, text in enumerate(caption):
        sheet.write(MARGIN, MARGIN - floor + (len(caption) - 1 - line) * SMALL_LINE, text, color="#4d4d4d")
    return sheet


def caption_of(folder: Folder) -> list[str]:
    """What determines the numbers of a figure, in lines that fit the page."""
    plan = folder.manifest["plan"]
    worlds, left_out = plan["worlds"], plan["without"]
    parts = [
        folder.scenario.title,
        f"theory: {plan['theory']}",
        f"claims left out: {', '.join(left_out) or 'none'}",
        "1 world" if worlds == 1 else f"{worlds} worlds",
        f"seed {plan['seed']}",
        "no bands: one world" if worlds == 1 else "bands: 50 % and 90 % of worlds",
    ]
    kept_whole = [part if part.count(",") > 5 else part.replace(" ", "\xa0") for part in parts]
    return [line.replace("\xa0", " ") for line in textwrap.wrap("; ".join(kept_whole) + ".", LETTERS)]


def _first_point(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["point"] == table["point"].min()]


def _timeline(folder: Folder, measure: str) -> pd.DataFrame:
    """Mean and quantiles of a measure, a row a date."""
    bands = _first_point(folder.bands)
    return bands[bands["measure"] == measure].sort_values("date")


def _days(dates: Any) -> Numbers:
    """Dates as matplotlib counts them."""
    return np.asarray(date2num(np.asarray(dates, dtype="datetime64[D]")), dtype=float)


def _is_long(scenario: Scenario) -> bool:
    return (scenario.end - scenario.start).days > 3 * 366


def _date_axis(axes: Axes, scenario: Scenario, labels: bool = True) -> None:
    """From start to end of a scenario, with labels that suit its length."""
    days = (scenario.end - scenario.start).days
    locator: DateLocator
    if _is_long(scenario):
        locator, form = YearLocator(5 if days > 12 * 366 else 1), "{:%Y}"
    elif days > 200:
        locator, form = MonthLocator(interval=2 if days < 550 else 6), "{:%b %Y}"
    else:
        weeks = 1 if days <= 60 else 2 if days <= 120 else 4
        locator, form = WeekdayLocator(scenario.start.weekday(), interval=weeks), "{0.day} {0:%b}"
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda day, _: form.format(num2date(day))))
    axes.set_xlim(*date2num([scenario.start, scenario.end]))
    axes.tick_params(axis="x", labelbottom=labels)
    if labels:
        years = sorted({scenario.start.year, scenario.end.year})
        axes.set_xlabel("year" if _is_long(scenario) else "-".join(map(str, years)))


def _draw_bands(axes: Axes, table: pd.DataFrame, colour: str, several: bool) -> None:
    """Median over time and, of several worlds, the ranges of 50 % and 90 % of them, in percent."""
    days = _days(table["date"])
    if several:
        axes.fill_between(days, 100 * table["q05"], 100 * table["q95"], color=colour, alpha=0.16, linewidth=0)
        axes.fill_between(days, 100 * table["q25"], 100 * table["q75"], color=colour, alpha=0.30, linewidth=0)
    axes.plot(days, 100 * table["q50"], color=colour, linewidth=1.5, solid_capstyle="butt")


# Territory


@rc_context(STYLE)
def territory(folder: Folder, record: Record | None = None) -> Figure:
    """Contested land held over time, and when each district is lost.

    Args:
        folder: of the run.
        record: what was observed.
    """
    record, scenario = record or Record(), folder.scenario
    regions, fell = _in_order_of_loss(folder)
    rows = 0.205 * len(regions) + 0.1
    sheet = _sheet(folder, "Land held, and the order in which districts are lost", rows + 3.2)
    left, width = 1.62, WIDTH - 1.62 - 0.62
    above = sheet.panel(left, rows + 1.35, width, 1.6)
    below = sheet.panel(left, 0.85, width, rows)
    _draw_land_held(above, folder, record)
    for row, region in enumerate(regions):
        _draw_loss(below, row, region, fell[region.id].dropna(), len(fell))
        observed = (record.captures or {}).get(region.id)
        if observed is not None and scenario.start <= observed <= scenario.end:
            below.plot(_days([observed]), [row], **_OBSERVED)
    below.set(ylim=(len(regions) - 0.4, -0.6), title="When the larger part of a district is lost")
    below.set_yticks(
        range(len(regions)), [textwrap.shorten(_short(r), 26, placeholder="...") for r in regions]
    )
    below.tick_params(axis="y", length=0)
    below.text(1.015, 1.0, "lost in", size=SMALL, va="bottom", transform=below.transAxes)
    _date_axis(above, scenario, labels=False)
    _date_axis(below, scenario)
    _explain_losses(sheet, regions, record)
    return sheet.figure


_OBSERVED: dict[str, Any] = {
    "marker": "D", "markersize": 4.6, "markerfacecolor": "white", "markeredgecolor": BLACK,
    "markeredgewidth": 1.0, "linestyle": "none", "zorder": 5,
}  # fmt: skip
_CLASS_COLOURS = {"outer": BLUE, "core": VERMILLION}


def _short(region: Region) -> str:
    return region.name.split(",")[0]


def _in_order_of_loss(folder: Folder) -> tuple[list[Region], pd.DataFrame]:
    """Contested regions by their median date of loss, and the dates, a column a region."""
    worlds = _first_point(folder.worlds)
    contested = [r for r in folder.scenario.regions.region if f"fell_{r.id}" in worlds]
    fell = pd.DataFrame({r.id: pd.to_datetime(worlds[f"fell_{r.id}"]) for r in contested})
    middle = {name: dates.median() for name, dates in fell.items()}
    never = pd.Timestamp.max
    in_order = sorted(contested, key=lambda r: never if pd.isna(middle[r.id]) else middle[r.id])
    return in_order, fell


def _draw_land_held(axes: Axes, folder: Folder, record: Record) -> None:
    scenario, table = folder.scenario, _timeline(folder, "held_contested")
    _draw_bands(axes, table, "#404040", several=folder.manifest["plan"]["worlds"] > 1)
    observed = [(day, share) for day, share in record.control if scenario.start <= day <= scenario.end]
    if observed:
        days, shares = zip(*observed, strict=True)
        axes.plot(_days(days), 100 * np.array(shares), clip_on=False, **_OBSERVED)
    axes.set(ylim=(0, 103), ylabel="% of that at the start", title="Contested land still held")
    last = table.iloc[-1]
    axes.text(
        1.015, last["q50"] / 1.03, f"{in_percent(last['q50'])}\nmedian", size=SMALL, va="center",
        transform=axes.transAxes,
    )  # fmt: skip


def _draw_loss(axes: Axes, row: int, region: Region, dates: "pd.Series[Any]", worlds: int) -> None:
    """A row: dot and bars of the date among worlds where it fell, and the share of these."""
    share = len(dates) / worlds
    axes.text(1.015, row, in_percent(share), size=SMALL, va="center", transform=axes.get_yaxis_transform())
    if not len(dates):
        return
    low, early, middle, late, high = np.quantile(_days(dates), [0.05, 0.25, 0.5, 0.75, 0.95])
    strength = 1.0 if share >= 0.5 else 0.4
    style: dict[str, Any] = {"color": _CLASS_COLOURS[region.legal_class], "solid_capstyle": "butt"}
    axes.plot([low, high], [row, row], linewidth=1.2, alpha=strength, **style)
    axes.plot([early, late], [row, row], linewidth=5.0, alpha=0.55 * strength, **style)
    axes.plot([middle], [row], marker="o", markersize=4.2, alpha=strength, markeredgewidth=0, **style)


def _explain_losses(sheet: Sheet, regions: Sequence[Region], record: Record) -> None:
    """The legend below the panels."""
    classes = [name for name in _CLASS_COLOURS if any(r.legal_class == name for r in regions)]
    handles = [
        Line2D([], [], color="#404040", marker="o", markersize=4, linestyle="none", label="median date"),
        Line2D([], [], color="#404040", alpha=0.55, linewidth=5, label="50 % of worlds"),
        Line2D([], [], color="#404040", linewidth=1.2, label="90 % of worlds"),
        *(Patch(color=_CLASS_COLOURS[name], label=f"{name} district") for name in classes),
        Patch(color=BLACK, alpha=0.35, label="paler: lost in under half of worlds"),
    ]
    if record.control or record.captures:
        handles.append(Line2D([], [], label="observed", **_OBSERVED))
    sheet.figure.legend(
        handles=handles, loc="lower left", ncols=4, bbox_to_anchor=(0.5 / WIDTH, _up(sheet, -0.06)),
        columnspacing=1.6, handlelength=1.6,
    )  # fmt: skip


def _up(sheet: Sheet, inches: float) -> float:
    """A height above the caption as a share of the page."""
    return float((sheet.floor + inches) / sheet.figure.get_figheight())


# Alliance


@rc_context(STYLE)
def alliance(folder: Folder) -> Figure:
    """Loyalty, opinion, gratitude and reliability over time, with the dated events."""
    scenario, cast = folder.scenario, folder.scenario.cast
    forms = (
        ("loyalty", f"Loyalty of {cast.client.name} to the pact", BLUE),
        ("opinion", f"Opinion of {cast.patron.name} in {cast.client.name}", ORANGE),
        ("gratitude", f"Gratitude of {cast.challenger.name} to {cast.patron.name}", GREEN),
        ("reliability", f"Reliability of {cast.patron.name} in observers' eyes", PURPLE),
    )
    key = _event_key(scenario)
    height, gap, base = 0.95, 0.32, 0.55 + len(key) * SMALL_LINE
    sheet = _sheet(folder, "What the alliance is worth, before and after", base + 4 * (height + gap) + 0.1)
    for place, (measure, title, colour) in enumerate(forms):
        axes = sheet.panel(0.62, base + (3 - place) * (height + gap), WIDTH - 0.62 - 0.62, height)
        table = _timeline(folder, measure)
        _draw_bands(axes, table, colour, several=folder.manifest["plan"]["worlds"] > 1)
        end = float(table["q50"].iloc[-1])
        label = f"{100 * end:.0f}" + ("\nmedian" if place == 0 else "")
        axes.text(1.01, end, label, color=BLACK, size=SMALL, va="center", transform=axes.transAxes)
        axes.set(ylim=(0, 100), yticks=[0, 50, 100], ylabel="% of most")
        axes.set_title(title, pad=13 if place == 0 and scenario.event else 4)
        _date_axis(axes, scenario, labels=place == 3)
        for event in scenario.event:
            axes.axvline(float(_days([event.date])[0]), color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
        if place == 0:
            _number_events(axes, scenario)
    for line, text in enumerate(key):
        sheet.write(MARGIN, (len(key) - 1 - line) * SMALL_LINE, text)
    return sheet.figure


def _event_key(scenario: Scenario) -> list[str]:
    """What the numbers above the marks stand for."""

    def entry(number: int, event: Event) -> str:
        return f"{number}   {event.date.day} {event.date:%b %Y}   {event.text}"

    return [
        line
        for number, event in enumerate(scenario.event, 1)
        for line in textwrap.wrap(entry(number, event), LETTERS, subsequent_indent=" " * 8)
    ]


def _number_events(axes: Axes, scenario: Scenario) -> None:
    """Numbers above the marks; marks too close for two numbers share a label."""
    start, days = scenario.start, (scenario.end - scenario.start).days
    groups: list[list[tuple[float, int]]] = []
    for number, event in sorted(enumerate(scenario.event, 1), key=lambda entry: entry[1].date):
        place = (event.date - start).days / days
        near = bool(groups) and place - groups[-1][-1][0] < 0.02
        groups[-1].append((place, number)) if near else groups.append([(place, number)])
    for group in groups:
        middle, text = np.mean([place for place, _ in group]), ", ".join(str(number) for _, number in group)
        axes.text(float(middle), 1.04, text, size=SMALL, ha="center", va="bottom", transform=axes.transAxes)


# Ladder


@rc_context(STYLE)
def ladder(folder: Folder) -> Figure:
    """On which rung the patron stands, and which reasons move it or hold it back."""
    scenario = folder.scenario
    sheet = _sheet(folder, f"How far {scenario.cast.patron.name} steps in, and why", 5.65)
    left, width = 0.68, WIDTH - 0.68 - 1.95
    above, below = sheet.panel(left, 3.75, width, 1.6), sheet.panel(left, 0.45, width, 2.85)
    edges, interval_of = _intervals(folder)
    _draw_rungs(above, folder, edges, interval_of)
    _draw_reasons(below, folder, edges, interval_of)
    _date_axis(above, scenario, labels=False)
    _date_axis(below, scenario)
    return sheet.figure


def _intervals(folder: Folder) -> tuple[Numbers, "pd.Series[Any]"]:
    """Edges of the intervals that are shown, and for each recorded date the interval that it ends.

    A record looks back to the one before it. Short scenarios are shown record by record, long ones,
    where fighting is rare, by year.
    """
    dates = pd.Series(np.sort(_first_point(folder.bands)["date"].unique()))
    before = dates.shift(1)[1:]
    if not _is_long(folder.scenario):
        return _days(dates), pd.Series(range(len(before)), index=dates[1:])
    years = before.dt.year
    first, last = int(years.min()), int(years.max())
    edges = _days(
        [dates.iloc[0], *(np.datetime64(f"{y}-01-01") for y in range(first + 1, last + 1)), dates.iloc[-1]]
    )
    return edges, pd.Series((years - first).to_numpy(), index=dates[1:])


def _draw_layers(
    axes: Axes, layers: Mapping[str, Numbers], edges: Numbers, colours: Sequence[str]
) -> list[Patch]:
    """Stack layers from zero; what stands for each."""
    floor: Numbers = np.zeros(len(edges) - 1)
    handles = []
    for (name, values), colour in zip(layers.items(), colours, strict=True):
        axes.stairs(
            floor + values, edges, baseline=np.nan_to_num(floor), fill=True, color=colour, linewidth=0
        )
        handles.append(Patch(facecolor=colour, label=name))
        floor = floor + values
    return handles


def _legend(axes: Axes, handles: Sequence[Patch | Line2D], title: str, top: bool = True) -> None:
    legend = axes.legend(
        handles=list(handles), title=title, alignment="left", loc="upper left" if top else "lower left",
        bbox_to_anchor=(1.01, 1.04 if top else -0.04), handlelength=1.0, labelspacing=0.35,
        title_fontproperties={"size": 7.5, "weight": "bold"},
    )  # fmt: skip
    axes.add_artist(legend)


def _draw_rungs(axes: Axes, folder: Folder, edges: Numbers, interval_of: "pd.Series[Any]") -> None:
    """Shares of all worlds that are at war with the patron on each rung."""

    def share(measure: str) -> Numbers:
        table = _timeline(folder, measure).set_index("date")["mean"]
        of_interval = table.groupby(interval_of.reindex(table.index)).mean()
        return 100 * of_interval.reindex(range(len(edges) - 1)).to_numpy(dtype=float)

    layers = {name: share(f"rung_{rung}") for rung, name in enumerate(RUNGS)}
    handles: list[Patch | Line2D] = [*_draw_layers(axes, layers, edges, RUNG_COLOURS)]
    at_war = share("at_war")
    axes.stairs(at_war, edges, baseline=None, color=BLACK, linewidth=0.9)
    handles.append(Line2D([], [], color=BLACK, linewidth=0.9, label="all worlds at war"))
    highest = float(np.nanmax(at_war))
    axes.set_ylim(0, 1.05 * highest if highest > 0 else 1)
    long = _is_long(folder.scenario)
    axes.set_ylabel("% of worlds at war" + ("\n(mean of the year)" if long else ""))
    axes.set_title("Rung of the ladder on which it stands while there is war")
    _legend(axes, handles[::-1], "rung")
    if highest == 0:
        _say_no_war(axes)


def _say_no_war(axes: Axes) -> None:
    axes.text(0.5, 0.5, "no fighting in any world", ha="center", va="center", transform=axes.transAxes)


def _draw_reasons(axes: Axes, folder: Folder, edges: Numbers, interval_of: "pd.Series[Any]") -> None:
    """Mean utility of each reason while there is war: for acting above zero, against it below."""
    axes.set(title="Its reasons, mean over worlds at war", ylabel="utility: against acting | for acting")
    axes.axhline(0, color=BLACK, linewidth=0.7, zorder=3)
    reasons = _first_point(folder.reasons) if len(folder.reasons) else folder.reasons
    if not len(reasons):
        axes.set(ylim=(-1, 1))
        _say_no_war(axes)
        return
    utilities = _by_interval(reasons, interval_of, len(edges) - 1)
    duties, against = _major_terms(utilities, DUTIES, 3), _major_terms(utilities, RESTRAINTS, 5)
    above = _draw_layers(axes, duties, edges, _with_other(DUTY_COLOURS, duties))
    below = _draw_layers(
        axes, {k: -v for k, v in against.items()}, edges, _with_other(RESTRAINT_COLOURS, against)
    )
    axes.margins(y=0.04)
    _legend(axes, above[::-1], "for acting")
    _legend(axes, below, "against acting", top=False)


def _by_interval(reasons: pd.DataFrame, interval_of: "pd.Series[Any]", count: int) -> pd.DataFrame:
    """(intervals, terms) means weighted by days of fighting; none where there was hardly any."""
    interval = reasons["date"].map(interval_of)
    weighted = (reasons["mean"] * reasons["war_days"]).groupby([interval, reasons["term"]]).sum().unstack()
    days = reasons["war_days"].groupby([interval, reasons["term"]]).sum().unstack()
    enough = days >= THIN * days.max().max()
    return (weighted / days).where(enough).reindex(range(count))


def _major_terms(utilities: pd.DataFrame, side: Sequence[str], most: int) -> dict[str, Numbers]:
    """The largest terms of a side in plain words, in order of size, and all others as one."""
    sizes = utilities[list(side)].mean().sort_values(ascending=False)
    sizes = sizes[sizes > 0]
    major = [name for name in sizes.index[:most] if sizes[name] >= MAJOR * sizes.sum()]
    minor = [name for name in sizes.index if name not in major]
    if len(minor) == 1 and len(major) < most:
        major, minor = [*major, *minor], []
    layers = {PLAIN_WORDS[name]: utilities[name].to_numpy(dtype=float) for name in major}
    if minor:
        layers[f"other ({len(minor)})"] = utilities[minor].sum(axis=1, skipna=False).to_numpy(dtype=float)
    return layers


def _with_other(colours: Sequence[str], layers: Mapping[str, Numbers]) -> list[str]:
    has_other = any(name.startswith("other (") for name in layers)
    return [*colours[: len(layers) - has_other], *([PALE] if has_other else [])]


# Map


@rc_context(STYLE)
def map_of_loss(folder: Folder) -> Figure | None:
    """Where the client's side loses land; None if the scenario's map has no drawing."""
    scenario = folder.scenario
    shapes, regions = read_shapes(scenario.map), scenario.regions.region
    if shapes is None or any(region.id not in shapes for region in regions):
        return None
    last = _first_point(folder.bands)
    last = last[last["date"] == last["date"].max()].set_index("measure")["mean"]
    chances = {r.id: float(last[f"lost_{r.id}"]) for r in regions if f"lost_{r.id}" in last.index}
    west, east, south, north = extent(shapes)
    width = WIDTH - 2 * MARGIN
    height = width * (north - south) / (east - west)
    end = scenario.end
    title = f"Where the larger part of a district is lost by {end.day} {end:%B %Y}"
    sheet = _sheet(folder, title, height + 0.75)
    axes = sheet.panel(MARGIN, 0.7, width, height)
    in_short = draw_map(axes, shapes, regions, chances)
    _explain_map(sheet, scenario, in_short)
    return sheet.figure


def _explain_map(sheet: Sheet, scenario: Scenario, in_short: Sequence[Region]) -> None:
    """Colour bar, legend and the names that were too long."""
    bar = sheet.panel(0.3, 0.48, 2.3, 0.11)
    scale = ScalarMappable(Normalize(0, 100), LOSS)
    sheet.figure.colorbar(scale, cax=bar, orientation="horizontal", ticks=[0, 25, 50, 75, 100])
    bar.set_title("chance of loss, % of worlds", size=7.5, pad=3)
    handles = [
        Line2D([], [], color=BLACK, linewidth=2, label="recognised border"),
        Line2D([], [], color=BLUE, linewidth=1.6, label="core"),
        Patch(color=CLIENT_LAND, label=f"{scenario.cast.client.name}, recognised"),
        Patch(color=CHALLENGER_LAND, label=f"{scenario.cast.challenger.name}, never in question"),
    ]
    sheet.figure.legend(
        handles=handles,
        loc="lower left",
        ncols=2,
        bbox_to_anchor=(2.9 / WIDTH, _up(sheet, 0.18)),
        columnspacing=1.6,
    )
    names = "; ".join(f"{region.id} {region.name}" for region in in_short)
    for line, text in enumerate(textwrap.wrap(names, LETTERS)[:1]):
        sheet.write(MARGIN, 0.05 - line * SMALL_LINE, text)


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
