"""The section of an answer: an experiment, the scoreboard, or a study of its own."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ValidationError

from agents.claims import all_claims
from experiments.report.comparison import OF_RUNS, comparison_in
from experiments.report.drawings import drawing_of, figures_beside
from experiments.report.frames import lacking, read_csv, table_of_frame
from experiments.report.numbers import moment, shown
from experiments.report.section import Drawing, Section
from experiments.report.table import Table
from experiments.report.verdicts import (
    BOARD,
    FINDINGS,
    PATTERNS,
    board_table,
    claims_table,
    crossed_table,
    findings_table,
    opposed_table,
    patterns_table,
    settings_table,
)
from experiments.sentences import capitalised
from experiments.trial.claims import listed, verdicts_counted, verdicts_in_words
from sim.errors import UserError
from sim.runs.files import MOST_BYTES_READ
from sim.runs.manifest import MANIFEST
from sim.runs.results import ResultFolder
from sim.scenarios.reading import read_regular

JUDGED = ("experiment", "scoreboard")  # kinds of answers that come to verdicts on claims
TOLD_BY_TABLES = (*JUDGED, OF_RUNS)  # kinds of which the tables say all
Frames = Mapping[str, pd.DataFrame]


class Pictured(BaseModel):
    """What the facts of an answer say of a figure."""

    caption: str
    alternative: str
    form: str = ""


class Facts(BaseModel):
    """The facts of an answer, as far as the page tells them."""

    name: str = ""
    question: str = ""
    design: str = ""
    claims: tuple[str, ...] = ()
    worlds: int | None = None
    points: int | None = None
    seed: int | None = None
    numbers: str = ""
    scenario: str = ""
    lacking: tuple[str, ...] = ()
    inherited: str = ""
    verdicts: dict[str, str] = {}
    tables: tuple[str, ...]
    pictures: dict[str, Pictured]


def answer_section(folder: ResultFolder) -> Section:
    """What the page says of an answer.

    Raises:
        UserError: a file is missing, or holds something else.
    """
    facts, tabled, text = _facts(folder), folder.manifest.kind in TOLD_BY_TABLES, _text(folder.path)
    _check_listed(folder, facts)
    section = tabled_in(folder) if tabled else _study(folder, facts, text)
    return replace(
        section,
        drawings=tuple(_drawings(folder, facts)),
        story="" if tabled else text,
        command=folder.manifest.command,
        origin=tuple(_origin(folder, facts)),
    )


def tabled_in(folder: ResultFolder) -> Section:
    """What an experiment, the scoreboard or a comparison says, without its figures and its origin."""
    facts = _facts(folder)
    if folder.manifest.kind == OF_RUNS:
        return replace(comparison_in(folder, facts.question), name=folder.path.resolve().name)
    return _section(folder, facts, _answer(folder, facts), folded=True)


def _study(folder: ResultFolder, facts: Facts, text: str) -> Section:
    first = text.partition("\n")[0]
    return _section(folder, facts, first.removeprefix(facts.question).strip(), folded=None)


def _section(folder: ResultFolder, facts: Facts, answer: str, folded: bool | None) -> Section:
    kind, name = folder.manifest.kind, folder.path.resolve().name
    frames = {one: read_csv(folder.path / f"{one}.csv") for one in facts.tables}
    first, behind, used = _tables(folder, facts, frames)
    rest = (
        table_of_frame(frame, _named(one), source=f"{one}.csv", folded=folded)
        for one, frame in frames.items()
        if one not in used
    )
    return Section(
        kind=kind if kind in JUDGED else "study",
        question=facts.question or _named(name),
        answer=answer,
        settings=_settings(facts),
        first=tuple(first),
        tables=(*behind, *rest),
        name=facts.name or name,
        design=tuple(filter(None, (facts.design, *_of_scenario(facts)))),
    )


def _of_scenario(facts: Facts) -> Iterator[str]:
    """What is told of a scenario that was asked about in place of the study's own."""
    if facts.inherited:
        yield f"{facts.inherited}."
    if facts.lacking:
        yield f"Not asked of {facts.scenario}: {'. '.join(facts.lacking)}."


def _settings(facts: Facts) -> tuple[str, ...]:
    scenario = f"scenario: {facts.scenario}" if facts.scenario else ""
    points = f"{facts.points:,} points of each space around" if facts.points else ""
    worlds = f"{facts.worlds:,} worlds a setting" if facts.worlds else ""
    numbers = f"numbers: {Path(facts.numbers).name}" if facts.numbers else ""
    return tuple(filter(None, (scenario, numbers, worlds, points, f"seed {facts.seed}")))


