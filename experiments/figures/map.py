"""The schematic map of a scenario on paper, and on it where land is lost.

The shapes are those of `sim/scenarios/maps/NAME.json`, in km, made by draw.py beside it. Nothing is
computed about the war here: a chance for each region comes in, filled outlines, borders and labels come out.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from experiments.figures.style import (
    LETTERS,
    MARGIN,
    SMALL_LINE,
    STYLE,
    WIDTH,
    Sheet,
    brief,
    caption_of,
    first_point,
    new_sheet,
)
from experiments.shares import in_percent
from sim.runs.results import ResultFolder
from sim.scenarios.region_map import Region
from sim.scenarios.scenario import Scenario

Point = tuple[float, float]
Edge = tuple[Point, Point]

# ColorBrewer's YlOrBr, paler at zero: dark is lost, told apart by lightness alone.
LOSS: Colormap = LinearSegmentedColormap.from_list(
    "loss", ["#fffbe0", "#fee391", "#fe9929", "#cc4c02", "#662506"]
)
CLIENT_LAND, CHALLENGER_LAND = "#d5dde5", "#efefec"  # neither is on the scale of loss
INK, PALE_INK, CORE_LINE = "#1a1a1a", "#5c5c5c", "#0072B2"
HALF_LIT = 0.45  # lightness of a fill below which white text reads better than black

TYPE = 7.0  # pt
CAPITAL_HEIGHT, LINE_HEIGHT = 0.76, 1.25  # heights, in sizes of type
ROOM = 0.4  # beside a line of type, in sizes of type
ASIDE = 8  # km that a label may be moved for its name to fit
SHOWN_SCALE = 50  # km
SCHEMATIC = "Schematic map: areas are true, borders are not surveyed"


@dataclass(frozen=True)
class Shape:
    """A region's outline and its roomiest place, in km east and north of the origin."""

    outline: tuple[Point, ...]
    label: Point


@dataclass(frozen=True)
class Label:
    """What is written in a region, around which place, and whether it is the id for want of room."""

    text: str
    place: Point
    in_short: bool


@cache
def read_shapes(name: str) -> dict[str, Shape] | None:
    """The shapes of a map that travels with the package, by region; None if there are none."""
    for entry in files("sim.scenarios.maps").iterdir():
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
    """The edges that part a region of one kind from a region of another.

    Args:
        shapes: the outlines of the regions, by id.
        kinds: the kind of each region, by id; beyond the end of the map, it is "".
        one: the kind on one side.
        other: the kind on the other side.
    """
    sides: dict[Edge, list[str]] = {}
    for region, shape in shapes.items():
        for start, end in pairwise(shape.outline):
            sides.setdefault((min(start, end), max(start, end)), []).append(kinds.get(region, ""))
    return [edge for edge, found in sides.items() if sorted([*found, ""][:2]) == sorted((one, other))]


def labels_of(
    shapes: Mapping[str, Shape], regions: Sequence[Region], chances: Mapping[str, float], km_a_point: float
) -> dict[str, Label]:
    """Name and chance in percent of each region, or its id where the name does not fit.

    Args:
        shapes: the outline of every region, in km, by its id.
        regions: the regions to be labelled.
        chances: the chance that a region is lost, 0-1, by id, of those that can be.
        km_a_point: the scale of the drawing: km a point of type.
    """
    labels = {}
    for region in regions:
        below = [in_percent(chances[region.id]).removesuffix("%").strip()] if region.id in chances else []
        for name in _names(region):
            lines = [*name.split("\n"), *below]
            place, fits = _best_place(shapes[region.id], lines, TYPE * km_a_point)
            if fits:
                break
        labels[region.id] = Label("\n".join(lines), place, in_short=name == region.id)
    return labels


def short_name(region: Region) -> str:
    """A region's name without what is added to it after a comma."""
    return region.name.split(",")[0]


def _names(region: Region) -> Iterator[str]:
    """What a region may be called, the best first: its name in one line or two, its id."""
    yield short_name(region)
    if " " in short_name(region):
        yield short_name(region).replace(" ", "\n", 1)
    yield region.id


