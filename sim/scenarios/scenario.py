"""Which history is run: its map, cast, dates, numbers and dated events?

A scenario is a TOML file. It is read, completed with the defaults of agents/parameters.toml, checked and
frozen. A number may be given alone, or with its source: `alignment = { value = 0.8, source = "K1" }`.
"""

import datetime
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from sim.errors import UserError, nearest
from sim.scenarios.parameters import CLAIMS, YES_NO, Kind, Parameters, Scale
from sim.scenarios.reading import FILLED_IN, Source, Strict, in_words, is_file, is_folder, read_toml, shown
from sim.scenarios.region_map import HeldShare, Id, RegionMap, twice

NO_SOURCE = "none beside the number; see the comments of the scenario file"
FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(2999, 12, 31)  # what every library below can store
MOST_YEARS = 200
MOST_STEPS = 100_000

Arms = Annotated[float, Field(ge=0.001, le=1e9)]
Moving = Literal[
    "client.alignment",
    "patron.capability",
    "patron.stated_clarity",
    "backer.readiness",
    "mediators.offer_tabled",
    "client.western_turn",
    "observers.western_turn",
]


class Party(Strict):
    """One member of the cast."""

    id: Id
    name: str = Field(min_length=1)
    members: tuple[str, ...] = Field((), description="who sits in it, for a body of several states")


class Cast(Strict):
    """Who plays which part. Outside powers and observers: any number."""

    patron: Party
    client: Party
    challenger: Party
    backer: Party
    mediators: Party
    outsiders: tuple[Party, ...]
    observers: tuple[Party, ...]

    @model_validator(mode="after")
    def _has_one_part_each(self) -> "Cast":
        for kind, parties in (("outsiders", self.outsiders), ("observers", self.observers)):
            repeated = twice(party.id for party in parties)
            if repeated:
                raise ValueError(f"{kind}: ids must differ; '{repeated[0]}' stands twice")
            if not parties:
                raise ValueError(f"{kind}: at least one must be given")
        repeated = twice(party.id for party in (self.patron, self.client, self.challenger, self.backer))
        if repeated:
            raise ValueError(
                "patron, client, challenger and backer must be four different states; "
                f"'{repeated[0]}' stands twice"
            )
        return self

    def everyone(self) -> tuple[Party, ...]:
        """All parties, in the order of the article."""
        single = (self.patron, self.client, self.challenger, self.backer, self.mediators)
        return single + self.outsiders + self.observers


class Event(Strict):
    """Something from outside the model that happens on a date and moves one quantity."""

    date: datetime.date
    text: str = Field(min_length=1)
    quantity: Moving
    change: Literal["set", "add", "times"]
    amount: float
    claim: str
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _makes_sense(self) -> "Event":
        if self.claim and self.claim not in CLAIMS:
            raise ValueError(f"unknown claim '{shown(self.claim)}'; allowed: C1 to C55, or an empty text")
        low, high = {"set": (0.0, 1.0), "add": (-1.0, 1.0), "times": (0.0, 1000.0)}[self.change]
        if not low <= self.amount <= high:
            raise ValueError(
                f"amount = {self.amount:g}: allowed with change = '{self.change}' is {low:g} to {high:g}"
            )
        return self


class Series(Strict):
    """Yearly data: year -> value, held constant through the year."""

    values: dict[int, float] = Field(min_length=1)
    unit: str
    source: str = Field(min_length=1)

    @field_validator("values", mode="before")
    @classmethod
    def _years(cls, given: Any) -> Any:
        """Keys of TOML and JSON are texts."""
        if not isinstance(given, dict):
            return given
        return {int(key) if _is_year(key) else key: value for key, value in given.items()}

    def check(self, name: str, low: float, high: float) -> None:
        """Make sure that all values lie in a range.

        Raises:
            ValueError: one does not.
        """
        for year, value in self.values.items():
            if not low <= value <= high:
                raise ValueError(f"{name}.values.{year} = {value:g}: allowed is {low:g} to {high:g}")

    def at(self, day: date) -> float:
        """The value of the year of a day, or of the nearest year that has one."""
        year = min(self.values, key=lambda known: (abs(known - day.year), known))
        return self.values[year]


class SeriesSet(Strict):
    """The yearly series that rules read."""

    client_spending: Series
    challenger_spending: Series
    client_democracy: Series | None = None

    @model_validator(mode="after")
    def _has_plausible_values(self) -> "SeriesSet":
        self.client_spending.check("client_spending", 0, 1e9)
        self.challenger_spending.check("challenger_spending", 0, 1e9)
        if self.client_democracy is not None:
            self.client_democracy.check("client_democracy", 0, 1)
        return self


def _is_year(key: Any) -> bool:
    return isinstance(key, str) and len(key) <= 4 and key.isascii() and key.isdigit()


