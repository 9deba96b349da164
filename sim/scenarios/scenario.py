"""The history that is run, as a frozen and checked model: cast, dates, numbers, events and series."""

import datetime
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from sim.errors import UserError, nearest
from sim.scenarios.parameters import CLAIMS, Parameters
from sim.scenarios.region_map import HeldShare, Id, RegionMap
from sim.scenarios.validation import Strict, bounds_of, duplicates, shortened

FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(2999, 12, 31)  # what every library below can store
MOST_YEARS = 200
MOST_STEPS = 100_000
EVENT_STOCKS = {  # what a dated event may move -> the stock of the world that holds it
    "client.alignment": "alignment",
    "patron.capability": "capability",
    "patron.stated_clarity": "stated_clarity",
    "backer.readiness": "readiness",
    "mediators.offer_tabled": "offer_tabled",
    "client.western_turn": "client_turn",
    "observers.western_turn": "observer_turn",
    "client.stability": "stability",
    "core.blockade": "blockade",
}

StepDays = Annotated[float, Field(ge=0.05, le=31)]
Arms = Annotated[float, Field(ge=0.001, le=1e9)]

OpeningAim = Literal["outer", "core", "home", "everything"]
SEATS = {"backer": "no backer", "mediators": "no mediators"}  # that may be empty -> who then sits there
AIMED_AT = {  # aim of an attack -> the legal classes of land, of which it needs at least one
    "outer": {"outer"},
    "core": {"core"},
    "home": {"recognised"},
    "everything": {"outer", "core", "recognised", "capital"},
}


class Party(Strict):
    """One member of the cast."""

    id: Id
    name: str = Field(min_length=1)
    members: tuple[str, ...] = Field((), description="who sits in it, for a body of several states")


class Cast(Strict):
    """The parties of a history: one in each part, and any number of outside powers and observers."""

    patron: Party
    client: Party
    challenger: Party
    backer: Party
    mediators: Party
    outsiders: tuple[Party, ...] = ()
    observers: tuple[Party, ...] = ()

    @model_validator(mode="after")
    def _has_one_part_each(self) -> "Cast":
        for kind, parties in (("outsiders", self.outsiders), ("observers", self.observers)):
            doubled = duplicates(party.id for party in parties)
            if doubled:
                raise ValueError(f"{kind}: ids must differ; '{doubled[0]}' stands twice")
        doubled = duplicates(party.id for party in (self.patron, self.client, self.challenger, self.backer))
        if doubled:
            raise ValueError(
                "patron, client, challenger and backer must be four different states; "
                f"'{doubled[0]}' stands twice"
            )
        return self

    def everyone(self) -> tuple[Party, ...]:
        """All parties, in the order of the article."""
        single = (self.patron, self.client, self.challenger, self.backer, self.mediators)
        return single + self.outsiders + self.observers


class Event(Strict):
    """A change of one quantity on a date, from outside the model."""

    date: datetime.date
    text: str = Field(min_length=1)
    quantity: str = Field(description="a number of the scenario by its path, or a stock of EVENT_STOCKS")
    change: Literal["set", "add", "times"]
    amount: float
    claim: str = ""
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _makes_sense(self) -> "Event":
        if self.claim and self.claim not in CLAIMS:
            raise ValueError(f"unknown claim '{shortened(self.claim)}'; allowed: C1 to C55, or an empty text")
        low, high = {"set": (0.0, 1.0), "add": (-1.0, 1.0), "times": (0.0, 1000.0)}[self.change]
        if self.quantity in EVENT_STOCKS and not low <= self.amount <= high:
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
        """Turn keys into years: those of TOML and JSON are texts."""
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
        """The value for the year of a day, or for the nearest year that has one."""
        return self.values[self._nearest(day)]

    def until(self, day: date) -> "Series":
        """The series without the years that come after that of a day; its value on that day stays."""
        last = self._nearest(day)
        return self.model_copy(update={"values": {y: v for y, v in self.values.items() if y <= last}})

    def _nearest(self, day: date) -> int:
        return min(self.values, key=lambda known: (abs(known - day.year), known))


