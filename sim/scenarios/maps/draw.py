"""The drawing of the schematic map, from middles and areas alone.

No border is copied from anywhere. Each region gets the land nearest to
its seeds, where "nearest" is corrected by one weight a region until every area fits (a power diagram,
or weighted Voronoi). The coast of this island is the union of discs around the seeds, large enough to
hold all regions and no larger. Run once, by hand, whenever positions, areas or seeds change:

    python -m sim.scenarios.maps.draw

It reads `south-caucasus.toml`, writes `south-caucasus.json` beside it and prints what it drew. `captive-ally
draw` does the same for any map, from one seed a region. It needs shapely 2, which is no run-time dependency.

Sources: Aurenhammer (1987), "Power diagrams: properties, algorithms and applications" (the lifting to
a convex hull); Aurenhammer, Hoffmann and Aronov (1998), "Minkowski-type theorems and least-squares
clustering" (weights exist for any areas); Kitagawa, Merigot and Thibert (2019), "Convergence of a
Newton algorithm for semi-discrete optimal transport" (how to find them).
"""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.spatial import ConvexHull
from shapely.geometry import Polygon
from shapely.ops import polylabel

from sim.quantities import Numbers

Codes = NDArray[np.intp]
Place = tuple[float, float]  # degrees: latitude, longitude
Border = frozenset[str]  # the two regions it parts

HERE = Path(__file__).parent
REGIONS_FILE = HERE / "south-caucasus.toml"
MAP_FILE = HERE / "south-caucasus.json"

KM_A_DEGREE = 111.2  # of latitude: a quarter of the meridian is 10,002 km
DECIMALS = 1  # all corners lie on a grid of 0.1 km, so neighbours share theirs to the last digit
GRID = 10.0**-DECIMALS  # km
BORDER_SEEN = 2.0  # km; a shorter border would be read as a corner
DISC_SCALES = (0.8, 2.0)  # in equivalent radii: where to look for the scale of the discs
CORNERS_A_QUARTER = 8  # of a disc
BAY = 9.0  # km; half as wide a gap between discs is closed, or the outline would look like bubbles
STRAIGHTENED = 1.5  # km the outline may move when arcs become edges as straight as the inner borders
HORIZON = 2000.0  # km; seeds this far away keep every ridge between real seeds finite
AREA_ERROR = 1e-3  # share of an area at which the fit stops
NEWTON_STEPS = 60
SHORTEST_STEP = 1e-3  # share of a Newton step below which halving it again is pointless
LABEL_PRECISION = 0.1  # km

# Where one middle would draw a round district that is long, or has an arm, several seeds replace it.
# They began at the ends and bends of the real district and were then shifted by random trial until the
# map had the most true borders, the fewest false ones and middles near the real ones. One of the borders
# has to go: no flat map has both STP-HAD and the doubtful MTN-SHU, which would have to cross.
SEEDS: dict[str, tuple[Place, ...]] = {
    # its south-west runs down between Martuni and Beylagan to both Fuzulis
    "AGC": ((40.17, 47.47), (39.80, 47.55)),
    # a strip along the Araz; its east end meets Vayots Dzor
    "ARA": ((40.00, 44.72), (39.90, 44.88)),
    # the held third is a strip along the front, from Hadrut's foot eastward
    "FUZ": ((39.62, 47.13), (39.53, 47.00)),
    # lies around Lake Sevan: an arm in the north-west, one towards Dashkasan
    "GEG": ((40.47, 45.15), (40.26, 45.72)),
    # from the Kura plain south-west up to the Murov ridge, where it meets Kalbajar
    "GOR": ((40.70, 46.79), (40.41, 46.45)),
    # from Ganja south up to the Murov ridge
    "GYG": ((40.65, 46.30), (40.42, 46.30)),
    # its west runs between Lachin and Jabrayil to Qubadli
    "HAD": ((39.52, 46.78), (39.55, 46.95)),
    # from Hadrut's foot south to the Araz, beside Zangilan
    "JAB": ((39.19, 46.98), (39.33, 46.89)),
    # its north follows the Murov ridge along Goygol and Goranboy
    "KAL": ((40.06, 46.09), (40.29, 46.30)),
    # long from north-west to south-east, between Syunik and the old oblast
    "LAC": ((39.81, 46.27), (39.61, 46.55)),
    # an arm in the north, towards Goranboy, past the edge of Tartar
    "MTK": ((40.23, 46.39), (40.30, 46.67)),
    # a long strip beside Ararat, Vayots Dzor and Syunik
    "NAK": ((39.59, 45.20), (39.32, 45.36), (39.02, 45.88)),
    # Askeran bends around Shushi, from Lachin to Hadrut
    "STP": ((39.92, 46.58), (39.80, 46.78)),
    # from the Sisian upland south-east along Qubadli and Zangilan to the Araz
    "SYU": ((39.73, 46.06), (39.31, 46.26), (39.13, 46.52)),
    # two arms around Qazax, the eastern one to Tovuz
    "TAV": ((40.98, 44.91), (40.85, 45.53)),
    # from the border with Tavush and Gadabay north-east to the Kura
    "TOV": ((40.84, 45.65), (41.20, 45.85)),
}

