"""The explorer: a finished sweep as one page with a slider for each factor, which needs nothing beside it.

Numbers and words of every point are made here; the page's script only finds the point that is nearest to the
sliders and shows it. Nothing between two points is estimated.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from agents.reasons import RUNGS
from experiments.discovery import KEPT
from experiments.figures.style import labelled_dates
from experiments.figures.sweep_data import Sweep, VariedFactor, factors_of
from experiments.page.curves import LEFT, Frame
from experiments.page.map import colour_of_loss, drawn_shapes, is_contested, map_of, short_names
from experiments.page.snapshot import Snapshot
from experiments.page.svg import (
    NARROW_WIDTH,
    PICTURE_WIDTH,
    THEME_COLOURS,
    colour,
    element,
    line,
    text,
    words,
)
from experiments.report.page import ARTICLE, templates, version_of_package
from experiments.report.run import sweep_section
from experiments.report.run_folder import origin_of, settings_in_words
from experiments.sentences import capitalised
from experiments.shares import in_percent, unbroken
from experiments.tutorials.texts import glossary
from sim.errors import UserError
from sim.runs.results import ResultFolder
from sim.runs.summary import QUANTILE_METHOD, SUMMARY_QUANTILES
from sim.scenarios.scenario import Scenario

MOST_PAGE_BYTES = 3_000_000
DATE_COUNTS = (48, 24, 12)  # of a curve; the first with which all points fit
MOST_STOPS = 40  # of a slider; a factor with more values gets that many, evenly spaced
FINE = 10_000  # shares are kept as whole numbers of this
LOST_FROM = 0.05  # share of the contested land, in the median world, from which it counts as lost; assumption
NO_FIGHTING = "no fighting"
STOCKS_DRAWN = {  # measure -> how its outcomes begin, colour, title
    "loyalty": ("loyalty", "loyalty", "{client}'s loyalty to the pact"),
    "opinion": ("opinion", "opinion", "{client}'s opinion of {patron}"),
    "gratitude": ("gratitude", "gratitude", "{challenger}'s gratitude to {patron}"),
    "reliability": ("observer_reliability", "belief", "Other allies' belief in {patron}"),
}
PLOT = (300.0, 132.0)  # px of a panel of curves
PLOT_LEFT, PLOT_RIGHT, PLOT_TOP, PLOT_BOTTOM = 30.0, 8.0, 8.0, 22.0
TICKS = 2  # dates labelled in each span


@dataclass(frozen=True)
class Control:
    """What sets a factor on the page.

    Attributes:
        factor: the factor.
        stops: the values that can be chosen.
        usual: the place of the one that the scenario has, or is nearest to it.
    """

    factor: VariedFactor
    stops: tuple[Any, ...]
    usual: int

    @classmethod
    def of(cls, factor: VariedFactor, theory: str) -> "Control":
        """The control of a factor; its values, or evenly spaced ones if they are many."""
        levels = factor.levels
        if factor.info is None:
            usual = {"theory": theory, "without": ""}[factor.name]
            return cls(factor, tuple(levels), levels.index(usual) if usual in levels else 0)
        stops = levels if len(levels) <= MOST_STOPS else np.linspace(levels[0], levels[-1], MOST_STOPS)
        nearest = np.abs(np.asarray(stops, dtype=float) - factor.info.default).argmin()
        return cls(factor, tuple(map(float, stops)), int(nearest))

    @property
    def is_number(self) -> bool:
        """Whether it slides; else it is chosen from a list."""
        return self.factor.info is not None

    def place(self, value: Any) -> float:
        """Where a value lies: from 0 to 1 along a slider, or its number in a list."""
        if not self.is_number:
            return float(self.stops.index(value))
        low, high = self.stops[0], self.stops[-1]
        return round((float(value) - low) / (high - low), 5)

    @property
    def meaning(self) -> str:
        """What it is, in plain words."""
        if self.factor.info is None:
            return capitalised(self.factor.label(1000))
        return capitalised(self.factor.info.meaning)

    @property
    def unit(self) -> str:
        """The unit of its values."""
        return self.factor.info.unit if self.factor.info else ""

    @property
    def usual_word(self) -> str:
        """The scenario's own value, to be read; empty for a list."""
        return self.factor.word(self.factor.info.default) if self.factor.info else ""

    def facts(self) -> dict[str, Any]:
        """What the script needs to know."""
        return {
            "name": self.factor.name,
            "number": self.is_number,
            "low": self.stops[0],
            "high": self.stops[-1],
            "places": [self.place(stop) for stop in self.stops],
            "words": [self.factor.word(stop) for stop in self.stops],
        }


