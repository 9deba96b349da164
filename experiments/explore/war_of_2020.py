"""The war of 2020 under a draw of numbers: how far the draw's worlds are from the patterns of that war.

The worlds of a draw are one run, and each pattern that may be tuned to is read off them as the table of
patterns reads it (experiments/history/patterns.py): a median over worlds, or a share of them; but T8, of
which the deed and its date are read apart. So a draw counts if most of its worlds are like that war, not if
one of them might be (pattern-oriented modelling: Grimm and others 2005). Within its band a value is as good
as any other.
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
ERROR = 0.25  # how far off its band a value may be, in halves of a band; assumption
FARTHEST_OFF = 10.0  # halves of a band: a value that is farther off counts as if it were there; assumption


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
            numbers: (draws,) the number of the luck that each has.
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
        """(draws, patterns) how far each value is outside of its band, in halves of the band; 0 within it."""
        low, high = (
            np.array([getattr(one, end) for one in self.patterns.values()]) for end in ("low", "high")
        )
        found = values[list(self.patterns)].to_numpy(float)
        off = np.maximum(low - found, found - high) / ((high - low) / 2.0)
        return np.asarray(np.clip(np.nan_to_num(off, nan=FARTHEST_OFF), 0.0, FARTHEST_OFF))


def log_of_misfits(misfits: Numbers) -> Numbers:
    """(draws,) log likelihoods of (draws, patterns) misfits, but for a constant: the error is normal.

    >>> log_of_misfits(np.array([[0.25, 0.0]])).tolist()
    [-0.5]
    """
    return np.asarray(-0.5 * ((misfits / ERROR) ** 2).sum(axis=1))


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
