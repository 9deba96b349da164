"""Smoothed weights, against what is known of them and against another program."""

import numpy as np
import pytest
from scipy.stats import genpareto, norm

from experiments.explore.smoothing import HEAVY_TAIL, pareto_fit, smoothed


def test_the_tail_is_that_of_the_weights():
    above = np.sort(genpareto(0.4, scale=2.0).rvs(4000, random_state=1))
    shape, scale = pareto_fit(above)
    assert shape == pytest.approx(0.4, abs=0.06)
    assert scale == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize(
    ("seed", "spread", "count", "shape", "largest", "squares"),
    [
        (2, 3.0, 1000, 1.540, 0.14178, 0.07734),
        (3, 1.0, 1000, 0.369, 0.01623, 0.002624),
        (4, 0.5, 400, 0.095, 0.008786, 0.003202),
    ],
)
def test_smoothed_weights_are_those_of_arviz(seed, spread, count, shape, largest, squares):
    """psislw of ArviZ 0.23.4 on the same numbers; its tail is a weight longer or shorter."""
    logs = spread * np.random.default_rng(seed).standard_normal(count)
    weights, found = smoothed(logs)
    assert found == pytest.approx(shape, abs=0.015)
    assert np.exp(weights).sum() == pytest.approx(1.0)
    assert np.exp(weights).max() == pytest.approx(largest, rel=2e-3)
    assert np.exp(2 * weights).sum() == pytest.approx(squares, rel=2e-3)
    assert (np.diff(weights[np.argsort(logs)]) >= -1e-12).all()


def test_a_normal_left_out_is_found_as_if_it_had_not_been_seen():
    """One number, seen 12 times: its posterior without one of them is known."""
    dice = np.random.default_rng(3)
    seen = dice.normal(0.8, 1.0, 12)
    draws = dice.normal(seen.sum() / 13, 13**-0.5, 4000)
    weights, shape = smoothed(-norm.logpdf(seen[0], draws, 1.0))
    assert np.exp(weights) @ draws == pytest.approx(seen[1:].sum() / 12, abs=0.02)
    assert shape < HEAVY_TAIL
