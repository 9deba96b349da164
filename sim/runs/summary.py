"""The summary of a run: median and 90 % range of each outcome, shares of each name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.measures import OUTCOMES

SUMMARY_QUANTILES = (0.05, 0.5, 0.95)
QUANTILE_METHOD: Literal["nearest"] = "nearest"  # a value that some world has; the page takes the same


def summary_of(path: Path) -> dict[str, Any]:
    """The summary of a table of worlds on disk, read a column at a time."""
    with pq.ParquetFile(path) as file:

        def column_of(name: str) -> "pd.Series[Any]":
            pa.default_memory_pool().release_unused()
            groups = (file.read_row_group(number, [name]) for number in range(file.num_row_groups))
            return pd.concat([group.column(0).to_pandas() for group in groups], ignore_index=True)

        return summarise(column_of)


def summarise(column_of: Callable[[str], "pd.Series[Any]"]) -> dict[str, Any]:
    """The summary of a table of worlds, from a function that gives its columns by name."""
    outcomes = {
        measure.name: {"unit": measure.unit, "meaning": measure.meaning}
        | _statistics(column_of(measure.name), measure.unit)
        for measure in OUTCOMES
    }
    return {"worlds": len(column_of(OUTCOMES[0].name)), "outcomes": outcomes}


def _statistics(column: "pd.Series[Any]", unit: str) -> dict[str, Any]:
    if unit == "name":
        shares = column.value_counts(normalize=True)
        return {"shares": {str(name): float(share) for name, share in shares.items()}}
    values = column.to_numpy()
    known = values[~np.isnan(values)] if unit == "date" or values.dtype.kind == "f" else values.astype(float)
    low, median, high = _quantiles(known) if known.size else (None,) * 3
    return {"median": median, "low": low, "high": high, "share_known": known.size / len(values)}


def _quantiles(known: Any) -> list[float | str]:
    """The quantiles of numbers or dates, sorted in place: there may be many."""
    dated = known.dtype.kind == "M"
    numbers = known.view(np.int64) if dated else known
    found = np.quantile(numbers, SUMMARY_QUANTILES, method=QUANTILE_METHOD, overwrite_input=True)
    if dated:
        return [str(value.astype("datetime64[D]")) for value in found.astype(np.int64).view(known.dtype)]
    return [float(value) for value in found]
