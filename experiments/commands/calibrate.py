"""The command that asks which parameters go together with the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.commands.options import HOW
from sim.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from experiments.explore.calibration import Posterior, Target
    from sim.runs.plan import Plan
    from sim.runs.results import ResultFolder

FEWEST, MOST = 100, 1_000_000  # draws
MOST_CHECKED = 1000  # worlds of each kind in the predictive check
AFTERWARDS = 1  # added to the seed: worlds of the check meet other luck than those that were chosen by


@click.command()
@click.argument("scenario")
@click.option("--draws", default=20_000, show_default=True, help="Draws from the prior: a world each.")
@click.option("--keep", default=0.01, show_default=True, help="Share of them that is kept.")
@click.option("--seed", default=0, show_default=True, help="Of all luck: same seed, same numbers.")
@click.option(
    "--set", "changes", multiple=True, metavar="PATH=VALUE", help="Set a parameter that is not free."
)
@click.option("--theory", default="article", show_default=True, help="Of the patron's choice.")
@click.option("--without", multiple=True, metavar="CLAIM", help="Leave a rule out, such as C3 or C3,C17.")
@HOW
def calibrate(scenario: str, **given: Any) -> None:
    """Find the assumed parameters of a SCENARIO that go together with the record (T1 to T8, T17).

    Draws the parameters from their whole ranges, runs a world with each draw, and keeps those that look
    most like the record. Writes posterior.csv, a design that `sweep --design` and `sensitivity --design`
    take, with figures of prior against posterior and of worlds drawn from both. karabakh-2020 answers for
    T4 to T8 and T17, karabakh-1994-2025 for T1 to T3.

    \b
    Examples:
      captive-ally calibrate karabakh-2020 --out runs/calibrated
      captive-ally calibrate karabakh-2020 --draws 100000 --keep 0.005
      captive-ally sweep karabakh-2020 --design runs/calibrated/posterior.csv --worlds 20
    """
    from experiments.commands.launch import Afterwards, launch, plan_of

    given |= {"worlds": 1}
    inquiry = inquire(plan_of(scenario, given), given)
    after = Afterwards(inquiry.draw if given["figures"] else inquiry.write, inquiry.tell, inquiry.facts)
    launch(inquiry.plan, given, click.get_current_context().find_root().obj, after)


def inquire(plan: "Plan", given: Mapping[str, Any]) -> "Calibration":
    """What is asked.

    Raises:
        UserError: whatever is wrong with it.
    """
    from experiments.explore.calibration import FEWEST_KEPT, free_in, prior, targets
    from experiments.history.record import MAP, captures, days_to_capture, kept_districts, patterns
    from sim.scenarios.values import describe

    draws, share = given["draws"], given["keep"]
    if not FEWEST <= draws <= MOST:
        raise UserError(f"--draws {draws}: a whole number from {FEWEST:,} to {MOST:,} is needed")
    if not 0 < share <= 0.5:
        raise UserError(f"--keep {share:g}: a share above 0 and up to 0.5 is needed")
    if round(share * draws) < FEWEST_KEPT:
        raise UserError(
            f"--keep {share:g} of {draws:,} draws keeps {round(share * draws)}; at least {FEWEST_KEPT} are "
            f"needed to describe a posterior: raise --draws or --keep"
        )
    if plan.scenario.map != MAP:
        raise UserError(f"{plan.scenario.name}: there is a record of the map '{MAP}' only, to calibrate on")
    free = free_in(plan.scenario)
    for text in given["changes"]:
        path = text.partition("=")[0].strip()
        if path in free:
            raise UserError(f"--set {text}: this parameter is calibrated, {free[path]}")
    known = {info.path: info for info in describe(plan.scenario)}
    design = prior(list(free), known, draws, plan.seed)
    wanted = targets(plan.scenario, patterns(), captures(), kept_districts(), days_to_capture())
    return Calibration(
        replace(plan, design=design, own_luck=True),
        tuple(free),
        wanted,
        share,
        tuple((known[path].low, known[path].high) for path in free),
        tuple(known[path].default for path in free),
    )


@dataclass(frozen=True)
class Calibration:
    """A calibration that is asked for, and what its finished run says.

    Attributes:
        plan: to be run: a point a draw, a world a point.
        free: parameters that are calibrated.
        targets: what worlds are held against.
        share: of the draws that is kept.
        ranges, defaults: of the free parameters.
    """

    plan: "Plan"
    free: tuple[str, ...]
    targets: "tuple[Target, ...]"
    share: float
    ranges: tuple[tuple[float, float], ...]
    defaults: tuple[float, ...]

    @cached_property
    def _known(self) -> dict[str, Any]:
        return {}

    def posterior(self, folder: "ResultFolder") -> "Posterior":
        """What the record leaves of the prior."""
        import numpy as np

        from experiments.explore.calibration import calibrated, observed, statistics

        if "posterior" not in self._known:
            table = folder.worlds.sort_values("point", ignore_index=True)
            self._known["posterior"] = calibrated(
                draws=table[list(self.free)],
                found=statistics(table, self.targets),
                record=observed(self.targets),
                ranges=np.array(self.ranges),
                share=self.share,
                seed=self.plan.seed,
            )
        return self._known["posterior"]

    def checked(self, folder: "ResultFolder") -> "tuple[pd.DataFrame, dict[str, Any]]":
        """Worlds with fresh luck from prior, posterior and default, held against the patterns."""
        import pandas as pd

        if "check" not in self._known:
            posterior = self.posterior(folder)
            rows = {
                "prior": posterior.draws.head(MOST_CHECKED),
                "posterior": posterior.rows.head(MOST_CHECKED),
                "default": pd.DataFrame([dict(zip(self.free, self.defaults, strict=True))] * MOST_CHECKED),
            }
            samples = {source: self._run(columns) for source, columns in rows.items()}
            self._known["check"] = (self._check(samples), samples)
        return self._known["check"]

    def _run(self, rows: "pd.DataFrame") -> dict[str, Any]:
        """Pattern -> (worlds, ...) answers, a world a row."""
        import numpy as np

        from experiments.history.record import captures, days_to_capture, kept_districts
        from experiments.history.simulated import WORLDS_ABREAST, ScenarioQuery, simulate
        from sim.runs.plan import jobs

        scenario = self.plan.scenario
        query = ScenarioQuery(
            scenario, scenario.end, captures(), kept_districts(), days_to_capture(), (scenario.end,)
        )
        design = rows[list(self.free)].reset_index(drop=True)
        plan = replace(self.plan, seed=self.plan.seed + AFTERWARDS, design=design)
        parts = [simulate(query, plan, job) for job in jobs(plan, WORLDS_ABREAST)]
        return {name: np.concatenate([part.answers(name) for part in parts]) for name in self._patterns}

    @property
    def _patterns(self) -> list[str]:
        return list(dict.fromkeys(target.pattern for target in self.targets))

    def _check(self, samples: Mapping[str, Any]) -> "pd.DataFrame":
        """A row a pattern and source."""
        import pandas as pd

        from experiments.history.patterns import score_pattern
        from experiments.history.record import patterns

        rows = []
        for pattern in [one for one in patterns() if one.id in self._patterns]:
            for source, values in samples.items():
                score = score_pattern(pattern, values[pattern.id])
                rows.append(
                    {"pattern": pattern.id, "name": pattern.name, "low": pattern.low, "high": pattern.high,
                     "unit": pattern.unit, "observed": pattern.observed, "drawn_from": source,
                     "value": score.value, "in_band": score.in_band, "worlds": score.worlds,
                     "holds": pattern.holds(score.value)}
                )  # fmt: skip
        return pd.DataFrame(rows)

    def write(self, folder: "ResultFolder", into: Path) -> list[Path]:
        """Write the posterior as a design table, what it says of each parameter, and the check."""
        from sim.runs.files import write_atomically

        posterior = self.posterior(folder)
        tables = {
            "posterior": posterior.rows,
            "parameters": posterior.table,
            "check": self.checked(folder)[0],
        }
        for name, table in tables.items():
            write_atomically(into / f"{name}.csv", table.to_csv(index=False).encode())
        return [into / f"{name}.csv" for name in tables]

    def draw(self, folder: "ResultFolder", into: Path) -> list[Path]:
        """Write tables and figures."""
        from experiments.figures.calibration import predictive_check, prior_against_posterior
        from experiments.figures.style import write_figures

        posterior, (check, samples) = self.posterior(folder), self.checked(folder)
        caption = self._origin(folder)
        note = "in each panel, how wide the posterior is, of the prior"
        figures = {
            "posterior": prior_against_posterior(posterior, self.defaults, [*caption, note]),
            "check": predictive_check(
                check, samples, [*caption, "bars: 50 % and 90 % of worlds, fresh luck"]
            ),
        }
        return self.write(folder, into) + write_figures(figures, into)

    def _origin(self, folder: "ResultFolder") -> list[str]:
        """What determines the numbers."""
        posterior = self.posterior(folder)
        return [
            self.plan.scenario.title,
            f"theory: {self.plan.theory}",
            f"claims left out: {', '.join(self.plan.without) or 'none'}",
            f"{len(posterior.kept):,} of {len(posterior.draws):,} draws kept",
            f"seed {self.plan.seed}",
        ]

    def tell(self, folder: "ResultFolder") -> str:
        """The answer, to be read in a terminal."""
        from experiments.commands.terminal import table
        from experiments.explore.calibration import told_apart

        posterior, (check, _) = self.posterior(folder), self.checked(folder)
        rows = [
            (one["parameter"], f"{one['low']:g} to {one['high']:g}", f"{default:g}",
             f"{one['posterior_median']:.3g}", f"{one['posterior_low']:.3g} to {one['posterior_high']:.3g}",
             f"{one['width']:.0%}", f"{one['found_again']:.2f}")
            for default, (_, one) in zip(self.defaults, posterior.table.iterrows(), strict=True)
        ]  # fmt: skip
        head = ("parameter", "prior", "default", "posterior", "90 %", "width", "found again")
        return "\n".join(
            [
                " \N{MIDDLE DOT} ".join(self._origin(folder)),
                "",
                told_apart(posterior),
                "",
                table(rows, head, (max(len(row[0]) for row in rows), 12, 8, 9, 18, 6, 11)),
                "",
                "width: of the 90 % interval, of the prior's. found again: correlation of made-up truths",
                f"with what the same procedure says of them; {posterior.covered:.0%} lie in their 90 %.",
                f"The farthest kept world is {posterior.farthest:.2f} half-bands from the record.",
                "",
                *_told_check(check),
            ]
        )

    def facts(self, folder: "ResultFolder") -> dict[str, Any]:
        """The answer as plain data."""
        import json

        from experiments.explore.calibration import told_apart

        posterior = self.posterior(folder)
        return {
            "draws": len(posterior.draws),
            "kept": len(posterior.kept),
            "farthest": posterior.farthest,
            "directions": posterior.directions,
            "covered": posterior.covered,
            "told": told_apart(posterior),
            "parameters": json.loads(posterior.table.to_json(orient="records")),
            "check": json.loads(self.checked(folder)[0].to_json(orient="records")),
        }


def _told_check(check: "pd.DataFrame") -> Sequence[str]:
    """Where worlds lie that are drawn from prior, posterior and default."""
    from experiments.commands.terminal import table

    sources = list(dict.fromkeys(check["drawn_from"]))
    rows = []
    for pattern, part in check.groupby("pattern", sort=False):
        one = part.iloc[0]
        cells = [
            f"{row['value']:.4g}{' *' if row['holds'] else '  '}"
            + (f" {row['in_band']:.0%}" if row["in_band"] == row["in_band"] else "")
            for _, row in part.iterrows()
        ]
        rows.append((f"{pattern} {one['name']}", f"{one['low']:g} to {one['high']:g}", *cells))
    head = ("fresh worlds drawn from", "band", *sources)
    widths = (max(len(row[0]) for row in rows), 13, *(13 for _ in sources))
    return [table(rows, head, widths), "* in the band; the share of worlds in it."]
