"""The design table: which settings are run, one row per point, one column per factor.

A factor is a parameter path, or `theory`, or `without`. A table is built by a sampler from factors, or read
from a file that any tool can make. Points are numbered from 0 in the order of the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from sim.errors import UserError, nearest
from sim.model import checked_claims, checked_theory
from sim.scenarios.parameters import YES_NO
from sim.scenarios.reading import MOST_CSV_BYTES, check_regular, read_rows
from sim.scenarios.validation import shortened
from sim.scenarios.values import ParameterInfo, check_value

SAMPLERS = ("grid", "lhs", "sobol")
STRUCTURE = ("theory", "without")  # factors that choose rules, not numbers
RANGE_PARTS = 3  # of low:high:count
USUAL_COUNT = 5  # of a range without a count, in a grid
MOST_POINTS, MOST_COLUMNS = 1_000_000, 1_000  # that a manifest can reasonably hold
PARQUET = (".parquet", ".pq")
OTHER_TABLES = (".xlsx", ".xls", ".ods", ".dta", ".sav", ".rds", ".feather", ".arrow", ".json")
WITHOUT_NAME = ("", "Unnamed: 0")
NO_FACTORS = {  # columns that other tools write, and what they are for
    "seed": "the seed is given with --seed; --own-luck gives each row luck of its own",
    "label": "labels are not read; a row is known by its number",
    **dict.fromkeys(("id", "name"), "names of rows are not read; a row is known by its number"),
    **dict.fromkeys(("run", "repetition", "replication", "replicate"),
                    "repetitions are not read; --worlds says how many worlds each row has"),
}  # fmt: skip


@dataclass(frozen=True)
class Factor:
    """What is varied, and over which values.

    Attributes:
        name: a parameter path, "theory" or "without".
        values: the values of a list; for a range, values spread evenly from low to high.
        low, high: the bounds of a range; None for a list.
    """

    name: str
    values: tuple[Any, ...]
    low: float | None = None
    high: float | None = None


def parse_factor(text: str, known: Mapping[str, ParameterInfo]) -> Factor:
    """A factor from `path=low:high:count`, `path=low:high` or `path=x,y,z`.

    Raises:
        UserError: unknown path, reversed bounds, a value out of range, or no values.
    """
    name, sign, given = text.partition("=")
    name = name.strip()
    if not sign or not name:
        raise UserError(f"--vary {text}: PATH=LOW:HIGH:COUNT or PATH=X,Y,Z is needed")
    if name not in known and name not in STRUCTURE:
        hint = nearest(name, [*known, *STRUCTURE])
        raise UserError(f"--vary {text}: unknown factor '{shortened(name)}'; {hint}")
    try:
        if ":" in given and name in known:
            return _range(name, given, known)
        values = [_cell(name, value.strip(), known) for value in given.split(",")]
    except UserError as error:
        raise UserError(f"--vary {text}: {error}") from None
    if len(set(values)) < len(values):
        raise UserError(f"--vary {text}: a value is given twice")
    return Factor(name, tuple(values))


def _range(name: str, given: str, known: Mapping[str, ParameterInfo]) -> Factor:
    parts = [part.strip() for part in given.split(":")]
    if not 2 <= len(parts) <= RANGE_PARTS:
        raise UserError("a range is LOW:HIGH:COUNT, such as 0:1:11")
    low, high = (check_value(known, name, part) for part in parts[:2])
    if low >= high:
        raise UserError(f"the bounds are reversed or equal ({low:g} and {high:g})")
    count = parts[2] if len(parts) == RANGE_PARTS else str(USUAL_COUNT)
    if not (count.isascii() and count.isdigit() and len(count) < 10 and 2 <= int(count) <= MOST_POINTS):
        raise UserError(f"COUNT must be a whole number from 2 to {MOST_POINTS}, not '{count}'")
    if known[name].unit == YES_NO:
        return Factor(name, (low, high))
    return Factor(name, tuple(float(value) for value in np.linspace(low, high, int(count))), low, high)


@cache
def claims_of(text: str) -> tuple[str, ...]:
    """The claims that a cell of `without` names: C3+C17.

    >>> claims_of("c17+C3")
    ('C17', 'C3')
    """
    return tuple(sorted(set(text.upper().replace("+", " ").replace(";", " ").split())))


def _cell(name: str, value: Any, known: Mapping[str, ParameterInfo]) -> float | str:
    """One value of a factor.

    Raises:
        UserError: naming the factor.
    """
    if not pd.api.types.is_scalar(value):
        value = str(value)
    if name == "without":
        claims = claims_of("" if pd.isna(value) else str(value))
        checked_claims(claims)
        return "+".join(claims)
    if pd.isna(value) or value == "":
        raise UserError(f"{name} is empty")
    return checked_theory(str(value)) if name == "theory" else check_value(known, name, value)


def build(factors: Sequence[Factor], sampler: str = "grid", points: int = 64, seed: int = 0) -> pd.DataFrame:
    """A design table from factors.

    Args:
        factors: the factors, at least one, with different names.
        sampler: the way to fill the space. "grid": every combination of the values; "lhs" (Latin hypercube)
            and "sobol" (Sobol sequence): points spread over the ranges, and evenly over the values of a list.
        points: how many points there are, for "lhs" and "sobol"; "sobol" wants a power of two.
        seed: the seed of the spreading.

    Raises:
        UserError: no factors, one given twice, unknown sampler, or too few points.
    """
    names = [factor.name for factor in factors]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(f"--vary {twice[0]}: given twice")
    if not factors:
        raise UserError("nothing varies: give --vary PATH=LOW:HIGH:COUNT or --design FILE")
    if sampler not in SAMPLERS:
        raise UserError(f"unknown sampler '{sampler}': {nearest(sampler, SAMPLERS)}")
    size = prod(len(factor.values) for factor in factors) if sampler == "grid" else points
    if size > MOST_POINTS:
        raise UserError(f"the design has {size:,} points; allowed are up to {MOST_POINTS:,}")
    if sampler == "grid":
        return pd.DataFrame(list(product(*(factor.values for factor in factors))), columns=names)
    return _spread(factors, sampler, points, seed)


def _spread(factors: Sequence[Factor], sampler: str, points: int, seed: int) -> pd.DataFrame:
    from scipy.stats import qmc

    if points < 2:
        raise UserError(f"--points {points}: a whole number from 2 is needed")
    if sampler == "sobol" and points & (points - 1):
        lower = 1 << (points.bit_length() - 1)
        raise UserError(f"--points {points}: a Sobol design needs a power of two: {lower} or {2 * lower}")
    engine = (qmc.LatinHypercube if sampler == "lhs" else qmc.Sobol)(d=len(factors), seed=seed)
    unit = engine.random(points)
    columns = {}
    for place, factor in enumerate(factors):
        if factor.low is not None and factor.high is not None:
            columns[factor.name] = factor.low + (factor.high - factor.low) * unit[:, place]
        else:
            picks = np.minimum((unit[:, place] * len(factor.values)).astype(int), len(factor.values) - 1)
            columns[factor.name] = np.array(factor.values)[picks]
    return pd.DataFrame(columns)


def read(path: Path, known: Mapping[str, ParameterInfo]) -> pd.DataFrame:
    """A design table from a CSV or Parquet file; a column `point`, if there is one, must count from 0.

    Raises:
        UserError: the file cannot be read, or the table is not a design (see `checked_design`).
    """
    where = f"--design {path}"
    try:
        check_regular(path, MOST_CSV_BYTES)
        table = _read_parquet(path) if path.suffix.lower() in PARQUET else _read_csv(path, where)
    except FileNotFoundError:
        raise UserError(f"{where}: there is no such file") from None
    except UserError:
        raise
    except Exception as error:  # pyarrow and csv raise many kinds for a file that is not a table
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0] or type(error).__name__
        raise UserError(f"{where}: cannot be read as a table: {reason}") from None
    if "point" in table:
        if not _counts(table["point"], 0):
            raise UserError(f"{where}: the column 'point' must count 0, 1, 2, ...")
        table = table.drop(columns="point")
    if len(table.columns) and str(table.columns[0]) in WITHOUT_NAME:  # as R and pandas write it
        if not any(_counts(table.iloc[:, 0], start) for start in (0, 1)):
            raise UserError(f"{where}: column 1 has no name; it must be a parameter, or count the rows")
        table = table.iloc[:, 1:]
    return checked_design(table, known, where, repeats=True)


def _counts(column: "pd.Series[Any]", start: int) -> bool:
    return [str(cell) for cell in column] == [str(start + row) for row in range(len(column))]


def _read_parquet(path: Path) -> pd.DataFrame:
    """The table of a Parquet file; a named index that its maker gave it becomes a column."""
    with pq.ParquetFile(path) as file:
        points, columns = file.metadata.num_rows, file.metadata.num_columns
    if points > MOST_POINTS or columns > MOST_COLUMNS:
        raise ValueError(
            f"{points:,} rows and {columns:,} columns; allowed are {MOST_POINTS:,} and {MOST_COLUMNS:,}"
        )
    table: pd.DataFrame = pd.read_parquet(path)
    named = [name for name in table.index.names if name is not None]
    unnamed = [place for place, name in enumerate(table.index.names) if name is None]
    return table.reset_index(unnamed, drop=True).reset_index(named) if named else table.reset_index(drop=True)


def _read_csv(path: Path, where: str) -> pd.DataFrame:
    if path.suffix.lower() in OTHER_TABLES:
        raise UserError(f"{where}: is a {path.suffix} file; save it as .csv or .parquet")
    rows = [row for _, row in read_rows(path)]
    if not rows:
        raise UserError(f"{where}: there are no points in it")
    head, *rest = rows
    for number, row in enumerate(rest, 1):
        if len(row) != len(head):
            raise UserError(f"{where}: row {number} has {len(row)} cells, the head of the table {len(head)}")
    return pd.DataFrame(rest, columns=head)


def checked_design(
    table: pd.DataFrame, known: Mapping[str, ParameterInfo], where: str, repeats: bool = False
) -> pd.DataFrame:
    """A table, if it is a design: known columns, numbers within range, no point twice unless that is allowed.

    Raises:
        UserError: naming the column and the row, which are counted from 1.
    """
    names = [str(name) for name in table.columns]
    for name in names:
        if name.lower() in NO_FACTORS:
            raise UserError(f"{where}: column '{name}': {NO_FACTORS[name.lower()]}")
        if name not in known and name not in STRUCTURE:
            hint = nearest(name, [*known, *STRUCTURE])
            raise UserError(f"{where}: unknown column '{shortened(name)}'; {hint}")
        if names.count(name) > 1:
            raise UserError(f"{where}: there are two columns '{shortened(name)}'")
    if table.empty:
        raise UserError(f"{where}: there are no points in it")
    if len(table) > MOST_POINTS:
        raise UserError(f"{where}: {len(table):,} points; allowed are up to {MOST_POINTS:,}")
    columns: dict[str, list[float | str]] = {name: [] for name in names}
    for name, cells in columns.items():
        for row, value in enumerate(table[name], 1):
            try:
                cells.append(_cell(name, value, known))
            except UserError as error:
                raise UserError(f"{where}: row {row}: {error}") from None
    seen: dict[tuple[float | str, ...], int] = {}
    for row, point in enumerate(zip(*columns.values(), strict=True), 1):
        if seen.setdefault(point, row) != row and not repeats:
            raise UserError(f"{where}: rows {seen[point]} and {row} are the same point")
    return pd.DataFrame(columns)