@dataclass(frozen=True)
class Explorer:
    """A finished sweep, as far as the page shows it.

    Attributes:
        folder: the result folder of the sweep.
        dates: the most dates of a curve.
    """

    folder: ResultFolder
    dates: int = DATE_COUNTS[0]

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was run."""
        return self.folder.scenario

    @cached_property
    def names(self) -> dict[str, str]:
        """Who is patron, client and challenger."""
        cast = self.scenario.cast
        return {role: getattr(cast, role).name for role in ("patron", "client", "challenger")}

    @cached_property
    def sweep(self) -> Sweep:
        """The sweep and its factors."""
        return Sweep(self.folder, factors_of(self.folder))

    @cached_property
    def controls(self) -> tuple[Control, ...]:
        """A control for each factor."""
        return tuple(Control.of(factor, self.folder.plan.theory) for factor in self.sweep.factors)

    @cached_property
    def worlds(self) -> "dict[int, pd.DataFrame]":
        """The worlds of each point that has any."""
        return {int(str(point)): part for point, part in self.folder.worlds.groupby("point")}

    @cached_property
    def places(self) -> list[int]:
        """The contested regions, by their place in the scenario."""
        found = set(self.folder.bands["measure"].unique())
        regions = enumerate(self.scenario.regions.region)
        return [place for place, r in regions if is_contested(r) and f"lost_{r.id}" in found]

    @cached_property
    def _recorded(self) -> tuple[list[pd.Timestamp], list[float]]:
        """The dates of the curves, and where each lies, from 0 to 1: a war is as wide as the years after."""
        frame, recorded = Frame(self.scenario), sorted(self.folder.bands["date"].unique())
        along = np.array([(frame.x(pd.Timestamp(day).date()) - LEFT) / frame.width for day in recorded])
        wanted = np.linspace(0, 1, self.dates)
        kept = sorted({int(np.abs(along - share).argmin()) for share in wanted} | {0, len(recorded) - 1})
        return [pd.Timestamp(recorded[n]) for n in kept], [round(float(along[n]), 4) for n in kept]

    def facts(self) -> dict[str, Any]:
        """All that the script shows, as plain data."""
        at = [[c.place(c.factor.values[point]) for c in self.controls] for point in self.worlds]
        return {
            "controls": [control.facts() for control in self.controls],
            "at": at,
            "points": list(self._points()),
            "along": self._recorded[1],
            "regions": self.places,
            "colours": [colour_of_loss(percent / 100) for percent in range(101)],
            "fine": FINE,
        }

    def _points(self) -> Iterator[dict[str, Any]]:
        dates = self._recorded[0]
        bands = self.folder.bands
        last = bands[bands["date"] == dates[-1]].pivot(index="point", columns="measure", values="mean")
        lost = last[[f"lost_{self.scenario.regions.region[place].id}" for place in self.places]]
        dated = bands[bands["date"].isin(dates) & bands["measure"].isin(STOCKS_DRAWN)]
        curves = dict(iter(dated.groupby("point")))
        for point, worlds in self.worlds.items():
            rungs = _rungs_reached(worlds)
            yield {
                **self._words(worlds, rungs),
                "rungs": _whole(rungs),
                "rungs_said": list(map(in_percent, rungs)),
                "lost": _whole(lost.loc[point]),
                "lost_said": list(map(in_percent, lost.loc[point])),
                "curves": [_curve(curves[point], worlds, name) for name in STOCKS_DRAWN],
            }

    def _words(self, worlds: pd.DataFrame, rungs: Sequence[float]) -> dict[str, Any]:
        """What came of it at a point: a verdict, and a line on each part."""
        least, land, most_land = spread_of(worlds["share_lost"])
        kept = float((worlds["loyalty_end"] >= KEPT * worlds["loyalty_start"]).mean())
        (_, before, _), (low, after, high) = map(spread_of, (worlds["loyalty_start"], worlds["loyalty_end"]))
        most = int(np.argmax(rungs))
        ladder = (*RUNGS, NO_FIGHTING)
        few = f"{len(worlds):,} world{'s' * (len(worlds) > 1)}"
        missing = self.sweep.worlds - len(worlds)
        pact = worlds["status_end"].value_counts(normalize=True)
        ally = "kept" if kept >= 0.5 else "not kept"
        verdict = f"Land {'lost' if land >= LOST_FROM else 'held'}, ally {ally}"
        lines = [
            f"{in_percent(land)} of the contested land is lost in the median world "
            f"({in_percent(least)} to {in_percent(most_land)} in 90 % of worlds).",
            f"{self.names['patron']}'s highest rung is most often: {ladder[most]} "
            f"(in {in_percent(rungs[most])} of worlds).",
            f"{self.names['client']}'s loyalty goes from {before:.2f} to {after:.2f} in the median "
            f"world ({low:.2f} to {high:.2f} in 90 % of worlds); the ally is kept in "
            f"{in_percent(kept)} of worlds, and {in_percent(pact.get('member', 0.0))} end as full members "
            "of the pact.",
            f"{few} of this setting were run" + (f"; {missing} could not be." if missing else "."),
        ]
        return {
            "verdict": verdict,
            "brief": unbroken(f"{verdict}: {in_percent(land)} lost, loyalty {after:.2f}"),
            "lines": [unbroken(said) for said in lines],
        }

    def plot(self, title: str, ink: str) -> str:
        """A panel of curves without its curves, which the script draws."""
        width, height = PLOT[0] - PLOT_LEFT - PLOT_RIGHT, PLOT[1] - PLOT_TOP - PLOT_BOTTOM
        parts = []
        for share in (0.0, 0.5, 1.0):
            y = PLOT_TOP + height * (1 - share)
            parts.append(line(PLOT_LEFT, y, PLOT_LEFT + width, y, stroke=colour("grid")))
            parts.append(text(PLOT_LEFT - 5, y + 4, f"{share:g}", text_anchor="end", fill=colour("soft")))
        for along, said in self._ticks():
            x, y = PLOT_LEFT + along * width, PLOT_TOP + height
            parts.append(line(x, y, x, y + 4, stroke=colour("soft")))
            parts.append(text(x, y + 17, said, text_anchor="middle", fill=colour("soft")))
        curve = element("path", class_="band", fill=colour(ink), fill_opacity=0.2)
        curve += element("path", class_="middle", stroke=colour(ink), stroke_width=2.2, fill="none")
        box = element("g", curve, transform=f"translate({PLOT_LEFT:g},{PLOT_TOP:g})")
        named = element("title", words(title))
        view = f"0 0 {PLOT[0]:g} {PLOT[1]:g}"
        return element("svg", named, *parts, box, viewBox=view, role="img", font_size=12,
                       data_width=width, data_height=height)  # fmt: skip

    def _ticks(self) -> Iterator[tuple[float, str]]:
        frame = Frame(self.scenario)
        for span in frame.spans:
            dates, form = labelled_dates(span)
            share = 1 / len(frame.spans)
            inside = [day for day in dates if frame.x(day) < LEFT + frame.width * (1 - 0.06)]
            inside = [day for day in inside if frame.x(day) > LEFT + 0.04 * frame.width] or inside
            count = TICKS if share < 1 else 2 * TICKS
            for day in inside[:: max(1, -(-len(inside) // count))]:
                yield (frame.x(day) - LEFT) / frame.width, form.format(day)


def spread_of(column: "pd.Series[Any]") -> tuple[float, float, float]:
    """Low end, median and high end of an outcome, taken as `summary.json` takes them.

    >>> spread_of(pd.Series([0.0, 0.2, 0.4, 1.0]))
    (0.0, 0.4, 1.0)
    """
    low, middle, high = np.quantile(column, SUMMARY_QUANTILES, method=QUANTILE_METHOD)
    return float(low), float(middle), float(high)


def _whole(shares: Any) -> list[int]:
    """Shares as whole numbers of FINE."""
    return [round(FINE * float(share)) for share in shares]


def _rungs_reached(worlds: pd.DataFrame) -> list[float]:
    """The share of worlds with each highest rung, and at the end of those without any fighting."""
    fought = (worlds["wars"] + worlds["clashes"]) > 0
    rungs = worlds["level_max"].where(fought, len(RUNGS))
    return [float((rungs == rung).mean()) for rung in range(len(RUNGS) + 1)]


def _curve(dated: pd.DataFrame, worlds: pd.DataFrame, measure: str) -> list[list[int]]:
    """Low end, median and high end of a measure over time; at both ends as the worlds themselves have it."""
    mine = dated[dated["measure"] == measure].sort_values("date")
    rows = mine[["q05", "q50", "q95"]].to_numpy(dtype=float, copy=True)
    for row, when in ((0, "start"), (-1, "end")):
        rows[row] = spread_of(worlds[f"{STOCKS_DRAWN[measure][0]}_{when}"])
    return [[round(1000 * value) for value in column] for column in rows.T]


def explorer_page(folder: ResultFolder) -> str:
    """The page of a finished sweep.

    Raises:
        UserError: it is no sweep, nothing varies in it, or it has too many points.
    """
    plan = folder.plan
    if plan.design is None:
        raise UserError(
            f"{folder.path} holds a run of one setting; captive-ally sweep runs many, to be explored"
        )
    if not factors_of(folder):
        raise UserError(
            f"{folder.path}: nothing varies in it; give captive-ally sweep a --vary with two values"
        )
    for dates in DATE_COUNTS:
        explorer = Explorer(folder, dates)
        if not explorer.worlds:
            raise UserError(f"{folder.path}: no world of it could be run")
        page = _rendered(explorer)
        size = len(page.encode())
        if size < MOST_PAGE_BYTES:
            return page
    rest = size - len(_as_json(explorer.facts()["points"]))
    fit = int((MOST_PAGE_BYTES - rest) / (size - rest) * len(explorer.worlds))
    raise UserError(
        f"{folder.path}: {plan.points:,} points are too many for a page of {MOST_PAGE_BYTES / 1e6:.0f} MB; "
        f"about {max(fit, 0):,} fit"
    )


def _as_json(data: Any) -> str:
    """Data that may stand within a page."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def _rendered(explorer: Explorer) -> str:
    folder, plan, names = explorer.folder, explorer.folder.plan, explorer.names
    style, script, own = (
        files("experiments.report").joinpath("templates", name).read_text(encoding="utf-8")
        for name in ("style.css", "explorer.js", "explorer.css")
    )
    section = sweep_section(folder, plan, ())
    table = next((one for one in section.first if one.rows and one.source), None)
    page: str = (
        templates()
        .get_template("explorer.html")
        .render(
            title=section.question,
            style="\n".join([style, *_themes(), own]),
            script=script,
            allowed=_script_hash(script),
            data=_as_json(explorer.facts()),
            controls=explorer.controls,
            pictures=list(_maps(explorer)),
            short=short_names(explorer.scenario, NARROW_WIDTH) if drawn_shapes(explorer.scenario) else "",
            regions=[explorer.scenario.regions.region[place] for place in explorer.places],
            two_scales=len(Frame(explorer.scenario).spans) > 1,
            plots=[
                (title.format(**names), explorer.plot(title.format(**names), ink))
                for _, ink, title in STOCKS_DRAWN.values()
            ],
            rungs=(*RUNGS, NO_FIGHTING),
            names=names,
            glossary=glossary(),
            kept=in_percent(KEPT),
            lost=in_percent(LOST_FROM),
            about=explorer.scenario.about,
            end=f"{explorer.scenario.end.day} {explorer.scenario.end:%B %Y}",
            settings=capitalised("; ".join(settings_in_words(plan))),
            table=table,
            command=folder.manifest.command,
            origin=tuple(origin_of(folder, plan)),
            version=version_of_package(),
            article=ARTICLE,
        )
    )
    return page


