"""The record against a draw of numbers: whether the draw's worlds go as history did.

The worlds of a draw are one run, and each pattern that may be tuned to is read off them as the table of
patterns reads it (experiments/history/patterns.py): a median over worlds, or a share of them. So a draw
counts if its worlds together are like the record, not if one of them might be (pattern-oriented modelling:
Grimm and others 2005). Within a band, all values are equally good. A world in which the question does
not arise, which the table leaves out, counts against the draw here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import bdtr

from experiments.history.patterns import Pattern, limits, values
from experiments.history.record import captures, days_to_capture, kept_districts, patterns
from experiments.history.trajectory import Trajectory, record
from sim.model import ConflictModel
from sim.quantities import Flags, Numbers, Whole
from sim.runs.runner import release
from sim.scenarios.loading import load
from sim.scenarios.scenario import Scenario

OF_DATES = "T17"  # is read off all worlds of a draw together, not world by world
UNDER, IN_BAND, OVER = PLACES = range(3)  # the places of a tally
SUREST = 1e-8  # chance: an emulator is not believed to be surer than that
NEARLY_WHOLE = 1e-9  # added before truncating a number that may lie just below a whole one
TALLY = "tally:"  # how the names of columns that hold tallies begin
# What the patterns of the war look at, and those of the years; see experiments/history/trajectory.py.
WAR_STOCKS = ("by_force", "by_handover", "core_lost", "rung_days", "words", "sympathy")
YEARS_STOCKS = ("held", "by_force", "clashes")


@dataclass(frozen=True)
class RecordPlay:
    """A scenario of the record, played with each draw.

    Attributes:
        name: the name of the scenario.
        ids: the patterns that its worlds are held against; for a share of worlds, the band reaches to 1.
        stocks: what these look at.
        worlds: the number of worlds for each draw; with so few, values scatter a little.
    """

    name: str
    ids: tuple[str, ...]
    stocks: tuple[str, ...]
    worlds: int

    @property
    def patterns(self) -> Mapping[str, Pattern]:
        """The patterns, by id."""
        return {name: _known()[name] for name in self.ids}

    @property
    def scenario(self) -> Scenario:
        """The scenario that is played; for one that opens with a war, the war alone."""
        return _played(self.name)

    def table(self, tallies: Numbers) -> pd.DataFrame:
        """Tallies as a table, one row per draw."""
        columns = [f"{TALLY}{name} {place}" for name in self.ids for place in PLACES]
        return pd.DataFrame(tallies.reshape(len(tallies), -1), columns=columns)

    def tallies_in(self, table: pd.DataFrame) -> Numbers:
        """(draws, patterns, 3) the tallies in a table; see `table`."""
        columns = [name for name in table if str(name).startswith(TALLY)]
        return table[columns].to_numpy(float).reshape(len(table), len(self.ids), len(PLACES))

    def tallies(
        self, theory: str, seed: int, draws: pd.DataFrame, numbers: Whole, asked: Flags | None = None
    ) -> Numbers:
        """(draws, patterns, 3) in how many worlds of each draw a value lies below, within and above its band.

        For OF_DATES, which is read off all of them together, all worlds count where that value lies.

        Args:
            theory: the theory of the patron's choice.
            seed: the seed of all luck.
            draws: one row per draw, one column per parameter.
            numbers: (draws,) the number of the luck that each has, all different.
            asked: (patterns,) those that a draw must meet; a draw that no longer can may be given up, and its
                tallies are NaN. If not given, all are played to their end.
        """
        run = self.played(theory, seed, draws, numbers, asked)
        tallies = np.full((len(draws), len(self.ids), len(PLACES)), np.nan)
        if run.dates.size <= self.scenario.steps:  # all were given up
            return tallies
        readers = values(captures(), kept_districts(), days_to_capture())
        found = {name: self._by_draw(readers[name](run)) for name in self.ids}
        if OF_DATES in found:
            off = np.median(np.abs(middle(found[OF_DATES])), axis=1)
            found[OF_DATES] = np.repeat(off[:, None, None], self.worlds, axis=1)
        bands = self.patterns.values()  # for a share of worlds, it tells yes (1) from no (0)
        seen = np.concatenate(
            [
                np.nan_to_num(found[one.id], nan=0.0 if one.is_share else np.inf, posinf=np.inf)
                for one in bands
            ],
            axis=2,
        )
        low, high = (np.array([getattr(one, end) for one in bands]) for end in ("low", "high"))
        below, above = (seen < low).sum(axis=1), (seen > high).sum(axis=1)
        left = np.isin(numbers, run.world_numbers // self.worlds)
        tallies[left] = np.stack([below, self.worlds - below - above, above], axis=2)
        return tallies

    def _by_draw(self, of_worlds: Numbers) -> Numbers:
        """(draws, worlds, ...) from (all worlds, ...), the last axis of length 1 if there is none."""
        return of_worlds.reshape(-1, self.worlds, 1 if of_worlds.ndim == 1 else of_worlds.shape[1])

    def played(
        self, theory: str, seed: int, draws: pd.DataFrame, numbers: Whole, asked: Flags | None = None
    ) -> Trajectory:
        """What became of the worlds of each draw, draw by draw; see `tallies`."""
        places = (numbers[:, None] * self.worlds + np.arange(self.worlds)).ravel()
        columns = drawn_for(self.scenario, draws, self.worlds)
        model = ConflictModel(self.scenario, theory=theory, seed=seed, worlds=places, columns=columns)

        def goes_on(run: Trajectory) -> Flags:
            return np.repeat(self.can_meet(run)[:, asked].all(axis=1), self.worlds)

        run = record(model, stocks=self.stocks, goes_on=None if asked is None else goes_on)
        release(model)
        return run

    def can_meet(self, run: Trajectory) -> Flags:
        """(draws, patterns) whether a draw may still meet each pattern, by a trajectory up to now."""
        under, over = self._most
        can = np.ones((run.world_numbers.size // self.worlds, len(self.ids)), dtype=bool)
        for name, (lowest, highest) in limits(run, days_to_capture()).items():
            if name not in self.ids:
                continue
            place, band = self.ids.index(name), self.patterns[name]
            low, high = self._by_draw(lowest), self._by_draw(highest)
            if name == OF_DATES:
                nearest = np.maximum(np.maximum(middle(low), -middle(high)), 0.0)
                can[:, place] = np.median(nearest, axis=1) <= band.high
            else:
                below, above = (high[..., 0] < band.low).sum(axis=1), (low[..., 0] > band.high).sum(axis=1)
                can[:, place] = (below <= under[place]) & (above <= over[place])
        return can

    def met(self, tallies: Numbers) -> Flags:
        """(draws, patterns) whether the middle one of a draw's worlds, or their share, is in the band."""
        under, over = self._most
        return np.asarray((tallies[..., UNDER] <= under) & (tallies[..., OVER] <= over))

    def log_chances(self, chances: Numbers) -> Numbers:
        """(draws, patterns) log of the chance that each pattern is met.

        Args:
            chances: (draws, patterns, 3) of one world to lie below, within and above each band.

        >>> even = np.full((1, 3, 3), [0.25, 0.5, 0.25])
        >>> dict(zip("T1 T2 T3".split(), np.exp(the_years(4).log_chances(even)[0]).round(3).tolist()))
        {'T1': 0.316, 'T2': 0.688, 'T3': 0.949}
        """
        under, over = self._most
        below = bdtr(under, self.worlds, chances[..., UNDER])
        above = bdtr(over, self.worlds, chances[..., OVER])
        together = np.array([name == OF_DATES for name in self.ids])
        met = np.where(together, chances[..., IN_BAND], below + above - 1.0)
        return np.asarray(np.log(np.maximum(met, SUREST)))

    @property
    def _most(self) -> tuple[Whole, Whole]:
        """(patterns,) how many worlds may lie below the band, and above it, if the lower middle is in it."""
        worlds, shares = self.worlds, np.array([one.is_share for one in self.patterns.values()])
        may_fail = [int(worlds * (1.0 - one.low) + NEARLY_WHOLE) for one in self.patterns.values()]
        return np.where(shares, may_fail, (worlds - 1) // 2), np.where(shares, worlds, worlds // 2)


def the_war_of_2020(worlds: int = 16) -> RecordPlay:
    """The war of 2020, with all patterns of it that may be tuned to."""
    return RecordPlay("karabakh-2020", ("T4", "T5", "T6", "T7", "T8", OF_DATES), WAR_STOCKS, worlds)


def the_years(worlds: int = 10) -> RecordPlay:
    """The years since 1994, with all patterns of what came before that war."""
    return RecordPlay("karabakh-1994-2025", ("T1", "T2", "T3"), YEARS_STOCKS, worlds)


def drawn_for(scenario: Scenario, draws: pd.DataFrame, worlds: int) -> dict[str, Numbers]:
    """Path -> the numbers of each world, `worlds` per draw; what the scenario's file sets stays."""
    return {
        str(path): np.repeat(column.to_numpy(dtype=float), worlds)
        for path, column in draws.items()
        if path not in scenario.sources
    }


def middle(each: Numbers) -> Numbers:
    """(draws, ...) the median over worlds of (draws, worlds, ...) numbers, the lower of two; NaN last.

    >>> middle(np.array([[3.0, 1.0, np.nan, 2.0]])).tolist()
    [2.0]
    """
    return np.asarray(np.sort(each, axis=1)[:, (each.shape[1] - 1) // 2])


@cache
def _known() -> Mapping[str, Pattern]:
    return {one.id: one for one in patterns()}


@cache
def _played(name: str) -> Scenario:
    return load(name).close_up
