"""How do the parts of a run become its tables?

Parts are read one after another in the order of their points and worlds, so that no table is ever in memory
as a whole, and the tables do not depend on how the worlds were cut into jobs.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import UserError
from sim.runs.parts import MAKING, Receipt, tally_of
from sim.runs.results import summarise
from sim.runs.runner import Gathering, Plan

ROWS = 16_384  # of a table that are written at a time
KINDS = ("worlds", "bands", "reasons")


class Writer:
    """Writes many tables as one, in row groups of one size.

    The file takes its name when all is written; if that fails, nothing is left of it.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._making = path, path.with_name(f"{MAKING}{path.name}")
        self._writer: Any = None
        self._held: Any = None

    def add(self, table: pa.Table) -> None:
        """Take rows in."""
        table = plain(table)
        if self._held is None or (self._held.num_rows == 0 and self._writer is None):
            self._held = table
        elif table.num_rows:
            self._held = pa.concat_tables([self._held, table.cast(self._held.schema)])
        while self._held.num_rows > ROWS:
            self._write(self._held.slice(0, ROWS))
            self._held = self._held.slice(ROWS)

    def _write(self, rows: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._making, rows.schema, compression="zstd")
        self._writer.write_table(rows.combine_chunks())  # one chunk: the bytes follow from the rows alone

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is None:
            self._write(self._held)
        if self._writer is not None:
            self._writer.close()
        if kind is None:
            self._making.replace(self._path)
        else:
            self._making.unlink(missing_ok=True)


def plain(table: pa.Table) -> pa.Table:
    """A table without the marks of its maker: dates in the unit of Parquet, no notes for pandas."""
    milli = pa.timestamp("ms")
    fields = [
        field.with_type(milli) if pa.types.is_timestamp(field.type) else field for field in table.schema
    ]
    return table.cast(pa.schema(fields))


@dataclass
class Shelf:
    """The tables that a job has left.

    Attributes:
        tables: kind -> table, its rows by point.
    """

    tables: dict[str, pa.Table]

    @classmethod
    def of(cls, receipt: Receipt, parts: Path) -> "Shelf":
        """Read what a job has left."""
        names = {name.split(".")[-2]: name for name in receipt.files}
        tables = {kind: pq.read_table(parts / names[kind]) for kind in KINDS if kind in names}
        return cls(tables)

    def rows(self, kind: str, first: int, last: int) -> pa.Table:
        """Those of the points from first to last."""
        table = self.tables[kind]
        points = table["point"].to_numpy()
        begin, end = np.searchsorted(points, first, "left"), np.searchsorted(points, last, "right")
        return table.slice(begin, end - begin)


def runs_of(here: list[Receipt]) -> Iterator[tuple[Receipt, int, int]]:
    """Receipts in the order of points and worlds: which one, from which of its points to which.

    Jobs of different rules may share out the points between them, so that a job comes up several times.
    """
    order = sorted((p, r.first, place) for place, r in enumerate(here) if not r.error for p in r.points)
    begin = 0
    for place, (point, _, which) in enumerate(order):
        if place + 1 == len(order) or order[place + 1][2] != which:
            yield here[which], order[begin][0], point
            begin = place + 1


def write_tables(plan: Plan, here: list[Receipt], parts: Path, into: Path) -> None:
    """Write worlds, bands and reasons of a whole run, from receipts that hold no world twice.

    Raises:
        UserError: not one world could be run.
    """
    if all(receipt.error for receipt in here):
        raise UserError(f"{into}: not one world could be run: {here[0].error}")
    with ExitStack() as stack:
        writers = {kind: stack.enter_context(Writer(into / f"{kind}.parquet")) for kind in KINDS}
        for kind, rows in _all_rows(plan, here, parts):
            writers[kind].add(rows)


def _all_rows(plan: Plan, here: list[Receipt], parts: Path) -> Iterator[tuple[str, pa.Table]]:
    """Rows of each kind in the order of points; bands of a point as soon as its last world has come."""
    gathering, shelves = Gathering(plan), dict[str, Shelf]()
    failed = Counter(receipt.points[0] for receipt in here if receipt.error)
    for receipt, first, last in runs_of(here):
        name = receipt.job.name
        shelf = shelves.pop(name, None) or Shelf.of(receipt, parts)
        for kind in shelf.tables:
            yield kind, shelf.rows(kind, first, last)
        if f"{name}.tally.npz" in receipt.files:
            tally = tally_of(parts / f"{name}.tally.npz")
            for kind, table in zip(KINDS[1:], gathering.add(first, tally, failed[first]) or (), strict=False):
                yield kind, pa.Table.from_pandas(table, preserve_index=False)
        if last != receipt.points[-1]:
            shelves[name] = shelf


def summary_of(path: Path) -> dict[str, Any]:
    """The summary of a table of worlds on disk, a column at a time."""
    with pq.ParquetFile(path) as file:

        def column_of(name: str) -> "pd.Series[Any]":
            pa.default_memory_pool().release_unused()
            groups = (file.read_row_group(number, [name]) for number in range(file.num_row_groups))
            return pd.concat([group.column(0).to_pandas() for group in groups], ignore_index=True)

        return summarise(column_of)
