"""An outcome over two factors at once: heat map, scatter of points, table."""

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.tri import Triangulation

from experiments.figures.style import BLACK, DARK, SMALL, WIDTH, Sheet, brief, colour_bar, mark_scenario
from experiments.figures.sweep_data import ShownOutcome, Sweep, VariedFactor
from experiments.figures.sweep_style import UNITS_OF_SHARES, date_ticks, sweep_page, values_on
from sim.quantities import Numbers

# ColorBrewer's YlGnBu without its darkest end: told apart by lightness alone, and black is read on all of it.
SCALE: Colormap = LinearSegmentedColormap.from_list(
    "level", ["#ffffe5", "#d9f0c3", "#a5dbb8", "#62c2c0", "#41a3c4"]
)
FEWEST_FOR_CONTOURS = 10  # points
UPRIGHT = 8  # columns from which their labels stand upright
DRAWN_EACH = 4000  # cells of a heat map up to which each is a shape of its own


def _scale_of(outcome: ShownOutcome, values: Any) -> Normalize:
    """From the lowest to the highest value; where all are the same, some room around it."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    if high > low:
        return Normalize(low, high)
    return Normalize(0, 1) if outcome.unit in UNITS_OF_SHARES else Normalize(low - 0.5, low + 0.5)


def _colour_bar(sheet: Sheet, outcome: ShownOutcome, scale: Normalize, left: float, height: float) -> None:
    bar = colour_bar(sheet, scale, SCALE, (left, 0.85, 0.15, height))
    values_on(bar.yaxis, outcome)
    bar.set_title(outcome.mean_told, size=SMALL, pad=6)


def _contour_levels(outcome: ShownOutcome, scale: Normalize) -> Numbers:
    """Round values inside a range."""
    low, high = float(scale.vmin or 0.0), float(scale.vmax or 0.0)
    if outcome.is_date:
        levels = date_ticks().tick_values(*_as_dates(low, high))
    else:
        levels = MaxNLocator(6).tick_values(low, high)
    return np.array([level for level in levels if low < level < high])


def _as_dates(*days: float) -> list[Any]:
    convert: Any = num2date
    return [convert(day) for day in days]


def _label_contours(axes: Axes, outcome: ShownOutcome, lines: Any) -> None:
    """The value of each contour, over what lies below it; none where it would stand on another one."""
    axes.autoscale_view()
    form: Any = outcome.word if outcome.is_date else "%g"
    least = (6.0 * len(outcome.word(0.0)), 1.5 * SMALL)  # points across and up
    kept: list[Any] = []
    for label in axes.clabel(lines, fmt=form, fontsize=SMALL, zorder=4, inline=False, colors=BLACK):
        place = axes.transData.transform(label.get_position()) * 72 / axes.figure.dpi
        if any((np.abs(place - other) < least).all() for other in kept):
            label.remove()
            continue
        kept.append(place)
        label.set_bbox({"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 0.8})


def _plane(sweep: Sweep, outcome: ShownOutcome, means: Any) -> tuple[Sheet, Axes, Normalize]:
    """A panel with the first factor along it and the second up it, and a colour bar."""
    scale = _scale_of(outcome, means)
    first, second = sweep.factors
    sheet = sweep_page(sweep, outcome, 4.95)
    axes = sheet.panel(0.95, 0.85, 4.5, 3.75)
    axes.grid(visible=False)
    axes.set(xlabel=first.label(72), ylabel=second.label(60))
    _colour_bar(sheet, outcome, scale, 5.75, 3.75)
    if np.unique(means[np.isfinite(means)]).size < 2:
        axes.set_title("the same at every point")
    return sheet, axes, scale


def _mark_default(axes: Axes, sweep: Sweep) -> None:
    """The scenario's own place, if it lies in the plane."""
    place = [factor.info.default for factor in sweep.factors if factor.info]
    inside = [f.levels[0] <= value <= f.levels[-1] for f, value in zip(sweep.factors, place, strict=True)]
    if all(inside):
        mark_scenario(axes, place, order=6)


def heat_map(sweep: Sweep, outcome: ShownOutcome) -> Figure:
    """Means on a grid, with contours."""
    first, second = sweep.factors
    means = sweep.means(outcome).groupby([second.values, first.values]).mean().unstack()
    across, up = (np.asarray(axis, dtype=float) for axis in (means.columns, means.index))
    sheet, axes, scale = _plane(sweep, outcome, means.to_numpy(dtype=float))
    axes.pcolormesh(
        cell_edges(across), cell_edges(up), means, cmap=SCALE, norm=scale, rasterized=means.size > DRAWN_EACH
    )
    levels = _contour_levels(outcome, scale)
    if min(means.shape) > 2 and len(levels):
        lines = axes.contour(across, up, means.to_numpy(), levels, colors=BLACK, linewidths=0.8)
        _label_contours(axes, outcome, lines)
    _mark_default(axes, sweep)
    return sheet.figure