# Land of no region of ours, kept clear so that the regions beside it do not touch: middle, radius in km.
ELSEWHERE: tuple[tuple[Place, float], ...] = (
    ((40.37, 44.76), 9.0),  # Kotayk, between Yerevan and Lake Sevan
    ((41.07, 45.47), 13.0),  # Agstafa, between Qazax and Tovuz
)


@dataclass(frozen=True)
class MapRegion:
    """What the map needs to know of a region."""

    id: str
    middle: Place
    area: float  # km2
    neighbours: tuple[str, ...]


@dataclass(frozen=True)
class LocalPlane:
    """A local equirectangular projection: km east and north of an origin."""

    origin: Place

    def km(self, places: list[Place]) -> Numbers:
        """Positions in km, one row a place; the cosine keeps a degree of longitude as short as it is."""
        latitude, longitude = np.array(places, dtype=float).T
        north, east = latitude - self.origin[0], longitude - self.origin[1]
        return np.column_stack([east * math.cos(math.radians(self.origin[0])), north]) * KM_A_DEGREE


@dataclass(frozen=True)
class Seeds:
    """Where the regions grow from."""

    at: Numbers  # (seeds, 2)  km
    owner: Codes  # (seeds,)  index of the region
    areas: Numbers  # (regions,)  km2 the regions should have

    def nearest(self, points: Numbers, weights: Numbers) -> Codes:
        """The region each point belongs to: squared distance less the region's weight (km2) is least."""
        squares = ((points[:, None] - self.at) ** 2).sum(axis=2)
        return np.asarray(self.owner[(squares - weights[self.owner]).argmin(axis=1)])


@dataclass(frozen=True)
class MapDrawing:
    """One try: the ridges between regions inside the outline, and the land of each region."""

    pairs: Codes  # (ridges, 2)  the two seeds a ridge parts
    ridges: NDArray[Any]  # (ridges,)  lines
    lands: NDArray[Any]  # (regions,)  polygons

    @property
    def areas(self) -> Numbers:
        """Area of each region in km2."""
        return np.asarray(shapely.area(self.lands))


