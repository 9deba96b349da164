"""What do the factors of a design do to an outcome, in numbers?

A number with few values, a theory or a set of claims left out counts as a category. A yes or no is counted
as its share of worlds, a name as the share of the commonest, a date over the worlds where it came.
"""

import textwrap
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from experiments.figures.style import PLAIN_WORDS, Numbers, as_days
from sim.chance import Luck
from sim.errors import UserError, nearest
from sim.measures import OUTCOMES
from sim.runs.results import ResultFolder
from sim.scenarios.parameters import YES_NO
from sim.scenarios.scenario import ParameterInfo, describe

SHARE = "share of worlds"
FEW = 4  # values up to which a number counts as a category
MOST_PLACES = 40  # along an axis; points that are closer are put together
ENOUGH = 20  # worlds for a band
FULL = 0.8  # share of the cells of a grid that must hold a point
BINS, POINTS_A_BIN = 8, 5  # of a number with many values, for its main effect
REPEATS, FEWEST_REPEATS = 500, 50  # of the bootstrap
MOST_DRAWN, DRAWN_AT_ONCE = 20_000_000, 2_000_000  # points, over all its repeats and at once
TAIL = 1.645  # standard deviations on either side that hold 90 % of a normal distribution
QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


@dataclass(frozen=True)
class Factor:
    """What was varied.

    Attributes:
        name: a parameter path, "theory" or "without".
        values: by point.
        info: of the parameter; None for a choice of rules.
    """

    name: str
    values: "pd.Series[Any]"
    info: ParameterInfo | None = None

    @cached_property
    def levels(self) -> list[Any]:
        """Its values, each once: numbers by size, the rest in the order of the design."""
        found = list(self.values.unique())
        return sorted(found) if self.info else found

    @property
    def is_category(self) -> bool:
        """Whether it is shown as a category."""
        return self.info is None or len(self.levels) <= FEW or self.info.unit == YES_NO

    def label(self, letters: int) -> str:
        """For an axis: meaning, path and unit, in lines of so many letters."""
        if self.info is None:
            return {"theory": "theory of the patron's choice", "without": "claims left out"}[self.name]
        path = "\n".join(textwrap.wrap(f"{self.name}, {self.info.unit}", letters))
        return "\n".join([*textwrap.wrap(self.info.meaning, letters), path])

    @property
    def one_line(self) -> str:
        """For a title: meaning, path and unit."""
        return self.label(1000).replace("\n", " \N{MIDDLE DOT} ")

    def word(self, value: Any) -> str:
        """A value, to be read."""
        if self.info is None:
            return str(value).strip().replace("_", " ") or ("none" if self.name == "without" else "(empty)")
        return ("no", "yes")[int(value)] if self.info.unit == YES_NO else f"{value:.4g}"


@dataclass(frozen=True)
class Outcome:
    """What is shown against the factors.

    Attributes:
        name: of its column.
        title: what it is, in plain words.
        unit: of its values.
        values: a number a world: a date as days since 1970, yes as 1, no as 0.
        names: a name a world, if it is one; then `values` says whether it is the commonest.
        commonest: that name.
    """

    name: str
    title: str
    unit: str
    values: "pd.Series[float]"
    names: "pd.Series[str] | None" = None
    commonest: str = ""

    @property
    def is_date(self) -> bool:
        """Whether it is a date."""
        return self.unit == "date"

    @property
    def is_share(self) -> bool:
        """Whether each world has only yes or no."""
        return self.unit == SHARE

    @property
    def mean_told(self) -> str:
        """What a mean over worlds is called."""
        return {"date": "mean date", SHARE: SHARE}.get(self.unit, f"mean, {self.unit}")

    def word(self, value: float) -> str:
        """A value, to be read."""
        if not np.isfinite(value):
            return "-"
        return day_word(value) if self.is_date else number_word(value)


@dataclass(frozen=True)
class Sweep:
    """A run over a design: its folder, what was varied, and to which point each world belongs."""

    folder: ResultFolder
    factors: tuple[Factor, ...]

    @property
    def points(self) -> int:
        """How many points the design has."""
        return len(self.factors[0].values)

    @property
    def worlds(self) -> int:
        """How many worlds each has."""
        return int(self.folder.manifest.plan["worlds"])

    @cached_property
    def point(self) -> "pd.Series[int]":
        """The point of each world."""
        return self.folder.worlds["point"]

    def at_worlds(self, factor: Factor) -> "pd.Series[Any]":
        """The value of a factor in each world."""
        return self.point.map(factor.values)

    def means(self, outcome: Outcome) -> "pd.Series[float]":
        """The mean of an outcome at each point; NaN where it is not known."""
        return outcome.values.groupby(self.point).mean().reindex(range(self.points))

    def is_grid(self) -> bool:
        """Whether the points fill every combination of the factors' values, or nearly."""
        return prod(len(factor.levels) for factor in self.factors) * FULL <= self.points


