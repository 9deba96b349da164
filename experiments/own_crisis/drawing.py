"""The shapes of a map: computed from middles and areas, or taken from outlines, which are then compared."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from experiments.own_crisis.geojson import DrawnRegion, in_km, read_geojson
from experiments.own_crisis.template import OUTLINES, shapes_file
from sim.errors import UserError, nearest
from sim.scenarios.reading import read_toml
from sim.scenarios.region_map import Region, RegionMap
from sim.scenarios.validation import DataFile, problems_in_words

AREA_APART = 0.05  # share by which an area may differ before it is told
MIDDLE_APART = 5.0  # km


def read_map(path: Path) -> RegionMap:
    """A map file, checked.

    Raises:
        UserError: it cannot be read, or is no map.
    """
    data = read_toml(path)
    try:
        return RegionMap.model_validate(data, strict=True)
    except ValidationError as error:
        raise UserError(problems_in_words(error, RegionMap, data, DataFile(path))) from None


def holds_outlines(shapes: Path) -> bool:
    """Whether a file of shapes was made from real outlines."""
    try:
        return OUTLINES in shapes.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def computed_shapes(source: Path) -> tuple[str, str]:
    """Shapes computed from middles and areas alone: the content of the file, and what is true of it.

    Raises:
        UserError: no map, shapely is not installed, or the regions cannot be drawn as one island.
    """
    read_map(source)
    try:
        from sim.scenarios.maps.draw import island_of
    except ImportError:
        raise UserError("draw: shapely is not installed; pip install 'captive-ally[maps]'") from None
    try:
        return island_of(source)
    except (ValueError, ArithmeticError, LookupError) as error:
        way_out = "move middles closer to each other, or give outlines with --geojson"
        raise UserError(f"{source}: cannot be drawn as one island ({error}); {way_out}") from None


def shapes_from_outlines(source: Path, geojson: Path) -> tuple[str, str]:
    """Shapes from real outlines: the content of the file, and how far the map says the same.

    Raises:
        UserError: no map, bad GeoJSON, or a region without an outline.
    """
    regions = read_map(source).region
    outlines = read_geojson(geojson, "--geojson")
    places = {region.name: place for place, region in enumerate(outlines)}
    order = []
    for region in regions:
        place = places.get(region.name, places.get(region.id))
        if place is None:
            hint = nearest(region.name, places)
            raise UserError(
                f"--geojson {geojson}: no outline is called '{region.name}' or '{region.id}'; {hint}"
            )
        order.append(place)
    chosen = [outlines[place] for place in order]
    ids = [region.id for region in regions]
    new_place = {place: number for number, place in enumerate(order)}
    told = _apart(regions, chosen, new_place)
    text = shapes_file(ids, chosen, OUTLINES)
    return text, "\n".join(told or ["Areas, middles and neighbours are those of the map."])


def _apart(regions: Sequence[Region], drawn: Sequence[DrawnRegion], new_place: dict[int, int]) -> list[str]:
    """Where map and outlines differ, a line each."""
    told = []
    ids = [region.id for region in regions]
    for region, outline in zip(regions, drawn, strict=True):
        if abs(outline.area / region.area - 1) > AREA_APART:
            told.append(f"{region.id}: area = {region.area:g} km2, the outline has {outline.area:.1f}")
        apart = in_km(np.array([[region.longitude, region.latitude]]), outline.middle)
        away = float(np.hypot(*apart[0]))
        if away > MIDDLE_APART:
            place = f"latitude = {outline.middle[0]:.3f}, longitude = {outline.middle[1]:.3f}"
            told.append(f"{region.id}: its middle is {away:.0f} km from that of the outline ({place})")
        there = {ids[new_place[near]] for near in outline.neighbours if near in new_place}
        for kind, names in (("not a neighbour by", there - {*region.neighbours}),
                            ("a neighbour only by", {*region.neighbours} - there)):  # fmt: skip
            told += [f"{region.id}-{name}: {kind} the map" for name in sorted(names)]
    return told
