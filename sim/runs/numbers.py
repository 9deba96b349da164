"""Which numbers a world gets: the scenario's own, or what is drawn for it from what is believed of them.

What is measured, stated or read off a coded case is the same in every world. What is an assumption, or was
tuned, is not known: it may be drawn for each world, over what is believed of it (`prior`) or from a posterior
(`estimated`, or a file). What a scenario file, `--set`, a design or a setting of an experiment gives stays
as it is given. A world's draw belongs to its luck: to the seed, its number, and the name of the parameter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.chance import Luck
from sim.errors import UserError, nearest
from sim.quantities import Numbers
from sim.runs.posterior import PosteriorSource, read_posterior, shipped_posterior
from sim.scenarios.parameters import YES_NO
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import ParameterInfo, describe
from sim.world import Value

DEFAULTS, PRIOR, ESTIMATED = "defaults", "prior", "estimated"
CHOICES = (DEFAULTS, PRIOR, ESTIMATED)
LEFT_OPEN = np.nan  # in a column of given numbers, where a world has none of its own
UNSURE = ("assumption", "tuned")  # kinds of numbers that are drawn


@dataclass(frozen=True)
class PriorRange:
    """What is believed of a number before any estimate: any value of its range, all equally likely.

    Attributes:
        low, high: the ends of the range.
        form: "linear"; "log" where equal factors, not differences, are equally likely; or "yes/no".
    """

    low: float
    high: float
    form: str = "linear"

    def at(self, place: Numbers) -> Numbers:
        """The values at places on the unit interval.

        >>> PriorRange(2, 4).at(np.array([0.25])), PriorRange(0.25, 4, "log").at(np.array([0.5]))
        (array([2.5]), array([1.]))
        >>> PriorRange(0, 1, "yes/no").at(np.array([0.2, 0.5]))
        array([0., 1.])
        """
        if self.form == YES_NO:
            return np.where(place < 0.5, float(self.low), float(self.high))
        if self.form == "log":
            return np.clip(self.low * (self.high / self.low) ** place, self.low, self.high)
        return np.clip(self.low + (self.high - self.low) * place, self.low, self.high)


@dataclass(frozen=True)
class NumbersChoice:
    """Which numbers the worlds of a run get.

    Attributes:
        name: "defaults", "prior", "estimated", or the file of a posterior.
        ranges: path -> the range from which it is drawn; for a prior.
        posteriors: theory -> the table that its numbers are drawn from.
    """

    name: str = DEFAULTS
    ranges: Mapping[str, PriorRange] = field(default_factory=dict)
    posteriors: Mapping[str, PosteriorSource] = field(default_factory=dict)

    @classmethod
    def of(
        cls, name: str, scenario: Scenario, theories: Iterable[str], given: Iterable[str] = ()
    ) -> "NumbersChoice":
        """The choice of that name, for a scenario.

        Args:
            name: "defaults", "prior", "estimated", or the file of a posterior.
            scenario: the scenario; what its file or the user sets is not drawn.
            theories: the theories of the patron's choice that are run.
            given: other parameters that are not drawn, as a design gives them.

        Raises:
            UserError: there is no such choice, no such posterior, or it does not fit.
        """
        infos = {info.path: info for info in describe(scenario)}
        stay = {*scenario.sources, *given}
        if name == DEFAULTS:
            return cls()
        if name == PRIOR:
            drawn = (info for info in infos.values() if info.kind in UNSURE and info.path not in stay)
            return cls(name, {info.path: _range_of(info) for info in drawn})
        if name != ESTIMATED and Path(name).suffix != ".csv":
            raise UserError(f"--numbers {name}: unknown; {nearest(name, CHOICES)} (or give a .csv file)")
        posteriors = {}
        for theory in theories:
            file = shipped_posterior(theory) if name == ESTIMATED else Path(name)
            found = read_posterior(file, theory, infos)
            left = tuple(path for path in found.parameters if path not in stay)
            posteriors[theory] = replace(found, parameters=left)
        return cls(name, posteriors=posteriors)

    def columns(self, theory: str, luck: Luck) -> dict[str, Numbers]:
        """Path -> (worlds,) the numbers that are drawn for each world; none for the scenario's own.

        Raises:
            UserError: the file of a posterior has gone or changed.
        """
        if self.posteriors:
            return self.posteriors[theory].columns(luck)
        return {path: one.at(luck.uniform(0, "numbers", path)) for path, one in self.ranges.items()}

    @property
    def words(self) -> str:
        """The choice in words, for captions, reports and the terminal, where "numbers: " stands before it."""
        if self.name == DEFAULTS:
            return DEFAULTS
        if self.name == PRIOR:
            return f"{PRIOR} ({len(self.ranges)} drawn)"
        of = ESTIMATED if self.name == ESTIMATED else f"{ESTIMATED} ({Path(self.name).name})"
        told = (f"{theory}, {one.draws:,} draws of {len(one.parameters)} numbers"
                for theory, one in self.posteriors.items())  # fmt: skip
        return ", ".join([of, *told])

    def facts(self) -> dict[str, Any]:
        """The choice as plain data."""
        return {
            "name": self.name,
            "ranges": {path: [one.low, one.high, one.form] for path, one in self.ranges.items()},
            "posteriors": {
                theory: {"path": str(one.path), "hash": one.hash, "draws": one.draws,
                         "parameters": list(one.parameters)}
                for theory, one in self.posteriors.items()
            },
        }  # fmt: skip

    def determinants(self) -> list[Any]:
        """All that determines what is drawn: a posterior is known by what it holds, wherever it lies."""
        held = {theory: [one.hash, one.parameters] for theory, one in self.posteriors.items()}
        return [self.facts()["ranges"], held]

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "NumbersChoice":
        """A choice from its facts, as in a manifest."""
        return cls(
            facts["name"],
            {path: PriorRange(*ends) for path, ends in facts["ranges"].items()},
            {theory: PosteriorSource(Path(one["path"]), one["hash"], one["draws"], tuple(one["parameters"]))
             for theory, one in facts["posteriors"].items()},
        )  # fmt: skip


def filled(columns: Mapping[str, Value], scenario: Scenario, drawn: Mapping[str, Value]) -> dict[str, Value]:
    """Numbers that are given; those left open are filled from what is drawn, or else from the scenario.

    Args:
        columns: path -> a number or (worlds,) numbers, LEFT_OPEN where none is given.
        scenario: the scenario.
        drawn: path -> (worlds,) numbers.
    """
    gaps = {path: np.isnan(value) for path, value in columns.items() if np.isnan(value).any()}
    if not gaps:
        return dict(columns)
    own = {info.path: info.default for info in describe(scenario)} | dict(drawn)
    found: dict[str, Value] = {path: np.where(gap, own[path], columns[path]) for path, gap in gaps.items()}
    return {path: found.get(path, value) for path, value in columns.items()}


def _range_of(info: ParameterInfo) -> PriorRange:
    return PriorRange(*info.believed, YES_NO if info.unit == YES_NO else info.scale)
