"""The command that asks which parameters move an outcome."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.commands.options import HOW, what
from sim.errors import UserError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from experiments.explore.levers import Lever
    from experiments.explore.sensitivity import Finding
    from sim.runs.plan import Plan
    from sim.runs.results import ResultFolder

MOST_TOLD = 15  # parameters in the terminal
MOST_OUTCOMES = 12


@click.command()
@click.argument("scenario")
@click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    default=("loyalty_end",),
    show_default=True,
    help="What is to be explained. May be given again: it costs no more worlds.",
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
    help="Parameters, or the beginning of some, such as patron [default: all].",
)
@click.option("--vary", multiple=True, metavar="PATH=LOW:HIGH", help="Another range. May be given again.")
@click.option(
    "--around",
    type=float,
    metavar="SHARE",
    help="Go from the default so far to either side, as a share of the range [default: all of it].",
)
@click.option(
    "--design",
    type=click.Path(path_type=Path),
    help="Take parameters and ranges from the columns of a table, such as a posterior.",
)
@click.option(
    "--points", type=int, help="Values a parameter (oat: 9), paths (morris: 20) or base points (sobol: 256)."
)
@what(worlds=50)
@HOW
def sensitivity(scenario: str, **given: Any) -> None:  # fmt: skip
    """Ask which parameters of a SCENARIO move an outcome, with intervals and a check of convergence.

    A batch like any other: it goes on where it was interrupted, and all points share the same luck. A good
    order: morris over all, then oat and sobol over those that matter.

    \b
    Examples:
      captive-ally sensitivity karabakh-2020 --outcome loyalty_end --method morris
      captive-ally sensitivity karabakh-2020 --outcome share_lost --method oat --parameters challenger
      captive-ally sensitivity karabakh-2020 --method sobol --points 512 --worlds 20 \\
          --outcome loyalty_end --outcome gratitude_end \\
          --parameters client.outside_option,patron.capability,patron.window_days --around 0.25
    """
    from experiments.commands.launch import Afterwards, launch, plan_of

    inquiry = inquire(plan_of(scenario, given), given)
    after = Afterwards(inquiry.draw if given["figures"] else inquiry.write, inquiry.tell, inquiry.facts)
    launch(inquiry.plan, given, click.get_current_context().find_root().obj, after)


def inquire(plan: "Plan", given: Mapping[str, Any]) -> "Inquiry":
    """What is asked.

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
    return Inquiry(replace(plan, design=design), method.name, points, levers, unit, which, outcomes)


def _ranges(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Ranges that differ from those of the parameters: of a table's columns, and of --vary."""
    from sim.runs.design import parse_factor, read

    ranges: dict[str, tuple[float, float]] = {}
    if given["design"] is not None:
        table = read(given["design"], known)
        for name in [name for name in table.columns if name in known]:
            ranges[name] = (float(table[name].min()), float(table[name].max()))
        if not ranges:
            raise UserError(f"--design {given['design']}: no column is a parameter")
    for text in given["vary"]:
        factor = parse_factor(text, known)
        if factor.low is None or factor.high is None:
            raise UserError(f"--vary {text}: PATH=LOW:HIGH is needed, such as backer.help=0:0.5")
        ranges[factor.name] = (factor.low, factor.high)
    return ranges


@dataclass(frozen=True)
class Inquiry:
    """A question of sensitivity, and what its finished run says.

    Attributes:
        plan: to be run.
        method, points: how the design was laid out.
        levers: that are varied.
        unit: (rows, levers) places on the unit cube.
        which: point of the run, for each row of the design.
        outcomes: to be explained.
    """

    plan: "Plan"
    method: str
    points: int
    levers: "tuple[Lever, ...]"
    unit: Any
    which: Any
    outcomes: tuple[str, ...]

    @cached_property
    def _found(self) -> "dict[str, dict[str, Finding]]":
        return {}

    def answers(self, folder: "ResultFolder", outcome: str) -> Any:
        """(rows, worlds) values of an outcome; NaN for a world that could not be run."""
        import numpy as np

        values = np.full((self.plan.points, self.plan.worlds), np.nan)
        point, world = folder.outcome("point").to_numpy(), folder.outcome("world").to_numpy()
        values[point, world] = folder.outcome(outcome).to_numpy(dtype=float)
        return values[self.which]

    def findings(self, folder: "ResultFolder") -> "dict[str, Finding]":
        """What moves each outcome.

        Raises:
            UserError: an outcome is unknown in too much of the design.
        """
        from experiments.explore.methods import METHODS
        from experiments.explore.sensitivity import finding_of

        place = str(folder.path)
        if place not in self._found:
            found = {}
            for name in self.outcomes:
                try:
                    answers = self.answers(folder, name)
                    found[name] = finding_of(
                        METHODS[self.method], self.levers, self.unit, answers, self.plan.seed
                    )
                except UserError as error:
                    raise UserError(f"--outcome {name}: {error}") from None
            self._found[place] = found
        return self._found[place]

    def write(self, folder: "ResultFolder", into: Path) -> list[Path]:
        """Write the indices of each outcome as a table."""
        from sim.runs.files import write_atomically

        files = []
        for name, finding in self.findings(folder).items():
            path = into / f"sensitivity-{name}.csv"
            write_atomically(path, _with_halves(finding).to_csv(index=False).encode())
            files.append(path)
        return files

    def draw(self, folder: "ResultFolder", into: Path) -> list[Path]:
        """Write tables and figures."""
        from experiments.explore.methods import curves
        from experiments.figures.sensitivity import draw_sensitivity
        from experiments.figures.style import in_lines, write_figures
        from sim.measures import OUTCOMES

        measures = {measure.name: measure for measure in OUTCOMES}
        figures = {}
        for name, finding in self.findings(folder).items():
            measure = measures[name]
            lines = None
            if self.method == "oat":
                lines = curves(self.levers, self.unit, self.answers(folder, name))
            title = f"What moves: {measure.meaning}"
            caption = in_lines([*self._origin(), verdict(finding).partition(":")[0].lower()])
            figures[f"sensitivity-{name}"] = draw_sensitivity(
                finding, self.levers, title, measure.unit, caption, lines
            )
        return self.write(folder, into) + write_figures(figures, into)

    def tell(self, folder: "ResultFolder") -> str:
        """The answer, to be read in a terminal."""
        found = self.findings(folder)
        return "\n\n".join(
            [
                f"{folder.scenario.title}\n" + " \N{MIDDLE DOT} ".join(self._origin()[1:]),
                *(_told(name, finding) for name, finding in found.items()),
            ]
        )

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
                "indices": json.loads(_with_halves(finding).to_json(orient="records")),
            }
            for name, finding in self.findings(folder).items()
        }

    def _origin(self) -> list[str]:
        """What determines the numbers."""
        from experiments.explore.methods import METHODS

        plan = self.plan
        return [
            plan.scenario.title,
            f"theory: {plan.theory}",
            f"claims left out: {', '.join(plan.without) or 'none'}",
            f"{self.method}, {len(self.levers)} parameters, {self.points:,} {METHODS[self.method].counts}",
            f"{plan.points:,} different points",
            f"{plan.worlds:,} world{'s' * (plan.worlds > 1)} each, all with the same luck",
            f"seed {plan.seed}",
        ]


