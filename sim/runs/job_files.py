"""The files of jobs: what a job leaves on disk, what is left to do, and how a run's tables are made of it.

A job leaves its tables and then a receipt, each whole under its own name. A receipt holds the hashes of the
tables, so that damage is found. Jobs are read one after another in the order of their points and worlds, so
that no table of a run is ever in memory as a whole, and the tables do not depend on how the worlds were cut
into jobs.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import UserError
from sim.runs.code import package_versions
from sim.runs.files import MAKING, MOST_BYTES_READ, file_hash, write_atomically
from sim.runs.plan import Job, Plan, share_of
from sim.runs.recorder import Tally
from sim.runs.runner import Gathering, run_job
from sim.scenarios.reading import read_regular

KINDS = ("worlds", "bands", "reasons")
ROWS = 16_384  # of a table that are written at a time


@dataclass(frozen=True)
class Receipt:
    """Evidence that a job is done, or that a world of it cannot be run.

    Attributes:
        points, first, last: the points and the range of worlds of the job.
        files: the hash of each file's content, by name.
        error: the reason why it cannot be run; empty if it was.
        passing: whether that reason lies with the machine and may pass, so that it is worth another try.
        made_with: the versions of what it was done with (sim/runs/code.py).
    """

    points: tuple[int, ...]
    first: int
    last: int
    files: dict[str, str]
    error: str = ""
    passing: bool = False
    made_with: dict[str, str] = field(default_factory=dict)

    @property
    def job(self) -> Job:
        """The job that it is for."""
        return Job(tuple(self.points), self.first, self.last)


def run_and_write(plan: Plan, job: Job, folder: Path) -> Receipt:
    """Run a job and write what it came to, the receipt last: what a worker is asked to do."""
    result, hashes = run_job(plan, job), {}
    for kind, table in zip(KINDS, (result.table, result.bands, result.reasons), strict=True):
        if table is not None:
            name = f"{job.name}.{kind}.parquet"
            hashes[name] = write_atomically(folder / name, table.to_parquet(index=False))
    if result.tally is not None:
        name, packed, arrays = f"{job.name}.tally.npz", BytesIO(), vars(result.tally)
        np.savez_compressed(packed, **arrays)
        hashes[name] = write_atomically(folder / name, packed.getvalue())
    receipt = Receipt(job.points, job.first, job.last, hashes, made_with=package_versions())
    write_receipt(receipt, folder)
    return receipt


def write_receipt(receipt: Receipt, folder: Path) -> None:
    """Write the receipt of a job."""
    write_atomically(folder / f"{receipt.job.name}.json", json.dumps(asdict(receipt)).encode())


def receipts(folder: Path) -> list[Receipt]:
    """The sound receipts of a folder, in order; what is damaged is removed, to be made again."""
    found = []
    for path in sorted(folder.glob("[0-9]*.json")):
        receipt = sound_receipt(path)
        if receipt is None:
            path.unlink()
        else:
            found.append(receipt)
    return found


def without_failures(folder: Path, of_machine_only: bool = True) -> list[Receipt]:
    """The sound receipts of a folder, after failures that are worth another try have been taken away."""
    kept = []
    for receipt in receipts(folder):
        if receipt.passing or (receipt.error and not of_machine_only):
            (folder / f"{receipt.job.name}.json").unlink()
        else:
            kept.append(receipt)
    return kept


def sound_receipt(path: Path) -> Receipt | None:
    """A receipt, if it and the tables that it is for are whole."""
    try:
        receipt = _receipt_of(json.loads(read_regular(path, MOST_BYTES_READ)))
        named = receipt.job.name == path.stem and all(name.startswith(path.stem) for name in receipt.files)
        known = receipt.error or any(name.endswith(".worlds.parquet") for name in receipt.files)
        if named and known and all(file_hash(path.with_name(n)) == h for n, h in receipt.files.items()):
            return receipt
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OSError):
        pass
    return None


def _receipt_of(facts: dict[str, Any]) -> Receipt:
    points = tuple(int(point) for point in facts["points"])
    first, last, files = int(facts["first"]), int(facts["last"]), dict(facts["files"])
    made_with = {str(name): str(told) for name, told in facts["made_with"].items()}
    return Receipt(points, first, last, files, str(facts["error"]), bool(facts["passing"]), made_with)


def split_remaining(
    plan: Plan, done: list[Receipt], chunk: int, shard: tuple[int, int] = (1, 1), shares: int = 1
) -> tuple[list[Receipt], list[Job]]:
    """What is there of a shard, no world twice, and the jobs that are left to do.

    Args:
        plan: the plan that is run.
        done: the receipts that are sound; a job may have been done in pieces.
        chunk: how many worlds a job has.
        shard: the share of the worlds that counts: (1, 1) for all; (3, 16) for the third of sixteen.
        shares: the count of shares between which jobs end.
    """
    every, by_job = list(share_of(plan, chunk, shard, shares)), {receipt.job: receipt for receipt in done}
    pieces = by_job.keys() - set(every)
    here: list[Receipt] = []
    left: list[Job] = []
    for job in every:
        for piece in _cut(job, by_job, [one for one in pieces if _within(one, job)]):
            if piece in by_job:
                here.append(by_job[piece])
            else:
                left.append(piece)
    return here, left


def _within(piece: Job, job: Job) -> bool:
    return job.first <= piece.first and piece.last <= job.last and set(piece.points) <= set(job.points)


def _cut(job: Job, done: dict[Job, Receipt], pieces: list[Job]) -> Iterator[Job]:
    """A job as a whole, or piece by piece where it has been narrowed down."""
    if job in done or job.size == 1 or not pieces:
        yield job
        return
    for half in job.halves():
        yield from _cut(half, done, [piece for piece in pieces if _within(piece, half)])


def read_tally(path: Path) -> Tally:
    """A tally that a job has left."""
    with np.load(path) as arrays:
        return Tally(**{name: arrays[name] for name in arrays.files})


def failures(plan: Plan, done: list[Receipt]) -> pd.DataFrame:
    """The worlds that could not be run: point, world, seed, error."""
    rows = sorted((one.points[0], one.first, plan.seed, one.error) for one in done if one.error)
    return pd.DataFrame(rows, columns=["point", "world", "seed", "error"])


class TableWriter:
    """Writes many tables as one, in row groups of one size.

    The file takes its name when all is written; if that fails, nothing is left of it.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._making = path, path.with_name(f"{MAKING}{path.name}")
        self._writer: Any = None
        self._held: list[pa.Table] = []
        self._rows = 0

    def add(self, table: pa.Table) -> None:
        """Take in rows."""
        table = _plain(table)
        if self._writer is None and not self._rows:
            self._held = []  # a table without rows may not know the types of its columns
        if table.num_rows or not self._held:
            self._held.append(table.cast(self._held[0].schema) if self._held else table)
            self._rows += table.num_rows
        if self._rows > ROWS:
            rows = pa.concat_tables(self._held)
            while rows.num_rows > ROWS:
                self._write(rows.slice(0, ROWS))
                rows = rows.slice(ROWS)
            self._held, self._rows = [rows], rows.num_rows

    def _write(self, rows: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._making, rows.schema, compression="zstd")
        self._writer.write_table(rows.combine_chunks())  # one chunk: the bytes follow from the rows alone

    def __enter__(self) -> "TableWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is None:
            self._write(pa.concat_tables(self._held))
        if self._writer is not None:
            self._writer.close()
        if kind is None:
            self._making.replace(self._path)
        else:
            self._making.unlink(missing_ok=True)


