"""Tempering: draws of a posterior that is known, and the evidence."""

from threading import current_thread

import numpy as np
import pytest
from scipy.stats import norm

from experiments.explore import tempering
from experiments.explore.tempering import Ellipses, effective, effective_of, moved, moved_on, picks, sampled

SEEN, ERROR = np.array([1.5, -0.5, 0.0]), np.array([0.5, 1.0, 20.0])


def log_likelihood(places):
    """Each number is seen with an error of its own: the posterior is a normal that is known."""
    return norm.logpdf(SEEN, places, ERROR).sum(axis=1)


def test_the_posterior_and_the_evidence_are_those_known():
    found = sampled(log_likelihood, 3, 1000, np.random.default_rng(1))
    precision = 1.0 + 1.0 / ERROR**2
    assert found.places.shape == (2000, 3)
    assert found.places.mean(axis=0) == pytest.approx(SEEN / ERROR**2 / precision, abs=0.08)
    assert found.places.std(axis=0) == pytest.approx(precision**-0.5, abs=0.05)
    known = norm.logpdf(SEEN, 0.0, np.sqrt(1.0 + ERROR**2)).sum()
    assert found.log_evidence.mean() == pytest.approx(known, abs=0.15)
    assert found.effective > 400


def test_a_move_leaves_the_posterior_as_it_is():
    """From draws of the posterior itself, ten moves later they are so still, and elsewhere."""
    dice, precision = np.random.default_rng(2), 1.0 + 1.0 / ERROR**2
    before = SEEN / ERROR**2 / precision + dice.standard_normal((4000, 3)) * precision**-0.5
    places, logs = before, log_likelihood(before)
    for _ in range(10):
        places, logs = moved(places, logs, log_likelihood, 1.0, Ellipses.around(before), dice)
    np.testing.assert_allclose(logs, log_likelihood(places))
    assert places.mean(axis=0) == pytest.approx(SEEN / ERROR**2 / precision, abs=0.06)
    assert places.std(axis=0) == pytest.approx(precision**-0.5, abs=0.04)
    for now, then in zip(places.T, before.T, strict=True):
        assert abs(np.corrcoef(now, then)[0, 1]) < 0.4


def test_of_many_numbers_draws_get_about_that_ellipses_of_the_prior_would_leave_where_they_are():
    dice, size, error = np.random.default_rng(8), 60, 0.4
    seen, precision = dice.standard_normal(size), 1.0 + 1.0 / error**2
    before = seen / error**2 / precision + dice.standard_normal((1000, size)) * precision**-0.5

    def of_many(places):
        return norm.logpdf(seen, places, error).sum(axis=1)

    def after(around):
        places, logs = before, of_many(before)
        for _ in range(10):
            places, logs = moved(places, logs, of_many, 1.0, around, dice)
        assert places.mean(axis=0) == pytest.approx(seen / error**2 / precision, abs=0.06)
        assert places.std(axis=0) == pytest.approx(precision**-0.5, abs=0.05)
        return np.mean([np.corrcoef(now, then)[0, 1] for now, then in zip(places.T, before.T, strict=True)])

    assert after(Ellipses.around(before)) < 0.15
    assert after(Ellipses(np.zeros(size), np.eye(size))) > 0.6


def test_ellipses_fit_many_draws_and_of_a_few_believe_little():
    dice = np.random.default_rng(9)
    root = np.array([[2.0, 0.0], [1.5, 0.5]])
    many = np.array([1.0, -2.0]) + dice.standard_normal((20_000, 2)) @ root.T
    found = Ellipses.around(many)
    np.testing.assert_allclose(found.middle, [1.0, -2.0], atol=0.05)
    np.testing.assert_allclose(found.root, root, atol=0.05)
    np.testing.assert_allclose(found.places(found.plain(many)), many)
    one = Ellipses.around(many[:1])
    np.testing.assert_allclose(one.root @ one.root.T, np.eye(2) * 2 / 3)


def test_threads_share_the_draws_of_a_move_and_change_nothing(monkeypatch):
    before, seen_by = np.random.default_rng(4).standard_normal((2000, 3)), []

    def heard(places):
        seen_by.append((len(places), current_thread()))
        return log_likelihood(places)

    shared = moved_on(before, heard, np.random.default_rng(6), moves=3)
    first, *others = seen_by
    assert first == (2000, current_thread()), "what is learned when it is first asked is learned once"
    assert max(count for count, _ in others) == tempering.MOST_AT_ONCE
    assert sum(thread is not current_thread() for _, thread in others) >= 3 * 4
    monkeypatch.setattr(tempering, "FEWEST_SHARED", 10**9)
    alone = moved_on(before, log_likelihood, np.random.default_rng(6), moves=3)
    np.testing.assert_array_equal(shared, alone)


def test_populations_that_disagree_are_worth_little():
    dice = np.random.default_rng(3)
    alike = dice.standard_normal((8, 100, 20))
    apart = alike + dice.standard_normal((8, 1, 20))
    equal = np.ones((8, 100))
    assert 400 < effective_of(alike, equal) <= 800
    assert effective_of(apart, equal) < 40
    half = np.arange(100) % 2 * equal
    assert 200 < effective_of(alike, half) <= 400
    assert effective_of(np.where(half[:, :, None] > 0, alike, apart), half) == effective_of(alike, half)
    assert effective_of(alike, 0.0 * equal) == 0.0


def test_draws_that_are_moved_on_stay_draws_of_the_posterior():
    dice, precision = np.random.default_rng(5), 1.0 + 1.0 / ERROR**2
    before = SEEN / ERROR**2 / precision + dice.standard_normal((2000, 3)) * precision**-0.5
    after = moved_on(before, log_likelihood, dice, moves=5)
    assert after.mean(axis=0) == pytest.approx(SEEN / ERROR**2 / precision, abs=0.08)
    assert (after != before).all()


def test_an_effective_sample_counts_equal_weights():
    assert effective(np.log([0.5, 0.5, 1e-12])) == pytest.approx(2.0)
    counted = np.bincount(picks(np.log([0.1, 0.2, 0.7]), 100, np.random.default_rng(4)))
    assert np.abs(counted - [10, 20, 70]).max() <= 1