def _with_halves(finding: "Finding") -> "pd.DataFrame":
    """The table of a finding, with what half of the answers said beside it."""
    table = finding.table
    for check in finding.checks:
        half = check.table.set_index("parameter")["index"].rename(f"from_half_the_{check.of}")
        table = table.join(half, on="parameter")
    return table


def verdict(finding: "Finding") -> str:
    """Whether the answer is sure, in words."""
    from experiments.explore.sensitivity import ALIKE, WIDE

    if finding.flat:
        return "The outcome does not move at all over these ranges."
    halves = ", ".join(f"half the {check.of} agree by {check.agreement:.2f}" for check in finding.checks)
    order = (
        f"the order {'holds' if finding.ordered else 'is open'} ({halves or 'no halves'}; wanted {ALIKE:g})"
    )
    of = "the variance" if finding.method.name == "sobol" else "the largest"
    width = f"the widest interval is \N{PLUS-MINUS SIGN}{finding.width:.2f} of {of} (wanted {WIDE:g})"
    told = f"{'Converged' if finding.converged else 'Not converged'}: {order}; {width}."
    if not finding.converged:
        more = "--worlds" if finding.method.name == "oat" else "--points and --worlds"
        told += f" More {more} settle it."
    return told


def _told(name: str, finding: "Finding") -> str:
    """One outcome, to be read in a terminal."""
    from experiments.commands.terminal import table

    more = {"sobol": ("first", "interactions"), "morris": ("mean", "spread"),
            "oat": ("change", "steepest_from", "steepest_to")}[finding.method.name]  # fmt: skip
    rows = [
        (row["parameter"], f"{row['index']:.3f}", f"{row['low']:.3f} to {row['high']:.3f}",
         *(f"{row[column]:.3g}" for column in more))
        for row in finding.table.head(MOST_TOLD).to_dict("records")
    ]  # fmt: skip
    width = max(len(row[0]) for row in rows)
    head = ("parameter", "index", "95 %", *(column.replace("_", " ") for column in more))
    lines = [f"{name}: {finding.method.index}", table(rows, head, (width, 7, 16, 8, 14, 12))]
    left = len(finding.table) - len(rows)
    lines += [f"and {left} more in sensitivity-{name}.csv"] * (left > 0)
    if finding.luck == finding.luck:
        lines.append(f"Luck makes {finding.luck:.0%} of the variance of single worlds.")
    if finding.left_out:
        lines.append(f"Left out: {finding.left_out:.1%} of the design, where no world has this outcome.")
    return "\n".join([*lines, verdict(finding)])
