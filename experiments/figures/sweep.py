"""The figures of a run over a design: an outcome against what was varied.

    one factor       the outcome's median and bands against it
    two factors      a line for each category, a heat map, a table, or the points with contours
    three or more    main effects: the share of the variance between points that each accounts for

What counts as a category, and how dates, names and yes or no become numbers: sweep_data.py.
"""

from collections.abc import Callable, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.figures.main_effects import draw_effects_of_factors, main_effects
from experiments.figures.style import (
    BLUE,
    COLOURS,
    GREEN,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    STYLE,
    VERMILLION,
    WIDTH,
    Sheet,
    beside,
    brief,
    fill_ranges,
    label_beside,
    legend_on_right,
    rows_from_top,
    write_figures,
)
from experiments.figures.sweep_data import (
    ShownOutcome,
    Sweep,
    VariedFactor,
    factors_of,
    outcome_of,
    places_along,
    quantiles_by,
    shares_of_names,
)
from experiments.figures.sweep_planes import heat_map, scatter, table_of_means
from experiments.figures.sweep_style import bands_told, limits_of, mark_default, sweep_page, values_on
from sim.quantities import Numbers
from sim.runs.results import ResultFolder

LAYERS = (SKY, ORANGE, GREEN, PURPLE, VERMILLION, BLUE, PALE)
MOST_PAGE_ROWS, MOST_PAGE_CELLS = 60, 400  # that a page holds
NAMES_BESIDE = 2.05  # inches


def draw_sweep(folder: ResultFolder, into: Path, outcome: str | Sequence[str] = "share_lost") -> list[Path]:
    """Draw outcomes against the factors of a design, as SVG and PNG; the same folder gives the same bytes.

    Args:
        folder: the result folder; where it has no design, or nothing varies, nothing is drawn.
        into: the folder for sweep-OUTCOME.svg and .png, and main_effects.csv for three factors or more.
        outcome: the name of an outcome, or several; each has a figure.

    Returns:
        The files.

    Raises:
        UserError: unknown outcome.
    """
    names = [outcome] if isinstance(outcome, str) else list(dict.fromkeys(outcome))
    outcomes = [outcome_of(folder, name) for name in names]
    sweep = Sweep(folder, factors_of(folder))
    if not sweep.factors:
        return []
    tables: list[pd.DataFrame] = []
    figures = {f"sweep-{seen.name}": figure_of(sweep, seen, tables.append) for seen in outcomes}
    files = write_figures(figures, into)
    if tables:
        path = into / "main_effects.csv"
        pd.concat(tables, ignore_index=True).to_csv(path, index=False)
        files.append(path)
    return files


@rc_context(STYLE)
def figure_of(sweep: Sweep, outcome: ShownOutcome, keep: Callable[[pd.DataFrame], None]) -> Figure:
    """The figure that suits the number and kinds of the factors; a table of main effects goes to `keep`."""
    if len(sweep.factors) == 1:
        return _one_category(sweep, outcome) if sweep.factors[0].is_category else _one_number(sweep, outcome)
    if len(sweep.factors) == 2:
        categories = [factor for factor in sweep.factors if factor.is_category]
        if not categories:
            return heat_map(sweep, outcome) if sweep.is_grid() else scatter(sweep, outcome)
        if len(categories) == 1 and len(categories[0].levels) <= len(COLOURS):
            return _lines(sweep, outcome, categories[0])
        if sweep.is_grid() and prod(len(factor.levels) for factor in sweep.factors) <= MOST_PAGE_CELLS:
            return table_of_means(sweep, outcome)
    effects = main_effects(sweep, outcome)
    keep(effects)
    return draw_effects_of_factors(sweep, outcome, effects)


def _panel(sheet: Sheet, sweep: Sweep, outcome: ShownOutcome, factor: VariedFactor, right: float) -> Axes:
    """A panel with a numeric factor along it."""
    left = 1.05 if outcome.is_date else 0.75
    axes = sheet.panel(left, 0.75, WIDTH - left - right, 3.1)
    axes.grid(axis="y")
    axes.set(xlabel=factor.label(90), ylabel="" if outcome.is_date else outcome.unit)
    places = places_along(sweep, factor)
    axes.set_xlim(places.min(), places.max())
    values_on(axes.yaxis, outcome)
    return axes


def _one_number(sweep: Sweep, outcome: ShownOutcome) -> Figure:
    """Median and bands against a number, or layers of names."""
    (factor,) = sweep.factors
    keys = sweep.point.map(places_along(sweep, factor))
    if outcome.names is not None:
        sheet = sweep_page(sweep, outcome, 4.15)
        axes = _panel(sheet, sweep, outcome, factor, right=NAMES_BESIDE)
        _draw_names(axes, shares_of_names(outcome, keys))
    else:
        sheet = sweep_page(sweep, outcome, 4.15, bands_told(outcome))
        axes = _panel(sheet, sweep, outcome, factor, right=0.8)
        table = quantiles_by(outcome, keys).dropna(subset="q50")
        _draw_line(axes, table, BLUE)
        limits = limits_of(outcome, table)
        if limits:
            axes.set_ylim(*limits)
        if len(table):
            told = "share" if outcome.is_share else "median"
            last = table["q50"].iloc[-1]
            label_beside(axes, [(last, f"{told}\n{outcome.word(last)}", BLUE)])
    mark_default(axes, factor)
    return sheet.figure


