"""The section of an answer: an experiment, the scoreboard, or a study of its own."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ValidationError

from agents.claims import all_claims
from experiments.report.drawings import drawing_of
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
from experiments.trial.claims import listed, verdicts_counted, verdicts_in_words
from sim.errors import UserError

FACTS = "answer.json"
ANSWER_FORMAT = 1  # of the folder; raised when an older reader would misread it
JUDGED = ("experiment", "scoreboard")  # kinds of answers that come to verdicts on claims
Frames = Mapping[str, pd.DataFrame]


class Pictured(BaseModel):
    """What answer.json says of a figure."""

    caption: str
    alternative: str


class Facts(BaseModel):
    """What answer.json says, as far as the page tells it."""

    kind: str = "study"
    name: str = ""
    question: str = ""
    design: str = ""
    claims: tuple[str, ...] = ()
    worlds: int | None = None
    points: int | None = None
    seed: int | None = None
    verdicts: dict[str, str] = {}
    command: str
    made: datetime
    code: str
    versions: dict[str, str]
    tables: tuple[str, ...]
    pictures: dict[str, Pictured]


def is_answer(folder: Path) -> bool:
    """Whether a folder holds an answer."""
    return (folder / FACTS).is_file()


def answer_section(folder: Path, prefix: str) -> Section:
    """What the page says of an answer.

    Args:
        folder: the folder of the answer.
        prefix: the beginning of the names in its figures, its own on the page.

    Raises:
        UserError: the folder is not complete, or holds something else.
    """
    facts = _facts(folder)
    _check_complete(folder, facts)
    judged, text = facts.kind in JUDGED, _text(folder)
    section = judged_in(folder) if judged else _study(folder, facts, text)
    return replace(section, drawings=tuple(_drawings(folder, facts, prefix)), story="" if judged else text)


def judged_in(folder: Path) -> Section:
    """What an experiment or the scoreboard says, without its figures."""
    facts = _facts(folder)
    return _section(folder, facts, _answer(facts), folded=True)


def _study(folder: Path, facts: Facts, text: str) -> Section:
    first = text.partition("\n")[0]
    return _section(folder, facts, first.removeprefix(facts.question).strip(), folded=None)


def _section(folder: Path, facts: Facts, answer: str, folded: bool | None) -> Section:
    frames = {name: read_csv(folder / f"{name}.csv") for name in facts.tables}
    first, behind, used = _tables(folder, facts, frames)
    rest = (
        table_of_frame(frame, _named(name), source=f"{name}.csv", folded=folded)
        for name, frame in frames.items()
        if name not in used
    )
    return Section(
        kind=facts.kind if facts.kind in JUDGED else "study",
        question=facts.question or _named(folder.resolve().name),
        answer=answer,
        settings=_settings(facts),
        first=tuple(first),
        tables=(*behind, *rest),
        name=facts.name or folder.resolve().name,
        design=(facts.design,) if facts.design else (),
        command=facts.command,
        origin=tuple(_origin(facts)),
    )


def _settings(facts: Facts) -> tuple[str, ...]:
    points = f"{facts.points:,} points of each space around" if facts.points else ""
    worlds = f"{facts.worlds:,} worlds a setting" if facts.worlds else ""
    return tuple(filter(None, (worlds, points, f"seed {facts.seed}")))


def read_facts(folder: Path) -> dict[str, Any]:
    """The facts of an answer.

    Raises:
        UserError: the folder holds no answer, or one of a newer version.
    """
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{folder} holds no answer: there is no {FACTS} in it") from None
    except (OSError, ValueError):
        raise UserError(f"{folder / FACTS} cannot be read: it is not the file of an answer") from None
    if not isinstance(facts, dict) or not isinstance(facts.get("format"), int):
        raise UserError(f"{folder / FACTS} cannot be read: it is not the file of an answer")
    if facts["format"] > ANSWER_FORMAT:
        raise UserError(f"{folder} was written by a newer captive-ally (format {facts['format']})")
    return facts


def _facts(folder: Path) -> Facts:
    try:
        return Facts.model_validate(read_facts(folder))
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise UserError(f"{folder / FACTS} cannot be read: '{field}' is not as it should be") from None


def _check_complete(folder: Path, facts: Facts) -> None:
    """Make sure that all files are there, under names that lie in the folder."""
    names = [f"{name}.csv" for name in facts.tables] + [f"{name}.svg" for name in facts.pictures]
    for name in names:
        if Path(name).name != name or "\\" in name or "\0" in name:
            raise UserError(f"{folder / FACTS} cannot be read: '{name}' is not the name of a file in it")
        if not (folder / name).is_file():
            raise UserError(f"{folder} is not complete: {name} is missing; make it again: {facts.command}")


def _text(folder: Path) -> str:
    path = folder / "answer.txt"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise UserError(f"{folder} is not complete: {path.name} is missing") from None
    except (OSError, ValueError):
        raise UserError(f"{path} cannot be read: it is not a text in UTF-8") from None


def _named(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()


def _answer(facts: Facts) -> str:
    """What was judged, in a sentence."""
    if facts.kind == "scoreboard":
        return verdicts_counted(facts.verdicts)
    if facts.verdicts:
        return f"In the model {verdicts_in_words(facts.verdicts)}.{_record(facts)}"
    return "Nothing is judged here: see the figures."


def _record(facts: Facts) -> str:
    """What became of the same claims in the record."""
    known = {claim.id: claim.history for claim in all_claims()}
    found = {
        word: [name for name in facts.verdicts if known.get(name) == word]
        for word in ("borne out", "mixed", "contradicted")
    }
    parts = [f"{word} {listed(names)}" for word, names in found.items() if names]
    return f" In the record: {'; '.join(parts)}." if parts else ""


def _drawings(folder: Path, facts: Facts, prefix: str) -> Iterator[Drawing]:
    for place, (name, words) in enumerate(facts.pictures.items()):
        yield drawing_of(folder / f"{name}.svg", words.caption, words.alternative, f"{prefix}{place}-")


def _tables(folder: Path, facts: Facts, frames: Frames) -> tuple[list[Table], list[Table], set[str]]:
    """The tables that come first, those behind them, and the names of those that they are made of."""
    claims = claims_table(facts.verdicts, facts.claims)
    if facts.kind == "scoreboard" and "scoreboard" in frames:
        board = frames["scoreboard"]
        lacking(board, *BOARD, folder / "scoreboard.csv")
        return (
            [crossed_table(board), board_table(board, facts.points), opposed_table(board)],
            [],
            {"scoreboard"},
        )
    if facts.kind == "experiment" and len(frames.get("effects", ())):
        effects = frames["effects"]
        lacking(effects, *FINDINGS, folder / "effects.csv")
        return [claims, findings_table(effects)], [settings_table(effects)], {"effects"}
    tables = [claims] if facts.claims else []
    if "patterns" in frames:
        lacking(frames["patterns"], *PATTERNS, folder / "patterns.csv")
        tables.append(patterns_table(frames["patterns"]))
    return tables, [], set()


def _origin(facts: Facts) -> Iterator[tuple[str, str]]:
    """What determines the numbers."""
    facts_of_it: tuple[tuple[str, Any, Callable[[Any], str]], ...] = (
        ("worlds a setting", facts.worlds, shown),
        ("points of each space around", facts.points, shown),
        ("seed", facts.seed, str),
        ("claims", ", ".join(facts.claims), str),
        ("made", facts.made, moment),
        ("code of the model", facts.code, str),
        ("versions", versions_in_a_line(facts.versions), str),
    )
    return ((label, form(value)) for label, value, form in facts_of_it if value not in (None, ""))


def versions_in_a_line(versions: Mapping[str, Any]) -> str:
    """Packages and their versions in a line."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())
