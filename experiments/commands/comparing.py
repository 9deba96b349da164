"""Finished runs compared: what differs in their settings, in every outcome, and over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.explore.comparison import compare_runs, settings_apart
from experiments.report.numbers import between, shown
from experiments.report.run import MAIN
from experiments.report.section import Section, as_text
from experiments.report.table import Table, number
from sim.runs.results import ResultFolder

MAIN_NAMES = [name for names in MAIN.values() for name in names]


@dataclass(frozen=True)
class RunComparison:
    """A run beside the one that it is compared with.

    Attributes:
        here, other: their folders.
        table: the difference of every outcome (experiments/explore/comparison.py).
        settings: what differs in their settings.
    """

    here: ResultFolder
    other: ResultFolder
    table: pd.DataFrame
    settings: pd.DataFrame

    @property
    def names(self) -> tuple[str, str]:
        """What the two are called: their folders, or all that tells these apart."""
        one, other = self.here.path.resolve(), self.other.path.resolve()
        return (str(one), str(other)) if one.name == other.name else (one.name, other.name)


def comparisons(folders: Sequence[ResultFolder]) -> list[RunComparison]:
    """Each folder but the first, compared with the first.

    Raises:
        UserError: runs of different scenarios or designs.
    """
    first, *others = folders
    return [
        RunComparison(first, other, compare_runs(first, other), settings_apart(first.plan, other.plan))
        for other in others
    ]


def section_of_comparison(one: RunComparison) -> Section:
    """What the terminal and the page say of a comparison."""
    table, matched = one.table, bool(one.table["matched"].all())
    apart = table[(table["low"] > 0) | (table["high"] < 0)]
    told = [name for name in MAIN_NAMES if name in set(apart["outcome"])]
    luck = (
        "matched one by one, under the same luck" if matched else "not matched: they have not the same luck"
    )
    rows = [
        (row["outcome"], row["unit"], *_cells(row))
        for row in table.to_dict("records")
        if row["outcome"] in MAIN_NAMES
    ]
    others = [(row["outcome"], row["unit"], *_cells(row)) for row in table.to_dict("records")]
    head = ("outcome", "unit", number(one.names[0]), number(one.names[1]), number("difference"),
            number("95 % interval"))  # fmt: skip
    settings = [
        (row["setting"], str(row["here"]), str(row["there"])) for row in one.settings.to_dict("records")
    ]
    clear = f"Of {len(table)} outcomes {len(apart)} differ clearly (the interval leaves zero out)"
    named = f": {', '.join(told[:6])}{', ...' if len(told) > 6 else ''}" if told else ""
    nothing = "" if settings else "Nothing does."
    return Section(
        kind="comparison",
        name=f"{one.names[1]} against {one.names[0]}",
        question=f"{one.here.scenario.title}: what makes {one.names[1]} differ from {one.names[0]}?",
        answer=f"{clear}{named}. Worlds are {luck}.",
        settings=(f"{int(table['worlds'].max()):,} worlds compared",),
        first=(
            Table.of("What differs in the settings", ("setting", *one.names), settings, note=nothing),
            Table.of("Main outcomes, means over worlds", head, rows),
        ),
        tables=(Table.of("All outcomes", head, others, folded=True),),
    )  # fmt: skip


def _cells(row: Mapping[Any, Any]) -> tuple[str, str, str, str]:
    values = (shown(row[name]) for name in ("here", "there", "difference"))
    return (*values, between(row["low"], row["high"]))  # type: ignore[return-value]


def compared_in_words(one: RunComparison) -> str:
    """A comparison as a terminal shows it."""
    return as_text(section_of_comparison(one))


def write_comparison(found: Sequence[RunComparison], out: Path) -> list[Path]:
    """Write tables, figures and a page.

    Raises:
        UserError: the folder cannot be written.
    """
    from dataclasses import replace

    from experiments.figures.comparison import courses_compared
    from experiments.figures.style import write_figures
    from experiments.report.drawings import drawing_of
    from experiments.report.page import page, write
    from sim.errors import UserError
    from sim.runs.files import write_atomically

    written: list[Path] = []
    sections = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for place, one in enumerate(found, 1):
            ending = f"-{place}" if len(found) > 1 else ""
            for name, table in (("differences", one.table), ("settings", one.settings)):
                path = out / f"{name}{ending}.csv"
                write_atomically(path, table.to_csv(index=False).encode())
                written.append(path)
            drawn = {f"courses{ending}": courses_compared(one.here, one.other, one.names)}
            files = write_figures(drawn, out)
            written += files
            section = section_of_comparison(one)
            caption = "The main stocks over time in both runs, and the difference."
            alternative = f"Curves. {section.answer}"
            sections.append(replace(section, drawings=(drawing_of(files[0], caption, alternative),)))
    except OSError as error:
        raise UserError(f"--out {out}: cannot be written: {error.strerror or error}") from None
    report = out / "comparison.html"
    write(page(sections), report)
    return [*written, report]
