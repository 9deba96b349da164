"""Regions from GeoJSON: name, area, middle, neighbours and outline of each polygon.

Areas are those of the sphere; middles are centres of gravity. Two regions are neighbours where their borders
run along each other for some distance, so borders that were drawn apart still meet.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from sim.errors import UserError
from sim.quantities import Numbers
from sim.scenarios.reading import read_regular

MOST_OUTLINE_BYTES = 200_000_000
EARTH = 6371.007  # km: the radius of a sphere with the surface of the earth
KM_OF_LATITUDE = math.pi * EARTH / 180
NAMES = (
    "name",
    "name_en",
    "shapename",
    "name_2",
    "name_1",
    "region",
    "district",
    "id",
)  # keys, the best first
POINT_EVERY = 0.5  # km of border
NEAR = 0.6  # km; borders this close run along each other
LEAST_BORDER = 3.0  # km of common border; less is a corner where regions only meet, unless it is very sharp
OVERLAP = 0.02  # share of a border that may lie inside another region
INSIDE_BY = 1.5  # km from the other's border, before it counts as inside
WGS_84 = "CRS84"
IN_DEGREES = (WGS_84, "4326", "4258", "4269")  # endings of names of projections that need no conversion
LABEL_GRID = 25  # places a side to look for the roomiest one


@dataclass
class DrawnRegion:
    """A region as GeoJSON draws it.

    Attributes:
        name: its name.
        facts: its other properties.
        outer: the rings around its parts, (points, 2) longitude and latitude, degrees, the largest first.
        holes: the rings around its holes, likewise.
        area: km2, without holes.
        middle: latitude and longitude of its centre of gravity, degrees.
        neighbours: the places of its neighbours in the list of regions.
        touches_none: whether it borders on no region, so that its neighbours are guesses.
    """

    name: str
    facts: Mapping[str, Any]
    outer: list[Numbers]
    holes: list[Numbers]
    area: float
    middle: tuple[float, float]
    neighbours: list[int] = field(default_factory=list)
    touches_none: bool = False


def read_geojson(path: Path, option: str = "--map") -> list[DrawnRegion]:
    """The regions of a GeoJSON file, in its order.

    Args:
        path: the file.
        option: the option that gave it, for messages.

    Raises:
        UserError: not GeoJSON of named polygons in degrees, or polygons that overlap.
    """
    place = f"{option} {path}"
    try:
        data = json.loads(read_regular(path, MOST_OUTLINE_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise UserError(f"{place}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{place}: not valid JSON") from None
    features = data.get("features") if isinstance(data, dict) else None
    projection = _projection(data)
    if not projection.endswith(IN_DEGREES):
        raise UserError(f"{place}: its coordinates are in {projection}; save it as WGS 84 (EPSG:4326)")
    if not isinstance(features, list) or len(features) < 2:
        raise UserError(f"{place}: a GeoJSON FeatureCollection of two regions or more is needed")
    try:
        regions = [_region(place, number, one) for number, one in enumerate(features, 1)]
    except (TypeError, KeyError, IndexError, AttributeError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{place}: a feature is not a polygon with coordinates") from None
    names = [region.name for region in regions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"{place}: two regions are called '{twice}'; give each a name of its own")
    _find_neighbours(place, regions)
    return regions


def _projection(data: Mapping[str, Any]) -> str:
    """The projection that older GeoJSON may name; else that of the standard."""
    crs = data.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else WGS_84


def _region(place: str, number: int, feature: Mapping[str, Any]) -> DrawnRegion:
    facts = {str(key): value for key, value in (feature.get("properties") or {}).items()}
    by_key = {key.lower(): value for key, value in facts.items()}
    name = next((str(by_key[key]) for key in NAMES if isinstance(by_key.get(key), str) and by_key[key]), "")
    if not name:
        there = ", ".join(facts) or "none"
        raise UserError(f"{place}: feature {number} has no name; give it a property 'name' (there: {there})")
    shape = feature["geometry"]
    if shape["type"] not in ("Polygon", "MultiPolygon"):
        raise UserError(f"{place}: {name}: a polygon is needed, not a {shape['type']}")
    parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    rings = [[np.array([point[:2] for point in ring], dtype=float) for ring in part] for part in parts]
    for ring in (ring for part in rings for ring in part):
        if (np.abs(ring) > (180, 90)).any():
            reason = "coordinates beyond 180 and 90 are not degrees"
            raise UserError(f"{place}: {name}: {reason}; save it as WGS 84 (EPSG:4326)")
    signs = [-1.0 if number else 1.0 for part in rings for number, _ in enumerate(part)]  # holes count off
    sized = [_size(ring) for part in rings for ring in part]
    area = sum(sign * size for sign, (size, _, _) in zip(signs, sized, strict=True))
    if not area > 0:
        raise UserError(f"{place}: {name}: the polygon has no area")
    x, y = (
        sum(sign * one[0] * one[axis] for sign, one in zip(signs, sized, strict=True)) / area
        for axis in (1, 2)
    )
    middle = math.degrees(math.asin(y)), x
    outer = sorted((part[0] for part in rings), key=lambda ring: -_size(ring)[0])
    holes = [ring for part in rings for ring in part[1:]]
    return DrawnRegion(name, facts, outer, holes, area, middle)


def _size(ring: Numbers) -> tuple[float, float, float]:
    """Area in km2, and the centre of gravity as longitude in degrees and sine of the latitude."""
    x, y = ring[:, 0], np.sin(np.radians(ring[:, 1]))  # equal areas on the sphere are equal here
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    twice = float(cross.sum())
    if twice == 0:
        return 0.0, float(x.mean()), float(y.mean())
    east, north = (float(((axis + np.roll(axis, -1)) * cross).sum() / (3 * twice)) for axis in (x, y))
    return abs(twice) / 2 * EARTH**2 * math.pi / 180, east, north


def plane_of(regions: Sequence[DrawnRegion]) -> tuple[float, float]:
    """The middle of all regions, latitude and longitude, rounded: the origin of km east and north."""
    latitude, longitude = np.mean([region.middle for region in regions], axis=0)
    return round(float(latitude), 1), round(float(longitude), 1)


def in_km(points: Numbers, origin: tuple[float, float]) -> Numbers:
    """(points, 2) km east and north of an origin, of (points, 2) longitudes and latitudes."""
    east = (points[:, 0] - origin[1]) * math.cos(math.radians(origin[0]))
    return np.column_stack([east, points[:, 1] - origin[0]]) * KM_OF_LATITUDE


def _along(ring: Numbers) -> Numbers:
    """Points every so many km along a ring."""
    found = []
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        count = max(1, math.ceil(float(np.hypot(*(end - start))) / POINT_EVERY))
        found.append(start + (end - start) * np.arange(count)[:, None] / count)
    return np.vstack(found)


def _inside(points: Numbers, ring: Numbers) -> Any:
    """(points,) whether each lies inside a ring: it is crossed an odd number of times on the way east."""
    x, y = points[:, 0, None], points[:, 1, None]
    start, end = ring, np.roll(ring, -1, axis=0)
    rise = np.where(end[:, 1] == start[:, 1], np.inf, end[:, 1] - start[:, 1])
    at = start[:, 0] + (y - start[:, 1]) * (end[:, 0] - start[:, 0]) / rise
    crossed = ((start[:, 1] > y) != (end[:, 1] > y)) & (x < at)
    return crossed.sum(axis=1) % 2 == 1


def _find_neighbours(place: str, regions: list[DrawnRegion]) -> None:
    """Note who borders on whom; an island borders on the region that is nearest.

    Raises:
        UserError: two regions overlap.
    """
    origin = plane_of(regions)
    rings = [[in_km(ring, origin) for ring in (*region.outer, *region.holes)] for region in regions]
    borders = [np.vstack([_along(ring) for ring in each]) for each in rings]
    trees = [cKDTree(border) for border in borders]
    gaps: dict[int, list[tuple[float, int]]] = {place: [] for place in range(len(regions))}
    for one, other in combinations(range(len(regions)), 2):
        for inner, outer in ((other, one), (one, other)):
            away, _ = trees[outer].query(borders[inner])
            inside = np.logical_xor.reduce([_inside(borders[inner], ring) for ring in rings[outer]])
            if (inside & (away > INSIDE_BY)).mean() > OVERLAP:
                raise UserError(f"{place}: {regions[one].name} and {regions[other].name} overlap")
        gaps[one].append((float(away.min()), other))
        gaps[other].append((float(away.min()), one))
        if (away < NEAR).sum() * POINT_EVERY >= LEAST_BORDER:
            regions[one].neighbours.append(other)
            regions[other].neighbours.append(one)
    alone = [number for number, region in enumerate(regions) if not region.neighbours]
    for number in alone:
        regions[number].touches_none = True
        if not regions[number].neighbours:  # else an island before it has chosen it
            _, nearest = min(gaps[number])
            regions[number].neighbours.append(nearest)
            regions[nearest].neighbours.append(number)


def shapes_in_km(regions: Sequence[DrawnRegion]) -> list[tuple[list[list[float]], list[float]]]:
    """The outline of each region's largest part, closed, and its roomiest place; km, to 0.1."""
    origin = plane_of(regions)
    found = []
    for region in regions:
        ring, *holes = (in_km(one, origin) for one in (region.outer[0], *region.holes))
        low, high = ring.min(axis=0), ring.max(axis=0)
        axes = (np.linspace(low[axis], high[axis], LABEL_GRID) for axis in (0, 1))
        places = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
        inner = places[np.logical_xor.reduce([_inside(places, one) for one in (ring, *holes)])]
        inner = inner if len(inner) else ring.mean(axis=0)[None]
        room, _ = cKDTree(np.vstack([_along(one) for one in (ring, *holes)])).query(inner)
        points = [[round(float(x), 1) + 0.0, round(float(y), 1) + 0.0] for x, y in ring]
        outline = [point for place, point in enumerate(points) if not place or point != points[place - 1]]
        if outline[0] != outline[-1]:
            outline.append(outline[0])
        x, y = inner[int(np.argmax(room))]
        found.append((outline, [round(float(x), 1), round(float(y), 1)]))
    return found
