"""The questions that there are: each file of experiments/ that holds an EXPERIMENT or a STUDY."""

import re
from collections.abc import Collection
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from runpy import run_path
from traceback import extract_tb

import experiments
from experiments.trial.answer import study_of
from experiments.trial.experiment import Experiment
from experiments.trial.study import Study
from sim.errors import UserError, nearest
from sim.scenarios.reading import is_file


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
    """The study of a name, the one experiment that tests a claim (C30), or that of a file of the user's.

    Raises:
        UserError: there is none, or something is wrong with the file.
    """
    known = {one.name: one for one in all_studies()}
    if name.endswith(".py"):
        return _own_study(Path(name), known)
    if name in known:
        return known[name]
    for one in all_experiments():
        if name.upper() in {part.claim for part in one.expectations}:
            return known[one.name]
    raise UserError(
        f"unknown experiment '{name}': {nearest(name, known)}; see captive-ally experiment --list"
    )


def _own_study(path: Path, known: Collection[str]) -> Study:
    """The study of a file that holds an EXPERIMENT or a STUDY."""
    if not is_file(path):
        raise UserError(f"{path}: there is no such file")
    try:
        held = run_path(str(path))
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except Exception as error:
        lines = [one.lineno for one in extract_tb(error.__traceback__) if one.filename == str(path)]
        line = lines[-1] if lines else getattr(error, "lineno", None)
        where = f"{path}, line {line}" if line else str(path)
        raise UserError(f"{where}: {type(error).__name__}: {error}") from None
    found = held.get("EXPERIMENT", held.get("STUDY"))
    if isinstance(found, Experiment):
        found = study_of(found)
    if not isinstance(found, Study):
        raise UserError(f"{path}: holds no EXPERIMENT; see experiments/README.md for how to write one")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", found.name) or found.name in known:
        ours = found.name in known
        why = "is that of a question of ours" if ours else "letters a-z, digits and - are allowed"
        raise UserError(f"{path}: name = '{found.name}': {why}; give it another")
    return found


def _held(name: str) -> list[object]:
    modules = [found.name for found in iter_modules(experiments.__path__) if not found.ispkg]
    return [
        getattr(module, name)
        for module in (import_module(f"experiments.{one}") for one in modules if one != "cli")
        if hasattr(module, name)
    ]