def _plain(table: pa.Table) -> pa.Table:
    """A table without the marks of its maker: dates in the unit of Parquet, no notes for pandas."""
    milli = pa.timestamp("ms")
    fields = [
        field.with_type(milli) if pa.types.is_timestamp(field.type) else field for field in table.schema
    ]
    plain = pa.schema(fields)
    return table if table.schema.equals(plain, check_metadata=True) else table.cast(plain)


@dataclass
class JobTables:
    """The tables that a job has left.

    Attributes:
        tables: the table of each kind, its rows by point.
    """

    tables: dict[str, pa.Table]

    def __post_init__(self) -> None:
        # Where each point begins: a job may be asked for its points one by one, and has millions of rows.
        self._begins = {
            kind: np.unique(table["point"].to_numpy(), return_index=True)
            for kind, table in self.tables.items()
        }

    @classmethod
    def of(cls, receipt: Receipt, folder: Path) -> "JobTables":
        """Read what a job has left."""
        names = {name.split(".")[-2]: name for name in receipt.files}
        tables = {kind: _plain(pq.read_table(folder / names[kind])) for kind in KINDS if kind in names}
        return cls(tables)

    def rows(self, kind: str, first: int, last: int) -> pa.Table:
        """The rows of the points from first to last."""
        table, (points, begins) = self.tables[kind], self._begins[kind]
        begin, end = np.append(begins, table.num_rows)[[np.searchsorted(points, first, "left"),
                                                        np.searchsorted(points, last, "right")]]  # fmt: skip
        return table.slice(begin, end - begin)


def _stretches(here: list[Receipt]) -> Iterator[tuple[Receipt, int, int]]:
    """Receipts in the order of points and worlds, each with the first and last of its points that come next.

    Jobs of different rules may share out the points between them, so that a job comes up several times.
    """
    order = sorted((p, r.first, place) for place, r in enumerate(here) if not r.error for p in r.points)
    begin = 0
    for place, (point, _, which) in enumerate(order):
        if place + 1 == len(order) or order[place + 1][2] != which:
            yield here[which], order[begin][0], point
            begin = place + 1


def write_tables(plan: Plan, here: list[Receipt], folder: Path, into: Path) -> None:
    """Write worlds, bands and reasons of a whole run, from receipts that hold no world twice.

    Raises:
        UserError: not one world could be run.
    """
    if all(receipt.error for receipt in here):
        raise UserError(f"{into}: not one world could be run: {here[0].error}")
    with ExitStack() as stack:
        writers = {kind: stack.enter_context(TableWriter(into / f"{kind}.parquet")) for kind in KINDS}
        for kind, rows in _all_rows(plan, here, folder):
            writers[kind].add(rows)


def _all_rows(plan: Plan, here: list[Receipt], folder: Path) -> Iterator[tuple[str, pa.Table]]:
    """Rows of each kind in the order of points; bands of a point as soon as its last world has come."""
    gathering, kept = Gathering(plan), dict[str, JobTables]()
    failed = Counter(receipt.points[0] for receipt in here if receipt.error)
    for receipt, first, last in _stretches(here):
        name = receipt.job.name
        one = kept.pop(name, None) or JobTables.of(receipt, folder)
        for kind in one.tables:
            yield kind, one.rows(kind, first, last)
        if f"{name}.tally.npz" in receipt.files:
            tally = read_tally(folder / f"{name}.tally.npz")
            for kind, table in zip(KINDS[1:], gathering.add(first, tally, failed[first]) or (), strict=False):
                yield kind, pa.Table.from_pandas(table, preserve_index=False)
        if last != receipt.points[-1]:
            kept[name] = one
