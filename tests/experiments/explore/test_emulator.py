"""The emulator learns chances and densities from noise, and knows how far it is off."""

import numpy as np
import pytest
from scipy.special import expit

from experiments.explore.emulator import fitted, kept_aside

WORLDS, RUNGS = 4, 5


@pytest.fixture(scope="module")
def learned():
    dice = np.random.default_rng(0)
    reach = dice.standard_normal((8, 6)) * (dice.random((8, 6)) < 0.4)

    def chances(places):
        return expit(2.0 * places @ reach.T - 0.5)

    def density(places):
        return np.exp(-0.5 * (places[:, :2] - 0.5) ** 2)

    places = dice.standard_normal((600, 6))
    counts = np.zeros((600, 8, RUNGS))
    counts[:, :, 3] = dice.binomial(WORLDS, chances(places))
    counts[:, :, 1] = WORLDS - counts[:, :, 3]
    seen = density(places) * dice.gamma(WORLDS, 1.0 / WORLDS, (600, 2))
    more = dice.standard_normal((3000, 6))
    war = more, density(more)[:, :1] * dice.gamma(1.0, 1.0, (3000, 1))
    return fitted(places, counts, seen, war, dice), chances, density, dice.standard_normal((500, 6))


def test_chances_are_learned_from_a_few_worlds(learned):
    emulator, chances, _, places = learned
    rungs, _ = emulator.chances(places)
    assert rungs.shape == (500, 8, RUNGS)
    np.testing.assert_allclose(rungs.sum(axis=2), 1.0)
    off = np.sqrt(np.mean((rungs[:, :, 3] - chances(places)) ** 2))
    constant = np.sqrt(np.mean((chances(places).mean(axis=0) - chances(places)) ** 2))
    assert off < 0.3 * constant
    assert emulator.error == pytest.approx(off, abs=0.05)


def test_a_density_is_learned_as_its_mean(learned):
    emulator, _, density, places = learned
    _, dense = emulator.chances(places)
    truth = density(places)
    assert np.corrcoef(dense.ravel(), truth.ravel())[0, 1] > 0.7
    assert dense.mean(axis=0) == pytest.approx(truth.mean(axis=0), rel=0.15)


def test_what_is_played_alone_is_learned_from_all_its_draws(learned):
    """From five times as many draws the same thing is learned better."""
    emulator, _, density, places = learned
    truth, misfits = density(places)[:, 0], emulator.misfits.of(places)
    assert misfits.shape == (500, 1)
    few = emulator.chances(places)[1][:, 0]
    assert np.corrcoef(misfits[:, 0], truth)[0, 1] > max(np.corrcoef(few, truth)[0, 1], 0.9)


def test_some_draws_are_kept_aside():
    assert 0.1 < kept_aside(700).mean() < 0.2
