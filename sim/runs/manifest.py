"""The manifest of a result folder: what is in it, what determines its numbers, and what made it."""

import json
import platform
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, get_origin

from sim.errors import UserError
from sim.runs.code import code_version
from sim.runs.files import read_json, write_json
from sim.runs.plan import CHUNK, Plan
from sim.scenarios.reading import is_file, is_folder

FORMAT = 2  # of the folder; raised when another reader would misread it
MANIFEST = "manifest.json"
OLD_ANSWER = "answer.json"  # what stood in its place in the folder of an answer of format 1
RUN, RUNNING, COMPLETE = "run", "running", "complete"
PACKAGES = ("captive-ally", "mesa", "numpy", "pandas", "pyarrow", "pydantic")


@dataclass(frozen=True)
class Manifest:
    """What a result folder holds and what made it: the content of its manifest.json, name by name.

    Attributes:
        kind: "run" for a plan that was run, or the kind of an answer, such as "study".
        command: the command line that makes the same folder.
        fingerprint: a hash of what the folder is about; of a run, of all that determines its numbers.
        code: the version of the code that makes numbers.
        versions: the versions of Python and of the packages that the numbers may depend on.
        status: "running" until all is there, then "complete".
        plan: the plan of a run as plain data; nothing for an answer.
        inherited: how many numbers of a run's scenario are those of another war; empty if none are.
        facts: an answer as plain data; nothing for a run, whose summary is a file of its own.
        chunk: how many worlds a job has.
        shard: the share of the jobs that the folder is for: (1, 1) for all, (3, 16) for the third of sixteen.
        failed: how many worlds could not be run.
        files: the hash of each file that was written, by name, but for figures.
        figures: the names of figures, and of other files that were made with them.
    """

    kind: str
    command: str
    fingerprint: str
    code: str
    versions: dict[str, str]
    status: str = RUNNING
    plan: dict[str, Any] = field(default_factory=dict)
    inherited: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    chunk: int = CHUNK
    shard: tuple[int, int] = (1, 1)
    failed: int = 0
    files: dict[str, str] = field(default_factory=dict)
    figures: tuple[str, ...] = ()

    @classmethod
    def of_run(
        cls, plan: Plan, command: str, chunk: int = CHUNK, shard: tuple[int, int] = (1, 1)
    ) -> "Manifest":
        """The manifest of a run that begins."""
        return cls(RUN, command, plan.fingerprint, code_version(), package_versions(), plan=plan.facts(),
                   inherited=plan.inherited, chunk=chunk, shard=shard)  # fmt: skip

    @classmethod
    def of_answer(cls, kind: str, name: str, command: str) -> "Manifest":
        """The manifest of an answer that is begun; it may replace an earlier one of its kind and name."""
        fingerprint = sha256(json.dumps([kind, name]).encode()).hexdigest()[:16]
        return cls(kind, command, fingerprint, code_version(), package_versions())

    @property
    def complete(self) -> bool:
        """Whether all is there."""
        return self.status == COMPLETE

    def write(self, folder: Path) -> None:
        """Write the manifest to its folder."""
        write_json(folder / MANIFEST, {"format": FORMAT} | asdict(self))

    def difference(self, other: "Manifest") -> str:
        """In what the results of another manifest differ from these, in words; empty if in nothing."""
        if self.kind != other.kind:
            return f"of the kind {other.kind}"
        if self.kind != RUN:
            return "" if self.fingerprint == other.fingerprint else "other question"
        if self.fingerprint == other.fingerprint:
            return "" if self.code == other.code else "made by another version of the code"
        ours, theirs = self.plan, other.plan
        names = [name for name in ("seed", "worlds", "theory", "without", "design", "numbers")
                 if theirs.get(name) != ours[name]]  # fmt: skip
        if theirs["scenario"].get("name") != ours["scenario"]["name"]:
            names.insert(0, "scenario")
        return "other " + ", ".join(names) if names else "other parameters"


def is_result_folder(folder: Path) -> bool:
    """Whether a folder holds results, complete or not."""
    return is_file(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a result folder, complete or not.

    Raises:
        UserError: it is not there, cannot be read, or of another format.
    """
    data = manifest_data(folder)
    if data["format"] < FORMAT:
        raise UserError(
            f"{folder} was made by an earlier layout of captive-ally (format {data['format']}, known is "
            f"{FORMAT}); run its command again, with --fresh to replace it: {data.get('command')}"
        )
    known: dict[str, Any] = {}
    for one in fields(Manifest):
        if one.name in data:
            value, kind = data[one.name], get_origin(one.type) or one.type
            known[one.name] = value = tuple(value) if kind is tuple and isinstance(value, list) else value
            if not isinstance(value, kind):  # type: ignore[arg-type]
                raise _foreign(folder)
    try:
        manifest = Manifest(**known)
    except TypeError:
        raise _foreign(folder) from None
    of_a_run = isinstance(manifest.plan.get("scenario"), dict) and manifest.chunk > 0
    names = [*manifest.files, *manifest.figures]
    plain = all(isinstance(name, str) and Path(name).name == name for name in names)
    if not plain or (manifest.kind == RUN and not of_a_run):
        raise _foreign(folder)
    return manifest


def manifest_data(folder: Path) -> dict[str, Any]:
    """What the manifest of a result folder says, of this or an earlier format.

    Raises:
        UserError: it is not there, cannot be read, or of a newer format.
    """
    path = folder / MANIFEST
    if not is_file(path):
        if is_file(folder / OLD_ANSWER):
            made = f"was made by an earlier layout of captive-ally, with {OLD_ANSWER}"
            raise UserError(f"{folder} {made}; ask again, into a folder of another name")
        what = "there is no manifest.json in it" if is_folder(folder) else "there is no such folder"
        raise UserError(f"{folder} is not a result folder: {what}")
    data = read_json(path)
    form = data.get("format")
    if not isinstance(form, int) or form < 1:
        raise _foreign(folder)
    if form > FORMAT:
        raise UserError(f"{folder} was written by a newer captive-ally (format {form}, known is {FORMAT})")
    return data


def _foreign(folder: Path) -> UserError:
    return UserError(f"{folder / MANIFEST} cannot be read: it is not the manifest of a run")


def package_versions() -> dict[str, str]:
    """The versions of Python and of the packages that the numbers may depend on."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
