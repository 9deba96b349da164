"""What came of a run, as one object: tables, comparison, reasons, figures, and a notebook's short answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from agents.reasons import REASONS
from experiments.commands.replay import replayed
from experiments.explore.comparison import compare_runs
from experiments.notebook.plots import Plots
from sim.errors import UserError
from sim.runs.files import write_atomically
from sim.runs.folder import FolderWriter
from sim.runs.manifest import Manifest, read_manifest
from sim.runs.results import ResultFolder, open_folder
from sim.scenarios.scenario import Scenario

UNSAVED = Path("a run in memory")  # in place of a folder, in messages


@dataclass(frozen=True)
class HeldFolder(ResultFolder):
    """A result folder that is held in memory, file by file, as it would be on disk."""

    held: Mapping[str, bytes]

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Median and 90 % range of each outcome."""
        found: dict[str, Any] = json.loads(self.held["summary.json"])
        return found

    def _table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        return pd.read_parquet(BytesIO(self.held[f"{name}.parquet"]), columns=columns)


class RunResults:
    """What came of a run or sweep.

    Args:
        folder: the result folder, on disk or held in memory.

    Attributes:
        folder: the same.
        plot: its figures: `plot.territory()`, `.alliance()`, `.ladder()`, `.map()`, `.sweep()`.
    """

    def __init__(self, folder: ResultFolder) -> None:
        self.folder, self.plot = folder, Plots(folder)

    @classmethod
    def in_memory(cls, path: Path) -> "RunResults":
        """Read a result folder as a whole, so that it may go."""
        manifest = read_manifest(path)
        return cls(HeldFolder(UNSAVED, manifest, _files_of(ResultFolder(path, manifest))))

    @property
    def worlds(self) -> pd.DataFrame:
        """A row a point and world: what was varied, and every outcome; units in `captive-ally describe`."""
        return self.folder.worlds

    @property
    def bands(self) -> pd.DataFrame:
        """A row a point, date and measure: mean and quantiles over worlds."""
        return self.folder.bands

    @property
    def reasons(self) -> pd.DataFrame:
        """A row a point, date and term of the patron's choice, where there was fighting: mean utility."""
        return self.folder.reasons

    @property
    def summary(self) -> dict[str, Any]:
        """Median and 90 % range of each outcome."""
        return self.folder.summary

    @property
    def manifest(self) -> Manifest:
        """All that determines the numbers, and what made them."""
        return self.folder.manifest

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was run."""
        return self.folder.scenario

    def save(self, folder: str | Path) -> "RunResults":
        """Write all tables to a result folder, as the command line does but for the figures.

        Args:
            folder: the path of a new or empty folder.

        Returns:
            The same results, read from there.

        Raises:
            UserError: it holds something else, or cannot be written.
        """
        path = Path(folder)
        held = self.folder.held if isinstance(self.folder, HeldFolder) else _files_of(self.folder)
        with FolderWriter(path, self.manifest) as writer:
            for name, content in held.items():
                write_atomically(writer.place / name, content)
            writer.update(**{**vars(self.manifest), "figures": (), "figure_hashes": {}})
        return RunResults(open_folder(path))

    def compare(self, other: "RunResults") -> pd.DataFrame:
        """The difference that another run makes in every outcome that is a number, a date or a yes or no.

        Args:
            other: the other run, of the same scenario and as many points.

        Returns:
            A row an outcome: mean here and there, difference (there minus here) with a 95 % interval, unit,
            and whether worlds were matched one by one, because they share their luck.

        Raises:
            UserError: the runs are not of the same scenario or design.
        """
        if not isinstance(other, RunResults):
            raise UserError(f"compare: the results of a run are needed, not a {type(other).__name__}")
        return compare_runs(self.folder, other.folder)

    def log(self, world: int = 0, point: int = 0) -> pd.DataFrame:
        """What happened in one world, which is run again: a row a date on which something did.

        Args:
            world: the number of the world.
            point: the number of its point.

        Returns:
            Date, news (sentences, joined), and the state of the world after it.

        Raises:
            UserError: there is no such world, or the code has changed since.
        """
        rows = [json.loads(line) for line in replayed(self.folder, world, point, as_json=True)]
        table = pd.DataFrame(rows)
        table["date"], table["news"] = pd.to_datetime(table["date"]), table["news"].map("; ".join)
        return table

    def why(self, day: str | date, point: int = 0) -> pd.DataFrame:
        """The reasons of the patron on a day, the mean of the worlds that were then at war.

        Args:
            day: the day, such as "2020-11-09".
            point: the number of the point.

        Returns:
            A row a reason that counted, the strongest first: what it is, whether it calls for acting or holds
            back, its mean utility (0 is none), the share of worlds at war where it was the strongest of its
            side, and its claim. `attrs` say from when to when the record goes.

        Raises:
            UserError: not a day, or no world was at war then.
        """
        try:
            when = pd.Timestamp(day)
        except (TypeError, ValueError):
            raise UserError(
                f"why: {day!r} is not a date; one such as '{self.scenario.start}' is needed"
            ) from None
        bands = self.bands[self.bands["point"] == point]
        dates = pd.Series(bands["date"].unique()).sort_values()
        later, earlier = dates[dates > when], dates[dates <= when]
        found = self.reasons[self.reasons["point"].eq(point) & self.reasons["side"].ne("rung")]
        if len(later) and len(earlier):
            found = found[found["date"] == later.iloc[0]]
        if not (len(later) and len(earlier) and len(found)):
            fought = self.reasons.loc[self.reasons["point"] == point, "date"]
            between = f"there was between {fought.min():%Y-%m-%d} and {fought.max():%Y-%m-%d}"
            raise UserError(
                f"why: no world was at war on {when:%Y-%m-%d}; {between if len(fought) else 'none ever was'}"
            )
        about = {reason.name: reason for reason in REASONS}
        table = pd.DataFrame(
            {
                "reason": [about[name].words for name in found["term"]],
                "for acting": [about[name].duty for name in found["term"]],
                "utility": found["mean"].to_numpy(),
                "strongest": found["strongest"].to_numpy(),
                "claim": [about[name].claim for name in found["term"]],
            },
            index=pd.Index(found["term"], name="term"),
        )
        table = table[table["utility"] != 0].sort_values("utility", ascending=False, kind="stable")
        table.attrs |= {"from": f"{earlier.iloc[-1]:%Y-%m-%d}", "to": f"{later.iloc[0]:%Y-%m-%d}"}
        return table

    def __repr__(self) -> str:
        plan = self.folder.plan
        points = f"{plan.points:,} points, " if plan.design is not None else ""
        return f"<RunResults {plan.scenario.name}: {points}{plan.worlds:,} worlds, seed {plan.seed}>"

    def _repr_html_(self) -> str:
        """The short answer that a notebook shows."""
        from html import escape

        from experiments.report.run_folder import run_in

        section = run_in(self.folder)
        question, answer, told = map(escape, (section.question, section.answer, "; ".join(section.settings)))
        return f"<p><b>{question}</b><br>{answer}<br><small>{told}</small></p>"


def _files_of(folder: ResultFolder) -> dict[str, bytes]:
    return {name: (folder.path / name).read_bytes() for name in folder.manifest.files}
