"""The war of 2020 under a draw of numbers: whether the draw's worlds are like that war.

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
from scipy.stats import binom

from experiments.explore.calibration import days_late, targets
from experiments.explore.evidence import played_with
from experiments.history.patterns import Pattern
from experiments.history.record import captures, days_to_capture, kept_districts, patterns
from sim.quantities import Flags, Numbers, Whole
from sim.scenarios.loading import load
from sim.scenarios.scenario import Scenario
from sim.world import Rung

THE_WAR = "karabakh-2020"
DAYS_TO_FORCE = "T8 days"  # until the patron uses force
OF_DATES = "T17"  # is read off all worlds of a draw together, not world by world
UNDER, IN_BAND, OVER = range(3)  # the places of a tally
SUREST = 1e-8  # chance: an emulator is not believed to be surer than that


@dataclass(frozen=True)
class WarOf2020:
    """The war of 2020, played with each draw.

    Attributes:
        worlds: the number of worlds for each draw; values of so few scatter a little.
    """

    worlds: int = 16

    @property
    def patterns(self) -> Mapping[str, Pattern]:
        """What is read off the worlds of a draw, and the pattern whose band it is held against.

        T8 in two numbers: peacekeepers and nothing above them, and not before the war has run its course.
        """
        return _patterns()

    @property
    def scenario(self) -> Scenario:
        """The scenario that is played: the war alone."""
        return _scenario()

    def tallies(self, theory: str, seed: int, draws: pd.DataFrame, numbers: Whole) -> Numbers:
        """(draws, patterns, 3) in how many worlds of each draw a value lies below, within and above its band.

        Of OF_DATES, which is read off all of them together, all worlds lie where that value lies.

        Args:
            theory: the theory of the patron's choice.
            seed: the seed of all luck.
            draws: a row a draw, a column a parameter.
            numbers: (draws,) the number of the luck that each has.
        """
        by_force = days_to_capture()
        wanted = targets(self.scenario, patterns(), captures(), kept_districts(), by_force)
        table = played_with(self.scenario, theory, seed, draws, numbers, self.worlds)
        shape = (len(draws), self.worlds)
        found = {DAYS_TO_FORCE if one.pattern == "T8" else one.pattern: one.read(table).reshape(shape)
                 for one in wanted}  # fmt: skip
        found["T8"] = (table["level_max"].to_numpy() == Rung.PEACEKEEPERS).astype(float).reshape(shape)
        late = middle(days_late(table, by_force, self.scenario).reshape(*shape, -1))
        found[OF_DATES] = np.repeat(np.median(np.abs(late), axis=1)[:, None], self.worlds, axis=1)
        values = np.stack([np.nan_to_num(found[name], nan=np.inf) for name in self.patterns], axis=1)
        low, high = (
            np.array([getattr(one, end) for one in self.patterns.values()])[:, None]
            for end in ("low", "high")
        )
        below, above = (values < low).sum(axis=2), (values > high).sum(axis=2)
        return np.stack([below, self.worlds - below - above, above], axis=2).astype(float)

    def met(self, tallies: Numbers) -> Flags:
        """(draws, patterns) whether the middle one of a draw's worlds lies within the band."""
        most = self.worlds // 2
        return np.asarray((tallies[..., UNDER] <= most) & (tallies[..., OVER] <= most))

    def log_chances(self, chances: Numbers) -> Numbers:
        """(draws, patterns) log of the chance that each pattern is met.

        Args:
            chances: (draws, patterns, 3) of one world to lie below, within and above each band.

        >>> war = WarOf2020(worlds=2)
        >>> even = np.full((1, len(war.patterns), 3), [0.25, 0.5, 0.25])
        >>> dict(zip(war.patterns, np.exp(war.log_chances(even)[0]).round(3).tolist()))
        {'T4': 0.875, 'T5': 0.875, 'T6': 0.875, 'T7': 0.875, 'T8': 0.875, 'T17': 0.5, 'T8 days': 0.875}
        """
        most = self.worlds // 2
        below, above = (binom.cdf(most, self.worlds, chances[..., place]) for place in (UNDER, OVER))
        together = np.array([name == OF_DATES for name in self.patterns])
        met = np.where(together, chances[..., IN_BAND], below + above - 1.0)
        return np.asarray(np.log(np.maximum(met, SUREST)))


@cache
def _patterns() -> Mapping[str, Pattern]:
    known = {one.id: one for one in patterns()}
    return {name: known[name] for name in ("T4", "T5", "T6", "T7", "T8", OF_DATES)} | {
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
