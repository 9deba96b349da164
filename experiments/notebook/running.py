"""Runs from Python, as the commands `run` and `sweep` make them: `sim.run`, `sim.sweep`, `sim.open`."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from operator import index
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from experiments.commands.launch import MOST_WORLDS
from experiments.notebook.progress import progress_for
from experiments.notebook.results import RunResults
from experiments.own_crisis.record import record_beside
from sim.errors import UserError
from sim.model import checked_claims, checked_theory
from sim.runs.design import Factor, build, checked_design, claims_of
from sim.runs.execution import RunOptions, run_into
from sim.runs.numbers import DEFAULTS, ESTIMATED
from sim.runs.plan import Plan
from sim.runs.results import open_folder
from sim.scenarios.loading import load, shipped
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import changed, describe


def run_worlds(
    scenario: str | Path | Scenario,
    *,
    worlds: int = 1000,
    theory: str = "article",
    without: Iterable[str] = (),
    seed: int = 0,
    numbers: str | Path = ESTIMATED,
    set: Mapping[str, float] | None = None,
    folder: str | Path | None = None,
    workers: int | None = 1,
    progress: bool | None = None,
) -> RunResults:
    """Run many worlds of a scenario: the numbers of `captive-ally run`, in memory or in a folder.

    >>> import sim
    >>> few = sim.run("karabakh-2020", worlds=3, set={"client.outside_option": 0.7})
    >>> few.worlds.shape[0], few.manifest.complete
    (3, True)

    Args:
        scenario: the name of one that ships, a .toml file, beside which a record may lie that figures then
            show, or a loaded scenario.
        worlds: how many worlds.
        theory: the theory of the patron's choice.
        without: the claims left out, such as ["C3", "C17"].
        seed: the seed of all luck; worlds of the same seed and number share theirs.
        numbers: which numbers each world gets: "defaults", "prior", "estimated", or a posterior's .csv file.
        set: the parameters to set, path -> value, in the parameter's unit.
        folder: the result folder to write; nothing is left on disk if None.
        workers: how many processes; 1 for this one, None for all cores. A script that asks for several
            needs `if __name__ == "__main__":`, as all of Python's multiprocessing does.
        progress: whether to show how far it is; in a notebook only if None.

    Returns:
        What came of it: tables, figures, reasons.

    Raises:
        UserError: whatever is wrong with what was given, in one line.
    """
    plan = _plan(scenario, worlds, theory, without, seed, set).with_numbers(str(numbers))
    return _run(plan, scenario, set, folder, workers, progress)


def run_points(
    scenario: str | Path | Scenario,
    vary: Mapping[str, Iterable[Any]] | pd.DataFrame,
    *,
    worlds: int = 200,
    theory: str = "article",
    without: Iterable[str] = (),
    seed: int = 0,
    numbers: str | Path = DEFAULTS,
    set: Mapping[str, float] | None = None,
    own_luck: bool = False,
    folder: str | Path | None = None,
    workers: int | None = 1,
    progress: bool | None = None,
) -> RunResults:
    """Run a scenario over a design: many points, each with many worlds, as `captive-ally sweep`.

    >>> import sim
    >>> swept = sim.sweep("karabakh-2020", {"client.outside_option": [0.1, 0.9]}, worlds=3)
    >>> swept.worlds.groupby("client.outside_option").size().tolist()
    [3, 3]

    Args:
        scenario: as in `sim.run`.
        vary: a parameter path, "theory" or "without" -> its values, of which every combination is a point; or
            a table with such columns and a row a point, as any sampler makes it.
        worlds: how many worlds each point has.
        theory, without, seed, numbers, set, folder, workers, progress: as in `sim.run`.
        own_luck: whether each point has luck of its own; else all points share the same.

    Returns:
        What came of it, a row a point and world.

    Raises:
        UserError: whatever is wrong with what was given, in one line.
    """
    plan = _plan(scenario, worlds, theory, without, seed, set)
    table = _design(vary, plan.scenario)
    sampler = "grid" if isinstance(vary, Mapping) else "a table"
    plan = replace(plan, design=table, own_luck=bool(own_luck), sampler=sampler).with_numbers(str(numbers))
    return _run(plan, scenario, set, folder, workers, progress)


def open_results(folder: str | Path) -> RunResults:
    """Read a result folder that `captive-ally run`, `sweep` or `save` has written.

    Args:
        folder: the path of the folder.

    Raises:
        UserError: it is not there, not complete, or holds something else.
    """
    if not isinstance(folder, str | Path):
        raise UserError(f"open: the path of a result folder is needed, not {_kind(folder)}")
    return RunResults(open_folder(folder))


def _plan(
    scenario: Any, worlds: Any, theory: Any, without: Any, seed: Any, given: Mapping[str, Any] | None
) -> Plan:
    """The plan of a single point.

    Raises:
        UserError: whatever is wrong with what was given.
    """
    if given is not None and not isinstance(given, Mapping):
        raise UserError(
            f'set: names and values are needed, {{"client.outside_option": 0.7}}, not {_kind(given)}'
        )
    return Plan(
        scenario=changed(load(scenario), given or {}),
        theory=checked_theory(theory),
        without=tuple(sorted(checked_claims(without))),
        seed=_whole("seed", seed, 0, 2**63 - 1),
        worlds=_whole("worlds", worlds, 1, MOST_WORLDS),
    )


def _whole(name: str, value: Any, low: int, high: int) -> int:
    try:
        number = index(value)
    except TypeError:
        number = low - 1
    if isinstance(value, bool) or not low <= number <= high:
        raise UserError(f"{name} = {value!r}: a whole number from {low} to {high:,} is needed")
    return number


def _kind(value: Any) -> str:
    return f"something of the kind {type(value).__name__}"


def _design(vary: Any, scenario: Scenario) -> pd.DataFrame:
    known = {info.path: info for info in describe(scenario)}
    if isinstance(vary, pd.DataFrame):
        return checked_design(vary, known, "vary")
    if not isinstance(vary, Mapping):
        raise UserError(
            f'vary: names and values are needed, {{"backer.help": [0, 0.5, 1]}}, not {_kind(vary)}'
        )
    factors = [Factor(str(name), _values(str(name), values)) for name, values in vary.items()]
    if not factors:
        raise UserError("vary: nothing varies; name a parameter and its values")
    return checked_design(build(factors), known, "vary")


def _values(name: str, values: Any) -> tuple[Any, ...]:
    """The values of a factor; of `without`, each a set of claims."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise UserError(f"vary: {name}: several values are needed, such as [{values!r}, ...]")
    found = tuple(values)
    if not found:
        raise UserError(f"vary: {name}: there are no values")
    if name != "without":
        return found
    return tuple("+".join(claims_of(one if isinstance(one, str) else "+".join(one or ()))) for one in found)


