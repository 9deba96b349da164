"""What does a job leave on disk?

Its tables and then a receipt, each written under another name, read back and renamed: what stands there under
its own name is whole. A receipt holds the hashes of the tables, so that damage is found.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np
import pandas as pd

from sim.runs.recorder import Tally
from sim.runs.runner import Job, Part, Plan, jobs, run_job

MAKING = ".making-"  # how the names of files begin that are being written


@dataclass(frozen=True)
class Receipt:
    """That a job is done, or that a world of it cannot be run.

    Attributes:
        points, first, last: the job.
        files: name -> hash of its content.
        error: what went wrong; empty if nothing did.
    """

    points: tuple[int, ...]
    first: int
    last: int
    files: dict[str, str]
    error: str = ""

    @property
    def job(self) -> Job:
        """The job that it is for."""
        return Job(tuple(self.points), self.first, self.last)


def do(plan: Plan, job: Job, parts: Path) -> Receipt:
    """Run a job and write what it came to: what a worker is asked to do."""
    return write(run_job(plan, job), parts)


def write(part: Part, parts: Path) -> Receipt:
    """Write the tables of a job, then its receipt."""
    hashes = {}
    for kind, table in (("worlds", part.table), ("bands", part.bands), ("reasons", part.reasons)):
        if table is not None:
            name = f"{part.job.name}.{kind}.parquet"
            hashes[name] = put(parts / name, table.to_parquet(index=False))
    if part.tally is not None:
        name, packed, arrays = f"{part.job.name}.tally.npz", BytesIO(), vars(part.tally)
        np.savez_compressed(packed, **arrays)
        hashes[name] = put(parts / name, packed.getvalue())
    receipt = Receipt(part.job.points, part.job.first, part.job.last, hashes)
    put_receipt(receipt, parts)
    return receipt


def put_receipt(receipt: Receipt, parts: Path) -> None:
    """Write the receipt of a job."""
    put(parts / f"{receipt.job.name}.json", json.dumps(asdict(receipt)).encode())


def put(path: Path, content: bytes) -> str:
    """Write a file under another name, make sure that it is on disk, rename it; the hash of its content.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    digest = sha256(content).hexdigest()
    making = path.with_name(f"{MAKING}{token_hex(4)}-{path.name}")
    try:
        with making.open("xb+") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            if sha256(file.read()).hexdigest() != digest:
                raise OSError(f"{path.name} reads back otherwise than it was written")
        making.replace(path)
    except OSError:
        making.unlink(missing_ok=True)
        raise
    return digest


def receipts(parts: Path) -> list[Receipt]:
    """The sound receipts of a folder, in order; what is damaged is taken away, to be made again."""
    found = []
    for path in sorted(parts.glob("[0-9]*.json")):
        receipt = sound_receipt(path)
        if receipt is None:
            path.unlink()
        else:
            found.append(receipt)
    return found


def sound_receipt(path: Path) -> Receipt | None:
    """A receipt, if it is whole and the tables that it is for are."""
    try:
        receipt = _receipt_of(json.loads(path.read_text(encoding="utf-8")))
        named = receipt.job.name == path.stem and all(name.startswith(path.stem) for name in receipt.files)
        known = receipt.error or any(name.endswith(".worlds.parquet") for name in receipt.files)
        if named and known and all(hash_of(path.with_name(n)) == h for n, h in receipt.files.items()):
            return receipt
    except (ValueError, TypeError, LookupError, RecursionError, OSError):
        pass
    return None


def _receipt_of(facts: dict[str, Any]) -> Receipt:
    points = tuple(int(point) for point in facts["points"])
    return Receipt(points, int(facts["first"]), int(facts["last"]), dict(facts["files"]), str(facts["error"]))


def hash_of(path: Path) -> str:
    """The hash of a file's content."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sort_out(
    plan: Plan, done: list[Receipt], chunk: int, shard: tuple[int, int] = (1, 1)
) -> tuple[list[Receipt], list[Job]]:
    """What is there of a shard, no world twice, and the jobs that are left to do.

    Args:
        plan: what is run.
        done: receipts that are sound; a job may have been done in pieces.
        chunk: worlds in a job.
        shard: (1, 1) for all; (3, 16) for the third of sixteen.
    """
    every, by_job = list(jobs(plan, chunk)), {receipt.job: receipt for receipt in done}
    pieces = by_job.keys() - set(every)
    here: list[Receipt] = []
    left: list[Job] = []
    for job in every[shard[0] - 1 :: shard[1]]:
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


def tally_of(path: Path) -> Tally:
    """A tally that a job has left."""
    with np.load(path) as arrays:
        return Tally(**{name: arrays[name] for name in arrays.files})


def failures(plan: Plan, done: list[Receipt]) -> pd.DataFrame:
    """The worlds that could not be run: point, world, seed, error."""
    rows = sorted((one.points[0], one.first, plan.seed, one.error) for one in done if one.error)
    return pd.DataFrame(rows, columns=["point", "world", "seed", "error"])
