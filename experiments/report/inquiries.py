"""What does the page say of a question of sensitivity, and of a calibration?"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.commands.sensitivity import verdict
from experiments.explore.calibration import NARROWER
from experiments.explore.methods import METHODS
from experiments.explore.sensitivity import Check, Finding, agreement
from experiments.report.section import Cell, Column, Table, Told
from experiments.report.tables import NOTHING, grouped, lacking, percent, read_csv, shown, table_of
from sim.errors import UserError
from sim.measures import OUTCOMES
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder
from sim.scenarios.values import describe

BEGINS = "sensitivity-"
MARKS = {"interactions": "sobol", "spread": "morris", "change": "oat"}  # a column that only one method has
HALF = "from_half_the_"
NAMED = 3  # parameters named in the answer
CHECKED = (  # words, numbers
    ("pattern", "name", "unit", "drawn_from", "holds"),
    ("low", "high", "observed", "value", "in_band"),
)
PARAMETERS = ("low", "high", "posterior_low", "posterior_median", "posterior_high", "width",
              "found_again")  # fmt: skip
HEADS = {
    "index": "index",
    "low": "95 % interval, low",
    "high": "95 % interval, high",
    "first": "alone (first order)",
    "mean": "mean effect, with its sign",
    "spread": "spread of effects (sigma)",
    "change": "change over the range",
}


def explained(names: Sequence[str]) -> list[str]:
    """The outcomes whose sensitivity a folder holds."""
    return [name[len(BEGINS) : -4] for name in names if name.startswith(BEGINS) and name.endswith(".csv")]


def sensitivity(folder: ResultFolder, plan: Plan, outcomes: Sequence[str]) -> Told:
    """Which parameters move the outcomes.

    Raises:
        UserError: a table is not as it should be.
    """
    meanings = {measure.name: measure.meaning for measure in OUTCOMES}
    tables, answers, captions, alternatives = [], [], {}, {}
    for name in outcomes:
        path = folder.path / f"{BEGINS}{name}.csv"
        table = read_csv(path)
        halves = [str(column) for column in table if str(column).startswith(HALF)]
        lacking(table, ("parameter",), ("index", "low", "high", *halves), path)
        method = next((method for mark, method in MARKS.items() if mark in table), None)
        if method is None or not len(table):
            raise UserError(f"{path} cannot be read: it is not a table of sensitivity")
        finding = _finding(table, method)
        most = ", ".join(
            f"{row['parameter']} ({shown(row['index'])}, {shown(row['low'])} to {shown(row['high'])})"
            for row in table.head(NAMED).to_dict("records")
        )
        meaning = meanings.get(name, name)
        answers.append(f"{meaning.capitalize()} is moved most by {most}. {verdict(finding)}")
        captions[f"{BEGINS}{name}"] = f"What moves: {meaning}. Index: {METHODS[method].index}."
        alternatives[f"{BEGINS}{name}"] = f"Bars with 95 % intervals, the longest first: {most}."
        told = table.rename(columns=HEADS)
        told.columns = [str(head).replace(HALF, "index from half the ") for head in told.columns]
        tables.append(
            table_of(
                told,
                f"What moves: {meaning}",
                f"Index: {METHODS[method].index}. {verdict(finding)}",
                path.name,
            )
        )
    asked = " and ".join(meanings.get(name, name) for name in outcomes)
    return Told(
        kind="sensitivity",
        question=f"{plan.scenario.title}: what moves {asked}?",
        answer=" ".join(answers),
        first=(),
        tables=tuple(tables),
        captions=captions,
        alternatives=alternatives,
    )


def _finding(table: pd.DataFrame, method: str) -> Finding:
    """The finding whose table was written."""
    halves = [str(name) for name in table if str(name).startswith(HALF)]
    checks = tuple(Check(half[len(HALF) :], agreement(table["index"], table[half]), table) for half in halves)
    return Finding(METHODS[method], table, checks, luck=float("nan"), left_out=float("nan"))


def calibration(folder: ResultFolder, plan: Plan) -> Told:
    """Which parameters go together with the record.

    Raises:
        UserError: a table is not as it should be.
    """
    path = folder.path / "parameters.csv"
    parameters, check, posterior = (
        read_csv(folder.path / f"{name}.csv") for name in ("parameters", "check", "posterior")
    )
    lacking(parameters, ("parameter",), PARAMETERS, path)
    lacking(check, *CHECKED, folder.path / "check.csv")
    narrow = parameters[parameters["width"] < NARROWER]
    named = ", ".join(narrow.sort_values("width")["parameter"].astype(str)) or "none"
    answer = (
        f"The {len(posterior):,} of {plan.points:,} draws that look most like the record narrow "
        f"{len(narrow)} of {len(parameters)} parameters to less than {percent(NARROWER)} of their range "
        f"({named}); about the others the record says little."
    )
    usual = {info.path: info.default for info in describe(plan.scenario)}
    return Told(
        kind="calibration",
        question=f"{plan.scenario.title}: which assumed parameters go together with the record?",
        answer=answer,
        first=(_parameter_table(parameters, usual), _check_table(check)),
        tables=(
            table_of(
                posterior, "The posterior: a design table that sweep --design takes", source="posterior.csv"
            ),
        ),
        captions={
            "posterior": "Prior against posterior, a panel a parameter.",
            "check": "Worlds with fresh luck, drawn from prior, posterior and default, beside the patterns.",
        },
        alternatives={
            "posterior": f"Histograms. Narrower than the prior: {named}. See the first table.",
            "check": "Bars of 50 % and 90 % of worlds beside the band of each pattern. See the second table.",
        },
    )


def _parameter_table(parameters: pd.DataFrame, usual: dict[str, float]) -> Table:
    rows = []
    for row in parameters.to_dict("records"):
        name, posterior = (
            str(row["parameter"]),
            f"{shown(row['posterior_low'])} to {shown(row['posterior_high'])}",
        )
        rows.append(
            (
                Cell(name, "code"),
                Cell(f"{shown(row['low'])} to {shown(row['high'])}"),
                Cell(shown(usual.get(name))),
                Cell(shown(row["posterior_median"]), below=posterior),
                Cell(percent(row["width"])),
                Cell(shown(row["found_again"])),
            )
        )
    head = (
        Column("parameter"),
        Column("prior", "range", number=True),
        Column("default", number=True),
        Column("posterior", "median; 90 %", number=True),
        Column("width", "% of the prior's", number=True),
        Column("found again", "correlation", number=True),
    )
    note = (
        "Width: of the 90 % interval. Found again: correlation of made-up truths with what the same "
        "procedure says of them."
    )
    return Table("Parameters", head, tuple(rows), note, source="parameters.csv")


def _check_table(check: pd.DataFrame) -> Table:
    sources = list(dict.fromkeys(check["drawn_from"].astype(str)))
    rows = []
    for name, part in grouped(check, "pattern"):
        one = part.iloc[0]
        found = {str(row["drawn_from"]): _value(row) for row in part.to_dict("records")}
        rows.append(
            (
                Cell(f"{name} {one['name']}"),
                Cell(f"{shown(one['low'])} to {shown(one['high'])}", below=str(one["unit"])),
                Cell(shown(one["observed"])),
                *(found.get(source, Cell(NOTHING)) for source in sources),
            )
        )
    head = (
        Column("pattern"),
        Column("band"),
        Column("record"),
        *(Column(f"from the {source}") for source in sources),
    )
    note = (
        "Median of fresh worlds, or the share of them in which it is so; below, the share in the band. A "
        "tick stands where the value lies in the band."
    )
    return Table("Patterns", head, tuple(rows), note, source="check.csv")


def _value(row: Any) -> Cell:
    below = "" if pd.isna(row["in_band"]) else f"{percent(row['in_band'])} of worlds"
    return Cell(shown(row["value"]), "in the band" if row["holds"] else "", below=below)
