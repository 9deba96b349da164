"""The curves are the worlds' stocks by date, beside the record: lines, bands and marks read back."""

import csv
import re
from datetime import date, timedelta
from importlib.resources import files

import numpy as np
import pytest

from experiments.page.app import observed_in
from experiments.page.curves import MOST_POINTS_DRAWN, Observed, curves_of, thinned
from experiments.page.setting import SideSetting
from tests.experiments.page.reading import (
    SCENARIOS,
    WAR,
    YEARS,
    Beside,
    find,
    number,
    parsed,
    played,
    points,
    quantile,
    title_of,
)

SCENARIO = SCENARIOS[WAR]
CALLED = {  # beside its line -> the stock of the world
    "land held": "held_contested",
    "loyalty": "loyalty",
    "opinion": "opinion",
    "gratitude": "gratitude",
    "allies' belief": "reliability",
}
CLOSE = 0.002  # of a share: a tenth of a px


class Curves:
    """The picture as a reader sees it: scales from its labels, lines by the colour of their names."""

    def __init__(self, markup, scenario=SCENARIO):
        self.drawing, self._scenario = parsed(markup), scenario
        texts = find(self.drawing, "text")
        left = {float(t.text): number(t, "y") for t in texts if t.get("text-anchor") == "end"}
        ys = {number(line, "y1") for line in find(self.drawing, "line") if line.get("y1") == line.get("y2")}
        assert {y - 4 for y in left.values()} == ys, "each share stands at its line"
        (self._down, self._zero) = np.polyfit(list(left), [y - 4 for y in left.values()], 1)
        assert sorted(left) == [0, 0.25, 0.5, 0.75, 1]
        (area,) = [rect for rect in find(self.drawing, "rect") if rect.get("data-days")]
        self.area, self._left, self._width = area, number(area, "x"), number(area, "width")
        self.ticks = {t.text: self.day(number(t, "x")) for t in texts if t.get("text-anchor") == "middle"}
        names = [t for t in texts if t.get("font-weight") == "500"]
        self.names = sorted(names, key=lambda name: number(name, "y"))
        self.colours = {name.text.split(" ", 1)[1]: name.get("fill") for name in names}
        self.values = {name.text.split(" ", 1)[1]: float(name.text.split()[0]) for name in names}

    def days_in_px(self, x):
        """How many days a px is there."""
        return self.day(x + 0.5) - self.day(x - 0.5)

    def share(self, y):
        return (y - self._zero) / self._down

    def day(self, x):
        """Days since the start, of a place; the war of 2020 is as wide as the years after it."""
        share = (np.asarray(x) - self._left) / self._width
        days = (self._scenario.end - self._scenario.start).days
        return np.interp(share, [0, 0.5, 1], [0, 95 if self._scenario.stretch else days / 2, days])

    def line(self, called, width="2.2"):
        """Days and shares of a line, by its name."""
        (path,) = find(self.drawing, "path", stroke=self.colours[called], stroke_width=width, fill="none")
        return self.day(points(path)[:, 0]), self.share(points(path)[:, 1])

    def band(self, called):
        """Days, low and high of a band."""
        (path,) = [p for p in find(self.drawing, "path", fill=self.colours[called]) if p.get("fill-opacity")]
        half = len(points(path)) // 2
        (x, low), (back, high) = points(path)[:half].T, points(path)[half:][::-1].T
        assert (x == back).all()
        return self.day(x), self.share(low), self.share(high)


def test_each_line_is_the_stock_that_it_is_named_after(war, one):
    shown = Curves(curves_of(SCENARIO, war.until(0)))
    assert (
        list(shown.colours.values()) == list(dict.fromkeys(shown.colours.values()))
        and len(shown.colours) == 5
    )
    for called, stock in CALLED.items():
        days, shares = shown.line(called)
        assert days == pytest.approx(np.arange(86), abs=0.05)
        assert shares == pytest.approx([one.stock(stock, step)[0] for step in range(86)], abs=CLOSE)
    assert np.ptp(shown.line("land held")[1]) > 0.4, "it moves enough to tell up from down"


