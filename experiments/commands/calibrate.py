"""The command calibrate: which parameters go together with the record."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.commands.inquiry import ask
from experiments.commands.options import HOW
from sim.errors import UserError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from experiments.explore.calibration import Posterior, Target
    from experiments.own_crisis.record import OwnRecord
    from experiments.report.section import Section
    from sim.runs.plan import Plan
    from sim.runs.results import ResultFolder

FEWEST_DRAWS, MOST_DRAWS = 100, 1_000_000  # draws
MOST_CHECKED = 1000  # worlds of each kind in the predictive check
AFTERWARDS = 1  # added to the seed: worlds of the check meet other luck than those that were chosen by


@click.command()
@click.argument("scenario")
@click.option("--draws", default=20_000, show_default=True, help="Draws from the prior, one world each.")
@click.option("--keep", default=0.01, show_default=True, help="Share of the draws to keep.")
@click.option("--seed", default=0, show_default=True, help="The random seed.")
@click.option(
    "--set", "changes", multiple=True, metavar="PATH=VALUE", help="Set a parameter that is not calibrated."
)
@click.option("--theory", default="article", show_default=True, help="The theory of the patron's choice.")
@click.option("--without", multiple=True, metavar="CLAIM", help="Leave out rules, such as C3 or C3,C17.")
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Record to calibrate on: a folder made by captive-ally new, or south-ossetia-2008.",
)
@HOW
def calibrate(scenario: str, **given: Any) -> None:
    """Find values of a SCENARIO's assumed parameters that fit the record (T1 to T8, T17).

    Draws the parameters from their whole ranges, runs one world per draw, and keeps the draws whose worlds
    look most like the record. Writes posterior.csv, a design for `sweep --design` and `sensitivity --design`,
    and figures of prior against posterior and of worlds drawn from both. karabakh-2020 (only the war, run to
    the end of the year) is held against T4 to T8 and T17; karabakh-1994-2025 against T1 to T3. A scenario of
    your own is held against the bands and the order of capture in its own record, if you give one.

    \b
    Examples:
      captive-ally calibrate karabakh-2020 --out runs/calibrated
      captive-ally calibrate karabakh-2020 --draws 100000 --keep 0.005
      captive-ally calibrate my-crisis/my-crisis.toml --record my-crisis
      captive-ally sweep karabakh-2020 --design runs/calibrated/posterior.csv --worlds 20
    """
    from experiments.commands.launch import plan_of

    given |= {"worlds": 1}
    ask(calibration_inquiry(plan_of(scenario, given), given), given)


def calibration_inquiry(plan: "Plan", given: Mapping[str, Any]) -> "Calibration":
    """The calibration that was given.

    Raises:
        UserError: whatever is wrong with it.
    """
    from experiments.explore.calibration import FEWEST_KEPT, free_in, own_targets, prior, targets
    from experiments.history.record import MAP, captures, days_to_capture, kept_districts, patterns
    from experiments.own_crisis.record import read_record
    from experiments.trial.transfer import WORTH, absent_from
    from sim.scenarios.values import describe

    own = read_record(given["record"], plan.scenario) if given.get("record") else None
    if own is not None and not own.patterns:
        raise UserError(f"--record {given['record']}: patterns.toml has no band to calibrate on")
    if own is None:
        plan = replace(plan, scenario=plan.scenario.close_up)
    draws, share = given["draws"], given["keep"]
    if not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        raise UserError(f"--draws {draws}: a whole number from {FEWEST_DRAWS:,} to {MOST_DRAWS:,} is needed")
    if not 0 < share <= 0.5:
        raise UserError(f"--keep {share:g}: a share above 0 and up to 0.5 is needed")
    if round(share * draws) < FEWEST_KEPT:
        raise UserError(
            f"--keep {share:g} of {draws:,} draws keeps {round(share * draws)}; at least {FEWEST_KEPT} are "
            f"needed to describe a posterior: raise --draws or --keep"
        )
    if own is None and plan.scenario.map != MAP:
        raise UserError(
            f"{plan.scenario.name}: there is a record of the map '{MAP}' only; give your own with --record"
        )
    known = {info.path: info for info in describe(plan.scenario)}
    free = free_in(plan.scenario)
    if own is not None:  # nothing can be learned of numbers whose seat is empty, or whose land is not there
        idle = {path for path, land in WORTH.items() if land in absent_from(plan.scenario)}
        free = {path: why.partition(" (")[0] for path, why in free.items()
                if known[path].low < known[path].high and path not in idle}  # fmt: skip
    for text in given["changes"]:
        path = text.partition("=")[0].strip()
        if path in free:
            raise UserError(f"--set {text}: this parameter is calibrated, {free[path]}")
    design = prior(list(free), known, draws, plan.seed)
    if own is None:
        wanted = targets(plan.scenario, patterns(), captures(), kept_districts(), days_to_capture())
    else:
        wanted = own_targets(own.patterns, own.readers())
    return Calibration(
        replace(plan, design=design, own_luck=True),
        tuple(free),
        wanted,
        share,
        tuple((known[path].low, known[path].high) for path in free),
        tuple(known[path].default for path in free),
        own,
    )


@dataclass(frozen=True)
class Calibration:
    """A calibration that is asked for, and what its finished run says.

    Attributes:
        plan: the run that answers it: a point a draw, a world a point.
        free: the parameters that are calibrated.
        targets: what worlds are held against.
        share: the share of the draws that is kept.
        ranges, defaults: the ranges and defaults of the free parameters.
        own: the record of the user's that is calibrated on; None for ours.
    """

    plan: "Plan"
    free: tuple[str, ...]
    targets: "tuple[Target, ...]"
    share: float
    ranges: tuple[tuple[float, float], ...]
    defaults: tuple[float, ...]
    own: "OwnRecord | None" = None

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
        import pandas as pd

        from experiments.history.record import captures, days_to_capture, kept_districts
        from experiments.history.simulated import WORLDS_ABREAST, ScenarioQuery, simulate
        from sim.runs.plan import jobs
        from sim.runs.runner import run_table

        scenario = self.plan.scenario
        design = rows[list(self.free)].reset_index(drop=True)
        plan = replace(self.plan, seed=self.plan.seed + AFTERWARDS, design=design)
        if self.own is not None:
            table = pd.concat([run_table(plan, job) for job in jobs(plan)], ignore_index=True)
            return {name: read(table) for name, read in self.own.readers().items()}
        query = ScenarioQuery(
            scenario, scenario.end, captures(), kept_districts(), days_to_capture(), (scenario.end,)
        )
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
        known = patterns() if self.own is None else self.own.patterns
        for pattern in [one for one in known if one.id in self._patterns]:
            for source, values in samples.items():
                score = score_pattern(pattern, values[pattern.id])
                rows.append(
                    {"pattern": pattern.id, "name": pattern.name, "low": pattern.low, "high": pattern.high,
                     "unit": pattern.unit, "observed": pattern.observed, "drawn_from": source,
                     "value": score.value, "in_band": score.in_band, "worlds": score.worlds,
                     "holds": pattern.holds(score.value)}
                )  # fmt: skip
        return pd.DataFrame(rows)

    def tables(self, folder: "ResultFolder") -> "dict[str, pd.DataFrame]":
        """The posterior as a design table, what it says of each parameter, and the check."""
        posterior = self.posterior(folder)
        return {
            "posterior": posterior.rows,
            "parameters": posterior.table,
            "check": self.checked(folder)[0],
        }

    def figures(self, folder: "ResultFolder") -> "dict[str, Figure]":
        """Prior against posterior, and the predictive check."""
        from experiments.figures.calibration import predictive_check, prior_against_posterior

        posterior, (check, samples) = self.posterior(folder), self.checked(folder)
        caption = [self.plan.scenario.title, *self._settings(folder)]
        width = "in each panel, how wide the posterior is, of the prior"
        bars = "bars: 50 % and 90 % of worlds, fresh luck"
        return {
            "posterior": prior_against_posterior(posterior, self.defaults, [*caption, width]),
            "check": predictive_check(check, samples, [*caption, bars]),
        }

    def _settings(self, folder: "ResultFolder") -> tuple[str, ...]:
        """What was run, in short phrases."""
        posterior = self.posterior(folder)
        return (
            f"theory: {self.plan.theory}",
            f"claims left out: {', '.join(self.plan.without) or 'none'}",
            f"{len(posterior.kept):,} of {len(posterior.draws):,} draws kept",
            f"seed {self.plan.seed}",
        )

    def section(self, folder: "ResultFolder") -> "Section":
        """The answer, for a terminal."""
        from experiments.report.calibration import calibration_section

        posterior, (check, _) = self.posterior(folder), self.checked(folder)
        found = calibration_section(self.plan, posterior.table, check, posterior.rows, posterior)
        return replace(found, settings=self._settings(folder))

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
