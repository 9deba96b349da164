"""The curves: what becomes of the alliance over time, beside the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from experiments.figures.style import labelled_dates, spans
from experiments.page.snapshot import Snapshot
from experiments.page.svg import PICTURE_WIDTH, TYPE_SIZE, colour, element, line, picture, text, words
from sim.scenarios.scenario import Scenario

HEIGHT = 220.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 128.0, 18.0, 22.0
MOST_POINTS_DRAWN = 300  # of a line; more cannot be told apart
TICK_ROOM = 58.0  # px that a date needs
CURVE_STYLES = {  # measure -> colour, dashes, name beside its line
    "held_contested": ("land", None, "land held"),
    "loyalty": ("loyalty", None, "loyalty"),
    "opinion": ("opinion", "7 3", "opinion"),
    "gratitude": ("gratitude", "2 3", "gratitude"),
    "reliability": ("belief", "9 3 2 3", "allies' belief"),
}
FAINT = 0.2  # strength of a band of 90 % of worlds


@dataclass(frozen=True)
class Observed:
    """What the record has, to be set beside the worlds.

    Attributes:
        points: the dates and values of each measure.
        captures: the date on which the larger part of each lost region fell, by its id.
    """

    points: Mapping[str, Sequence[tuple[date, float]]] = field(default_factory=dict)
    captures: Mapping[str, date] = field(default_factory=dict)


class Frame:
    """Where dates and shares lie in the picture; a close-up is as wide as all that comes after it."""

    def __init__(self, scenario: Scenario, width: float = PICTURE_WIDTH) -> None:
        self.start, self.days = scenario.start, (scenario.end - scenario.start).days
        self.spans = spans(scenario)
        self.first = (self.spans[0].end - scenario.start).days  # of these days
        self.edge = 1 / len(self.spans)  # share of the width at which they end
        self.width, self.height = width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(self, day: date) -> float:
        """Px from the left, of a date."""
        days = min(max((day - self.start).days, 0), self.days)
        later = (days - self.first) / max(self.days - self.first, 1)
        share = self.edge * days / self.first if days < self.first else self.edge + (1 - self.edge) * later
        return LEFT + self.width * min(share, 1.0)

    @property
    def scale(self) -> dict[str, float]:
        """What a click needs to know to find its day."""
        return {"data_edge": self.edge, "data_first": self.first}

    def y(self, share: float) -> float:
        """Px from the top, of a share."""
        return TOP + self.height * (1.0 - share)

    def path(self, days: Sequence[date], shares: Sequence[float]) -> str:
        """A line through points."""
        points = zip(map(self.x, days), map(self.y, shares), strict=True)
        return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def curves_of(
    scenario: Scenario,
    history: Sequence[Snapshot],
    shown: int | None = None,
    observed: Observed | None = None,
    other: Sequence[Snapshot] = (),
    width: float = PICTURE_WIDTH,
) -> str:
    """Land, loyalty, opinion, gratitude and belief so far.

    Args:
        scenario: the scenario that is run.
        history: its snapshots so far.
        shown: the step that is looked at, if not the last.
        observed: the record that is set beside it.
        other: the snapshots of the other side, drawn thin.
        width: px at which type has its size.
    """
    frame = Frame(scenario, width)
    now = history[-1 if shown is None else min(shown, len(history) - 1)]
    inside = [_area(frame, now, scenario)]  # below all else, so that what lies on it can be pointed at
    seen = thinned(history)
    days = [snapshot.day for snapshot in seen]
    for name in CURVE_STYLES:
        inside.append(_band(frame, seen, days, name))
    for name in CURVE_STYLES:
        if other:
            inside.append(_curve(frame, thinned(other), name, width=1.0))
        inside.append(_curve(frame, seen, name, width=2.2))
    inside += [
        _cursor(frame, now),
        _record(frame, observed or Observed(), scenario),
        _events(frame, scenario),
    ]
    return picture(
        width,
        HEIGHT,
        "The alliance over time, shares from 0 to 1",
        _grid(frame, scenario),
        _fighting(frame, history),
        element("g", *inside, data_plot=""),
        _names(frame, history[-1], now),
        alive=True,
    )


def thinned(history: Sequence[Snapshot]) -> list[Snapshot]:
    """Every so many snapshots and the last, so that there are not too many."""
    every = -(-len(history) // MOST_POINTS_DRAWN)
    seen = list(history[::every])
    return seen if seen[-1] is history[-1] else [*seen, history[-1]]


def _grid(frame: Frame, scenario: Scenario) -> str:
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = frame.y(share)
        parts.append(line(LEFT, y, LEFT + frame.width, y, stroke=colour("grid")))
        parts.append(text(LEFT - 5, y + 4, f"{share:g}", text_anchor="end", fill=colour("soft")))
    for span in frame.spans:
        dates, form = labelled_dates(span)
        every = max(1, round(len(dates) * TICK_ROOM / (frame.width / len(frame.spans))))
        last = frame.x(span.end) - (0 if span is frame.spans[-1] else TICK_ROOM)
        for day in (one for one in dates[::every] if frame.x(one) <= last):
            x = frame.x(day)
            parts.append(line(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 4, stroke=colour("soft")))
            parts.append(text(x, HEIGHT - 5, form.format(day), text_anchor="middle", fill=colour("soft")))
    return "".join(parts) + "".join(_cut(frame, span) for span in frame.spans[1:])


def _cut(frame: Frame, span: Scenario) -> str:
    """Two strokes through the axis where its scale changes."""
    x, y = frame.x(span.start), frame.y(0.0)
    said = f"from {span.start.day} {span.start:%B %Y} on, the scale is that of years"
    strokes = "".join(f"M{x + shift - 3:.1f},{y + 6:.1f} l6,-12 " for shift in (-2.5, 2.5))
    return element("path", element("title", words(said)), d=strokes, stroke=colour("soft"), fill="none",
                   stroke_width=1.4)  # fmt: skip


def _fighting(frame: Frame, history: Sequence[Snapshot]) -> str:
    """Shade the time in which there is fighting, in at least half of the worlds."""
    parts, since = [], None
    for snapshot in [*history, None]:
        at_war = snapshot is not None and snapshot.at_war >= 0.5
        if at_war and since is None:
            since = snapshot
        elif not at_war and since is not None:
            until = snapshot or history[-1]
            left, right = frame.x(since.day), frame.x(until.day)
            parts.append(
                element(
                    "rect", element("title", words("fighting")), x=left, y=TOP, width=max(right - left, 1.0),
                    height=frame.height, fill=colour("war"),
                )
            )  # fmt: skip
            since = None
    return "".join(parts)


def _band(frame: Frame, seen: Sequence[Snapshot], days: Sequence[date], name: str) -> str:
    if seen[-1].worlds == 1:
        return ""
    low, high = ([snapshot.values[name][place] for snapshot in seen] for place in (0, -1))
    back = frame.path(days[::-1], high[::-1]).removeprefix("M")
    return element(
        "path", d=f"{frame.path(days, low)} L{back} Z", fill=colour(CURVE_STYLES[name][0]), fill_opacity=FAINT
    )


def _curve(frame: Frame, seen: Sequence[Snapshot], name: str, width: float) -> str:
    ink, dashes, _ = CURVE_STYLES[name]
    path = frame.path([snapshot.day for snapshot in seen], [snapshot.middle(name) for snapshot in seen])
    return element("path", d=path, stroke=colour(ink), stroke_width=width, stroke_dasharray=dashes,
                   fill="none", stroke_linejoin="round")  # fmt: skip


def _names(frame: Frame, last: Snapshot, now: Snapshot) -> str:
    """The lines' names on the right, moved apart where they meet, with the values of the step shown."""
    wanted = sorted((frame.y(last.middle(name)), name) for name in CURVE_STYLES)
    places: list[float] = []
    for y, _ in wanted:
        places.append(max(y, places[-1] + TYPE_SIZE + 2 if places else TOP + 2))
    too_low = max(places[-1] - (HEIGHT - BOTTOM + 2), 0.0)
    for number in range(len(places) - 1, -1, -1):
        limit = places[number + 1] - TYPE_SIZE - 2 if number + 1 < len(places) else places[number] - too_low
        places[number] = min(places[number], limit)
    x = LEFT + frame.width + 6
    parts = []
    for (_, name), y in zip(wanted, places, strict=True):
        ink, _, said = CURVE_STYLES[name]
        parts.append(text(x, y + 4, f"{now.middle(name):.2f} {said}", fill=colour(ink), font_weight=500))
    return "".join(parts)


