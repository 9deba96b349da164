"""Matching: of many draws those are kept that make a war, and they end at a posterior that is known."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy.stats import norm

from experiments.explore import matching
from experiments.explore.matching import Matched, OnRecord, Proposal, Rounds
from experiments.explore.tempering import POPULATIONS, Moves
from experiments.shares import in_percent
from tests.thorough import thorough

SEEN, ERROR = 1.0, 0.5  # of the first number, by all other evidence
FROM, TO, LUCK = 1.0, 1.3, 0.2  # where the second must lie, but for luck


def by_other(places):
    return norm.logpdf(SEEN, places[:, 0], ERROR)


@dataclass(frozen=True)
class MadeUpWar:
    """A pattern that the second number makes, of which luck is a part; and one that no draw ever makes."""

    worlds: int = 4
    ids: tuple[str, ...] = ("second", "never")

    def tallies(self, places, dice):
        values = places[:, 1, None] + LUCK * dice.standard_normal((len(places), self.worlds))
        counts = np.zeros((len(places), len(self.ids), 3))
        counts[:, 0, 0], counts[:, 0, 2] = (values < FROM).sum(axis=1), (values > TO).sum(axis=1)
        counts[:, 0, 1] = self.worlds - counts[:, 0].sum(axis=1)
        counts[:, 1:, 2] = self.worlds
        return counts

    def met(self, tallies):
        return tallies[..., 1] > self.worlds / 2

    def log_chances(self, chances):
        return 4.0 * np.log(np.maximum(chances[..., 1], 1e-8))


@dataclass
class Kept:
    """Plays and keeps rounds."""

    war: MadeUpWar = field(default_factory=MadeUpWar)
    rounds: dict[int, OnRecord] = field(default_factory=dict)
    asked: dict[int, np.ndarray | None] = field(default_factory=dict)
    played: int = 0

    def match(self, number, places, asked=None):
        self.played += 1
        self.asked[number] = asked
        self.rounds[number] = OnRecord(places, self.war.tallies(places, np.random.default_rng(number)))
        return self.rounds[number]

    def recall_round(self, number):
        return self.rounds.get(number)


def run(plays, told, effective=150):
    rounds = Rounds(plays, effective, 0, told.append)
    rounds.begin(np.random.default_rng(9).standard_normal((effective * 2, 4)))
    rounds.learn(by_other, 2)
    return rounds.matched(by_other)


@pytest.fixture(scope="module")
def found():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MANY_MOVES", Moves(10, 40))
        told = []
        plays = Kept(MadeUpWar(ids=("second",)))
        yield run(plays, told), plays, told


def test_the_posterior_is_the_one_known(found):
    """By brute force: a million draws of the prior, weighed, of which those are kept that make the war."""
    matched, _, _ = found
    dice = np.random.default_rng(4)
    places = np.stack(
        [norm.rvs(0.8, 0.2**0.5, 200_000, random_state=5), dice.standard_normal(200_000)], axis=1
    )
    war = MadeUpWar(ids=("second",))
    truth = places[war.met(war.tallies(places, dice))[:, 0]]
    draws = matched.drawn(600, dice)
    assert draws.shape == (600, 4)
    assert draws[:, :2].mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=0.08)
    assert draws[:, :2].std(axis=0) == pytest.approx(truth.std(axis=0), rel=0.2)
    assert draws[:, 2:].std(axis=0) == pytest.approx(1.0, abs=0.15)
    assert 150 <= matched.effective <= (matched.weights > 0).sum()
    assert abs(np.corrcoef(np.arange(600), draws[:, 0])[0, 1]) < 0.15  # in no order


def test_only_draws_that_make_the_war_are_kept(found):
    matched, plays, told = found
    last = [plays.rounds[number] for number in sorted(plays.rounds)][3:]
    made = np.concatenate([plays.war.met(one.tallies)[:, 0].reshape(POPULATIONS, -1) for one in last], axis=1)
    np.testing.assert_array_equal(matched.weights > 0, made)
    assert 0.1 < made.mean() < 0.9
    assert told[-1].endswith(f"they are worth {matched.effective:,.0f}")
    assert f"{in_percent(made[:, -75:].mean())} of 600 draws" in told[-1]


def test_a_poor_emulator_costs_draws_and_does_not_bend_what_is_found():
    """Proposed by nothing, or all too readily on one side: what is kept has the same middle."""
    war, dice = MadeUpWar(ids=("second",)), np.random.default_rng(6)

    class Slanted(Proposal):
        def for_the_war(self, places):
            return self.dice * places[:, 1]

    places = dice.standard_normal((8000, 2))
    middles, worths = [], []
    for slant in (0.0, 1.5):
        shifted = places + np.array(
            [0.0, slant]
        )  # a normal, tilted by exp(slant x), is one that is shifted by slant
        tried = OnRecord(shifted, war.tallies(shifted, dice))
        matched = Matched.of(Slanted(war, by_other, np.array([True]), (), slant), [tried])
        middles.append(matched.drawn(2000, dice)[:, 1].mean())
        kept = matched.weights[matched.weights > 0]
        worths.append(kept.sum() ** 2 / (kept**2).sum() / kept.size)
    assert middles[0] == pytest.approx(middles[1], abs=0.03)
    assert worths[1] < worths[0] == pytest.approx(1.0)


@thorough
def test_what_a_theory_does_not_come_to_is_not_asked_for(monkeypatch):
    monkeypatch.setattr(matching, "MANY_MOVES", Moves(10, 20))
    told = []
    matched = run(Kept(), told, effective=50)
    assert (matched.weights > 0).any()
    assert f"{in_percent(0.0)} of 200 draws make the war of 2020" in told[0] and "but for" not in told[0]
    assert "make the war of 2020 but for never;" in told[-1]
    assert matched.not_asked == ("never",)


class LuckyOnce(Kept):
    """In the last round that is learned from, all draws make what none makes afterwards."""

    def match(self, number, places, asked=None):
        round = super().match(number, places, asked)
        if number == 2:
            round.tallies[:, 1] = [0, self.war.worlds, 0]
        return round


@thorough
def test_what_it_turns_out_not_to_come_to_is_not_asked_for_either(monkeypatch):
    monkeypatch.setattr(matching, "MANY_MOVES", Moves(10, 20))
    told, plays = [], LuckyOnce()
    matched = run(plays, told, effective=50)
    assert matched.not_asked == ("never",) and (matched.weights > 0).any()
    asked = [one if one is None else one.tolist() for one in plays.asked.values()]
    assert asked == [None] * 5 + [[True, False]] * (len(asked) - 5)  # the first of them is learned from
    assert len(told) == len(plays.rounds) - 2  # the first of the last rounds was in vain, and is not told


@thorough
def test_rounds_that_were_played_are_not_played_again(monkeypatch):
    monkeypatch.setattr(matching, "MANY_MOVES", Moves(10, 20))
    plays, first, again = Kept(), [], []
    whole = run(plays, first, effective=50)
    count = plays.played
    del plays.rounds[max(plays.rounds)], plays.rounds[1]
    other = run(plays, again, effective=50)
    assert plays.played == count + 2
    np.testing.assert_array_equal(other.places, whole.places)
    np.testing.assert_array_equal(other.weights, whole.weights)
    assert again == first


def test_no_draw_that_makes_the_war_is_worth_nothing():
    nothing = Matched(np.ones((POPULATIONS, 3, 2)), np.zeros((POPULATIONS, 3)), np.array([True]))
    assert nothing.effective == 0.0