class Scenario(Strict):
    """A history to run, complete and checked."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    about: str
    start: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    end: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    step_days: float = Field(ge=0.05, le=31)
    map: str = Field(min_length=1)
    opens_with_offensive: bool = Field(False, description="whether the challenger attacks on the first day")
    client_arms: Arms = Field(description="stock of arms at the start, constant 2023 US$ m")
    challenger_arms: Arms = Field(description="stock of arms at the start, constant 2023 US$ m")
    cast: Cast
    held: dict[str, HeldShare] = Field({}, description="held shares that differ from the map's")
    parameters: Parameters = Parameters()
    series: SeriesSet
    event: tuple[Event, ...] = ()
    regions: RegionMap
    sources: dict[str, str] = Field({}, description="path -> source, for numbers that the file sets")

    @model_validator(mode="after")
    def _hangs_together(self) -> "Scenario":
        if self.end <= self.start:
            raise ValueError(f"end ({self.end}) must come after start ({self.start})")
        days = (self.end - self.start).days
        if days > MOST_YEARS * 366 or self.steps > MOST_STEPS:
            raise ValueError(
                f"start to end: {days} days in {self.steps} steps are too many; "
                f"allowed are {MOST_YEARS} years and {MOST_STEPS} steps"
            )
        for event in self.event:
            if not self.start <= event.date < self.end:
                raise ValueError(
                    f"event '{shown(event.text)}': date = {event.date} lies outside the scenario; "
                    f"allowed is from {self.start} to the day before {self.end}"
                )
        names = {region.id for region in self.regions.region}
        for name in self.held:
            if name not in names:
                raise ValueError(f"held: unknown region '{shown(name)}'; {nearest(name, names)}")
        self.regions.check_held(self.held)
        self._matches("outsiders", self.cast.outsiders, self.parameters.outsiders.powers)
        self._matches("observers", self.cast.observers, self.parameters.observers.states)
        return self

    @staticmethod
    def _matches(kind: str, cast: tuple[Party, ...], numbers: Mapping[str, Any]) -> None:
        members, given = {party.id for party in cast}, set(numbers)
        if members != given:
            odd = sorted(members ^ given)[0]
            inside, outside = f"cast.{kind}", f"parameters.{kind}"
            if odd in given:
                inside, outside = outside, inside
            others = members if odd in given else given - members
            hint = f"; {nearest(odd, others)}" if others else ""
            raise ValueError(f"'{shown(odd)}' stands in {inside}, but not in {outside}{hint}")

    @property
    def steps(self) -> int:
        """How many steps lead from start to end."""
        return -int(-(self.end - self.start).days // self.step_days)

    def day(self, step: int) -> date:
        """The date on which a step begins."""
        return self.start + timedelta(days=step * self.step_days)


class ParameterInfo(NamedTuple):
    """What `describe` tells of a parameter."""

    path: str
    default: float
    low: float
    high: float
    unit: str
    meaning: str
    claim: str
    source: str
    kind: Kind = "data"
    scale: Scale = "linear"


def describe(scenario: Scenario) -> list[ParameterInfo]:
    """Every parameter of a scenario, in the order of agents/parameters.toml."""
    return list(_walk(scenario.parameters, "", scenario.sources))


def _walk(group: BaseModel, prefix: str, sources: Mapping[str, str]) -> Iterator[ParameterInfo]:
    for name, field in type(group).model_fields.items():
        value, path = getattr(group, name), prefix + name
        if isinstance(value, BaseModel):
            yield from _walk(value, f"{path}.", sources)
        elif isinstance(value, dict):
            for member, numbers in value.items():
                yield from _walk(numbers, f"{path}.{member}.", sources)
        else:
            about: Any = field.json_schema_extra
            limits: dict[str, float] = {}
            for bound in field.metadata:
                limits |= {key: getattr(bound, key) for key in ("ge", "le") if hasattr(bound, key)}
            yield ParameterInfo(
                path=path,
                default=value,
                low=limits["ge"],
                high=limits["le"],
                unit=about["unit"],
                meaning=field.description or "",
                claim=about["claim"],
                source=sources.get(path, about["source"]),
                kind=about["kind"],
                scale=about["scale"],
            )


def check_value(known: Mapping[str, ParameterInfo], path: str, given: Any) -> float:
    """A parameter's value as a number inside its range.

    Raises:
        UserError: unknown path, not a number, or out of range.
    """
    if path not in known:
        raise UserError(f"unknown parameter '{path}': {nearest(path, known)}")
    info = known[path]
    words = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0} if info.unit == YES_NO else {}
    wrong_kind = f"{path} = {shown(given)}: a number is needed, {info.low:g} to {info.high:g}"
    if isinstance(given, bool) and not words:
        raise UserError(wrong_kind)
    try:
        value = words.get(str(given).lower())
        value = float(given) if value is None else value
    except (TypeError, ValueError, OverflowError):
        raise UserError(wrong_kind) from None
    if not info.low <= value <= info.high:
        raise UserError(f"{path} = {shown(given)}: allowed is {info.low:g} to {info.high:g} ({info.unit})")
    if info.unit == YES_NO and value not in (0.0, 1.0):
        raise UserError(f"{path} = {shown(given)}: allowed is 0 (no) or 1 (yes)")
    return value


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with some parameters set: {"client.outside_option": 0.4}.

    Raises:
        UserError: unknown path, not a number, or out of range.
    """
    known = {info.path: info for info in describe(scenario)}
    tree = scenario.parameters.model_dump()
    sources = dict(scenario.sources)
    for path, given in changes.items():
        *groups, name = path.split(".")
        value = check_value(known, path, given)
        branch = tree
        for group in groups:
            branch = branch[group]
        branch[name] = value
        sources[path] = "set by the user"
    parameters = Parameters.model_validate(tree)
    return scenario.model_copy(update={"parameters": parameters, "sources": sources})


