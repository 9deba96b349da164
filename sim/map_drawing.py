"""How is the schematic map of a scenario put on paper?

The shapes are those of `sim/maps/NAME.json`, in km, drawn by `sim/maps/draw.py`. Nothing is decided
here: a value for each region comes in, filled polygons, borders and labels come out.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.path import Path as Outline
from matplotlib.ticker import NullLocator

from sim.region_map import Region

Point = tuple[float, float]
Edge = tuple[Point, Point]

# Pale to dark in one hue order, told apart by lightness alone; from ColorBrewer's YlOrBr, made paler at zero.
LOSS: Colormap = LinearSegmentedColormap.from_list(
    "loss", ["#fffbe0", "#fee391", "#fe9929", "#cc4c02", "#662506"]
)
CLIENT_LAND, CHALLENGER_LAND = "#d5dde5", "#efefec"  # neither is on the scale of loss
INK, PALE_INK = "#1a1a1a", "#5c5c5c"
HALF_LIT = 0.45  # lightness of a fill below which white text reads better than black
LETTER, LINE = 0.60, 1.25  # mean width of a letter and height of a line, in sizes of the type
LABEL_SIZE, SMALL_SIZE = 7.0, 7.0  # pt
SHOWN_SCALE = 50  # km


@dataclass(frozen=True)
class Shape:
    """A region's outline and the place of its label, in km east and north of the origin."""

    outline: tuple[Point, ...]
    label: Point


def read_shapes(name: str) -> dict[str, Shape] | None:
    """The shapes of a map that travels with the package, by region; None if there are none."""
    for entry in files("sim.maps").iterdir():
        if entry.name == f"{name}.json":
            regions = json.loads(entry.read_text(encoding="utf-8"))["regions"]
            return {
                region: Shape(tuple((x, y) for x, y in about["polygon"]), (*about["label"],))
                for region, about in regions.items()
            }
    return None


def extent(shapes: Mapping[str, Shape], margin: float = 4.0) -> tuple[float, float, float, float]:
    """West, east, south and north end of a map, in km.

    >>> extent({"A": Shape(((0.0, 0.0), (9.0, 0.0), (9.0, 5.0), (0.0, 0.0)), (6.0, 2.0))}, margin=1.0)
    (-1.0, 10.0, -1.0, 6.0)
    """
    xs, ys = zip(*(point for shape in shapes.values() for point in shape.outline), strict=True)
    return min(xs) - margin, max(xs) + margin, min(ys) - margin, max(ys) + margin


def edges_between(shapes: Mapping[str, Shape], kinds: Mapping[str, str], one: str, other: str) -> list[Edge]:
    """The edges with a region of one kind on this side and of another kind on that side.

    Args:
        shapes: of the regions.
        kinds: of the regions; where there is no region, the kind is "".
        one: kind on one side.
        other: kind on the other side.
    """
    sides: dict[Edge, list[str]] = {}
    for region, shape in shapes.items():
        for start, end in pairwise(shape.outline):
            sides.setdefault((min(start, end), max(start, end)), []).append(kinds.get(region, ""))
    wanted = sorted((one, other))
    return [edge for edge, found in sides.items() if sorted([*found, ""][:2]) == wanted]


def draw_map(
    axes: Axes, shapes: Mapping[str, Shape], regions: tuple[Region, ...], chances: Mapping[str, float]
) -> list[Region]:
    """Draw regions, borders, labels and a scale.

    Args:
        axes: to draw on; its place on the page is kept.
        shapes: of every region.
        regions: of the scenario.
        chances: of losing a region, 0-1, for those that can be lost.

    Returns:
        The regions that were too small for their name and carry their id.
    """
    west, east, south, north = extent(shapes)
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.xaxis.set_major_locator(NullLocator())
    axes.yaxis.set_major_locator(NullLocator())
    axes.set_frame_on(False)
    fills = [_fill(region, chances) for region in regions]
    outlines = [shapes[region.id].outline for region in regions]
    axes.add_collection(PolyCollection(outlines, facecolors=fills, edgecolors="white", linewidths=0.8))
    _draw_borders(axes, shapes, regions)
    km_a_point = (east - west) / (axes.get_position().width * axes.figure.get_figwidth() * 72)  # type: ignore[union-attr]
    in_short = [
        region
        for region, fill in zip(regions, fills, strict=True)
        if not _label(axes, shapes[region.id], region, chances, fill, km_a_point)
    ]
    _draw_scale(axes, east, south)
    return in_short


