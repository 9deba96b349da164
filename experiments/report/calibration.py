"""The tables and sentences of a calibration."""

from typing import Any

import pandas as pd

from experiments.explore.calibration import NARROWER, Posterior
from experiments.report.frames import grouped, lacking, read_csv, table_of_frame
from experiments.report.numbers import between, shown
from experiments.report.section import Section
from experiments.report.table import Cell, Table, number
from experiments.report.verdicts import in_band
from experiments.shares import in_percent
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder
from sim.scenarios.values import describe

CHECK_COLUMNS = (  # columns of words, of numbers
    ("pattern", "name", "unit", "drawn_from", "holds"),
    ("low", "high", "observed", "value", "in_band"),
)
PARAMETERS = ("low", "high", "posterior_low", "posterior_median", "posterior_high", "width",
              "found_again")  # fmt: skip


def calibration_in(folder: ResultFolder, plan: Plan) -> Section:
    """What a finished folder says.

    Raises:
        UserError: a table is not as it should be.
    """
    parameters, check, posterior = (
        read_csv(folder.path / f"{name}.csv") for name in ("parameters", "check", "posterior")
    )
    lacking(parameters, ("parameter",), PARAMETERS, folder.path / "parameters.csv")
    lacking(check, *CHECK_COLUMNS, folder.path / "check.csv")
    return calibration_section(plan, parameters, check, posterior)


def calibration_section(
    plan: Plan,
    parameters: pd.DataFrame,
    check: pd.DataFrame,
    kept: pd.DataFrame,
    more: Posterior | None = None,
) -> Section:
    """Which parameters go together with the record.

    Args:
        plan: the run, a point a draw.
        parameters: a row a parameter.
        check: a row a pattern and source.
        kept: the posterior, a row a draw.
        more: what is known only while the calibration is at hand.
    """
    narrow = parameters[parameters["width"] < NARROWER]
    named = ", ".join(narrow.sort_values("width")["parameter"].astype(str)) or "none"
    answer = (
        f"The {len(kept):,} of {plan.points:,} draws that look most like the record narrow "
        f"{len(narrow)} of {len(parameters)} parameters to less than {in_percent(NARROWER)} of their range "
        f"({named}); about the others the record says little."
    )
    if more is not None:
        answer += (
            f" The whole is narrowed in {more.directions} independent "
            f"direction{'s' * (more.directions != 1)}. Of made-up truths {in_percent(more.covered)} lie in "
            f"their 90 % interval. The farthest world kept is {shown(more.farthest)} half-bands "
            "from the record."
        )
    title = "The posterior: a design table that sweep --design takes"
    return Section(
        kind="calibration",
        question=f"{plan.scenario.title}: which assumed parameters go together with the record?",
        answer=answer,
        first=(_parameter_table(parameters, plan), _check_table(check)),
        tables=(table_of_frame(kept, title, source="posterior.csv"),),
        captions={
            "posterior": "Prior against posterior, a panel a parameter.",
            "check": "Worlds with fresh luck, drawn from prior, posterior and default, beside the patterns.",
        },
        alternatives={
            "posterior": f"Histograms. Narrower than the prior: {named}. See the first table.",
            "check": "Bars of 50 % and 90 % of worlds beside the band of each pattern. See the second table.",
        },
    )


def _parameter_table(parameters: pd.DataFrame, plan: Plan) -> Table:
    usual = {info.path: info.default for info in describe(plan.scenario)}
    rows = (
        (
            Cell(str(row["parameter"]), "code"),
            between(row["low"], row["high"]),
            shown(usual.get(str(row["parameter"]))),
            Cell(shown(row["posterior_median"]), below=between(row["posterior_low"], row["posterior_high"])),
            in_percent(row["width"]),
            shown(row["found_again"]),
        )
        for row in parameters.to_dict("records")
    )
    head = (
        "parameter",
        number("prior", "range"),
        number("default"),
        number("posterior", "median; 90 %"),
        number("width", "% of the prior's"),
        number("found again", "correlation"),
    )
    note = (
        "Width: of the 90 % interval. Found again: correlation of made-up truths with what the same "
        "procedure says of them."
    )
    return Table.of("Parameters", head, rows, note=note, source="parameters.csv")


def _check_table(check: pd.DataFrame) -> Table:
    sources = list(dict.fromkeys(check["drawn_from"].astype(str)))
    rows: list[Any] = []
    for name, part in grouped(check, "pattern"):
        one = part.iloc[0]
        rows.append(
            (
                f"{name} {one['name']}",
                Cell(between(one["low"], one["high"]), below=str(one["unit"])),
                shown(one["observed"]),
                *in_band(part, "drawn_from", sources),
            )
        )
    head = ("pattern", "band", "record", *(f"from the {source}" for source in sources))
    note = (
        "Median of fresh worlds, or the share of them in which it is so; below, the share in the band. A "
        "tick stands where the value lies in the band."
    )
    return Table.of("Patterns", head, rows, note=note, source="check.csv")
