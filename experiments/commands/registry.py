"""The questions that there are: each file of experiments/ that holds an EXPERIMENT or a STUDY."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import experiments
from experiments.trial.answer import study_of
from experiments.trial.experiment import Experiment
from experiments.trial.study import Study
from sim.errors import UserError, nearest


@cache
def all_experiments() -> tuple[Experiment, ...]:
    """The experiments, by name."""
    found = [value for value in _held("EXPERIMENT") if isinstance(value, Experiment)]
    return tuple(sorted(found, key=lambda one: one.name))


@cache
def all_studies() -> tuple[Study, ...]:
    """Experiments and all other studies, by name."""
    others = [value for value in _held("STUDY") if isinstance(value, Study)]
    return tuple(sorted([*map(study_of, all_experiments()), *others], key=lambda one: one.name))


def study(name: str) -> Study:
    """The study of a name, or the one experiment that tests a claim: C30.

    Raises:
        UserError: there is none.
    """
    known = {one.name: one for one in all_studies()}
    if name in known:
        return known[name]
    for one in all_experiments():
        if name.upper() in {part.claim for part in one.expectations}:
            return known[one.name]
    raise UserError(
        f"unknown experiment '{name}': {nearest(name, known)}; see captive-ally experiment --list"
    )


def _held(name: str) -> list[object]:
    modules = [found.name for found in iter_modules(experiments.__path__) if not found.ispkg]
    return [
        getattr(module, name)
        for module in (import_module(f"experiments.{one}") for one in modules if one != "cli")
        if hasattr(module, name)
    ]
