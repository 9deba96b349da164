"""The emulator learns chances and densities from noise, and knows how far it is off."""

import numpy as np
import pytest
from scipy.special import expit
from threadpoolctl import threadpool_info

from experiments.explore.emulator import Chances, fitted, kept_aside, one_thread

WORLDS, RUNGS = 4, 5


@pytest.fixture(scope="module")
def learned():
    dice = np.random.default_rng(0)
    reach = dice.standard_normal((8, 6)) * (dice.random((8, 6)) < 0.4)

    def chances(places):
        return expit(2.0 * places @ reach.T - 0.5)

    def density(places):
        return np.exp(-0.5 * (places[:, :2] - 0.5) ** 2)

    places = dice.standard_normal((1500, 6))
    counts = np.zeros((1500, 8, RUNGS))
    counts[:, :, 3] = dice.binomial(WORLDS, chances(places))
    counts[:, :, 1] = WORLDS - counts[:, :, 3]
    seen = density(places) * dice.gamma(WORLDS, 1.0 / WORLDS, (1500, 2))
    looked_at = dice.integers(0, 2, seen.shape).astype(float)
    seen = np.where(looked_at > 0, seen, 100.0)  # which is nowhere looked at
    tallies = np.stack([counts[:, :2, 1], counts[:, :2, 3], counts[:, :2, 0]], axis=2)
    unseen = dice.standard_normal((500, 6))
    return (
        fitted(places, counts, (seen, looked_at), Chances.learned(places, tallies, dice), dice),
        chances,
        density,
        unseen,
    )


def test_chances_are_learned_from_a_few_worlds(learned):
    emulator, chances, _, places = learned
    rungs, _, tallies = emulator.chances(places)
    assert rungs.shape == (500, 8, RUNGS)
    np.testing.assert_allclose(rungs.sum(axis=2), 1.0)
    off = np.sqrt(np.mean((rungs[:, :, 3] - chances(places)) ** 2))
    constant = np.sqrt(np.mean((chances(places).mean(axis=0) - chances(places)) ** 2))
    assert off < 0.3 * constant
    assert emulator.error == pytest.approx(off, abs=0.05)
    np.testing.assert_allclose(tallies.sum(axis=2), 1.0)
    assert np.sqrt(np.mean((tallies[:, :, 1] - chances(places)[:, :2]) ** 2)) < 0.3 * constant


def test_a_density_is_learned_as_its_mean(learned):
    emulator, _, density, places = learned
    _, dense, _ = emulator.chances(places)
    truth = density(places)
    assert np.corrcoef(dense.ravel(), truth.ravel())[0, 1] > 0.7
    assert dense.mean(axis=0) == pytest.approx(truth.mean(axis=0), rel=0.15)


def test_some_draws_are_kept_aside():
    assert 0.1 < kept_aside(700).mean() < 0.2


def test_products_of_matrices_take_one_thread():
    with one_thread():
        assert {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"} <= {1}
