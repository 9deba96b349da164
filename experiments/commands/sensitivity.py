"""The command sensitivity: which parameters move an outcome."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.commands.inquiry import ask
from experiments.commands.options import HOW, complete_outcome, listed_outcomes, numbers_of, what
from sim.errors import UserError, nearest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from experiments.explore.levers import Lever
    from experiments.explore.sensitivity import Finding
    from experiments.report.section import Section
    from sim.runs.plan import Plan
    from sim.runs.results import ResultFolder

MOST_OUTCOMES = 12


@click.command()
@click.argument("scenario")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    default=("loyalty_end",),
    show_default=True,
    is_eager=True,
    shell_complete=complete_outcome,
    callback=listed_outcomes,
    help="Outcome to explain. May be repeated at no cost in worlds; `list` shows all outcomes.",
)
@click.option(
    "--method",
    default="morris",
    show_default=True,
    help="oat (one at a time), morris (to screen many) or sobol (shares of variance).",
)
@click.option(
    "--parameters",
    multiple=True,
    metavar="PATH,...",
    help="Parameters or groups of them, such as patron [default: all].",
)
@click.option("--vary", multiple=True, metavar="PATH=LOW:HIGH", help="Use another range. May be repeated.")
@click.option(
    "--around",
    type=float,
    metavar="SHARE",
    help="How far to go either side of the default, as a share of the range [default: all of it].",
)
@click.option(
    "--design",
    type=click.Path(path_type=Path),
    help="Take parameters and ranges from the columns of a table, such as a posterior.",
)
@click.option(
    "--points", type=int, help="Values per parameter (oat: 9), paths (morris: 20), base points (sobol: 256)."
)
@numbers_of("sensitivity")
@what(worlds=50)
@HOW
def sensitivity(scenario: str, **given: Any) -> None:  # fmt: skip
    """Find which parameters of a SCENARIO move an outcome, with intervals and a convergence check.

    Like any run, this resumes where it was interrupted; all points share the same luck. A good order: morris
    on all parameters, then oat and sobol on those that matter.

    \b
    Examples:
      captive-ally sensitivity karabakh-2020 --outcome loyalty_end --method morris
      captive-ally sensitivity karabakh-2020 --outcome share_lost --method oat --parameters challenger
      captive-ally sensitivity karabakh-2020 --method sobol --points 512 --worlds 20 \\
          --outcome loyalty_end --outcome gratitude_end \\
          --parameters client.outside_option,patron.capability,patron.window_days --around 0.25
    """
    from experiments.commands.launch import plan_of

    ask(sensitivity_inquiry(plan_of(scenario, given), given), given)


def sensitivity_inquiry(plan: "Plan", given: Mapping[str, Any]) -> "SensitivityInquiry":
    """The question of sensitivity that was given.

    Raises:
        UserError: whatever is wrong with it.
    """
    from experiments.explore.levers import chosen, distinct_points, levers_of
    from experiments.explore.methods import METHODS
    from experiments.explore.sensitivity import lay_out
    from sim.measures import OUTCOMES
    from sim.scenarios.values import describe

    if given["method"] not in METHODS:
        raise UserError(f"--method {given['method']}: unknown; {nearest(given['method'], METHODS)}")
    known = {info.path: info for info in describe(plan.scenario)}
    ranges = _ranges(given, known)
    names = [name.strip() for one in given["parameters"] for name in one.split(",")]
    if given["design"] is not None and not names:
        names = list(ranges)
    if given["around"] is not None and not 0 < given["around"] <= 1:
        raise UserError(f"--around {given['around']:g}: a share of the range is needed, above 0 and up to 1")
    levers = levers_of(chosen(known, names), ranges, given["around"])
    stray = [path for path in ranges if path not in {one.path for one in levers}]
    if stray:
        raise UserError(f"--vary {stray[0]}: it is not among the parameters that --parameters names")
    numbers = {measure.name: measure for measure in OUTCOMES if measure.unit not in ("name", "date")}
    outcomes = tuple(dict.fromkeys(given["outcomes"]))
    for name in outcomes:
        if name not in numbers:
            raise UserError(f"--outcome {name}: unknown; {nearest(name, numbers)}")
    if len(outcomes) > MOST_OUTCOMES:
        raise UserError(f"--outcome: {len(outcomes)} are given; up to {MOST_OUTCOMES} can be explained")
    method = METHODS[given["method"]]
    points = method.usual if given["points"] is None else given["points"]
    unit = lay_out(method, levers, points, plan.seed)
    design, which = distinct_points(levers, unit)
    plan = replace(plan, design=design).with_numbers(given["numbers"])
    return SensitivityInquiry(plan, method.name, points, levers, unit, which, outcomes)


def _ranges(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Ranges that differ from those of the parameters: of a table's columns, and of --vary."""
    from sim.runs.design import parse_factor, read

    ranges: dict[str, tuple[float, float]] = {}
    varied: list[str] = []
    if given["design"] is not None:
        table = read(given["design"], known)
        for name in [name for name in table.columns if name in known]:
            ranges[name] = (float(table[name].min()), float(table[name].max()))
        if not ranges:
            raise UserError(f"--design {given['design']}: no column is a parameter")
    from experiments.commands.launch import check_not_set_twice, check_uncounted

    check_uncounted(given["vary"], "--points says how many values there are")
    for text in given["vary"]:
        factor = parse_factor(text, known)
        if factor.low is None or factor.high is None:
            raise UserError(f"--vary {text}: PATH=LOW:HIGH is needed, such as backer.help=0:0.5")
        if factor.name in varied:
            raise UserError(f"--vary {factor.name}: given twice")
        varied.append(factor.name)
        ranges[factor.name] = (factor.low, factor.high)
    check_not_set_twice(ranges, given, "--vary or --design")
    return ranges


