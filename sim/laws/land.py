"""Land: who can reach what, at what odds, and what is handed over.

Everything here is fixed for a run and worked out once. Columns over regions are (regions,) or, where a
parameter differs between worlds, (worlds, regions); `land` counts only the regions on the client's side
of the map, which come first.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.quantities import Numbers, total
from sim.rule import Amount, rule
from sim.scenarios.region_map import CLASSES, Region, RegionMap
from sim.world import Settings, Terms

EARTH_RADIUS = 6371.0  # km, mean
SURRENDER_DAYS = 7.0  # days until all contested land is handed over after a surrender; G-H, 2023
FOOTHOLD = 0.5  # share of a region from which its neighbours can be attacked; assumption
PRESENCE = 0.005  # share of a region that counts as being in it already; assumption


@rule(None, neutral=1.0)
def strength_at_distance(distance: Amount, reach: Amount) -> Amount:
    """Usable strength falls with the distance from its base.

    Source: Boulding (1962), the loss-of-strength gradient, in its exponential form.

    Args:
        distance: the distance in km, 0 or more.
        reach: the distance in km over which it falls to 37 %.

    >>> round(float(strength_at_distance(distance=250.0, reach=250.0)), 2)
    0.37
    """
    return np.exp(-np.asarray(distance) / reach)


@rule(None, neutral=1.0)
def defence_of_ground(ruggedness: Amount, fortification: Amount, terrain: Amount, works: Amount) -> Amount:
    """Mountains and prepared positions multiply the defender's strength.

    Source: the advantage theta of a contest success function (Skaperdas 1996).

    >>> defence_of_ground(ruggedness=1.0, fortification=0.0, terrain=1.5, works=1.0)
    2.5
    """
    return 1.0 + terrain * ruggedness + works * fortification


def kilometres(region: Region, latitude: float, longitude: float) -> float:
    """Great-circle distance from the middle of a region, km."""
    here, there = np.radians([region.latitude, region.longitude]), np.radians([latitude, longitude])
    half = np.sin((there - here) / 2) ** 2
    arc = half[0] + np.cos(here[0]) * np.cos(there[0]) * half[1]
    return float(2 * EARTH_RADIUS * np.arcsin(np.sqrt(arc)))


def as_bits(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(rows, words) of 64 flags each from (rows, flags): to compare whole sets at once, exactly.

    >>> as_bits(np.array([[True, True], [False, False]])).any(axis=1)
    array([ True, False])
    """
    packed = np.packbits(flags, axis=1)
    padded = np.zeros((flags.shape[0], -(-packed.shape[1] // 8) * 8), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64)


@dataclass(frozen=True)
class Land:
    """The fixed facts of the land."""

    ids: tuple[str, ...]
    size: int  # how many of them lie on the client's side of the map: they come first
    of_class: tuple[slice, ...]  # where each legal class stands, in the order of CLASSES
    class_of: NDArray[np.intp]  # (land,) the class of each
    start: Numbers  # (land,) share held at the start
    area: Numbers  # (land,) km2
    contested: Numbers  # (land,) each region's share of the contested land held at the start
    contested_of_share: Numbers  # (land,) the same, per share of the region held at the start
    size_of_share: Numbers  # (land,) the area of each, as a share of contested_area
    core: Numbers  # (land,) each region's share of the core held at the start
    recognised: Numbers  # (land,) each region's share of the recognised land
    recognised_area: float  # km2
    contested_area: float  # km2 held at the start; where no land is contested, all that the client holds
    none_contested: float  # 1 where no contested land was held at the start, else 0
    people: Numbers  # (land,) each region's share of the people of the core held at the start
    class_area: Numbers  # (4,) km2 held at the start, by legal class
    class_titled: Numbers  # (4,) share of it that is the challenger's in law
    class_odds: (
        Numbers  # (4,) or (worlds, 4) odds of an attack at even strength, on average where one would attack
    )
    class_reach: Numbers  # (4,) or (worlds, 4) the patron's strength left at that distance from its hubs
    exposed: NDArray[np.bool_]  # (land,) whether it borders on the challenger's own land
    borders: NDArray[np.uint64]  # (words, land) the neighbours of each on the land, one bit per region
    lifelines: NDArray[np.intp]  # regions that link the core to recognised land
    core_linked: bool  # whether the core touches recognised land itself
    odds: Numbers  # (land,) or (worlds, land) odds of an attack at even strength
    ease: Numbers  # the same shape: how inviting the ground is
    delay: Numbers  # (terms, land) days to the handover of each region; inf: never
    kept: Numbers  # (terms, land) share kept after it
    last_delay: Numbers  # (terms,) days to the last of them; -inf: there are none

    @classmethod
    def of(cls, regions: RegionMap, held: dict[str, float], settings: Settings) -> "Land":
        """The facts of a map, worked out. Its regions must be in the order of legal classes."""
        every = regions.region
        classes = np.array([CLASSES.index(region.legal_class) for region in every])
        edges = np.searchsorted(classes, range(len(CLASSES) + 1))
        land = int(edges[-2])
        ours, own = every[:land], classes[:land]
        start = np.array([held.get(region.id, region.held) for region in ours])
        area = np.array([region.area for region in ours])
        held_area = start * area
        none_contested = not (held_area * (own < 2)).any()
        is_contested, is_core, is_recognised = own < 2, own == 1, own >= 2
        touches = np.array([[a.id in b.neighbours for a in every] for b in ours])
        touches_core = touches[:, :land][:, is_core].any(axis=1)
        touches_home = touches[:, :land][:, is_recognised].any(axis=1)
        attack, defence = _strengths(regions, settings)
        m = np.asarray(settings.combat.decisiveness)[..., None]
        aversion = np.asarray(settings.challenger.terrain_aversion)[..., None]
        rough = np.array([r.ruggedness for r in ours]) + np.array([r.fortification for r in ours])
        delay, kept = _handovers(ours)
        odds = np.exp(m * (np.log(attack) - np.log(defence)))
        ease = np.exp(-aversion * rough) * attack * np.array([r.significance for r in ours])
        of_class = np.eye(len(CLASSES) - 1)[own] * held_area[:, None]  # (land, classes) km2
        titled = np.array([float(region.legal_title == "challenger") for region in ours])
        near = _patron_reach(regions, settings)
        return cls(
            ids=tuple(region.id for region in every),
            size=land,
            of_class=tuple(slice(int(a), int(b)) for a, b in pairwise(edges)),
            class_of=own.astype(np.intp),
            start=start,
            area=area,
            contested=_shares(held_area * is_contested),
            contested_of_share=_shares(held_area * is_contested) / _positive(start),
            size_of_share=area / (held_area * (is_contested | none_contested)).sum(),
            core=_shares(held_area * is_core),
            recognised=_shares(held_area * is_recognised),
            recognised_area=float((held_area * is_recognised).sum()),
            contested_area=float((held_area * (is_contested | none_contested)).sum()),
            none_contested=float(none_contested),
            people=_shares(np.array([r.population for r in ours]) * (is_core & (start > 0))),
            exposed=np.asarray(touches[:, land:].any(axis=1)),
            borders=np.ascontiguousarray(as_bits(touches[:, :land]).T),
            lifelines=np.flatnonzero((own == 0) & touches_core & touches_home),
            core_linked=bool((touches_home & is_core).any()) or not is_recognised.any(),
            odds=odds,
            ease=ease,
            class_area=of_class.sum(axis=0),
            class_titled=(of_class * titled[:, None]).sum(axis=0) / _positive(of_class.sum(axis=0)),
            class_odds=np.exp(_mean_by_class(np.log(odds), ease, of_class)),
            class_reach=_mean_by_class(near, np.ones(land), of_class),
            delay=delay,
            kept=kept,
            last_delay=np.where(np.isfinite(delay), delay, -np.inf).max(axis=1),
        )

    def by_class(self, matrix: Numbers) -> Numbers:
        """(worlds, 4) sums of a (worlds, land) matrix over the classes outer, core, recognised, capital."""
        sums = np.zeros((matrix.shape[0], len(CLASSES) - 1))
        for column, where in enumerate(self.of_class[:-1]):
            if where.stop > where.start:
                sums[:, column] = total(matrix[:, where])
        return sums

    def lost(self, own: Numbers, weights: Numbers) -> Numbers:
        """(worlds,) share lost of what was held at the start, by (land,) weights; 0 where there is none."""
        if not weights.any():
            return np.zeros(own.shape[0])
        return 1.0 - total(own * (weights / _positive(self.start)))

    def fronts(self, held: Numbers) -> NDArray[np.bool_]:
        """(worlds, land) where the challenger can attack, from the (worlds, land) shares held.

        A region can be attacked if something of it is left to take and the challenger stands in it
        already or holds half of a neighbour.
        """
        open_to = self.exposed | (held < 1.0 - PRESENCE)
        for footholds, neighbours in zip(as_bits(held <= 1.0 - FOOTHOLD).T, self.borders, strict=True):
            open_to |= (footholds[:, None] & neighbours) != 0
        return open_to & (held > 0)


def _shares(amounts: Numbers) -> Numbers:
    whole = float(amounts.sum())
    return amounts / whole if whole > 0 else amounts


def _positive(shares: Numbers) -> Numbers:
    return np.where(shares > 0, shares, 1.0)


def _strengths(regions: RegionMap, settings: Settings) -> tuple[Numbers, Numbers]:
    """The challenger's strength and the client's, defence included, in each region of the land."""
    ours = [region for region in regions.region if region.legal_class != "challenger"]

    def nearest_hub(owner: str) -> Numbers:
        hubs = [hub for hub in regions.hub if hub.owner == owner]
        return np.array([min(kilometres(r, h.latitude, h.longitude) for h in hubs) for r in ours])

    reach = np.asarray(settings.combat.reach)[..., None]
    attack = strength_at_distance(distance=nearest_hub("challenger"), reach=reach)
    supply = strength_at_distance(distance=nearest_hub("client"), reach=reach)
    ground = defence_of_ground(
        ruggedness=np.array([region.ruggedness for region in ours]),
        fortification=np.array([region.fortification for region in ours]),
        terrain=np.asarray(settings.combat.terrain_defence)[..., None],
        works=np.asarray(settings.combat.works_defence)[..., None],
    )
    return np.asarray(attack * ways_in(regions)), np.asarray(supply * ground)


def ways_in(regions: RegionMap) -> Numbers:
    """(land,) the share of the challenger's strength that gets across water by the best route from its land.

    Forces beyond water are supplied across it, too: each crossing on the route takes its share. Land that no
    route leads to is treated as if there were no water.
    """
    best = {region.id: float(region.legal_class == "challenger") for region in regions.region}
    for _ in regions.region:  # a best route passes no region twice
        for region in regions.region:
            ways = (best[near] * region.crossings.get(near, 1.0) for near in region.neighbours)
            best[region.id] = max(best[region.id], *ways)
    ours = [region for region in regions.region if region.legal_class != "challenger"]
    return np.array([best[region.id] or 1.0 for region in ours])


def _patron_reach(regions: RegionMap, settings: Settings) -> Numbers:
    """The patron's strength left in each region of the land; undiminished where the map has no patron hub."""
    ours = [region for region in regions.region if region.legal_class != "challenger"]
    hubs = [hub for hub in regions.hub if hub.owner == "patron"]
    if not hubs:
        return np.ones(len(ours))
    far = np.array([min(kilometres(r, h.latitude, h.longitude) for h in hubs) for r in ours])
    return np.asarray(
        strength_at_distance(distance=far, reach=np.asarray(settings.patron.projection)[..., None])
    )


def _mean_by_class(values: Numbers, weights: Numbers, of_class: Numbers) -> Numbers:
    """(classes,) or (worlds, classes) means over the regions of each class; 0 for a class without land.

    Args:
        values: (land,) or (worlds, land).
        weights: (land,) or (worlds, land), besides the area.
        of_class: (land, classes) km2 of each region in its class.
    """
    columns = []
    for area in of_class.T:
        share = np.ascontiguousarray(weights * area)
        whole = share.sum(axis=-1)
        columns.append(np.ascontiguousarray(values * share).sum(axis=-1) / np.where(whole > 0, whole, 1.0))
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def _handovers(ours: tuple[Region, ...]) -> tuple[Numbers, Numbers]:
    """(terms, land) days to each handover, and the share kept after it."""
    never = np.inf
    delay = np.full((len(Terms), len(ours)), never)
    kept = np.zeros((len(Terms), len(ours)))
    for place, region in enumerate(ours):
        if region.legal_class == "outer":
            delay[Terms.STOP, place] = never if region.handover_days is None else region.handover_days
            delay[Terms.DEAL, place] = never if region.deal_days is None else region.deal_days
            kept[[Terms.STOP, Terms.DEAL], place] = region.retained
        if region.legal_class in ("outer", "core"):
            delay[Terms.SURRENDER, place] = SURRENDER_DAYS
    return delay, kept
