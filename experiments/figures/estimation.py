"""The figure of an estimate: what each motive weighs, before and after the cases."""

from collections.abc import Sequence

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.style import (
    BLUE,
    DARK,
    GREEN,
    GREY,
    PALE,
    STYLE,
    VERMILLION,
    beside,
    brief,
    in_lines,
    new_sheet,
    rows_from_top,
)

MOTIVE_ROW = 0.2  # inches
TIMES = (0.1, 0.3, 1, 3, 10)  # marks of the axis
COLOUR_OF = {"supported": GREEN, "spoken against": VERMILLION, "open": BLUE}


@rc_context(STYLE)
def draw_motives(motives: pd.DataFrame, told: Sequence[str]) -> Figure:
    """Prior and posterior of each motive, as multiples of its prior median, named by its claim.

    Args:
        motives: a row a motive: claim, motive, verdict, and low, median and high of prior_ and posterior_.
        told: what determines the numbers, in parts.
    """
    height = MOTIVE_ROW * max(len(motives), 1) + 0.75
    words = "bars: 90 % before (grey) and after (coloured); dots: medians; right: median after, in utility"
    sheet = new_sheet(in_lines([words, *told]), "What the patron's motives weigh", height)
    axes = sheet.panel(2.6, 0.45, 3.6, MOTIVE_ROW * max(len(motives), 1))
    for line, row in enumerate(motives.to_dict("records")):

        def at(name: str, row: dict[str, float] = row) -> float:  # type: ignore[assignment]
            return float(row[name] / row["prior_median"])

        colour = COLOUR_OF[str(row["verdict"])]
        axes.plot([at("prior_low"), at("prior_high")], [line] * 2, color=PALE, linewidth=6.0,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot(at("prior_median"), line, "|", color=GREY, markersize=7)
        axes.plot([at("posterior_low"), at("posterior_high")], [line] * 2, color=colour, linewidth=1.8)
        axes.plot(at("posterior_median"), line, "o", color=colour, markersize=4)
        beside(axes, line, f"{row['posterior_median']:.2g}", x=1.03, color=DARK)
    names = [brief(f"{row['claim']} {row['motive']}".strip(), 44) for row in motives.to_dict("records")]
    rows_from_top(axes, names, below=0.5)
    axes.set_xscale("log")
    axes.set_xticks(TIMES, [f"{times:g}" for times in TIMES])
    axes.minorticks_off()
    axes.set_xlabel("weight, in multiples of the median before")
    handles = [Line2D([], [], color=colour, linewidth=1.8, label=word) for word, colour in COLOUR_OF.items()]
    x, y = sheet.place(2.6, height - 0.12)
    sheet.figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(x, y), ncols=3)
    return sheet.figure