def test_of_many_worlds_the_line_is_the_median_and_the_band_nine_tenths(many, hundred):
    shown = Curves(curves_of(SCENARIO, many.until(0)))
    for called, stock in CALLED.items():
        spread = np.array([hundred.stock(stock, step) for step in range(61)])
        days, low, high = shown.band(called)
        assert days == pytest.approx(np.arange(61), abs=0.05)
        assert shown.line(called)[1] == pytest.approx(quantile(spread, 0.5, axis=1), abs=CLOSE)
        assert low == pytest.approx(quantile(spread, 0.05, axis=1), abs=CLOSE)
        assert high == pytest.approx(quantile(spread, 0.95, axis=1), abs=CLOSE)
    land = np.array([hundred.stock("held_contested", step) for step in range(61)])
    assert (
        np.abs(np.median(land, axis=1) - np.mean(np.quantile(land, (0.05, 0.95), axis=1), axis=0)).max()
        > 0.02
    )
    assert not [p for p in find(shown.drawing, "path") if p.get("fill-opacity") and p.get("stroke")]


def test_one_world_has_no_band(war):
    assert "fill-opacity" not in curves_of(SCENARIO, war.until(0))


def test_names_carry_the_values_of_the_step_shown_and_stand_in_the_order_of_the_last(war, one):
    for shown_step in (None, 12):
        shown = Curves(curves_of(SCENARIO, war.until(0), shown_step))
        step = 85 if shown_step is None else shown_step
        for called, stock in CALLED.items():
            assert shown.values[called] == pytest.approx(one.stock(stock, step)[0], abs=0.0051)
        order = [CALLED[name.text.split(" ", 1)[1]] for name in shown.names]
        assert order == sorted(order, key=lambda stock: -one.stock(stock, 85)[0])
        (cursor,) = find(shown.drawing, "line", stroke_width="1.4")
        assert shown.day(number(cursor, "x1")) == pytest.approx(step, abs=0.05)
        assert cursor.get("x1") == cursor.get("x2")


def test_dates_stand_where_they_lie():
    for name in (WAR, YEARS):
        scenario = SCENARIOS[name]
        shown = Curves(curves_of(scenario, played(2, SideSetting(scenario=name)).until(0)), scenario)
        assert len(shown.ticks) >= 4
        for said, day in shown.ticks.items():
            near = [scenario.start + timedelta(days=round(day) + off) for off in (-1, 0, 1)]
            forms = {f"{near[1].day} {near[1]:%b}"} | {
                f"{one:%Y}" for one in near if (one.month, one.day) == (1, 1)
            }
            assert said in forms
        assert shown.area.get("data-days") == str((scenario.day(scenario.steps) - scenario.start).days)
        edge, first = number(shown.area, "data-edge"), number(shown.area, "data-first")
        x = number(shown.area, "x") + edge * number(shown.area, "width")
        assert shown.day(x) == first == (95 if name == WAR else (scenario.end - scenario.start).days)


def test_where_the_scale_changes_the_axis_is_cut():
    for name, cuts in ((WAR, 1), (YEARS, 0)):
        playback = played(2, SideSetting(scenario=name))
        shown = Curves(curves_of(SCENARIOS[name], playback.until(0)), SCENARIOS[name])
        marks = [p for p in find(shown.drawing, "path") if "the scale is that of years" in title_of(p)]
        assert len(marks) == cuts
        for mark in marks:
            assert title_of(mark).startswith("from 31 December 2020 on")
            strokes = [float(x) + 3 for x in re.findall(r"M([\d.]+)", mark.get("d"))]
            assert len(strokes) == 2 and shown.day(np.mean(strokes)) == pytest.approx(95, abs=1)


def test_fighting_is_shaded(war, one, many, hundred):
    for playback, beside, last in ((war, one, 85), (many, hundred, 60)):
        shown = Curves(curves_of(SCENARIO, playback.until(0)))
        shades = [rect for rect in find(shown.drawing, "rect") if title_of(rect) == "fighting"]
        fighting = np.zeros(last + 1, dtype=bool)
        for shade in shades:
            begins, ends = (shown.day(number(shade, "x") + w) for w in (0, number(shade, "width")))
            fighting |= (np.arange(last + 1) >= begins - 0.05) & (np.arange(last + 1) < ends - 0.05)
        wanted = [beside.worlds[step].at_war.mean() >= 0.5 for step in range(last + 1)]
        assert shades and fighting.tolist() == wanted and not all(wanted)


