"""The map: who holds which land, what is fought over and what has just fallen; bars where no map is drawn."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from experiments.figures.map import Label, Shape, edges_between, extent, labels_of, shapes_of, short_name
from experiments.page.snapshot import Snapshot
from experiments.page.svg import PICTURE_WIDTH, TYPE_SIZE, colour, element, line, picture, text, words
from experiments.shares import in_percent
from sim.scenarios.region_map import Region
from sim.scenarios.scenario import Scenario

MAP_TYPE = 7.0  # pt, of which labels_of thinks
PAGE_TYPE_WIDTH = 0.88  # how much narrower than DejaVu Sans, whose widths labels_of takes, the page's type is
LETTER, SLIM_LETTER = 6.8, 5.9  # px, of most letters, and of the slimmer half
FOUGHT_OVER = 0.25  # share of worlds from which a region is marked as attacked, or as fallen in this step
DIFFERENT = 0.1  # share of a region, or of worlds, from which two sides are marked as different
KEY_ROW, KEY_GAP, CHIP_ROOM = 18.0, 14.0, 30.0
BAR_ROW, BAR_NAMES, BAR_FIGURES = 26.0, 210.0, 60.0  # px, where bars take the place of a map

MAP_INK, CORE_EDGE = "#1a1a1a", "#6a2c91"  # on the map: regions are light in both themes
DIFFERENCE = "#f0e442"  # the outline of what is not the same on two sides
HELD, CHANGED, LOST = (107, 174, 214), (247, 244, 236), (230, 133, 60)  # diverging: blue, white, orange
HOME, ABROAD = (211, 226, 238), (243, 226, 208)  # never contested: tints of the same
SMALL_BURST = 0.7  # of its size, where names lie close to each other
BURST = "M0,-8 L2,-3 L7,-5 L4,0 L8,4 L3,3 L0,8 L-3,3 L-8,4 L-4,0 L-7,-5 L-2,-3 Z"

Pixel = tuple[float, float]


class Projection:
    """Where the kilometres of a map lie in a picture."""

    def __init__(self, shapes: dict[str, Shape], width: float = PICTURE_WIDTH) -> None:
        self._west, east, south, self._north = extent(shapes, margin=2.0)
        self.scale = width / (east - self._west)
        self.height = (self._north - south) * self.scale

    def at(self, point: tuple[float, float]) -> Pixel:
        """A place in px, from one in km."""
        return (point[0] - self._west) * self.scale, (self._north - point[1]) * self.scale

    def path(self, points: Sequence[tuple[float, float]]) -> str:
        """A closed outline."""
        return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in map(self.at, points)) + " Z"


def map_of(
    scenario: Scenario,
    now: Snapshot,
    other: Snapshot | None = None,
    tag: str = "a",
    key: bool = True,
    width: float = PICTURE_WIDTH,
    near: bool = False,
) -> str:
    """The map at a moment; bars if the scenario's map has no drawing.

    Args:
        scenario: the scenario whose map it is.
        now: the moment that is shown.
        other: the moment of the other side; districts that differ from it are marked.
        tag: letters that tell this picture's patterns from another's on the same page.
        key: whether to say below the map what its colours and marks mean.
        width: px at which type has its size.
        near: whether to show no more than the contested land and what lies next to it.
    """
    shapes, regions = drawn_shapes(scenario), scenario.regions.region
    if shapes is None:
        return _bars(scenario, now, width)
    sheet = _sheet(scenario, shapes, width, near)
    labels = _labels(scenario, sheet.scale)
    inside = [_patterns(tag)]
    numbered = {region.id: (region, place) for place, region in enumerate(regions)}
    inside += [_region(sheet, shape, *numbered[name], now, tag) for name, shape in shapes.items()]
    inside.append(_borders(sheet, shapes, regions))
    inside += [_mark(sheet, shapes[r.id], place, now, other) for place, r in enumerate(regions)]
    inside += [
        _label(sheet, labels[r.id], r, place, now)
        for place, r in enumerate(regions)
        if is_contested(r) or not near
    ]
    size = 1.0 if width >= PICTURE_WIDTH else SMALL_BURST
    inside += [_symbols(sheet, labels[r.id], r, place, now, size) for place, r in enumerate(regions)]
    if near:
        inside = [element("svg", *inside, width=width, height=sheet.height)]  # which cuts off what is outside
    explained, key_height = (
        _key(sheet.height, scenario, now, tag, width, short_names(scenario, width)) if key else ("", 0.0)
    )
    inside.append(explained)
    height = sheet.height + key_height
    return picture(width, height, f"Who holds what on {now.day.day} {now.day:%B %Y}", *inside)


def _sheet(scenario: Scenario, shapes: dict[str, Shape], width: float, near: bool = False) -> Projection:
    """Where a map lies in a picture of some width; `near`, that of its contested land."""
    regions = scenario.regions.region
    return Projection({r.id: shapes[r.id] for r in regions if is_contested(r) or not near}, width)


def key_of(scenario: Scenario, now: Snapshot, width: float, short: str) -> str:
    """What the colours and marks of two maps mean, as a picture of its own.

    Args:
        scenario: the scenario whose maps they are.
        now: the moment that is shown.
        width: px at which type has its size.
        short: the names that the maps abbreviate, as short_names has them.
    """
    explained, height = _key(0.0, scenario, now, "key", width, short, two=True)
    return picture(width, height, "Key to the map", _patterns("key"), explained)


def drawn_shapes(scenario: Scenario) -> dict[str, Shape] | None:
    """The outlines of a scenario's regions; None if its map has no drawing."""
    return shapes_of(scenario)


