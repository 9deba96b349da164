"""The figures of a run: land, alliance, ladder and map.

    territory   which land is lost, in what order, when, and how sure that is
    alliance    what becomes of loyalty, goodwill and reputation (experiments/figures/alliance.py)
    ladder      how far the patron steps in, and for which reasons (experiments/figures/ladder.py)
    map         where land is lost (experiments/figures/map.py)

Each takes a folder and returns a figure; none leaves a trace in matplotlib's global state. Of a run of
several points, the first is shown. A scenario with a stretch of other steps has its close-up, such as a war
day by day, in a panel of its own, as wide as the years after it.
"""

from collections.abc import Sequence
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

from experiments.figures.alliance import alliance
from experiments.figures.ladder import ladder
from experiments.figures.map import map_of_loss, short_name
from experiments.figures.style import (
    BLUE,
    DARK,
    OBSERVED,
    PALE,
    STYLE,
    VERMILLION,
    WIDTH,
    Sheet,
    as_days,
    beside,
    brief,
    caption_of,
    date_axes,
    draw_bands,
    first_point,
    has_bands,
    new_sheet,
    rows_from_top,
    spans,
    write_figures,
)
from experiments.history.record import Record
from experiments.shares import in_percent
from sim.runs.recorder import QUANTILES
from sim.runs.results import ResultFolder
from sim.scenarios.region_map import Region
from sim.scenarios.scenario import Scenario

CLASS_COLOURS = {"outer": BLUE, "core": VERMILLION}
FEW_DATES = 5  # dates of which a range is not worth drawing


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
    sheet = new_sheet(
        caption_of(folder, bands=True), "Land held, and the order in which districts are lost", rows + 3.1
    )
    left, width = 1.62, WIDTH - 1.62 - 0.62
    parts = spans(scenario)
    above = sheet.row(left, rows + 1.3, width, 1.6, len(parts))
    below = sheet.row(left, 0.85, width, rows, len(parts))
    for upper, lower, span in zip(above, below, parts, strict=True):
        shown = seen.within(span)
        end = draw_land_held(upper, folder, shown)
        for row, region in enumerate(regions):
            _draw_loss(lower, row, region, fell[region.id], span)
            if region.id in shown.captures:
                lower.plot(as_days([shown.captures[region.id]]), [row], **OBSERVED)
        rows_from_top(lower, [brief(short_name(region)) for region in regions])
    above[0].set(ylabel="% of that at the start", title="Contested land still held")
    below[0].set_title("When the larger part of a district is lost")
    beside(above[-1], max(end, 7), in_percent(end / 100) + ("\nmedian" if has_bands(folder) else ""))
    beside(below[-1], -0.85, "ever lost")
    for row, region in enumerate(regions):
        beside(below[-1], row, in_percent(fell[region.id].notna().mean()))
    date_axes(above, scenario, labels=False)
    date_axes(below, scenario)
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


def draw_land_held(axes: Axes, folder: ResultFolder, record: Record) -> float:
    """Draw the contested land held over time, simulated and observed.

    Args:
        axes: the panel to draw on.
        folder: the result folder of the run.
        record: what was observed.

    Returns:
        The median of what is held at the end, in %.
    """
    end = draw_bands(axes, folder, "held_contested", DARK, scale=100)
    if record.control:
        days, shares = zip(*record.control, strict=True)
        axes.plot(as_days(days), 100 * np.array(shares), clip_on=False, **OBSERVED | {"markersize": 3.6})
    axes.set(ylim=(0, 103))
    return end


def _draw_loss(axes: Axes, row: int, region: Region, fell: "pd.Series[Any]", span: Scenario) -> None:
    """A row: dot and bars of the date among worlds where the region fell, as far as they lie in a span."""
    dates = fell.dropna()
    if not len(dates):
        return
    low, early, middle, late, high = np.quantile(as_days(dates), list(QUANTILES.values()))
    strength = 1.0 if len(dates) >= len(fell) / 2 else 0.4
    style: dict[str, Any] = {"color": CLASS_COLOURS[region.legal_class], "solid_capstyle": "butt"}
    if len(dates) >= FEW_DATES:
        axes.plot([low, high], [row, row], linewidth=1.2, alpha=strength, **style)
        axes.plot([early, late], [row, row], linewidth=5.0, alpha=0.55 * strength, **style)
    first, last = as_days([span.start, span.end])
    if first <= middle <= last:
        axes.plot([middle], [row], marker="o", markersize=4.2, alpha=strength, markeredgewidth=0,
                  clip_on=False, **style)  # fmt: skip


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
        "alliance": alliance(folder, record),
        "ladder": ladder(folder),
        "map": map_of_loss(folder),
    }
    return write_figures(figures, into)
