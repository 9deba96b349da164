"""What the commands calibrate and sensitivity share: a run, and an analysis of it beside its tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from experiments.report.section import Section
    from sim.runs.plan import Plan
    from sim.runs.results import ResultFolder


class Inquiry(Protocol):
    """A question whose answer is read off a finished run."""

    @property
    def plan(self) -> "Plan":
        """The run that answers it."""

    def tables(self, folder: "ResultFolder") -> "Mapping[str, pd.DataFrame]":
        """The tables that are written, by name."""

    def figures(self, folder: "ResultFolder") -> "Mapping[str, Figure]":
        """The figures that are drawn, by name."""

    def section(self, folder: "ResultFolder") -> "Section":
        """The answer, for a terminal."""

    def facts(self, folder: "ResultFolder") -> Mapping[str, Any]:
        """The answer as plain data."""


def ask(inquiry: Inquiry, given: Mapping[str, Any]) -> None:
    """Run what an inquiry needs, write its tables and figures, and print its answer."""
    from experiments.commands.launch import Afterwards, launch
    from experiments.report.section import as_text

    def write(folder: "ResultFolder", into: Path) -> list[Path]:
        from experiments.figures.style import write_figures
        from sim.runs.files import write_atomically

        tables = inquiry.tables(folder)
        for name, table in tables.items():
            write_atomically(into / f"{name}.csv", table.to_csv(index=False).encode())
        drawn = write_figures(inquiry.figures(folder), into) if given["figures"] else []
        return [*(into / f"{name}.csv" for name in tables), *drawn]

    after = Afterwards(write, lambda folder: as_text(inquiry.section(folder)), inquiry.facts)
    launch(inquiry.plan, given, click.get_current_context().find_root().obj, after)