_known_labels: dict[tuple[str, tuple[str, ...], float], dict[str, Label]] = {}


def _labels(scenario: Scenario, scale: float) -> dict[str, Label]:
    """Where each region's name fits at a scale in px a km; found once for a map."""
    shapes = drawn_shapes(scenario)
    assert shapes is not None
    key = (scenario.map, tuple(shapes), scale)
    if key not in _known_labels:
        km_a_point = PAGE_TYPE_WIDTH * TYPE_SIZE / MAP_TYPE / scale
        # a chance below the name keeps room for one, so that names stay where they are in both modes
        chances = {r.id: 1.0 for r in scenario.regions.region if r.legal_class in ("outer", "core")}
        labels = labels_of(shapes, scenario.regions.region, chances, km_a_point)
        _known_labels[key] = _apart(labels, chances, scale)
    return _known_labels[key]


def _apart(labels: dict[str, Label], contested: Iterable[str], scale: float) -> dict[str, Label]:
    """The labels, in which an id takes the place of the longer of two names that would meet."""
    told = dict(labels)
    for one, other in combinations(contested, 2):
        if _meet(told[one], told[other], scale):
            longer = max(one, other, key=lambda name: len(told[name].text.split("\n")[0]))
            lines = [longer, *told[longer].text.split("\n")[1:]]
            told[longer] = replace(told[longer], text="\n".join(lines), in_short=True)
    return told


def _meet(one: Label, other: Label, scale: float) -> bool:
    """Whether the letters of two labels lie upon each other."""
    boxes = []
    for label in (one, other):
        *names, _ = label.text.split("\n")
        lines = [*names, "99 %"]  # the longest figure that is shown
        boxes.append((SLIM_LETTER / 2 * max(map(len, lines)), TYPE_SIZE / 2 * len(lines)))
    gaps = (scale * abs(a - b) for a, b in zip(one.place, other.place, strict=True))
    return all(gap < mine + its for gap, mine, its in zip(gaps, *boxes, strict=True))


def _patterns(tag: str) -> str:
    hatch = element(
        "pattern",
        element("path", d="M0,7 L7,0", stroke=MAP_INK, stroke_width=0.9, stroke_opacity=0.5),
        id=f"hatch-{tag}", width=7, height=7, patternUnits="userSpaceOnUse",
    )  # fmt: skip
    return element("defs", hatch)


