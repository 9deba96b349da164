"""How does a run come to lie in a folder, and how does it go on after a mishap?

The folder holds a manifest that says what the run is, and `parts` (parts.py) until all is done. Killed at any
moment, the same command goes on with the jobs that have no sound receipt, and ends with the same
tables. Only then do the tables take their names, and the parts go.
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from sim.errors import UserError
from sim.runs.batch import Batch
from sim.runs.executors import start
from sim.runs.parts import MAKING, Receipt, failures, hash_of, put, receipts, sort_out
from sim.runs.results import (
    EXTRAS,
    FILES,
    LOCK,
    Folder,
    check_free,
    code_version,
    is_run,
    manifest_of,
    plan_in,
    read_manifest,
    write_json,
)
from sim.runs.runner import CHUNK, Plan
from sim.runs.tables import summary_of, write_tables

MANIFEST, PARTS, GOING = FILES[0], "parts", f"{MAKING}parts"
BYTES_PER_WORLD = 450  # of its part and its row in the finished table; measured on both scenarios
BYTES_PER_POINT = 6_000  # of its bands and reasons at two dates, likewise
SPARE = 50_000_000  # bytes to be left free

Draw = Callable[[Folder, Path], list[Path]]
Count = Callable[[int], None]


def _nothing(_: Any) -> None:
    pass


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


@dataclass(frozen=True)
class Told:
    """Who is told how a run gets on.

    Attributes:
        done: of so many more worlds.
        before: of worlds that had been done before.
        note: of anything else worth a line.
    """

    done: Count = _nothing
    before: Count = _nothing
    note: Callable[[str], None] = _nothing


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
        with suppress(OSError):  # some systems do not let an open file go
            (self._folder / LOCK).unlink()
        self._lock.release()


def check_space(plan: Plan, folder: Path, shares: int = 1) -> None:
    """Refuse a run that the disk cannot hold.

    Raises:
        UserError: with the estimate and what is free.
    """
    needed = (plan.size * BYTES_PER_WORLD + plan.points * BYTES_PER_POINT) / shares + SPARE
    there = sum(path.stat().st_size for path in _own(folder) for path in (path, *path.glob("*")))
    free = shutil.disk_usage(folder).free
    if needed - there > free:
        raise UserError(
            f"{plan.size:,} worlds need about {needed / 1e9:,.1f} GB on disk, {free / 1e9:,.1f} GB are free "
            f"at {folder}; run fewer"
        )


def run_into(
    plan: Plan, path: Path, command: str, means: Means, told: Told | None = None, draw: Draw | None = None
) -> Path:
    """Run a plan into a folder, or go on with it; the folder.

    Args:
        plan: what to run.
        path: the folder.
        command: the command line that makes the same run.
        means: with what to run it.
        told: who is told how it gets on.
        draw: makes the figures from the finished tables.

    Raises:
        UserError: the folder holds something else, is in use, or cannot be written.
    """
    check_free(path, plan, means.fresh)
    place = path.resolve()
    new = [folder for folder in (place, *place.parents) if not folder.exists()]
    try:
        place.mkdir(parents=True, exist_ok=True)
        with Lock(place):
            _run(plan, place, command, means, told or Told(), draw)
    except OSError as error:
        raise UserError(f"--out {path}: cannot be written: {error.strerror or error}") from None
    finally:
        for folder in new:
            with suppress(OSError):  # it holds the run, as it should
                folder.rmdir()
    return place


def _run(plan: Plan, place: Path, command: str, means: Means, told: Told, draw: Draw | None) -> None:
    if not means.fresh and is_run(place) and is_complete(place):
        _remove(place / PARTS)
        _draw_again(place, command, draw)
        told.before(plan.size)
        return
    make_executor, workers = start(means.executor, means.workers, means.scheduler)
    check_space(plan, place, means.shard[1])
    if means.fresh and is_run(place):
        told.note(f"--fresh: removing from {place}: {', '.join(path.name for path in _own(place))}")
        clear(place)
    chunk = _begin(plan, place, command, means)
    parts = place / PARTS
    here, left = sort_out(plan, receipts(parts), chunk, means.shard)
    told.before(sum(receipt.job.size for receipt in here))
    if left:
        Batch(plan, parts, make_executor, workers, told.done).run(left)
        here, left = sort_out(plan, receipts(parts), chunk, means.shard)
    if left:
        raise UserError(
            f"{place}: nothing sound has come here from {len(left)} jobs; all machines must write to this "
            "one folder; the same command goes on from here"
        )
    if means.shard == (1, 1):
        finish(plan, place, here, draw)


def _begin(plan: Plan, place: Path, command: str, means: Means) -> int:
    """Make the folder ready; the chunk size that this run was begun with."""
    for left_over in [*place.glob(f"{MAKING}*"), *place.glob(f"{PARTS}/{MAKING}*")]:
        _remove(left_over)
    if is_run(place):
        facts = read_manifest(place) | {"status": "running"}
    else:
        facts = manifest_of(plan, command) | {"status": "running", "chunk": means.chunk, "shard": means.shard}
    write_json(place / MANIFEST, facts)
    (place / PARTS).mkdir(exist_ok=True)
    return _chunk_of(place, facts)


def _chunk_of(place: Path, facts: dict[str, Any]) -> int:
    chunk = facts.get("chunk")
    if not isinstance(chunk, int) or chunk < 1:
        raise UserError(f"{place / MANIFEST} cannot be read: it does not say how many worlds are in a job")
    return chunk


def is_complete(place: Path) -> bool:
    """Whether a folder's run is finished and all its tables are there as they were written."""
    facts = read_manifest(place)
    hashes = facts.get("files", {})
    if facts.get("status") != "complete" or set(hashes) != set(FILES[1:]):
        return False
    return all((place / name).is_file() and hash_of(place / name) == hashes[name] for name in hashes)


