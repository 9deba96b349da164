"""The map shows who holds what, is fought over, has fallen, differs: read back against the worlds."""

import json
import re
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from experiments.page.map import ABROAD, BURST, HELD, HOME, LOST, key_of, map_of, short_names
from experiments.shares import in_percent
from tests.experiments.page.reading import (
    SCENARIOS,
    SVG,
    WAR,
    Beside,
    find,
    number,
    parsed,
    played,
    points,
    rgb,
    title_of,
    words_of,
)

SCENARIO = SCENARIOS[WAR]
REGIONS = SCENARIO.regions.region
CONTESTED = [region.legal_class in ("outer", "core") for region in REGIONS]
STEPS = (1, 10, 20, 38, 45, 60)


class Map:
    """A map as a reader sees it.

    Attributes:
        regions: their outlines with a fill, in their order.
        labels: what is written in each, in the same order.
        stops: (3, 3) the colours of the scale in the key, from left to right.
    """

    def __init__(self, markup):
        self.drawing = parsed(markup)
        self.groups = [g for g in self.drawing.findall(f"{SVG}g") if title_of(g)]
        self.regions = [group.find(f"{SVG}path") for group in self.groups]
        self.labels = [t for t in self.drawing.findall(f"{SVG}text") if t.get("paint-order")]
        self.stops = np.array([rgb(stop.get("stop-color")) for stop in find(self.drawing, "stop")])
        self.offsets = [float(stop.get("offset").rstrip("%")) / 100 for stop in find(self.drawing, "stop")]

    def of_scale(self, share):
        """The colour that the key gives to a share lost."""
        return np.array([np.interp(share, self.offsets, self.stops[:, part]) for part in range(3)])

    def outlined(self, **attributes):
        """The places of the regions that have an outline of a kind."""
        marked = {path.get("d") for path in find(self.drawing, "path", fill="none", **attributes)}
        return {place for place, path in enumerate(self.regions) if path.get("d") in marked}

    def place_of(self, x, y):
        """The region whose label is nearest to a point."""
        spots = np.array([(number(label[0], "x"), number(label[0], "y")) for label in self.labels])
        return int(np.argmin(np.hypot(*(spots - (x, y)).T)))

    def bursts(self):
        """The places with a sign of fighting; those in the key stand in a group."""
        signs = [path for path in self.drawing.findall(f"{SVG}path") if path.get("d") == BURST]
        moved = [re.match(r"translate\((.+?),(.+?)\)", sign.get("transform")).groups() for sign in signs]
        return {self.place_of(float(x), float(y)) for x, y in moved}


@pytest.fixture(params=["war", "many"])
def side(request):
    """A show and its worlds: one, or a hundred."""
    beside = {"war": "one", "many": "hundred"}[request.param]
    return request.getfixturevalue(request.param), request.getfixturevalue(beside)


def test_regions_have_the_colour_that_the_key_gives_to_what_is_lost(side):
    playback, beside = side
    for step in STEPS:
        lost = beside.lost(step)
        shown = Map(map_of(SCENARIO, playback.at(step)[0]))
        for place, path in enumerate(shown.regions):
            if CONTESTED[place]:
                off = np.abs(rgb(path.get("fill")) - shown.of_scale(lost[place])).max()
                assert off <= 2, f"{REGIONS[place].id} at {step}: {lost[place]:.2f} lost, {path.get('fill')}"
    assert lost.max() > 0.5 > lost[lost > 0].min() and 0 < lost[np.array(CONTESTED)[: lost.size]].mean() < 1


def test_the_key_runs_from_held_to_lost(war, many):
    for playback, says in ((war, "held by Armenia … Azerbaijan"), (many, "lost in 0 … 100 % of worlds")):
        now = playback.at(10)[0]
        for markup in (map_of(SCENARIO, now), key_of(SCENARIO, now, 960.0, "")):
            shown = Map(markup)
            assert says in words_of(shown.drawing)
            assert shown.offsets == [0, 0.5, 1]
            held, _, lost = shown.stops
            assert held[2] > held[0] and lost[0] > lost[2], "blue is held, orange is lost"
            (chip,) = [r for r in find(shown.drawing, "rect") if "scale-" in (r.get("fill") or "")]
            (scale,) = find(shown.drawing, "linearGradient")
            assert chip.get("fill") == f"url(#{scale.get('id')})"


def test_land_that_is_not_contested_turns_from_its_own_tint_to_that_of_loss(war):
    home = [p for p, r in enumerate(REGIONS) if r.legal_class not in ("outer", "core", "challenger")]
    held = list(war.at(0)[0].held)
    for number_, place in enumerate(home):
        held[place] = 1 - number_ / (len(home) - 1)
    shown = Map(map_of(SCENARIO, replace(war.at(0)[0], held=tuple(held))))
    for number_, place in enumerate(home):
        lost = number_ / (len(home) - 1)
        wanted = np.array(HOME) * (1 - lost) + np.array(LOST) * lost
        assert np.abs(rgb(shown.regions[place].get("fill")) - wanted).max() <= 1
    for place, region in enumerate(REGIONS):
        if region.legal_class == "challenger":
            assert tuple(rgb(shown.regions[place].get("fill"))) == ABROAD


