"""What is a pattern of the record, and when does a run look like it?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Pattern:
    """One pattern of the record.

    Attributes:
        id: T1 to T16.
        name: of it, in a few words.
        text: what was observed.
        low, high: the band in which a run looks like it.
        unit: of the value.
        fitted: whether parameters may be tuned to it.
        observed: what a world that went as the record would show; NaN where nothing is fitted to it.
    """

    id: str
    name: str
    text: str
    low: float
    high: float
    unit: str
    fitted: bool
    observed: float = np.nan

    def holds(self, value: float) -> bool:
        """Whether a value lies in the band."""
        return bool(self.low <= value <= self.high)

    @property
    def is_share(self) -> bool:
        """Whether the value is a share of worlds, so that one world alone answers yes or no."""
        return self.unit.startswith("share of worlds")


@dataclass(frozen=True)
class Score:
    """How a pattern came out.

    Attributes:
        value: share of the worlds that answer yes, or the median; NaN if the question never arose.
        in_band: share of worlds in the band; NaN for a pattern of which one world alone is no instance.
        worlds: in which the question arises.
    """

    value: float
    in_band: float
    worlds: int


def scored(pattern: Pattern, values: NDArray[np.float64]) -> Score:
    """The value of a pattern from (worlds,) numbers.

    >>> year = Pattern("T2", "", "", low=2013, high=2022, unit="year, median of worlds", fitted=True)
    >>> scored(year, np.array([2016, 2020, np.inf, np.nan]))
    Score(value=2020.0, in_band=0.6666666666666666, worlds=3)
    """
    asked = values[~np.isnan(values)]
    if not asked.size:
        return Score(np.nan, np.nan, 0)
    if pattern.is_share:
        return Score(float(asked.mean()), np.nan, asked.size)
    middle = float(np.sort(asked)[(asked.size - 1) // 2])  # of one world: the next may be infinite
    inside = (asked >= pattern.low) & (asked <= pattern.high)
    return Score(middle, float(inside.mean()), asked.size)
