"""What does the page say of an answer: an experiment, the scoreboard, or a study of its own?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ValidationError

from agents.claims import all_claims
from experiments.commands.answers import FACTS, read_facts
from experiments.report.drawings import drawing
from experiments.report.section import Drawing, Section, Table
from experiments.report.tables import lacking, moment, read_csv, shown, table_of
from experiments.report.verdicts import (
    BOARD,
    FINDINGS,
    PATTERNS,
    board_table,
    claims_table,
    crossed_table,
    findings_table,
    patterns_table,
    settings_table,
)
from experiments.trial.verdict import FAILS, HOLDS, UNDECIDED
from sim.errors import UserError

VERBS = {HOLDS: ("holds", "hold"), FAILS: ("fails", "fail"), UNDECIDED: ("is undecided", "are undecided")}
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


def section_of(folder: Path, prefix: str) -> Section:
    """What the page says of an answer.

    Args:
        folder: of the answer.
        prefix: of the names in its figures, its own on the page.

    Raises:
        UserError: the folder is not complete, or holds something else.
    """
    facts = _facts(folder)
    _check_complete(folder, facts)
    frames = {name: read_csv(folder / f"{name}.csv") for name in facts.tables}
    text = _text(folder)
    verdicts, used = _verdicts(folder, facts, frames)
    judged = facts.kind in JUDGED
    return Section(
        name=facts.name or folder.resolve().name,
        kind=facts.kind if judged else "study",
        question=facts.question or _named(folder),
        answer=_sentence(facts, text),
        design=(facts.design,) if facts.design else (),
        verdicts=tuple(verdicts),
        drawings=tuple(_drawings(folder, facts, prefix)),
        tables=tuple(
            table_of(frame, _title(name), source=f"{name}.csv", folded=True if judged else None)
            for name, frame in frames.items()
            if name not in used
        ),
        story=text,
        story_folded=judged,
        command=facts.command,
        origin=tuple(_origin(facts)),
    )


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


def _named(folder: Path) -> str:
    return folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()


def _title(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()


def _sentence(facts: Facts, text: str) -> str:
    """The answer in a sentence."""
    if facts.kind == "experiment" and facts.verdicts:
        return f"In the model {told_together(facts.verdicts)}.{_record(facts)}"
    first = text.partition("\n")[0]
    if facts.kind == "experiment":
        return "Nothing is judged here: see the figures."
    return first.removeprefix(facts.question).strip()


def told_together(verdicts: Mapping[str, str]) -> str:
    """Verdicts on claims in words.

    >>> told_together({"C1": "holds", "C2": "holds", "C5": "fails"})
    'C1 and C2 hold; C5 fails'
    """
    parts = []
    for verdict, (one, several) in VERBS.items():
        names = [claim for claim, word in verdicts.items() if word == verdict]
        if names:
            parts.append(f"{_listed(names)} {several if len(names) > 1 else one}")
    return "; ".join(parts)


def _record(facts: Facts) -> str:
    """What became of the same claims in the record."""
    known = {claim.id: claim.history for claim in all_claims()}
    found = {
        word: [name for name in facts.verdicts if known.get(name) == word]
        for word in ("borne out", "mixed", "contradicted")
    }
    parts = [f"{word} {_listed(names)}" for word, names in found.items() if names]
    return f" In the record: {'; '.join(parts)}." if parts else ""


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _drawings(folder: Path, facts: Facts, prefix: str) -> Iterator[Drawing]:
    for place, (name, words) in enumerate(facts.pictures.items()):
        yield drawing(folder / f"{name}.svg", words.caption, words.alternative, f"{prefix}{place}-")


def _verdicts(folder: Path, facts: Facts, frames: Frames) -> tuple[list[Table], set[str]]:
    """The tables that come first, and the names of those that they are made of."""
    claims = claims_table(facts.verdicts, facts.claims)
    if facts.kind == "scoreboard" and "scoreboard" in frames:
        board = frames["scoreboard"]
        lacking(board, *BOARD, folder / "scoreboard.csv")
        return [crossed_table(board), board_table(board, facts.points)], {"scoreboard"}
    if facts.kind == "experiment" and len(frames.get("effects", ())):
        effects = frames["effects"]
        lacking(effects, *FINDINGS, folder / "effects.csv")
        return [claims, findings_table(effects), settings_table(effects)], {"effects"}
    tables = [claims] if facts.claims else []
    if "patterns" in frames:
        lacking(frames["patterns"], *PATTERNS, folder / "patterns.csv")
        tables.append(patterns_table(frames["patterns"]))
    return tables, set()


def _origin(facts: Facts) -> Iterator[tuple[str, str]]:
    """What determines the numbers."""
    told: tuple[tuple[str, Any, Callable[[Any], str]], ...] = (
        ("worlds a setting", facts.worlds, shown),
        ("points of each space around", facts.points, shown),
        ("seed", facts.seed, str),
        ("claims", ", ".join(facts.claims), str),
        ("made", facts.made, moment),
        ("code of the model", facts.code, str),
        ("versions", told_versions(facts.versions), str),
    )
    return ((label, form(value)) for label, value, form in told if value not in (None, ""))


def told_versions(versions: Mapping[str, Any]) -> str:
    """Packages and their versions in a line."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())
