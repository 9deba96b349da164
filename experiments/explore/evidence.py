"""Evidence: what each draw of a theory's numbers is held against, and how likely it makes what happened.

A draw is played on every given case and on the years since 1994, each in a few worlds, with luck of their
own for each draw. What is seen of a draw is therefore noise around its chances; the chances are found from
all draws together (experiments/explore/emulator.py). How the war of 2020 is held against a draw stands in
experiments/explore/war_of_2020.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from experiments.explore.calibration import Target, observed, statistics, targets
from experiments.history.coded_cases import CRISIS, RUNGS_CODED, play
from experiments.history.record import captures, days_to_capture, kept_districts, patterns
from sim.measures import outcomes
from sim.model import ConflictModel
from sim.quantities import Numbers, Whole
from sim.runs.runner import release
from sim.scenarios.loading import load
from sim.scenarios.scenario import Scenario
from sim.world import Rung

OF_RECORD = "K1"  # the case whose war the patterns describe: it would count twice
LENGTH_OF_WAR = timedelta(days=182)  # after which rung and loss are read; few wars last longer
NEIGHBOUR = 0.2  # share of worlds whose rung a coder may have taken for one next to it; assumption
ERROR_OF_LOSS, ERROR_OF_TIE = 0.2, 0.2  # standard deviations of coded shares; assumption
LAPSE = 0.05  # share of outcomes that are coded no better than by chance; assumption
FREEDOM = 4.0  # degrees of the error of a pattern: one far number alone does not decide; assumption
CHANCES_OF_NONE, CHANCES_OF_FORCE = slice(0, Rung.PEACEKEEPERS), slice(Rung.PEACEKEEPERS, len(Rung))
FAR_OFF = 3.0  # half-bands from the record at which a world by chance lies; assumption
PATTERN = "record"


@dataclass(frozen=True)
class CasePlay:
    """Cases played with each draw.

    Attributes:
        cases: the cases, with what came of them.
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
        """What is seen of each draw: (draws, ...) counts of rungs, and how dense worlds lie at what happened.

        Args:
            theory: the theory of the patron's choice.
            seed: the seed of all luck.
            draws: a row a draw, a column a parameter.
            numbers: (draws,) the number of each draw, to which its luck belongs.
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
            seen[share] = density_of_share(tables[result][:, place], self.cases[result].iloc[place], error)
        return pd.DataFrame(seen)


@dataclass(frozen=True)
class RecordPlay:
    """A scenario of the record played with each draw, and held against patterns that may be tuned to.

    Attributes:
        name: the name of the scenario.
        worlds: the number of worlds for each draw.
    """

    name: str
    worlds: int

    @property
    def size(self) -> int:
        """How many worlds a draw takes."""
        return self.worlds

    @property
    def shares(self) -> list[str]:
        """What is seen as a density: each number of the record."""
        return [f"{PATTERN}:{target.pattern} {target.words}" for target in _targets(self.name)]

    @property
    def scenario(self) -> Scenario:
        """The scenario that is played; of one that opens with a war, the war alone."""
        return load(self.name).close_up

    def weigh(self, theory: str, seed: int, draws: pd.DataFrame, numbers: Whole) -> pd.DataFrame:
        """(draws, targets) how dense worlds lie at the record; see CasePlay.weigh."""
        wanted = _targets(self.name)
        played = played_with(self.scenario, theory, seed, draws, numbers, self.worlds)
        found = statistics(played, wanted).reshape(len(draws), self.worlds, -1)
        return pd.DataFrame(density_of_pattern(found, observed(wanted)), columns=self.shares)


Play = CasePlay | RecordPlay


@cache
def _targets(name: str) -> tuple[Target, ...]:
    return targets(load(name).close_up, patterns(), captures(), kept_districts(), days_to_capture())


def played_with(
    scenario: Scenario, theory: str, seed: int, draws: pd.DataFrame, numbers: Whole, worlds: int
) -> pd.DataFrame:
    """Outcomes of so many worlds of each draw, draw by draw; numbers are those of the luck that each has."""
    places = (numbers[:, None] * worlds + np.arange(worlds)).ravel()
    columns = drawn_for(scenario, draws, worlds)
    model = ConflictModel(scenario, theory=theory, seed=seed, worlds=places, columns=columns)
    model.run()
    table = pd.DataFrame(outcomes(model))
    release(model)
    return table


def drawn_for(scenario: Scenario, draws: pd.DataFrame, worlds: int) -> dict[str, Numbers]:
    """Path -> the numbers of each world, so many worlds a draw; what the scenario's file sets stays."""
    return {
        str(path): np.repeat(column.to_numpy(dtype=float), worlds)
        for path, column in draws.items()
        if path not in scenario.sources
    }


def density_of_share(simulated: Numbers, coded: float, error: float) -> Numbers:
    """(draws,) the density of a coded share, from (draws, worlds) simulated ones.

    A coded share is a simulated one with a normal error, held between 0 and 1.

    >>> density_of_share(np.array([[0.5, 0.5]]), 0.5, 100.0).round(4).tolist()
    [1.0]
    """
    inside = norm.cdf((1.0 - simulated) / error) - norm.cdf(-simulated / error)
    return np.asarray((norm.pdf((coded - simulated) / error) / error / inside).mean(axis=-1))


def density_of_pattern(simulated: Numbers, recorded: Numbers) -> Numbers:
    """(draws, targets) the density of the record, from (draws, worlds, targets) numbers of worlds.

    Both in units of half a pattern's band, which is the scale of the error. Numbers of one world are taken
    one by one, which makes the likelihood a composite one (Varin, Reid and Firth 2011).
    """
    return np.asarray(student.pdf(np.nan_to_num(simulated, nan=np.inf) - recorded, FREEDOM).mean(axis=1))