def _own(place: Path) -> list[Path]:
    """What lies in a folder and belongs to its run."""
    figures = read_manifest(place).get("figures", []) if is_run(place) else []
    plain = [name for name in figures if isinstance(name, str) and Path(name).name == name]
    names = [*FILES, *EXTRAS, PARTS, *plain]
    return [place / name for name in names if (place / name).exists()]


def clear(place: Path) -> list[str]:
    """Throw the run in a folder away; the names of what went. Other files stay."""
    own = _own(place)
    for path in reversed(own):  # the manifest last: without it, the rest belongs to nobody
        _remove(path)
    return [path.name for path in own]


def _remove(path: Path) -> None:
    """Remove a file, or a folder: renamed first, so that nobody finds half of it or writes into it."""
    if path.is_dir():
        going = path.with_name(GOING)
        if path != going:
            shutil.rmtree(going, ignore_errors=True)
            path.replace(going)
        shutil.rmtree(going, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def finish(plan: Plan, place: Path, here: list[Receipt], draw: Draw | None = None) -> None:
    """Make the tables of a run from its parts, then the figures; last, say that it is complete."""
    write_tables(plan, here, place / PARTS, place)
    write_json(place / "summary.json", summary_of(place / "worlds.parquet"))
    failed = failures(plan, here)
    if len(failed):
        put(place / "failed.csv", failed.to_csv(index=False).encode())
    else:
        _remove(place / "failed.csv")
    hashes = {name: hash_of(place / name) for name in FILES[1:]}
    facts = read_manifest(place) | {"status": "complete", "failed": len(failed), "files": hashes}
    figures = draw(Folder(place, facts), place) if draw is not None else []
    write_json(place / MANIFEST, facts | {"figures": sorted(figure.name for figure in figures)})
    _remove(place / PARTS)


def _draw_again(place: Path, command: str, draw: Draw | None) -> None:
    """Draw the figures of a complete run if some are missing or others are asked for."""
    facts = read_manifest(place)
    figures = facts.get("figures", [])
    there = figures and all((place / name).is_file() for name in figures)
    if draw is None or (there and facts.get("command") == command):
        return
    made = sorted(figure.name for figure in draw(Folder(place, facts), place))
    write_json(place / MANIFEST, facts | {"command": command, "figures": made})


def merge(shards: list[Path], path: Path, draw: Draw | None = None) -> dict[str, Any]:
    """Put the shards of one run together in a new folder.

    Returns:
        how many worlds there are, how many are missing, and from which shares; the folder is finished only
        if none are.

    Raises:
        UserError: not the shards of one run, or the folder cannot be written.
    """
    manifests = [_shard_manifest(shard) for shard in shards]
    for shard, facts in zip(shards, manifests, strict=True):
        for what in ("fingerprint", "code", "chunk"):
            if facts.get(what) != manifests[0].get(what):
                raise UserError(f"{shard} is not a shard of the same run as {shards[0]}: another {what}")
    plan = plan_in(shards[0], manifests[0])
    check_free(path, plan)
    place = path.resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with Lock(place):
            return _merge(plan, shards, manifests[0], place, draw)
    except OSError as error:
        raise UserError(f"--out {path}: cannot be written: {error.strerror or error}") from None


def _shard_manifest(shard: Path) -> dict[str, Any]:
    facts = read_manifest(shard)
    if not (shard / PARTS).is_dir():
        raise UserError(f"{shard} holds no parts: it is not a shard, or already whole")
    if facts.get("code") != code_version():
        raise UserError(f"{shard} was made by another version of the code; merge with that one")
    return facts


def _merge(
    plan: Plan, shards: list[Path], facts: dict[str, Any], place: Path, draw: Draw | None
) -> dict[str, Any]:
    parts, chunk, shares = place / PARTS, _chunk_of(shards[0], facts), int(facts["shard"][1])
    if not (is_run(place) and is_complete(place)):
        parts.mkdir(exist_ok=True)
        write_json(place / MANIFEST, facts | {"status": "running", "shard": [1, 1]})
        for shard in shards:
            if shard.resolve() != place:
                _copy(shard / PARTS, parts)
        known = receipts(parts)
        here, left = sort_out(plan, known, chunk)
        if left:
            names = [f"{k}/{shares}" for k in range(1, shares + 1)
                     if sort_out(plan, known, chunk, (k, shares))[1]]  # fmt: skip
            missing = sum(job.size for job in left)
            return {"worlds": plan.size - missing, "missing": missing, "shares": names}
        finish(plan, place, here, draw)
    return {"worlds": plan.size, "missing": 0, "shares": []}


def _copy(parts: Path, to: Path) -> None:
    """Copy what is sound; the receipt last, so that what it is for is there."""
    for receipt in receipts(parts):
        for name in [*receipt.files, f"{receipt.job.name}.json"]:
            put(to / name, (parts / name).read_bytes())