def _fill(region: Region, chances: Mapping[str, float]) -> tuple[float, float, float]:
    if region.id in chances:
        return to_rgb(LOSS(chances[region.id]))
    return to_rgb(CLIENT_LAND if region.legal_title == "client" else CHALLENGER_LAND)


def _draw_borders(axes: Axes, shapes: Mapping[str, Shape], regions: tuple[Region, ...]) -> None:
    title = {region.id: region.legal_title for region in regions}
    core = {region.id: "core" if region.legal_class == "core" else "rest" for region in regions}
    recognised = edges_between(shapes, title, "client", "challenger")
    around_core = edges_between(shapes, core, "core", "rest") + edges_between(shapes, core, "core", "")
    axes.add_collection(LineCollection(recognised, colors=INK, linewidths=2.0, capstyle="round"))
    axes.add_collection(LineCollection(around_core, colors="#0072B2", linewidths=1.6, capstyle="round"))


def _label(
    axes: Axes,
    shape: Shape,
    region: Region,
    chances: Mapping[str, float],
    fill: tuple[float, float, float],
    km_a_point: float,
) -> bool:
    """Write a region's name, or its id where the name does not fit; whether it was the name."""
    contested = region.id in chances
    size = LABEL_SIZE if contested else SMALL_SIZE
    below = [in_percent(chances[region.id])] if contested else []
    names = list(_names(region))
    fitting = [n for n in names if _fits(shape, [*n.split("\n"), *below], size * km_a_point)]
    name = fitting[0] if fitting else region.id
    lightness = 0.299 * fill[0] + 0.587 * fill[1] + 0.114 * fill[2]
    colour = ("white" if lightness < HALF_LIT else INK) if contested else PALE_INK
    text = "\n".join([name, *below])
    axes.text(*shape.label, text, ha="center", va="center", size=size, color=colour, linespacing=1.05)
    return bool(fitting)


def _names(region: Region) -> Iterator[str]:
    """The plain name without its addition, in one line and in two."""
    name = region.name.split(",")[0]
    yield name
    first, space, rest = name.partition(" ")
    if space:
        yield f"{first}\n{rest}"


def _fits(shape: Shape, lines: list[str], size: float) -> bool:
    """Whether some lines of type, `size` km high, lie inside a shape."""
    half_width = max(len(line) for line in lines) * LETTER * size / 2
    half_height = len(lines) * LINE * size / 2 - (LINE - 1) * size
    x, y = shape.label
    box = [(x + a * half_width, y + b * half_height) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    return bool(Outline(shape.outline).contains_points(box).all())


def _draw_scale(axes: Axes, east: float, south: float) -> None:
    left, right, y = east - SHOWN_SCALE - 6, east - 6, south + 6
    axes.plot([left, left, right, right], [y + 2.5, y, y, y + 2.5], color=INK, linewidth=1.0)
    axes.text((left + right) / 2, y + 2, f"{SHOWN_SCALE} km", ha="center", va="bottom", size=SMALL_SIZE)


def in_percent(share: float) -> str:
    """A share in whole percent; what is not quite nothing or all stays so.

    >>> in_percent(0.004), in_percent(0.0), in_percent(0.464), in_percent(0.998)
    ('<1 %', '0 %', '46 %', '>99 %')
    """
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %"