def shipped() -> dict[str, Path]:
    """The scenario files that travel with the package, by name."""
    folder = Path(str(files("sim.scenarios")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load(name_or_file: str | Path) -> Scenario:
    """Read, complete and check a scenario: the name of a shipped one, or a TOML file.

    Raises:
        UserError: with the file, the field, what was given and what is allowed.
    """
    path = _find(str(name_or_file))
    data = read_toml(path)
    for name in FILLED_IN:
        if name in data:
            allowed = set(Scenario.model_fields) - set(FILLED_IN)
            raise UserError(f"{path}: {name}: unknown key; {nearest(name, allowed)}")
    map_path = _find_map(path, data)
    sources: dict[str, str] = {}
    _split_sources(path, data.get("parameters"), "", sources)
    data |= {"regions": read_toml(map_path), "sources": sources}
    try:
        scenario = Scenario.model_validate(data, strict=True)
        for info in describe(scenario):
            check_value({info.path: info}, info.path, info.default)
    except ValidationError as error:
        told = in_words(error, Scenario, data, Source(path), Source(map_path, ("regions",)))
        raise UserError(told) from None
    except UserError as error:
        raise UserError(f"{path}: parameters.{error}") from None
    return scenario.model_copy(update={"regions": scenario.regions.in_class_order()})


def _find(name: str) -> Path:
    own = shipped()
    if name in own:
        return own[name]
    path = Path(name)
    if is_file(path):
        return path
    if name and is_folder(path) and (path.suffix == ".toml" or len(path.parts) != 1):
        raise UserError(f"{shown(name)}: is a folder; the name of a scenario or a .toml file is needed")
    if path.suffix == ".toml" or len(path.parts) > 1:
        raise UserError(f"{shown(name)}: there is no scenario file of that name")
    raise UserError(f"unknown scenario '{shown(name)}': {nearest(name, own)} (or give a .toml file)")


def _find_map(scenario_path: Path, data: Mapping[str, Any]) -> Path:
    if "map" not in data:
        raise UserError(f"{scenario_path}: map: missing; the name of a map file is needed")
    name = data["map"]
    if not isinstance(name, str) or not name:
        raise UserError(f"{scenario_path}: map: must be the name of a map file (given: {shown(name)})")
    maps = Path(str(files("sim.scenarios.maps")))
    for folder in (scenario_path.parent, maps):
        path = folder / f"{name}.toml"
        if is_file(path):
            return path
    known = [path.stem for path in maps.glob("*.toml")]
    raise UserError(
        f"{scenario_path}: map = '{shown(name)}': there is no such .toml file beside the scenario "
        f"or in sim/scenarios/maps; {nearest(name, known)}"
    )


def _split_sources(file: Path, branch: Any, prefix: str, sources: dict[str, str]) -> None:
    """Replace each {value, source} by its value, and note the source under its path."""
    if not isinstance(branch, dict):
        return
    for name, entry in branch.items():
        path = f"{prefix}{name}"
        if not isinstance(entry, dict):
            sources[path] = NO_SOURCE
        elif isinstance(entry.get("value", {}), dict) and not isinstance(entry.get("source"), str):
            _split_sources(file, entry, f"{path}.", sources)
        else:
            branch[name] = _value_of(f"{file}: parameters.{shown(path)}", entry)
            sources[path] = entry.get("source", NO_SOURCE)


def _value_of(place: str, entry: Mapping[str, Any]) -> Any:
    """The value of a {value, source}."""
    for key in entry:
        if key not in ("value", "source"):
            raise UserError(f"{place}: unknown key '{shown(key)}'; {nearest(key, ('value', 'source'))}")
    if "value" not in entry:
        raise UserError(f"{place}: a source without a value")
    source = entry.get("source", NO_SOURCE)
    if not isinstance(source, str) or not source.strip():
        raise UserError(f"{place}.source: must be a text that is not empty (given: {shown(source)})")
    return entry["value"]