def _region(sheet: Projection, shape: Shape, region: Region, place: int, now: Snapshot, tag: str) -> str:
    outline = sheet.path(shape.outline)
    parts = [element("path", d=outline, fill=_fill(region, place, now), stroke="#ffffff", stroke_width=0.8)]
    if is_contested(region) and region.legal_title == "challenger":
        parts.append(element("path", d=outline, fill=f"url(#hatch-{tag})"))
    return element("g", element("title", words(_told(region, place, now))), *parts, data_region=place)


def is_contested(region: Region) -> bool:
    """Whether a region is what the conflict is about."""
    return region.legal_class in ("outer", "core")


def _fill(region: Region, place: int, now: Snapshot) -> str:
    if region.legal_class == "challenger":
        return _hexadecimal(ABROAD)
    lost = now.chance_lost(place)
    return colour_of_loss(lost) if is_contested(region) else _mixed(HOME, LOST, lost)


def colour_of_loss(lost: float) -> str:
    """The colour of contested land of which a share, or which in a share of worlds, is lost.

    >>> colour_of_loss(0.0), colour_of_loss(1.0)
    ('#6baed6', '#e6853c')
    """
    return _mixed(HELD, CHANGED, 2 * lost) if lost < 0.5 else _mixed(CHANGED, LOST, 2 * lost - 1)


def _mixed(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> str:
    """A colour between two.

    >>> _mixed((0, 0, 0), (255, 255, 255), 1.0)
    '#ffffff'
    """
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(one, other, strict=True))


def _hexadecimal(colour_parts: tuple[int, int, int]) -> str:
    """A colour as SVG writes it.

    >>> _hexadecimal((255, 0, 16))
    '#ff0010'
    """
    return _mixed(colour_parts, colour_parts, 0.0)


def _told(region: Region, place: int, now: Snapshot) -> str:
    """What is said of a region where the mouse rests on it."""
    if region.legal_class == "challenger":
        return f"{region.name}: the challenger's own land"
    if now.worlds > 1:
        return f"{region.name}: larger part lost in {in_percent(now.lost[place])} of worlds"
    return f"{region.name}: {in_percent(now.held[place])} under the client's side"


def _borders(sheet: Projection, shapes: dict[str, Shape], regions: Sequence[Region]) -> str:
    title = {region.id: region.legal_title for region in regions}
    core = {region.id: "core" if region.legal_class == "core" else "rest" for region in regions}
    around = edges_between(shapes, core, "core", "rest") + edges_between(shapes, core, "core", "")
    recognised = edges_between(shapes, title, "client", "challenger")
    drawn = []
    for edges, ink, width in ((around, CORE_EDGE, 2.4), (recognised, MAP_INK, 3.4)):
        path = " ".join(
            f"M{x1:.1f},{y1:.1f} L{x2:.1f},{y2:.1f}"
            for (x1, y1), (x2, y2) in (map(sheet.at, edge) for edge in edges)
        )
        drawn.append(
            element("path", d=path, stroke=ink, stroke_width=width, stroke_linecap="round", fill="none")
        )
    return "".join(drawn)


def _mark(sheet: Projection, shape: Shape, place: int, now: Snapshot, other: Snapshot | None) -> str:
    """Outline what fell in this step, and what differs from the other side."""
    if place >= len(now.held):
        return ""
    outline, marks = sheet.path(shape.outline), ""
    if now.fell[place] >= FOUGHT_OVER:
        marks += element(
            "path", d=outline, fill="none", stroke=MAP_INK, stroke_width=3, stroke_dasharray="7 4"
        )
    if other is not None and abs(now.chance_lost(place) - other.chance_lost(place)) >= DIFFERENT:
        for ink, width in ((MAP_INK, 5.5), (DIFFERENCE, 3.0)):
            marks += element("path", d=outline, fill="none", stroke=ink, stroke_width=width)
    return marks