@cache
def _width(line: str) -> float:
    """Width of a line, in sizes of type."""
    return (
        float(TextPath((0, 0), line, size=TYPE, prop=FontProperties("DejaVu Sans")).get_extents().width)
        / TYPE
    )


def _best_place(shape: Shape, lines: Sequence[str], size: float) -> tuple[Point, bool]:
    """Where in a shape some lines of type, `size` km high, stand best, and whether they fit."""
    corners = []
    for number, line in enumerate(lines):
        half_width = (_width(line) + ROOM) * size / 2
        middle = ((len(lines) - 1) / 2 - number) * LINE_HEIGHT * size
        corners += [
            (x * half_width, middle + y * CAPITAL_HEIGHT * size / 2) for x in (-1, 0, 1) for y in (-1, 1)
        ]
    steps = range(-ASIDE, ASIDE + 1)
    moves = np.array(sorted(((x, y) for x in steps for y in steps), key=lambda move: float(np.hypot(*move))))
    places = np.array(shape.label) + moves
    points = places[:, None, :] + np.array(corners)[None, :, :]
    inside = (
        Outline(shape.outline).contains_points(points.reshape(-1, 2)).reshape(points.shape[:2]).sum(axis=1)
    )
    best = int(inside.argmax())
    return (float(places[best, 0]), float(places[best, 1])), bool(inside[best] == len(corners))


@rc_context(STYLE)
def map_of_loss(folder: ResultFolder) -> Figure | None:
    """Where the client's side loses land; None if the scenario's map has no drawing."""
    scenario, regions = folder.scenario, folder.scenario.regions.region
    shapes = shapes_of(scenario)
    if shapes is None:
        return None
    chances = _chances_of_loss(folder)
    west, east, south, north = extent(shapes)
    width = WIDTH - 2 * MARGIN
    height = width * (north - south) / (east - west)
    labels = labels_of(shapes, regions, chances, km_a_point=(east - west) / (width * 72))
    in_short = [f"{region.id} {region.name}" for region in regions if labels[region.id].in_short]
    note = "; ".join([scenario.regions.drawn or SCHEMATIC, *in_short])
    notes = textwrap.wrap(note + ".", LETTERS)
    base = 0.62 + SMALL_LINE * len(notes)
    title = f"Which land is lost as of {scenario.end.day} {scenario.end:%B %Y}"
    sheet = new_sheet(caption_of(folder, bands=False), title, base + height)
    draw_map(sheet.panel(MARGIN, base, width, height), shapes, regions, chances, labels)
    sheet.write(MARGIN, 0.02, notes)
    _explain_map(sheet, scenario, base - 0.25)
    return sheet.figure


def draw_map_of_loss(axes: Axes, folder: ResultFolder) -> bool:
    """Draw the map alone; whether the scenario's map has a drawing.

    Args:
        axes: the panel to draw on.
        folder: the result folder of the run.
    """
    shapes, regions = shapes_of(folder.scenario), folder.scenario.regions.region
    if shapes is None:
        return False
    west, east, _, _ = extent(shapes)
    width = axes.get_window_extent().width / axes.figure.dpi
    chances = _chances_of_loss(folder)
    labels = labels_of(shapes, regions, chances, km_a_point=(east - west) / (width * 72))
    draw_map(axes, shapes, regions, chances, labels)
    return True


def shapes_of(scenario: Scenario) -> dict[str, Shape] | None:
    """The shapes of a scenario's regions, in the order in which they are drawn one upon another.

    Those beside its file come as it has them, else those that ship; None if a region has none.
    """
    own, names = scenario.regions.shapes, [region.id for region in scenario.regions.region]
    drawn = {name: Shape(one.polygon, one.label) for name, one in own.items()} or read_shapes(scenario.map)
    if drawn is None or not drawn.keys() >= set(names):
        return None
    return {name: drawn[name] for name in (own or names) if name in names}


def _chances_of_loss(folder: ResultFolder) -> dict[str, float]:
    """The share of worlds in which each contested region is lost at the end, by id."""
    bands = first_point(folder.bands)
    last = bands[bands["date"] == bands["date"].max()].set_index("measure")["mean"]
    names = [region.id for region in folder.scenario.regions.region if f"lost_{region.id}" in last.index]
    return {name: float(last[f"lost_{name}"]) for name in names}