def test_what_is_said_of_a_region_is_what_is_held_or_lost(side):
    playback, beside = side
    for step in STEPS:
        now, lost = playback.at(step)[0], beside.lost(step)
        shown = Map(map_of(SCENARIO, now))
        assert title_of(shown.drawing).endswith(f"{beside.days[step].day} {beside.days[step]:%B %Y}")
        for place, (region, group) in enumerate(zip(REGIONS, shown.groups, strict=True)):
            if region.legal_class == "challenger":
                wanted = "the challenger's own land"
            elif len(beside.model.world_numbers) > 1:
                wanted = f"larger part lost in {in_percent(lost[place])} of worlds"
            else:
                wanted = f"{in_percent(1 - lost[place])} under the client's side"
            assert title_of(group) == f"{region.name}: {wanted}"


def test_the_number_below_a_name_is_what_is_lost(side):
    playback, beside = side
    for step in STEPS:
        lost = beside.lost(step)
        shown = Map(map_of(SCENARIO, playback.at(step)[0]))
        for place, (region, label) in enumerate(zip(REGIONS, shown.labels, strict=True)):
            spans = [span.text or "" for span in label]
            name = "".join(said for said in spans if not said.endswith("%"))
            assert name.replace(" ", "") in (region.name.split(",")[0].replace(" ", ""), region.id)
            told = [said for said in spans if said.endswith("%")]
            some = CONTESTED[place] and 0 < round(100 * lost[place]) < 100
            assert told == ([in_percent(lost[place])] if some else [])


def test_north_is_up_and_east_is_right(war):
    shapes = json.loads(files("sim.scenarios.maps").joinpath("south-caucasus.json").read_text())["regions"]
    shown = Map(map_of(SCENARIO, war.at(10)[0]))
    km = np.concatenate([shapes[region.id]["polygon"] for region in REGIONS])
    px = np.concatenate([points(path) for path in shown.regions])
    (right, from_left), (down, from_top) = (np.polyfit(km[:, axis], px[:, axis], 1) for axis in (0, 1))
    assert right > 0 > down and right == pytest.approx(-down, rel=1e-3)
    assert np.abs(px - np.stack([right * km[:, 0] + from_left, down * km[:, 1] + from_top], 1)).max() < 0.2
    for place, (region, label) in enumerate(zip(REGIONS, shown.labels, strict=True)):
        x, y = number(label[0], "x"), number(label[0], "y")
        low, high = (
            points(shown.regions[place]).min(axis=0) - 12,
            points(shown.regions[place]).max(axis=0) + 12,
        )
        assert low[0] <= x <= high[0] and low[1] <= y <= high[1], region.id


def test_marks_stand_where_land_is_attacked_and_where_it_falls(side):
    playback, beside = side
    attacked_ever, fallen_ever = set(), set()
    for step in range(1, 61):
        shown = Map(map_of(SCENARIO, playback.at(step)[0]))
        attacked = set(np.flatnonzero(beside.attacked(step) >= 0.25))
        fell = set(np.flatnonzero(beside.fell(step) >= 0.25))
        assert shown.bursts() == attacked, f"step {step}"
        assert shown.outlined(stroke="#1a1a1a", stroke_dasharray="7 4") == fell, f"step {step}"
        attacked_ever |= attacked
        fallen_ever |= fell
    assert len(attacked_ever) >= 8
    assert fallen_ever if len(beside.model.world_numbers) == 1 else True


def test_peacekeepers_stand_in_the_core_that_is_left(side):
    playback, beside = side
    seen = set()
    for step in STEPS:
        shown = Map(map_of(SCENARIO, playback.at(step)[0]))
        circles = [(number(c, "cx"), number(c, "cy")) for c in shown.drawing.findall(f"{SVG}circle")]
        world = beside.worlds[step]
        there = (world.peacekeepers > 0).mean() >= 0.5
        wanted = {
            place
            for place, region in enumerate(REGIONS)
            if region.legal_class == "core" and there and world.held[:, place].mean() > 0.02
        }
        assert len(circles) == len(wanted)
        assert {shown.place_of(x + 20, y) for x, y in circles} <= wanted
        seen |= wanted
    assert len(seen) >= 3


def test_districts_that_differ_from_the_other_side_are_outlined(war, one):
    settings = {"theory": "treaty_only"}
    other = Beside(45, [10], **settings)
    playback = played(45, *(war.sides[0].setting.with_values(**given) for given in ({}, settings)))
    seen = set()
    for step in (10, 20, 45):
        first, second = playback.at(step)
        differ = set(np.flatnonzero(np.abs(one.lost(step) - other.lost(step)) >= 0.1))
        for now, beside in ((first, second), (second, first)):
            assert Map(map_of(SCENARIO, now, beside)).outlined(stroke="#f0e442") == differ
        assert not Map(map_of(SCENARIO, first)).outlined(stroke="#f0e442")
        seen |= differ
    assert 2 <= len(seen) < sum(CONTESTED)


