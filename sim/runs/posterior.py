"""Posteriors: what a theory's numbers may be, given the record; a row is a draw, all of equal weight.

`captive-ally estimate` writes them: NAME.csv with a column for each number, named by its path, and beside
it about.toml, whose table [NAME] says which theory the draws are of, which code they were made with
(`code_version`), and which numbers were estimated (`parameters`). Those that ship lie in agents/posteriors,
one file per theory.
"""

import csv
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from sim.chance import Luck
from sim.errors import UserError, nearest
from sim.quantities import Numbers
from sim.runs.code import code_version
from sim.scenarios.parameters import YES_NO
from sim.scenarios.reading import MOST_CSV_BYTES, is_file, plain_number, read_regular, read_toml, rows_of
from sim.scenarios.validation import shortened
from sim.scenarios.values import ParameterInfo, check_value

SHIPPED = Path(str(files("agents"))) / "posteriors"
ABOUT_FILE = "about.toml"
FEWEST_ROWS = 50  # draws: fewer would repeat themselves in every hundred worlds


@dataclass(frozen=True)
class PosteriorSource:
    """A posterior that was read and found sound, and how to draw from it.

    Attributes:
        path: its file.
        hash: a hash of what the file held.
        draws: the number of its rows.
        parameters: the numbers that are taken from it; what is set stays as it is set.
    """

    path: Path
    hash: str
    draws: int
    parameters: tuple[str, ...]

    def columns(self, luck: Luck) -> dict[str, Numbers]:
        """Path -> (worlds,) numbers: each world takes one row, so that what goes together stays together.

        Raises:
            UserError: the file has gone or changed.
        """
        table = _rows(self.path, self.hash)
        row = np.minimum(luck.uniform(0, "numbers", "row") * self.draws, self.draws - 1).astype(int)
        return {path: table[path].to_numpy(dtype=float)[row] for path in self.parameters}

    def first_draws(self, count: int) -> pd.DataFrame:
        """A number of its draws, the first again after the last; they are in no order.

        Raises:
            UserError: the file has gone or changed.
        """
        table = _rows(self.path, self.hash)[list(self.parameters)]
        return table.iloc[np.arange(count) % self.draws].reset_index(drop=True)


def shipped_posterior(theory: str) -> Path:
    """The file of the posterior of a theory that travels with the package.

    Raises:
        UserError: there is none.
    """
    path = SHIPPED / f"{theory}.csv"
    if not is_file(path):
        raise UserError(
            f"--numbers estimated: no posterior of '{theory}' ships with this version; give "
            "defaults, prior or a .csv file that captive-ally estimate has written"
        )
    return path


def read_posterior(path: Path, theory: str, known: Mapping[str, ParameterInfo]) -> PosteriorSource:
    """A posterior from which all numbers are to be taken.

    Args:
        path: its file.
        theory: the theory whose numbers are wanted.
        known: the parameters that the scenario has.

    Raises:
        UserError: it cannot be read, is of another theory or version, has unknown or missing columns, a
            value out of range, or too few rows.
    """
    where = f"--numbers {path}"
    text = _text(path)
    try:
        names, rows = _cells(text)
    except (ValueError, csv.Error) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(f"{where}: cannot be read as a table: {reason}") from None
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{where}: there are two columns '{shortened(name)}'")
        if name not in known:
            raise UserError(
                f"{where}: unknown column '{shortened(name)}', so it is of another scenario; "
                f"{nearest(name, known)}"
            )
    _check_about(path, where, theory, names)
    if len(rows) < FEWEST_ROWS:
        raise UserError(f"{where}: {len(rows)} rows are too few draws; at least {FEWEST_ROWS} are needed")
    free = tuple(name for name in names if known[name].low < known[name].high)  # not of empty seats
    for place, values in enumerate(_values(text, rows).T):
        if names[place] in free:
            _check_column(values, [row[place] for row in rows], known[names[place]], where)
    return PosteriorSource(path.resolve(), sha256(text).hexdigest()[:16], len(rows), free)


def _check_column(values: Numbers, cells: Sequence[str], info: ParameterInfo, where: str) -> None:
    """Make sure that all values of a column are numbers within range."""
    allowed = (info.low <= values) & (values <= info.high)
    if info.unit == YES_NO:
        allowed &= (values == 0) | (values == 1)
    for row in np.flatnonzero(~allowed).tolist():
        if not cells[row]:
            raise UserError(f"{where}: row {row + 1}: {info.path} is empty")
        try:
            check_value({info.path: info}, info.path, cells[row])
        except UserError as error:
            raise UserError(f"{where}: row {row + 1}: {error}") from None
        raise UserError(f"{where}: row {row + 1}: {info.path} = {shortened(cells[row])}: a number is needed")


def _check_about(path: Path, where: str, theory: str, names: list[str]) -> None:
    """Check a posterior against what the file beside it says of it, if anything."""
    beside = path.with_name(ABOUT_FILE)
    about = read_toml(beside).get(path.stem) if beside.exists() else None
    if about is None:
        return
    if not isinstance(about, dict):
        raise UserError(f"{beside}: {path.stem}: must be a table")
    if about.get("theory", theory) != theory:
        raise UserError(f"{where}: is a posterior of '{about['theory']}', not of '{theory}'")
    if path.parent != SHIPPED and about.get("code_version", code_version()) != code_version():
        raise UserError(f"{where}: was estimated with another version of the code; estimate again")
    named = about.get("parameters", ())
    if not isinstance(named, tuple):
        raise UserError(f"{beside}: {path.stem}.parameters: must be a list of names")
    missing = [str(name) for name in named if name not in names]
    if missing:
        raise UserError(f"{where}: the column '{missing[0]}' is missing, which {ABOUT_FILE} beside it names")


@lru_cache(maxsize=16)
def _rows(path: Path, hashed: str) -> pd.DataFrame:
    text = _text(path)
    if sha256(text).hexdigest()[:16] != hashed:
        raise UserError(
            f"--numbers {path}: has changed since the run was planned; its worlds would run otherwise"
        )
    names, rows = _cells(text)
    return pd.DataFrame(_values(text, rows), columns=names)


def _text(path: Path) -> bytes:
    try:
        return read_regular(path, MOST_CSV_BYTES)
    except OSError as error:
        raise UserError(f"--numbers {path}: cannot be read: {error.strerror}") from None


def _cells(text: bytes) -> tuple[list[str], list[list[str]]]:
    """The names of a table's columns, and the cells of its rows as they are written.

    Raises:
        ValueError: it is no table.
    """
    rows = [row for _, row in rows_of(text)]
    if not rows:
        raise ValueError("it is empty")
    head, *rest = rows
    for number, row in enumerate(rest, 1):
        if len(row) != len(head):
            raise ValueError(f"row {number} has {len(row)} cells, the head of the table {len(head)}")
    return head, rest


def _values(text: bytes, rows: list[list[str]]) -> Numbers:
    """(rows, columns) the cells of a table as numbers; NaN where one is none."""
    numerals = text.partition(b"\n")[2]
    if numerals.isascii() and b"_" not in numerals:  # else NumPy would take what plain_number refuses
        with suppress(ValueError):
            return np.array(rows, dtype=float)
    return np.array([[_number(cell) for cell in row] for row in rows])


def _number(cell: str) -> float:
    try:
        return plain_number(cell)
    except ValueError:
        return np.nan
