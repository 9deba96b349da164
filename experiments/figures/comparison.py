"""The figure of a comparison: the courses of two runs side by side, and the difference between them."""

from matplotlib import rc_context
from matplotlib.figure import Figure

from experiments.figures.style import (
    BLACK,
    BLUE,
    ORANGE,
    STYLE,
    WIDTH,
    as_days,
    brief,
    date_axis,
    legend_on_right,
    new_sheet,
    timeline,
)
from sim.runs.results import ResultFolder

COURSES = {
    "held_contested": "Contested land still held",
    "loyalty": "Loyalty to the pact",
    "opinion": "Opinion of the patron",
    "gratitude": "The challenger's gratitude",
}
PANEL = 0.95  # inches high
GAP = 0.75  # inches between the two sides


@rc_context(STYLE)
def courses_compared(one: ResultFolder, other: ResultFolder, names: tuple[str, str]) -> Figure:
    """Means of the main stocks over time in both runs, and beside them how much the second is higher.

    Args:
        one, other: the result folders, of the same scenario.
        names: what to call them.
    """
    caption = [f"{one.scenario.title}; means over worlds. Right: {brief(names[1])} minus {brief(names[0])}."]
    sheet = new_sheet(caption, "Two runs compared", len(COURSES) * (PANEL + 0.45) + 0.25)
    width = (WIDTH - 0.62 - GAP - 1.15) / 2
    for place, (measure, title) in enumerate(COURSES.items()):
        bottom = 0.4 + (len(COURSES) - 1 - place) * (PANEL + 0.45)
        left = sheet.panel(0.62, bottom, width, PANEL)
        right = sheet.panel(0.62 + width + GAP, bottom, width, PANEL)
        here, there = (timeline(folder, measure) for folder in (one, other))
        lines = [
            left.plot(as_days(table["date"]), table["mean"], color=colour, linewidth=1.4, label=brief(name))[
                0
            ]
            for table, colour, name in zip((here, there), (BLUE, ORANGE), names, strict=True)
        ]
        gap = there.set_index("date")["mean"] - here.set_index("date")["mean"]
        right.axhline(0, color=BLACK, linewidth=0.6)
        right.plot(as_days(gap.index), gap, color=BLACK, linewidth=1.4)
        left.set(ylim=(0, 1), title=title)
        right.set(title="difference")
        for axes in (left, right):
            date_axis(axes, one.scenario, labels=place == len(COURSES) - 1)
            for label in axes.get_xticklabels()[1::2]:
                label.set_visible(False)  # half a page is too narrow for all
        if not place:
            legend_on_right(right, lines, "")
    return sheet.figure
