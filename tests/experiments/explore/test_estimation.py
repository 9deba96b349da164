"""Estimates: a truth is found again, 90 % intervals cover nine in ten, and motives are told as they are."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, ndtri

from agents.theories import THEORIES
from experiments.explore import estimation, matching
from experiments.explore.estimation import (
    AGAINST,
    SUPPORTED,
    UNDECIDED_MOTIVE,
    Effort,
    Generation,
    Prior,
    estimated,
    free_numbers,
    in_words,
    motive_correlations,
    motives,
    recovery,
)
from experiments.explore.evidence import Evidence
from experiments.explore.matching import OnRecord
from experiments.explore.tempering import Moves
from sim.errors import UserError
from sim.runs.numbers import PriorRange
from sim.scenarios.loading import load
from sim.scenarios.values import describe
from tests.experiments.explore.test_matching import MadeUpWar
from tests.thorough import thorough

PATHS = ("patron.treaty_weight", "patron.gratitude_weight", "patron.title_weight")
PRIOR = Prior({path: PriorRange(0.0, 4.0) for path in PATHS})
CASES, WORLDS = 40, 4
CODES = np.random.default_rng(5).uniform(-2.0, 2.0, (CASES, 2))
TRUTH = np.array([3.6, 0.4])  # the third number moves nothing


def chances(draws):
    """(draws, cases) of force: the first weight speaks for it, the second against it."""
    first, second = (draws[path].to_numpy()[:, None] for path in PATHS[:2])
    return expit(first * CODES[:, 0] - second * CODES[:, 1])


def made_up(levels):
    table = pd.DataFrame(
        {"id": [f"X{number}" for number in range(CASES)], "war": range(CASES), "level": levels}
    )
    return Evidence(table, worlds=WORLDS, tie_worlds=0, years=None)


class MadeUp:
    """What a few worlds of each draw would show; what was played is kept."""

    def __init__(self, kept=None):
        self.kept, self.rounds = {} if kept is None else kept, {}

    def recall(self, number):
        return self.kept.get(number)

    def play(self, number, places):
        self.kept[number] = Generation(places, shown(number, places))
        return self.kept[number]

    of_war = None


class WithWar(MadeUp):
    """And a war that few draws make: the third number must lie in a fiftieth of its range."""

    war = MadeUpWar(ids=("third",))

    @property
    def of_war(self):
        return self

    def match(self, number, places, asked=None):
        self.rounds[number] = OnRecord(places, self.tallies(places, number))
        return self.rounds[number]

    def recall_round(self, number):
        return self.rounds.get(number)

    def met_afresh(self, places):
        return {"third": self.war.met(self.tallies(places, 1000))[:, 0]}

    def tallies(self, places, luck):
        """By the war's second number, between 1 and 1.3 but for luck."""
        return self.war.tallies(places[:, [0, 2]], np.random.default_rng(luck))


class WithYears(WithWar):
    """And years that are held against draws by the emulator alone, which learns from draws of their own."""

    of_war = None

    def __init__(self):
        super().__init__()
        self.on_years, self.years_played = {}, []

    def play_years(self, number, places):
        self.years_played.append(number)
        self.on_years[number] = OnRecord(places, self.tallies(places, 50 + number))
        return self.on_years[number]

    def recall_years(self, number):
        return self.on_years.get(number)


def shown(generation, places):
    force = np.random.default_rng(generation).binomial(WORLDS, chances(PRIOR.values(places)))
    counts = np.zeros((len(places), CASES, 5))
    counts[:, :, 0], counts[:, :, 4] = WORLDS - force, force
    names = [f"rung {rung}:X{number}" for number in range(CASES) for rung in range(5)]
    return pd.DataFrame(counts.reshape(len(places), -1), columns=names)


@pytest.fixture(scope="module")
def found():
    truth = pd.DataFrame([[*TRUTH, 2.0]], columns=list(PATHS))
    levels = np.where(np.random.default_rng(6).random(CASES) < chances(truth)[0], 4.0, 0.0)
    return estimated(PRIOR, made_up(levels), Effort(600, 300, 2), 0, MadeUp())