def log_of_rung(chances: Numbers, taken: Whole) -> tuple[Numbers, Numbers]:
    """(draws, cases) log likelihoods of force or not, and of the rung given that.

    Together they are the likelihood of the rung as an ordered outcome: a rung next to the one taken, on the
    same side, may have been coded for it, and some codes are no better than chance.

    Args:
        chances: (draws, cases, rungs) the chance of each rung.
        taken: (cases,) the rungs that were taken.

    >>> force, rung = log_of_rung(np.array([[[0.0, 0.0, 0.0, 0.75, 0.25]]]), taken=np.array([3]))
    >>> np.exp([force[0, 0], rung[0, 0]]).round(4).tolist()
    [0.975, 0.6425]
    """
    force, rung = np.empty(chances.shape[:2]), np.empty(chances.shape[:2])
    forceful = taken >= Rung.PEACEKEEPERS
    for cases, side in ((forceful, CHANCES_OF_FORCE), (~forceful, CHANCES_OF_NONE)):
        here = chances[:, cases, side]
        on_side = here.sum(axis=2)
        places = confusion(here.shape[2])[:, taken[cases] - side.start].T
        coded = (here * places).sum(axis=2) / np.maximum(on_side, np.finfo(float).tiny)
        force[:, cases] = _lapsing(on_side, 0.5)
        rung[:, cases] = _lapsing(coded, 1.0 / here.shape[2])
    return force, rung


def _lapsing(likelihood: Numbers, by_chance: float | Numbers) -> Numbers:
    return np.log((1.0 - LAPSE) * likelihood + LAPSE * by_chance)


def confusion(rungs: int) -> Numbers:
    """(true, coded) the chance that a rung is coded as another: as one next to it, or not.

    >>> confusion(2).tolist()
    [[0.8, 0.2], [0.2, 0.8]]
    """
    near = np.eye(rungs, k=1) + np.eye(rungs, k=-1)
    return np.asarray(near / near.sum(axis=1, keepdims=True) * NEIGHBOUR + (1.0 - NEIGHBOUR) * np.eye(rungs))


@dataclass(frozen=True)
class Evidence:
    """All that a theory's numbers are held against.

    Attributes:
        cases: the given cases, with what came of them; without that of the war that the patterns describe.
        worlds, tie_worlds, years_worlds: the numbers of worlds for each draw: of a case's war, of its five
            years, and of the years since 1994.
    """

    cases: pd.DataFrame
    worlds: int = 8
    tie_worlds: int = 1
    years_worlds: int = 1

    @classmethod
    def of(cls, cases: pd.DataFrame, **worlds: int) -> "Evidence":
        """The evidence of the cases of which it is known whether force was used."""
        known = cases[(cases["id"] != OF_RECORD) & cases["level"].notna()]
        return cls(known.reset_index(drop=True), **worlds)

    @cached_property
    def plays(self) -> dict[str, Play]:
        """What is played with each draw, by name."""
        found: dict[str, Play] = {"war": CasePlay(self.cases, self.worlds, whole=False)}
        if self.tie_worlds and "ally5" in self.cases and self.cases["ally5"].notna().any():
            tied = self.cases[self.cases["ally5"].notna()].reset_index(drop=True)
            found["tie"] = CasePlay(tied, self.tie_worlds, whole=True)
        if self.years_worlds:
            found["1994-2025"] = RecordPlay("karabakh-1994-2025", self.years_worlds)
        return found

    @cached_property
    def shares(self) -> list[str]:
        """What is seen as a density: losses, ties, patterns."""
        return [name for each in self.plays.values() for name in each.shares]

    @property
    def terms(self) -> list[str]:
        """The names of the log likelihoods: "force:K2", "rung:K2", "loss:K2", "record:T4 ..."."""
        ids = list(self.cases["id"])
        return [*(f"force:{name}" for name in ids), *(f"rung:{name}" for name in ids), *self.shares]

    def counts(self, seen: pd.DataFrame) -> Numbers:
        """(draws, cases, rungs) in how many worlds of a case each rung was the highest."""
        names = [f"rung {rung}:{name}" for name in self.cases["id"] for rung in RUNGS_CODED]
        return seen[names].to_numpy(dtype=float).reshape(len(seen), len(self.cases), len(RUNGS_CODED))

    def logs(self, rungs: Numbers, densities: Numbers, levels: Sequence[int] | None = None) -> Numbers:
        """(draws, terms) log likelihoods.

        Args:
            rungs: (draws, cases, rungs) the chances of each rung.
            densities: (draws, shares) how dense worlds lie at what happened.
            levels: the rungs that were taken, if not those of the cases.
        """
        taken = np.asarray(self.cases["level"] if levels is None else levels).astype(int)
        return np.concatenate(
            [*log_of_rung(rungs, taken), _lapsing(densities, _by_chance(self.shares))], axis=1
        )


def _by_chance(shares: Sequence[str]) -> Numbers:
    """(shares,) how dense worlds lie at what happened if it is coded by chance."""
    far_off = float(student.pdf(FAR_OFF, FREEDOM))
    return np.array([far_off if name.startswith(PATTERN) else 1.0 for name in shares])


def of_case(term: str) -> str:
    """The case that a term is about; empty for a pattern.

    >>> of_case("loss:K2"), of_case("record:T4 share lost by force")
    ('K2', '')
    """
    kind, _, name = term.partition(":")
    return "" if kind == PATTERN else name