def _explain_map(sheet: Sheet, scenario: Scenario, top: float) -> None:
    """Colour bar and legend."""
    bar = sheet.panel(0.3, top, 2.3, 0.11)
    scale = ScalarMappable(Normalize(0, 100), LOSS)
    sheet.figure.colorbar(scale, cax=bar, orientation="horizontal", ticks=[0, 25, 50, 75, 100])
    bar.set_title("larger part lost, in % of worlds", size=7.5, pad=3)
    sheet.figure.legend(
        handles=map_key(brief(scenario.cast.client.name), brief(scenario.cast.challenger.name)),
        loc="upper left",
        ncols=2,
        bbox_to_anchor=sheet.place(2.9, top + 0.28),
        columnspacing=1.6,
    )


def draw_map(
    axes: Axes,
    shapes: Mapping[str, Shape],
    regions: Sequence[Region],
    chances: Mapping[str, float],
    labels: Mapping[str, Label],
) -> None:
    """Draw regions, borders, labels and a scale in km.

    Args:
        axes: the panel to draw on.
        shapes: the outline of every region, in km, by its id; later ones upon earlier ones.
        regions: the regions of the scenario.
        chances: the chance that a region is lost, 0-1, by id, of those that can be.
        labels: what is written in the regions, by id.
    """
    west, east, south, north = extent(shapes)
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.set_axis_off()
    fills = {region.id: _fill(region, chances) for region in regions}
    outlines, colours = [shape.outline for shape in shapes.values()], [fills[name] for name in shapes]
    axes.add_collection(PolyCollection(outlines, facecolors=colours, edgecolors="white", linewidths=0.8))
    _draw_borders(axes, shapes, regions)
    for name, label in labels.items():
        red, green, blue = fills[name]
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < HALF_LIT
        colour = ("white" if dark else INK) if name in chances else PALE_INK
        axes.text(
            *label.place, label.text, color=colour, size=TYPE, ha="center", va="center", linespacing=1.05
        )
    _draw_scale(axes, east - SHOWN_SCALE - 6, south + 6)


def _fill(region: Region, chances: Mapping[str, float]) -> tuple[float, float, float]:
    if region.id in chances:
        return to_rgb(LOSS(chances[region.id]))
    return to_rgb(CLIENT_LAND if region.legal_title == "client" else CHALLENGER_LAND)


def _draw_borders(axes: Axes, shapes: Mapping[str, Shape], regions: Sequence[Region]) -> None:
    title = {region.id: region.legal_title for region in regions}
    core = {region.id: "core" if region.legal_class == "core" else "rest" for region in regions}
    around = edges_between(shapes, core, "core", "rest") + edges_between(shapes, core, "core", "")
    recognised = edges_between(shapes, title, "client", "challenger")
    for edges, colour, width in ((around, CORE_LINE, 1.6), (recognised, INK, 2.2)):
        axes.add_collection(LineCollection(edges, colors=colour, linewidths=width, capstyle="round"))


def _draw_scale(axes: Axes, left: float, y: float) -> None:
    right = left + SHOWN_SCALE
    axes.plot([left, left, right, right], [y + 2.5, y, y, y + 2.5], color=INK, linewidth=1.0)
    axes.text((left + right) / 2, y + 2, f"{SHOWN_SCALE} km", ha="center", va="bottom", size=TYPE)


def map_key(client: str, challenger: str) -> list[Artist]:
    """What the lines and the neutral fills mean, for a legend.

    Args:
        client: the name of the client.
        challenger: the name of the challenger.
    """
    return [
        Line2D([], [], color=INK, linewidth=2.2, label="recognised border"),
        Line2D([], [], color=CORE_LINE, linewidth=1.6, label="edge of the core"),
        Patch(color=CLIENT_LAND, label=f"{client}, recognised land"),
        Patch(color=CHALLENGER_LAND, label=f"{challenger}, not contested"),
    ]