def read_regions(path: Path) -> list[MapRegion]:
    """The regions of a map file, in its order."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))["region"]
    return [
        MapRegion(row["id"], (row["latitude"], row["longitude"]), row["area"], tuple(row["neighbours"]))
        for row in table
    ]


def plane_for(regions: list[MapRegion]) -> LocalPlane:
    """A projection around the middle of all regions, rounded so that it can be quoted."""
    latitude, longitude = np.mean([region.middle for region in regions], axis=0)
    return LocalPlane((round(float(latitude), 1), round(float(longitude), 1)))


def sow(
    regions: list[MapRegion], plane: LocalPlane, several_of: Mapping[str, tuple[Place, ...]] = SEEDS
) -> Seeds:
    """One seed in the middle of each region, or the several that are given."""
    places = [several_of.get(region.id, (region.middle,)) for region in regions]
    return Seeds(
        at=plane.km([place for several in places for place in several]),
        owner=np.repeat(np.arange(len(regions)), [len(several) for several in places]),
        areas=np.array([region.area for region in regions], dtype=float),
    )


def outline(
    seeds: Seeds, plane: LocalPlane, clear: tuple[tuple[Place, float], ...] = ELSEWHERE
) -> tuple[Polygon, float]:
    """The coast around all regions, and the scale of the discs (equivalent radii) that made it.

    The scale is set so that the land inside is as large as all regions together: only then can
    weights fit all areas at once.
    """
    radii = np.sqrt(seeds.areas / np.bincount(seeds.owner) / math.pi)[seeds.owner]
    away = plane.km([place for place, _ in clear]) if clear else np.empty((0, 2))
    elsewhere = shapely.union_all(shapely.buffer(shapely.points(away), [km for _, km in clear]))

    def coast(scale: float) -> Polygon:
        discs = shapely.buffer(shapely.points(seeds.at), scale * radii, quad_segs=CORNERS_A_QUARTER)
        land = shapely.union_all(discs).buffer(BAY).buffer(-BAY).difference(elsewhere)
        main = max(shapely.get_parts(land), key=lambda part: part.area)
        return Polygon(main.exterior).simplify(STRAIGHTENED)

    scale = float(brentq(lambda scale: coast(scale).area - seeds.areas.sum(), *DISC_SCALES))
    return coast(scale), scale


def ridges_between(seeds: Seeds, weights: Numbers) -> tuple[Codes, NDArray[Any]]:
    """Pairs of seeds of different regions, and the lines that part them.

    Lifted to the height x2 + y2 - weight, the seeds whose cells touch are those joined by an edge on
    the underside of the convex hull; each facet there is a corner of the diagram.
    """
    horizon = HORIZON * np.array([(1, 1), (1, -1), (-1, 1), (-1, -1)])
    points = np.vstack([seeds.at, horizon])
    heights = (points**2).sum(axis=1) - np.append(weights[seeds.owner], np.zeros(len(horizon)))
    hull = ConvexHull(np.column_stack([points, heights]))
    down = hull.equations[:, 2] < 0
    corners = -hull.equations[:, :2] / (2 * np.where(down, hull.equations[:, 2], 1.0))[:, None]
    pairs, lines = [], []
    for facet in np.flatnonzero(down):
        for opposite, beyond in enumerate(hull.neighbors[facet]):
            one, other = np.delete(hull.simplices[facet], opposite)
            once, real = beyond > facet and down[beyond], max(one, other) < len(seeds.at)
            if once and real and seeds.owner[one] != seeds.owner[other]:
                pairs.append((one, other))
                lines.append((corners[facet], corners[beyond]))
    return np.array(pairs), shapely.linestrings(lines)


def draw(seeds: Seeds, weights: Numbers, coast: Polygon, grid: float | None = None) -> MapDrawing:
    """Cut the land inside the coast along the ridges and give each piece to its region.

    With a `grid` (km) all corners are snapped to it at once, so borders stay shared.
    """
    pairs, lines = ridges_between(seeds, weights)
    net = shapely.union_all([*lines, coast.boundary], grid_size=grid)  # cut first, or ends miss the coast
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    inner = shapely.point_on_surface(pieces)
    owner, ashore = seeds.nearest(shapely.get_coordinates(inner), weights), shapely.within(inner, coast)
    lands = [shapely.union_all(pieces[ashore & (owner == region)]) for region in range(len(seeds.areas))]
    return MapDrawing(pairs, shapely.intersection(lines, coast), np.array(lands))


def pull(seeds: Seeds, drawing: MapDrawing) -> Numbers:
    """How the areas (km2, rows) answer to the weights (km2, columns).

    A ridge moves by 1 / (2 x distance of its seeds) for each unit of weight.
    """
    one, other = drawing.pairs.T
    apart = np.linalg.norm(seeds.at[one] - seeds.at[other], axis=1)
    gain = np.zeros((len(seeds.areas), len(seeds.areas)))
    np.add.at(gain, (seeds.owner[one], seeds.owner[other]), -shapely.length(drawing.ridges) / (2 * apart))
    gain += gain.T
    return np.asarray(gain - np.diag(gain.sum(axis=0)))


def fit_weights(seeds: Seeds, coast: Polygon) -> Numbers:
    """One weight (km2) a region, so that all areas fit: Newton's method, halved where land would vanish."""
    weights = np.zeros(len(seeds.areas))
    drawing = draw(seeds, weights, coast)
    wanted = seeds.areas * coast.area / seeds.areas.sum()  # the coast is right only to a few parts in 1e4
    least = min(drawing.areas.min(), wanted.min()) / 2
    for _ in range(NEWTON_STEPS):
        lack = wanted - drawing.areas
        if np.abs(lack / wanted).max() < AREA_ERROR:
            break
        step, share = np.linalg.lstsq(pull(seeds, drawing), lack)[0], 1.0
        while share > SHORTEST_STEP:
            drawing = draw(seeds, weights + share * step, coast)
            closer = np.linalg.norm(wanted - drawing.areas) <= (1 - share / 2) * np.linalg.norm(lack)
            if closer and drawing.areas.min() > least:
                break
            share /= 2
        weights = weights + share * step
    return weights