def lines_like(drawing, says):
    """Stroke and width of a line of the key, by what is said of it, as the lines of the map have them."""
    texts = [t for t in find(drawing, "text") if words_of(t) == says]
    y, x = number(texts[0], "y"), number(texts[0], "x")
    (chip,) = [g for g in find(drawing, "g") if g.get("transform") == f"translate({x - 30},{y - 11:.1f})"]
    (line,) = find(chip, "line")
    width = line.get("stroke-width")
    return next(p for p in drawing.findall(f"{SVG}path") if p.get("stroke-width") == width
                and p.get("stroke") == line.get("stroke") and p.get("stroke-linecap"))  # fmt: skip


def test_the_borders_are_those_that_the_key_names(war):
    shown = Map(map_of(SCENARIO, war.at(10)[0]))
    corners = {}
    for region, path in zip(REGIONS, shown.regions, strict=True):
        for corner in map(tuple, points(path)):
            corners.setdefault(corner, []).append(region)
    recognised = points(lines_like(shown.drawing, "recognised border"))
    assert len(recognised) > 10
    for corner in map(tuple, recognised):
        assert {region.legal_title for region in corners[corner]} == {"client", "challenger"}
    edge = points(lines_like(shown.drawing, "edge of the core"))
    assert len(edge) > 10
    for corner in map(tuple, edge):
        assert any(region.legal_class == "core" for region in corners[corner])


def test_contested_land_that_is_legally_the_challengers_is_hatched(war):
    shown = Map(map_of(SCENARIO, war.at(10)[0], tag="x"))
    for region, group in zip(REGIONS, shown.groups, strict=True):
        hatched = any(path.get("fill") == "url(#hatch-x)" for path in group)
        assert hatched == (region.legal_class in ("outer", "core") and region.legal_title == "challenger")
    assert "contested, legally Azerbaijan's" in words_of(shown.drawing)


def test_a_key_of_its_own_is_the_one_below_the_map(war):
    now = war.at(10)[0]
    both = (map_of(SCENARIO, now), key_of(SCENARIO, now, 480.0, short_names(SCENARIO)))
    below, alone = (words_of(parsed(markup)).replace("\N{NO-BREAK SPACE}", " ") for markup in both)
    assert "A and B differ" in alone and "A and B differ" not in below
    for said in ("under attack", "so much of it is lost", "YER Yerevan", "FUZ Fuzuli"):
        assert said in alone and said in below
    assert "under attack" not in words_of(parsed(map_of(SCENARIO, now, key=False)))


def test_a_map_of_the_contested_land_alone_has_all_of_it_and_names_no_other(many):
    now = many.at(41)[0]
    drawing = parsed(map_of(SCENARIO, now, key=False, width=176.0, near=True))
    inner = find(drawing, "svg")[-1]
    width, height = number(inner, "width"), number(inner, "height")
    assert width == 176.0 and drawing.get("viewBox") == f"0 0 176 {height:g}"
    paths = [group.find(f"{SVG}path") for group in inner.findall(f"{SVG}g") if title_of(group)]
    inside = [((points(path) >= 0) & (points(path) <= (width, height))).all() for path in paths]
    assert all(np.array(inside)[CONTESTED]) and not all(inside), "what is next to it is cut off"
    labels = [text[0].text for text in inner.findall(f"{SVG}text")]
    assert len(labels) == sum(CONTESTED)
    short = dict(
        one.split("\N{NO-BREAK SPACE}", 1) for one in short_names(SCENARIO, 176.0, near=True).split("; ")
    )
    names = {one.name.split(",")[0] for one, here in zip(REGIONS, CONTESTED, strict=True) if here}
    assert {short.get(label, label) for label in labels} == names


def test_land_without_a_drawn_map_is_shown_as_bars(side):
    playback, beside = side
    plain = SCENARIO.model_copy(update={"map": "elsewhere"})
    for step in STEPS:
        drawing = parsed(map_of(plain, playback.at(step)[0]))
        key, *texts = find(drawing, "text")
        many = len(beside.model.world_numbers) > 1
        assert ("chance that the larger part is lost" in key.text) == many
        assert ("share that is not the client's side's" in key.text) != many
        bars, lost, attacked = find(drawing, "rect"), beside.lost(step), beside.attacked(step)
        for place, region in enumerate(REGIONS[: lost.size]):
            name, figure = texts[2 * place : 2 * place + 2]
            whole, orange = bars[2 * place : 2 * place + 2]
            assert name.text == region.name + (" ✱" if attacked[place] >= 0.25 else "")
            assert figure.text == in_percent(lost[place])
            assert number(orange, "width") == pytest.approx(lost[place] * number(whole, "width"), abs=0.11)
            right = number(whole, "x") + number(whole, "width")
            assert number(orange, "x") + number(orange, "width") == pytest.approx(right, abs=0.11)
            assert tuple(rgb(orange.get("fill"))) == LOST and tuple(rgb(whole.get("fill"))) == HELD
            assert 0 < number(name, "y") - number(whole, "y") < number(whole, "height")
