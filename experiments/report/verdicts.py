"""The tables of verdicts: on claims, on expectations, on patterns of the record."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from agents.claims import Claim, all_claims
from experiments.report.frames import grouped
from experiments.report.numbers import MINUS, NO_VALUE, SPACE, between, shown, signed
from experiments.report.table import Cell, Table, TableColumn, number
from experiments.shares import in_percent
from experiments.trial.claims import SIGNS, VERDICTS
from experiments.trial.verdict import FAILS, HOLDS

HISTORY_VERDICTS = ("borne out", "mixed", "contradicted", "not tested")
Columns = tuple[tuple[str, ...], tuple[str, ...]]  # of words, of numbers
EFFECT = ("effect", "low", "high", "least", "near")
FINDINGS: Columns = (("claim", "words", "unit", "verdict", "remark", "settings"), (*EFFECT, "worlds"))
BOARD: Columns = (
    ("claim", "kind", "sign", "sign_reason", "text", "short", "rules", "experiment", "unit", "verdict",
     "remark", "history", "difference"),
    (*EFFECT, *(f"{space}_{word}" for space in ("draws", "near", "far") for word in ("holds", "fails"))),
)  # fmt: skip
PATTERNS: Columns = (
    ("pattern", "name", "scenario", "theory", "fitted", "unit", "holds"),
    ("low", "high", "value", "in_band"),
)


def claims_table(verdicts: Mapping[str, str], others: Sequence[str], recorded: bool = True) -> Table:
    """The claims that are judged, and others that are borne on; if `recorded`, with what became of them."""
    known = {claim.id: claim for claim in all_claims()}
    names = [name for name in (*verdicts, *others) if name in known]
    judged = bool(verdicts)
    rows = []
    for name in dict.fromkeys(names):
        claim, verdict = known[name], verdicts.get(name, "")
        model = (Cell(verdict or NO_VALUE, verdict),) * judged
        record = (Cell(claim.history, claim.history, below=claim.history_note),) * recorded
        rows.append((name, Cell(claim.text, code=_rules(claim)), *model, *record))
    head = (
        "claim",
        TableColumn("what the article says", "the rules that follow it"),
        *("in the model",) * judged,
        *("in the record",) * recorded,
    )
    title = "The claims" if judged else "The claims it bears on"
    return Table.of(title, head, rows, stacks=True, small_print=False)


def _rules(claim: Claim) -> str:
    return ", ".join(name.removeprefix("agents.") for name in claim.where)


def findings_table(effects: pd.DataFrame) -> Table:
    """A row an expectation: what was expected, what was found, and the verdict."""
    rows = (
        (
            str(row.claim),
            _text_of(row.words),
            _effect(row),
            f"none expected; up to {shown(row.least)} tolerated" if row.near else shown(row.least),
            shown(row.worlds),
            Cell(str(row.verdict), str(row.verdict), below=_text_of(row.remark)),
        )
        for row in _rows(effects)
    )
    head = (
        *("claim", "what was expected"),
        TableColumn("effect", "95 % interval"),
        "smallest that matters",
        number("worlds", "a setting"),
        "verdict",
    )
    note = (
        "Written down before the run. An effect is the mean over worlds with the same luck; its interval is "
        "a bootstrap over these worlds. Negligible: too small to matter, whatever its sign. Undecided: the "
        "interval includes the smallest effect that matters; more worlds would tell."
    )
    title = "What was expected, and what was found"
    return Table.of(title, head, rows, note=note, source="effects.csv", stacks=True)


def settings_table(effects: pd.DataFrame) -> Table:
    """Which settings each effect compares: it is the sum of readings with these weights."""
    rows = []
    for row in _rows(effects):
        for term in _text_of(row.settings).split(" | "):
            weight, _, setting = term.partition(" x ")
            setting = setting.removeprefix("(").removesuffix(")")
            rows.append((str(row.claim), _text_of(row.words), weight.replace("-", MINUS), setting))
    head = ("claim", "what was expected", number("weight"), "setting")
    note = "An effect is the sum, world by world, of what is read in these settings, each times its weight."
    return Table.of("The settings that are compared", head, rows, note=note, folded=True)


def _rows(frame: pd.DataFrame) -> Any:
    return frame.itertuples(index=False)


def _text_of(value: Any) -> str:
    return "" if not isinstance(value, str) else value


def _effect(row: Any) -> Cell:
    if pd.isna(row.effect):
        return Cell("not defined")
    interval = between(row.low, row.high, form=signed).replace(" ", SPACE)
    return Cell(f"{signed(row.effect)} {row.unit}", below=interval)


def crossed_table(board: pd.DataFrame) -> Table:
    """How often each verdict of the model meets each of the record."""
    kinds = [(HOLDS, sign) for sign in SIGNS] + [(verdict, "") for verdict in VERDICTS if verdict != HOLDS]
    rows = []
    for verdict, sign in kinds:
        part = board[(board["verdict"] == verdict) & board["sign"].str.contains(sign)]
        counts = [int((part["history"] == word).sum()) for word in HISTORY_VERDICTS]
        name = f"{verdict}, {sign}" if sign else verdict
        rows.append((Cell(name, verdict), *map(str, (*counts, len(part)))))
    head = ("model \N{RIGHTWARDS ARROW} record", *map(number, HISTORY_VERDICTS), number("together"))
    note = (
        "Claims, counted. The record is that of October 2020 to 2025 (of C37, the coded crises); not "
        "tested: it is silent. Built in: a rule puts in the sign of the test, so that its size alone could "
        "have come out otherwise; emergent: it could have come out either way. A test that cannot fail "
        "bears nothing out."
    )
    return Table.of("Model and record", head, rows, note=note)


def board_table(board: pd.DataFrame, points: int | None) -> Table:
    """A row a claim; points are those of each space around, 0 or None for none."""
    rows = (
        (
            str(row.claim),
            Cell(_text_of(row.text), code=_text_of(row.rules)),
            str(row.kind),
            Cell(str(row.sign), below=_text_of(row.sign_reason)),
            Cell(_text_of(row.short), below=f"in {row.experiment}"),
            _effect(row),
            Cell(str(row.verdict), str(row.verdict), below=_text_of(row.remark)),
            Cell(str(row.history), str(row.history), below=_text_of(row.difference)),
            _around(row.draws_holds, row.draws_fails),
            _around(row.near_holds, row.near_fails),
            _around(row.far_holds, row.far_fails),
        )
        for row in _rows(board)
    )
    head = (
        "claim",
        TableColumn("what the article says", "the rules that follow it", page_only=True),
        *("kind", "sign of the test", "tested by"),
        TableColumn("effect", "95 % interval"),
        "in the model",
        TableColumn("in the record", "where they differ"),
        number("draws", "holds; fails"),
        number("near", "holds; fails"),
        number("far", "holds; fails"),
    )
    note = (
        "An effect is the mean over worlds with the same luck, its interval a bootstrap over them; of a "
        "claim with several parts, that of the part that decides. Draws, near, far: in which share of points "
        "the claim holds, and in which it fails, of the points at which it could be tested, when all other "
        "parameters are as in a draw of the posterior (draws), or go up to a quarter of the way (near) or "
        "all the way (far) from their defaults to the ends of their ranges; at the others it is negligible."
    )
    if not points:
        note += " This was not asked for (--points 0)."
    return Table.of(
        "The scoreboard", head, rows, note=note, source="scoreboard.csv", stacks=True, small_print=False
    )


def _around(holds: float, fails: float) -> Cell:
    return Cell(NO_VALUE) if pd.isna(holds) else Cell(in_percent(holds), below=in_percent(fails))


def opposed_table(board: pd.DataFrame) -> Table:
    """The claims on which model and record contradict each other."""
    opposed = (board["verdict"] == HOLDS) & (board["history"] == "contradicted")
    opposed |= (board["verdict"] == FAILS) & (board["history"] == "borne out")
    rows = [(str(row.claim), _text_of(row.difference)) for row in _rows(board[opposed])]
    title = "Where model and record contradict each other"
    return Table.of(title, ("claim", "in what"), rows or [(NO_VALUE, "nowhere")])


def patterns_table(patterns: pd.DataFrame) -> Table:
    """A row a pattern, a column a theory; of several scenarios, the one that it is scored on comes first."""
    theories = list(dict.fromkeys(patterns["theory"].astype(str)))
    rows: list[Any] = []
    for name, part in grouped(patterns.drop_duplicates(["pattern", "theory"]), "pattern"):
        one = part.iloc[0]
        unit = str(one["unit"])
        rows.append(
            (
                Cell(name, below="may be fitted" if one["fitted"] else "never fitted"),
                Cell(str(one["name"]), below=str(one["scenario"])),
                Cell(between(one["low"], one["high"], partial(shown, unit=unit)), below=unit),
                *in_band(part, "theory", theories, unit),
            )
        )
    head = (
        "pattern",
        TableColumn("what is looked at", "in which scenario"),
        TableColumn("band", "unit"),
        *(theory.replace("_", " ") for theory in theories),
    )
    note = (
        "Median over worlds, or the share of worlds in which it is so; below, the share of worlds in the "
        "band. A tick stands where the value lies in the band."
    )
    title = "Patterns of the record, theory by theory"
    return Table.of(title, head, rows, note=note, source="patterns.csv", stacks=True)


def in_band(part: pd.DataFrame, by: str, wanted: Sequence[str], unit: str = "") -> Iterator[Cell]:
    """The values of a pattern, one for each that is wanted, ticked where they lie in its band."""
    found = {str(row[by]): row for row in part.to_dict("records")}
    for name in wanted:
        if (row := found.get(name)) is None:
            yield Cell(NO_VALUE)
            continue
        below = "" if pd.isna(row["in_band"]) else f"{in_percent(row['in_band'])} of worlds"
        yield Cell(shown(row["value"], unit), "in the band" if row["holds"] else "", below=below)
