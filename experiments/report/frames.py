"""Tables of a folder, read and checked, and any of them as a table for a reader."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.report.numbers import UNGROUPED, shown
from experiments.report.table import MOST_ROWS, OPEN, Table, TableColumn
from sim.errors import UserError
from sim.scenarios.reading import MOST_CSV_BYTES, check_regular

COLUMN_WORDS = {  # label and unit of a column whose name alone says too little
    "worlds": ("worlds", "count"),
    "in_band": ("in the band", "share of worlds"),
    "holds": ("value in the band", "yes/no"),
    "crps": ("CRPS, less is better", "share"),
    "brier": ("Brier score, less is better", "0-1"),
    "chance": ("chance", "share"),
    "median": ("median", ""),
    "record": ("record", ""),
    "p_level3": ("chance of rung 3 or more", "share of worlds"),
    "level_mean": ("mean rung", "rung, 0-4"),
    "loss_mean": ("land lost", "share"),
    "ally5_mean": ("allied five years later", "share"),
    "share_lost": ("contested land lost", "share"),
    "kept": ("client kept", "share of worlds"),
    "pleased": ("challenger pleased", "share of worlds"),
    "both": ("both", "share of worlds"),
    "left": ("worlds inside the limit", "share"),
    "found_again": ("found again", "share of halves"),
    "again_low": ("found again, lowest", ""),
    "again_high": ("found again, highest", ""),
    "half_width": ("half of the 95 % interval", "of the outcome"),
    "variation": ("coefficient of variation", "ratio"),
    "worlds_needed": ("worlds needed", "count"),
    "for_a_difference": ("for a difference", "worlds of each setting"),
    "with_other_luck": ("with other luck", "worlds of each setting"),
    "steady_from": ("variation steady from", "worlds"),
    "standard_deviation": ("standard deviation", "of the outcome"),
    "points": ("points", "count"),
    "p_value": ("p", ""),
}


def read_csv(path: Path) -> pd.DataFrame:
    """A table of a folder.

    Raises:
        UserError: it cannot be read.
    """
    try:
        check_regular(path, MOST_CSV_BYTES)
        return pd.read_csv(path, keep_default_na=False, na_values=[""])
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except FileNotFoundError:
        raise UserError(f"{path.parent} is not complete: {path.name} is missing") from None
    except (OSError, ValueError, pd.errors.ParserError):
        raise UserError(f"{path} cannot be read: it is not a table of captive-ally") from None


def table_of_frame(
    frame: pd.DataFrame, title: str, note: str = "", source: str = "", folded: bool | None = None
) -> Table:
    """Any table: a column a column, numbers in three digits, folded if it is long."""
    few = frame.head(MOST_ROWS)
    by_row = few["unit"].fillna("").astype(str) if "unit" in few else [""] * len(few)
    names = [str(name) for name in frame.columns]
    rows = (
        [_in_words(value, name, unit) for name, value in zip(names, row, strict=True)]
        for row, unit in zip(few.itertuples(index=False), by_row, strict=True)
    )
    columns = (_column(frame[name], str(name)) for name in frame.columns)
    folded = len(frame) > OPEN if folded is None else folded
    return Table.of(title, columns, rows, note=note, left=len(frame) - len(few), source=source, folded=folded)


def _in_words(value: Any, name: str, unit: str) -> str:
    """A value as a text: years and seeds are known by the unit of the row, or by the name of the column."""
    if isinstance(value, str):
        return value
    return shown(value, next((one for one in (unit, name) if one.startswith(UNGROUPED)), ""))


def _column(values: "pd.Series[Any]", name: str) -> TableColumn:
    label, unit = COLUMN_WORDS.get(name) or (
        name if "." in name else name.replace("_", " "),
        units().get(name, ""),
    )
    number = values.dtype.kind in "iuf" and not values.isna().all()
    return TableColumn(label, unit, number)


@cache
def units() -> Mapping[str, str]:
    """Of outcomes, of measures over time and of parameters."""
    from sim.measures import OUTCOMES, TIMELINES
    from sim.scenarios.loading import load, shipped
    from sim.scenarios.values import describe

    known = {info.path: info.unit for name in shipped() for info in describe(load(name))}
    return known | {measure.name: measure.unit for measure in (*TIMELINES, *OUTCOMES)}


def grouped(frame: pd.DataFrame, by: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """The parts of a table, in the order in which they come."""
    return ((str(name), part) for name, part in frame.groupby(by, sort=False))


def lacking(frame: pd.DataFrame, words: Sequence[str], numbers: Sequence[str], path: Path) -> None:
    """Make sure that a table has the columns that are told of, with numbers where these belong.

    Raises:
        UserError: a column is missing, or holds something else.
    """
    for name in (*words, *numbers):
        if name not in frame:
            raise UserError(f"{path} cannot be read: its column '{name}' is missing")
        if name in numbers and frame[name].dtype.kind not in "iufb":
            raise UserError(f"{path} cannot be read: its column '{name}' holds something else than numbers")
