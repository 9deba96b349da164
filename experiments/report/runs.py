"""What does the page say of a result folder: a run, a sweep, or a question asked of one?"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from experiments.figures.style import brief
from experiments.report.answers import told_versions
from experiments.report.drawings import drawing
from experiments.report.inquiries import calibration, explained, sensitivity
from experiments.report.outcomes import run, sweep
from experiments.report.section import Cell, Column, Drawing, Section, Table, Told
from experiments.report.tables import moment, shown
from sim.errors import UserError
from sim.runs.plan import Plan
from sim.runs.results import FILES, ResultFolder, open_folder
from sim.scenarios.loading import load, shipped
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import describe

FEW = 4  # factors that are told in a sentence
MOST_CHANGES = 12  # parameters told that are not as they ship
LONGEST = 60  # letters of a range
NO_FIGURES = "No figures were drawn with this run; the same command without --no-figures draws them."


def section_of(path: Path, prefix: str) -> Section:
    """What the page says of a result folder.

    Args:
        path: of the folder.
        prefix: of the names in its figures, its own on the page.

    Raises:
        UserError: the folder is not complete, or holds something else.
    """
    folder = open_folder(path)
    plan, names = folder.plan, _files(folder)
    told = _told(folder, plan, names)
    drawings = tuple(_drawings(folder, names, told, prefix))
    return Section(
        name=path.resolve().name,
        kind=told.kind,
        question=told.question,
        answer=told.answer,
        design=(*_design(plan), *([] if drawings else [NO_FIGURES])),
        verdicts=told.first,
        drawings=drawings,
        tables=(*told.tables, *([] if plan.design is None else [_factors(plan.design, plan.scenario)])),
        story="",
        story_folded=True,
        command=str(folder.manifest.command),
        origin=tuple(_origin(folder, plan)),
    )


def _told(folder: ResultFolder, plan: Plan, names: Sequence[str]) -> Told:
    if "posterior.csv" in names:
        return calibration(folder, plan)
    if explained(names):
        return sensitivity(folder, plan, explained(names))
    return run(folder, plan) if plan.design is None else sweep(folder, plan, names)


def _files(folder: ResultFolder) -> list[str]:
    """Figures and tables that a command has put beside those of the run."""
    names = list(folder.manifest.figures)
    if not isinstance(names, list) or any(Path(str(name)).name != name for name in names):
        raise UserError(f"{folder.path / FILES[0]} cannot be read: it is not the manifest of a run")
    for name in names:
        if not (folder.path / name).is_file():
            command = folder.manifest.command
            raise UserError(f"{folder.path} is not complete: {name} is missing; make it again: {command}")
    return names


def _drawings(folder: ResultFolder, names: Sequence[str], told: Told, prefix: str) -> Iterator[Drawing]:
    figures = [name.removesuffix(".svg") for name in names if name.endswith(".svg")]
    first = [name for name in told.captions if name in figures]
    for place, name in enumerate(dict.fromkeys([*first, *figures])):
        path = folder.path / f"{name}.svg"
        caption, alternative = told.captions.get(name, ""), told.alternatives.get(name, "")
        yield drawing(path, caption, alternative, f"{prefix}{place}-")


def _design(plan: Plan) -> Iterator[str]:
    """What was run, in paragraphs."""
    if plan.scenario.about:
        yield plan.scenario.about
    varied = [] if plan.design is None else [str(name) for name in plan.design.columns]
    parts = [f"theory {plan.theory}"] if "theory" not in varied else []
    parts.append(f"claims left out: {', '.join(plan.without) or 'none'}")
    if plan.design is not None:
        luck = "each with luck of its own" if plan.own_luck else "all with the same luck"
        parts.append(f"{plan.points:,} points, {luck}")
        parts.append(f"{len(varied)} factors varied" if len(varied) > FEW else f"varied: {', '.join(varied)}")
    yield "; ".join(parts).capitalize() + "."
    others = [
        f"{path} = {shown(now)} (usually {shown(before)})" for path, now, before in _changes(plan.scenario)
    ]
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
            f"{shown(values.min())} to {shown(values.max())}"
            if values.dtype.kind in "iuf"
            else ", ".join(str(value) or "none" for value in values.unique())
        )
        usual = (shown(info.default), info.unit, info.meaning) if info else ("", "", "")
        rows.append((Cell(str(name), "code"), Cell(brief(ends, LONGEST)), *map(Cell, usual)))
    head = (Column("factor"), Column("range"), Column("default"), Column("unit"), Column("meaning"))
    return Table("What was varied", head, tuple(rows), folded=True)


def _changes(scenario: Scenario) -> Iterator[tuple[str, float, float]]:
    """Parameters that differ from those of the scenario as it ships."""
    if scenario.name not in shipped():
        return
    usual = {info.path: info.default for info in describe(load(scenario.name))}
    for info in describe(scenario):
        if info.path in usual and info.default != usual[info.path]:
            yield info.path, info.default, usual[info.path]


def _origin(folder: ResultFolder, plan: Plan) -> Iterator[tuple[str, str]]:
    """What determines the numbers."""
    yield "scenario", f"{plan.scenario.name}, {plan.scenario.start} to {plan.scenario.end}"
    yield "worlds" + " a point" * (plan.design is not None), shown(plan.worlds)
    yield "seed", str(plan.seed)
    failed = folder.manifest.failed
    if failed:
        yield "worlds that could not be run", shown(failed)
    made = datetime.fromtimestamp((folder.path / FILES[0]).stat().st_mtime, UTC)
    yield "made", moment(made)
    yield "code of the model", str(folder.manifest.code)
    versions = folder.manifest.versions
    yield "versions", told_versions(versions if isinstance(versions, dict) else {})
