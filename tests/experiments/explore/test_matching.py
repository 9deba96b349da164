"""Matching: draws end at a posterior that is known, and what was emulated counts."""

import numpy as np
import pytest
from scipy.stats import norm

from experiments.explore.matching import effective_of_relatives, matched
from experiments.explore.tempering import sampled

EMULATED, PLAYED = (
    (1.0, 0.5),
    (-1.2, 0.1),
)  # what was seen of two numbers, and its error


def log_likelihood(places):
    return norm.logpdf(EMULATED[0], places[:, 0], EMULATED[1])


def roughly(places):
    """What the emulator says of the played part: that it is somewhere below."""
    return norm.logpdf(-0.5, places[:, 1], 1.0)


def known(seen, error):
    """Mean and standard deviation of the posterior of a standard normal."""
    return seen / error**2 / (1.0 + 1.0 / error**2), (1.0 + 1.0 / error**2) ** -0.5


def test_the_posterior_is_the_one_known():
    numbers = []

    def fit(places, of):
        numbers.extend(of.tolist())
        return -0.5 * ((places[:, 1] - PLAYED[0]) / PLAYED[1]) ** 2

    dice = np.random.default_rng(1)
    before = sampled(lambda of: log_likelihood(of) + roughly(of), 6, 500, dice, moves=20)
    start = before.places[dice.permutation(1000)]
    places, lineage = matched(start, log_likelihood, roughly, fit, dice, moves=(6, 80))
    means, spreads = zip(known(*EMULATED), known(*PLAYED), *[(0.0, 1.0)] * 4, strict=True)
    assert places.shape == before.places.shape == (1000, 6)
    assert places.mean(axis=0) == pytest.approx(means, abs=0.1)
    assert places.std(axis=0) == pytest.approx(spreads, abs=0.1)
    assert places[:, 1].std() == pytest.approx(spreads[1], rel=0.25)
    assert numbers == list(range(len(numbers)))
    assert 2 < np.unique(lineage).size < 500
    assert 200 < effective_of_relatives(places, lineage) <= 1000


def test_what_is_unlikely_by_the_emulator_is_hardly_played():
    """Where it allows a tenth of the range of each number, few of the tried places are asked about."""
    asked = []

    def narrow(places):
        return norm.logpdf(0.0, places, 0.1).sum(axis=1)

    def fit(places, of):
        asked.append(len(places))
        return np.zeros(len(places))

    dice = np.random.default_rng(2)
    before = sampled(narrow, 4, 100, dice, moves=20)
    places, _ = matched(before.places, narrow, lambda of: np.zeros(len(of)), fit, dice, moves=(5, 10))
    assert asked[0] == len(before.places) == 200
    assert np.mean(asked[1:]) < 100
    assert np.abs(places).mean() < 0.15


def test_relatives_that_are_alike_are_worth_little():
    """Ten lineages of thirty: alike, related by half, and not related at all."""
    dice, lineage = np.random.default_rng(3), np.repeat(np.arange(10), 30)
    of_lineage, own = dice.standard_normal((10, 50))[lineage], dice.standard_normal((300, 50))
    assert effective_of_relatives(of_lineage, lineage) == pytest.approx(10.0)
    assert effective_of_relatives(of_lineage + own, lineage) == pytest.approx(300 / (1 + 29 / 2), rel=0.3)
    assert effective_of_relatives(own, lineage) > 150
    assert effective_of_relatives(own, np.zeros(300, int)) == 1.0
    assert effective_of_relatives(own, np.arange(300)) == 300.0