def test_the_other_side_is_thin(war, one):
    other = Beside(40, [10], theory="treaty_only")
    playback = played(40, SideSetting(world=10), SideSetting(world=10, theory="treaty_only"))
    for first, second, sides in ((0, 1, (one, other)), (1, 0, (other, one))):
        shown = Curves(curves_of(SCENARIO, playback.until(first), other=playback.until(second)))
        for called, stock in CALLED.items():
            for width, beside in zip(("2.2", "1"), sides, strict=True):
                wanted = [beside.stock(stock, step)[0] for step in range(41)]
                assert shown.line(called, width)[1] == pytest.approx(wanted, abs=CLOSE)
    assert abs(one.stock("held_contested", 40)[0] - other.stock("held_contested", 40)[0]) > 0.02


def rows_of(name):
    return list(
        csv.DictReader(files("experiments.history").joinpath(name).read_text(encoding="utf-8").splitlines())
    )


@pytest.mark.parametrize("name", [WAR, YEARS])
def test_the_record_stands_at_its_dates_and_shares(name):
    scenario = SCENARIOS[name]
    wanted = {("land held", row["date"], float(row["share_held"])) for row in rows_of("control.csv")}
    wanted |= {
        ("opinion", row["date"], float(row["share"]))
        for row in rows_of("polls.csv")
        if row["measure"] == "relations_good"
    }
    inside = {row for row in wanted if scenario.start <= date.fromisoformat(row[1]) <= scenario.end}
    playback = played(2, SideSetting(scenario=name))
    shown = Curves(curves_of(scenario, playback.until(0), None, observed_in(scenario)), scenario)
    diamonds = [path for path in find(shown.drawing, "path") if title_of(path).startswith("observed")]
    assert len(diamonds) == len(inside) >= 10
    seen = set()
    for diamond in diamonds:
        called, share, day, month = re.fullmatch(
            r"observed (.+) ([\d.]+) on (\d+) (\w+ \d+)", title_of(diamond)
        ).groups()
        x, top = points(diamond)[0]
        within = 0.2 * shown.days_in_px(x)
        found = [
            row for row in inside
            if row[0] == called
            and abs(shown.day(x) - (date.fromisoformat(row[1]) - scenario.start).days) < within
            and abs(shown.share(top + 4.5) - row[2]) < CLOSE
            and f"{date.fromisoformat(row[1]):%B %Y}" == month
            and date.fromisoformat(row[1]).day == int(day)
        ]  # fmt: skip
        assert len(found) == 1 and float(share) == pytest.approx(found[0][2], abs=0.0051)
        assert diamond.get("stroke") == shown.colours[called]
        seen.add(found[0])
    assert seen == inside


def test_a_record_of_ones_own_is_drawn_as_its_measure():
    record = Observed({"gratitude": [(date(2020, 10, 17), 0.125)]})
    shown = Curves(curves_of(SCENARIO, played(2).until(0), None, record))
    (diamond,) = [path for path in find(shown.drawing, "path") if title_of(path).startswith("observed")]
    x, top = points(diamond)[0]
    assert shown.day(x) == pytest.approx(20, abs=0.05) and shown.share(top + 4.5) == pytest.approx(
        0.125, abs=CLOSE
    )
    assert diamond.get("stroke") == shown.colours["gratitude"]


@pytest.mark.parametrize("name", [WAR, YEARS])
def test_dated_events_stand_at_their_dates(name):
    scenario = SCENARIOS[name]
    shown = Curves(curves_of(scenario, played(2, SideSetting(scenario=name)).until(0)), scenario)
    said = [p for p in find(shown.drawing, "path") if title_of(p) and "the scale" not in title_of(p)]
    marks = {title_of(p): points(p)[0][0] + 5 for p in said}
    lines = {line.get("x1") for line in find(shown.drawing, "line") if line.get("stroke-dasharray") == "1 3"}
    assert len(marks) == len(scenario.event) >= 1
    for event in scenario.event:
        x = marks[f"{event.date.day} {event.date:%B %Y}: {event.text}"]
        assert shown.day(x) == pytest.approx(
            (event.date - scenario.start).days, abs=0.2 * shown.days_in_px(x)
        )
        assert any(float(place) == pytest.approx(x, abs=0.11) for place in lines)


def test_long_histories_are_thinned_but_keep_their_end():
    history = played(700, SideSetting(scenario=YEARS)).until(0)
    seen = thinned(history)
    assert len(seen) <= MOST_POINTS_DRAWN + 1 and seen[0] is history[0] and seen[-1] is history[-1]
