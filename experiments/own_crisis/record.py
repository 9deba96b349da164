"""The record of a crisis: read from its folder, held against worlds and drawn beside them.

That of a crisis of one's own lies beside its scenario; that of one that ships in a folder of
experiments/history named after its map. That of the war of 2020 has a form of its own (../history/record.py).
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.history.patterns import Pattern, agreement_of_order
from experiments.history.record import QUESTIONS, Dated, Record, record_of
from experiments.own_crisis.checking import WRONG, record_findings, scenario_file
from experiments.own_crisis.entries import ORDER, UNIT_OF, Band, read_bands, read_captures
from sim.errors import UserError
from sim.quantities import Numbers
from sim.runs.manifest import MANIFEST
from sim.runs.results import ResultFolder
from sim.scenarios.loading import load, shipped
from sim.scenarios.parameters import YES_NO
from sim.scenarios.reading import MOST_CSV_BYTES, is_folder, read_regular, rows_of
from sim.scenarios.scenario import Scenario

FEWEST_IN_ORDER = 2  # dates of capture that make an order
ORDER_AGREES = 0.5  # Kendall's tau-b from which an order looks like the record's; assumption, as T7


@dataclass(frozen=True)
class OwnRecord:
    """What really happened in a crisis of the user's.

    Attributes:
        folder: where it lies.
        patterns: the patterns, each a band of an outcome; with two captures or more also their order.
        outcomes: pattern -> the outcome that it is a band of.
        captures: region -> the date on which its larger part was lost.
        control: dated shares of the contested land, 0-1, still held.
        opinion: dated shares of the client's public, 0-1, that call relations good.
    """

    folder: Path
    patterns: tuple[Pattern, ...]
    outcomes: Mapping[str, str]
    captures: Mapping[str, date]
    control: Dated
    opinion: Dated

    def readers(self) -> dict[str, Callable[[pd.DataFrame], Numbers]]:
        """How each pattern is read off a table of outcomes, a row a world."""
        found = {name: _reader(outcome) for name, outcome in self.outcomes.items()}
        if any(one.id == ORDER for one in self.patterns):
            found[ORDER] = self._order
        return found

    def _order(self, table: pd.DataFrame) -> Numbers:
        fell = [pd.to_datetime(table[f"fell_{name}"]) for name in self.captures]
        days = [(one - pd.Timestamp(1970, 1, 1)).dt.total_seconds().to_numpy(dtype=float) for one in fell]
        return agreement_of_order(np.stack(days, axis=1), self.captures)


def _reader(outcome: str) -> Callable[[pd.DataFrame], Numbers]:
    return lambda table: table[outcome].to_numpy(dtype=float)


def scenario_beside(folder: Path) -> Path:
    """The scenario that a record is of: that of the folder which holds it, or one that ships, by name.

    Raises:
        UserError: there is none, or more than one.
    """
    if str(folder) in shipped():
        return folder
    return scenario_file(folder.resolve().parent if folder.resolve().name == "record" else folder)


def read_record(folder: Path, scenario: Scenario) -> OwnRecord:
    """The record in a folder: captures.toml, patterns.toml, control.csv and polls.csv, each of them optional.

    Args:
        folder: the record itself, the folder of a crisis that has one, or the name of a scenario that ships.
        scenario: the scenario that it is to be held against.

    Raises:
        UserError: there is none, nothing is in it yet, or something is wrong in it.
    """
    ships = str(folder) in shipped()
    place = _place_that_ships(load(folder)) if ships else folder
    place = place / "record" if is_folder(place / "record") else place
    if not is_folder(place):
        hint = "captive-ally experiment history has that of 2020" if ships else "captive-ally new makes one"
        raise UserError(f"--record {folder}: there is no such folder; {hint}")
    captures = _captures(place, scenario, f"--record {folder}")
    patterns = [(_pattern(one), one.outcome) for one in read_bands(place)]
    if len(set(captures.values())) >= FEWEST_IN_ORDER:
        text = "The regions are lost in the order of the record."
        unit = "tau, median of worlds"
        order = Pattern(ORDER, "order of capture", text, ORDER_AGREES, 1.0, unit, False, 1.0)
        patterns.append((order, ""))
    control = _dated(place / "control.csv")
    opinion = _dated(place / "polls.csv", QUESTIONS[0])
    if not patterns and not control and not opinion:
        raise UserError(f"--record {folder}: nothing is in it yet; patterns.toml is where to begin")
    return OwnRecord(
        place,
        tuple(pattern for pattern, _ in patterns),
        {pattern.id: outcome for pattern, outcome in patterns if outcome},
        captures,
        control,
        opinion,
    )


def record_beside(given: str | Path | Scenario, scenario: Scenario) -> Record | None:
    """The record that lies beside a scenario's file, which a run keeps with itself.

    Args:
        given: the file that the scenario was read from; beside a name, or the scenario itself, lies none.
        scenario: the scenario that is run.

    Raises:
        UserError: something is wrong in it.
    """
    if isinstance(given, Scenario) or str(given) in shipped():
        return None
    return _record_in(Path(given).parent / "record", scenario)


def record_shown(folder: ResultFolder) -> Record | None:
    """What the figures of a run show as observed: the record that it keeps, else one that ships.

    Raises:
        UserError: what it keeps is no record.
    """
    kept, scenario = folder.manifest.record, folder.scenario
    if not kept:
        return record_that_ships(scenario)
    try:
        return Record.of(kept).within(scenario)
    except ValueError:
        raise UserError(f"{folder.path / MANIFEST} cannot be read: what it holds is no record") from None


def record_that_ships(scenario: Scenario) -> Record | None:
    """The record that ships of a scenario's map, as far as it lies within its dates; None if none does."""
    return _record_in(_place_that_ships(scenario), scenario) or record_of(scenario)


