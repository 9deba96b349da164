"""Which regions are there, who owns them in law, and who borders on whom?"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

LegalClass = Literal["outer", "core", "recognised", "capital", "challenger"]
CLASSES: tuple[LegalClass, ...] = ("outer", "core", "recognised", "capital", "challenger")

Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """Frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Region(Strict):
    """A district or province: a node of the map."""

    id: str = Field(min_length=1, description="short name, as in the figures")
    name: str = Field(min_length=1, description="plain name")
    latitude: float = Field(ge=-90, le=90, description="degrees north of its middle")
    longitude: float = Field(ge=-180, le=180, description="degrees east of its middle")
    area: float = Field(gt=0, description="km2")
    held: Share = Field(description="share under the client's side at the start")
    population: float = Field(ge=0, description="people")
    ruggedness: Share = Field(description="terrain, 0 plain to 1 high mountain")
    fortification: Share = Field(description="depth of prepared defence")
    significance: float = Field(1.0, gt=0, description="factor: what it commands or stands for")
    legal_title: Literal["client", "challenger"] = Field(description="who owns it in law")
    legal_class: LegalClass = Field(description="what the red lines call it")
    handover_days: float | None = Field(None, ge=0, description="days from an imposed stop to its handover")
    deal_days: float | None = Field(None, ge=0, description="days from an accepted offer to its handover")
    retained: Share = Field(0.0, description="share that the client keeps after a handover")
    neighbours: tuple[str, ...] = Field(min_length=1, description="ids of bordering regions")
    source: str = Field(min_length=1, description="where the numbers come from")


class Hub(Strict):
    """A place from which strength is projected."""

    id: str
    name: str
    owner: Literal["client", "challenger", "patron"]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    source: str


class RegionMap(Strict):
    """The regions, in the order of their legal class, and the hubs."""

    region: tuple[Region, ...] = Field(min_length=2)
    hub: tuple[Hub, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_a_map(self) -> "RegionMap":
        ids = [region.id for region in self.region]
        repeated = sorted({name for name in ids if ids.count(name) > 1})
        if repeated:
            raise ValueError(f"region ids must differ; {', '.join(repeated)} stands twice")
        neighbours = {region.id: set(region.neighbours) for region in self.region}
        for name, others in neighbours.items():
            for other in sorted(others):
                if other == name:
                    raise ValueError(f"region {name} names itself as a neighbour")
                if other not in neighbours:
                    raise ValueError(f"region {name} has an unknown neighbour '{other}'")
                if name not in neighbours[other]:
                    raise ValueError(f"{name} names {other} as a neighbour, but {other} does not name {name}")
        owners = {hub.owner for hub in self.hub}
        missing = {"client", "challenger"} - owners
        if missing:
            raise ValueError(f"there is no hub with the owner '{missing.pop()}'")
        if not any(r.legal_class in ("outer", "core") and r.held > 0 for r in self.region):
            raise ValueError("no contested region is held by the client's side")
        return self

    def in_class_order(self) -> "RegionMap":
        """The same map, its regions sorted by legal class."""
        regions = sorted(self.region, key=lambda region: CLASSES.index(region.legal_class))
        return self.model_copy(update={"region": tuple(regions)})
