"""The writer of result folders: one kind of folder, whatever command makes it.

A folder that holds anything else is refused, never mixed. One process at a time works in it. Its manifest
says "running" until all that belongs to it is there as a whole.
"""

import os
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from sim.errors import UserError
from sim.runs.files import MAKING, damaged, file_hash, remove, write_atomically
from sim.runs.manifest import (
    COMPLETE,
    FORMAT,
    MANIFEST,
    OLD_ANSWER,
    RUN,
    RUNNING,
    Manifest,
    is_plain_name,
    is_result_folder,
    manifest_data,
    read_manifest,
)
from sim.runs.results import EXTRAS, FILES

JOBS = "jobs"  # the folder in which the jobs of a run leave their files
OLD_JOBS = "parts"  # its name in format 1
FIGURE_ENDINGS = (".svg", ".png")  # endings of the names of figures
STAGE = f"{MAKING}new"  # the folder in which files wait until all are there
LOCK = ".lock"
PREFIX = f"{MAKING}captive-ally-"  # of a trial folder, made to see whether one can be made


class FolderWriter:
    """A result folder that is being written.

    An answer is collected beside what the folder holds, and takes its place when it is complete, so that an
    earlier answer is there until the new one is:

        manifest = Manifest.of_answer("study", study.name, command)
        with FolderWriter(out, manifest) as folder:  # refuses what cannot be written before the work begins
            answer = study.ask(asked)
            folder.add_table("effects", answer.tables["effects"])  # effects.csv
            folder.add_text("answer.txt", answer.text)
            figures = write_figures(answer.pictures, folder.stage)  # any file that is saved to `stage`
            folder.complete(facts=answer.facts, figures=figures)

    A process killed before `complete` leaves the folder as it was; if within it, the manifest says so and the
    same command makes the answer again. A run instead goes on where it was: see sim/runs/execution.py.

    Args:
        path: the folder.
        manifest: the manifest of what it is to hold.
        fresh: whether results of another kind or question in the folder may be replaced.

    Attributes:
        place: the folder, its path resolved.
        manifest: what it is to hold; for a run that goes on, what its folder says.
        earlier: whether results of ours lay there before.
    """

    def __init__(self, path: Path, manifest: Manifest, fresh: bool = False) -> None:
        self.path, self.manifest, self.fresh = path, manifest, fresh
        self.place, self.earlier = path, False
        self._new: list[Path] = []

    def __enter__(self) -> "FolderWriter":
        check_free(self.path, self.manifest, self.fresh)
        self.place = self.path.resolve()
        self._new = [folder for folder in (self.place, *self.place.parents) if not folder.exists()]
        try:
            self.place.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
        except Timeout:
            raise UserError(f"{self.place}: another process is working in this folder") from None
        except OSError as error:
            self._leave()
            raise self._unwritable(error) from None
        if (self.place / JOBS).is_symlink():
            self.__exit__(None, None, None)
            raise UserError(f"--out {self.path}: {JOBS} in it is a link; remove it, or give another folder")
        for left_over in [*self.place.glob(f"{MAKING}*"), *self.place.glob(f"{JOBS}/{MAKING}*")]:
            remove(left_over)  # half made by a process that was killed
        self.earlier = is_result_folder(self.place)
        if self.earlier and not self.fresh and self.manifest.kind == RUN:
            self.manifest = read_manifest(self.place)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        remove(self.place / STAGE)
        with suppress(OSError):  # some systems do not let an open file go
            (self.place / LOCK).unlink()
        self._lock.release()
        self._leave()
        if isinstance(error, OSError):
            raise self._unwritable(error) from None

    def _locked(self) -> FileLock:
        """The lock of the folder, held; not one whose file another process has removed when it was done.

        Raises:
            Timeout: another process holds it.
        """
        path = self.place / LOCK
        while True:
            lock = FileLock(path)
            lock.acquire(timeout=0)
            with suppress(FileNotFoundError):
                held = lock._context.lock_file_fd
                if held is None or os.path.samestat(path.stat(), os.fstat(held)):
                    return lock
            lock.release(force=True)

    def _leave(self) -> None:
        for folder in self._new:
            with suppress(OSError):  # it holds something, as it should
                folder.rmdir()

    def _unwritable(self, error: OSError) -> UserError:
        return UserError(f"--out {self.path}: cannot be written: {error.strerror or error}")

    def update(self, **changes: Any) -> None:
        """Change the manifest."""
        self.manifest = replace(self.manifest, **changes)
        self.manifest.write(self.place)

    @property
    def stage(self) -> Path:
        """The folder in which to save files that belong to the answer."""
        stage = self.place / STAGE
        stage.mkdir(exist_ok=True)
        return stage

    def add_table(self, name: str, table: pd.DataFrame) -> None:
        """Take in a table, as CSV."""
        self.add_text(f"{name}.csv", table.to_csv(index=False))

    def add_text(self, name: str, text: str) -> None:
        """Take in a text."""
        write_atomically(self.stage / name, text.encode(errors="backslashreplace"))

    def complete(self, figures: list[Path] | None = None, **changes: Any) -> None:
        """Move what was taken in to its place, remove what it replaces, and say that all is there."""
        drawn = {path.name for path in figures or ()}
        staged = sorted(self.stage.iterdir())
        every = {path.name: file_hash(path) for path in staged}
        hashes = {name: hashed for name, hashed in every.items() if name not in drawn}
        drawings = {name: hashed for name, hashed in every.items() if name in drawn}
        own = own_files(self.place)
        self.update(status=RUNNING, files=hashes, figures=tuple(drawings), figure_hashes=drawings, **changes)
        for path in own:
            if path.name not in {MANIFEST, *hashes, *drawn}:
                remove(path)
        for path in staged:
            path.replace(self.place / path.name)
        self.update(status=COMPLETE)
        remove(self.place / STAGE)

    def is_complete(self, files: tuple[str, ...]) -> bool:
        """Whether the folder holds these files, and all else that was written with them, as they were."""
        hashes = self.manifest.files
        if not (self.earlier and self.manifest.complete and set(files) <= set(hashes)):
            return False
        return all((self.place / name).is_file() for name in hashes) and not damaged(self.place, hashes)

    def clear(self) -> list[str]:
        """Remove the results in the folder, and return their names. Other files stay."""
        own = own_files(self.place)
        for path in reversed(own):  # the manifest last: without it, the rest belongs to nobody
            remove(path)
        return [path.name for path in own]


