"""The figures of a calibration: parameters, and worlds drawn from them, before and after the record."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.explore.calibration import Posterior
from experiments.figures.style import (
    BLACK,
    BLUE,
    DARK,
    DASHED,
    GREY,
    ORANGE,
    PALE,
    SMALL,
    STYLE,
    VERMILLION,
    bare,
    in_lines,
    new_sheet,
)
from experiments.history.patterns import of_each_world
from experiments.shares import in_percent
from sim.quantities import Numbers
from sim.runs.recorder import QUANTILES

ACROSS, HISTOGRAM_BINS = 3, 24
CELL_WIDTH, CELL_HEIGHT = 2.25, 1.2  # inches
CHECK_ROW = 0.62  # inches a pattern
CHECK_COLOURS = {"prior": GREY, "posterior": BLUE, "default": ORANGE}


@rc_context(STYLE)
def prior_against_posterior(
    posterior: Posterior, defaults: Sequence[float], caption: Sequence[str]
) -> Figure:
    """A panel a parameter: the even prior, what is left of it, and the default.

    Args:
        posterior: the draws that were kept, and a row a parameter: parameter, low, high, width.
        defaults: the default of each parameter, in the order of these rows.
        caption: what determines the numbers, in parts.
    """
    rows = -(-len(posterior.table) // ACROSS)
    sheet = new_sheet(in_lines(caption), "Parameters, before and after the record", rows * CELL_HEIGHT + 0.12)
    for place, (_, one) in enumerate(posterior.table.iterrows()):
        row, column = divmod(place, ACROSS)
        axes = sheet.panel(0.2 + column * CELL_WIDTH, 0.3 + (rows - 1 - row) * CELL_HEIGHT, 1.95, 0.62)
        values = posterior.rows[one["parameter"]]
        width = (one["high"] - one["low"]) / HISTOGRAM_BINS
        axes.hist(
            values, bins=HISTOGRAM_BINS, range=(one["low"], one["high"]), density=True, color=BLUE, alpha=0.5
        )
        even = 1 / (one["high"] - one["low"])
        axes.plot([one["low"], one["high"]], [even, even], color=BLACK, linewidth=1.0)
        axes.axvline(defaults[place], color=VERMILLION, linewidth=1.4)
        axes.set(xlim=(one["low"] - width / 2, one["high"] + width / 2), yticks=[])
        bare(axes)
        axes.set_title(one["parameter"], size=SMALL)
        axes.text(1.0, 1.07, in_percent(one["width"]), size=SMALL, color=DARK, ha="right", va="bottom",
                  transform=axes.transAxes)  # fmt: skip
    handles = [
        Line2D([], [], color=BLACK, linewidth=1.0, label="prior"),
        Patch(color=BLUE, alpha=0.5, linewidth=0, label="posterior"),
        Line2D([], [], color=VERMILLION, linewidth=1.4, label="default"),
    ]
    x, y = sheet.place(4.2, rows * CELL_HEIGHT + 0.13)
    sheet.figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(x, y), ncols=3)
    return sheet.figure


@rc_context(STYLE)
def predictive_check(
    check: pd.DataFrame, samples: Mapping[str, Mapping[str, Numbers]], caption: Sequence[str]
) -> Figure:
    """A panel a pattern: its band, and where worlds lie that are drawn from prior, posterior and default.

    Args:
        check: a row a pattern and source: pattern, name, low, high, unit, observed.
        samples: (worlds, ...) answers by source and pattern, in the pattern's unit.
        caption: what determines the numbers, in parts.
    """
    patterns = check.drop_duplicates("pattern")
    height = CHECK_ROW * len(patterns) + 0.25
    sheet = new_sheet(in_lines(caption), "Worlds before and after the record", height)
    for row, (_, one) in enumerate(patterns.iterrows()):
        bottom = 0.2 + CHECK_ROW * (len(patterns) - 1 - row)
        axes = sheet.panel(2.35, bottom, 3.1, CHECK_ROW - 0.26)
        axes.axvspan(one["low"], one["high"], color=PALE, alpha=0.7, linewidth=0)
        for place, (source, values) in enumerate(samples.items()):
            known = of_each_world(values[one["pattern"]])
            known = known[np.isfinite(known)]
            if not known.size:
                continue
            if one["unit"].startswith("share of worlds"):
                axes.plot(known.mean(), -place, marker="o", markersize=4, color=CHECK_COLOURS[source])
                continue
            ends = np.quantile(known, list(QUANTILES.values()))
            axes.plot(ends[[0, 4]], [-place] * 2, color=CHECK_COLOURS[source], linewidth=1.0)
            axes.plot(
                ends[[1, 3]], [-place] * 2, color=CHECK_COLOURS[source], linewidth=3.2, solid_capstyle="butt"
            )
            axes.plot(ends[2], -place, marker="o", markersize=3.6, color="white",
                      markeredgecolor=CHECK_COLOURS[source])  # fmt: skip
        axes.axvline(one["observed"], color=BLACK, linewidth=0.8, linestyle=DASHED)
        axes.set(ylim=(-len(samples) + 0.4, 0.6), yticks=[])
        axes.tick_params(labelsize=SMALL)
        bare(axes)
        axes.text(-0.03, 0.5, f"{one['pattern']}  {one['name']}", ha="right", va="center",
                  transform=axes.transAxes)  # fmt: skip
    handles: list[Any] = []
    for name in samples:
        handles.append(Line2D([], [], color=CHECK_COLOURS[name], linewidth=3.2, label=name))
    handles.append(Patch(color=PALE, linewidth=0, label="band"))
    handles.append(Line2D([], [], color=BLACK, linewidth=0.8, linestyle=DASHED, label="record"))
    x, y = sheet.place(5.6, height - 0.1)
    sheet.figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(x, y), title="worlds drawn from",
                        alignment="left")  # fmt: skip
    return sheet.figure
