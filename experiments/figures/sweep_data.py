"""A run over a design as tables: its factors, its outcomes, and these summarised along the factors.

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

from agents.reasons import PLAIN_WORDS
from experiments.figures.style import as_days
from experiments.sentences import capitalised
from sim.errors import UserError, nearest
from sim.measures import OUTCOMES
from sim.runs.recorder import QUANTILES
from sim.runs.results import ResultFolder
from sim.scenarios.parameters import YES_NO
from sim.scenarios.values import ParameterInfo, describe

SHARE_OF_WORLDS = "share of worlds"
FEW_LEVELS = 4  # values up to which a number counts as a category
MOST_PLACES = 40  # along an axis; points that are closer are put together
ENOUGH = 20  # worlds for a band
FULL = 0.8  # share of the cells of a grid that must hold a point
TAIL = 1.645  # standard deviations on either side that hold 90 % of a normal distribution


@dataclass(frozen=True)
class VariedFactor:
    """What was varied.

    Attributes:
        name: a parameter path, "theory" or "without".
        values: the value at each point, in the parameter's unit.
        info: what is known of the parameter; None for a choice of rules.
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
        return self.info is None or len(self.levels) <= FEW_LEVELS or self.info.unit == YES_NO

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
class ShownOutcome:
    """What is shown against the factors.

    Attributes:
        name: the name of its column.
        title: what it is, in plain words.
        unit: the unit of its values.
        values: a number a world: a date as days since 1970, yes as 1, no as 0.
        names: a name a world, if it is one; then `values` says whether it is the commonest.
        commonest: the commonest name.
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
        return self.unit == SHARE_OF_WORLDS

    @property
    def mean_told(self) -> str:
        """What a mean over worlds is called."""
        return {"date": "mean date", SHARE_OF_WORLDS: SHARE_OF_WORLDS}.get(self.unit, f"mean, {self.unit}")

    def word(self, value: float) -> str:
        """A value, to be read."""
        if not np.isfinite(value):
            return "-"
        return day_word(value) if self.is_date else number_word(value)


@dataclass(frozen=True)
class Sweep:
    """A run over a design: its folder, what was varied, and to which point each world belongs."""

    folder: ResultFolder
    factors: tuple[VariedFactor, ...]

    @property
    def points(self) -> int:
        """How many points the design has."""
        return len(self.factors[0].values)

    @property
    def worlds(self) -> int:
        """How many worlds each has."""
        return self.folder.plan.worlds

    @cached_property
    def point(self) -> "pd.Series[int]":
        """The point of each world."""
        return self.folder.worlds["point"]

    def at_worlds(self, factor: VariedFactor) -> "pd.Series[Any]":
        """The value of a factor in each world."""
        return self.point.map(factor.values)

    def means(self, outcome: ShownOutcome) -> "pd.Series[float]":
        """The mean of an outcome at each point; NaN where it is not known."""
        return outcome.values.groupby(self.point).mean().reindex(range(self.points))

    def is_grid(self) -> bool:
        """Whether the points fill every combination of the factors' values, or nearly."""
        return prod(len(factor.levels) for factor in self.factors) * FULL <= self.points


def factors_of(folder: ResultFolder) -> tuple[VariedFactor, ...]:
    """What varies between the points of a folder."""
    known = {info.path: info for info in describe(folder.scenario)}
    design = pd.DataFrame() if folder.plan.design is None else folder.plan.design
    factors = [VariedFactor(str(name), values, known.get(str(name))) for name, values in design.items()]
    return tuple(factor for factor in factors if len(factor.levels) > 1)


def outcome_of(folder: ResultFolder, name: str) -> ShownOutcome:
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
    title = capitalised(meaning)
    if unit == "name":
        names = column.astype(str).map(lambda word: PLAIN_WORDS.get(word, word.replace("_", " ")))
        commonest = names.value_counts().sort_index(kind="stable").idxmax()
        return ShownOutcome(
            name, title, SHARE_OF_WORLDS, (names == commonest).astype(float), names, str(commonest)
        )
    if unit == "date":
        days = np.where(column.isna(), np.nan, as_days(column))
        return ShownOutcome(name, title, unit, pd.Series(days, column.index))
    return ShownOutcome(name, title, SHARE_OF_WORLDS if unit == YES_NO else unit, column.astype(float))


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


def places_along(sweep: Sweep, factor: VariedFactor) -> "pd.Series[float]":
    """Where each point is put along an axis: its value, or the mean of its neighbours' if they are many."""
    if len(factor.levels) <= MOST_PLACES:
        return factor.values.astype(float)
    worlds = sweep.points * sweep.worlds
    bins = pd.qcut(
        factor.values, min(MOST_PLACES, max(FEW_LEVELS + 1, worlds // ENOUGH)), False, duplicates="drop"
    )
    return factor.values.astype(float).groupby(bins).transform("mean")


def quantiles_by(outcome: ShownOutcome, keys: Any) -> pd.DataFrame:
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


def shares_of_names(outcome: ShownOutcome, keys: "pd.Series[Any]") -> pd.DataFrame:
    """(keys, names) shares of worlds, the commonest name first."""
    assert outcome.names is not None
    table = pd.crosstab(keys, outcome.names, normalize="index")
    return table[table.mean().sort_values(ascending=False, kind="stable").index]