def _label(sheet: Projection, label: Label, region: Region, place: int, now: Snapshot) -> str:
    x, y = sheet.at(label.place)
    lines, shown = label.text.split("\n"), is_contested(region)
    if shown:
        lines = [*lines[:-1], _figure(place, now)]
    top = y - (len(lines) - 1) * TYPE_SIZE * 0.55 + TYPE_SIZE * 0.35
    spans = [
        element("tspan", words(said), x=x, y=top + number * TYPE_SIZE * 1.12)
        for number, said in enumerate(lines)
    ]
    return element(
        "text", *spans, text_anchor="middle", fill=MAP_INK if shown else "#4a4a4a",
        font_weight=500 if shown else 400, stroke="#ffffff", stroke_opacity=0.8, stroke_width=2.6,
        paint_order="stroke", pointer_events="none", data_figure=place if shown else None,
    )  # fmt: skip


def _figure(place: int, now: Snapshot) -> str:
    """The number below a name: how much is lost, where that is not nearly nothing or all."""
    lost = now.chance_lost(place)
    return in_percent(lost) if 0 < round(100 * lost) < 100 else ""


def _symbols(sheet: Projection, label: Label, region: Region, place: int, now: Snapshot, size: float) -> str:
    if place >= len(now.held):
        return ""
    x, y = sheet.at(label.place)
    up = TYPE_SIZE * (0.75 + 0.5 * len(label.text.split("\n")))
    drawn = ""
    if now.attacked[place] >= FOUGHT_OVER:
        drawn += _burst(x, y - up, size)
    if region.legal_class == "core" and now.peacekeepers >= 0.5 and now.held[place] > 0.02:
        first, *_ = label.text.split("\n")
        drawn += _peacekeeper(x - LETTER / 2 * len(first) - 9, y - up + TYPE_SIZE)
    return drawn


def _peacekeeper(x: float, y: float) -> str:
    return element("circle", cx=x, cy=y, r=6, fill="#ffffff", stroke=CORE_EDGE, stroke_width=1.4) + element(
        "path", d=f"M{x - 3:.1f},{y:.1f} h6 M{x:.1f},{y - 3:.1f} v6", stroke=CORE_EDGE, stroke_width=2
    )


def _key(
    top: float, scenario: Scenario, now: Snapshot, tag: str, width: float, short: str, two: bool = False
) -> tuple[str, float]:
    """What the colours, lines, figures and marks mean, from some height downwards; and how high that is."""
    client, challenger = scenario.cast.client.name, scenario.cast.challenger.name
    many = now.worlds > 1
    ends = "lost in 0 … 100 % of worlds" if many else f"held by {client} … {challenger}"
    figure = "larger part lost in that share of worlds" if many else "so much of it is lost"
    chip: dict[str, object] = {"width": 24, "height": 13, "stroke": MAP_INK, "stroke_width": 0.5}
    dashed = element("rect", x=2, y=2, width=20, height=9, fill="none", stroke=MAP_INK, stroke_width=2,
                     stroke_dasharray="7 4")  # fmt: skip
    yellow = "".join(
        element("rect", x=2, y=2, width=20, height=9, fill="none", stroke=ink, stroke_width=size)
        for ink, size in ((MAP_INK, 5.5), (DIFFERENCE, 3.0))
    )
    entries = [
        (element("rect", fill=f"url(#scale-{tag})", **chip), ends),
        (text(12, 11, "27 %", text_anchor="middle", font_weight=500), figure),
        (element("rect", fill="#e8e8e8", **chip) + element("rect", fill=f"url(#hatch-{tag})", **chip),
         f"contested, legally {challenger}'s"),
        (_line_chip(MAP_INK, 3.4), "recognised border"),
        (_line_chip(CORE_EDGE, 2.4), "edge of the core"),
        (_plate() + dashed, "falls or is handed over now"),
        (_burst(12, 7), "under attack"),
        (_peacekeeper(12, 7), "peacekeepers"),
        *([(_plate() + yellow, "A and B differ")] if two else []),
    ]  # fmt: skip
    parts, x, y = [element("defs", _scale(tag))], 0.0, top + 6
    for chip_drawn, said in entries:
        room = CHIP_ROOM + LETTER * len(said)
        if x > 0 and x + room > width:
            x, y = 0.0, y + KEY_ROW
        parts.append(element("g", chip_drawn, transform=f"translate({x:.1f},{y:.1f})"))
        parts.append(text(x + CHIP_ROOM, y + 11, said))
        x += room + KEY_GAP
    drawn = f"Schematic: areas are true, borders are not surveyed. {short}"
    for said in textwrap.wrap(drawn, int(width / LETTER)):
        y += KEY_ROW
        parts.append(text(0, y + 11, said, fill=colour("soft")))
    return "".join(parts), y + KEY_ROW - top


