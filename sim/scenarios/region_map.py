"""The map of regions: who owns them in law, who holds them, who borders on whom."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sim.errors import nearest
from sim.scenarios.validation import Strict, duplicates, shortened

LegalClass = Literal["outer", "core", "recognised", "capital", "challenger"]
CLASSES: tuple[LegalClass, ...] = ("outer", "core", "recognised", "capital", "challenger")

LEAST_HELD = 0.001  # share of a region: less than this is noise, and shares of it lose their digits


def _is_name(name: str) -> str:
    if not re.fullmatch(r"[^\W_][\w-]*", name):
        raise ValueError(
            f"'{shortened(name)}' is no id: letters, digits, - and _ are allowed, a letter or digit first"
        )
    return name


def _is_noticeable(share: float) -> float:
    if 0 < share < LEAST_HELD:
        raise ValueError(f"must be 0, or a share from {LEAST_HELD} to 1 (given: {share})")
    return share


Id = Annotated[str, AfterValidator(_is_name)]
Share = Annotated[float, Field(ge=0, le=1)]
Crossing = Annotated[float, Field(ge=0.001, le=1)]
HeldShare = Annotated[Share, AfterValidator(_is_noticeable)]


class Region(Strict):
    """A district or province: a node of the map."""

    id: Id = Field(description="short name, as in the figures")
    name: str = Field(min_length=1, description="plain name")
    latitude: float = Field(ge=-90, le=90, description="degrees north of its middle")
    longitude: float = Field(ge=-180, le=180, description="degrees east of its middle")
    area: float = Field(ge=0.01, le=2e7, description="km2")
    held: HeldShare = Field(description="share under the client's side at the start")
    population: float = Field(ge=0, le=1e10, description="people")
    ruggedness: Share = Field(description="terrain, 0 plain to 1 high mountain")
    fortification: Share = Field(description="depth of prepared defence")
    significance: float = Field(1.0, ge=0.001, le=1000, description="factor: what it commands or stands for")
    legal_title: Literal["client", "challenger"] = Field(description="who owns it in law")
    legal_class: LegalClass = Field(description="what the red lines call it")
    handover_days: float | None = Field(None, ge=0, description="days from an imposed stop to its handover")
    deal_days: float | None = Field(None, ge=0, description="days from an accepted offer to its handover")
    retained: Share = Field(0.0, description="share that the client keeps after a handover")
    neighbours: tuple[str, ...] = Field(min_length=1, description="ids of bordering regions")
    crossings: dict[str, Crossing] = Field(
        {},
        description="neighbour beyond water -> share of an attacker's strength that gets across from there",
    )
    source: str = Field(min_length=1, description="where the numbers come from")


class Hub(Strict):
    """A place from which strength is projected."""

    id: Id
    name: str = Field(min_length=1)
    owner: Literal["client", "challenger", "patron"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    source: str = Field(min_length=1)


class RegionShape(Strict):
    """How a region is drawn; no number of the model depends on it."""

    polygon: tuple[tuple[float, float], ...] = Field(min_length=4, description="its outline, closed, in km")
    label: tuple[float, float] = Field(description="its roomiest place, in km")


class RegionMap(Strict):
    """The regions, in the order of their legal class, and the hubs."""

    region: tuple[Region, ...] = Field(min_length=2)
    hub: tuple[Hub, ...] = Field(min_length=1)
    shapes: dict[str, RegionShape] = Field({}, description="drawing of a map that does not ship, by region")
    drawn: str = Field("", description="what is true of that drawing, for captions")

    @model_validator(mode="after")
    def _is_a_map(self) -> "RegionMap":
        for kind, places in (("region", self.region), ("hub", self.hub)):
            doubled = duplicates(place.id for place in places)
            if doubled:
                raise ValueError(f"{kind} ids must differ; '{doubled[0]}' stands twice")
        neighbours = {region.id: set(region.neighbours) for region in self.region}
        for name, others in neighbours.items():
            for other in sorted(others):
                if other == name:
                    raise ValueError(f"region {name} names itself as a neighbour")
                if other not in neighbours:
                    hint = nearest(other, neighbours)
                    raise ValueError(f"region {name} has an unknown neighbour '{shortened(other)}'; {hint}")
                if name not in neighbours[other]:
                    raise ValueError(f"{name} names {other} as a neighbour, but {other} does not name {name}")
        for region in self.region:
            for other in region.crossings:
                if other not in region.neighbours:
                    hint = nearest(other, region.neighbours)
                    raise ValueError(
                        f"region {region.id}.crossings: '{shortened(other)}' is no neighbour; {hint}"
                    )
        owners = {hub.owner for hub in self.hub}
        for owner in ("client", "challenger"):
            if owner not in owners:
                raise ValueError(f"there is no hub with the owner '{owner}'")
        self.check_held({})
        return self

    def check_held(self, changes: Mapping[str, float]) -> None:
        """Make sure that there is land to fight about, and a capital to defend, at the start.

        Args:
            changes: the held shares that differ from the map's, by region.

        Raises:
            ValueError: the client's side holds nothing, or has lost a capital already.
        """
        held = {region.id: changes.get(region.id, region.held) for region in self.region}
        for region in self.region:
            if region.legal_class == "challenger" and held[region.id] > 0:
                raise ValueError(f"{region.id} is the challenger's own land, so its held share must be 0")
        if not any(share > 0 for share in held.values()):
            raise ValueError("no region is held by the client's side")
        for region in self.region:
            if region.legal_class == "capital" and held[region.id] <= 0.5:
                raise ValueError(
                    f"capital {region.id}: held = {held[region.id]:g}; "
                    "more than half of it must be held at the start"
                )

    def in_class_order(self) -> "RegionMap":
        """The same map, its regions sorted by legal class."""
        regions = sorted(self.region, key=lambda region: CLASSES.index(region.legal_class))
        return self.model_copy(update={"region": tuple(regions)})