def _script_hash(script: str) -> str:
    """The script's hash as a policy names it: no other script runs in the page."""
    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"


def _themes() -> Sequence[str]:
    """The colours of pictures, by day and by night."""
    light, dark = (
        "".join(f"--ca-{name}: {pair[theme]};" for name, pair in THEME_COLOURS.items()) for theme in (0, 1)
    )
    night = f"@media screen and (prefers-color-scheme: dark) {{ :root {{{dark}}} }}"
    return f":root {{{light}}}", night


def _maps(explorer: Explorer) -> Iterator[tuple[str, str]]:
    """The map for a wide and for a narrow screen, still without numbers; none where no map is drawn."""
    if drawn_shapes(explorer.scenario) is None:
        return
    blank = _blank(explorer.scenario)
    for name, width in (("wide-map", PICTURE_WIDTH), ("narrow-map", NARROW_WIDTH)):
        yield name, map_of(explorer.scenario, blank, tag=name, key=False, width=width)


def _blank(scenario: Scenario) -> Snapshot:
    """The end of a scenario in many worlds, with nothing lost in any."""
    none = (0.0,) * len(scenario.regions.region)
    return Snapshot(
        step=scenario.steps, day=scenario.end, since=scenario.end, worlds=2, held=(1.0,) * len(none),
        lost=none, attacked=none, fell=none, at_war=0.0, fought=0.0, peacekeepers=0.0, values={}, ladder=(),
        stood=(), highest=(), reasons=(), news=(),
    )  # fmt: skip
