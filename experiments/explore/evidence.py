"""Evidence: what each draw of a theory's numbers is held against, and how likely it makes what happened.

A draw is played on every given case and on the years since 1994, each in a few worlds, with separate luck for
each draw. What is seen of a draw is therefore noise around its chances; the chances are found from all draws
together (experiments/explore/emulator.py). How the record is held against a draw is described in
experiments/explore/record_play.py.

The likelihood of a case is built step by step: whether force was used; given that, the rung; given that,
the loss and the tie. So a loss is looked for only in worlds whose patron used force, or did not, as it
happened: were it looked for in all of them, the patron would learn to use force where little was lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import norm

from experiments.explore.record_play import RecordPlay, drawn_for, the_years
from experiments.history.coded_cases import CODES, CRISIS, RUNGS_CODED, given_cases, play
from sim.quantities import TINY, Numbers, Whole
from sim.scenarios.loading import load
from sim.scenarios.scenario import Scenario
from sim.world import FORCE, Rung

OF_RECORD = "K1"  # the case whose war the patterns describe: it would count twice
LENGTH_OF_WAR = timedelta(days=182)  # after which rung and loss are read; few wars last longer
NEIGHBOUR = 0.2  # share of worlds whose rung a coder may have taken for a neighbouring one; assumption
ERROR_OF_LOSS, ERROR_OF_TIE = 0.2, 0.2  # standard deviations of coded shares; assumption
LAPSE = 0.05  # share of outcomes that are coded no better than by chance; assumption
CHANCES_OF_NONE, CHANCES_OF_FORCE = slice(0, FORCE), slice(FORCE, len(Rung))
DENSE_BY_CHANCE = 1.0  # how dense worlds lie at a share that is coded by chance: evenly from 0 to 1
PATTERN = "record"
LOOKED_AT = (
    "looked at for "  # how names of columns begin: the share of worlds that a density was looked for in
)


@dataclass(frozen=True)
class CasePlay:
    """Cases played with each draw.

    Attributes:
        cases: the cases, with their outcomes.
        worlds: the number of worlds for each case.
        whole: whether five years after the war are played, for the tie; else only the war, for rung and loss.
    """

    cases: pd.DataFrame
    worlds: int
    whole: bool

    @property
    def size(self) -> int:
        """How many worlds a draw takes."""
        return len(self.cases) * self.worlds

    @property
    def shares(self) -> list[str]:
        """What is seen as a density: each tie, or each loss that is known."""
        result, kind = ("ally5", "tie") if self.whole else ("loss", "loss")
        known = self.cases[self.cases[result].notna()] if result in self.cases else self.cases.iloc[:0]
        return [f"{kind}:{name}" for name in known["id"]]

    @property
    def scenario(self) -> Scenario:
        """The scenario that is played."""
        scenario = load(CRISIS)
        return scenario if self.whole else scenario.model_copy(update={"end": scenario.start + LENGTH_OF_WAR})

    def weigh(self, theory: str, seed: int, draws: pd.DataFrame, numbers: Whole) -> pd.DataFrame:
        """What is seen of each draw: counts of rungs, how dense worlds lie at what happened, and in how many.

        Densities are looked for only in worlds on the side of what happened: with force, or without.

        Args:
            theory: the theory of the patron's choice.
            seed: the seed of all luck.
            draws: one row per draw, one column per parameter.
            numbers: (draws,) the number of each draw, which determines its luck.
        """
        worlds = (numbers[:, None] * self.size + np.arange(self.size)).ravel()
        cases = self.cases.iloc[np.tile(np.repeat(np.arange(len(self.cases)), self.worlds), len(draws))]
        drawn = drawn_for(self.scenario, draws, self.size)
        ends = play(cases.reset_index(drop=True), theory, seed, worlds, drawn, self.scenario)
        shape = (len(draws), len(self.cases), self.worlds)
        tables = {name: ends[name].to_numpy(dtype=float).reshape(shape) for name in ends}
        seen: dict[str, Numbers] = {}
        result, error = ("ally5", ERROR_OF_TIE) if self.whole else ("loss", ERROR_OF_LOSS)
        for place, name in enumerate(self.cases["id"]):
            if not self.whole:
                rungs = tables["level"][:, place]
                seen |= {f"rung {rung}:{name}": (rungs == rung).sum(axis=1) for rung in RUNGS_CODED}
        for share in self.shares:
            place = self.cases["id"].tolist().index(of_case(share))
            coded = self.cases.iloc[place]
            alike = (tables["level"][:, place] >= FORCE) == (coded["level"] >= FORCE)
            dense = density_of_share(tables[result][:, place], coded[result], error)
            seen[share] = (alike * dense).sum(axis=1) / np.maximum(alike.sum(axis=1), 1)
            seen[f"{LOOKED_AT}{share}"] = alike.mean(axis=1)
        return pd.DataFrame(seen)


def density_of_share(simulated: Numbers, coded: float, error: float) -> Numbers:
    """The density of a coded share given simulated ones, of the same shape.

    A coded share is a simulated one with a normal error, truncated to between 0 and 1.

    >>> density_of_share(np.array([0.5, 0.5]), 0.5, 100.0).round(4).tolist()
    [1.0, 1.0]
    """
    inside = norm.cdf((1.0 - simulated) / error) - norm.cdf(-simulated / error)
    return np.asarray(norm.pdf((coded - simulated) / error) / error / inside)


def log_of_rung(chances: Numbers, taken: Whole) -> tuple[Numbers, Numbers]:
    """(draws, cases) log likelihoods of force or not, and of the rung given that.

    Together they are the likelihood of the rung as an ordered outcome: a rung next to the one taken, on the
    same side, may have been coded instead, and some codes are no better than chance.

    Args:
        chances: (draws, cases, rungs) the chance of each rung.
        taken: (cases,) the rungs that were taken.

    >>> force, rung = log_of_rung(np.array([[[0.0, 0.0, 0.0, 0.75, 0.25]]]), taken=np.array([3]))
    >>> np.exp([force[0, 0], rung[0, 0]]).round(4).tolist()
    [0.975, 0.6425]
    """
    forceful = taken >= FORCE
    by_rung = np.moveaxis(chances, 2, 0)  # NumPy is slow along the few rungs
    sides, coded = (np.zeros((chances.shape[2], len(taken))) for _ in range(2))
    for cases, side in ((forceful, CHANCES_OF_FORCE), (~forceful, CHANCES_OF_NONE)):
        sides[side, cases] = 1.0
        coded[side, cases] = confusion(side.stop - side.start)[:, taken[cases] - side.start]
    on_side = (by_rung * sides[:, None]).sum(axis=0)
    as_coded = (by_rung * coded[:, None]).sum(axis=0) / np.maximum(on_side, np.finfo(float).tiny)
    return _lapsing(on_side, 0.5), _lapsing(as_coded, 1.0 / sides.sum(axis=0))


def coded_chances(counts: Numbers) -> Numbers:
    """(cases, rungs) the chance that each rung is coded, errors of coding included.

    Args:
        counts: (cases, rungs) the worlds that took each rung.

    >>> coded_chances(np.array([[0.0, 0.0, 0.0, 3.0, 1.0]])).sum().round(9)
    np.float64(1.0)
    """
    shares = counts + TINY  # a side that no world took still has a rung that may be coded by mistake
    shares = shares / shares.sum(axis=1, keepdims=True)
    logs = (log_of_rung(shares[None], np.full(len(shares), rung)) for rung in RUNGS_CODED)
    return np.exp([(force + rung)[0] for force, rung in logs]).T


def _lapsing(likelihood: Numbers, by_chance: float | Numbers) -> Numbers:
    return np.log((1.0 - LAPSE) * likelihood + LAPSE * by_chance)


def confusion(rungs: int) -> Numbers:
    """(true, coded) the chance that a rung is coded as each: as itself, or as a neighbour.

    >>> confusion(2).tolist()
    [[0.8, 0.2], [0.2, 0.8]]
    """
    near = np.eye(rungs, k=1) + np.eye(rungs, k=-1)
    return np.asarray(near / near.sum(axis=1, keepdims=True) * NEIGHBOUR + (1.0 - NEIGHBOUR) * np.eye(rungs))


@dataclass(frozen=True)
class Evidence:
    """All that a theory's numbers are held against.

    Attributes:
        cases: the given cases, with their outcomes; without the one whose war the patterns describe.
        worlds, tie_worlds: the numbers of worlds for each draw: of a case's war, and of its five years.
        years: the years since 1994, if draws are held against them.
    """

    cases: pd.DataFrame
    worlds: int = 8
    tie_worlds: int = 1
    years: RecordPlay | None = field(default_factory=the_years)

    @classmethod
    def of(cls, cases: pd.DataFrame, worlds: int = 8) -> "Evidence":
        """The evidence from the cases for which it is known whether force was used."""
        of_2020 = given_cases().set_index("id").loc[OF_RECORD, list(CODES)].to_numpy(dtype=float)
        is_2020 = (cases[list(CODES)].to_numpy(dtype=float) == of_2020).all(axis=1)
        known = cases[~is_2020 & cases["level"].notna()]
        return cls(known.reset_index(drop=True), worlds)

    @cached_property
    def plays(self) -> dict[str, CasePlay]:
        """How cases are played with each draw, by name."""
        found = {"war": CasePlay(self.cases, self.worlds, whole=False)}
        if self.tie_worlds and "ally5" in self.cases and self.cases["ally5"].notna().any():
            tied = self.cases[self.cases["ally5"].notna()].reset_index(drop=True)
            found["tie"] = CasePlay(tied, self.tie_worlds, whole=True)
        return found

    @cached_property
    def shares(self) -> list[str]:
        """What is seen as a density: losses and ties."""
        return [name for each in self.plays.values() for name in each.shares]

    @property
    def terms(self) -> list[str]:
        """The names of the log likelihoods: "force:K2", "rung:K2", "loss:K2", "record:T1"."""
        ids, patterns = list(self.cases["id"]), self.years.ids if self.years else ()
        of_cases = [*(f"force:{name}" for name in ids), *(f"rung:{name}" for name in ids), *self.shares]
        return [*of_cases, *(f"{PATTERN}:{name}" for name in patterns)]

    def counts(self, seen: pd.DataFrame) -> Numbers:
        """(draws, cases, rungs) in how many worlds of a case each rung was the highest."""
        names = [f"rung {rung}:{name}" for name in self.cases["id"] for rung in RUNGS_CODED]
        return seen[names].to_numpy(dtype=float).reshape(len(seen), len(self.cases), len(RUNGS_CODED))

    def densities(self, seen: pd.DataFrame) -> tuple[Numbers, Numbers]:
        """(draws, shares) how dense worlds lay at what happened, and the share of worlds looked at."""
        looked_at = [f"{LOOKED_AT}{name}" for name in self.shares]
        return seen[self.shares].to_numpy(dtype=float), seen[looked_at].to_numpy(dtype=float)

    def logs(
        self, rungs: Numbers, densities: Numbers, tallies: Numbers, levels: Sequence[int] | None = None
    ) -> Numbers:
        """(draws, terms) log likelihoods.

        Args:
            rungs: (draws, cases, rungs) the chances of each rung.
            densities: (draws, shares) how dense worlds lie at what happened.
            tallies: (draws, patterns, 3) the chances of a world of the years to lie below, within and above
                each band.
            levels: the rungs that were taken, if not those of the cases.
        """
        taken = np.asarray(self.cases["level"] if levels is None else levels).astype(int)
        of_years = self.years.log_chances(tallies) if self.years else np.empty((len(rungs), 0))
        of_shares = _lapsing(densities, DENSE_BY_CHANCE)
        return np.concatenate([*log_of_rung(rungs, taken), of_shares, of_years], axis=1)


def of_case(term: str) -> str:
    """The case that a term is about; empty for a pattern.

    >>> of_case("loss:K2"), of_case("record:T1")
    ('K2', '')
    """
    kind, _, name = term.partition(":")
    return "" if kind == PATTERN else name
