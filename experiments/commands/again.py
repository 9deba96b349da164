"""A run again, from its manifest, and whether it comes out the same; a run's settings from a file."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sim.errors import UserError, nearest
from sim.runs.execution import Progress, RunOptions, run_into
from sim.runs.manifest import Manifest
from sim.runs.results import ResultFolder, open_folder
from sim.scenarios.reading import is_file, read_toml

OPTION_OF_KEY = {  # of a run configuration -> the option that it stands for
    "scenario": "scenario",
    "until": "until",
    "numbers": "numbers",
    "set": "changes",
    "without": "without",
    "worlds": "worlds",
    "theory": "theory",
    "seed": "seed",
}
WANTED = {str: "a text", int: "a whole number", date: "a date", dict: "a table of names and values"}


def run_again(folder: Path, out: Path, options: RunOptions, progress: Progress) -> Path:
    """Run what a folder holds once more, into another one.

    Raises:
        UserError: the folder holds no run, or the other one cannot be written.
    """
    known = open_folder(folder, check=False)
    if out.resolve() == folder.resolve():
        raise UserError(f"--out {out}: the run itself lies there; give another folder")
    return run_into(known.plan, out, known.manifest.command, options, progress, record=known.manifest.record)


def differences_of(folder: Path, options: RunOptions, progress: Progress) -> list[str]:
    """In what a folder differs from the same run made now: a line a table, and reasons; none if equal.

    Raises:
        UserError: the folder holds no run.
    """
    with TemporaryDirectory(prefix="captive-ally-") as place:
        made = open_folder(run_again(folder, Path(place) / "again", options, progress))
        before = open_folder(folder, check=False)  # what is damaged is told table by table
        told = [
            name for name, hashed in made.manifest.files.items() if before.manifest.files.get(name) != hashed
        ]
        told += [name for name in _damaged(before) if name not in told]
        lines = [f"{name}: {_in_what(before, made, name)}" for name in told]
    return [*lines, *_reasons(before.manifest, made.manifest)] if lines else []


def _damaged(folder: ResultFolder) -> list[str]:
    """Tables that are not as they were written."""
    from sim.runs.files import file_hash

    return [name for name, hashed in folder.manifest.files.items() if file_hash(folder.path / name) != hashed]


def _in_what(before: ResultFolder, made: ResultFolder, name: str) -> str:
    """In what a table differs, in a few words."""
    if not name.endswith(".parquet"):
        return "is not the same"
    kind = name.removesuffix(".parquet")
    try:
        one, other = getattr(before, kind), getattr(made, kind)
    except UserError:
        return "cannot be read"
    if list(one.columns) != list(other.columns):
        return "has other columns"
    if len(one) != len(other):
        return f"has {len(one):,} rows, now {len(other):,}"
    unlike = [str(column) for column in one if not one[column].equals(other[column])]
    return f"differs in {', '.join(unlike[:5])}" if unlike else "has the same values, written otherwise"


def _reasons(before: Manifest, now: Manifest) -> list[str]:
    """What made them that may explain it."""
    told = ["made by another version of the code"] if before.code != now.code else []
    names = (name for name, version in now.versions.items() if before.versions.get(name) != version)
    return told + [
        f"made with {name} {before.versions.get(name, '?')}, now {now.versions[name]}" for name in names
    ]


def configuration_in(path: Path) -> dict[str, Any] | None:
    """What a run configuration says, option -> value; None if the file is a scenario, or none.

    scenario = "karabakh-2020", and any of until = 2020-12-31, worlds, theory, seed, numbers,
    without = ["C3"], and a table [set].

    Raises:
        UserError: a key that is unknown, or a value of the wrong kind.
    """
    if path.suffix != ".toml" or not is_file(path):
        return None
    data = read_toml(path)
    if "scenario" not in data or "cast" in data:
        return None
    for key in data:
        if key not in OPTION_OF_KEY:
            raise UserError(f"{path}: {key}: unknown key; {nearest(key, OPTION_OF_KEY)}")
    kinds = {"scenario": str, "until": date, "numbers": str, "theory": str, "worlds": int, "seed": int,
             "set": dict}  # fmt: skip
    for key, kind in kinds.items():
        if key in data and (not isinstance(data[key], kind) or isinstance(data[key], bool)):
            wanted = WANTED[kind]
            raise UserError(f"{path}: {key}: must be {wanted}")
    claims = data.get("without", ())
    if not isinstance(claims, tuple) or not all(isinstance(claim, str) for claim in claims):
        raise UserError(f'{path}: without: must be a list of claims, such as ["C3"]')
    beside = path.parent / data["scenario"]
    found = dict(data) | ({"scenario": str(beside)} if is_file(beside) else {})
    if "until" in found:
        found["until"] = datetime(found["until"].year, found["until"].month, found["until"].day)
    found["set"] = tuple(f"{name}={value}" for name, value in _flat(found.get("set", {})).items())
    return {OPTION_OF_KEY[key]: value for key, value in found.items()}


def _flat(table: Mapping[str, Any], head: str = "") -> dict[str, Any]:
    """A table of tables as path -> value: both `"a.b" = 1` and `a.b = 1` will do."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= _flat(value, f"{head}{name}.") if isinstance(value, dict) else {f"{head}{name}": value}
    return found


def overridden(configuration: Mapping[str, Any], given: Mapping[str, Any], typed: set[str]) -> dict[str, Any]:
    """The options of a run: those that were typed, else those of its configuration, else the usual ones.

    Args:
        configuration: what the file says.
        given: the options of the command.
        typed: the names of those that were typed.
    """
    merged = {**given, **{name: value for name, value in configuration.items() if name not in typed}}
    if "changes" in typed:
        paths = {one.partition("=")[0].strip() for one in given["changes"]}
        earlier = (one for one in configuration["changes"] if one.partition("=")[0] not in paths)
        merged["changes"] = (*earlier, *given["changes"])
    return merged
