"""How do verdicts come to stand in a page: on claims, on expectations, on patterns of the record?"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from agents.claims import Claim, all_claims
from experiments.report.section import Cell, Column, Table
from experiments.report.tables import MINUS, NOTHING, grouped, percent, shown, signed
from experiments.trial.verdict import FAILS, HOLDS, UNDECIDED

HISTORY = ("borne out", "mixed", "contradicted", "not tested")
Columns = tuple[tuple[str, ...], tuple[str, ...]]  # of words, of numbers
EFFECT = ("effect", "low", "high", "least", "near")
FINDINGS: Columns = (("claim", "words", "unit", "verdict", "remark", "settings"), (*EFFECT, "worlds"))
BOARD: Columns = (
    ("claim", "kind", "text", "short", "rules", "experiment", "unit", "verdict", "remark", "history",
     "difference"),
    (*EFFECT, "near_holds", "near_fails", "far_holds", "far_fails"),
)  # fmt: skip
PATTERNS: Columns = (
    ("pattern", "name", "scenario", "theory", "fitted", "unit", "holds"),
    ("low", "high", "value", "in_band"),
)


def claims_table(verdicts: Mapping[str, str], others: Sequence[str]) -> Table:
    """The claims that are judged, and others that are borne on."""
    known = {claim.id: claim for claim in all_claims()}
    names = [name for name in (*verdicts, *others) if name in known]
    judged = bool(verdicts)
    rows = []
    for name in dict.fromkeys(names):
        claim, verdict = known[name], verdicts.get(name, "")
        model = (Cell(verdict or NOTHING, verdict),) * judged
        record = Cell(claim.history, claim.history, below=claim.history_note)
        rows.append((Cell(name), Cell(claim.text, code=_rules(claim)), *model, record))
    head = (
        Column("claim"),
        Column("what the article says", "the rules that follow it"),
        *(Column("in the model"),) * judged,
        Column("in the record"),
    )
    return Table("The claims" if judged else "The claims it bears on", head, tuple(rows), stacks=True)


def _rules(claim: Claim) -> str:
    return ", ".join(name.removeprefix("agents.") for name in claim.where)


def findings_table(effects: pd.DataFrame) -> Table:
    """A row an expectation: what was expected, what was found, and the verdict."""
    rows = [
        (
            Cell(str(row.claim)),
            Cell(_text_of(row.words)),
            _effect(row),
            Cell(_least(row)),
            Cell(shown(row.worlds)),
            Cell(str(row.verdict), str(row.verdict), below=_text_of(row.remark)),
        )
        for row in _rows(effects)
    ]
    head = (
        Column("claim"),
        Column("what was expected"),
        Column("effect", "95 % interval"),
        Column("smallest that matters"),
        Column("worlds", "a setting", number=True),
        Column("verdict"),
    )
    note = (
        "Written down before the run. An effect is the mean over worlds with the same luck; its interval is "
        "a bootstrap over these worlds. Undecided: the interval includes zero, or the effect is too small "
        "to matter."
    )
    title = "What was expected, and what was found"
    return Table(title, head, tuple(rows), note, source="effects.csv", stacks=True)


def settings_table(effects: pd.DataFrame) -> Table:
    """Which settings each effect compares: it is the sum of readings with these weights."""
    rows = []
    for row in _rows(effects):
        for term in _text_of(row.settings).split(" | "):
            weight, _, setting = term.partition(" x ")
            told = setting.removeprefix("(").removesuffix(")")
            weight = weight.replace("-", MINUS)
            rows.append((Cell(str(row.claim)), Cell(_text_of(row.words)), Cell(weight), Cell(told)))
    head = (Column("claim"), Column("what was expected"), Column("weight", number=True), Column("setting"))
    note = "An effect is the sum, world by world, of what is read in these settings, each times its weight."
    return Table("The settings that are compared", head, tuple(rows), note, folded=True)


def _rows(frame: pd.DataFrame) -> Any:
    return frame.itertuples(index=False)


def _text_of(value: Any) -> str:
    return "" if not isinstance(value, str) else value


def _effect(row: Any) -> Cell:
    if pd.isna(row.effect):
        return Cell("not defined")
    interval = f"{signed(row.low)} to {signed(row.high)}".replace(" ", "\N{NO-BREAK SPACE}")
    return Cell(f"{signed(row.effect)} {row.unit}", below=interval)


def _least(row: Any) -> str:
    return f"none expected; up to {shown(row.least)} tolerated" if row.near else shown(row.least)


def crossed_table(board: pd.DataFrame) -> Table:
    """How often each verdict of the model meets each of the record."""
    head = (
        Column("model \N{RIGHTWARDS ARROW} record"),
        *(Column(word, number=True) for word in HISTORY),
        Column("together", number=True),
    )
    rows = []
    for verdict in (HOLDS, FAILS, UNDECIDED):
        part = board[board["verdict"] == verdict]
        counts = [int((part["history"] == word).sum()) for word in HISTORY]
        rows.append((Cell(verdict, verdict), *(Cell(str(count)) for count in (*counts, len(part)))))
    return Table(
        "Model and record",
        head,
        tuple(rows),
        "Claims, counted. The record is that of October 2020 to 2025; not tested: it is silent.",
    )


def board_table(board: pd.DataFrame, points: int | None) -> Table:
    """A row a claim; points are those of each space around, 0 or None for none."""
    rows = [
        (
            Cell(str(row.claim), below=str(row.kind)),
            Cell(
                _text_of(row.text),
                below=f"tested by: {row.short} ({row.experiment})",
                code=_text_of(row.rules),
            ),
            _effect(row),
            Cell(str(row.verdict), str(row.verdict), below=_text_of(row.remark)),
            Cell(str(row.history), str(row.history), below=_text_of(row.difference)),
            _carried(row),
        )
        for row in _rows(board)
    ]
    head = (
        Column("claim"),
        Column("what the article says", "its test; the rules that follow it"),
        Column("effect", "95 % interval"),
        Column("in the model"),
        Column("in the record", "where they differ"),
        Column("holds around", "% of points"),
    )
    note = (
        "An effect is the mean over worlds with the same luck, its interval a bootstrap over them; of a "
        "claim with several parts, that of the part that decides. Around: in which share of points the claim "
        "holds, and in which it fails, when all other parameters go up to a quarter of the way (near) or all "
        "the way (far) from their defaults to the ends of their ranges, of the points at which it could be "
        "tested."
    )
    if not points:
        note += " This was not asked for (--points 0)."
    return Table("The scoreboard", head, tuple(rows), note, source="scoreboard.csv", stacks=True)


def _carried(row: Any) -> Cell:
    if pd.isna(row.near_holds):
        return Cell(NOTHING)
    near, far = (
        f"{name} {percent(holds)}, fails {percent(fails)}".replace(" ", "\N{NO-BREAK SPACE}")
        for name, holds, fails in (
            ("near", row.near_holds, row.near_fails),
            ("far", row.far_holds, row.far_fails),
        )
    )
    return Cell("", below=f"{near}\n{far}")


def patterns_table(patterns: pd.DataFrame) -> Table:
    """A row a pattern, a column a theory; of several scenarios, the one that it is scored on comes first."""
    theories = list(dict.fromkeys(patterns["theory"].astype(str)))
    rows = []
    for name, part in grouped(patterns.drop_duplicates(["pattern", "theory"]), "pattern"):
        one = part.iloc[0]
        unit = str(one["unit"])
        found = {str(row["theory"]): _in_band(row, unit) for row in part.to_dict("records")}
        rows.append(
            (
                Cell(name, below="may be fitted" if one["fitted"] else "never fitted"),
                Cell(str(one["name"]), below=str(one["scenario"])),
                Cell(f"{shown(one['low'], unit)} to {shown(one['high'], unit)}", below=unit),
                *(found.get(theory, Cell(NOTHING)) for theory in theories),
            )
        )
    head = (
        Column("pattern"),
        Column("what is looked at", "in which scenario"),
        Column("band", "unit"),
        *(Column(theory.replace("_", " ")) for theory in theories),
    )
    note = (
        "Median over worlds, or the share of worlds in which it is so; below, the share of worlds in the "
        "band. A tick stands where the value lies in the band."
    )
    title = "Patterns of the record, theory by theory"
    return Table(title, head, tuple(rows), note, source="patterns.csv", stacks=True)


def _in_band(row: Mapping[Any, Any], unit: str) -> Cell:
    share = row["in_band"]
    below = "" if pd.isna(share) else f"{percent(share)} of worlds"
    return Cell(shown(row["value"], unit), "in the band" if row["holds"] else "", below=below)
