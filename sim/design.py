"""Which settings are run? A design table: a row a point, a column a factor.

A factor is a parameter path, or `theory`, or `without`. A table is built by a sampler from factors, or read
from a file that any tool can make. Points are numbered from 0 in the order of the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import UserError, nearest
from sim.scenario import ParameterInfo, check_value

SAMPLERS = ("grid", "lhs", "sobol")
STRUCTURE = ("theory", "without")  # factors that choose rules, not numbers
RANGE_PARTS = 3  # of low:high:count


@dataclass(frozen=True)
class Factor:
    """What is varied, and over which values.

    Attributes:
        name: a parameter path, "theory" or "without".
        values: the values of a grid; for a range, spread evenly from low to high.
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
    if name in STRUCTURE:
        return Factor(name, tuple(value.strip() for value in given.split(",")))
    if name not in known:
        raise UserError(f"--vary {text}: unknown factor '{name}'; {nearest(name, [*known, *STRUCTURE])}")
    if ":" in given:
        return _range(text, name, given, known)
    values = [check_value(known, name, value.strip()) for value in given.split(",") if value.strip()]
    if not values:
        raise UserError(f"--vary {text}: no values are given")
    if len(set(values)) < len(values):
        raise UserError(f"--vary {text}: a value is given twice")
    return Factor(name, tuple(values))


def _range(text: str, name: str, given: str, known: Mapping[str, ParameterInfo]) -> Factor:
    parts = given.split(":")
    if not 2 <= len(parts) <= RANGE_PARTS:
        raise UserError(f"--vary {text}: a range is LOW:HIGH:COUNT, such as 0:1:11")
    low, high = (check_value(known, name, part) for part in parts[:2])
    if low >= high:
        raise UserError(f"--vary {text}: the bounds are reversed or equal ({low:g} and {high:g})")
    count = 5
    if len(parts) == RANGE_PARTS:
        if not parts[2].strip().isdigit() or int(parts[2]) < 2:
            raise UserError(f"--vary {text}: COUNT must be a whole number from 2, not '{parts[2]}'")
        count = int(parts[2])
    return Factor(name, tuple(float(value) for value in np.linspace(low, high, count)), low, high)


def build(factors: Sequence[Factor], sampler: str = "grid", points: int = 64, seed: int = 0) -> pd.DataFrame:
    """A design table from factors.

    Args:
        factors: at least one, with different names.
        sampler: "grid": every combination of the values; "lhs" (Latin hypercube) and "sobol" (Sobol
            sequence): so many points spread over the ranges; a list counts as its values, evenly.
        points: how many, for "lhs" and "sobol"; "sobol" wants a power of two.
        seed: of the spreading.

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
        UserError: the file cannot be read, or the table is not a design (see `check`).
    """
    try:
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
        else:
            table = pd.read_csv(path, dtype=dict.fromkeys(STRUCTURE, str), keep_default_na=True)
    except FileNotFoundError:
        raise UserError(f"--design {path}: there is no such file") from None
    except Exception as error:  # pandas and pyarrow raise many kinds for a file that is not a table
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"--design {path}: cannot be read as a table: {reason}") from None
    if "point" in table:
        if list(table["point"]) != list(range(len(table))):
            raise UserError(f"--design {path}: the column 'point' must count 0, 1, 2, ...")
        table = table.drop(columns="point")
    return check(table, known, f"--design {path}")


def check(table: pd.DataFrame, known: Mapping[str, ParameterInfo], where: str) -> pd.DataFrame:
    """A table, if it is a design: known columns, numbers within range, no point twice.

    Raises:
        UserError: naming the column and the row.
    """
    if table.empty:
        raise UserError(f"{where}: there are no points in it")
    for name in table.columns:
        if name in STRUCTURE:
            table[name] = table[name].fillna("").astype(str)
            continue
        if name not in known:
            raise UserError(f"{where}: unknown column '{name}'; {nearest(str(name), [*known, *STRUCTURE])}")
        numbers = []
        for row, value in enumerate(table[name]):
            try:
                numbers.append(check_value(known, name, value))
            except UserError as error:
                raise UserError(f"{where}: row {row + 1}: {error}") from None
        table[name] = numbers
    again = table.duplicated()
    if again.any():
        row = int(again.to_numpy().argmax())
        first = int((table == table.iloc[row]).all(axis=1).to_numpy().argmax())
        raise UserError(f"{where}: rows {first + 1} and {row + 1} are the same point")
    return table