def _draw_line(axes: Axes, table: pd.DataFrame, colour: str, strength: str = "q05") -> None:
    """Median with a dot a place, and bands."""
    bands = table if strength == "q05" else table.assign(q05=np.nan, q95=np.nan)
    fill_ranges(axes, table.index.to_numpy(), bands, colour)
    axes.plot(table.index, table["q50"], color=colour, linewidth=1.5, marker="o", markersize=3,
              clip_on=False, zorder=3)  # fmt: skip


def _draw_names(axes: Axes, shares: pd.DataFrame) -> None:
    """A layer for each name, the commonest at the bottom."""
    shares = _few_names(shares)
    layers = axes.stackplot(
        shares.index, shares.to_numpy().T, colors=LAYERS, edgecolor="white", linewidth=0.4
    )
    assert len(layers) == shares.shape[1]
    axes.set_ylim(0, 1)
    _legend_of_names(axes, shares)


def _few_names(shares: pd.DataFrame) -> pd.DataFrame:
    """The commonest names, and the others together."""
    if shares.shape[1] <= len(LAYERS):
        return shares
    first = shares.iloc[:, : len(LAYERS) - 1]
    return first.assign(**{f"other ({shares.shape[1] - first.shape[1]})": 1 - first.sum(axis=1)})


def _legend_of_names(axes: Axes, shares: pd.DataFrame) -> None:
    handles = [
        Patch(facecolor=colour, label=brief(str(name), 28))
        for name, colour in zip(shares.columns, LAYERS, strict=False)
    ]
    legend_on_right(axes, handles[::-1], "")


def _one_category(sweep: Sweep, outcome: ShownOutcome) -> Figure:
    """A row for each category: dot and bars, or names side by side."""
    (factor,) = sweep.factors
    levels = factor.levels[:MOST_PAGE_ROWS]
    rows = 0.24 * len(levels) + 0.15
    bands = "" if outcome.names is not None else bands_told(outcome).replace("band", "bar")
    sheet = sweep_page(sweep, outcome, rows + 0.85, bands)
    left = 0.3 + 0.072 * min(28, max(6, *(len(factor.word(level)) for level in levels)))
    right = NAMES_BESIDE if outcome.names is not None else 0.95
    axes = sheet.panel(left, 0.5, WIDTH - left - right, rows)
    keys = sweep.at_worlds(factor)
    if outcome.names is not None:
        _draw_names_across(axes, shares_of_names(outcome, keys).reindex(levels))
    else:
        table = quantiles_by(outcome, keys).reindex(levels)
        _draw_rows(axes, outcome, table)
        limits = limits_of(outcome, table[["q50", "q95"]])
        axes.set_xlim(limits)
    rows_from_top(axes, [brief(factor.word(level), 28) for level in levels])
    axes.set_xlabel("" if outcome.is_date else outcome.unit)
    more = "" if len(levels) == len(factor.levels) else f" (first {MOST_PAGE_ROWS} of {len(factor.levels)})"
    axes.set_title(
        brief("by " + factor.one_line + more, 95), loc="left", x=(0.3 - left) / (WIDTH - left - right)
    )
    values_on(axes.xaxis, outcome)
    return sheet.figure


def _draw_rows(axes: Axes, outcome: ShownOutcome, table: pd.DataFrame) -> None:
    for row, (_, found) in enumerate(table.iterrows()):
        style: dict[str, Any] = {"color": BLUE, "solid_capstyle": "butt"}
        axes.plot([found["q05"], found["q95"]], [row, row], linewidth=1.2, **style)
        axes.plot([found["q25"], found["q75"]], [row, row], linewidth=5.5, alpha=0.55, **style)
        axes.plot([found["q50"]], [row], marker="o", markersize=4.6, **style)
        beside(axes, row, outcome.word(found["q50"]), va="center")
    beside(axes, -0.85, "share" if outcome.is_share else "median", va="center")


def _draw_names_across(axes: Axes, shares: pd.DataFrame) -> None:
    shares = _few_names(shares)
    floor: Numbers = np.zeros(len(shares))
    for (_, values), colour in zip(shares.items(), LAYERS, strict=False):
        axes.barh(range(len(shares)), values, left=floor, height=0.7, color=colour, edgecolor="white")
        floor = floor + values.to_numpy(dtype=float)
    axes.set_xlim(0, 1)
    _legend_of_names(axes, shares)


def _lines(sweep: Sweep, outcome: ShownOutcome, category: VariedFactor) -> Figure:
    """A line with a band for each category."""
    (number,) = (factor for factor in sweep.factors if factor is not category)
    table = quantiles_by(outcome, [sweep.at_worlds(category), sweep.point.map(places_along(sweep, number))])
    widest = len(category.levels) <= 2 or outcome.is_share
    told = bands_told(outcome) if widest else "bands: 50 % of worlds"
    sheet = sweep_page(sweep, outcome, 4.45, told)
    axes = _panel(sheet, sweep, outcome, number, right=1.5)
    labels = []
    shown = table[["q05", "q50", "q95"] if widest else ["q25", "q50", "q75"]]
    for level, colour in zip(category.levels, COLOURS, strict=False):
        line = table[table.index.get_level_values(0) == level].droplevel(0).dropna(subset="q50")
        _draw_line(axes, line, colour, "q05" if widest else "q25")
        if len(line):
            labels.append((float(line["q50"].iloc[-1]), brief(category.word(level), 24), colour))
    limits = limits_of(outcome, shown)
    if limits:
        axes.set_ylim(*limits)
    label_beside(axes, labels)
    what = "share" if outcome.is_share else "median"
    axes.set_title(brief(f"{what}, by {category.one_line}", 100), pad=16)
    mark_default(axes, number)
    return sheet.figure
