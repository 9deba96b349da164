"""Experiments as data: settings that are compared, and what would count for or against a claim.

A file in experiments/ holds one experiment, and the runner does the rest. An expectation is
a weighted sum of readings over settings, world by world with the same luck; its mean is the effect.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from experiments.trial.readings import Reading, outcome
from experiments.trial.variants import USUAL_SCENARIO, WAR, scenario_of_variant, variant_in_words
from sim.scenarios.scenario import Scenario

Change = tuple[str, float]
LAST_CLAIM = 55


@dataclass(frozen=True)
class Setting:
    """One way to run the world.

    Attributes:
        variant: the name of a variant of a scenario (experiments/trial/variants.py); or a scenario, by its
            name or file.
        changes: the parameters that differ from the scenario, (path, value), in order.
        without: the claims left out, in order.
        theory: the theory of the patron's choice.
        base: the scenario that this is a variant of, by its name or file.
    """

    variant: str = WAR
    changes: tuple[Change, ...] = ()
    without: tuple[str, ...] = ()
    theory: str = "article"
    base: str = USUAL_SCENARIO

    @property
    def scenario(self) -> Scenario:
        """The scenario that is run."""
        return scenario_of_variant(self.variant, self.base)

    def but(self, changes: Mapping[str, float]) -> "Setting":
        """The same with other parameters."""
        return replace(self, changes=tuple(sorted((dict(self.changes) | dict(changes)).items())))

    def less(self, *claims: str) -> "Setting":
        """The same with some claims left out."""
        return replace(self, without=tuple(sorted({*self.without, *claims})))

    def under(self, theory: str) -> "Setting":
        """The same with another theory of the patron's choice."""
        return replace(self, theory=theory)

    @property
    def words(self) -> str:
        """The setting in words, for a table."""
        parts = [f"{path} = {value:g}" for path, value in self.changes]
        parts += [f"without {', '.join(self.without)}"] * bool(self.without)
        parts += [f"theory {self.theory}"] * (self.theory != "article")
        return "; ".join([variant_in_words(self.variant, self.base), *parts])


@dataclass(frozen=True)
class WeightedReading:
    """A reading of a setting, with its weight in an effect."""

    weight: float
    setting: Setting
    reading: Reading


@dataclass(frozen=True)
class Expectation:
    """What a claim leads one to expect, written down before the run.

    Attributes:
        claim: the claim that it tests; any other word for an expectation of one's own.
        words: what is expected, in words.
        terms: the weighted readings whose sum, world by world, less `level`, is the effect.
        least: the smallest effect that matters; if `near`, the largest that does not.
        near: whether no effect is expected, rather than one above zero.
        level: the number that the sum is compared with.
    """

    claim: str
    words: str
    terms: tuple[WeightedReading, ...]
    least: float
    near: bool = False
    level: float = 0.0

    @property
    def unit(self) -> str:
        """The unit of the effect."""
        return self.terms[0].reading.unit

    def settings(self) -> Iterator[Setting]:
        """Every setting that is needed."""
        return (term.setting for term in self.terms)


def read_of(reading: Reading | str) -> Reading:
    """A reading, or the outcome of that name."""
    return outcome(reading) if isinstance(reading, str) else reading


def higher(
    claim: str, words: str, reading: Reading | str, here: Setting, there: Setting, least: float
) -> Expectation:
    """A reading is higher in one setting than in another."""
    read = read_of(reading)
    return Expectation(
        claim, words, (WeightedReading(1, here, read), WeightedReading(-1, there, read)), least
    )


def same(
    claim: str, words: str, reading: Reading | str, here: Setting, there: Setting, within: float
) -> Expectation:
    """A reading is the same in two settings, as far as it matters."""
    return replace(higher(claim, words, reading, here, there, within), near=True)


