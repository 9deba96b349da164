"""What is wrong, guessed, still inherited or still empty in the folder of a crisis, all in one go."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from experiments.own_crisis.entries import read_bands, read_captures
from experiments.own_crisis.sources import WHERE
from experiments.own_crisis.template import GUESS
from sim.errors import UserError, nearest
from sim.scenarios.inherited import OF_A_CRISIS, inherited, inherited_in_words
from sim.scenarios.loading import load
from sim.scenarios.reading import (
    MOST_CSV_BYTES,
    MOST_TOML_BYTES,
    has_semicolons,
    is_folder,
    plain_number,
    read_regular,
    rows_of,
)
from sim.scenarios.scenario import Scenario

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WRONG, GUESSED, INHERITED, EMPTY, NOTED = "wrong", "guessed", "inherited", "empty", "noted"


@dataclass(frozen=True)
class CrisisFinding:
    """Something that was found.

    Attributes:
        kind: wrong, guessed, inherited, empty or noted.
        text: what, and where.
    """

    kind: str
    text: str


def scenario_file(folder: Path) -> Path:
    """The scenario of a folder: the one file that has a cast.

    Raises:
        UserError: there is no such folder, or not one such file in it.
    """
    if not is_folder(folder):
        raise UserError(f"{folder}: there is no such folder; captive-ally new makes one")
    found = [path for path in sorted(folder.glob("*.toml")) if _has_cast(path)]
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise UserError(f"{folder}: one scenario, a .toml file with [cast], is needed (found: {names})")
    return found[0]


def _has_cast(path: Path) -> bool:
    try:
        return b"[cast]" in read_regular(path, MOST_TOML_BYTES)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def findings_in(folder: Path) -> list[CrisisFinding]:
    """All that is wrong, guessed, inherited or empty.

    Raises:
        UserError: there is no such folder, or no scenario in it.
    """
    path = scenario_file(folder)
    try:
        scenario = load(path)
    except UserError as error:
        return [CrisisFinding(WRONG, str(error)), *record_findings(folder / "record", None)]
    return [*_scenario(path, scenario), *record_findings(folder / "record", scenario)]


def _scenario(path: Path, scenario: Scenario) -> Iterator[CrisisFinding]:
    for region in scenario.regions.region:
        if GUESS in region.source:
            yield CrisisFinding(GUESSED, f"{scenario.map}.toml: region[{region.id}]: {region.source}")
    for hub in scenario.regions.hub:
        if GUESS in hub.source:
            yield CrisisFinding(GUESSED, f"{scenario.map}.toml: hub[{hub.id}]: {hub.source}")
    for name in ("client_spending", "challenger_spending"):
        series = getattr(scenario.series, name)
        if series is None:
            yield CrisisFinding(NOTED, f"{path.name}: no series.{name}: what wears out is replaced")
            continue
        if GUESS in series.source:
            yield CrisisFinding(GUESSED, f"{path.name}: series.{name}: {series.source}")
        left = [year for year in range(scenario.start.year, scenario.end.year) if year not in series.values]
        if left:
            yield CrisisFinding(
                NOTED, f"{path.name}: series.{name}: none for {left[0]}, the nearest year's is used"
            )
    found = inherited(scenario)
    for info in found:
        if info.kind in OF_A_CRISIS:
            where = WHERE.get(info.path, "a judgement")
            yield CrisisFinding(INHERITED, f"{info.path} = {info.default:g} ({info.meaning}); where: {where}")
    if found:
        yield CrisisFinding(
            NOTED, f"{inherited_in_words(scenario)}; captive-ally describe {path} --inherited"
        )


def record_findings(folder: Path, scenario: Scenario | None) -> Iterator[CrisisFinding]:
    """What is to be said of the record in a folder; without a scenario, of its files alone."""
    for name in ("control", "polls"):
        yield from _table(folder / f"{name}.csv", scenario)
    try:
        captures, bands = read_captures(folder), read_bands(folder)
    except UserError as error:
        yield CrisisFinding(WRONG, str(error))
        return
    for name, entries in (("captures", captures), ("patterns", bands)):
        if not entries and (folder / f"{name}.toml").exists():
            yield CrisisFinding(EMPTY, f"record/{name}.toml: nothing in it yet")
    if scenario is not None:
        ids = {region.id for region in scenario.regions.region}
        for one in captures:
            place = f"record/captures.toml: id = '{one.id}'"
            if one.id not in ids:
                yield CrisisFinding(WRONG, f"{place}: unknown; {nearest(one.id, ids)}")
            elif not scenario.start <= one.date <= scenario.end:
                yield CrisisFinding(NOTED, f"{place}: {one.date} lies outside the scenario")


def _table(path: Path, scenario: Scenario | None) -> Iterator[CrisisFinding]:
    """What is to be said of a dated table of shares."""
    if not path.exists():
        return
    place = f"record/{path.name}"
    try:
        content = read_regular(path, MOST_CSV_BYTES)
        (_, head), *rows = rows_of(content) or [(1, [])]
    except (OSError, ValueError, csv.Error) as error:
        yield CrisisFinding(WRONG, f"{place}: cannot be read: {error}")
        return
    if has_semicolons(content):
        yield CrisisFinding(NOTED, f"{place}: read with semicolons and decimal commas")
    if not rows:
        yield CrisisFinding(EMPTY, f"{place}: nothing in it yet")
    for number, cells in rows:
        row = dict(zip(head, cells, strict=False))
        share = row.get("share_held", row.get("share"))
        day = _date(row.get("date"))
        if day is None:
            yield CrisisFinding(
                WRONG, f"{place}: line {number}: '{row.get('date')}' is no date such as 2008-08-07"
            )
        elif scenario is not None and not scenario.start <= day <= scenario.end:
            yield CrisisFinding(NOTED, f"{place}: line {number}: {day} lies outside the scenario")
        try:
            within = 0 <= plain_number(share) <= 1
        except (ValueError, TypeError):
            within = False
        if not within:
            yield CrisisFinding(WRONG, f"{place}: line {number}: '{share}' is no share from 0 to 1")


def _date(text: Any) -> date | None:
    """A date as it is written here, year-month-day: Python takes weeks and bare digits, too."""
    try:
        return date.fromisoformat(str(text).strip()) if DAY.fullmatch(str(text).strip()) else None
    except ValueError:
        return None