def factors_of(folder: ResultFolder) -> tuple[Factor, ...]:
    """What varies between the points of a folder."""
    known = {info.path: info for info in describe(folder.scenario)}
    design: dict[str, list[Any]] = folder.manifest.plan.get("design") or {}
    factors = [Factor(name, pd.Series(values), known.get(name)) for name, values in design.items()]
    return tuple(factor for factor in factors if len(factor.levels) > 1)


def outcome_of(folder: ResultFolder, name: str) -> Outcome:
    """An outcome by its name, or `fell_` and a region's id.

    Raises:
        UserError: there is none of that name.
    """
    measures = {measure.name: (measure.unit, measure.meaning) for measure in OUTCOMES}
    for region in folder.scenario.regions.region:
        measures[f"fell_{region.id}"] = ("date", f"when the larger part of {region.name} is lost")
    known = [name for name in measures if name in folder.worlds]
    if name not in known:
        raise UserError(f"unknown outcome '{name}': {nearest(name, known)}")
    (unit, meaning), column = measures[name], folder.worlds[name]
    title = meaning[0].upper() + meaning[1:]
    if unit == "name":
        names = column.astype(str).map(lambda word: PLAIN_WORDS.get(word, word.replace("_", " ")))
        commonest = names.value_counts().sort_index(kind="stable").idxmax()
        return Outcome(name, title, SHARE, (names == commonest).astype(float), names, str(commonest))
    if unit == "date":
        days = np.where(column.isna(), np.nan, as_days(column))
        return Outcome(name, title, unit, pd.Series(days, column.index))
    return Outcome(name, title, SHARE if unit == YES_NO else unit, column.astype(float))


def day_word(days: float) -> str:
    """A day as matplotlib counts it, to be read.

    >>> day_word(18534.0)
    '29 Sep 2020'
    """
    day = date(1970, 1, 1) + timedelta(days=round(days))
    return f"{day.day} {day:%b %Y}"


def number_word(value: float) -> str:
    """A number, to be read.

    >>> number_word(0.1234), number_word(44.44), number_word(12345.6), number_word(0.0)
    ('0.12', '44.4', '12,346', '0.00')
    """
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    return f"{value:,.{digits}f}"


