"""The figure of base rates: how often a patron uses open force, by the scale of the attack."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from experiments.figures.experiment import DASHES
from experiments.figures.style import BLACK, COLOURS, DARK, STYLE, fill, in_lines, label_beside, new_sheet
from experiments.shares import in_percent

DOTTED: Any = (0, (1, 2))
RATES_LEFT, RATES_WIDTH, RATES_HEIGHT = 0.6, 3.7, 3.3  # inches, of the panel


@rc_context(STYLE)
def draw_base_rates(shares: pd.DataFrame, rates: pd.DataFrame, told: Sequence[str]) -> Figure:
    """A line a theory over the scale of the attack; the record's rates over the scales that they count.

    Args:
        shares: theory, scale, force, low, high; the first theory has its interval drawn.
        rates: name, share, low, high; those without a scale run across, dotted.
        told: what determines the numbers, in parts.
    """
    sheet = new_sheet(
        in_lines(told), "Open force by the patron, by the scale of the attack", RATES_HEIGHT + 0.8
    )
    axes = sheet.panel(RATES_LEFT, 0.5, RATES_WIDTH, RATES_HEIGHT)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="scale of the attack (0.05 a raid, 1 all-out war)",
             ylabel="share of crises with open force")  # fmt: skip
    lines = zip(shares.groupby("theory", sort=False), COLOURS, DASHES, strict=False)
    for place, ((theory, part), colour, dash) in enumerate(lines):
        if place == 0:
            fill(axes, part["scale"], part["low"], part["high"], colour)
        axes.plot(part["scale"], part["force"], color=colour, linestyle=dash, marker="o", markersize=2.5,
                  label=str(theory).replace("_", " "))  # fmt: skip
    labels = []
    reaching = rates.fillna({"low": 0.0, "high": 1.0}).assign(dotted=rates["low"].isna())
    for rate in reaching.to_dict("records"):
        colour, dash, width = (DARK, DOTTED, 1.0) if rate["dotted"] else (BLACK, "-", 2.2)
        axes.plot([rate["low"], rate["high"]], [rate["share"]] * 2, color=colour, linestyle=dash,
                  linewidth=width, label="_")  # fmt: skip
        labels.append((rate["share"], f"{in_percent(rate['share'])}  {rate['name']}", colour))
    label_beside(axes, labels)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.2, handlelength=2.4)
    return sheet.figure
