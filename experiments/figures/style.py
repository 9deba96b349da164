"""Style, page and caption of every figure, and what many draw alike: bands, dates, rows, marks, legends."""

import sys
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context, rcParamsDefault
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from sim.quantities import Numbers
from sim.runs.recorder import QUANTILES
from sim.runs.results import ResultFolder
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import set_in_words

# Okabe and Ito (2008): told apart by all common forms of colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILLION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
DARK, GREY, PALE = "#4d4d4d", "#8c8c8c", "#d9d9d9"
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)  # of lines that are compared
DASHED: Any = (0, (3, 2))

STYLE: Any = {  # over matplotlib's own defaults, so that a user's settings change no figure
    **{name: value for name, value in rcParamsDefault.items() if not name.startswith("backend")},
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
LACKING = ("missing from ", "does not support")  # in warnings of matplotlib's, of letters that it cannot draw
SMALL = 7  # pt, the least that can be read in print
WIDTH, MARGIN, SMALL_LINE = 7.0, 0.12, 0.135  # inches: of the page, at its edges, of a line of small text
ROW_GAP = 0.16  # inches, between panels of a row
SLASH = ((-0.5, -1.0), (0.5, 1.0))  # a slash across an axis: here its scale changes
LEAST_GAP = 0.048  # between labels beside a panel, as a share of its height
LETTERS = 124  # in a line of small text across the page
RANGES = (("q05", "q95", 0.16), ("q25", "q75", 0.30))  # from, to, strength of colour
OBSERVED: dict[str, Any] = {  # how the record is marked
    "marker": "D",
    "markersize": 4.6,
    "markerfacecolor": "white",
    "markeredgecolor": BLACK,
    "linestyle": "none",
    "zorder": 5,
}


@dataclass(frozen=True)
class Size:
    """A size to draw for: width in inches, letters in a line of its caption and of its title."""

    width: float
    letters: int
    heading: int


PAGE = Size(WIDTH, LETTERS, 78)  # across a page; on a slide, twice as wide, its letters are of 13 points
COLUMN = Size(3.5, 58, 36)  # one column of a journal
TITLE_LINE = 0.2  # inches


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

    def row(
        self, left: float, bottom: float, width: float, height: float, count: int, gap: float = ROW_GAP
    ) -> list[Axes]:
        """Places beside each other, of the same width."""
        each = (width - gap * (count - 1)) / count
        return [self.panel(left + n * (each + gap), bottom, each, height) for n in range(count)]

    def write(self, left: float, bottom: float, lines: Sequence[str], **style: Any) -> None:
        """Lines of small text, by their lower left corner."""
        for above, line in enumerate(reversed(lines)):
            x, y = self.place(left, bottom + above * SMALL_LINE)
            self.figure.text(x, y, line, **{"size": SMALL, "va": "bottom", **style})


def new_sheet(caption: Sequence[str], title: str, height: float, size: Size = PAGE) -> Sheet:
    """A page with room of some height, in inches, between title and caption."""
    floor = MARGIN + len(caption) * SMALL_LINE + 0.1
    heading = textwrap.wrap(title, size.heading)
    figure = Figure(figsize=(size.width, floor + height + 0.35 + TITLE_LINE * (len(heading) - 1)))
    FigureCanvasAgg(figure)
    sheet = Sheet(figure, floor)
    for above, line in enumerate(reversed(heading)):
        sheet.write(MARGIN, height + 0.1 + above * TITLE_LINE, [line], size=10.5, weight="bold")
    sheet.write(MARGIN, MARGIN - floor, caption, color=DARK)
    return sheet


def caption_of(folder: ResultFolder, *, bands: bool) -> list[str]:
    """What determines the numbers of a figure of one point, in lines that fit the page.

    Args:
        folder: the result folder.
        bands: whether the figure shows the range of worlds where there are several.
    """
    plan = folder.plan
    shown = ["bands: 50 % and 90 % of worlds" if has_bands(folder) else "no bands of one world"]
    return in_lines(
        [
            folder.scenario.title,
            *([f"first of {plan.points} points"] if plan.points > 1 else []),
            f"theory: {plan.theory}",
            f"claims left out: {', '.join(plan.without) or 'none'}",
            *set_in_words(plan.scenario),
            f"numbers: {plan.numbers.words}",
            f"{plan.worlds:,} worlds" if has_bands(folder) else "1 world",
            f"seed {plan.seed}",
            *(shown if bands else []),
        ]
    )


def in_lines(parts: Sequence[str], letters: int = LETTERS) -> list[str]:
    """The parts of a caption, in lines that fit the page; a part is not broken unless it is a long list."""
    whole = [part if part.count(",") > 5 else part.replace(" ", "\xa0") for part in parts]
    return [line.replace("\xa0", " ") for line in textwrap.wrap("; ".join(whole) + ".", letters)]


def has_bands(folder: ResultFolder) -> bool:
    """Whether there are several worlds, and so a range of them."""
    return folder.plan.worlds > 1


def brief(name: str, most: int = 25) -> str:
    """A name, cut short if it is long.

    >>> brief("a very long name", most=7)
    'a very…'
    """
    return name if len(name) <= most else name[: most - 1] + "…"


def first_point(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first point of a design."""
    return table[table["point"] == table["point"].min()]


def timeline(folder: ResultFolder, measure: str) -> pd.DataFrame:
    """Mean and quantiles of a measure, a row a date."""
    bands = first_point(folder.bands)
    return bands[bands["measure"] == measure].sort_values("date")


def as_days(dates: Any) -> Numbers:
    """Dates as matplotlib counts them: days since 1970, of any shape."""
    return np.asarray(dates, dtype="datetime64[D]").astype(np.float64)


def is_long(scenario: Scenario) -> bool:
    """Whether a scenario is shown by the year."""
    return (scenario.end - scenario.start).days > 3 * 366


def spans(scenario: Scenario) -> list[Scenario]:
    """The times that have an axis each: the whole, or a close-up and what comes after, where steps differ."""
    if not scenario.stretch:
        return [scenario]
    after = {"start": scenario.stretch[0].start, "stretch": scenario.stretch[1:]}
    return [scenario.close_up, scenario.model_copy(update=after)]


def labelled_dates(scenario: Scenario) -> tuple[list[date], str]:
    """Dates to be labelled, and how: every so many years, months or weeks."""
    start, end, days = scenario.start, scenario.end, (scenario.end - scenario.start).days
    years = range(start.year, end.year + 1)
    if is_long(scenario):
        every = next(count for count in (1, 5, 10, 20, 50) if days <= 12 * 366 * count)
        return [date(year, 1, 1) for year in years if year % every == 0 and year > start.year], "{:%Y}"
    if days > 200:
        months = [date(year, month, 1) for year in years for month in range(1, 13)]
        months = [month for month in months if start <= month <= end]
        return months[:: 1 + len(months) // 8], "{:%b %Y}"
    every = 7 * (1 + days // 60)
    return [start + timedelta(days=day) for day in range(0, days + 1, every)], "{0.day} {0:%b}"


def date_axis(axes: Axes, scenario: Scenario, labels: bool = True) -> None:
    """From start to end of a scenario, with labels that suit its length."""
    dates, form = labelled_dates(scenario)
    axes.set_xticks(as_days(dates), [form.format(day) for day in dates] if labels else [""] * len(dates))
    axes.set_xlim(*as_days([scenario.start, scenario.end]))
    if labels:
        years = sorted({str(scenario.start.year), str(scenario.end.year)})
        axes.set_xlabel("year" if is_long(scenario) else "-".join(years))


def date_axes(row: Sequence[Axes], scenario: Scenario, labels: bool = True, alike: bool = True) -> None:
    """An axis of dates for each span of a scenario; of two, the change of scale between them is marked.

    Args:
        row: the panels, side by side.
        scenario: the scenario whose spans they show.
        labels: whether dates are written.
        alike: whether both have the same heights, so that one scale beside them will do.
    """
    for axes, span in zip(row, spans(scenario), strict=True):
        date_axis(axes, span, labels)
    if len(row) < 2:
        return
    first, second = row
    for axes, span in zip(row, spans(scenario), strict=True):
        if not is_long(span):  # half as wide: every other date
            days, dates = axes.get_xticks(), [label.get_text() for label in axes.get_xticklabels()]
            axes.set_xticks(days[::2], dates[::2])
            axes.set_xticks(days[1::2], minor=True)
    if alike:
        second.set_ylim(first.get_ylim())
        second.tick_params(axis="y", left=False, labelleft=False)
        second.spines["left"].set_visible(False)
    for axes, end in ((first, 1), (second, 0)):
        axes.plot([end], [0], marker=SLASH, color=BLACK, markersize=6, markeredgewidth=0.7, clip_on=False,
                  transform=axes.transAxes, linestyle="none", zorder=6)  # fmt: skip


def quantiles_of(sample: Numbers) -> pd.DataFrame:
    """Median and ranges of (worlds, places) numbers, a row a place; what is not known is left out."""
    found = np.full((len(QUANTILES), sample.shape[1]), np.nan)
    known = ~np.isnan(sample).all(axis=0)
    found[:, known] = np.nanquantile(sample[:, known], list(QUANTILES.values()), axis=0)
    return pd.DataFrame(dict(zip(QUANTILES, found, strict=True)))


def fill(axes: Axes, places: Any, low: Any, high: Any, colour: str, strength: float = 0.2) -> None:
    """A band along an axis."""
    axes.fill_between(places, low, high, color=colour, alpha=strength, linewidth=0)


def fill_ranges(axes: Axes, places: Any, quantiles: pd.DataFrame, colour: str) -> None:
    """The ranges of 50 % and 90 % of worlds along an axis."""
    for low, high, strength in RANGES:
        fill(axes, places, quantiles[low], quantiles[high], colour, strength)


def draw_bands(axes: Axes, folder: ResultFolder, measure: str, colour: str, scale: float = 1.0) -> float:
    """Median over time and, of several worlds, the ranges of 50 % and 90 % of them; the last median."""
    table = timeline(folder, measure)
    days, middle = as_days(table["date"]), scale * table["q50"].to_numpy()
    if has_bands(folder):
        fill_ranges(axes, days, scale * table[list(QUANTILES)], colour)
    axes.plot(days, middle, color=colour, linewidth=1.5, solid_capstyle="butt")
    return float(middle[-1])


def beside(axes: Axes, y: float, text: str, x: float = 1.015, **style: Any) -> None:
    """Small text on the right of a panel, at the height of a value, `x` widths of the panel from its left."""
    look = {"size": SMALL, "va": "center_baseline", **style}
    axes.text(x, y, text, transform=axes.get_yaxis_transform(), **look)


def rows_from_top(axes: Axes, names: Sequence[str], below: float = 0.4, **style: Any) -> None:
    """A row for each name, the first on top; `below` the last, and above the first, some rows of room."""
    axes.set_yticks(range(len(names)), names, **style)
    axes.set_ylim(len(names) - below, below - 1)
    axes.tick_params(axis="y", length=0)


def bare(axes: Axes) -> None:
    """A panel without a grid and without a line on its left."""
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)


def mark_scenario(axes: Axes, place: Sequence[float], order: float | None = None) -> None:
    """A cross in a plane where the scenario itself is, with its name above the panel."""
    axes.plot(*place, marker="P", markersize=7, color="white", markeredgecolor=BLACK, linestyle="none",
              clip_on=False, zorder=order, label="the scenario")  # fmt: skip
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2, handletextpad=0.2)


def colour_bar(sheet: Sheet, scale: Normalize, colours: Colormap, place: Sequence[float]) -> Axes:
    """An upright bar of colours; its place is left, bottom, width and height, in inches."""
    bar = sheet.panel(*place)
    sheet.figure.colorbar(ScalarMappable(scale, colours), cax=bar)
    return bar


def label_beside(axes: Axes, labels: Sequence[tuple[float, str, str]]) -> None:
    """(height, text, colour) on the right of a panel, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    wanted = sorted(((y - low) / (high - low), text, colour) for y, text, colour in labels)
    places: list[float] = []
    for y, text, _ in wanted:
        places.append(max(y, places[-1] + LEAST_GAP * (1 + text.count("\n")) if places else 0.0))
    limit = 1.0
    for number in range(len(places) - 1, -1, -1):
        places[number] = min(places[number], limit)
        limit = places[number] - LEAST_GAP
    for place, (_, text, colour) in zip(places, wanted, strict=True):
        axes.text(1.015, place, text, size=SMALL, color=colour, va="center", transform=axes.transAxes)


def legend_on_right(axes: Axes, handles: Sequence[Artist], title: str, top: bool = True) -> None:
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


@rc_context(STYLE)
def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure in the form that the ending of its name asks for, without a date in it.

    Letters that the font lacks are told once: an .svg holds them all the same.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    others = [one for one in told if not any(lack in str(one.message) for lack in LACKING)]
    for one in others:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    if len(others) < len(told):
        _tell_of_letters()
    return path


@cache
def _tell_of_letters() -> None:
    line = "some letters are not in the font of the .png figures; the .svg ones show them where they are read"
    print(f"captive-ally: {line}", file=sys.stderr)


def write_figures(figures: Mapping[str, Figure | None], into: Path) -> list[Path]:
    """Write figures as NAME.svg and NAME.png; the same figure gives the same bytes."""
    return [
        save_figure(figure, into / f"{name}.{form}")
        for name, figure in figures.items()
        if figure is not None
        for form in ("svg", "png")
    ]
