"""The tables and sentences of a run, and of a run over a design."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from pydantic import BaseModel, TypeAdapter, ValidationError

from agents.reasons import RUNGS
from experiments.figures.style import brief
from experiments.report.frames import units
from experiments.report.numbers import NO_VALUE, between, day, shown
from experiments.report.section import Section
from experiments.report.table import MOST_ROWS, OPEN, Cell, Table, TableColumn, number
from experiments.shares import in_percent
from sim.errors import UserError
from sim.measures import OUTCOMES, Measure, outcome_names
from sim.runs.plan import Plan
from sim.runs.results import FILES, ResultFolder
from sim.runs.summary import SUMMARY_QUANTILES
from sim.scenarios.scenario import Scenario

MAIN = {  # outcomes that a reader asks for first; the others are folded on the page
    "land": ("share_lost", "share_by_force", "share_by_handover", "core_lost", "recognised_lost"),
    "war": ("first_war_date", "war_days", "wars", "clashes", "red_lines_crossed"),
    "patron": ("level_max", "level_max_date", "first_force_date", "rhetoric_patron_mean",
               "rhetoric_outsider_mean"),
    "alliance": ("loyalty_start", "loyalty_end", "opinion_start", "opinion_end", "gratitude_start",
                 "gratitude_end", "observer_reliability_start", "observer_reliability_end"),
}  # fmt: skip
SWEEP = "sweep-"  # how the names of its figures begin
MAIN_OUTCOMES = ("share_lost", "loyalty_end")  # told of a sweep without figures
MOST_NAMED = 2  # factors in a question
LONGEST_VALUE = 60  # letters of a value in a table
TERMINAL_POINTS = 15  # points that a terminal shows
STOCKS = {
    "loyalty": "loyalty",
    "opinion": "opinion of the patron",
    "gratitude": "the challenger's gratitude",
}
SEE = "The numbers are in the table of districts."
FIGURES = {
    "territory": "Which district falls when, in how many worlds, beside the record.",
    "alliance": "Loyalty, opinion, gratitude and reliability in others' eyes, beside what was observed.",
    "ladder": "What the patron does while there is war, and the reasons for and against.",
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

    def in_words(self, value: float | str | None) -> str:
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
        return self.in_words(self.median)

    @property
    def ends(self) -> tuple[str, str]:
        """The ends of its 90 % range."""
        return self.in_words(self.low), self.in_words(self.high)


def run_section(folder: ResultFolder, plan: Plan) -> Section:
    """What came of a run.

    Raises:
        UserError: its summary is not as it should be.
    """
    outcomes = _outcomes(folder)
    ladder = ", ".join(f"{name} {in_percent(share)}" for name, share in _rungs(folder).items())
    lost = outcomes["share_lost"]
    spread = f"({' to '.join(lost.ends)} in {in_percent(0.9)} of worlds)"
    land = f"{lost.middle} {spread} of the contested land is lost"
    loyalty, opinion, gratitude = (
        f"{word} goes from {' to '.join(outcomes[f'{name}_{when}'].middle for when in ('start', 'end'))}"
        for name, word in STOCKS.items()
    )
    return Section(
        kind="run",
        question=f"{plan.scenario.title}: what comes of it?",
        answer=f"In the median world {land}, and {loyalty}. The patron's highest rung: {ladder} of worlds.",
        first=(_main_table(outcomes), _named_table(outcomes, _rungs(folder))),
        tables=(_other_table(outcomes), _district_table(folder, plan.scenario)),
        captions=FIGURES,
        alternatives={
            "territory": f"Districts in rows, dates across. In the median world {land}. {SEE}",
            "alliance": f"Curves with bands. In the median world {loyalty}, {opinion} and {gratitude}.",
            "ladder": f"The patron's rung over time, and its reasons. Its highest rung: {ladder} of worlds.",
            "map": f"Districts, shaded by the share of worlds in which each is lost. {SEE}",
        },
    )


def _rungs(folder: ResultFolder) -> dict[str, float]:
    """The share of worlds with each highest rung, the most common first."""
    shares = folder.outcome("level_max").value_counts(normalize=True)
    return {RUNGS[int(rung)]: float(share) for rung, share in zip(shares.index, shares, strict=True)}


def _outcomes(folder: ResultFolder) -> dict[str, Outcome]:
    """The summary of each outcome.

    Raises:
        UserError: it is not the summary of a run.
    """
    try:
        outcomes = TypeAdapter(dict[str, Outcome]).validate_python(folder.summary.get("outcomes"))
    except ValidationError:
        outcomes = {}
    if not {measure.name for measure in OUTCOMES} <= set(outcomes):
        raise UserError(f"{folder.path / FILES[-1]} cannot be read: it is not the summary of a run")
    return outcomes


def _main_table(outcomes: Mapping[str, Outcome], title: str = "Outcomes") -> Table:
    known = {measure.name: measure for measure in OUTCOMES}
    rows = ((about, known[name]) for about, names in MAIN.items() for name in names)
    note = "Land as a share of the contested land held at the start; the alliance on scales from 0 to 1."
    return _outcome_table(title, outcomes, rows, note=note)


def _other_table(outcomes: Mapping[str, Outcome]) -> Table:
    main = {name for names in MAIN.values() for name in names}
    rows = (("", one) for one in OUTCOMES if one.name not in main and one.unit != "name")
    return _outcome_table("Other outcomes", outcomes, rows, folded=True)


def _outcome_table(
    title: str, outcomes: Mapping[str, Outcome], measures: Iterable[tuple[str, Measure]], **more: Any
) -> Table:
    rows = []
    for about, measure in measures:
        one = outcomes[measure.name]
        rows.append((about, measure.meaning, one.unit, one.middle, *one.ends, in_percent(one.share_known)))
    head = (
        *("about", "outcome", "unit"),
        number("median"),
        number("5 %", "quantile"),
        number("95 %", "quantile"),
        number("defined in", "% of worlds"),
    )
    return Table.of(title, head, rows, **more)


def _named_table(outcomes: Mapping[str, Outcome], rungs: Mapping[str, float]) -> Table:
    shares = {"the patron's highest rung": rungs}
    shares |= {one.meaning: outcomes[one.name].shares for one in OUTCOMES if one.unit == "name"}
    rows = [
        (label, word, in_percent(share))
        for label, found in shares.items()
        for word, share in sorted(found.items(), key=lambda item: -item[1])
    ]
    head = ("outcome", "is", number("in", "% of worlds"))
    return Table.of("In how many worlds", head, rows)


def _district_table(folder: ResultFolder, scenario: Scenario) -> Table:
    names = {f"fell_{region.id}": region.name for region in scenario.regions.region}
    rows = []
    for column in outcome_names(scenario):
        if column in names:
            dates = folder.outcome(column)
            rows.append((names[column], in_percent(dates.notna().mean()), *_dates(dates.dropna())))
    head = (
        "district",
        number("lost in", "% of worlds"),
        number("median date", "of these"),
        number("5 %", "quantile"),
        number("95 %", "quantile"),
    )
    return Table.of("Districts", head, rows, note="By force or by handover.", folded=len(rows) > OPEN)


def _dates(known: "pd.Series[Any]") -> tuple[str, ...]:
    """Median and ends of the 90 % range of dates."""
    if known.empty:
        return "never", NO_VALUE, NO_VALUE
    quantiles = known.quantile([0.5, 0.05, 0.95], interpolation="nearest")
    return tuple(map(day, pd.to_datetime(quantiles)))


def sweep_section(folder: ResultFolder, plan: Plan, names: Sequence[str]) -> Section:
    """What came of a run over a design.

    Args:
        folder, plan: the run.
        names: the names of its files; what is drawn is told.
    """
    design, outcomes = pd.DataFrame(plan.design), _outcomes(folder)
    drawn = [name.removeprefix(SWEEP).removesuffix(".svg") for name in names if name.startswith(SWEEP)]
    wanted = [name for name in dict.fromkeys(drawn) if name in outcome_names(plan.scenario)] or MAIN_OUTCOMES
    numbers = [name for name in wanted if folder.outcome(name).dtype.kind in "iufb"]
    spreads = {name: _spread_by_point(folder, plan, name) for name in numbers}
    answers = "; ".join(_from_to(design, name, spread) for name, spread in spreads.items())
    return Section(
        kind="sweep",
        question=f"{plan.scenario.title}: what hangs on {_listed(design)}?",
        answer=f"Medians: {answers}." if answers else "See the figures.",
        first=(
            *([_point_table(design, spreads)] if spreads else []),
            _main_table(outcomes, "Outcomes, all points together"),
            _named_table(outcomes, _rungs(folder)),
        ),
        tables=(_other_table(outcomes),),
    )


def _listed(design: pd.DataFrame) -> str:
    names = [str(name) for name in design.columns]
    return " and ".join(names) if len(names) <= MOST_NAMED else f"{len(names)} factors"


def _spread_by_point(folder: ResultFolder, plan: Plan, name: str) -> pd.DataFrame:
    """Quantiles of an outcome, a row a point."""
    values = folder.outcome(name).groupby(folder.outcome("point"))
    spread = pd.DataFrame({share: values.quantile(share) for share in SUMMARY_QUANTILES})
    return spread.reindex(range(plan.points))


def meaning_of(name: str) -> str:
    """What an outcome is, in plain words."""
    return next((measure.meaning for measure in OUTCOMES if measure.name == name), name)


def _from_to(design: pd.DataFrame, name: str, spread: pd.DataFrame) -> str:
    """Where the median of an outcome is least, and where most."""
    medians = spread[0.5].dropna()
    if not len(medians):
        return f"{meaning_of(name)} is never defined"
    ends = (int(medians.to_numpy().argmin()), int(medians.to_numpy().argmax()))
    told = [f"{shown(medians.iloc[end])} at {_at(design, int(medians.index[end]))}" for end in ends]
    return f"{meaning_of(name)} from {' to '.join(told)}"


def _at(design: pd.DataFrame, point: int) -> str:
    return ", ".join(f"{name} = {shown(value) or 'none'}" for name, value in design.iloc[point].items())


def _point_table(design: pd.DataFrame, spreads: Mapping[str, pd.DataFrame]) -> Table:
    """A row a point: where it lies, and what came of it."""
    rows = []
    for point in range(min(len(design), MOST_ROWS)):
        cells = [Cell(brief(shown(value), LONGEST_VALUE) or "none") for value in design.iloc[point]]
        for spread in spreads.values():
            low, middle, high = spread.iloc[point]
            cells.append(Cell(shown(middle), below=between(low, high)))
        rows.append(cells)
    return Table.of(
        "The design and what came of it",
        (
            *(TableColumn(str(name), units().get(str(name), "")) for name in design.columns),
            *(number(meaning_of(name), units().get(name, "")) for name in spreads),
        ),
        rows,
        note="Median of worlds at each point; below, 90 % of them.",
        left=len(design) - len(rows),
        source="worlds.parquet",
        folded=len(rows) > OPEN,
        most=TERMINAL_POINTS,
    )
