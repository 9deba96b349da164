"""The alliance over time: loyalty, goodwill and reputation, beside what was given and what was observed."""

import textwrap
from collections.abc import Sequence
from datetime import date
from string import ascii_lowercase
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.optimize import isotonic_regression

from experiments.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LETTERS,
    OBSERVED,
    ORANGE,
    PURPLE,
    SMALL,
    SMALL_LINE,
    STYLE,
    WIDTH,
    Sheet,
    as_days,
    beside,
    brief,
    caption_of,
    date_axis,
    draw_bands,
    has_bands,
    new_sheet,
)
from experiments.history.record import Dated, Record
from sim.runs.results import ResultFolder
from sim.scenarios.scenario import Scenario

OTHER_POLLS: dict[str, Any] = OBSERVED | {"marker": "x", "markersize": 4.2, "markeredgecolor": GREY}
MARKS: dict[bool, dict[str, Any]] = {  # of dates: whether observed, or given to the run
    False: {"color": GREY, "linewidth": 0.8, "linestyle": (0, (2, 2))},
    True: {"color": BLACK, "linewidth": 0.8, "linestyle": (0, (1, 1.5))},
}
NAME_LETTER = 0.009  # of the width of a panel: a letter of a mark's name
NAME_GAP = 0.009  # likewise: what parts two names


@rc_context(STYLE)
def alliance(folder: ResultFolder, record: Record | None = None) -> Figure:
    """Loyalty, opinion, gratitude and reliability over time, with the dated events and what was observed.

    Args:
        folder: the result folder of the run.
        record: what was observed, if it is to be shown.
    """
    scenario, cast = folder.scenario, folder.scenario.cast
    seen = (record or Record()).within(scenario)
    patron, client, challenger = (brief(p.name) for p in (cast.patron, cast.client, cast.challenger))
    forms = (
        ("loyalty", f"Loyalty of {client} to the pact", BLUE),
        ("opinion", f"Opinion of {patron} in {client}", ORANGE),
        ("gratitude", f"Gratitude of {challenger} to {patron}", GREEN),
        *([("reliability", f"Reliability of {patron} in observers' eyes", PURPLE)] if cast.observers else []),
    )
    marks = _marks_of(scenario, seen)
    key = _key_of(marks)
    polled = any(seen.polls.values())
    base = 0.55 + SMALL_LINE * (len(key) + 2 * polled)
    sheet = new_sheet(
        caption_of(folder, bands=True),
        "Loyalty, goodwill and reputation over time",
        base + 0.07 + 1.27 * len(forms),
    )
    for place, (measure, title, colour) in enumerate(forms):
        axes = sheet.panel(0.62, base + (len(forms) - 1 - place) * 1.27, WIDTH - 1.24, 0.95)
        end = draw_bands(axes, folder, measure, colour)
        beside(axes, min(max(end, 0.06), 0.94), f"{end:.2f}")
        axes.set(ylim=(0, 1), yticks=[0, 0.5, 1], ylabel="level, 0-1")
        axes.set_title(title, pad=13 if marks and not place else 4)
        date_axis(axes, scenario, labels=place == len(forms) - 1)
        for mark in marks:
            axes.axvline(as_days([mark.day])[0], **MARKS[mark.observed])
        if measure == "opinion":
            _draw_polls(axes, seen)
        if not place:
            beside(axes, 1.12, "median" if has_bands(folder) else "end")
            _name_marks(axes, scenario, marks)
    if polled:
        _explain_polls(sheet, list(seen.polls.values()), patron, base)
    for line, (name, day, text) in enumerate(reversed(key)):
        sheet.write(0.3, line * SMALL_LINE, [name], ha="right")
        sheet.write(0.4, line * SMALL_LINE, [day])
        sheet.write(1.15, line * SMALL_LINE, [text])
    return sheet.figure


class _Mark(NamedTuple):
    """A date that is marked, and its name and words."""

    day: date
    name: str
    text: str
    observed: bool


def _marks_of(scenario: Scenario, record: Record) -> list[_Mark]:
    """The events that a run is given, by number, and what was observed, by letter."""
    given = sorted(scenario.event, key=lambda event: event.date)
    return [
        *(_Mark(one.date, str(number), one.text, False) for number, one in enumerate(given, 1)),
        *(
            _Mark(day, ascii_lowercase[place], text, True)
            for place, (day, text) in enumerate(record.steps[: len(ascii_lowercase)])
        ),
    ]


def _key_of(marks: Sequence[_Mark]) -> list[tuple[str, str, str]]:
    """(name, date, text) of each line of what the marks stand for."""
    lines: list[tuple[str, str, str]] = []
    for observed, heading in ((False, "Given to the run:"), (True, "Observed, and not given to the run:")):
        mine = [mark for mark in marks if mark.observed == observed]
        if mine and any(mark.observed for mark in marks):
            lines.append(("", heading, ""))
        for mark in mine:
            first, *more = textwrap.wrap(mark.text, LETTERS - 20)
            lines.append((mark.name, f"{mark.day.day} {mark.day:%b %Y}", first))
            lines += [("", "", text) for text in more]
    return lines


def _name_marks(axes: Axes, scenario: Scenario, marks: Sequence[_Mark]) -> None:
    """Names above the marks, each as near to its own as the others leave room for."""
    if not marks:
        return
    in_order = sorted(marks, key=lambda one: one.day)
    days = (scenario.end - scenario.start).days
    wanted = [(mark.day - scenario.start).days / days for mark in in_order]
    widths = NAME_LETTER * np.array([len(mark.name) for mark in in_order])
    room = np.append(0.0, np.cumsum(NAME_GAP + (widths[1:] + widths[:-1]) / 2))  # from the first to each
    found = np.clip(isotonic_regression(wanted - room).x, 0.0, max(1.0 - room[-1], 0.0)) + room
    for place, mark in zip(found, in_order, strict=True):
        axes.text(place, 1.04, mark.name, size=SMALL, ha="center", va="bottom", transform=axes.transAxes)


def _draw_polls(axes: Axes, record: Record) -> None:
    """The shares of the public that the polls found; the question that a run speaks of stands out."""
    for place, dated in enumerate(record.polls.values()):
        if dated:
            days, shares = zip(*dated, strict=True)
            axes.plot(as_days(days), shares, clip_on=False, **OTHER_POLLS if place else OBSERVED)


def _explain_polls(sheet: Sheet, polls: Sequence[Dated], patron: str, base: float) -> None:
    """What the marks of the polls stand for, below the panels."""
    words = f"polls: relations with {patron} are good, of the public"
    handles: list[Artist] = [Line2D([], [], label=words, **OBSERVED)] * bool(polls[0])
    handles += [Line2D([], [], label="polls: other questions", **OTHER_POLLS)] * any(polls[1:])
    sheet.figure.legend(
        handles=handles, loc="lower left", ncols=2, columnspacing=1.6,
        bbox_to_anchor=sheet.place(0.4, base - 0.55 - 2 * SMALL_LINE),
    )  # fmt: skip
