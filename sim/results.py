"""What lies in a result folder?

    manifest.json    what determines the numbers (and a fingerprint of it), versions, the command
    worlds.parquet   one row a world: point, world, outcomes
    bands.parquet    one row a point, date and measure: mean and quantiles
    reasons.parquet  one row a point, date and term of the patron's choice, where there was fighting
    summary.json     median and 90 % range of each outcome
    *.svg, *.png     figures

A folder is made beside its place and moved there when it is complete, so it is never half-written.
"""

import json
import platform
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import UserError
from sim.measures import OUTCOMES
from sim.recorder import bands, reasons
from sim.runner import Plan, Results
from sim.scenario import Scenario

FORMAT = 1  # of the folder; raised when an older reader would misread it
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
        return Scenario.model_validate(self.manifest["plan"]["scenario"])

    @cached_property
    def worlds(self) -> pd.DataFrame:
        """One row a world."""
        return pd.read_parquet(self.path / "worlds.parquet")

    @cached_property
    def bands(self) -> pd.DataFrame:
        """One row a point, date and measure."""
        return pd.read_parquet(self.path / "bands.parquet")

    @cached_property
    def reasons(self) -> pd.DataFrame:
        """One row a point, date and term."""
        return pd.read_parquet(self.path / "reasons.parquet")

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Median and 90 % range of each outcome."""
        loaded: dict[str, Any] = json.loads((self.path / "summary.json").read_text())
        return loaded


def open_folder(path: str | Path) -> Folder:
    """Read a result folder.

    Raises:
        UserError: it is not there, not complete, or of a newer format.
    """
    folder = Path(path)
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise UserError(f"{folder} is not a result folder: there is no manifest.json in it")
    try:
        facts = json.loads(manifest.read_text())
        newer = facts["format"] > FORMAT
    except (json.JSONDecodeError, KeyError, TypeError):
        raise UserError(f"{manifest} cannot be read: it is not the manifest of a run") from None
    if newer:
        raise UserError(f"{folder} was written by a newer captive-ally (format {facts['format']})")
    missing = [n for n in ("worlds", "bands", "reasons") if not (folder / f"{n}.parquet").is_file()]
    if missing:
        raise UserError(f"{folder} is not complete: {missing[0]}.parquet is missing; run it again")
    return Folder(folder, facts)


def fingerprint(plan: Plan) -> str:
    """A hash of all that determines the numbers of a run."""
    facts = json.dumps(plan.facts(), sort_keys=True)
    return sha256(facts.encode()).hexdigest()[:16]


def check_free(path: Path, plan: Plan) -> None:
    """Make sure that a run may be written to a folder: a new one, or that of the same run.

    Raises:
        UserError: it holds something else, or cannot be written.
    """
    if path.exists() and not path.is_dir():
        raise UserError(f"--out {path}: there is a file of that name; give a folder")
    if path.is_dir() and any(path.iterdir()):
        manifest = path / "manifest.json"
        if not manifest.is_file():
            raise UserError(f"--out {path}: the folder holds other files; give a new or empty one")
        differs = _difference(open_folder(path).manifest, plan)
        if differs:
            raise UserError(f"--out {path}: holds another run ({differs}); give another folder")
    parent = path.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent):
            pass
    except OSError as error:
        raise UserError(f"--out {path}: cannot be written: {error.strerror}") from None


def _difference(manifest: dict[str, Any], plan: Plan) -> str:
    """In what a folder's run differs from a plan; empty if in nothing."""
    if manifest.get("fingerprint") == fingerprint(plan):
        return ""
    theirs, ours = manifest.get("plan", {}), plan.facts()
    names = [name for name in ("seed", "worlds", "theory", "without") if theirs.get(name) != ours[name]]
    if theirs.get("scenario", {}).get("name") != plan.scenario.name:
        names.insert(0, "scenario")
    return "other " + ", ".join(names) if names else "other parameters"


def save(
    results: Results, path: Path, command: str, draw: Callable[[Folder, Path], list[Path]] | None = None
) -> Folder:
    """Write a result folder, figures included, and move it into place.

    Args:
        results: of a run that has ended.
        path: of the folder.
        command: the command line that makes the same run.
        draw: makes the figures, from the folder that is being written.

    Raises:
        UserError: the folder holds another run or cannot be written.
    """
    check_free(path, results.plan)
    plan, tally = results.plan, results.tally
    assert tally is not None, "run the plan first"
    making = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.absolute().parent))
    try:
        results.table.to_parquet(making / "worlds.parquet", index=False, compression="zstd")
        bands(tally, plan.scenario).to_parquet(making / "bands.parquet", index=False, compression="zstd")
        reasons(tally, plan.scenario).to_parquet(making / "reasons.parquet", index=False, compression="zstd")
        _write_json(making / "summary.json", summary(results.table))
        _write_json(making / "manifest.json", manifest_of(plan, command))
        if draw is not None:
            draw(open_folder(making), making)
        _move(making, path)
    except OSError as error:
        raise UserError(f"--out {path}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return open_folder(path)


def _move(making: Path, path: Path) -> None:
    """Put a complete folder into its place; an older one of the same run makes room only then."""
    making.chmod(0o755)
    if path.is_dir():
        old = Path(tempfile.mkdtemp(prefix=f".{path.name}-old-", dir=path.absolute().parent))
        path.replace(old)
        making.replace(path)
        shutil.rmtree(old)
    else:
        making.replace(path)


def manifest_of(plan: Plan, command: str) -> dict[str, Any]:
    """What was run, and with what."""
    return {
        "format": FORMAT,
        "fingerprint": fingerprint(plan),
        "command": command,
        "plan": plan.facts(),
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def summary(table: pd.DataFrame) -> dict[str, Any]:
    """Median and 90 % range of each number and date, shares of each name."""
    facts: dict[str, Any] = {"worlds": len(table), "outcomes": {}}
    for measure in OUTCOMES:
        column, about = table[measure.name], {"unit": measure.unit, "meaning": measure.meaning}
        if measure.unit == "name":
            shares = column.value_counts(normalize=True)
            facts["outcomes"][measure.name] = about | {
                "shares": {str(k): float(v) for k, v in shares.items()}
            }
            continue
        known = column.dropna()
        if measure.unit != "date":
            known = known.astype(float)
        values = known.quantile([0.05, 0.5, 0.95], interpolation="nearest") if len(known) else [None] * 3
        low, middle, high = (_plain(value) for value in values)
        facts["outcomes"][measure.name] = about | {
            "median": middle,
            "low": low,
            "high": high,
            "share_known": len(known) / len(table),
        }
    return facts


def _plain(value: Any) -> float | str | None:
    if value is None:
        return None
    return str(value.date()) if isinstance(value, pd.Timestamp) else float(value)