def places_along(sweep: Sweep, factor: Factor) -> "pd.Series[float]":
    """Where each point is put along an axis: its value, or the mean of its neighbours' if they are many."""
    if len(factor.levels) <= MOST_PLACES:
        return factor.values.astype(float)
    worlds = sweep.points * sweep.worlds
    bins = pd.qcut(factor.values, min(MOST_PLACES, max(FEW + 1, worlds // ENOUGH)), False, duplicates="drop")
    return factor.values.astype(float).groupby(bins).transform("mean")


def summarise(outcome: Outcome, keys: Any) -> pd.DataFrame:
    """Mean, quantiles over worlds and share of worlds where it is known, a row for each key or pair of keys.

    Of a share of worlds, q50 is the share itself, and q05 and q95 are the ends of its 90 % interval
    (Wilson's, for the luck of so many worlds).
    """
    groups = outcome.values.groupby(keys)
    table = pd.DataFrame({name: groups.quantile(level) for name, level in QUANTILES.items()})
    table["mean"], table["known"] = groups.mean(), groups.count() / groups.size()
    if outcome.is_share:
        share, count = table["mean"], groups.count()
        middle = (share + TAIL**2 / (2 * count)) / (1 + TAIL**2 / count)
        spread = share * (1 - share) / count + (TAIL / (2 * count)) ** 2
        reach = TAIL * np.sqrt(spread) / (1 + TAIL**2 / count)
        table["q05"], table["q50"], table["q95"] = middle - reach, share, middle + reach
        table["q25"] = table["q75"] = np.nan
    return table


def shares_of_names(outcome: Outcome, keys: "pd.Series[Any]") -> pd.DataFrame:
    """(keys, names) shares of worlds, the commonest name first."""
    assert outcome.names is not None
    table = pd.crosstab(keys, outcome.names, normalize="index")
    return table[table.mean().sort_values(ascending=False, kind="stable").index]


def main_effects(sweep: Sweep, outcome: Outcome) -> pd.DataFrame:
    """A row a factor, the strongest first: what the outcome's mean is at its low and high values, and more.

    `share_of_variance` is that of the variance between points that lies between the values (or, for many,
    equally filled bins) of the factor: its first-order effect. What so many bins would account for by
    chance is taken off. `share_low` and `share_high` bound its 90 % interval over points drawn anew
    (bootstrap), shifted by the same amount.

    For a number, `low` and `high` are the halves of its range; for a category, the value with the lowest
    and the highest mean.
    """
    means = sweep.means(outcome)
    known = means.notna().to_numpy()
    level = np.asarray(means[known] - means[known].mean(), dtype=np.float64)
    bins = [_bins(factor, known) for factor in sweep.factors]
    balanced = bool(known.all()) and prod(len(factor.levels) for factor in sweep.factors) == len(level)
    shares = _shares(level, bins, balanced)
    again = _drawn_anew(sweep, outcome, level, bins) if np.isfinite(shares).any() else None
    rows = []
    for place, (factor, (raw, share)) in enumerate(zip(sweep.factors, shares, strict=True)):
        ends: Any = (share, share)
        if again is not None and np.isfinite(share):
            ends = np.nanquantile(again[place] - (raw - share), [0.05, 0.95])
        bounds = np.clip([share, min(ends[0], share), max(ends[1], share)], 0, 1)
        about = factor.info or ParameterInfo(factor.name, 0, 0, 0, "category", factor.label(200), "", "")
        rows.append(
            {"outcome": outcome.name, "factor": factor.name, "meaning": about.meaning, "unit": about.unit}
            | _ends(factor, outcome, means)
            | dict(zip(("share_of_variance", "share_low", "share_high"), bounds, strict=True))
        )
    table = pd.DataFrame(rows)
    return table.sort_values("share_of_variance", ascending=False, kind="stable", ignore_index=True)


def _shares(level: Numbers, bins: list[Any], balanced: bool) -> list[tuple[float, float]]:
    """For each factor, the share of the variance between its bins, as it is and less what chance adds.

    Chance is all that the factor leaves over; on a full grid, where factors cannot be mistaken for each
    other, what all of them together leave over.
    """
    if not len(level):
        return [(np.nan, np.nan)] * len(bins)
    found = [variance_share(level, own, np.ones((1, len(level)))) for own in bins]
    shares = [(float(raw[0]), float(adjusted[0])) for raw, adjusted in found]
    free = [len(set(own)) - 1 for own in bins]
    left = len(level) - 1 - sum(free)
    if balanced and left > 0:
        noise = (1 - sum(raw for raw, _ in shares)) / left
        return [(raw, raw - count * noise) for (raw, _), count in zip(shares, free, strict=True)]
    return shares


def _drawn_anew(sweep: Sweep, outcome: Outcome, level: Numbers, bins: list[Any]) -> Numbers:
    """(factors, repeats) adjusted shares of as many points, drawn anew; fewer repeats for many points."""
    count, seed = len(level), int(sweep.folder.manifest.plan["seed"])
    repeats = min(REPEATS, max(FEWEST_REPEATS, MOST_DRAWN // count))
    together = max(1, DRAWN_AT_ONCE // count)
    found = []
    for first in range(0, repeats, together):
        luck = Luck(seed, np.arange(first, min(first + together, repeats)))
        picks = (luck.uniform_each(count, 0, "bootstrap", outcome.name) * count).astype(np.int64)
        weights = np.array([np.bincount(row, minlength=count) for row in picks], dtype=np.float64)
        found.append(np.array([variance_share(level, own, weights)[1] for own in bins]))
    return np.concatenate(found, axis=1)


def _bins(factor: Factor, known: Any) -> Any:
    """A number from 0 for each known point: which of the factor's values or bins it has."""
    values = factor.values[known].reset_index(drop=True)
    if factor.is_category or len(factor.levels) <= BINS:
        return pd.factorize(values)[0]
    count = max(2, min(BINS, len(values) // POINTS_A_BIN))
    return pd.factorize(pd.qcut(values, count, labels=False, duplicates="drop"))[0]


def variance_share(level: Numbers, bins: Any, weights: Numbers) -> tuple[Numbers, Numbers]:
    """Share of the variance between bins, as it is and adjusted for their number, for each row of weights.

    >>> raw, adjusted = variance_share(np.array([0.0, 0, 3, 3]), np.array([0, 0, 1, 1]), np.ones((1, 4)))
    >>> float(raw[0]), float(adjusted[0])
    (1.0, 1.0)
    """
    member = np.eye(bins.max() + 1)[bins]
    whole, count = weights.sum(axis=1), weights @ member
    mean = weights @ level / whole
    with np.errstate(divide="ignore", invalid="ignore"):
        of_bin = np.where(count > 0, (weights * level) @ member / count, 0.0)
        total = weights @ level**2 - whole * mean**2
        between = (count * (of_bin - mean[:, None]) ** 2).sum(axis=1)
        raw = np.where(total > 1e-12 * whole, between / total, np.nan)
        left = whole - (count > 0).sum(axis=1)
        return raw, np.where(left > 0, 1 - (1 - raw) * (whole - 1) / left, np.nan)


def _ends(factor: Factor, outcome: Outcome, means: "pd.Series[float]") -> dict[str, Any]:
    """The outcome's mean at the low and high end of a factor."""
    if factor.info is None or len(factor.levels) == 2:
        of_level = means.groupby(factor.values).mean().dropna()
        if factor.info is None:
            of_level = of_level.sort_values(kind="stable")
        names = [factor.word(value) for value in of_level.index] or ["", ""]
        ends = [float(value) for value in of_level] or [np.nan, np.nan]
    else:
        middle = (factor.levels[0] + factor.levels[-1]) / 2
        names = [f"< {middle:.3g}", f"> {middle:.3g}"]
        ends = [float(means[half].mean()) for half in (factor.values < middle, factor.values > middle)]
    low, high = (
        day_word(end) if outcome.is_date and np.isfinite(end) else end for end in (ends[0], ends[-1])
    )
    return {
        "low": names[0],
        "low_mean": low,
        "high": names[-1],
        "high_mean": high,
        "difference": ends[-1] - ends[0],
    }
