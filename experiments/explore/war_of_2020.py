"""The war of 2020 under a draw of numbers: how far the draw's worlds are from the patterns of that war.

The worlds of a draw are one run, and each pattern that may be tuned to is read off them as the table of
patterns reads it (experiments/history/patterns.py): a median over worlds, or a share of them. So a draw
counts if most of its worlds are like that war, not if one of them might be (pattern-oriented modelling:
Grimm and others 2005). The error of a value is normal; a pattern's band holds it nineteen times in twenty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from experiments.explore.calibration import days_late, targets
from experiments.explore.evidence import played_with
from experiments.history.patterns import Pattern
from experiments.history.record import captures, days_to_capture, kept_districts, patterns
from sim.quantities import Numbers, Whole
from sim.scenarios.loading import load
from sim.scenarios.scenario import Scenario
from sim.world import Rung

THE_WAR = "karabakh-2020"
DAYS_TO_FORCE = "T8 days"  # until the patron uses force
BAND = 4.0  # misfit at the farther end of a band: two errors, squared
FARTHEST_OFF = 20.0  # errors: a value that is farther from the record counts as if it were there; assumption


@dataclass(frozen=True)
class WarOf2020:
    """The war of 2020, played with each draw.

    Attributes:
        worlds: the number of worlds for each draw; values of so few scatter a little.
    """

    worlds: int = 16

    @property
    def patterns(self) -> Mapping[str, Pattern]:
        """What is read off the worlds of a draw, and the pattern whose record and band it is held against.

        T8 in two numbers: peacekeepers and nothing above them, and not before the war has run its course.
        """
        return _patterns()

    @property
    def scenario(self) -> Scenario:
        """The scenario that is played: the war alone."""
        return _scenario()

    def values(self, theory: str, seed: int, draws: pd.DataFrame, numbers: Whole) -> pd.DataFrame:
        """(draws, patterns) the value of each pattern in the worlds of each draw.

        Args:
            theory: the theory of the patron's choice.
            seed: the seed of all luck.
            draws: a row a draw, a column a parameter.
            numbers: (draws,) the number of each draw, to which its luck belongs.
        """
        by_force = days_to_capture()
        wanted = targets(self.scenario, patterns(), captures(), kept_districts(), by_force)
        table = played_with(self.scenario, theory, seed, draws, numbers, self.worlds)
        shape = (len(draws), self.worlds, -1)
        found = {DAYS_TO_FORCE if one.pattern == "T8" else one.pattern: middle(one.read(table).reshape(shape))
                 for one in wanted}  # fmt: skip
        highest = table["level_max"].to_numpy().reshape(shape)
        found["T8"] = (highest == Rung.PEACEKEEPERS).mean(axis=1)
        late = middle(days_late(table, by_force, self.scenario).reshape(shape))
        found["T17"] = np.median(np.abs(late), axis=1, keepdims=True)
        return pd.DataFrame({name: found[name][:, 0] for name in self.patterns})

    def misfits(self, values: pd.DataFrame) -> Numbers:
        """(draws, patterns) squares of how many errors each value is from the record."""
        record = np.array([one.observed for one in self.patterns.values()])
        error = np.array([_error(one) for one in self.patterns.values()])
        off = np.abs(values[list(self.patterns)].to_numpy(float) - record) / error
        return np.asarray(np.minimum(np.nan_to_num(off, nan=np.inf), FARTHEST_OFF) ** 2)


def log_of_misfits(misfits: Numbers) -> Numbers:
    """(draws,) log likelihoods of (draws, patterns) misfits, but for a constant: the error is normal.

    >>> log_of_misfits(np.array([[4.0, 0.0]])).tolist()
    [-2.0]
    """
    return np.asarray(-0.5 * misfits.sum(axis=1))


@cache
def _patterns() -> Mapping[str, Pattern]:
    known = {one.id: one for one in patterns()}
    return {name: known[name] for name in ("T4", "T5", "T6", "T7", "T8", "T17")} | {
        DAYS_TO_FORCE: known["T6"]
    }


@cache
def _scenario() -> Scenario:
    return load(THE_WAR).close_up


def middle(each: Numbers) -> Numbers:
    """(draws, ...) the median over worlds of (draws, worlds, ...) numbers, the lower of two; NaN comes last.

    >>> middle(np.array([[3.0, 1.0, np.nan, 2.0]])).tolist()
    [2.0]
    """
    return np.asarray(np.sort(each, axis=1)[:, (each.shape[1] - 1) // 2])


def _error(pattern: Pattern) -> float:
    """The standard deviation of a value: half the way from the record to the farther end of the band.

    >>> _error(Pattern("T8", "", "", low=0.5, high=1.0, unit="", fitted=True, observed=1.0))
    0.25
    """
    return max(pattern.observed - pattern.low, pattern.high - pattern.observed) / 2.0
