"""Three methods of sensitivity, each a design on the unit cube and a way to read the answers.

    oat     one parameter at a time, from the default: how far the outcome moves. Finds thresholds
            (ten Broeke, van Voorn and Ligtenberg 2016).
    morris  elementary effects along random paths: screens many parameters (Morris 1991; Campolongo,
            Cariboni and Saltelli 2007).
    sobol   shares of variance, alone and with all interactions (Sobol 2001; Saltelli and others 2010).

A yes or no counts as its two values. Morris's paths always cross from one to the other, and the effect is
that of the whole switch; for Sobol each has half of the points.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.explore.levers import Lever
from sim.chance import resampling_rng
from sim.quantities import Numbers

MORRIS_GRID = 4  # levels of the grid of Morris's paths; his own choice
MORRIS_STEP = MORRIS_GRID / (2 * (MORRIS_GRID - 1))  # along it, as a share of the range
REPEATS = 1000  # of the bootstrap
NORMAL = 1.959964  # standard deviations on either side that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Method:
    """A way to measure sensitivity.

    Attributes:
        name: "oat", "morris" or "sobol".
        index: the main index in words.
        counts: what a point of it is, in words.
        usual: the number of points if nothing else is asked for.
        sample: (levers, points, seed) -> (rows, levers) places on the unit cube.
        analyse: (levers, unit, means over worlds, seed) -> one row per lever: index, low, high and more.
        blocks: (levers,) -> how many rows belong together as one part of the design; 0 if it has no parts.
    """

    name: str
    index: str
    counts: str
    usual: int
    sample: Callable[[Sequence[Lever], int, int], Numbers]
    analyse: Callable[[Sequence[Lever], Numbers, Numbers, int], pd.DataFrame]
    blocks: Callable[[Sequence[Lever]], int]

    def rows(self, levers: Sequence[Lever], points: int) -> int:
        """The number of rows of a design."""
        if block := self.blocks(levers):
            return points * block
        return 1 + sum(len(_oat_values(one, points)) for one in levers)


def _problem(levers: Sequence[Lever]) -> dict[str, Any]:
    return {
        "num_vars": len(levers),
        "names": [one.path for one in levers],
        "bounds": [[0.0, 1.0]] * len(levers),
    }


def _table(levers: Sequence[Lever], index: Any, half_width: Any, **more: Any) -> pd.DataFrame:
    index, half_width = np.asarray(index, dtype=float), np.asarray(half_width, dtype=float)
    names = [one.path for one in levers]
    low = np.maximum(index - half_width, 0.0)  # neither a size nor a share is negative
    columns = {"parameter": names, "index": index, "low": low, "high": index + half_width}
    return pd.DataFrame(columns | more)


# Sobol


def _sobol_sample(levers: Sequence[Lever], points: int, seed: int) -> Numbers:
    from SALib.sample import sobol

    return np.asarray(sobol.sample(_problem(levers), points, calc_second_order=False, seed=seed))


def _sobol(levers: Sequence[Lever], _: Numbers, answers: Numbers, seed: int) -> pd.DataFrame:
    """Total indices as the main ones; beside them the first order, and what interactions add."""
    from SALib.analyze import sobol

    means = np.nanmean(answers, axis=1)
    if np.ptp(means) == 0:
        zero = np.zeros(len(levers))
        return _table(levers, zero, zero, first=zero, first_low=zero, first_high=zero, interactions=zero)
    found = sobol.analyze(
        _problem(levers),
        means,
        calc_second_order=False,
        num_resamples=REPEATS,
        seed=seed + 1,  # SALib takes 0 for no seed
    )
    first, width = found["S1"], found["S1_conf"]
    return _table(
        levers,
        found["ST"],
        found["ST_conf"],
        first=first,
        first_low=first - width,
        first_high=first + width,
        interactions=found["ST"] - first,
    )


# Morris


def _morris_sample(levers: Sequence[Lever], points: int, seed: int) -> Numbers:
    from SALib.sample import morris

    return np.asarray(morris.sample(_problem(levers), points, num_levels=MORRIS_GRID, seed=seed))


def _morris(levers: Sequence[Lever], unit: Numbers, answers: Numbers, seed: int) -> pd.DataFrame:
    """Mean size of the effect of the whole range; beside it the mean with its sign, and the spread."""
    from SALib.analyze import morris

    means = np.nanmean(answers, axis=1)
    found = morris.analyze(
        _problem(levers), unit, means, num_resamples=REPEATS, num_levels=MORRIS_GRID, seed=seed
    )
    # SALib divides a step's effect by its share of the range; a switch has gone the whole way.
    whole = np.where([one.is_switch for one in levers], MORRIS_STEP, 1.0)
    mean, size, spread, width = (
        np.asarray(found[name], dtype=float) * whole for name in ("mu", "mu_star", "sigma", "mu_star_conf")
    )
    return _table(levers, size, width, mean=mean, spread=spread)


# One at a time


def _oat_values(one: Lever, points: int) -> Numbers:
    return np.array([0.0, 1.0]) if one.is_switch else np.linspace(0.0, 1.0, points)


def _oat_sample(levers: Sequence[Lever], points: int, _: int) -> Numbers:
    """First the default, then each lever from low to high while the others stay."""
    default = np.clip([one.place(one.default) for one in levers], 0.0, 1.0)
    rows = [default]
    for place, one in enumerate(levers):
        for value in _oat_values(one, points):
            row = default.copy()
            row[place] = value
            rows.append(row)
    return np.array(rows)


def _oat(levers: Sequence[Lever], unit: Numbers, answers: Numbers, seed: int) -> pd.DataFrame:
    """How far the outcome moves over a lever's range; beside it the signed change and the steepest part."""
    known, worlds = ~np.isnan(answers), answers.shape[1]
    means = np.nanmean(answers, axis=1)
    drawn = resampling_rng(seed).multinomial(worlds, np.full(worlds, 1 / worlds), REPEATS).T
    again = np.where(known, answers, 0.0) @ drawn / (known @ drawn)  # (rows, repeats): worlds drawn again
    columns: dict[str, list[float]] = {}
    for one, rows in zip(levers, _oat_parts(levers, unit), strict=True):
        curve, values = means[rows], one.values(unit[rows, levers.index(one)])
        steps = np.abs(np.diff(curve))
        if np.isnan(steps).all():  # unknown all along
            curve, steps = np.zeros_like(curve), np.zeros_like(steps)
        steepest, top, bottom = (int(place) for place in
                                 (np.nanargmax(steps), np.nanargmax(curve), np.nanargmin(curve)))  # fmt: skip
        whole = curve[top] - curve[bottom]
        swing = np.nan_to_num(again[rows][top] - again[rows][bottom])
        facts = {
            "index": whole,
            "low": np.quantile(swing, 0.025),
            "high": np.quantile(swing, 0.975),
            "change": curve[-1] - curve[0],
            "at_low": curve[0],
            "at_high": curve[-1],
            "steepest_from": values[steepest],
            "steepest_to": values[steepest + 1],
            "steepest_share": steps[steepest] / whole if whole > 0 else np.nan,
        }
        for name, value in facts.items():
            columns.setdefault(name, []).append(float(value))
    return pd.DataFrame({"parameter": [one.path for one in levers], **columns})