def cell_edges(middles: Numbers) -> Numbers:
    """The edges of cells around their middles.

    >>> cell_edges(np.array([0.0, 1.0, 3.0])).tolist()
    [-0.5, 0.5, 2.0, 4.0]
    """
    between = (middles[1:] + middles[:-1]) / 2
    ends = 2 * middles[0] - between[0], 2 * middles[-1] - between[-1]
    return np.concatenate([ends[:1], between, ends[1:]])


def scatter(sweep: Sweep, outcome: ShownOutcome) -> Figure:
    """Means of scattered points, with contours between them."""
    first, second = sweep.factors
    means = sweep.means(outcome)
    sheet, axes, scale = _plane(sweep, outcome, means.to_numpy(dtype=float))
    known = means.notna()
    across, up, level = (
        np.asarray(values[known], dtype=np.float64) for values in (first.values, second.values, means)
    )
    _draw_contours(axes, outcome, scale, (across, up, level))
    axes.scatter(across, up, c=level, cmap=SCALE, norm=scale, s=44, edgecolors=DARK, linewidths=0.5, zorder=3)
    axes.set(xlim=_with_room(first.levels), ylim=_with_room(second.levels))
    _mark_default(axes, sweep)
    return sheet.figure


def _with_room(levels: list[Any]) -> tuple[float, float]:
    low, high = float(levels[0]), float(levels[-1])
    return low - 0.04 * (high - low), high + 0.04 * (high - low)


def _draw_contours(
    axes: Axes, outcome: ShownOutcome, scale: Normalize, points: tuple[Numbers, Numbers, Numbers]
) -> None:
    """Contours between scattered points, if these are many and not in a row."""
    across, up, level = points
    levels = _contour_levels(outcome, scale)
    if len(level) < FEWEST_FOR_CONTOURS or not len(levels):
        return
    try:
        unit = Triangulation(across / np.ptp(across), up / np.ptp(up))
    except (RuntimeError, ValueError):
        return
    mesh = Triangulation(across, up, unit.triangles)
    lines = axes.tricontour(mesh, level, levels=levels, colors=BLACK, linewidths=0.7)
    _label_contours(axes, outcome, lines)


def table_of_means(sweep: Sweep, outcome: ShownOutcome) -> Figure:
    """Means of every pair of categories, as numbers on colours."""
    across, up = sorted(sweep.factors, key=lambda factor: len(factor.levels))
    means = sweep.means(outcome).groupby([up.values, across.values]).mean().unstack()
    means = means.reindex(index=up.levels, columns=across.levels)
    upright = len(across.levels) > UPRIGHT
    rows, head = 0.3 * len(up.levels) + 0.1, 1.1 if upright else 0.5
    beside = up.label(max(16, int(15 * rows)))
    left = 0.35 + 0.14 * len(beside.split("\n")) + 0.072 * min(24, max(len(up.word(x)) for x in up.levels))
    above = textwrap.wrap(f"{outcome.mean_told}, by {across.one_line}", 85)
    sheet = sweep_page(sweep, outcome, rows + head + 0.1 + 0.14 * len(above))
    axes = sheet.panel(left, 0.15, WIDTH - left - 0.3, rows)
    axes.grid(visible=False)
    scale = _scale_of(outcome, means)
    axes.pcolormesh(means, cmap=SCALE, norm=scale, edgecolors="white", linewidth=1.5)
    for (row, column), value in np.ndenumerate(means.to_numpy(dtype=float)):
        axes.text(column + 0.5, row + 0.5, outcome.word(value), ha="center", va="center")
    _label_table(axes, across, up, upright)
    axes.set_ylabel(beside)
    axes.set_title("\n".join(above), pad=8)
    return sheet.figure


def _label_table(axes: Axes, across: VariedFactor, up: VariedFactor, upright: bool) -> None:
    """Categories above and on the left, rows from the top."""
    axes.invert_yaxis()
    axes.xaxis.tick_top()
    words = ["\n".join(textwrap.wrap(across.word(level), 14)) for level in across.levels]
    axes.set_xticks(np.arange(len(words)) + 0.5, words, rotation=90 if upright else 0)
    axes.set_yticks(np.arange(len(up.levels)) + 0.5, [brief(up.word(level), 24) for level in up.levels])
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
