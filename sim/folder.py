"""How does a run come to lie in a folder, and how does it go on after a mishap?

The folder holds a manifest that says what the run is, and `parts` (sim/parts.py) until all is done. Killed at
any moment, the same command goes on with the jobs that have no sound receipt, and ends with the same
tables. Only then do the tables take their names, and the parts go.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from sim.batch import Batch
from sim.errors import UserError
from sim.executors import start
from sim.parts import Receipt, failures, missing_jobs, receipts, tally_of
from sim.results import FILES, Folder, check_free, manifest_of, read_manifest, summary, write_json
from sim.runner import CHUNK, Gathering, Plan

PARTS = "parts"
LOCK = ".lock"
ROWS = 50_000  # of a table that are written at a time
BYTES_PER_WORLD = 450  # of a finished table; measured on karabakh-2020
SPARE = 50_000_000  # bytes to be left free

Draw = Callable[[Folder, Path], list[Path]]


@dataclass(frozen=True)
class Means:
    """With what a plan is run; the numbers do not depend on it.

    Attributes:
        executor: "processes", "inline" or "dask".
        workers: how many; all cores if None.
        scheduler: address of a Dask scheduler.
        chunk: worlds in a job.
        shard: (1, 1) for the whole run; (3, 16) for the third of sixteen shares.
        fresh: whether to throw an earlier run in the folder away.
    """

    executor: str = "processes"
    workers: int | None = None
    scheduler: str = ""
    chunk: int = CHUNK
    shard: tuple[int, int] = (1, 1)
    fresh: bool = False


class Lock:
    """One process at a time in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder / LOCK)

    def __enter__(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise UserError(f"{self._folder}: another process is working in this folder") from None

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def check_space(plan: Plan, folder: Path) -> None:
    """Refuse a run that the disk cannot hold.

    Raises:
        UserError: with the estimate and what is free.
    """
    needed = 2 * plan.size * BYTES_PER_WORLD + SPARE  # parts and the tables made from them
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"{plan.size:,} worlds need about {needed / 1e9:,.1f} GB on disk, {free / 1e9:,.1f} GB are free "
            f"at {folder}; run fewer"
        )


def run_into(
    plan: Plan,
    path: Path,
    command: str,
    means: Means,
    done: Callable[[int], None] = lambda worlds: None,
    draw: Draw | None = None,
) -> Path:
    """Run a plan into a folder, or go on with it; the folder.

    Args:
        plan: what to run.
        path: the folder.
        command: the command line that makes the same run.
        means: with what to run it.
        done: called with a number of worlds whenever so many more are done.
        draw: makes the figures from the finished tables.

    Raises:
        UserError: the folder holds something else, is in use, or cannot be written.
    """
    check_free(path, plan, means.fresh)
    place = path.resolve()
    new = [folder for folder in (place, *place.parents) if not folder.exists()]
    try:
        place.mkdir(parents=True, exist_ok=True)
        check_space(plan, place)
        with Lock(place):
            _run(plan, place, command, means, done, draw)
    except OSError as error:
        raise UserError(f"--out {path}: cannot be written: {error.strerror or error}") from None
    finally:
        for folder in new:
            with suppress(OSError):  # it holds the run, as it should
                folder.rmdir()
    return place


def _run(
    plan: Plan, place: Path, command: str, means: Means, done: Callable[[int], None], draw: Draw | None
) -> None:
    if means.fresh:
        clear(place)
    chunk = _begin(plan, place, command, means)
    if is_complete(place):
        done(plan.size)
        return
    parts = place / PARTS
    parts.mkdir(exist_ok=True)
    for left_over in parts.glob(".making-*"):
        left_over.unlink()
    known = receipts(parts)
    todo = missing_jobs(plan, known, chunk, means.shard)
    done(sum(receipt.job.size for receipt in known))
    if todo:
        make_executor, workers = start(means.executor, means.workers, means.scheduler)
        Batch(plan, parts, make_executor, workers, done).run(todo)
    if means.shard == (1, 1):
        finish(plan, place, draw)


def _begin(plan: Plan, place: Path, command: str, means: Means) -> int:
    """Write the manifest of a new run; the chunk size that this run was begun with."""
    if (place / FILES[0]).is_file():
        return int(read_manifest(place)["chunk"])
    facts = manifest_of(plan, command) | {"status": "running", "chunk": means.chunk, "shard": means.shard}
    making = place / f".making-{FILES[0]}"
    write_json(making, facts)
    making.replace(place / FILES[0])
    return means.chunk


def is_complete(place: Path) -> bool:
    """Whether a folder's run is finished and all its files are there."""
    facts = read_manifest(place)
    return facts.get("status") == "complete" and all((place / name).is_file() for name in FILES)


