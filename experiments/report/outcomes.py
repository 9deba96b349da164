"""What does the page say of a run, and of a run over a design?"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from pydantic import BaseModel, TypeAdapter, ValidationError

from experiments.commands.terminal import NAMES, RUNGS, SECTIONS
from experiments.figures.style import brief
from experiments.report.section import Cell, Column, Table, Told
from experiments.report.tables import MOST_ROWS, NOTHING, OPEN, day, percent, shown, units
from sim.errors import UserError
from sim.measures import OUTCOMES, outcome_names
from sim.runs.plan import Plan
from sim.runs.results import FILES, ResultFolder
from sim.scenarios.scenario import Scenario

SWEEP = "sweep-"  # how the names of its figures begin
DRAWN = ("share_lost", "loyalty_end")  # told of a sweep without figures
QUANTILES = (0.05, 0.5, 0.95)
MOST_NAMED = 2  # factors in a question
LONGEST = 60  # letters of a value in a table
STOCKS = {
    "loyalty": "loyalty",
    "opinion": "opinion of the patron",
    "gratitude": "the challenger's gratitude",
}
SEE = "The numbers are in the table of districts."
FIGURES = {
    "territory": "Which district falls when, in how many worlds, beside the record.",
    "alliance": "Loyalty, opinion, gratitude and reliability in others' eyes, over time.",
    "ladder": "What the patron does on each day of war, and the reasons for and against.",
    "map": "The chance that each district is lost by the end.",
}


class Outcome(BaseModel):
    """What summary.json says of an outcome."""

    unit: str = ""
    median: float | str | None = None
    low: float | str | None = None
    high: float | str | None = None
    share_known: float = 1.0
    shares: dict[str, float] = {}

    def told(self, value: float | str | None) -> str:
        """One of its numbers or dates."""
        if not isinstance(value, str):
            return shown(value, self.unit)
        try:
            return day(date.fromisoformat(value))
        except ValueError:
            return value

    @property
    def middle(self) -> str:
        """Its median."""
        return self.told(self.median)


def run(folder: ResultFolder, plan: Plan) -> Told:
    """What came of a run.

    Raises:
        UserError: its summary is not as it should be.
    """
    outcomes = _outcomes(folder)
    rungs = folder.outcome("level_max").value_counts(normalize=True)
    ladder = ", ".join(
        f"{RUNGS[int(rung)]} {percent(share)}" for rung, share in zip(rungs.index, rungs, strict=True)
    )
    land = f"{_spread(outcomes['share_lost'])} of the contested land is lost"
    loyalty, opinion, gratitude = (
        f"{word} goes from {' to '.join(outcomes[f'{name}_{when}'].middle for when in ('start', 'end'))}"
        for name, word in STOCKS.items()
    )
    return Told(
        kind="run",
        question=f"{plan.scenario.title}: what comes of it?",
        answer=f"In the median world {land}, and {loyalty}. The patron's highest rung: {ladder} of worlds.",
        first=(_outcome_table(outcomes), _named_table(outcomes)),
        tables=(_district_table(folder, plan.scenario),),
        captions=FIGURES,
        alternatives={
            "territory": f"Districts in rows, dates across. In the median world {land}. {SEE}",
            "alliance": f"Curves with bands. In the median world {loyalty}, {opinion} and {gratitude}.",
            "ladder": f"The patron's rung by day, and its reasons. Its highest rung: {ladder} of worlds.",
            "map": f"Districts, shaded by the share of worlds in which each is lost. {SEE}",
        },
    )


def _outcomes(folder: ResultFolder) -> dict[str, Outcome]:
    """The summary of each outcome.

    Raises:
        UserError: it is not the summary of a run.
    """
    wanted = {*NAMES, *(name for part in SECTIONS.values() for name in part)}
    try:
        outcomes = TypeAdapter(dict[str, Outcome]).validate_python(folder.summary.get("outcomes"))
    except ValidationError:
        outcomes = {}
    if not wanted <= set(outcomes):
        raise UserError(f"{folder.path / FILES[-1]} cannot be read: it is not the summary of a run")
    return outcomes


def _spread(one: Outcome) -> str:
    return f"{one.told(one.median)} ({one.told(one.low)} to {one.told(one.high)} in {percent(0.9)} of worlds)"


def _outcome_table(outcomes: Mapping[str, Outcome]) -> Table:
    rows = []
    for title, part in SECTIONS.items():
        for name, label in part.items():
            one = outcomes[name]
            numbers = map(one.told, (one.median, one.low, one.high))
            texts = (title.partition(" (")[0], label, one.unit, *numbers, percent(one.share_known))
            rows.append(tuple(map(Cell, texts)))
    head = (
        Column("about"),
        Column("outcome"),
        Column("unit"),
        Column("median", number=True),
        Column("5 %", "quantile", number=True),
        Column("95 %", "quantile", number=True),
        Column("defined in", "% of worlds", number=True),
    )
    note = "Land as a share of the contested land held at the start; the alliance on scales from 0 to 1."
    return Table("Outcomes", head, tuple(rows), note)


def _named_table(outcomes: Mapping[str, Outcome]) -> Table:
    rows = [
        (Cell(label), Cell(word), Cell(percent(share)))
        for name, label in NAMES.items()
        for word, share in sorted(outcomes[name].shares.items(), key=lambda item: -item[1])
    ]
    head = (Column("outcome"), Column("is"), Column("in", "% of worlds", number=True))
    return Table("In how many worlds", head, tuple(rows), folded=len(rows) > OPEN)


def _district_table(folder: ResultFolder, scenario: Scenario) -> Table:
    names = {f"fell_{region.id}": region.name for region in scenario.regions.region}
    rows = []
    for column in outcome_names(scenario):
        if column in names:
            dates = folder.outcome(column)
            texts = (names[column], percent(dates.notna().mean()), *_dates(dates.dropna()))
            rows.append(tuple(map(Cell, texts)))
    head = (
        Column("district"),
        Column("lost in", "% of worlds", number=True),
        Column("median date", "of these", number=True),
        Column("5 %", "quantile", number=True),
        Column("95 %", "quantile", number=True),
    )
    return Table("Districts", head, tuple(rows), "By force or by handover.", folded=len(rows) > OPEN)


def _dates(known: "pd.Series[Any]") -> tuple[str, ...]:
    """Median and ends of the 90 % range of dates."""
    if known.empty:
        return "never", NOTHING, NOTHING
    quantiles = known.quantile([0.5, 0.05, 0.95], interpolation="nearest")
    return tuple(map(day, pd.to_datetime(quantiles)))


def sweep(folder: ResultFolder, plan: Plan, names: Sequence[str]) -> Told:
    """What came of a run over a design.

    Args:
        folder, plan: of the run.
        names: of its files; what is drawn is told.
    """
    design = pd.DataFrame(plan.design)
    drawn = [name.removeprefix(SWEEP).removesuffix(".svg") for name in names if name.startswith(SWEEP)]
    wanted = [name for name in dict.fromkeys(drawn) if name in outcome_names(plan.scenario)] or DRAWN
    numbers = [name for name in wanted if folder.outcome(name).dtype.kind in "iufb"]
    spreads = {name: _spread_by_point(folder, plan, name) for name in numbers}
    answers = "; ".join(_from_to(design, name, spread) for name, spread in spreads.items())
    return Told(
        kind="sweep",
        question=f"{plan.scenario.title}: what hangs on {_listed(design)}?",
        answer=f"Medians: {answers}." if answers else "See the figures.",
        first=(),
        tables=(_point_table(design, spreads),) if spreads else (),
    )


def _listed(design: pd.DataFrame) -> str:
    names = [str(name) for name in design.columns]
    return " and ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} factors"


def _spread_by_point(folder: ResultFolder, plan: Plan, name: str) -> pd.DataFrame:
    """Quantiles of an outcome, a row a point."""
    values = folder.outcome(name).groupby(folder.outcome("point"))
    spread = pd.DataFrame({share: values.quantile(share) for share in QUANTILES})
    return spread.reindex(range(plan.points))


def _meaning(name: str) -> str:
    return next((measure.meaning for measure in OUTCOMES if measure.name == name), name)


def _from_to(design: pd.DataFrame, name: str, spread: pd.DataFrame) -> str:
    """Where the median of an outcome is least, and where most."""
    medians = spread[0.5].dropna()
    if not len(medians):
        return f"{_meaning(name)} is never defined"
    ends = (int(medians.to_numpy().argmin()), int(medians.to_numpy().argmax()))
    told = [f"{shown(medians.iloc[end])} at {_at(design, int(medians.index[end]))}" for end in ends]
    return f"{_meaning(name)} from {' to '.join(told)}"


def _at(design: pd.DataFrame, point: int) -> str:
    return ", ".join(f"{name} = {shown(value) or 'none'}" for name, value in design.iloc[point].items())


def _point_table(design: pd.DataFrame, spreads: Mapping[str, pd.DataFrame]) -> Table:
    """A row a point: where it lies, and what came of it."""
    rows = []
    for point in range(min(len(design), MOST_ROWS)):
        cells = [Cell(brief(shown(value), LONGEST) or "none") for value in design.iloc[point]]
        for spread in spreads.values():
            low, middle, high = (shown(spread[share].iloc[point]) for share in QUANTILES)
            cells.append(Cell(middle, below=f"{low} to {high}"))
        rows.append(tuple(cells))
    head = (
        *(Column(str(name), units().get(str(name), "")) for name in design.columns),
        *(Column(_meaning(name), units().get(name, ""), number=True) for name in spreads),
    )
    return Table(
        "The design and what came of it",
        head,
        tuple(rows),
        "Median of worlds at each point; below, 90 % of them.",
        left=len(design) - len(rows),
        source="worlds.parquet",
        folded=len(rows) > OPEN,
    )