def test_a_truth_is_found_again(found):
    draws = found.draws
    low, high = draws.quantile(0.05), draws.quantile(0.95)
    for path, truth in zip(PATHS, TRUTH, strict=False):
        assert low[path] < truth < high[path]
        assert high[path] - low[path] < 0.75 * 3.6  # of the prior's interval
    assert high[PATHS[2]] - low[PATHS[2]] > 0.85 * 3.6  # of which nothing can be known
    assert found.sample.effective >= 300


@thorough
def test_the_years_are_learned_from_more_draws_and_leave_those_that_look_like_them(monkeypatch):
    monkeypatch.setattr(estimation, "ON_YEARS", 400)
    levels = np.where(np.random.default_rng(6).random(CASES) < 0.5, 4.0, 0.0)
    plays = WithYears()
    evidence = replace(made_up(levels), years=plays.war)
    assert evidence.terms[-1] == "record:third"
    effort = Effort(160, 50, 2)
    found = estimated(PRIOR, evidence, effort, 0, plays)
    assert plays.years_played == [0, 1]
    sizes = [len(plays.on_years[number].places) for number in (0, 1)]
    assert sizes == [400, 400]
    before = plays.war.met(plays.tallies(np.random.default_rng(1).standard_normal((4000, 3)), 7)).mean()
    after = plays.war.met(plays.tallies(found.sample.places, 7)).mean()
    assert after > 4 * before
    del plays.on_years[1]  # lost: it is played again, and nothing else
    again = estimated(PRIOR, evidence, effort, 0, plays)
    assert plays.years_played == [0, 1, 1] and len(plays.kept) == 2
    np.testing.assert_array_equal(again.sample.places, found.sample.places)


@thorough
def test_intervals_cover_nine_in_ten_made_up_truths(found):
    """Simulation-based calibration, few and cheap: 40 truths of 3 numbers, a standard error of 0.03."""
    again = recovery(found, truths=40, draws=80, seed=1)
    assert len(again.ranks) == 35  # of the first generation, those that were kept aside
    assert 0.8 <= again.covered <= 0.98
    correlated = again.table.set_index("parameter")["found_again"]
    assert correlated[PATHS[0]] > 0.5
    assert abs(correlated[PATHS[2]]) < 0.5
    assert abs(again.ranks.mean() - 0.5) < 0.12


def test_motives_are_told_by_their_claims(found):
    table = motives(found)
    by_claim = table.set_index("claim")
    assert list(by_claim.index) == ["C20", "C3", "C26"]
    assert by_claim.loc["C20", "verdict"] == SUPPORTED
    assert by_claim.loc["C3", "verdict"] == AGAINST
    assert by_claim.loc["C26", "verdict"] == UNDECIDED_MOTIVE
    draws = found.draws[PATHS[0]]
    assert by_claim.loc["C20", "posterior_median"] == pytest.approx(draws.median())
    assert by_claim.loc["C20", "larger"] == pytest.approx((draws > 2.0).mean())
    assert by_claim.loc["C20", ["prior_low", "prior_median", "prior_high"]].tolist() == [0.2, 2.0, 3.8]
    pairs = motive_correlations(found, table)
    assert len(pairs) == 3
    assert pairs["correlation"].abs().is_monotonic_decreasing
    support, against, silent, _ = in_words(table, pairs)
    assert "C20 a treaty that covers the land attacked" in support
    assert "C3 the challenger's gratitude" in against
    assert "C26" in silent


def test_of_many_pairs_only_the_closest_are_named():
    table = pd.DataFrame({"claim": [], "motive": [], "verdict": []})
    pairs = pd.DataFrame({"one": [f"M{n}" for n in range(13)], "other": "X", "correlation": 0.9})
    assert in_words(table, pairs)[-1].endswith("M9 and X (+0.90); and 3 pairs more.")