def own_files(place: Path) -> list[Path]:
    """What lies in a folder and belongs to its results, the manifest first.

    A manifest may be damaged, or made up: only regular files within the folder count, and those that it lists
    only if they are as written. Earlier manifests have no hashes of figures: there the file ending decides.
    """
    if not is_result_folder(place):
        return []
    data = manifest_data(place)
    jobs = place / (OLD_JOBS if data["format"] < FORMAT else JOBS)
    a_run = data.get("kind", RUN) == RUN
    found = [place / name for name in ((*FILES, *EXTRAS) if a_run else (MANIFEST,))]
    hashes = _table(data, "files") | _table(data, "figure_hashes")
    figures = data.get("figures")
    for name in [*hashes, *(figures if isinstance(figures, list) else ())]:
        if is_plain_name(name) and is_own(place / name, hashes.get(name)):
            found.append(place / name)
    found = [path for path in dict.fromkeys(found) if path.is_file() and not path.is_symlink()]
    return found + [jobs] * (a_run and jobs.is_dir() and not jobs.is_symlink())


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    return data[key] if isinstance(data.get(key), dict) else {}


def is_own(path: Path, hashed: Any) -> bool:
    """Whether a file that a manifest lists was written with it."""
    if not path.is_file():
        return False
    return path.suffix in FIGURE_ENDINGS if hashed is None else file_hash(path) == hashed


def check_free(path: Path, manifest: Manifest, fresh: bool = False) -> None:
    """Make sure that results may be written to a folder: a new one, or one that holds the same.

    Raises:
        UserError: it holds something else, or cannot be written.
    """
    try:
        place = path.resolve()
        str(place).encode()
        if place.exists() and not place.is_dir():
            raise UserError(f"--out {path}: there is a file of that name; give a folder")
        if place.is_dir():
            _check_holds(place, path, manifest, fresh)
        ground = next(folder for folder in (place, *place.parents) if folder.exists())
        for left_over in ground.glob(f"{PREFIX}*"):
            with suppress(OSError):  # it is no folder, or not empty: then not ours
                left_over.rmdir()
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=ground):
            pass
    except UnicodeEncodeError:
        raise UserError(f"--out {path}: the name is not a text in UTF-8; give another one") from None
    except (OSError, RuntimeError) as error:  # Python 3.11 and 3.12 raise the latter for a ring of links
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"--out {path}: cannot be written: {reason}") from None


def _check_holds(place: Path, path: Path, manifest: Manifest, fresh: bool) -> None:
    """Make sure that nothing is lost if what a folder holds is replaced."""
    if place in (Path.cwd(), *Path.cwd().parents):
        raise UserError(f"--out {path}: the folder that you are in cannot be replaced; give another one")
    if all(path.name == LOCK or path.name.startswith(MAKING) for path in place.iterdir()):
        return  # empty, or left by a process that was killed before it began
    if not ((place / MANIFEST).is_file() or (place / OLD_ANSWER).is_file()):
        raise UserError(f"--out {path}: the folder holds other files; give a new or empty one")
    data = manifest_data(place)
    if fresh:
        return
    way_out = "give another folder" + ", or --fresh" * (manifest.kind == RUN)
    if data["format"] < FORMAT:
        made = f"was made by an earlier layout of captive-ally (format {data['format']})"
        raise UserError(f"--out {path}: {made}; {way_out}")
    differs = manifest.difference(read_manifest(place))
    if differs:
        raise UserError(f"--out {path}: holds other results ({differs}); {way_out}")
