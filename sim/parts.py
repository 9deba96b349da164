"""What does a job leave on disk?

Its tables and then a receipt, each written under another name and renamed: what stands there under its own
name is whole. A receipt holds the hashes of the tables, so that damage is found.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.recorder import Tally
from sim.runner import Job, Part, Plan, jobs, run_job


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
            hashes[name] = _write(parts / name, partial(table.to_parquet, index=False))
    if part.tally is not None:
        name, arrays = f"{part.job.name}.tally.npz", vars(part.tally)
        hashes[name] = _write(parts / name, lambda to: np.savez_compressed(to, **arrays))
    receipt = Receipt(part.job.points, part.job.first, part.job.last, hashes)
    put_receipt(receipt, parts)
    return receipt


def put_receipt(receipt: Receipt, parts: Path) -> None:
    """Write the receipt of a job."""
    text = json.dumps(asdict(receipt))
    _write(parts / f"{receipt.job.name}.json", lambda to: Path(to).write_text(text, encoding="utf-8"))


def _write(path: Path, into: Callable[[Path], Any]) -> str:
    """Write a file under another name, make sure that it is on disk, rename it; the hash of its content."""
    making = path.with_name(f".making-{os.getpid()}-{path.name}")
    into(making)
    with making.open("rb+") as file:
        digest = sha256(file.read()).hexdigest()
        os.fsync(file.fileno())
    making.replace(path)
    return digest


def receipts(parts: Path) -> list[Receipt]:
    """The sound receipts of a folder, in order; what is damaged is taken away, to be made again."""
    found = []
    for path in sorted(parts.glob("[0-9]*.json")):
        try:
            receipt = Receipt(**json.loads(path.read_text(encoding="utf-8")))
            sound = all(_digest(parts / name) == known for name, known in receipt.files.items())
        except (ValueError, TypeError, OSError):
            sound = False
        if sound:
            found.append(receipt)
        else:
            path.unlink()
    return found


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"


def missing_jobs(plan: Plan, done: list[Receipt], chunk: int, shard: tuple[int, int]) -> list[Job]:
    """The jobs of a shard that have no receipt; a job may have been done in pieces.

    Args:
        plan: what is run.
        done: receipts that are sound.
        chunk: worlds in a job.
        shard: (1, 1) for all; (3, 16) for the third of sixteen.
    """
    finished = {receipt.job for receipt in done}
    number, count = shard
    mine = [job for place, job in enumerate(jobs(plan, chunk)) if place % count == number - 1]
    left = []
    for job in mine:
        left += list(_not_done(job, finished))
    return left


def _not_done(job: Job, finished: set[Job]) -> Iterator[Job]:
    """What is left of a job, piece by piece as it would be narrowed down."""
    if job in finished:
        return
    begun = any(set(one.points) <= set(job.points) and one.first >= job.first and one.last <= job.last
                for one in finished)  # fmt: skip
    if job.size > 1 and begun:
        for half in job.halves():
            yield from _not_done(half, finished)
    else:
        yield job


def tally_of(path: Path) -> Tally:
    """A tally that a job has left."""
    with np.load(path) as arrays:
        return Tally(**{name: arrays[name] for name in arrays.files})


def failures(plan: Plan, done: list[Receipt]) -> pd.DataFrame:
    """The worlds that could not be run: point, world, seed, error."""
    rows = [(one.points[0], one.first, plan.seed, one.error) for one in done if one.error]
    return pd.DataFrame(rows, columns=["point", "world", "seed", "error"])