def _oat_parts(levers: Sequence[Lever], unit: Numbers) -> list[slice]:
    """The rows of each lever's curve."""
    switches = sum(one.is_switch for one in levers)
    points = (len(unit) - 1 - 2 * switches) // max(len(levers) - switches, 1)
    parts, first = [], 1
    for one in levers:
        last = first + len(_oat_values(one, points))
        parts.append(slice(first, last))
        first = last
    return parts


def curves(levers: Sequence[Lever], unit: Numbers, answers: Numbers) -> dict[str, pd.DataFrame]:
    """For a one-at-a-time design: parameter -> value, mean, and low and high of its 95 % interval.

    The interval is that of the difference from the default in the same worlds, around the mean.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        means = np.nanmean(answers, axis=1)
        apart = answers - answers[0]
        error = NORMAL * np.nanstd(apart, axis=1, ddof=1) / np.sqrt((~np.isnan(apart)).sum(axis=1))
    error = np.nan_to_num(error)
    found = {}
    for place, (one, rows) in enumerate(zip(levers, _oat_parts(levers, unit), strict=True)):
        found[one.path] = pd.DataFrame(
            {
                "value": one.values(unit[rows, place]),
                "mean": means[rows],
                "low": means[rows] - error[rows],
                "high": means[rows] + error[rows],
            }
        )
    return found


METHODS = {
    "oat": Method(
        "oat",
        "how far the outcome moves over the range, all else at its default",
        "values a parameter",
        9,
        _oat_sample,
        _oat,
        lambda levers: 0,
    ),
    "morris": Method(
        "morris",
        "mean size of the effect of the whole range (mu*)",
        "paths",
        20,
        _morris_sample,
        _morris,
        lambda levers: len(levers) + 1,
    ),
    "sobol": Method(
        "sobol",
        "share of the variance, interactions included (total index)",
        "base points",
        256,
        _sobol_sample,
        _sobol,
        lambda levers: len(levers) + 2,
    ),
}