@pytest.fixture
def few_moves(monkeypatch):
    for module in (estimation, matching):
        monkeypatch.setattr(module, "MANY_MOVES", Moves(10, 30))
    monkeypatch.setattr(estimation, "FIRST_ROUNDS", 2)
    monkeypatch.setattr(estimation, "SECOND_ROUNDS", 1)


@thorough
def test_the_same_seed_finds_the_same_and_goes_on_from_what_is_there(found, few_moves):
    effort, whole = Effort(80, 50, 2), MadeUp()
    first = estimated(PRIOR, found.evidence, effort, 3, whole)
    again = estimated(PRIOR, found.evidence, effort, 3, whole)
    half = estimated(PRIOR, found.evidence, effort, 3, MadeUp({0: whole.kept[0]}))
    for other in (again, half):
        np.testing.assert_array_equal(other.places, first.places)
        np.testing.assert_array_equal(other.sample.places, first.sample.places)


def test_fewer_draws_than_the_effective_sample_are_refused():
    with pytest.raises(UserError, match="--draws 400: fewer than the effective sample asked for"):
        Effort(400, 500)


@thorough
def test_a_war_that_few_draws_make_is_made_by_the_posterior(found, few_moves):
    plays, effort = WithWar(), Effort(100, 50, 3)
    matched = estimated(PRIOR, found.evidence, effort, 0, plays)
    assert [len(one.places) for one in plays.kept.values()] == effort.sizes
    makes = plays.war.met(plays.tallies(np.random.default_rng(1).standard_normal((4000, 3)), 7)).mean()
    near = plays.war.met(plays.tallies(plays.kept[2].places, 7)).mean()
    assert near > 5 * makes  # what is emulated last is that war
    assert len(matched.places) == len(matched.seen) == 100 and matched.first == effort.sizes[0]
    draws = matched.draws
    assert matched.met["third"].shape == (104,) and matched.met["third"].mean() > 2 * makes
    assert draws[PATHS[0]].median() > 2.0 > draws[PATHS[1]].median()  # the cases count as they did
    assert draws[PATHS[0]].nunique() > 50
    assert matched.sample.effective >= 50 and len(draws) == 104
    del plays.rounds[max(plays.rounds)]
    again = estimated(PRIOR, found.evidence, effort, 0, plays)
    pd.testing.assert_frame_equal(again.draws, draws)


@pytest.mark.parametrize("draws", [50, 999, 2000])
def test_all_draws_are_played_once(draws):
    assert sum(Effort(draws, 50, 4).sizes) == draws
    assert Effort(draws, 50, 1).sizes == [draws]


@pytest.mark.parametrize("theory", THEORIES)
def test_only_what_is_not_known_is_estimated(theory):
    kinds = {info.path: info.kind for info in describe(load("karabakh-1994-2025"))}
    paths = free_numbers(theory).paths
    assert paths and {kinds[path] for path in paths} <= {"assumption", "tuned"}
    assert ("patron.threat_weight" in paths) == (theory == "balance_of_threat")
    assert ("patron.bargaining_weight" in paths) == (theory == "bargaining")
    assert ("patron.gratitude_weight" in paths) == (theory in ("article", "revised"))
    assert {"patron.cost_weight", "patron.precision"} <= set(paths)


def test_a_theory_that_is_new_has_all_estimated():
    rivals = {"patron.threat_weight", "patron.bargaining_weight"}
    assert {*free_numbers("article").paths, *rivals} == set(free_numbers("some new one").paths)


def test_places_on_the_normal_scale_spread_evenly_over_ranges():
    prior = Prior({"a": PriorRange(1.0, 100.0, "log"), "b": PriorRange(-1.0, 1.0)})
    values = prior.values(ndtri(np.array([[0.5, 0.25], [0.0, 1.0]])))
    assert values["a"].tolist() == pytest.approx([10.0, 1.0])
    assert values["b"].tolist() == pytest.approx([-0.5, 1.0])