class SeriesSet(Strict):
    """The yearly series that rules read; without spending, what wears out is replaced."""

    client_spending: Series | None = None
    challenger_spending: Series | None = None
    client_democracy: Series | None = None

    @model_validator(mode="after")
    def _has_plausible_values(self) -> "SeriesSet":
        if self.client_spending is not None:
            self.client_spending.check("client_spending", 0, 1e9)
        if self.challenger_spending is not None:
            self.challenger_spending.check("challenger_spending", 0, 1e9)
        if self.client_democracy is not None:
            self.client_democracy.check("client_democracy", 0, 1)
        return self

    def until(self, day: date) -> "SeriesSet":
        """The series without the years that come after that of a day."""
        given = {name: series.until(day) for name, series in self if series is not None}
        return self.model_copy(update=given)


def _is_year(key: Any) -> bool:
    return isinstance(key, str) and len(key) <= 4 and key.isascii() and key.isdigit()


class Stretch(Strict):
    """A period from some day on, in which steps have a length of their own."""

    start: date
    step_days: StepDays


class Scenario(Strict):
    """A history to run, complete and checked."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    about: str
    start: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    end: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    step_days: StepDays = Field(description="length of a step, days, until a stretch gives another")
    stretch: tuple[Stretch, ...] = Field((), description="from when on steps are longer or shorter")
    map: str = Field(min_length=1)
    opens_with_offensive: bool = Field(False, description="whether the challenger attacks on the first day")
    opening_aim: OpeningAim | None = Field(
        None, description="what that attack is for; left out: the challenger's own choice"
    )
    client_arms: Arms = Field(description="stock of arms at the start, constant 2023 US$ m")
    challenger_arms: Arms = Field(description="stock of arms at the start, constant 2023 US$ m")
    cast: Cast
    held: dict[str, HeldShare] = Field({}, description="held shares that differ from the map's")
    parameters: Parameters = Parameters()
    series: SeriesSet = SeriesSet()
    event: tuple[Event, ...] = ()
    regions: RegionMap
    sources: dict[str, str] = Field({}, description="path -> source, for numbers that the file sets")

    @model_validator(mode="after")
    def _hangs_together(self) -> "Scenario":
        if self.end <= self.start:
            raise ValueError(f"end ({self.end}) must come after start ({self.start})")
        first = [self.start, *(stretch.start for stretch in self.stretch), self.end]
        for before, after in pairwise(first):
            if after <= before:
                raise ValueError(
                    f"stretch: start = {before if after == self.end else after}: "
                    f"stretches must come in order, after {self.start} and before {self.end}"
                )
        days = (self.end - self.start).days
        if days > MOST_YEARS * 366 or self.steps > MOST_STEPS:
            raise ValueError(
                f"start to end: {days} days in {self.steps} steps are too many; "
                f"allowed are {MOST_YEARS} years and {MOST_STEPS} steps"
            )
        for event in self.event:
            if not self.start <= event.date < self.end:
                raise ValueError(
                    f"event '{shortened(event.text)}': date = {event.date} lies outside the scenario; "
                    f"allowed is from {self.start} to the day before {self.end}"
                )
            self._check_event(event)
        names = {region.id for region in self.regions.region}
        for name in self.held:
            if name not in names:
                raise ValueError(f"held: unknown region '{shortened(name)}'; {nearest(name, names)}")
        self.regions.check_held(self.held)
        self._check_opening_aim()
        self._matches("outsiders", self.cast.outsiders, self.parameters.outsiders.powers)
        self._matches("observers", self.cast.observers, self.parameters.observers.states)
        return self

    def _check_event(self, event: Event) -> None:
        """Make sure that an event changes something that exists, and within its range."""
        place, seat = f"event[{shortened(event.text)}]", event.quantity.partition(".")[0]
        if seat in self.empty_seats:
            raise ValueError(f"{place}.quantity = '{event.quantity}': there is {SEATS[seat]} in the cast")
        if event.quantity in EVENT_STOCKS:
            return
        if event.quantity == "client.democracy" and self.series.client_democracy is not None:
            hint = "it follows series.client_democracy; change that"
            raise ValueError(f"{place}.quantity = 'client.democracy': {hint}")
        ranges = self.ranges()
        if event.quantity not in ranges:
            hint = nearest(event.quantity, {*EVENT_STOCKS, *ranges})
            raise ValueError(f"{place}.quantity: unknown '{shortened(event.quantity)}'; {hint}")
        low, high = ranges[event.quantity]
        if event.change == "set" and not low <= event.amount <= high:
            allowed = f"allowed for {event.quantity} is {low:g} to {high:g}"
            raise ValueError(f"{place}.amount = {event.amount:g}: {allowed}")

    @property
    def empty_seats(self) -> tuple[str, ...]:
        """The parts of the cast that nobody plays: their numbers stay as they are and have no effect."""
        return tuple(seat for seat, name in SEATS.items() if getattr(self.cast, seat).name == name)

    def ranges(self) -> dict[str, tuple[float, float]]:
        """The range of every number, by its path."""
        return dict(_ranges_in(self.parameters, ""))

    def _check_opening_aim(self) -> None:
        """Make sure that the client holds land of a class that the opening attack is for."""
        held = {
            region.legal_class
            for region in self.regions.region
            if region.legal_class != "challenger" and self.held.get(region.id, region.held) > 0
        }
        there = [aim for aim, wanted in AIMED_AT.items() if held & wanted]
        if self.opening_aim is not None and self.opening_aim not in there:
            raise ValueError(
                f"opening_aim = '{self.opening_aim}': the client holds no such land on this map; "
                f"allowed: {', '.join(there)}"
            )

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
            raise ValueError(f"'{shortened(odd)}' stands in {inside}, but not in {outside}{hint}")

    @property
    def steps(self) -> int:
        """The number of steps from start to end."""
        return len(self.beginnings) - 1

    @property
    def beginnings(self) -> tuple[float, ...]:
        """When each step begins, and when the last one ends, in days from the start.

        The last step before a new stretch is cut short; the last of the scenario is a whole one.
        """
        lengths = (self.step_days, *(stretch.step_days for stretch in self.stretch))
        edges = (self.start, *(stretch.start for stretch in self.stretch), self.end)
        return _beginnings(lengths, tuple((edge - self.start).days for edge in edges))

    def day(self, step: int) -> date:
        """The date on which a step begins; with steps of part of a day, the date it falls in."""
        return date_after(self.start, self.beginnings[step])

    def until(self, end: date) -> "Scenario":
        """The scenario cut off at an earlier day, with nothing in it of what comes after.

        If a step begins on that day, every world runs up to it as in the whole scenario, to the bit.

        Args:
            end: the day on which it ends, after the start and not after the end.

        Raises:
            UserError: it is another day.

        >>> from sim.scenarios.loading import load
        >>> load("karabakh-2020").until(date(2020, 12, 31)).steps
        95
        """
        if not self.start < end <= self.end:
            raise UserError(
                f"until {end}: a day after {self.start} and up to {self.end} is needed for {self.name}"
            )
        parts = {
            "end": end,
            "stretch": tuple(stretch for stretch in self.stretch if stretch.start < end),
            "event": tuple(event for event in self.event if event.date < end),
            "series": self.series.until(end),
        }
        return self.model_copy(update=parts)

    @property
    def close_up(self) -> "Scenario":
        """What lies before the first stretch, such as a war day by day; without one, the whole scenario."""
        return self.until(self.stretch[0].start) if self.stretch else self

    def step_at(self, day: float) -> int:
        """The step that is under way on a day, counted from the start."""
        return max(0, min(bisect_right(self.beginnings, day) - 1, self.steps))


def _ranges_in(group: BaseModel, prefix: str) -> Iterator[tuple[str, tuple[float, float]]]:
    for name, field in type(group).model_fields.items():
        value, path = getattr(group, name), prefix + name
        if isinstance(value, BaseModel):
            yield from _ranges_in(value, f"{path}.")
        elif isinstance(value, dict):
            for member, numbers in value.items():
                yield from _ranges_in(numbers, f"{path}.{member}.")
        else:
            limits = bounds_of(field)
            yield path, (limits["ge"], limits["le"])


@lru_cache(maxsize=64)
def _beginnings(lengths: tuple[float, ...], edges: tuple[int, ...]) -> tuple[float, ...]:
    """When steps begin, and when the last one ends, from the step length and the edges of each stretch."""
    days: list[float] = []
    for length, (first, last) in zip(lengths, pairwise(edges), strict=True):
        count = ceil(round((last - first) / length, 9))  # seven days in parts of 0.7 are ten, not eleven
        days += [first + step * length for step in range(count)]
    return (*days, days[-1] + lengths[-1])


def date_after(start: date, days: float) -> date:
    """The date some days, or parts of days, after the midnight at which a date begins.

    >>> date_after(date(2020, 9, 27), 1.5)
    datetime.date(2020, 9, 28)
    """
    return (datetime.datetime.combine(start, datetime.time()) + datetime.timedelta(days=days)).date()