def _run(
    plan: Plan,
    given: Any,
    changes: Mapping[str, Any] | None,
    folder: Any,
    workers: Any,
    progress: bool | None,
) -> RunResults:
    if workers is not None:
        workers = _whole("workers", workers, 1, 4096)
    options = RunOptions("inline" if workers == 1 else "processes", workers)
    command = _command(plan, given, changes or {})
    record = record_beside(given, plan.scenario)
    with progress_for(plan.size, progress) as shown, TemporaryDirectory(prefix="captive-ally-") as place:
        path = Path(place) / "run" if folder is None else Path(folder)
        facts = None if record is None else record.facts
        run_into(plan, path, command, options, shown, record=facts)
        return RunResults.in_memory(path) if folder is None else RunResults(open_folder(path))


def _command(plan: Plan, given: Any, changes: Mapping[str, Any]) -> str:
    """The command line of the same run, of a scenario that has a name or a file."""
    word = plan.scenario.name if isinstance(given, Scenario) else str(given)
    parts = ["captive-ally", "run" if plan.design is None else "sweep", word]
    if isinstance(given, Scenario) and word in shipped() and given.end < load(word).end:
        parts += ["--until", str(given.end)]
    parts += ["--worlds", str(plan.worlds), "--seed", str(plan.seed), "--theory", plan.theory]
    parts += ["--numbers", plan.numbers.name]
    for claim in plan.without:
        parts += ["--without", claim]
    for path, value in changes.items():
        parts += ["--set", f"{path}={value}"]
    if plan.design is not None:
        levels = {str(name): list(dict.fromkeys(column)) for name, column in plan.design.items()}
        whole = [tuple(row) for row in plan.design.itertuples(index=False)] == list(product(*levels.values()))
        for name, values in levels.items():
            parts += ["--vary", f"{name}={','.join(map(str, values))}"] if whole else []
        parts += [] if whole else ["--design", "my-design.csv"]
        parts += ["--own-luck"] if plan.own_luck else []
    return shlex.join(parts)