def _facts(folder: ResultFolder) -> Facts:
    try:
        return Facts.model_validate(folder.manifest.facts)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise UserError(
            f"{folder.path / MANIFEST} cannot be read: '{field}' is not as it should be"
        ) from None


def _check_listed(folder: ResultFolder, facts: Facts) -> None:
    """Make sure that what is told of are files of the folder, and there."""
    listed = {*folder.manifest.files, *figures_beside(folder)}
    for name in [f"{one}.csv" for one in facts.tables] + [f"{one}.svg" for one in facts.pictures]:
        if name not in listed:
            raise UserError(
                f"{folder.path / MANIFEST} cannot be read: '{name}' is not the name of a file in it"
            )


def _text(folder: Path) -> str:
    path = folder / "answer.txt"
    try:
        return read_regular(path, MOST_BYTES_READ).decode().strip()
    except FileNotFoundError:
        raise UserError(f"{folder} is not complete: {path.name} is missing") from None
    except (OSError, ValueError):
        raise UserError(f"{path} cannot be read: it is not a text in UTF-8") from None


def _named(name: str) -> str:
    return capitalised(name.replace("-", " ").replace("_", " "))


def _answer(folder: ResultFolder, facts: Facts) -> str:
    """What was judged, in a sentence."""
    if folder.manifest.kind == "scoreboard":
        return verdicts_counted(facts.verdicts)
    if facts.verdicts:
        return f"In the model {verdicts_in_words(facts.verdicts)}.{_record(facts)}"
    return "Nothing is judged here: see the figures."


def _record(facts: Facts) -> str:
    """What became of the same claims in the record, which is of our scenarios alone."""
    if facts.scenario:
        return ""
    known = {claim.id: claim.history for claim in all_claims()}
    found = {
        word: [name for name in facts.verdicts if known.get(name) == word]
        for word in ("borne out", "mixed", "contradicted")
    }
    parts = [f"{word} {listed(names)}" for word, names in found.items() if names]
    return f" In the record: {'; '.join(parts)}." if parts else ""


def _drawings(folder: ResultFolder, facts: Facts) -> Iterator[Drawing]:
    for name, words in facts.pictures.items():
        yield drawing_of(folder.path / f"{name}.svg", words.caption, words.alternative, words.form)


def _tables(folder: ResultFolder, facts: Facts, frames: Frames) -> tuple[list[Table], list[Table], set[str]]:
    """The tables that come first, those behind them, and the names of those that they are made of."""
    kind, path = folder.manifest.kind, folder.path
    claims = claims_table(facts.verdicts, facts.claims, recorded=not facts.scenario)
    if kind == "scoreboard" and "scoreboard" in frames:
        board = frames["scoreboard"]
        lacking(board, *BOARD, path / "scoreboard.csv")
        return (
            [crossed_table(board), board_table(board, facts.points), opposed_table(board)],
            [],
            {"scoreboard"},
        )
    if kind == "experiment" and len(frames.get("effects", ())):
        effects = frames["effects"]
        lacking(effects, *FINDINGS, path / "effects.csv")
        return [claims, findings_table(effects)], [settings_table(effects)], {"effects"}
    tables = [claims] if facts.claims else []
    if "patterns" in frames:
        lacking(frames["patterns"], *PATTERNS, path / "patterns.csv")
        tables.append(patterns_table(frames["patterns"]))
    return tables, [], set()


def _origin(folder: ResultFolder, facts: Facts) -> Iterator[tuple[str, str]]:
    """What determines the numbers."""
    told: tuple[tuple[str, Any, Callable[[Any], str]], ...] = (
        ("scenario", facts.scenario, str),
        ("numbers", Path(facts.numbers).name, str),
        ("worlds a setting", facts.worlds, shown),
        ("points of each space around", facts.points, shown),
        ("seed", facts.seed, str),
        ("claims", ", ".join(facts.claims), str),
    )
    yield from ((label, form(value)) for label, value, form in told if value not in (None, ""))
    yield from making_of(folder)


def making_of(folder: ResultFolder) -> Iterator[tuple[str, str]]:
    """When and by what a folder was made, label and value."""
    yield "made", moment(datetime.fromtimestamp((folder.path / MANIFEST).stat().st_mtime, UTC))
    yield "code of the model", folder.manifest.code
    yield "versions", ", ".join(f"{name} {version}" for name, version in folder.manifest.versions.items())