def interaction(
    claim: str,
    words: str,
    reading: Reading | str,
    wide: tuple[Setting, Setting],
    narrow: tuple[Setting, Setting],
    least: float,
) -> Expectation:
    """The first setting is farther above the second in one pair than in another: an interaction."""
    read = read_of(reading)
    signs = ((1, wide[0]), (-1, wide[1]), (-1, narrow[0]), (1, narrow[1]))
    return Expectation(
        claim, words, tuple(WeightedReading(sign, setting, read) for sign, setting in signs), least
    )


def above(
    claim: str, words: str, reading: Reading | str, here: Setting, level: float, least: float
) -> Expectation:
    """A reading is above a level, by as much as matters."""
    return Expectation(claim, words, (WeightedReading(1, here, read_of(reading)),), least, level=level)


def below(
    claim: str, words: str, reading: Reading | str, here: Setting, level: float, least: float
) -> Expectation:
    """A reading is below a level, by as much as matters."""
    return Expectation(claim, words, (WeightedReading(-1, here, read_of(reading)),), least, level=-level)


def exceeds(
    claim: str, words: str, setting: Setting, more: Reading | str, less: Reading | str, least: float
) -> Expectation:
    """One reading is above another in the same worlds."""
    return Expectation(
        claim,
        words,
        (WeightedReading(1, setting, read_of(more)), WeightedReading(-1, setting, read_of(less))),
        least,
    )


@dataclass(frozen=True)
class Curves:
    """A figure: readings against one parameter, a line for each setting."""

    name: str
    title: str
    over: str
    values: tuple[float, ...]
    lines: Mapping[str, Setting]
    readings: tuple[Reading | str, ...]

    def settings(self) -> Iterator[Setting]:
        """Every setting that is needed."""
        return (line.but({self.over: value}) for line in self.lines.values() for value in self.values)


@dataclass(frozen=True)
class Plane:
    """A figure: a reading over two parameters, with contours: a phase diagram."""

    name: str
    title: str
    setting: Setting
    across: tuple[str, tuple[float, ...]]
    up: tuple[str, tuple[float, ...]]
    reading: Reading | str

    def settings(self) -> Iterator[Setting]:
        """Every setting that is needed."""
        (x, across), (y, up) = self.across, self.up
        return (self.setting.but({x: one, y: other}) for other in up for one in across)


@dataclass(frozen=True)
class Trajectories:
    """A figure: measures over time, a line with bands for each setting of one variant."""

    name: str
    title: str
    lines: Mapping[str, Setting]
    measures: tuple[str, ...]


FigureForm = Curves | Plane | Trajectories


@dataclass(frozen=True)
class Experiment:
    """A question, the comparisons that answer it, and the figures that show it.

    Attributes:
        name: the name of its command: captive-ally experiment NAME.
        question: the question in plain words.
        design: what is switched or varied, and what would have counted against the claims.
        expectations: what was expected before the run; each claim is tested in one experiment.
        figures: the figures that show it, beside the figure of effects.
        worlds: the number of worlds for each setting, by default.
        also: the claims that it bears on without testing them.
    """

    name: str
    question: str
    design: str
    expectations: tuple[Expectation, ...] = ()
    figures: Sequence[FigureForm] = ()
    worlds: int = 1000
    also: tuple[str, ...] = ()

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims that it tests, in the order of the article, and then those it bears on."""
        tested = {one.claim for one in self.expectations}
        return (*sorted(tested, key=number_of), *self.also)


def number_of(claim: str) -> int:
    """The place of a claim in the article; an expectation of one's own comes after all of them.

    >>> number_of("C17"), number_of("own")
    (17, 56)
    """
    return int(claim[1:]) if claim.startswith("C") and claim[1:].isdigit() else LAST_CLAIM + 1


def evenly(low: float, high: float, count: int) -> tuple[float, ...]:
    """Values at equal distances.

    >>> evenly(0, 1, 3)
    (0.0, 0.5, 1.0)
    """
    return tuple(low + (high - low) * place / (count - 1) for place in range(count))
