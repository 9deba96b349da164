"""The tables and sentences of a question of sensitivity."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from experiments.explore.methods import METHODS
from experiments.explore.sensitivity import ALIKE, WIDE, Check, Finding, agreement
from experiments.report.frames import lacking, read_csv
from experiments.report.numbers import between, shown
from experiments.report.run import meaning_of
from experiments.report.section import Section
from experiments.report.table import OPEN, Cell, Table, number
from experiments.sentences import capitalised
from experiments.shares import in_percent
from sim.errors import UserError
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder

BEGINS = "sensitivity-"  # how the names of its tables and figures begin
METHOD_OF_COLUMN = {
    "interactions": "sobol",
    "spread": "morris",
    "change": "oat",
}  # a column that only one method has
HALF = "from_half_the_"
NAMED = 3  # parameters named in the answer
TERMINAL_ROWS = 15  # parameters that a terminal shows
HEADS = {
    "first": "alone (first order)",
    "mean": "mean effect, with its sign",
    "spread": "spread of effects (sigma)",
    "change": "change over the range",
}


def explained(names: Sequence[str]) -> list[str]:
    """The outcomes whose sensitivity a folder holds."""
    return [name[len(BEGINS) : -4] for name in names if name.startswith(BEGINS) and name.endswith(".csv")]


def sensitivity_in(folder: ResultFolder, plan: Plan, outcomes: Sequence[str]) -> Section:
    """What a finished folder says.

    Raises:
        UserError: a table is not as it should be.
    """
    return sensitivity_section(plan.scenario.title, {name: _read(folder, name) for name in outcomes})


def _read(folder: ResultFolder, outcome: str) -> Finding:
    """The finding whose table was written; what luck does is not in it."""
    path = folder.path / f"{BEGINS}{outcome}.csv"
    table = read_csv(path)
    halves = [str(name) for name in table if str(name).startswith(HALF)]
    lacking(table, ("parameter",), ("index", "low", "high", *halves), path)
    method = next((method for mark, method in METHOD_OF_COLUMN.items() if mark in table), None)
    if method is None or not len(table):
        raise UserError(f"{path} cannot be read: it is not a table of sensitivity")
    checks = tuple(Check(half[len(HALF) :], agreement(table["index"], table[half]), table) for half in halves)
    return Finding(METHODS[method], table, checks, luck=float("nan"), left_out=float("nan"))


def table_with_halves(finding: Finding) -> pd.DataFrame:
    """The table of a finding, with what half of the answers said beside it."""
    table = finding.table
    for check in finding.checks:
        half = check.table.set_index("parameter")["index"].rename(f"{HALF}{check.of}")
        table = table.join(half, on="parameter")
    return table


def sensitivity_section(title: str, findings: Mapping[str, Finding]) -> Section:
    """Which parameters move the outcomes.

    Args:
        title: the title of the scenario.
        findings: outcome -> its finding, whose table has the halves beside it.
    """
    meanings = {name: meaning_of(name) for name in findings}
    most = {name: _most(finding) for name, finding in findings.items()}
    return Section(
        kind="sensitivity",
        question=f"{title}: what moves {' and '.join(meanings.values())}?",
        answer=" ".join(
            f"{capitalised(meaning)} is moved most by {most[name]}. {verdict(findings[name])}"
            for name, meaning in meanings.items()
        ),
        first=tuple(_table(name, finding) for name, finding in findings.items()),
        captions={
            f"{BEGINS}{name}": f"What moves: {meanings[name]}. Index: {finding.method.index}."
            for name, finding in findings.items()
        },
        alternatives={
            f"{BEGINS}{name}": f"Bars with 95 % intervals, the longest first: {text}."
            for name, text in most.items()
        },
    )


def _most(finding: Finding) -> str:
    return ", ".join(
        f"{row['parameter']} ({shown(row['index'])}, {between(row['low'], row['high'])})"
        for row in finding.table.head(NAMED).to_dict("records")
    )


def _table(outcome: str, finding: Finding) -> Table:
    others = [name for name in finding.table if name not in ("parameter", "index", "low", "high")]
    rows = (
        (Cell(str(row["parameter"]), "code"), shown(row["index"]), between(row["low"], row["high"]),
         *(shown(row[name]) for name in others))
        for row in finding.table.to_dict("records")
    )  # fmt: skip
    heads = (number(_head(str(name))) for name in others)
    return Table.of(
        f"What moves: {meaning_of(outcome)}",
        ("parameter", number("index"), number("95 % interval"), *heads),
        rows,
        note=" ".join([f"Index: {finding.method.index}.", *_remarks(finding), verdict(finding)]),
        source=f"{BEGINS}{outcome}.csv",
        folded=len(finding.table) > OPEN,
        most=TERMINAL_ROWS,
    )


def _head(name: str) -> str:
    return HEADS.get(name, name.replace(HALF, "index from half the ").replace("_", " "))


def _remarks(finding: Finding) -> Iterator[str]:
    if finding.luck == finding.luck:
        yield f"Luck makes {in_percent(finding.luck)} of the variance of single worlds."
    if finding.left_out > 0:
        yield f"Left out: {in_percent(finding.left_out)} of the design, where no world has this outcome."


def verdict(finding: Finding) -> str:
    """Whether the answer is sure, in words."""
    if finding.flat:
        return "The outcome does not move at all over these ranges."
    halves = ", ".join(f"half the {check.of} agree by {check.agreement:.2f}" for check in finding.checks)
    order = (
        f"the order {'holds' if finding.ordered else 'is open'} ({halves or 'no halves'}; wanted {ALIKE:g})"
    )
    of = "the variance" if finding.method.name == "sobol" else "the largest"
    width = f"the widest interval is \N{PLUS-MINUS SIGN}{finding.width:.2f} of {of} (wanted {WIDE:g})"
    text = f"{'Converged' if finding.converged else 'Not converged'}: {order}; {width}."
    if not finding.converged:
        more = "--worlds" if finding.method.name == "oat" else "--points and --worlds"
        text += f" More {more} settle it."
    return text
