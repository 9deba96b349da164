"""Which history is run: its map, cast, dates, numbers and dated events?

A scenario is a TOML file. It is read, completed with the defaults of sim/parameters.py, checked and
frozen. A number may be given alone, or with its source: `alignment = { value = 0.8, source = "K1" }`.
"""

import datetime
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field, ValidationError, model_validator

from sim.errors import UserError, nearest
from sim.parameters import YES_NO, Parameters
from sim.region_map import RegionMap, Strict

THEORIES = ("article", "treaty_only", "balance_of_threat", "base_rate")

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

    id: str = Field(min_length=1)
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
        ids = [party.id for party in self.everyone()]
        for part in (self.outsiders, self.observers):
            names = [party.id for party in part]
            if len(set(names)) < len(names):
                raise ValueError("two parties of one kind share an id")
        if len({self.patron.id, self.client.id, self.challenger.id, self.backer.id}) < 4:
            raise ValueError("patron, client, challenger and backer must be four different states")
        if not self.outsiders or not self.observers:
            raise ValueError("at least one outside power and one observer are needed")
        assert len(ids) >= 7
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


class Series(Strict):
    """Yearly data: year -> value, held constant through the year."""

    values: dict[int, float] = Field(min_length=1)
    unit: str
    source: str

    def at(self, day: date) -> float:
        """The value of the year of a day, or of the nearest year that has one."""
        year = min(self.values, key=lambda known: (abs(known - day.year), known))
        return self.values[year]


class SeriesSet(Strict):
    """The yearly series that rules read."""

    client_spending: Series
    challenger_spending: Series
    client_democracy: Series | None = None


class Scenario(Strict):
    """A history to run, complete and checked."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    about: str
    start: date
    end: date
    step_days: float = Field(gt=0, le=31)
    map: str
    opens_with_offensive: bool = Field(False, description="whether the challenger attacks on the first day")
    client_arms: float = Field(gt=0, description="stock of arms at the start, constant 2023 US$ m")
    challenger_arms: float = Field(gt=0, description="stock of arms at the start, constant 2023 US$ m")
    cast: Cast
    held: dict[str, float] = Field({}, description="held shares that differ from the map's")
    parameters: Parameters = Parameters()
    series: SeriesSet
    event: tuple[Event, ...] = ()
    regions: RegionMap
    sources: dict[str, str] = Field({}, description="path -> source, for numbers that the file sets")

    @model_validator(mode="after")
    def _hangs_together(self) -> "Scenario":
        if self.end <= self.start:
            raise ValueError(f"end ({self.end}) must come after start ({self.start})")
        for event in self.event:
            if not self.start <= event.date <= self.end:
                raise ValueError(
                    f"event '{event.text}' ({event.date}) lies outside {self.start} to {self.end}"
                )
        names = {region.id for region in self.regions.region}
        for name, share in self.held.items():
            if name not in names:
                raise ValueError(f"held: unknown region '{name}'; {nearest(name, names)}")
            if not 0 <= share <= 1:
                raise ValueError(f"held.{name} = {share}: allowed is 0 to 1")
        self._matches("outsiders", self.cast.outsiders, self.parameters.outsiders.powers)
        self._matches("observers", self.cast.observers, self.parameters.observers.states)
        return self

    @staticmethod
    def _matches(kind: str, cast: tuple[Party, ...], numbers: Mapping[str, Any]) -> None:
        members, given = {party.id for party in cast}, set(numbers)
        if members != given:
            odd = sorted(members ^ given)[0]
            raise ValueError(f"{kind}: '{odd}' must stand both in the cast and in parameters.{kind}")

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


def describe(scenario: Scenario) -> list[ParameterInfo]:
    """Every parameter of a scenario, in the order of sim/parameters.py."""
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
    try:
        value = words.get(str(given).lower())
        value = float(given) if value is None else value
    except (TypeError, ValueError):
        raise UserError(f"{path} = {given}: a number is needed, {info.low:g} to {info.high:g}") from None
    if not info.low <= value <= info.high:
        raise UserError(f"{path} = {given}: allowed is {info.low:g} to {info.high:g} ({info.unit})")
    if info.unit == YES_NO and value not in (0.0, 1.0):
        raise UserError(f"{path} = {given}: allowed is 0 (no) or 1 (yes)")
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
    data = _read_toml(path)
    map_path = _find_map(path, data)
    sources: dict[str, str] = {}
    _split_sources(data.get("parameters", {}), "", sources)
    data["regions"] = _read_toml(map_path)
    data["sources"] = sources
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        raise UserError(_in_words(path, map_path, error)) from None
    for info in describe(scenario):
        check_value({info.path: info}, info.path, info.default)
    return scenario.model_copy(update={"regions": scenario.regions.in_class_order()})


def _find(name: str) -> Path:
    own = shipped()
    if name in own:
        return own[name]
    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        if not path.is_file():
            raise UserError(f"there is no scenario file '{name}'")
        return path
    raise UserError(f"unknown scenario '{name}': {nearest(name, own)} (or give a .toml file)")


def _find_map(scenario_path: Path, data: Mapping[str, Any]) -> Path:
    name = data.get("map")
    if not isinstance(name, str) or not name:
        raise UserError(f"{scenario_path}: field 'map' is missing; give the name of a map file")
    for folder in (scenario_path.parent, Path(str(files("sim.maps")))):
        path = folder / f"{name}.toml"
        if path.is_file():
            return path
    raise UserError(
        f"{scenario_path}: map = '{name}': there is no {name}.toml beside the scenario or in sim/maps"
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: not valid TOML: {error}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text file in UTF-8") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def _split_sources(branch: Any, prefix: str, sources: dict[str, str]) -> None:
    """Replace each {value, source} by its value, and note the source under its path."""
    if not isinstance(branch, dict):
        return
    for name, entry in branch.items():
        path = prefix + str(name)
        if isinstance(entry, dict) and "value" in entry and set(entry) <= {"value", "source"}:
            branch[name] = entry["value"]
            sources[path] = str(entry.get("source", "given by the scenario without a source"))
        else:
            _split_sources(entry, f"{path}.", sources)


def _in_words(path: Path, map_path: Path, error: ValidationError) -> str:
    """All problems of a file in one line."""
    problems = []
    for problem in error.errors():
        place = [str(part) for part in problem["loc"]]
        in_map = place[:1] == ["regions"]
        field = ".".join(place[1:] if in_map else place) or "the file as a whole"
        problems.append(f"{map_path if in_map else path}: {field}: {_what_is_wrong(place, problem)}")
    return "; ".join(problems)


def _what_is_wrong(place: list[str], problem: Any) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    given = problem["input"]
    if problem["type"] == "extra_forbidden":
        return f"unknown key; {nearest(place[-1], _siblings(place))}"
    if problem["type"] == "missing":
        return "missing"
    shown = "" if isinstance(given, dict | list | tuple | BaseModel) else f" (given: {given!r})"
    return message[0].lower() + message[1:] + shown


def _siblings(place: list[str]) -> list[str]:
    """The names that are allowed where an unknown key stood."""
    model: Any = Scenario
    for part in place[:-1]:
        if isinstance(model, type) and issubclass(model, BaseModel) and part in model.model_fields:
            model = _model_of(model.model_fields[part].annotation)
        # an index into a list or the key of a table: the model stays
    return list(getattr(model, "model_fields", {}))


def _model_of(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_of(inner)
        if found is not None:
            return found
    return None