def clear(place: Path) -> list[str]:
    """Throw the run in a folder away; the names of what went. Other files stay."""
    own = [*FILES, PARTS, *(read_manifest(place).get("figures", []) if (place / FILES[0]).is_file() else [])]
    gone = []
    for name in own:
        if (place / name).is_dir():
            shutil.rmtree(place / name)
            gone.append(name)
        elif (place / name).is_file():
            (place / name).unlink()
            gone.append(name)
    return gone


def finish(plan: Plan, place: Path, draw: Draw | None = None) -> None:
    """Make the tables of a run from its parts, then the figures; last, say that it is complete."""
    parts = place / PARTS
    known = receipts(parts)
    failed = failures(plan, known)
    _stream(place / "worlds.parquet", _worlds(known, parts))
    banded, reasoned = _bands_and_reasons(plan, known, parts, failed)
    _stream(place / "bands.parquet", iter([banded]))
    _stream(place / "reasons.parquet", iter([reasoned]))
    write_json(place / "summary.json", summary(pd.read_parquet(place / "worlds.parquet")))
    if len(failed):
        failed.to_csv(place / "failed.csv", index=False)
    facts = read_manifest(place) | {"status": "complete", "failed": len(failed)}
    figures = draw(Folder(place, facts), place) if draw is not None else []
    write_json(place / FILES[0], facts | {"figures": sorted(figure.name for figure in figures)})
    shutil.rmtree(parts)


def _worlds(known: list[Receipt], parts: Path) -> Iterator[pd.DataFrame]:
    """The tables of the worlds, in the order of points and worlds."""
    for receipt in sorted(known, key=lambda one: (one.points[0], one.first)):
        for name in receipt.files:
            if name.endswith("worlds.parquet"):
                yield pd.read_parquet(parts / name)


def _stream(path: Path, tables: Iterator[pd.DataFrame]) -> None:
    """Write tables as one, in row groups of one size, without holding them all in memory."""
    making = path.with_name(f".making-{path.name}")
    writer, held = None, None
    for table in tables:
        more = pa.Table.from_pandas(table, preserve_index=False)
        held = more if held is None else pa.concat_tables([held, more.cast(held.schema)])
        writer = writer or pq.ParquetWriter(making, held.schema, compression="zstd")
        while held.num_rows > ROWS:
            writer.write_table(held.slice(0, ROWS))
            held = held.slice(ROWS)
    if writer is None or held is None:
        raise UserError(f"{path.parent}: not one world could be run; see parts for the reasons")
    writer.write_table(held)
    writer.close()
    making.replace(path)


def _bands_and_reasons(
    plan: Plan, known: list[Receipt], parts: Path, failed: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bands and reasons of all points: read where they are whole, put together where they are not."""
    gathering, banded, reasoned = Gathering(plan), [], []
    lost = failed.groupby("point").size().to_dict()
    for receipt in known:
        for name in receipt.files:
            if name.endswith("bands.parquet"):
                banded.append(pd.read_parquet(parts / name))
            elif name.endswith("reasons.parquet"):
                reasoned.append(pd.read_parquet(parts / name))
            elif name.endswith("tally.npz"):
                point = receipt.points[0]
                whole = gathering.add(point, tally_of(parts / name), lost.get(point, 0))
                if whole is not None:
                    banded.append(whole[0])
                    reasoned.append(whole[1])
    tables = (pd.concat(frames, ignore_index=True) for frames in (banded, reasoned))
    first, second = (t.sort_values(["point", "date"], kind="stable", ignore_index=True) for t in tables)
    return first, second


def merge(shards: list[Path], path: Path, draw: Draw | None = None) -> dict[str, Any]:
    """Put the shards of one run together in a new folder.

    Returns:
        how many worlds there are, and how many are missing; the folder is finished only if none are.

    Raises:
        UserError: not the shards of one run.
    """
    manifests = [read_manifest(shard) for shard in shards]
    for shard, facts in zip(shards, manifests, strict=True):
        for what in ("fingerprint", "code", "chunk"):
            if facts.get(what) != manifests[0].get(what):
                raise UserError(f"{shard} is not a shard of the same run as {shards[0]}: another {what}")
        if not (shard / PARTS).is_dir():
            raise UserError(f"{shard} holds no parts: it is not a shard, or already whole")
    plan = Plan.of(manifests[0]["plan"])
    check_free(path, plan)
    path.mkdir(parents=True, exist_ok=True)
    with Lock(path):
        (path / PARTS).mkdir(exist_ok=True)
        for shard in shards:
            for receipt in receipts(shard / PARTS):
                for name in [*receipt.files, f"{receipt.job.name}.json"]:
                    shutil.copy2(shard / PARTS / name, path / PARTS / name)
        write_json(path / FILES[0], manifests[0] | {"status": "running", "shard": [1, 1]})
        left = missing_jobs(plan, receipts(path / PARTS), manifests[0]["chunk"], (1, 1))
        missing = sum(job.size for job in left)
        if not missing:
            finish(plan, path, draw)
    return {"worlds": plan.size - missing, "missing": missing, "jobs": [job.name for job in left]}
