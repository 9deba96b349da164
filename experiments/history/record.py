"""The record of 1994 to 2025, read from the data files of experiments/history."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter

from experiments.history.patterns import Pattern
from sim.scenarios.scenario import Scenario

_FOLDER = files("experiments.history")
MAP = "south-caucasus"  # the map that the record is about
START_OF_WAR = date(2020, 9, 27)  # F:AHRAM
END_OF_WAR = date(2020, 11, 10)  # F:BNL, AHRAM: the trilateral statement

QUESTIONS = (
    "relations_good",
    "main_friend",
    "ally",
    "leadership_approved",
)  # of the polls; the first is ours

Dated = Sequence[tuple[date, float]]


def known_and_ahead(dated: Dated, start: date, end: date) -> tuple[Dated, Dated]:
    """What was known on the day of the start, and what came after it, up to the end.

    >>> dated = [(date(2020, 1, 1), 0.5), (date(2021, 1, 1), 0.4)]
    >>> known_and_ahead(dated, start=date(2020, 6, 1), end=date(2022, 1, 1))
    ([(datetime.date(2020, 1, 1), 0.5)], [(datetime.date(2021, 1, 1), 0.4)])
    """
    known = [(day, value) for day, value in dated if day <= start]
    return known, [(day, value) for day, value in dated if start < day <= end]


@dataclass(frozen=True)
class Record:
    """What was observed, to be set beside what was simulated.

    Attributes:
        control: dated shares of the contested land, 0-1, still held.
        captures: the date on which the larger part of each lost region fell, by its id.
        polls: question -> dated shares, 0-1, of the client's public; the first is what a run calls opinion.
        steps: what happened between patron and client, and when.
    """

    control: Dated = ()
    captures: Mapping[str, date] = field(default_factory=dict)
    polls: Mapping[str, Dated] = field(default_factory=dict)
    steps: Sequence[tuple[date, str]] = ()

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Record":
        """A record of one's own from its facts.

        >>> Record.of({"control": [["2008-08-20", 0.5]]}).control
        [(datetime.date(2008, 8, 20), 0.5)]

        Args:
            facts: what `facts` gives; of polls, those of known questions count, and no steps do.

        Raises:
            ValueError: they are not those of a record.
        """
        found = TypeAdapter(cls).validate_python(facts)
        return cls(found.control, found.captures, {name: found.polls.get(name, ()) for name in QUESTIONS})

    @property
    def facts(self) -> dict[str, Any]:
        """The record as plain data."""
        found: dict[str, Any] = TypeAdapter(Record).dump_python(self, mode="json")
        return found

    def within(self, scenario: Scenario) -> "Record":
        """The part that falls into the time of a scenario."""

        def inside(day: date) -> bool:
            return scenario.start <= day <= scenario.end

        return Record(
            [(day, share) for day, share in self.control if inside(day)],
            {name: day for name, day in self.captures.items() if inside(day)},
            {name: [one for one in dated if inside(one[0])] for name, dated in self.polls.items()},
            [(day, text) for day, text in self.steps if inside(day)],
        )


def captures() -> dict[str, date]:
    """When the larger part of each contested district was lost in 2020; those kept are not in it."""
    text = _FOLDER.joinpath("captures.toml").read_text(encoding="utf-8")
    return {entry["id"]: entry["date"] for entry in tomllib.loads(text)["capture"]}


def days_to_capture() -> dict[str, int]:
    """Days from the first of the war of 2020 to the fall of each district that was taken by force."""
    text = _FOLDER.joinpath("captures.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)["capture"]
    return {one["id"]: (one["date"] - START_OF_WAR).days for one in entries if one["mode"] == "force"}


def kept_districts() -> tuple[str, ...]:
    """The contested districts whose larger part was kept in 2020."""
    text = _FOLDER.joinpath("captures.toml").read_text(encoding="utf-8")
    return tuple(entry["id"] for entry in tomllib.loads(text)["kept"])


def control() -> list[tuple[date, float]]:
    """Dated share of the land of 1994 still held."""
    lines = _FOLDER.joinpath("control.csv").read_text(encoding="utf-8").splitlines()
    return [(date.fromisoformat(row["date"]), float(row["share_held"])) for row in csv.DictReader(lines)]


def patterns() -> tuple[Pattern, ...]:
    """The patterns T1 to T17, with their bands."""
    text = _FOLDER.joinpath("patterns.toml").read_text(encoding="utf-8")
    return tuple(
        Pattern(
            id=one["id"],
            name=one["name"],
            text=one["text"],
            low=one["low"],
            high=one["high"],
            unit=one["unit"],
            fitted=one["use"] == "fit",
            observed=one.get("observed", float("nan")),
        )
        for one in tomllib.loads(text)["pattern"]
    )


def polls(measure: str) -> list[tuple[date, float]]:
    """Dated shares of the client's public that gave an answer about the patron, such as "relations_good"."""
    lines = _FOLDER.joinpath("polls.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines)
    return [
        (date.fromisoformat(row["date"]), float(row["share"])) for row in rows if row["measure"] == measure
    ]


def steps_of_alliance() -> list[tuple[date, str]]:
    """What happened between patron and client after the war of 2020: dates and words."""
    lines = _FOLDER.joinpath("alliance.csv").read_text(encoding="utf-8").splitlines()
    return [(date.fromisoformat(row["date"]), row["text"]) for row in csv.DictReader(lines)]


def record_of(scenario: Scenario) -> Record | None:
    """The part of the record that lies within a scenario's dates; None for another map."""
    if scenario.map != MAP:
        return None
    asked = {question: polls(question) for question in QUESTIONS}
    return Record(control(), captures(), asked, steps_of_alliance()).within(scenario)
