"""A result folder, read back.

    manifest.json    what is in the folder, what determines its numbers, and what made it (manifest.py)
    worlds.parquet   one row per world: point, world, outcomes
    bands.parquet    one row per point, date and measure: mean and quantiles
    reasons.parquet  one row per point, date and term of the patron's choice, where there was fighting
    summary.json     median and 90 % range of each outcome
    failed.csv       worlds that could not be run, if there are any: point, world, seed, error
    paths.parquet    one row per point, world and date, if paths were asked for
    *.svg, *.png     figures

While a run is going on (execution.py), the manifest says so and the tables are not there yet. The folder of
an answer has a manifest as well, and tables as CSV.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import UserError
from sim.runs.files import damaged, read_json
from sim.runs.manifest import MANIFEST, NOT_AS_WRITTEN, RUN, Manifest, read_manifest
from sim.runs.plan import Plan
from sim.scenarios.reading import check_regular
from sim.scenarios.scenario import Scenario

TABLES = ("worlds.parquet", "bands.parquet", "reasons.parquet", "summary.json")  # of a run
FILES = (MANIFEST, *TABLES)
MOST_TABLE_BYTES = 10**12
EXTRAS = ("failed.csv", "paths.parquet")  # that the folder of a run may hold besides


@dataclass(frozen=True)
class ResultFolder:
    """A result folder, read back.

    Attributes:
        path: the path of the folder.
        manifest: the manifest that says what is in it, and what made it.
    """

    path: Path
    manifest: Manifest

    @cached_property
    def plan(self) -> Plan:
        """The plan that was run."""
        try:
            return Plan.of(self.manifest.plan)
        except (LookupError, TypeError, ValueError, AttributeError):
            raise UserError(f"{self.path / MANIFEST} cannot be read: it holds no plan") from None

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was run."""
        return self.plan.scenario

    @cached_property
    def worlds(self) -> pd.DataFrame:
        """One row per world."""
        return self._table("worlds")

    @cached_property
    def bands(self) -> pd.DataFrame:
        """One row per point, date and measure."""
        return self._table("bands")

    @cached_property
    def reasons(self) -> pd.DataFrame:
        """One row per point, date and term."""
        return self._table("reasons")

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Median and 90 % range of each outcome."""
        return read_json(self.path / "summary.json")

    def outcome(self, name: str) -> "pd.Series[Any]":
        """One column of the worlds, without reading the others."""
        return self._table("worlds", [name])[name]

    def _table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        path = self.path / f"{name}.parquet"
        try:
            check_regular(path, MOST_TABLE_BYTES)
            return pd.read_parquet(path, columns=columns)
        except (OSError, ValueError):  # what pyarrow raises for a damaged file is a ValueError
            raise UserError(f"{path} cannot be read: it is not a table of a run; run it again") from None


def open_folder(path: str | Path, kind: str = RUN, check: bool = True) -> ResultFolder:
    """Read a result folder.

    Args:
        path: the path of the folder.
        kind: the kind that is wanted: "run", or that of an answer; "" for any.
        check: whether to check each file against the hash that it had when it was written.

    Raises:
        UserError: it is not there, not complete, of another kind, of another format, or damaged.
    """
    folder = Path(path)
    manifest = read_manifest(folder, check)
    if kind and manifest.kind != kind:
        raise UserError(f"{folder} holds no {kind}, but something of the kind {manifest.kind}")
    if not manifest.complete:
        raise UserError(f"{folder} is not complete; the command that goes on with it: {manifest.command}")
    missing = [name for name in manifest.files if not (folder / name).is_file()]
    if missing:
        raise UserError(
            f"{folder} is not complete: {missing[0]} is missing; the same command goes on with it"
        )
    spoilt = damaged(folder, manifest.files | manifest.figure_hashes) if check else []
    if spoilt:
        raise UserError(
            f"{folder / spoilt[0]} cannot be read: {NOT_AS_WRITTEN}; it was made by {manifest.command}"
        )
    return ResultFolder(folder, manifest)