def _record_in(place: Path, scenario: Scenario) -> Record | None:
    """The part of the record in a folder that lies within a scenario's dates; None if there is no folder."""
    if not is_folder(place):
        return None
    captures = _captures(place, scenario, str(place.parent))
    asked = {question: _dated(place / "polls.csv", question) for question in QUESTIONS}
    return Record(_dated(place / "control.csv"), captures, asked).within(scenario)


def _place_that_ships(scenario: Scenario) -> Path:
    """Where the record of a map that ships lies, if there is one of this form."""
    return Path(str(files("experiments.history"))) / scenario.map


def _captures(place: Path, scenario: Scenario, named: str) -> dict[str, date]:
    """When regions were lost, of a record in which nothing is wrong.

    Raises:
        UserError: something is.
    """
    wrong = [one.text for one in record_findings(place, scenario) if one.kind == WRONG]
    if wrong:
        raise UserError(f"{named}: {wrong[0]}")
    return {one.id: one.date for one in read_captures(place)}


def _pattern(band: Band) -> Pattern:
    unit = UNIT_OF[band.outcome]
    told = "share of worlds" if unit == YES_NO else f"{unit}, median of worlds"
    seen = (band.low + band.high) / 2 if band.observed is None else band.observed
    words = band.name or band.id
    return Pattern(band.id, words, words, band.low, band.high, told, False, seen)


def _dated(path: Path, measure: str = "") -> list[tuple[date, float]]:
    """The dated shares of a table; of polls, those of one question."""
    try:
        (_, head), *rows = rows_of(read_regular(path, MOST_CSV_BYTES)) or [(1, [])]
    except (OSError, ValueError, csv.Error):  # what is wrong has been told before
        return []
    found = (dict(zip(head, cells, strict=False)) for _, cells in rows)
    kept = (row for row in found if not measure or row.get("measure") == measure)
    return [
        (date.fromisoformat(row["date"].strip()), float(row.get("share_held", row.get("share", ""))))
        for row in kept
    ]
