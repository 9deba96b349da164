"""What stands in captures.toml and patterns.toml of a crisis's record: their form, and how they are read."""

from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from sim.errors import UserError, nearest
from sim.measures import OUTCOMES
from sim.scenarios.parameters import YES_NO
from sim.scenarios.reading import read_toml
from sim.scenarios.validation import DataFile, Strict, duplicates, problems_in_words, shortened

ORDER = "order"  # the id of the pattern that is made of captures
NARROWEST = 1e-6  # width of a band, by halves of which it is counted how far off a world is; assumption
UNIT_OF = {measure.name: measure.unit for measure in OUTCOMES}
WITHOUT_BAND = ("name", "date")  # units
FROM_0_TO_1 = ("share", YES_NO)  # units of what lies from 0 to 1

Name = Annotated[str, Field(min_length=1, max_length=60)]
Words = Annotated[str, Field(max_length=500)]


class Entry(Strict):
    """An entry: closed to unknown keys, and without casts: `true` is no number."""

    model_config = ConfigDict(strict=True)


class Capture(Entry):
    """When the larger part of a region was lost."""

    id: Name
    date: date
    mode: Words = ""
    source: Words = ""

    @field_validator("date", mode="before")
    @classmethod
    def _is_a_day(cls, given: object) -> object:
        if type(given) is not date:
            raise ValueError(f"'{shortened(given)}': a date is needed, such as 2008-08-07")
        return given


class Band(Entry):
    """A pattern: what an outcome should be for a world to be like the record."""

    id: Name
    outcome: str
    low: float
    high: float
    name: Words = ""
    observed: float | None = None
    source: Words = ""

    @model_validator(mode="after")
    def _is_a_band(self) -> "Band":
        if self.id == ORDER:
            raise ValueError('each pattern needs an id of its own, such as "P1", not that of captures')
        if self.outcome not in UNIT_OF:
            hint = nearest(self.outcome, UNIT_OF)
            raise ValueError(f"outcome = '{shortened(self.outcome)}': unknown; {hint}")
        unit = UNIT_OF[self.outcome]
        if unit in WITHOUT_BAND:
            raise ValueError(f"outcome = '{self.outcome}': a {unit} has no band")
        if not self.high - self.low >= NARROWEST:
            raise ValueError("low and high are needed, two numbers, the lower one first")
        if self.observed is not None and unit in FROM_0_TO_1 and not 0.0 <= self.observed <= 1.0:
            raise ValueError(f"observed = {self.observed:g}: a share from 0 to 1 is needed")
        return self


def _all_different(entries: tuple[Capture | Band, ...]) -> tuple[Capture | Band, ...]:
    for name in duplicates(one.id for one in entries):
        raise ValueError(f"id = '{shortened(name)}' stands twice")
    return entries


class CapturesFile(Strict):
    """The whole of captures.toml."""

    capture: Annotated[tuple[Capture, ...], AfterValidator(_all_different)] = ()


class BandsFile(Strict):
    """The whole of patterns.toml."""

    pattern: Annotated[tuple[Band, ...], AfterValidator(_all_different)] = ()


def read_captures(folder: Path) -> tuple[Capture, ...]:
    """What captures.toml says; nothing where there is none.

    Raises:
        UserError: what is wrong in it, in one line.
    """
    return _read(folder / "captures.toml", CapturesFile).capture


def read_bands(folder: Path) -> tuple[Band, ...]:
    """What patterns.toml says; nothing where there is none.

    Raises:
        UserError: what is wrong in it, in one line.
    """
    return _read(folder / "patterns.toml", BandsFile).pattern


_Form = TypeVar("_Form", CapturesFile, BandsFile)


def _read(path: Path, form: type[_Form]) -> _Form:
    if not path.exists():
        return form()
    try:
        data = read_toml(path)
    except UserError as error:
        raise UserError(str(error).replace(str(path), f"record/{path.name}")) from None
    try:
        return form.model_validate(data)
    except ValidationError as error:
        raise UserError(problems_in_words(error, form, data, DataFile(f"record/{path.name}"))) from None
