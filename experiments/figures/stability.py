"""How many worlds are enough? Intervals against the number of worlds."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from experiments.figures.style import (
    BLACK,
    BLUE,
    DARK,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    STYLE,
    VERMILLION,
    WIDTH,
    new_sheet,
)
from experiments.figures.sweep_style import labels_beside

HEIGHT, LEFT, RIGHT, BETWEEN = 2.3, 0.75, 1.85, 0.75  # inches
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)
MARKS = (("o", "\N{BLACK CIRCLE}"), ("s", "\N{BLACK SQUARE}"), ("^", "\N{BLACK UP-POINTING TRIANGLE}"))


@rc_context(STYLE)
def draw_stability(
    courses: Mapping[str, pd.DataFrame], wanted: Mapping[str, float], title: str, caption: Sequence[str]
) -> Figure:
    """Half-widths over what is wanted, a panel a scenario and a line an outcome.

    Args:
        courses: scenario -> a row an outcome and number of worlds.
        wanted: outcome -> half-width that is wanted.
        title: of the page.
        caption: what determines the numbers, in lines that fit the page.
    """
    sheet = new_sheet(caption, title, len(courses) * (HEIGHT + BETWEEN))
    for place, (name, table) in enumerate(courses.items()):
        bottom = (len(courses) - 1 - place) * (HEIGHT + BETWEEN) + 0.45
        axes = sheet.panel(LEFT, bottom, WIDTH - LEFT - RIGHT, HEIGHT)
        axes.set_xscale("log")
        ends = []
        for number, (outcome, precision) in enumerate(wanted.items()):
            line = table[table["outcome"] == outcome]
            of_wanted = line["half_width"].to_numpy() / precision
            height = np.log10(of_wanted, out=np.full(len(line), np.nan), where=of_wanted > 0)
            colour, (mark, sign) = COLOURS[number % len(COLOURS)], MARKS[number // len(COLOURS)]
            axes.plot(line["worlds"], height, color=colour, linewidth=1.2, marker=mark, markersize=3)
            ends.append((float(height[-1]), f"{sign} {outcome}", colour))
        axes.axhline(0, color=DARK, linewidth=0.8, linestyle=(0, (3, 2)))
        counts = table["worlds"].unique()
        axes.set_xticks(counts, [f"{count:,}" for count in counts])
        axes.minorticks_off()
        low, high = axes.get_ylim()
        ticks = [tick for tick in (0.01, 0.1, 0.3, 1, 3, 10, 30) if low <= np.log10(tick) <= high]
        axes.set_yticks(np.log10(ticks), [f"{tick:g}" for tick in ticks])
        axes.set_ylim(low, high)
        axes.set_title(name)
        axes.set_xlabel("worlds")
        axes.set_ylabel("half of the interval,\nof what is wanted")
        labels_beside(axes, [end for end in ends if np.isfinite(end[0])])
    return sheet.figure
