"""Transfer: which parts of an experiment can be asked of another scenario, and what it lacks for the rest.

All of it is found out before anything is run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import pandas as pd

from experiments.trial.experiment import (
    Curves,
    Expectation,
    Experiment,
    FigureForm,
    Plane,
    Setting,
    Trajectories,
    WeightedReading,
    read_of,
)
from experiments.trial.readings import Reading
from experiments.trial.variants import USUAL_SCENARIO, VARIANTS, lacks_for_variant
from sim.errors import UserError
from sim.measures import OUTCOMES, outcome_names
from sim.scenarios.inherited import is_ours
from sim.scenarios.loading import load
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import describe

_CORE, _CONTESTED, _HOME = "core land", "contested land", "land of the client's own"
_BACKER, _MEDIATORS, _OUTSIDERS, _OBSERVERS = "backer", "mediators", "outside powers", "observers"
_Part = TypeVar("_Part", bound=Expectation | FigureForm)
_WITHOUT = {  # what a scenario may lack -> the outcomes that then mean nothing
    _CORE: ("core_lost", "core_effort_mean", "core_line_crossed", "humanitarian_max"),
    _CONTESTED: ("share_lost", "share_by_force", "share_by_handover", "share_by_first_war"),
    _HOME: ("recognised_lost", "border_line_crossed"),
    _BACKER: ("backer_influence_end",),
    _MEDIATORS: ("frustration_end", "peaceful_deal"),
    _OUTSIDERS: ("rhetoric_outsider_mean", "blame_outsider_mean", "outsider_troops_max"),
    _OBSERVERS: ("observer_reliability_start", "observer_reliability_end", "observer_participation_end",
                "backer_influence_end"),
}  # fmt: skip
WORTH = {  # what an attack is worth for a kind of land -> the land without which it changes nothing
    "challenger.value_core": _CORE,
    "challenger.value_contested": _CONTESTED,
    "challenger.value_recognised": _HOME,
}


@dataclass(frozen=True)
class Transferred:
    """An experiment as it is asked of a scenario.

    Attributes:
        experiment: what of it can be asked; None if nothing can.
        lacking: what the scenario lacks -> the parts that therefore cannot be asked, in the order met.
    """

    experiment: Experiment | None
    lacking: Mapping[str, list[str]]


def lacking_in_words(*found: Transferred) -> list[str]:
    """What a scenario lacks for some experiments, and the claims and figures therefore not asked.

    >>> lacking_in_words(Transferred(None, {"no core": ["C4", "C4"]}), Transferred(None, {"no core": ["C6"]}))
    ['no core (C4, C6)']
    """
    together: dict[str, dict[str, None]] = {}
    for reason, parts in (item for one in found for item in one.lacking.items()):
        together.setdefault(reason, {}).update(dict.fromkeys(parts))
    return [f"{reason} ({', '.join(parts)})" for reason, parts in together.items()]


def absent_from(scenario: Scenario) -> tuple[str, ...]:
    """What is absent from a scenario: kinds of land, and parts of the cast."""
    classes = {
        region.legal_class
        for region in scenario.regions.region
        if scenario.held.get(region.id, region.held) > 0
    }
    there = {
        _CORE: "core" in classes,
        _CONTESTED: bool(classes & {"core", "outer"}),
        _HOME: bool(classes & {"recognised", "capital"}),
        _BACKER: "backer" not in scenario.empty_seats,
        _MEDIATORS: "mediators" not in scenario.empty_seats,
        _OUTSIDERS: bool(scenario.cast.outsiders),
        _OBSERVERS: bool(scenario.cast.observers),
    }
    return tuple(name for name, found in there.items() if not found)


def meaningless_in(scenario: Scenario) -> dict[str, str]:
    """The outcomes that mean nothing in a scenario, each with what is absent."""
    return {name: what for what in absent_from(scenario) for name in _WITHOUT[what]}


def transferred(experiment: Experiment, base: str) -> Transferred:
    """An experiment whose settings are those of another scenario, as far as it has what they need.

    Args:
        experiment: the experiment.
        base: the scenario to take its variants from, by its name or file.

    Raises:
        UserError: there is no such scenario, or something is wrong with it.
    """
    ask = _Asking(load(base), base)
    expectations = [ask.expectation(one) for one in experiment.expectations]
    kept = tuple(one for one in expectations if one is not None)
    figures = tuple(form for form in map(ask.figure, experiment.figures) if form is not None)
    asked_of = replace(experiment, expectations=kept, figures=figures)
    nothing = not kept and (bool(experiment.expectations) or not figures)
    return Transferred(None if nothing else asked_of, ask.lacking)


class _Asking:
    """Parts of an experiment, asked of a scenario, noting why some cannot be."""

    def __init__(self, scenario: Scenario, base: str) -> None:
        self.scenario, self.base = scenario, base
        self.known = {info.path: info for info in describe(scenario)}
        self.absent = absent_from(scenario)
        self.lacking: dict[str, list[str]] = {}
        means_nothing = meaningless_in(scenario)
        kinds = {measure.name: measure.unit for measure in OUTCOMES}
        types = {"name": "object", "date": "datetime64[ns]"}
        self.columns = pd.DataFrame(
            {
                name: pd.Series(dtype=types.get(kinds.get(name, "date"), "float64"))
                for name in outcome_names(scenario)
                if name not in means_nothing
            }
        )

    def expectation(self, expected: Expectation) -> Expectation | None:
        """An expectation, asked here; None if it cannot be."""
        terms = [replace(term, setting=self.setting(term.setting)) for term in expected.terms]
        why = next(filter(None, (self._lacks(one.setting, one.reading) for one in terms)), "")
        why = why or self._changes_nothing(terms)
        return self._noted(replace(expected, terms=tuple(terms)), why, expected.claim)

    def figure(self, form: FigureForm) -> FigureForm | None:
        """A figure, drawn of this scenario; None if it cannot be."""
        if isinstance(form, Plane):
            moved: FigureForm = replace(form, setting=self.setting(form.setting))
            readings: tuple[Reading | str, ...] = (form.reading,)
        else:
            lines = {words: self.setting(line) for words, line in form.lines.items()}
            moved = replace(form, lines=lines)
            readings = form.readings if isinstance(form, Curves) else ()
        settings = moved.lines.values() if isinstance(moved, Trajectories) else moved.settings()
        asked = [read_of(one) for one in readings]
        whys = (self._lacks(setting, *asked) for setting in settings)
        return self._noted(moved, next(filter(None, whys), ""), f"the figure {form.name}")

    def setting(self, setting: Setting) -> Setting:
        """A setting of this scenario; one that names a scenario of its own stays."""
        return replace(setting, base=self.base) if setting.variant in VARIANTS else setting

    def _noted(self, part: _Part, why: str, words: str) -> _Part | None:
        if why:
            self.lacking.setdefault(why, []).append(words)
        return None if why else part

    def _lacks(self, setting: Setting, *readings: Reading) -> str:
        """What is lacking for a setting and what is read in it; empty if nothing."""
        if setting.variant not in VARIANTS:
            return ""
        if why := lacks_for_variant(setting.variant, self.scenario):
            return why
        changes = (self._lacks_number(path, value) for path, value in setting.changes)
        return next(filter(None, (*changes, *map(self._lacks_outcome, readings))), "")

    def _lacks_number(self, path: str, value: float) -> str:
        group = path.partition(".")[0]
        if path not in self.known:
            powers = group == "outsiders" and _OUTSIDERS in self.absent
            return f"no {_OUTSIDERS}" if powers else f"no number {path}"
        if group in self.absent and value != self.known[path].default:
            return f"no {group}"
        return f"no {WORTH[path]}" if WORTH.get(path) in self.absent and value > 0 else ""

    def _lacks_outcome(self, reading: Reading) -> str:
        try:
            reading.of(self.columns)
        except KeyError as error:
            name = str(error.args[0])
            lacking = (f"no {what}" for what in self.absent if name in _WITHOUT[what])
            return next(lacking, f"no outcome {name}")
        return ""

    def _changes_nothing(self, terms: list[WeightedReading]) -> str:
        """Why compared settings are all the same: their changes are what the scenario already says."""
        same = {(self._bare(term.setting), term.reading.name) for term in terms}
        if len(terms) == 1 or len(same) > 1 or len({term.setting for term in terms}) == 1:
            return ""
        paths = {path for term in terms for path, _ in term.setting.changes}
        return f"nothing to compare: {', '.join(sorted(paths))} is so already"

    def _bare(self, setting: Setting) -> Setting:
        """A setting without changes that repeat what the scenario's file says."""
        if setting.variant not in VARIANTS:
            return setting
        given = self.scenario.sources
        changes = tuple(
            (path, value)
            for path, value in setting.changes
            if path not in given or self.known[path].default != value
        )
        return replace(setting, changes=changes)


def own_scenarios(experiment: Experiment) -> list[Scenario]:
    """The scenarios of an experiment that do not ship, in the order met."""
    named = dict.fromkeys(
        setting.base if setting.variant in VARIANTS else setting.variant
        for part in (*experiment.expectations, *experiment.figures)
        for setting in _settings(part)
    )
    return [scenario for scenario in map(load, named) if not is_ours(scenario)]


def checked(experiment: Experiment) -> None:
    """Make sure, before anything is run, that all settings of an experiment exist and can be read.

    Raises:
        UserError: a scenario, a number or an outcome is not there.
    """
    own_scenarios(experiment)
    bases = dict.fromkeys(
        setting.base for one in (*experiment.expectations, *experiment.figures) for setting in _settings(one)
    )
    for base in bases:
        found = transferred(experiment, base) if base != USUAL_SCENARIO else Transferred(experiment, {})
        if found.lacking:
            raise UserError(f"{experiment.name}: {base} has {'; '.join(lacking_in_words(found))}")


def _settings(part: Expectation | FigureForm) -> Iterator[Setting]:
    return iter(part.lines.values()) if isinstance(part, Trajectories) else part.settings()
