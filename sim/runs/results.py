"""What lies in a result folder?

    manifest.json    what determines the numbers (and a fingerprint of it), versions, the command
    worlds.parquet   one row a world: point, world, outcomes
    bands.parquet    one row a point, date and measure: mean and quantiles
    reasons.parquet  one row a point, date and term of the patron's choice, where there was fighting
    summary.json     median and 90 % range of each outcome
    failed.csv       worlds that could not be run, if there are any: point, world, seed, error
    paths.parquet    one row a point, world and date, if paths were asked for
    *.svg, *.png     figures

While a run is going on (sim/runs/folder.py), the manifest says so and the tables are not there yet.
"""

import json
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from sim.errors import UserError
from sim.measures import OUTCOMES
from sim.runs.parts import MAKING, put
from sim.runs.runner import Plan
from sim.scenarios.reading import is_file, is_folder
from sim.scenarios.scenario import Scenario

FORMAT = 1  # of the folder; raised when an older reader would misread it
FILES = ("manifest.json", "worlds.parquet", "bands.parquet", "reasons.parquet", "summary.json")
EXTRAS = ("failed.csv", "paths.parquet")  # that a folder may hold besides
LOCK = ".lock"
PREFIX = ".captive-ally-"  # of a folder made to see whether one can be made
SHOWING = ("claims.py", "draw.py")  # make no numbers
PACKAGES = ("captive-ally", "mesa", "numpy", "pandas", "pyarrow", "pydantic")


@dataclass(frozen=True)
class Folder:
    """A result folder, read back.

    Attributes:
        path: where it is.
        manifest: what was run, and with what.
    """

    path: Path
    manifest: dict[str, Any]

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario as it was run."""
        try:
            return Scenario.model_validate(self.manifest["plan"]["scenario"])
        except (ValidationError, KeyError, TypeError):
            raise UserError(f"{self.path / FILES[0]} cannot be read: it holds no scenario") from None

    @cached_property
    def worlds(self) -> pd.DataFrame:
        """One row a world."""
        return self._table("worlds")

    @cached_property
    def bands(self) -> pd.DataFrame:
        """One row a point, date and measure."""
        return self._table("bands")

    @cached_property
    def reasons(self) -> pd.DataFrame:
        """One row a point, date and term."""
        return self._table("reasons")

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Median and 90 % range of each outcome."""
        return _read_json(self.path / "summary.json")

    def outcome(self, name: str) -> "pd.Series[Any]":
        """One column of the worlds, without reading the others."""
        return self._table("worlds", [name])[name]

    def _table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        path = self.path / f"{name}.parquet"
        try:
            return pd.read_parquet(path, columns=columns)
        except (OSError, ValueError):  # what pyarrow raises for a damaged file is a ValueError
            raise UserError(f"{path} cannot be read: it is not a table of a run; run it again") from None


def open_folder(path: str | Path) -> Folder:
    """Read a result folder.

    Raises:
        UserError: it is not there, not complete, or of a newer format.
    """
    folder = Path(path)
    facts = read_manifest(folder)
    if facts.get("status") != "complete":
        raise UserError(f"{folder} is not complete; the command that goes on with it: {facts.get('command')}")
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise UserError(
            f"{folder} is not complete: {missing[0]} is missing; the same command goes on with it"
        )
    return Folder(folder, facts)


open = open_folder  # so that it reads as a sentence: results.open("runs/first").worlds


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run, complete or not."""
    return (folder / FILES[0]).is_file()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a result folder, complete or not.

    Raises:
        UserError: it is not there, cannot be read, or of a newer format.
    """
    path = folder / FILES[0]
    if not is_file(path):
        what = "there is no manifest.json in it" if is_folder(folder) else "there is no such folder"
        raise UserError(f"{folder} is not a result folder: {what}")
    facts = _read_json(path)
    form, plan = facts.get("format"), facts.get("plan")
    if isinstance(form, int) and form > FORMAT:
        raise UserError(f"{folder} was written by a newer captive-ally (format {form}, known is {FORMAT})")
    if form != FORMAT or not isinstance(plan, dict) or not isinstance(plan.get("scenario"), dict):
        raise UserError(f"{path} cannot be read: it is not the manifest of a run")
    return facts


def plan_in(folder: Path, facts: dict[str, Any]) -> Plan:
    """The plan of a manifest.

    Raises:
        UserError: it holds none.
    """
    try:
        return Plan.of(facts["plan"])
    except (LookupError, TypeError, ValueError):
        raise UserError(f"{folder / FILES[0]} cannot be read: it holds no plan") from None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path} cannot be read: it is not valid JSON") from None
    if not isinstance(facts, dict):
        raise UserError(f"{path} cannot be read: it was not written by captive-ally")
    return facts


