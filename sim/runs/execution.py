"""Execution: a plan is run into a result folder and resumed after a mishap, and shards are put together.

After a run is killed, at any moment, the same command goes on with the jobs that have no sound receipt, and
ends with the same tables. Only when all jobs are done do the tables take their names and the jobs' files go;
these stay if worlds are missing for a reason that may pass, and the same command tries those worlds again.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sim.errors import UserError
from sim.runs.batch import Batch
from sim.runs.code import code_version
from sim.runs.executors import check_executor, start
from sim.runs.files import damaged, file_hash, remove, write_atomically, write_json
from sim.runs.folder import JOBS, FolderWriter, own_files
from sim.runs.job_files import (
    Receipt,
    failures,
    receipts,
    sound_receipt,
    split_remaining,
    without_failures,
    write_tables,
)
from sim.runs.manifest import COMPLETE, RUN, RUNNING, Manifest, mixture, read_manifest
from sim.runs.plan import CHUNK, Plan
from sim.runs.results import TABLES, ResultFolder
from sim.runs.summary import summary_of

BYTES_PER_WORLD = 450  # for its row in the job's table and in the finished one; measured on both scenarios
BYTES_PER_POINT = 6_000  # for its bands and reasons at two dates, likewise
SPARE = 50_000_000  # bytes to be left free

Draw = Callable[[ResultFolder, Path], list[Path]]


@dataclass(frozen=True)
class RunOptions:
    """The means by which a plan is run; the numbers do not depend on them.

    Attributes:
        executor: the name of the executor: "processes", "inline" or "dask".
        workers: how many workers it has; one per core if None.
        scheduler: the address of a Dask scheduler.
        chunk: how many worlds a job has.
        shard: the share of the worlds to run: (1, 1) for all, (3, 16) for the third of sixteen.
        fresh: whether to throw away an earlier run in the folder.
    """

    executor: str = "processes"
    workers: int | None = None
    scheduler: str = ""
    chunk: int = CHUNK
    shard: tuple[int, int] = (1, 1)
    fresh: bool = False


class Progress:
    """Hears how a run gets on, and tells nobody: a base class."""

    def done(self, worlds: int) -> None:
        """So many more worlds are done."""

    def before(self, worlds: int) -> None:
        """So many worlds had been done before."""

    def note(self, text: str) -> None:
        """Something else is worth a line."""


def run_into(
    plan: Plan,
    path: Path,
    command: str,
    options: RunOptions,
    progress: Progress | None = None,
    draw: Draw | None = None,
    record: Mapping[str, Any] | None = None,
) -> Path:
    """Run a plan into a folder, or go on with it; return the folder.

    Args:
        plan: the plan to run.
        path: the folder.
        command: the command line that makes the same run.
        options: the means to run it with.
        progress: the listener that hears how it gets on.
        draw: a function that makes the figures from the finished tables.
        record: what was observed, as plain data, for the manifest to keep.

    Raises:
        UserError: the folder holds something else, is in use, or cannot be written.
    """
    check_executor(options.executor, options.scheduler)
    manifest = Manifest.of_run(plan, command, options.chunk, options.shard, record)
    with FolderWriter(path, manifest, options.fresh) as folder:
        _run(plan, folder, manifest, options, progress or Progress(), draw)
    return folder.place


def _run(
    plan: Plan,
    folder: FolderWriter,
    wanted: Manifest,
    options: RunOptions,
    progress: Progress,
    draw: Draw | None,
) -> None:
    if not options.fresh and folder.is_complete(TABLES) and not _worth_another_try(folder):
        remove(folder.place / JOBS)
        _draw_again(folder, wanted, draw)
        progress.before(plan.size)
        return
    start_executor, workers = start(options.executor, options.workers, options.scheduler)
    check_space(plan, folder.place, options.shard[1])
    if options.fresh and folder.earlier:
        names = ", ".join(path.name for path in own_files(folder.place))
        progress.note(f"--fresh: removing from {folder.place}: {names}")
        folder.clear()
    jobs = _begin(folder, record=wanted.record)
    chunk, shares = folder.manifest.chunk, folder.manifest.shares  # as the run was begun
    here, left = split_remaining(plan, without_failures(jobs), chunk, options.shard, shares)
    progress.before(sum(receipt.job.size for receipt in here))
    if left:
        Batch(plan, jobs, start_executor, workers, progress.done).run(left)
        here, left = split_remaining(plan, receipts(jobs), chunk, options.shard, shares)
    if left:
        raise UserError(
            f"{folder.place}: nothing sound has come here from {len(left)} jobs; all machines must write to "
            "this one folder; the same command goes on from here"
        )
    if options.shard == (1, 1):
        finish(plan, folder, here, draw)
    else:
        folder.update(failed=len(failures(plan, here)))


def _worth_another_try(folder: FolderWriter) -> bool:
    """Whether worlds of a complete run are missing that the machine, not the model, could not run."""
    jobs = folder.place / JOBS
    return folder.manifest.failed > 0 and jobs.is_dir() and any(one.passing for one in receipts(jobs))


def _begin(folder: FolderWriter, **changes: Any) -> Path:
    """Make the folder ready; return the one in which jobs leave their files."""
    folder.update(status=RUNNING, **changes)
    jobs = folder.place / JOBS
    jobs.mkdir(exist_ok=True)
    return jobs


def check_space(plan: Plan, place: Path, shares: int = 1) -> None:
    """Refuse a run that the disk cannot hold.

    Raises:
        UserError: with the estimate and what is free.
    """
    needed = (plan.size * BYTES_PER_WORLD + plan.points * BYTES_PER_POINT) / shares + SPARE
    there = sum(path.stat().st_size for path in own_files(place) for path in (path, *path.glob("*")))
    free = shutil.disk_usage(place).free
    if needed - there > free:
        raise UserError(
            f"{plan.size:,} worlds need about {needed / 1e9:,.1f} GB on disk, {free / 1e9:,.1f} GB are free "
            f"at {place}; run fewer"
        )


def finish(plan: Plan, folder: FolderWriter, here: list[Receipt], draw: Draw | None = None) -> None:
    """Make the tables of a run from its jobs, then the figures; last, say that it is complete."""
    place = folder.place
    write_tables(plan, here, place / JOBS, place)
    summary = {"numbers": plan.numbers.words, **summary_of(place / "worlds.parquet")}
    write_json(place / "summary.json", summary)
    failed = failures(plan, here)
    if len(failed):
        write_atomically(place / "failed.csv", failed.to_csv(index=False).encode())
    else:
        remove(place / "failed.csv")
    written = [*TABLES, *(["failed.csv"] if len(failed) else [])]
    hashes = {name: file_hash(place / name) for name in written}
    versions = mixture([receipt.made_with for receipt in here if not receipt.error])
    made: dict[str, Any] = {"status": COMPLETE, "failed": len(failed), "files": hashes, "versions": versions}
    manifest = replace(folder.manifest, **made)
    figures = draw(ResultFolder(place, manifest), place) if draw is not None else []
    folder.update(**_drawn(figures), **made)
    if not any(receipt.passing for receipt in here):
        remove(place / JOBS)


def _drawn(figures: list[Path]) -> dict[str, Any]:
    """What the manifest says of figures."""
    hashes = {figure.name: file_hash(figure) for figure in sorted(figures)}
    return {"figures": tuple(hashes), "figure_hashes": hashes}


def _draw_again(folder: FolderWriter, wanted: Manifest, draw: Draw | None) -> None:
    """Draw the figures of a complete run if some are missing, or others or another record are asked for."""
    manifest, place = folder.manifest, folder.place
    there = manifest.figures and all((place / name).is_file() for name in manifest.figures)
    sound = there and not damaged(place, manifest.figure_hashes)
    same_record = manifest.record == wanted.record
    if draw is None:
        if not (same_record or manifest.figures):  # figures show the record that they were drawn with
            folder.update(record=wanted.record)
        return
    if sound and same_record and manifest.command == wanted.command:
        return
    manifest = replace(manifest, record=wanted.record, command=wanted.command)
    folder.update(**vars(manifest) | _drawn(draw(ResultFolder(place, manifest), place)))


@dataclass(frozen=True)
class Merged:
    """What came of putting shards together.

    Attributes:
        worlds: how many worlds there are.
        missing: how many worlds are missing; only if none are, the run is finished.
        shares: the shares whose worlds are missing, such as "2/3".
        came: the shares that are complete.
    """

    worlds: int
    missing: int = 0
    shares: tuple[str, ...] = ()
    came: tuple[str, ...] = field(default=(), compare=False)


def merge(shards: list[Path], path: Path, draw: Draw | None = None) -> Merged:
    """Put the shards of one run together in a new folder.

    Raises:
        UserError: not the shards of one run, or the folder cannot be written.
    """
    manifests = [_shard_manifest(shard) for shard in shards]
    first = manifests[0]
    for shard, one in zip(shards, manifests, strict=True):
        for what in ("fingerprint", "code", "chunk", "shares"):
            if getattr(one, what) != getattr(first, what):
                raise UserError(f"{shard} is not a shard of the same run as {shards[0]}: another {what}")
    plan = ResultFolder(shards[0], first).plan
    record = next((one.record for one in manifests if one.record), {})
    with FolderWriter(path, replace(first, shard=(1, 1), record=record)) as folder:
        return _merge(plan, shards, first, folder, draw)


def _shard_manifest(shard: Path) -> Manifest:
    manifest = read_manifest(shard)
    if manifest.kind != RUN or not (shard / JOBS).is_dir():
        raise UserError(f"{shard} holds no files of jobs: it is not a shard, or already whole")
    if manifest.code != code_version():
        raise UserError(f"{shard} was made by another version of the code; merge with that one")
    return manifest


def _merge(
    plan: Plan, shards: list[Path], first: Manifest, folder: FolderWriter, draw: Draw | None
) -> Merged:
    if folder.is_complete(TABLES) and not _worth_another_try(folder):
        return Merged(plan.size)
    chunk, shares = first.chunk, first.shares
    jobs = _begin(folder, chunk=chunk, shard=(1, 1), shares=shares)
    for shard in shards:
        if shard.resolve() != folder.place:
            _copy(shard / JOBS, jobs)
    known = receipts(jobs)
    here, left = split_remaining(plan, known, chunk, shares=shares)
    if left:
        each = {f"{k}/{shares}": split_remaining(plan, known, chunk, (k, shares), shares)[1]
                for k in range(1, shares + 1)}  # fmt: skip
        missing = sum(job.size for job in left)
        came = tuple(name for name, lacking in each.items() if not lacking)
        return Merged(plan.size - missing, missing, tuple(name for name in each if name not in came), came)
    finish(plan, folder, here, draw)
    return Merged(plan.size)


def _copy(jobs: Path, to: Path) -> None:
    """Copy what is sound, a receipt after the files that it is for; no failure replaces a success."""
    for receipt in receipts(jobs):
        there = sound_receipt(to / f"{receipt.job.name}.json")
        if receipt.error and there is not None and not there.error:
            continue
        for name in [*receipt.files, f"{receipt.job.name}.json"]:
            write_atomically(to / name, (jobs / name).read_bytes())
