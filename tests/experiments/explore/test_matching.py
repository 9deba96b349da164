"""Matching: draws end at a posterior that is known, and all other evidence counts."""

import numpy as np
import pytest
from scipy.stats import norm

from experiments.explore.matching import Matched, effective_of_relatives, next_round
from experiments.explore.tempering import sampled

OTHER, PLAYED = (1.0, 0.5), (-1.2, 0.1)  # what was seen of two numbers, and its error
OF_LUCK = 0.08  # of the error of the second


def by_other(places):
    return norm.logpdf(OTHER[0], places[:, 0], OTHER[1])


def known(seen, error):
    """Mean and standard deviation of the posterior of a standard normal."""
    return seen / error**2 / (1.0 + 1.0 / error**2), (1.0 + 1.0 / error**2) ** -0.5


def rounds(places, log_likelihood, fit, dice, more=6):
    now = Matched.before(places)
    while now.temper < 1.0:
        now = next_round(now, log_likelihood, fit, dice, moves=8)
    for _ in range(more):
        now = next_round(now, log_likelihood, fit, dice, moves=8)
    return now


def test_the_posterior_is_the_one_known():
    """The number is seen with an error, most of which is the luck of the world that is played."""

    def fit(places, luck):
        by_luck = OF_LUCK * norm.ppf((luck + 0.5) / 1000)
        return -0.5 * ((places[:, 1] + by_luck - PLAYED[0]) / (PLAYED[1] ** 2 - OF_LUCK**2) ** 0.5) ** 2

    dice = np.random.default_rng(1)
    before = sampled(by_other, 6, 500, dice, moves=20)
    now = rounds(before.places[dice.permutation(1000)], by_other, fit, dice)
    means, spreads = zip(known(*OTHER), known(*PLAYED), *[(0.0, 1.0)] * 4, strict=True)
    assert now.places.shape == (1000, 6) and set(now.luck) <= set(range(1000))
    assert now.places.mean(axis=0) == pytest.approx(means, abs=0.1)
    assert now.places.std(axis=0) == pytest.approx(spreads, abs=0.1)
    assert now.places[:, 1].std() == pytest.approx(spreads[1], rel=0.25)
    np.testing.assert_allclose(now.shown, fit(now.places, now.luck))
    assert np.unique(now.luck).size > 250
    assert now.shown.mean() == pytest.approx(-0.5, abs=0.1)  # as of a normal error: luck is chosen, too
    assert 2 < np.unique(now.lineage).size < 800
    assert 200 < now.effective <= 1000


def test_only_what_is_likely_by_other_evidence_is_played():
    """It allows a tenth of the range of each number: nothing far from that is ever asked about."""
    asked = []

    def narrow(places):
        return norm.logpdf(0.0, places, 0.1).sum(axis=1)

    def fit(places, luck):
        asked.append(places)
        return np.zeros(len(places))

    dice = np.random.default_rng(2)
    before = sampled(narrow, 4, 100, dice, moves=20)
    now = rounds(before.places, narrow, fit, dice, more=1)
    assert len(asked[0]) == len(before.places) == 200
    assert np.abs(np.concatenate(asked)).max() < 0.6
    assert 0.05 < now.places.std() < 0.15
    assert np.abs(np.corrcoef(before.places[now.lineage, 0], now.places[:, 0])[0, 1]) < 0.5  # moved on


def test_relatives_that_are_alike_are_worth_little():
    """Ten lineages of thirty: alike, related by half, and not related at all."""
    dice, lineage = np.random.default_rng(3), np.repeat(np.arange(10), 30)
    of_lineage, own = dice.standard_normal((10, 50))[lineage], dice.standard_normal((300, 50))
    assert effective_of_relatives(of_lineage, lineage) == pytest.approx(10.0)
    assert effective_of_relatives(of_lineage + own, lineage) == pytest.approx(300 / (1 + 29 / 2), rel=0.3)
    assert effective_of_relatives(own, lineage) > 100
    own[:, :5] = of_lineage[:, :5]  # a tenth of the numbers has not moved at all
    assert effective_of_relatives(own, lineage) == pytest.approx(10.0)
    own = dice.standard_normal((300, 50))
    assert effective_of_relatives(own, np.zeros(300, int)) == 1.0
    assert effective_of_relatives(own, np.arange(300)) == 300.0
