"""Readings: what an experiment reads off a world: an outcome, or one number made from several."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.measures import OUTCOMES
from sim.quantities import Numbers

_UNITS = {measure.name: measure.unit for measure in OUTCOMES}


@dataclass(frozen=True)
class Reading:
    """One number per world.

    Attributes:
        name, unit: the name and unit of the number.
        of: what reads it: table of worlds -> (worlds,).
    """

    name: str
    unit: str
    of: Callable[[pd.DataFrame], Numbers]


def outcome(name: str) -> Reading:
    """An outcome as it stands in worlds.parquet.

    Raises:
        KeyError: there is no outcome of this name, or it is not a number.
    """
    if _UNITS[name] in ("name", "date"):
        raise KeyError(name)
    return Reading(name, _UNITS[name], lambda table: table[name].to_numpy(dtype=float))


def reaches(rung: int) -> Reading:
    """Whether the patron reached a rung: the mean is the chance."""
    return Reading(
        f"reaches rung {rung}",
        "share of worlds",
        lambda table: (table["level_max"].to_numpy() >= rung).astype(float),
    )


def has_status(*names: str) -> Reading:
    """Whether the client's place in the pact is one of those named."""
    return Reading(
        f"status is {' or '.join(names)}",
        "share of worlds",
        lambda table: np.asarray(table["status_end"].isin(names), dtype=float),
    )


def gained(stock: str) -> Reading:
    """How far a stock rose from start to end."""
    return Reading(
        f"{stock} gained", "share", lambda table: _difference(table, f"{stock}_end", f"{stock}_start")
    )


def kept(stock: str) -> Reading:
    """The share of a stock at the start that is left at the end."""

    def read(table: pd.DataFrame) -> Numbers:
        start = table[f"{stock}_start"].to_numpy(dtype=float)
        left: Numbers = np.divide(
            table[f"{stock}_end"].to_numpy(dtype=float),
            start,
            out=np.full(start.shape, np.nan),
            where=start > 0,
        )
        return left

    return Reading(f"{stock} kept", "share of the start", read)


def days_between(earlier: str, later: str) -> Reading:
    """Days from one dated outcome to another; NaN in worlds where either is missing."""

    def read(table: pd.DataFrame) -> Numbers:
        passed = (table[later] - table[earlier]).to_numpy()
        return np.where(np.isnat(passed), np.nan, passed / np.timedelta64(1, "D"))

    return Reading(f"days from {earlier} to {later}", "days", read)


def where(reading: Reading, name: str, low: float, high: float = np.inf) -> Reading:
    """A reading in the worlds in which an outcome lies within bounds; NaN in the others."""

    def read(table: pd.DataFrame) -> Numbers:
        decides = table[name].to_numpy(dtype=float)
        return np.where((decides >= low) & (decides <= high), reading.of(table), np.nan)

    return Reading(f"{reading.name} where {name} is from {low:g}", reading.unit, read)


def combined(name: str, unit: str, *parts: tuple[float, Reading]) -> Reading:
    """A weighted sum of readings."""
    return Reading(
        name, unit, lambda table: np.sum([weight * one.of(table) for weight, one in parts], axis=0)
    )


def both(name: str, *conditions: tuple[Reading, float]) -> Reading:
    """Whether every reading reaches its bound: the mean is the chance."""
    return Reading(
        name,
        "share of worlds",
        lambda table: np.all([one.of(table) >= bound for one, bound in conditions], axis=0).astype(float),
    )


def _difference(table: pd.DataFrame, more: str, less: str) -> Numbers:
    return table[more].to_numpy(dtype=float) - table[less].to_numpy(dtype=float)


def never_before(start: str, event: str, days: float) -> Reading:
    """Whether an event came so many days after a start, or never; NaN where there was no start."""
    passed = days_between(start, event)

    def read(table: pd.DataFrame) -> Numbers:
        since = passed.of(table)
        return np.where(table[start].isna(), np.nan, (np.isnan(since) | (since >= days)).astype(float))

    return Reading(f"not {event} within {days:g} days of {start}", "share of worlds", read)