def short_names(scenario: Scenario, width: float = PICTURE_WIDTH, near: bool = False) -> str:
    """The names of the regions for which a map, of some width and `near` or whole, has room for ids alone."""
    shapes = drawn_shapes(scenario)
    assert shapes is not None
    labels = _labels(scenario, _sheet(scenario, shapes, width, near).scale)
    shown = (r for r in scenario.regions.region if is_contested(r) or not near)
    return "; ".join(f"{r.id}\N{NO-BREAK SPACE}{short_name(r)}" for r in shown if labels[r.id].in_short)


def _scale(tag: str) -> str:
    stops = ((0.0, HELD), (0.5, CHANGED), (1.0, LOST))
    return element(
        "linearGradient",
        *(element("stop", offset=f"{share:.0%}", stop_color=_hexadecimal(rgb)) for share, rgb in stops),
        id=f"scale-{tag}",
    )


def _plate() -> str:
    """A light ground, on which lines look as on the map."""
    return element("rect", x=-1.5, y=-1.5, width=27, height=16, fill="#e8e8e8")


def _line_chip(ink: str, width: float) -> str:
    return _plate() + line(2, 6.5, 22, 6.5, stroke=ink, stroke_width=width)


def _burst(x: float, y: float, size: float = 1.0) -> str:
    return element("path", d=BURST, fill="#f0e442", stroke=MAP_INK, stroke_width=1.1,
                   transform=f"translate({x:.1f},{y:.1f}) scale({size:g})")  # fmt: skip


def _bars(scenario: Scenario, now: Snapshot, width: float) -> str:
    """A bar for each region on the client's side: what is held, or the chance that it is still held."""
    regions = [region for region in scenario.regions.region if region.legal_class != "challenger"]
    rows = "".join(_bar_row(place, region.name, now, width) for place, region in enumerate(regions))
    many = now.worlds > 1
    said = "chance that the larger part is lost" if many else "share that is not the client's side's"
    key = text(0, 14, f"Land, in orange the {said}; ✱ under attack", fill=colour("soft"))
    title = f"Who holds what on {now.day.day} {now.day:%B %Y}"
    return picture(width, 26 + BAR_ROW * len(regions), title, key, rows)


def _bar_row(place: int, name: str, now: Snapshot, width: float) -> str:
    y, full = 24 + BAR_ROW * place, width - BAR_NAMES - BAR_FIGURES
    height = BAR_ROW - 8
    lost = now.chance_lost(place)
    mark = " ✱" if now.attacked[place] >= FOUGHT_OVER else ""
    return (
        text(0, y + 14, name + mark)
        + element("rect", x=BAR_NAMES, y=y, width=full, height=height, fill=_hexadecimal(HELD),
                  stroke=MAP_INK)
        + element("rect", x=BAR_NAMES + full * (1 - lost), y=y, width=full * lost, height=height,
                  fill=_hexadecimal(LOST))
        + text(width - BAR_FIGURES + 8, y + 14, in_percent(lost))
    )  # fmt: skip
