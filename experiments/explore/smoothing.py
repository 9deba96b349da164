"""Smoothed weights: the largest of some importance weights, taken from a Pareto distribution fitted to them.

By Vehtari, Gelman and Gabry (2017); the fit is that of Zhang and Stephens (2009). ArviZ does the same (a test
compares ours with it), but brings in xarray, HDF5 and four more packages for sixty lines.
"""

import numpy as np
from scipy.special import logsumexp, softmax

from sim.quantities import Numbers

HEAVY_TAIL = 0.7  # shape of the Pareto tail from which the smoothed weights are unreliable
SMALLEST_TAIL = 5  # weights, below which nothing is smoothed


def smoothed(logs: Numbers) -> tuple[Numbers, float]:
    """Log weights that add up to one, the largest of them smoothed, and the shape of their tail.

    >>> logs, shape = smoothed(np.zeros(50))
    >>> bool(np.allclose(logs, -np.log(50)))
    True
    """
    logs = logs - logs.max()
    count = int(min(0.2 * logs.size, 3.0 * np.sqrt(logs.size)))
    order = np.argsort(logs, kind="stable")
    tail = order[-count:]
    cut = logs[order[-count - 1]] if count < logs.size else -np.inf
    shape = float("nan")
    above = np.exp(logs[tail]) - np.exp(cut)
    if count >= SMALLEST_TAIL and above[-1] > np.finfo(float).eps:
        shape, scale = pareto_fit(np.maximum(above, np.finfo(float).tiny))
        middle = (np.arange(count) + 0.5) / count
        far = -np.log1p(-middle) if abs(shape) < 1e-6 else np.expm1(-shape * np.log1p(-middle)) / shape
        logs = logs.copy()
        logs[tail] = np.minimum(np.log(scale * far + np.exp(cut)), 0.0)
    return logs - logsumexp(logs), shape


def pareto_fit(above: Numbers) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution, from sorted values above 0."""
    count, guesses = above.size, 30 + int(np.sqrt(above.size))
    quarter = above[max(int(count / 4 + 0.5) - 1, 0)]
    ranks = np.arange(1, guesses + 1)
    rates = 1.0 / above[-1] + (1.0 - np.sqrt(guesses / (ranks - 0.5))) / (3.0 * quarter)
    shapes = np.log1p(-rates[:, None] * above).mean(axis=1)
    fits = count * (np.log(-rates / shapes) - shapes - 1.0)
    rate = float((softmax(fits) * rates).sum())
    shape = float(np.log1p(-rate * above).mean())
    weak = (count * shape + 10 * 0.5) / (count + 10)  # a weak prior at one half, as in the source
    return weak, -shape / rate
