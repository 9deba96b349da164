"""The figures of verdicts: effects with their intervals, and the scoreboard of all claims."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from experiments.figures.style import (
    BLUE,
    DARK,
    GREY,
    MARGIN,
    ORANGE,
    PALE,
    PURPLE,
    SMALL,
    STYLE,
    VERMILLION,
    WIDTH,
    brief,
    in_lines,
    new_sheet,
)
from experiments.trial.claims import CANNOT_FAIL, VERDICTS
from experiments.trial.verdict import FAILS, HOLDS, NEGLIGIBLE, SPACES, UNDECIDED

COLOUR = {HOLDS: BLUE, FAILS: VERMILLION, NEGLIGIBLE: PURPLE, UNDECIDED: GREY, CANNOT_FAIL: DARK}
# So that no verdict hangs on colour alone.
SIGN = {HOLDS: "o", FAILS: "X", NEGLIGIBLE: "s", UNDECIDED: "D", CANNOT_FAIL: "*"}
HISTORY_MARKS = {"borne out": ("o", BLUE), "mixed": ("D", ORANGE), "contradicted": ("X", VERMILLION)}
VERDICT_ROW = 0.19  # inches
LINEAR = 1.0  # multiples of the smallest effect that matters, up to which the axis is linear
FARTHEST = 300.0  # multiples, at the edge of the axis
BOARD_LETTERS = 46  # of the words of a claim's test
SENTENCE_LETTERS, EFFECT_WIDTH, NUMBERS_WIDTH = 51, 2.0, 1.62  # letters; inches


def in_multiples(table: pd.DataFrame) -> pd.DataFrame:
    """Effects and intervals as multiples of the smallest effect that matters, so that units can be mixed."""
    scaled = table[["effect", "low", "high"]].div(table["scale"], axis=0)
    return scaled.clip(-FARTHEST, FARTHEST)


@rc_context(STYLE)
def draw_effects(table: pd.DataFrame, title: str, caption: Sequence[str]) -> Figure:
    """A row an expectation: its words, its effect as a multiple of the smallest that matters, the numbers.

    Args:
        table: a row an expectation, with claim, words, effect, low, high, unit, scale, near, verdict.
        title: the title of the page.
        caption: what determines the numbers, in parts.
    """
    height = VERDICT_ROW * len(table) + 0.85
    sheet = new_sheet(in_lines([*caption, "bars: 95 % bootstrap intervals"]), title, height)
    left = WIDTH - EFFECT_WIDTH - NUMBERS_WIDTH - MARGIN
    axes = sheet.panel(left, 0.5, EFFECT_WIDTH, VERDICT_ROW * len(table))
    _scale(axes, len(table))
    shown = in_multiples(table)
    pairs: Any = zip(table.itertuples(index=False), shown.itertuples(index=False), strict=True)
    for place, (row, scaled) in enumerate(pairs):
        y = len(table) - 1 - place
        _mark(axes, y, scaled, str(row.verdict), near=bool(row.near))
        words = f"{row.claim:<4}{brief(str(row.words), SENTENCE_LETTERS)}"
        sheet.write(MARGIN, 0.5 + VERDICT_ROW * (y + 0.2), [words])
        told = "not defined" if np.isnan(row.effect) else f"{row.effect:+.3g} {_short(str(row.unit))}"
        sheet.write(
            WIDTH - NUMBERS_WIDTH, 0.5 + VERDICT_ROW * (y + 0.2), [f"{told}, {row.verdict}"], color=DARK
        )
    _legend(sheet.figure, sheet.place(MARGIN, height + 0.02))
    return sheet.figure


@rc_context(STYLE)
def draw_scoreboard(table: pd.DataFrame, caption: Sequence[str]) -> Figure:
    """A row a claim: effect, verdicts of the model and of history, and how robust the first is.

    Args:
        table: a row a claim, with the columns of the scoreboard (experiments/trial/scoreboard.py).
        caption: what determines the numbers, in parts.
    """
    rows = len(table)
    height = VERDICT_ROW * rows + 0.95
    told = [
        *caption,
        "bars: 95 % bootstrap intervals",
        "of a claim with several parts, the one that decides",
        "sign: whether that of the test is put in by a rule or could have come out either way",
        "record: hollow signs, diamond for mixed, none where it is silent",
    ]
    sheet = new_sheet(in_lines(told), f"The article on trial: {rows} claims", height)
    places = {"effect": 3.95, "model": 5.19, "history": 5.56, "draws": 5.93, "near": 6.28, "far": 6.61}
    axes = sheet.panel(places["effect"], 0.5, 1.03, VERDICT_ROW * rows)
    _scale(axes, rows)
    shown = in_multiples(table)
    spaces = [sheet.panel(places[name], 0.5, 0.3, VERDICT_ROW * rows) for name in SPACES]
    for space in spaces:
        space.set(xlim=(0, 1), ylim=(-0.5, rows - 0.5), yticks=[], xticks=[0, 1], xticklabels=["0", "1"])
        lowest, highest = space.get_xticklabels()
        lowest.set_horizontalalignment("left")  # within the space, else the 1 of one meets the 0 of the next
        highest.set_horizontalalignment("right")
        space.grid(visible=False)
    signs = sheet.panel(places["model"] - 0.1, 0.5, 0.6, VERDICT_ROW * rows)
    signs.set(xlim=(0, 1), ylim=(-0.5, rows - 0.5))
    signs.axis("off")
    pairs: Any = zip(table.itertuples(index=False), shown.itertuples(index=False), strict=True)
    for place, (row, scaled) in enumerate(pairs):
        y = rows - 1 - place
        _mark(axes, y, scaled, str(row.verdict), near=bool(row.near))
        kind = "rule" if row.kind == "rule" else "pred."
        sheet.write(MARGIN, 0.5 + VERDICT_ROW * (y + 0.2), [str(row.claim)], weight="bold")
        sheet.write(MARGIN + 0.32, 0.5 + VERDICT_ROW * (y + 0.2), [kind], color=DARK)
        sheet.write(MARGIN + 0.62, 0.5 + VERDICT_ROW * (y + 0.2), [str(row.sign)], color=DARK)
        sheet.write(MARGIN + 1.2, 0.5 + VERDICT_ROW * (y + 0.2), [brief(str(row.short), BOARD_LETTERS)])
        signs.plot(0.2, y, SIGN[str(row.verdict)], color=COLOUR[str(row.verdict)], markersize=5)
        if row.history in HISTORY_MARKS:
            sign, colour = HISTORY_MARKS[str(row.history)]
            signs.plot(0.8, y, sign, color=colour, markersize=5, markerfacecolor="none", markeredgewidth=1.2)
        for space, name in zip(spaces, SPACES, strict=True):
            _bar(space, y, float(getattr(row, f"{name}_holds")), float(getattr(row, f"{name}_fails")))
    top = 0.5 + VERDICT_ROW * rows + 0.05
    sheet.write(MARGIN + 0.62, top, ["sign"], weight="bold")
    heads = {"effect": "effect", "model": "model", "history": "record"} | {name: name for name in SPACES}
    for name, words in heads.items():
        shift = {"model": 0.14, "history": 0.07, "draws": 0.02, "near": -0.02}.get(name, 0.0)
        sheet.write(places[name] - shift, top, [words], weight="bold")
    _legend(sheet.figure, sheet.place(MARGIN, height + 0.02))
    return sheet.figure


def _scale(axes: Axes, rows: int) -> None:
    axes.set_xscale("symlog", linthresh=LINEAR, linscale=0.8)
    axes.set(xlim=(-FARTHEST, FARTHEST), ylim=(-0.5, rows - 0.5), yticks=[])
    axes.set_xticks([-100, -10, -1, 0, 1, 10, 100], ["-100", "", "-1", "0", "1", "", "100"])
    axes.minorticks_off()
    axes.axvspan(-1, 1, color=PALE, alpha=0.5, linewidth=0)
    axes.axvline(0, color=DARK, linewidth=0.7)
    axes.set_xlabel("in smallest effects that matter", size=SMALL)


def _mark(axes: Axes, y: int, scaled: object, verdict: str, near: bool) -> None:
    effect, low, high = (float(getattr(scaled, name)) for name in ("effect", "low", "high"))
    if np.isnan(effect):
        return
    axes.plot([low, high], [y, y], color=COLOUR[verdict], linewidth=1.6, solid_capstyle="butt")
    face = "white" if near else COLOUR[verdict]
    axes.plot(effect, y, SIGN[verdict], color=COLOUR[verdict], markersize=4, markerfacecolor=face)


def _bar(axes: Axes, y: int, holds: float, fails: float) -> None:
    """Share of the space in which a claim holds, and from the other end that in which it fails."""
    if np.isnan(holds):
        return
    axes.add_patch(Rectangle((0, y - 0.3), 1, 0.6, facecolor="white", edgecolor=PALE, linewidth=0.6))
    axes.add_patch(Rectangle((0, y - 0.3), holds, 0.6, facecolor=BLUE, linewidth=0))
    axes.add_patch(Rectangle((1 - fails, y - 0.3), fails, 0.6, facecolor=VERMILLION, linewidth=0))


def _legend(figure: Figure, place: tuple[float, float]) -> None:
    handles = [
        Line2D([], [], color=COLOUR[name], marker=SIGN[name], linestyle="none", markersize=5, label=name)
        for name in VERDICTS
    ]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=place, ncols=len(VERDICTS),
                  borderaxespad=0, handletextpad=0.2, columnspacing=1.2)  # fmt: skip


def _short(unit: str) -> str:
    return {"share of worlds": "share", "share of the start": "share", "yes/no": "share"}.get(unit, unit)
