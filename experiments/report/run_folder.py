"""The section of a result folder: a run, a sweep, a question of sensitivity or a calibration."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from experiments.figures.style import brief
from experiments.report.answer_folder import making_of
from experiments.report.calibration import calibration_in
from experiments.report.drawings import drawing_of, figures_beside
from experiments.report.numbers import between, shown
from experiments.report.run import run_section, sweep_section
from experiments.report.section import Drawing, Section
from experiments.report.sensitivity import explained, sensitivity_in
from experiments.report.table import Cell, Table
from experiments.sentences import capitalised
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder
from sim.scenarios.loading import load, shipped
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import describe, set_in_words

FEW_FACTORS = 4  # factors that are told in a sentence
MOST_CHANGES = 12  # parameters told that are not as they ship
LONGEST_RANGE = 60  # letters of a range
NO_FIGURES = "No figures were drawn with this run; the same command without --no-figures draws them."


def folder_section(folder: ResultFolder) -> Section:
    """What the page says of a result folder.

    Raises:
        UserError: a file is missing, or holds something else.
    """
    plan, names = folder.plan, figures_beside(folder)
    section = _section(folder, plan, names)
    drawings = tuple(_drawings(folder, names, section))
    return replace(
        section,
        name=folder.path.resolve().name,
        design=(*_design(plan, section.settings), *([] if drawings else [NO_FIGURES])),
        drawings=drawings,
        tables=(*section.tables, *([] if plan.design is None else [_factors(plan.design, plan.scenario)])),
        command=folder.manifest.command,
        origin=tuple(origin_of(folder, plan)),
    )


def run_in(folder: ResultFolder) -> Section:
    """What the terminal says of a finished run or sweep."""
    return _section(folder, folder.plan, folder.manifest.figures)


def _section(folder: ResultFolder, plan: Plan, names: Sequence[str]) -> Section:
    if "posterior.csv" in names:
        section = calibration_in(folder, plan)
    elif explained(names):
        section = sensitivity_in(folder, plan, explained(names))
    else:
        section = run_section(folder, plan) if plan.design is None else sweep_section(folder, plan, names)
    return replace(section, settings=settings_in_words(plan))


def settings_in_words(plan: Plan) -> tuple[str, ...]:
    """What was run, in short phrases."""
    varied = [] if plan.design is None else [str(name) for name in plan.design.columns]
    luck = "each with luck of its own" if plan.own_luck else "all with the same luck"
    factors = f"{len(varied)} factors varied" if len(varied) > FEW_FACTORS else f"varied: {', '.join(varied)}"
    return (
        *([f"theory: {plan.theory}"] if "theory" not in varied else []),
        f"claims left out: {', '.join(plan.without) or 'none'}",
        *set_in_words(plan.scenario),
        *([f"{plan.points:,} points, {luck}", factors] if varied else []),
        f"numbers: {plan.numbers.words}",
        f"{plan.worlds:,} world{'s' * (plan.worlds > 1)}{' a point' * bool(varied)}",
        f"seed {plan.seed}",
        *([plan.inherited] if plan.inherited else []),
    )


def _drawings(folder: ResultFolder, names: Sequence[str], section: Section) -> Iterator[Drawing]:
    figures = [name.removesuffix(".svg") for name in names if name.endswith(".svg")]
    first = [name for name in section.captions if name in figures]
    for name in dict.fromkeys([*first, *figures]):
        caption, alternative = section.captions.get(name, ""), section.alternatives.get(name, "")
        yield drawing_of(folder.path / f"{name}.svg", caption, alternative)


def _design(plan: Plan, settings: Sequence[str]) -> Iterator[str]:
    """What was run, in paragraphs."""
    if plan.scenario.about:
        yield plan.scenario.about
    others = [
        f"{path} = {shown(now)} (usually {shown(before)})" for path, now, before in _changes(plan.scenario)
    ]
    told_below = set_in_words(plan.scenario) if others else ()
    yield capitalised("; ".join(one for one in settings if one not in told_below)) + "."
    if others:
        more = f", and {len(others) - MOST_CHANGES} more" if len(others) > MOST_CHANGES else ""
        yield f"Not as it ships: {', '.join(others[:MOST_CHANGES])}{more}."


def _factors(design: pd.DataFrame, scenario: Scenario) -> Table:
    """What was varied, and from where to where."""
    known = {info.path: info for info in describe(scenario)}
    rows = []
    for name, values in design.items():
        info = known.get(str(name))
        ends = (
            between(values.min(), values.max())
            if values.dtype.kind in "iuf"
            else ", ".join(str(value) or "none" for value in values.unique())
        )
        usual = (shown(info.default), info.unit, info.meaning) if info else ("", "", "")
        rows.append((Cell(str(name), "code"), brief(ends, LONGEST_RANGE), *usual))
    head = ("factor", "range", "default", "unit", "meaning")
    return Table.of("What was varied", head, rows, folded=True)


def _changes(scenario: Scenario) -> Iterator[tuple[str, float, float]]:
    """Parameters that differ from those of the scenario as it ships."""
    if scenario.name not in shipped():
        return
    usual = {info.path: info.default for info in describe(load(scenario.name))}
    for info in describe(scenario):
        if info.path in usual and info.default != usual[info.path]:
            yield info.path, info.default, usual[info.path]


def origin_of(folder: ResultFolder, plan: Plan) -> Iterator[tuple[str, str]]:
    """What determines the numbers."""
    yield "scenario", f"{plan.scenario.name}, {plan.scenario.start} to {plan.scenario.end}"
    yield "worlds" + " a point" * (plan.design is not None), shown(plan.worlds)
    yield "seed", str(plan.seed)
    if plan.inherited:
        yield "numbers not its own", plan.inherited
    if folder.manifest.failed:
        yield "worlds that could not be run", shown(folder.manifest.failed)
    yield from making_of(folder)