def fingerprint(plan: Plan) -> str:
    """A hash of all that determines the numbers of a run."""
    facts = {name: value for name, value in plan.facts().items() if name != "sampler"}
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def code_version() -> str:
    """A hash of the code that makes the numbers, not the figures: a run goes on with the same code only."""
    digest = sha256()
    for package in ("sim", "agents"):
        folder = Path(str(files(package)))
        for path in sorted(path for path in folder.rglob("*.py") if path.name not in SHOWING):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def check_free(path: Path, plan: Plan, fresh: bool = False) -> None:
    """Make sure that a run may be written to a folder: a new one, or that of the same run.

    Raises:
        UserError: it holds something else, or cannot be written.
    """
    try:
        place = path.resolve()
        str(place).encode()
        if place.exists() and not place.is_dir():
            raise UserError(f"--out {path}: there is a file of that name; give a folder")
        if place.is_dir():
            _check_holds(place, path, plan, fresh)
        ground = _nearest_folder(place.parent)
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=ground):
            pass
    except UnicodeEncodeError:
        raise UserError(f"--out {path}: the name is not a text in UTF-8; give another one") from None
    except (OSError, RuntimeError) as error:  # Python 3.11 and 3.12 raise the latter for a ring of links
        raise UserError(f"--out {path}: cannot be written: {_reason(error)}") from None


def _check_holds(place: Path, path: Path, plan: Plan, fresh: bool) -> None:
    """Make sure that nothing is lost if a folder is replaced by a run."""
    if place in (Path.cwd(), *Path.cwd().parents):
        raise UserError(f"--out {path}: the folder that you are in cannot be replaced; give another one")
    if all(path.name == LOCK or path.name.startswith(MAKING) for path in place.iterdir()):
        return  # empty, or a run that was killed before it began
    if not (place / FILES[0]).is_file():
        raise UserError(f"--out {path}: the folder holds other files; give a new or empty one")
    differs = "" if fresh else _difference(read_manifest(place), plan)
    if differs:
        raise UserError(f"--out {path}: holds another run ({differs}); give another folder, or --fresh")


def _nearest_folder(path: Path) -> Path:
    """A folder, or the nearest one above it that is there."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _reason(error: OSError | RuntimeError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _difference(manifest: dict[str, Any], plan: Plan) -> str:
    """In what a folder's run differs from a plan; empty if in nothing."""
    if manifest.get("fingerprint") == fingerprint(plan):
        return "" if manifest.get("code") == code_version() else "made by another version of the code"
    theirs, ours = manifest.get("plan", {}), plan.facts()
    names = [
        name for name in ("seed", "worlds", "theory", "without", "design") if theirs.get(name) != ours[name]
    ]
    if theirs.get("scenario", {}).get("name") != plan.scenario.name:
        names.insert(0, "scenario")
    return "other " + ", ".join(names) if names else "other parameters"


def manifest_of(plan: Plan, command: str) -> dict[str, Any]:
    """What was run, and with what."""
    return {
        "format": FORMAT,
        "fingerprint": fingerprint(plan),
        "code": code_version(),
        "command": command,
        "plan": plan.facts(),
        "versions": package_versions(),
    }


def package_versions() -> dict[str, str]:
    """Of Python and of the packages that the numbers may depend on."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def write_json(path: Path, data: Any) -> None:
    """Write data as JSON for people and programs: as a whole or not at all."""
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    put(path, text.encode("utf-8", errors="backslashreplace"))


def summary(table: pd.DataFrame) -> dict[str, Any]:
    """Median and 90 % range of each number and date, shares of each name."""
    return summarise(table.__getitem__)


def summarise(column_of: Callable[[str], "pd.Series[Any]"]) -> dict[str, Any]:
    """The summary of a table that is read a column at a time."""
    facts: dict[str, Any] = {"worlds": len(column_of(OUTCOMES[0].name)), "outcomes": {}}
    for measure in OUTCOMES:
        told = _told(column_of(measure.name), measure.unit)
        facts["outcomes"][measure.name] = {"unit": measure.unit, "meaning": measure.meaning} | told
    return facts


def _told(column: "pd.Series[Any]", unit: str) -> dict[str, Any]:
    if unit == "name":
        shares = column.value_counts(normalize=True)
        return {"shares": {str(name): float(share) for name, share in shares.items()}}
    values = column.to_numpy()
    known = values[~np.isnan(values)] if unit == "date" or values.dtype.kind == "f" else values.astype(float)
    told: list[Any] = [None] * 3
    if known.size:
        numbers = known.view(np.int64) if unit == "date" else known  # sorted in place: there may be many
        found = np.quantile(numbers, [0.05, 0.5, 0.95], method="nearest", overwrite_input=True)
        told = [
            _plain(value) for value in (found.astype(np.int64).view(known.dtype) if unit == "date" else found)
        ]
    return {"median": told[1], "low": told[0], "high": told[2], "share_known": known.size / len(values)}


def _plain(value: Any) -> float | str:
    return str(value.astype("datetime64[D]")) if isinstance(value, np.datetime64) else float(value)
