"""The tables of a run in the formats of other programs."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import UserError
from sim.measures import OUTCOMES, TIMELINES
from sim.runs.results import ResultFolder

EXPORTED = ("worlds", "bands", "reasons")
LONGEST_COLUMN = {"stata": 32, "spss": 64}  # letters of a column
MOST_ROWS_OF_A_SHEET = 1_048_575


def with_factors(folder: ResultFolder, name: str) -> pd.DataFrame:
    """A table of a run, with what was varied at each point in every row.

    Args:
        folder: the result folder.
        name: "worlds", "bands" or "reasons".
    """
    table: pd.DataFrame = getattr(folder, name)
    design = folder.plan.design
    if design is None or name == "worlds":
        return table
    factors = design.reset_index(names="point")
    return table.merge(factors, on="point")[["point", *design.columns, *table.columns.drop("point")]]


def export(folder: ResultFolder, form: str, into: Path) -> list[Path]:
    """Write all tables of a run in another format.

    Args:
        folder: the result folder.
        form: "csv", "stata", "spss", "xlsx" or "netcdf".
        into: the folder that the files go to.

    Returns:
        The files.

    Raises:
        UserError: a package is missing, or the format cannot hold the tables.
    """
    tables = {name: with_factors(folder, name) for name in EXPORTED}
    into.mkdir(parents=True, exist_ok=True)
    if form == "xlsx":
        return [_one_book(tables, into / "run.xlsx")]
    written = []
    for name, table in tables.items():
        path = into / f"{name}.{ENDINGS[form]}"
        WRITERS[form](table, path)
        written.append(path)
    return written


def _needs(package: str, form: str) -> Any:
    try:
        return import_module(package)
    except ImportError:
        raise UserError(
            f"--to {form}: {package} is not installed; pip install 'captive-ally[export]'"
        ) from None


def _labels(table: pd.DataFrame) -> dict[str, str]:
    """What each column means, as far as it is known."""
    known = {measure.name: f"{measure.meaning} ({measure.unit})" for measure in (*OUTCOMES, *TIMELINES)}
    return {str(column): known[str(column)] for column in table if str(column) in known}


def _named_for(table: pd.DataFrame, form: str) -> pd.DataFrame:
    """A table whose column names the format allows: letters, digits and _; yes and no as 1 and 0."""
    longest, names = LONGEST_COLUMN[form], dict[str, str]()
    for column in map(str, table.columns):
        name = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in column)[:longest]
        count = 1
        while name in names.values():
            count += 1
            name = f"{name[: longest - 3]}_{count}"
        names[column] = name
    plain = table.rename(columns=names)
    flags = plain.select_dtypes("bool").columns
    return plain.astype(dict.fromkeys(flags, "int8"))


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False)


def _stata(table: pd.DataFrame, path: Path) -> None:
    labels = {old: text[:80] for old, text in _labels(table).items()}
    plain = _named_for(table, "stata")
    renamed = dict(zip(map(str, table.columns), map(str, plain.columns), strict=True))
    empty = [column for column in plain if plain[column].dtype == object and plain[column].isna().all()]
    known = {renamed[old]: _latin(text) for old, text in labels.items() if renamed[old] not in empty}
    plain.drop(columns=empty).to_stata(path, write_index=False, version=118, variable_labels=known)


def _latin(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _spss(table: pd.DataFrame, path: Path) -> None:
    pyreadstat = _needs("pyreadstat", "spss")
    plain = _named_for(table, "spss")
    renamed = dict(zip(map(str, table.columns), map(str, plain.columns), strict=True))
    labels = {renamed[old]: text for old, text in _labels(table).items()}
    pyreadstat.write_sav(plain, str(path), column_labels=labels)


def _netcdf(table: pd.DataFrame, path: Path) -> None:
    _needs("h5netcdf", "netcdf")
    xarray = _needs("xarray", "netcdf")
    flags = table.select_dtypes("bool").columns
    data = xarray.Dataset.from_dataframe(table.astype(dict.fromkeys(flags, "int8")).rename_axis("row"))
    for name, text in _labels(table).items():
        data[name].attrs["long_name"] = text
    data.to_netcdf(path, engine="h5netcdf")


def _one_book(tables: dict[str, pd.DataFrame], path: Path) -> Path:
    _needs("openpyxl", "xlsx")
    for name, table in tables.items():
        if len(table) > MOST_ROWS_OF_A_SHEET:
            raise UserError(f"--to xlsx: {name} has {len(table):,} rows, more than a sheet holds; take csv")
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, table in tables.items():
            table.to_excel(book, sheet_name=name, index=False)
    return path


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": _csv,
    "stata": _stata,
    "spss": _spss,
    "netcdf": _netcdf,
}
ENDINGS = {"csv": "csv", "stata": "dta", "spss": "sav", "netcdf": "nc"}