@dataclass(frozen=True)
class SensitivityInquiry:
    """A question of sensitivity, and what its finished run says.

    Attributes:
        plan: the run that answers it.
        method, points: how the design was laid out.
        levers: the parameters that are varied.
        unit: (rows, levers) places on the unit cube.
        which: the point of the run for each row of the design.
        outcomes: the outcomes to be explained.
    """

    plan: "Plan"
    method: str
    points: int
    levers: "tuple[Lever, ...]"
    unit: Any
    which: Any
    outcomes: tuple[str, ...]

    @cached_property
    def _found(self) -> "dict[str, Finding]":
        return {}

    def answers(self, folder: "ResultFolder", outcome: str) -> Any:
        """(rows, worlds) values of an outcome; NaN for a world that could not be run."""
        import numpy as np

        values = np.full((self.plan.points, self.plan.worlds), np.nan)
        point, world = folder.outcome("point").to_numpy(), folder.outcome("world").to_numpy()
        values[point, world] = folder.outcome(outcome).to_numpy(dtype=float)
        return values[self.which]

    def findings(self, folder: "ResultFolder") -> "dict[str, Finding]":
        """What moves each outcome, with what half of the answers said beside it.

        Raises:
            UserError: an outcome is unknown in too much of the design.
        """
        from experiments.explore.methods import METHODS
        from experiments.explore.sensitivity import finding_of
        from experiments.report.sensitivity import table_with_halves

        for name in self.outcomes:
            if name not in self._found:
                try:
                    answers = self.answers(folder, name)
                    finding = finding_of(
                        METHODS[self.method], self.levers, self.unit, answers, self.plan.seed
                    )
                except UserError as error:
                    raise UserError(f"--outcome {name}: {error}") from None
                self._found[name] = replace(finding, table=table_with_halves(finding))
        return self._found

    def tables(self, folder: "ResultFolder") -> "dict[str, pd.DataFrame]":
        """The indices of each outcome."""
        from experiments.report.sensitivity import BEGINS

        return {f"{BEGINS}{name}": finding.table for name, finding in self.findings(folder).items()}

    def figures(self, folder: "ResultFolder") -> "dict[str, Figure]":
        """What moves each outcome, drawn."""
        from experiments.explore.methods import curves
        from experiments.figures.sensitivity import draw_sensitivity
        from experiments.figures.style import in_lines
        from experiments.report.sensitivity import BEGINS, verdict
        from sim.measures import OUTCOMES

        measures = {measure.name: measure for measure in OUTCOMES}
        figures = {}
        for name, finding in self.findings(folder).items():
            measure, lines = measures[name], None
            if self.method == "oat":
                lines = curves(self.levers, self.unit, self.answers(folder, name))
            title = f"What moves: {measure.meaning}"
            sure = verdict(finding).partition(":")[0].lower()
            caption = in_lines([self.plan.scenario.title, *self._settings(), sure])
            figures[f"{BEGINS}{name}"] = draw_sensitivity(
                finding, self.levers, title, measure.unit, caption, lines
            )
        return figures

    def section(self, folder: "ResultFolder") -> "Section":
        """The answer, for a terminal."""
        from experiments.report.sensitivity import sensitivity_section

        found = sensitivity_section(folder.scenario.title, self.findings(folder))
        return replace(found, settings=self._settings())

    def facts(self, folder: "ResultFolder") -> dict[str, Any]:
        """The answer as plain data."""
        return {
            name: {
                "method": self.method,
                "points": self.points,
                "converged": finding.converged,
                "width": finding.width,
                "agreement": {check.of: check.agreement for check in finding.checks},
                "share_of_luck": None if finding.luck != finding.luck else finding.luck,
                "left_out": finding.left_out,
                "indices": json.loads(finding.table.to_json(orient="records")),
            }
            for name, finding in self.findings(folder).items()
        }

    def _settings(self) -> tuple[str, ...]:
        """What was run, in short phrases."""
        from experiments.explore.methods import METHODS
        from experiments.report.run_folder import settings_in_words

        how = f"{self.method}, {len(self.levers)} parameters, {self.points:,} {METHODS[self.method].counts}"
        return how, *settings_in_words(self.plan)
