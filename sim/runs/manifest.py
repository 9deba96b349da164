"""The manifest of a result folder: what is in it, what determines its numbers, and what made it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, get_origin

from sim.errors import UserError
from sim.runs.code import code_version, package_versions
from sim.runs.files import read_json, write_json
from sim.runs.plan import CHUNK, Plan
from sim.scenarios.reading import is_file, is_folder

FORMAT = 2  # of the folder; raised when another reader would misread it
MANIFEST = "manifest.json"
HASH = "hash"  # of all else in a manifest
OLD_ANSWER = "answer.json"  # what stood in its place in the folder of an answer of format 1
NOT_AS_WRITTEN = "it is not as it was written, but damaged or changed; --no-check reads it nevertheless"
SHARD_PARTS = 2  # which share, of how many
RUN, RUNNING, COMPLETE = "run", "running", "complete"


@dataclass(frozen=True)
class Manifest:
    """What a result folder holds and what made it: the content of its manifest.json, name by name.

    Attributes:
        kind: "run" for a plan that was run, or the kind of an answer, such as "study".
        command: the command line that makes the same folder.
        fingerprint: a hash of what the folder is about; for a run, of all that determines its numbers.
        code: the version of the code that makes numbers.
        versions: the versions of all that numbers may depend on besides our code; where several machines
            differ, all of them.
        status: "running" until all is there, then "complete".
        plan: the plan of a run as plain data; nothing for an answer.
        inherited: how many numbers of a run's scenario are those of another war; empty if none are.
        record: what was observed in the crisis that a run is about, as plain data, if a record lay beside its
            scenario; else nothing.
        facts: an answer as plain data; nothing for a run, whose summary is a file of its own.
        chunk: how many worlds a job has.
        shard: the share of the worlds that it is for: (1, 1) for all, (3, 16) for the third of sixteen.
        shares: the count of shares between which jobs end.
        failed: how many worlds could not be run.
        files: the hash of each file that was written, by name, except for figures.
        figures: the names of figures, and of other files that were made with them.
        figure_hashes: the hash of each of these, by name.
    """

    kind: str
    command: str
    fingerprint: str
    code: str
    versions: dict[str, str]
    status: str = RUNNING
    plan: dict[str, Any] = field(default_factory=dict)
    inherited: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    chunk: int = CHUNK
    shard: tuple[int, int] = (1, 1)
    shares: int = 1
    failed: int = 0
    files: dict[str, str] = field(default_factory=dict)
    figures: tuple[str, ...] = ()
    figure_hashes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_run(
        cls,
        plan: Plan,
        command: str,
        chunk: int = CHUNK,
        shard: tuple[int, int] = (1, 1),
        record: Mapping[str, Any] | None = None,
    ) -> "Manifest":
        """The manifest of a run that begins."""
        return cls(RUN, command, plan.fingerprint, code_version(), package_versions(), plan=plan.facts(),
                   inherited=plan.inherited, record=dict(record or {}), chunk=chunk, shard=shard,
                   shares=shard[1])  # fmt: skip

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
        """Write the manifest to its folder, with a hash of itself."""
        facts = {"format": FORMAT} | asdict(self)
        write_json(folder / MANIFEST, facts | {HASH: _hash_of(facts)})

    def difference(self, other: "Manifest") -> str:
        """How the results of another manifest differ from these, in words; empty if they do not."""
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


def read_manifest(folder: Path, check: bool = True) -> Manifest:
    """The manifest of a result folder, complete or not.

    Args:
        folder: the folder.
        check: whether to check the manifest against its own hash.

    Raises:
        UserError: it is not there, cannot be read, is of another format, or was changed afterwards.
    """
    data = manifest_data(folder)
    if data["format"] < FORMAT:
        raise UserError(
            f"{folder} was made by an earlier layout of captive-ally (format {data['format']}, known is "
            f"{FORMAT}); run its command again, with --fresh to replace it: {data.get('command')}"
        )
    hashed = data.pop(HASH, None)
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
    if not _is_sound(manifest):
        raise _foreign(folder)
    if check and hashed != _hash_of(data):
        raise UserError(f"{folder / MANIFEST} cannot be read: {NOT_AS_WRITTEN}")
    return manifest


def _is_sound(manifest: Manifest) -> bool:
    """Whether a manifest that was read holds what it should; hashes tell the rest."""
    names = [*manifest.files, *manifest.figures, *manifest.figure_hashes]
    texts = [*manifest.files.values(), *manifest.figure_hashes.values(), *manifest.versions.values()]
    of_a_run = isinstance(manifest.plan.get("scenario"), dict) and manifest.chunk > 0
    numbers = all(isinstance(number, int) for number in manifest.shard)
    return (
        all(map(is_plain_name, names))
        and all(isinstance(text, str) for text in texts)
        and (len(manifest.shard) == SHARD_PARTS and numbers and 1 <= manifest.shard[0] <= manifest.shard[1])
        and manifest.failed >= 0
        and manifest.shares > 0
        and (manifest.kind != RUN or of_a_run)
    )


def is_plain_name(name: Any) -> bool:
    """Whether something is the name of a file within a folder, and leads nowhere else."""
    plain = isinstance(name, str) and name.isprintable() and name not in ("", ".", "..")
    return plain and Path(name).name == name


def _hash_of(facts: dict[str, Any]) -> str:
    """A hash of facts as they are read back from JSON."""
    read = json.loads(json.dumps(facts))
    return sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()


def manifest_data(folder: Path) -> dict[str, Any]:
    """What the manifest of a result folder says, of this or an earlier format.

    Raises:
        UserError: it is not there, cannot be read, or is of a newer format.
    """
    path = folder / MANIFEST
    if not is_file(path):
        if is_file(folder / OLD_ANSWER):
            made = f"was made by an earlier layout of captive-ally, with {OLD_ANSWER}"
            raise UserError(f"{folder} {made}; ask again, into a folder of another name")
        what = "there is no manifest.json in it" if is_folder(folder) else "there is no such folder"
        raise UserError(f"{folder} is not a result folder: {what}")
    try:
        data = read_json(path)
    except UserError as error:
        raise UserError(f"{error}; move {folder} away, or give another folder") from None
    form = data.get("format")
    if not isinstance(form, int) or form < 1:
        raise _foreign(folder)
    if form > FORMAT:
        raise UserError(f"{folder} was written by a newer captive-ally (format {form}, known is {FORMAT})")
    return data


def _foreign(folder: Path) -> UserError:
    return UserError(f"{folder / MANIFEST} cannot be read: it is not the manifest of a run")


def mixture(made_with: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The versions of results that several machines have made; where these differ, all of them.

    >>> mixture([{"numpy": "1.26.4"}, {"numpy": "2.1.0"}, {"numpy": "2.1.0"}])
    {'numpy': 'mixed: 1.26.4, 2.1.0'}
    """
    found: dict[str, set[str]] = {}
    for one in made_with:
        for name, told in one.items():
            found.setdefault(name, set()).add(told)
    return {
        name: told if len(every) == 1 else f"mixed: {', '.join(sorted(every))}"
        for name, every in found.items()
        for told in [min(every)]
    }
