"""The tables and sentences of a comparison: what differs in the settings, and in every outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from experiments.explore.comparison import compare_runs, settings_apart
from experiments.report.drawings import drawn
from experiments.report.frames import grouped, lacking, read_csv
from experiments.report.numbers import between, shown
from experiments.report.run import MAIN, meaning_of
from experiments.report.section import Section, as_text
from experiments.report.table import OPEN, Cell, Table, number
from experiments.trial.claims import listed
from experiments.trial.study import Answer, Picture
from sim.errors import UserError
from sim.runs.results import ResultFolder

OF_RUNS = "comparison"  # the kind of its folder
MAIN_NAMES = [name for names in MAIN.values() for name in names]
MOST_TOLD = 6  # outcomes that are named in a sentence
SETTINGS = ("run", "against", "setting")
DIFFERENCES = (("run", "against", "outcome", "unit", "matched"),
               ("here", "there", "difference", "low", "high", "worlds"))  # fmt: skip


@dataclass(frozen=True)
class RunsCompared:
    """Finished runs, each compared with the first.

    Attributes:
        first: the folder of the run that the others are compared with.
        others: the folders of these.
    """

    first: ResultFolder
    others: Sequence[ResultFolder]

    @classmethod
    def of(cls, folders: Sequence[ResultFolder]) -> "RunsCompared":
        """The comparison of folders, worked out, so that what cannot be compared is refused.

        Raises:
            UserError: runs of different scenarios or designs.
        """
        others = {folder.path.resolve(): folder for folder in folders[1:]}
        found = cls(folders[0], tuple(others.values()))
        _ = found.settings, found.differences
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the runs are called, the first one first: their folders, or all that tells these apart."""
        places = [folder.path.resolve() for folder in (self.first, *self.others)]
        short = [place.name for place in places]
        return tuple(place.name if short.count(place.name) == 1 else str(place) for place in places)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """The difference of every outcome (experiments/explore/comparison.py), a row a run and outcome."""
        return self._named([compare_runs(self.first, other) for other in self.others])

    @cached_property
    def settings(self) -> pd.DataFrame:
        """What differs in the settings, a row a run and setting."""
        return self._named([settings_apart(self.first.plan, other.plan) for other in self.others])

    def _named(self, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """A table of each run, together, with the names of both runs before each row."""
        for name, table in zip(self.names[1:], tables, strict=True):
            table.insert(0, "run", name)
            table.insert(1, "against", self.names[0])
        held = [table for table in tables if len(table)]
        return pd.concat(held or tables[:1], ignore_index=True)

    @property
    def section(self) -> Section:
        """What the terminal and the page say, without figures."""
        title = self.first.scenario.title
        question = f"{title}: what makes {listed(self.names[1:])} differ from {self.names[0]}?"
        return _section(question, self.settings, self.differences)

    def pictures(self) -> dict[str, Picture]:
        """The runs side by side, and the difference: over time, and in which districts and rungs."""
        from experiments.figures.comparison import courses_compared, shares_compared

        found = {}
        for place, other in enumerate(self.others, 1):
            ending = f"-{place}" if len(self.others) > 1 else ""
            names = self.names[0], self.names[place]
            table = self.differences[self.differences["run"] == names[1]]
            told = f"{names[1]} against {names[0]}"
            words = _in_words(names[1], table)
            found[f"courses{ending}"] = Picture(
                courses_compared(self.first, other, names),
                f"{told}: the main stocks over time in both runs, and the difference.",
                f"Curves side by side. {words}",
            )
            found[f"shares{ending}"] = Picture(
                shares_compared(self.first, other, names, table),
                f"{told}: in how many worlds the patron comes to each rung and each district is lost.",
                f"Two marks a row, and the difference with its interval. {words}",
            )
        return found

    @property
    def answer(self) -> Answer:
        """All of it, as it is written into a folder."""
        section = self.section
        return Answer(
            section.answer,
            tables={"settings": self.settings, "differences": self.differences},
            figures=self.pictures(),
            facts={"question": section.question},
        )

    @property
    def illustrated(self) -> Section:
        """All of it, as it stands on the page of a run."""
        from dataclasses import replace

        command = " ".join(str(folder.path) for folder in (self.first, *self.others))
        return replace(
            self.section,
            name=listed(self.names[1:]),
            drawings=tuple(drawn(self.pictures())),
            command=f"captive-ally compare {command}",
        )

    @property
    def text(self) -> str:
        """The comparison as a terminal shows it."""
        return as_text(self.section)


def comparison_in(folder: ResultFolder, question: str) -> Section:
    """What a folder says that `captive-ally compare --out` has written.

    Raises:
        UserError: a table is not as it should be.
    """
    settings, differences = (read_csv(folder.path / f"{name}.csv") for name in ("settings", "differences"))
    lacking(settings, (*SETTINGS, "here", "there"), (), folder.path / "settings.csv")
    lacking(differences, *DIFFERENCES, folder.path / "differences.csv")
    if differences.empty:
        raise UserError(f"{folder.path / 'differences.csv'} cannot be read: nothing is in it")
    return _section(question, settings, differences)


def _section(question: str, settings: pd.DataFrame, differences: pd.DataFrame) -> Section:
    against, several = str(differences["against"].iloc[0]), differences["run"].nunique() > 1
    first, behind = [], []
    for name, table in grouped(differences, "run"):
        of_run = f": {name}" if several else ""
        apart = settings[settings["run"].astype(str) == name]
        rows = [(str(row["setting"]), shown(row["here"]), shown(row["there"]))
                for row in apart.to_dict("records")]  # fmt: skip
        nothing = "" if rows else "Nothing does."
        title = f"What differs in the settings{of_run}"
        head = ("setting", against, name)
        first.append(Table.of(title, head, rows, note=nothing, folded=len(rows) > OPEN, most=OPEN))
        main = table[table["outcome"].isin(MAIN_NAMES)]
        first.append(_outcomes(f"Main outcomes, means over worlds{of_run}", against, main))
        behind.append(_outcomes(f"All outcomes{of_run}", against, table, "differences.csv"))
    return Section(
        kind=OF_RUNS,
        question=question,
        answer=" ".join(_in_words(name, table) for name, table in grouped(differences, "run")),
        settings=(f"{int(differences['worlds'].max()):,} worlds compared",),
        first=tuple(first),
        tables=tuple(behind),
    )


def _outcomes(title: str, against: str, table: pd.DataFrame, source: str = "") -> Table:
    head = (
        *("outcome", "unit"),
        number(against),
        number(str(table["run"].iloc[0])),
        number("difference"),
        number("95 % interval"),
    )
    rows = [_cells(row) for row in table.to_dict("records")]
    return Table.of(title, head, rows, source=source, folded=bool(source), small_print=False)


def _cells(row: Mapping[Any, Any]) -> tuple[Cell, ...]:
    name = str(row["outcome"])
    words = meaning_of(name)
    values = [shown(row[column]) for column in ("here", "there", "difference")]
    outcome = Cell(name, "code", below=words if words != name else "")
    return (outcome, *map(Cell, (str(row["unit"]), *values, between(row["low"], row["high"]))))


def _in_words(name: str, table: pd.DataFrame) -> str:
    """How many outcomes differ, which of the main ones, and whether worlds are matched."""
    apart = table[(table["low"] > 0) | (table["high"] < 0)]
    told = [one for one in MAIN_NAMES if one in set(apart["outcome"])]
    more = ", ..." if len(told) > MOST_TOLD else ""
    named = f": {', '.join(told[:MOST_TOLD])}{more}" if told else ""
    luck = (
        "matched one by one, under the same luck"
        if table["matched"].all()
        else "not matched: they have not the same luck"
    )
    return (
        f"{name}: of {len(table)} outcomes {len(apart)} differ clearly (the interval leaves zero out){named}."
        f" Worlds are {luck}."
    )
