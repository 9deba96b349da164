"""Every theory's run of a crisis of one's own, held against its record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from agents.theories import THEORIES
from experiments.history.comparison import curve_table, score_rows
from experiments.history.patterns import score_pattern
from experiments.history.record import known_and_ahead
from experiments.history.simulated import WORLDS_ABREAST
from experiments.history.trajectory import record
from experiments.own_crisis.record import OwnRecord, read_record, scenario_beside
from experiments.trial.study import Answer, Picture, StudyOptions
from sim.measures import outcomes
from sim.quantities import Numbers
from sim.runs.executors import workers
from sim.runs.plan import Job, Plan, jobs
from sim.runs.runner import model_of, release
from sim.scenarios.inherited import inherited_in_words
from sim.scenarios.loading import load
from sim.scenarios.scenario import Scenario

OWN_HISTORY_WORLDS = 500  # for each theory
MOST_DATES_COMPARED = 200  # of a curve


@dataclass(frozen=True)
class OwnHistory:
    """What came of a scenario under a theory.

    Attributes:
        table: outcomes, a row a world.
        held, opinion: (worlds, dates) shares, 0-1.
    """

    table: pd.DataFrame
    held: Numbers
    opinion: Numbers


def asked_history(options: StudyOptions) -> tuple[Scenario, OwnRecord]:
    """The scenario and the record that are asked about.

    Raises:
        UserError: one of them is not there, or something is wrong in it.
    """
    if options.record is None:
        raise ValueError("no record is asked about")
    scenario = load(options.scenario or scenario_beside(options.record))
    return scenario, read_record(options.record, scenario)


def own_history(plan: Plan, job: Job, dates: Sequence[date]) -> OwnHistory:
    """Run the worlds of a job, and keep what its record may speak of."""
    model = model_of(plan, job)
    run = record(model)
    table = pd.DataFrame(outcomes(model))
    release(model)
    moments = [run.moment_of(day) for day in dates]
    return OwnHistory(table, run["held"][moments].T, run["opinion"][moments].T)


def against_own_record(options: StudyOptions) -> Answer:
    """Run all theories, and hold them against the record: patterns in their bands, land held, opinion."""
    scenario, own = asked_history(options)
    worlds = options.worlds or OWN_HISTORY_WORLDS
    dates = _dates(scenario, own)
    flying = {}
    with workers(options.workers) as pool:
        for theory in THEORIES:
            plan = Plan(scenario, theory=theory, seed=options.seed, worlds=worlds).with_numbers(
                options.numbers
            )
            flying[theory] = [
                pool.submit(own_history, plan, job, dates) for job in jobs(plan, WORLDS_ABREAST)
            ]
        options.tell(f"{len(flying)} theories, {worlds:,} worlds each")
        runs = {name: _together([one.result() for one in parts]) for name, parts in flying.items()}
    readers = own.readers()
    rows = [
        score_rows(
            pattern,
            scenario.name,
            {name: score_pattern(pattern, readers[pattern.id](run.table)) for name, run in runs.items()},
        )
        for pattern in own.patterns
    ]
    tables = {"patterns": pd.concat(rows, ignore_index=True)} if rows else {}
    curves = _curves(scenario, own, runs, dates)
    if curves:
        tables["curves"] = pd.concat(curves, ignore_index=True)
    lacking = [name for name, there in (("patterns", own.patterns), ("dated control", own.control),
                                        ("polls of relations_good", own.opinion)) if not there]  # fmt: skip
    caption = [options.numbers_in_words, f"{worlds:,} worlds for each theory", f"seed {options.seed}"]
    return Answer(
        _title(tables),
        tuple(filter(None, [_bands_in_words(tables)])),
        tables=tables,
        figures=_own_pictures(scenario, own, runs, dates, tables, caption),
        facts={
            "question": f"How far does each theory's run of events look like the record of {scenario.title}?",
            "claims": [],
            "scenario": scenario.name,
            "worlds": worlds,
            "seed": options.seed,
            "theories": list(THEORIES),
            "lacking": [f"{name} in the record" for name in lacking],
            "inherited": inherited_in_words(scenario),
        },
    )  # fmt: skip


def _together(parts: Sequence[OwnHistory]) -> OwnHistory:
    return OwnHistory(
        pd.concat([one.table for one in parts], ignore_index=True),
        np.concatenate([one.held for one in parts]),
        np.concatenate([one.opinion for one in parts]),
    )


def _dates(scenario: Scenario, own: OwnRecord) -> tuple[date, ...]:
    """The dates on which curves are read: evenly spread, and those of the record."""
    every = max(1, scenario.steps // MOST_DATES_COMPARED)
    days = {scenario.day(step) for step in range(0, scenario.steps + 1, every)}
    days |= {day for day, _ in (*own.control, *own.opinion)}
    return tuple(sorted(day for day in days if scenario.start <= day <= scenario.end))


def _curves(
    scenario: Scenario, own: OwnRecord, runs: dict[str, OwnHistory], dates: Sequence[date]
) -> list[pd.DataFrame]:
    """Land held and opinion beside the record, each foretold from what was known on the first day."""
    asked = (("land held", own.control, {name: run.held for name, run in runs.items()}),
             ("opinion", own.opinion, {name: run.opinion for name, run in runs.items()}))  # fmt: skip
    tables = []
    for name, dated, samples in asked:
        known, ahead = known_and_ahead(dated, scenario.start, scenario.end)
        if ahead:
            before = known or [(scenario.start, _at_start(samples))]
            tables.append(curve_table(name, dates, samples, before, ahead))
    return tables


def _at_start(samples: dict[str, Numbers]) -> float:
    """The value that worlds begin with: the first date is that of the start."""
    return float(np.median(np.concatenate([one[:, 0] for one in samples.values()])))


def _title(tables: dict[str, pd.DataFrame]) -> str:
    if "patterns" not in tables:
        return "The record has no patterns: what was simulated is drawn beside it."
    patterns = tables["patterns"]
    counted = patterns.groupby("theory", sort=False)["holds"].sum()
    told = ", ".join(f"{count} by {theory}" for theory, count in counted.items())
    return f"Of {patterns['pattern'].nunique()} patterns of the record are met: {told}."


def _bands_in_words(tables: dict[str, pd.DataFrame]) -> str:
    if "patterns" not in tables:
        return ""
    theories = list(dict.fromkeys(tables["patterns"]["theory"]))
    lines = [f"{'pattern':<36}{'band':<16}" + "".join(f"{name[:17]:>19}" for name in theories)]
    for name, rows in tables["patterns"].groupby("pattern", sort=False):
        one = rows.iloc[0]
        cells = "".join(f"{value:>17.3g} {'*' if holds else ' '}"
                        for value, holds in zip(rows["value"], rows["holds"], strict=True))  # fmt: skip
        lines.append(f"{name:<6}{one['name'][:28]:<30}{one['low']:g} to {one['high']:g}".ljust(52) + cells)
    return "\n".join([*lines, "* in the band"])


def _own_pictures(
    scenario: Scenario,
    own: OwnRecord,
    runs: dict[str, OwnHistory],
    dates: Sequence[date],
    tables: dict[str, pd.DataFrame],
    caption: Sequence[str],
) -> dict[str, Picture]:
    from experiments.figures.history import control_over_time, patterns_in_bands

    held = {name: run.held for name, run in runs.items()}
    pictures = {
        "control": Picture(
            control_over_time([(scenario, dates, held)], own.control, caption, scenario.start.year),
            "Contested land still held, beside the record.",
            "A falling curve with bands for the first theory, lines for the others, and the record as marks.",
        )
    }
    if "patterns" in tables:
        pictures["scoreboard"] = Picture(
            patterns_in_bands(tables["patterns"], caption),
            "Where the value of each pattern lies: inside the grey band it looks like the record.",
            "A row for each pattern; a grey band; a mark for each theory in or beside it.",
            "patterns",
        )
    return pictures