def borders_drawn(regions: list[MapRegion], lands: NDArray[Any]) -> set[Border]:
    """The pairs of regions whose shared border is long enough to be seen."""
    return {
        frozenset((regions[one].id, regions[other].id))
        for one, other in combinations(range(len(regions)), 2)
        if lands[one].intersection(lands[other]).length >= BORDER_SEEN
    }


def check_map(regions: list[MapRegion], lands: NDArray[Any]) -> None:
    """Refuse a map with a region in pieces or with holes, or with gaps or overlaps between regions."""
    for region, land in zip(regions, lands, strict=True):
        if land.geom_type != "Polygon" or land.interiors or not land.is_valid:
            raise ValueError(f"{region.id} is not one simple polygon: move its seeds")
    if not shapely.coverage_is_valid(lands):
        raise ValueError("neighbours do not share their borders exactly")


def report_map(regions: list[MapRegion], lands: NDArray[Any]) -> str:
    """True borders drawn and missing, false ones, and the worst area."""
    true = {frozenset((region.id, other)) for region in regions for other in region.neighbours}
    drawn = borders_drawn(regions, lands)
    errors = {region.id: land.area / region.area - 1 for region, land in zip(regions, lands, strict=True)}
    worst = max(errors, key=lambda id: abs(errors[id]))

    def listed(borders: set[Border]) -> str:
        return ", ".join(sorted("-".join(sorted(border)) for border in borders)) or "none"

    return "\n".join(
        [
            f"true borders drawn: {len(true & drawn)} of {len(true)}; missing: {listed(true - drawn)}",
            f"false borders drawn: {len(drawn - true)}: {listed(drawn - true)}",
            f"worst area error: {errors[worst]:+.1%} ({worst})",
        ]
    )


def rounded(points: NDArray[Any]) -> list[list[float]]:
    """Coordinates in km on the grid, as plain numbers; adding 0 turns -0.0 into 0.0."""
    return [[round(float(x), DECIMALS) + 0.0, round(float(y), DECIMALS) + 0.0] for x, y in points]


def as_json(
    regions: list[MapRegion], plane: LocalPlane, scale: float, lands: NDArray[Any], source: Path
) -> str:
    """The map file: one line a region, so that a change of one is seen as such."""
    about = {
        "made": f"by {Path(__file__).name} from {source.name}: "
        "power diagram whose weights fit the areas, "
        f"inside a union of discs of {scale:.2f} equivalent radii; schematic, no surveyed border in it",
        "units": "km, x east and y north of the origin; polygons closed, counter-clockwise",
        "origin": {"latitude": plane.origin[0], "longitude": plane.origin[1]},
        "projection": f"equirectangular: x = {KM_A_DEGREE} cos(origin latitude) (longitude - origin), "
        f"y = {KM_A_DEGREE} (latitude - origin)",
    }
    rows = []
    for region, land in zip(regions, lands, strict=True):
        corners = shapely.get_coordinates(shapely.orient_polygons(land))
        label = shapely.get_coordinates(polylabel(land, LABEL_PRECISION))
        shape = {"polygon": rounded(corners), "label": rounded(label)[0]}
        rows.append(f"{json.dumps(region.id)}: {json.dumps(shape, separators=(',', ':'))}")
    return f'{{"about": {json.dumps(about, indent=1)},\n"regions": {{\n' + ",\n".join(rows) + "\n}}\n"


def island_of(source: Path) -> tuple[str, str]:
    """The map file of a file of regions, and a report of what was drawn.

    Raises:
        ValueError: the regions cannot be drawn as one island.
    """
    regions = read_regions(source)
    plane = plane_for(regions)
    ours = source.resolve() == REGIONS_FILE.resolve()  # only its regions have several seeds
    seeds = sow(regions, plane, SEEDS if ours else {})
    coast, scale = outline(seeds, plane, ELSEWHERE if ours else ())
    lands = draw(seeds, fit_weights(seeds, coast), coast, GRID).lands
    check_map(regions, lands)
    return as_json(regions, plane, scale, lands, source), report_map(regions, lands)


if __name__ == "__main__":
    text, report = island_of(REGIONS_FILE)
    MAP_FILE.write_text(text, encoding="utf-8")
    print(report)