def _record(frame: Frame, observed: Observed, scenario: Scenario) -> str:
    parts = []
    for name, points in observed.points.items():
        for day, share in points:
            if scenario.start <= day <= scenario.end:
                diamond = f"M{frame.x(day):.1f},{frame.y(share) - 4.5:.1f} l4.5,4.5 l-4.5,4.5 l-4.5,-4.5 Z"
                told = f"observed {CURVE_STYLES[name][2]} {share:.2f} on {day.day} {day:%B %Y}"
                parts.append(
                    element(
                        "path", element("title", words(told)), fill=colour("paper"), stroke_width=1.6,
                        stroke=colour(CURVE_STYLES[name][0]), d=diamond,
                    )
                )  # fmt: skip
    return "".join(parts)


def _events(frame: Frame, scenario: Scenario) -> str:
    parts = []
    for event in scenario.event:
        x = frame.x(event.date)
        told = f"{event.date.day} {event.date:%B %Y}: {event.text}"
        parts.append(line(x, TOP, x, TOP + frame.height, stroke=colour("soft"), stroke_dasharray="1 3"))
        mark = element("path", element("title", words(told)), fill=colour("soft"), tabindex=0, role="button",
                       data_pick=f"day:{max((event.date - scenario.start).days, 0)}", aria_label=told,
                       d=f"M{x - 5:.1f},{TOP - 9:.1f} h10 l-5,8 Z")  # fmt: skip
        parts.append(mark)
    return "".join(parts)


def _cursor(frame: Frame, now: Snapshot) -> str:
    """The date that is looked at."""
    x = frame.x(now.day)
    return line(x, TOP, x, TOP + frame.height, stroke_width=1.4)


def _area(frame: Frame, now: Snapshot, scenario: Scenario) -> str:
    """The area on which another date can be picked, by mouse or by arrow keys."""
    return element(
        "rect", **frame.scale, x=LEFT, y=TOP, width=frame.width, height=frame.height, fill="transparent",
        style="cursor:crosshair", data_days=(scenario.day(scenario.steps) - scenario.start).days,
        data_step=now.step, tabindex=0, role="slider", aria_label="Date on the curves", aria_valuemin=0,
        aria_valuemax=scenario.steps, aria_valuenow=now.step, aria_valuetext=f"{now.day.day} {now.day:%B %Y}",
    )  # fmt: skip
