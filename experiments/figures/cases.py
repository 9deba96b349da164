"""The figures of coded cases: a chance of force for each case and theory, and scores of the predictions."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from experiments.figures.style import (
    BLACK,
    BLUE,
    DARK,
    GREY,
    SMALL,
    STYLE,
    beside,
    brief,
    in_lines,
    new_sheet,
    rows_from_top,
)
from sim.world import FORCE

MOST_CASES = 60  # rows that a page can hold
LIGHT_TEXT = 0.55  # share from which white reads better than black
CHANCE = LinearSegmentedColormap.from_list("chance", ["#ffffff", "#9ecae1", "#08519c"])
CASE_ROW, CASE_TOP = 0.17, 0.35  # inches
LABELS = 2.6  # inches, for the names of cases
RIVALS = ("ridge regression", "equal weights", "capability alone", "mean of the others")


@rc_context(STYLE)
def draw_cases(cases: pd.DataFrame, predicted: pd.DataFrame, told: Sequence[str]) -> Figure:
    """The chance of force in each case under each theory, beside what happened, by what happened.

    Args:
        cases: a row a case: id, case and, if known, level, the rung taken.
        predicted: a row a theory and case: theory, id, p_level3, the share of worlds with force, 0-1.
        told: what determines the numbers, in parts.
    """
    theories = list(dict.fromkeys(predicted["theory"]))
    order = cases.sort_values("level", ascending=False, kind="stable") if "level" in cases else cases
    shown = order.head(MOST_CASES)
    wide = predicted.pivot(index="id", columns="theory", values="p_level3").loc[shown["id"], theories]
    chances = wide.to_numpy()
    left_out = [f"the first {MOST_CASES} of {len(order)} cases"] if len(order) > MOST_CASES else []
    height = CASE_TOP + CASE_ROW * len(shown) + 0.15
    cells = "cells: chance of rung 3 or more, per cent of worlds"
    sheet = new_sheet(in_lines([cells, *told, *left_out]), "Would the patron send force?", height)
    axes = sheet.panel(LABELS, 0.1, 3.1, CASE_ROW * len(shown))
    axes.imshow(chances, cmap=CHANCE, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.grid(False)
    for row, column in np.ndindex(*chances.shape):
        chance = chances[row, column]
        ink = "white" if chance > LIGHT_TEXT else BLACK
        axes.text(
            column, row, f"{100 * chance:.0f}", size=SMALL, color=ink, ha="center", va="center_baseline"
        )
    axes.set_yticks(range(len(shown)), [brief(name, 36) for name in shown["case"]])
    axes.set_xticks(range(len(theories)), [name.replace("_", "\n") for name in theories])
    axes.xaxis.set_ticks_position("top")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if "level" in shown:
        for row, level in enumerate(shown["level"]):
            text = "?" if np.isnan(level) else f"{level:.0f}"
            force = level >= FORCE
            beside(axes, row, text, x=1.06, weight="bold" if force else "normal", ha="center")
        beside(axes, -1.15, "rung\ntaken", x=1.06, ha="center", va="center")
    return sheet.figure


@rc_context(STYLE)
def draw_scores(score: pd.DataFrame, told: Sequence[str]) -> Figure:
    """Each score of each theory and of its rivals, with its interval.

    Args:
        score: question, score, by, value, low, high, cases, better (higher, lower), nothing (the score of
            one who knows nothing).
        told: what determines the numbers, in parts.
    """
    panels = list(dict.fromkeys(zip(score["question"], score["score"], strict=True)))
    names = list(dict.fromkeys(score["by"]))
    height = 1.45 + 2 * CASE_ROW * len(names)
    sheet = new_sheet(in_lines(told), "How good are the predictions?", height)
    for place, (question, kind) in enumerate(panels):
        part = score[(score["question"] == question) & (score["score"] == kind)].set_index("by")
        row, column = divmod(place, 2)
        below = 0.4 + (1 - row) * (CASE_ROW * len(names) + 0.8)
        axes = sheet.panel(1.45 + column * 2.85, below, 2.35, CASE_ROW * len(names))
        for line, name in enumerate(names):
            if name not in part.index or pd.isna(part.at[name, "value"]):
                beside(axes, line, "none", x=0.9, color=GREY, ha="center")
                continue
            one, colour = part.loc[name], GREY if name in RIVALS else BLUE
            axes.plot([one["low"], one["high"]], [line, line], color=colour, linewidth=1.2)
            axes.plot(one["value"], line, "o", color=colour, markersize=4)
        nothing = part["nothing"].iloc[0]
        if not np.isnan(nothing):
            axes.axvline(nothing, color=DARK, linewidth=0.8, linestyle=(0, (2, 2)))
        rows_from_top(axes, names if column == 0 else [""] * len(names), below=0.5)
        axes.set_xlim(*{"AUC": (0, 1), "Brier": (0, 0.7), "Log": (-2, 0)}.get(kind, (-1, 1)))
        cases = int(part["cases"].iloc[0])
        axes.set_xlabel(f"{kind}: {part['better'].iloc[0]} is better")
        axes.set_title(f"{question} ({cases} cases)")
    return sheet.figure
