"""Tables that compare the theories with the record: patterns, events, curves."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from experiments.history.forecasts import (
    EVEN,
    EVENTS,
    brier_scores,
    crps,
    knowing_nothing,
    nothing_changes,
    trend_goes_on,
)
from experiments.history.patterns import Pattern, PatternScore, score_pattern
from experiments.history.record import Dated
from experiments.history.simulated import Simulation

NO_MODEL = ("nothing changes", "last trend goes on", "knowing nothing")
Runs = Mapping[str, Simulation]  # by theory


def pattern_rows(pattern: Pattern, scenario: str, runs: Runs) -> pd.DataFrame:
    """How a pattern came out under each theory: value, share of worlds in the band, verdict.

    Args:
        pattern: the pattern that is looked for.
        scenario: the name of the scenario that was run.
        runs: theory -> what came of it.
    """
    scores = {name: score_pattern(pattern, run.answers(pattern.id)) for name, run in runs.items()}
    return score_rows(pattern, scenario, scores)


def score_rows(pattern: Pattern, scenario: str, scores: Mapping[str, PatternScore]) -> pd.DataFrame:
    """A row a theory for a pattern, from its scores by theory."""
    return pd.DataFrame(
        [
            {
                "pattern": pattern.id,
                "name": pattern.name,
                "scenario": scenario,
                "theory": theory,
                "fitted": pattern.fitted,
                "low": pattern.low,
                "high": pattern.high,
                "unit": pattern.unit,
                "value": score.value,
                "in_band": score.in_band,
                "worlds": score.worlds,
                "holds": pattern.holds(score.value),
            }
            for theory, score in scores.items()
        ]
    )


def event_table(runs: Runs, fitted: Mapping[str, bool]) -> pd.DataFrame:
    """A row an event and forecaster: the chance given, and its Brier score.

    Args:
        runs: theory -> what came of the long scenario.
        fitted: pattern -> whether it may be fitted to.
    """
    happened = [event.happened for event in EVENTS]
    chances = {name: [_chance(run.table[event.words]) for event in EVENTS] for name, run in runs.items()}
    chances[NO_MODEL[0]] = [0.0] * len(EVENTS)  # each event is said as a change
    chances[NO_MODEL[2]] = [EVEN] * len(EVENTS)
    parts = [
        pd.DataFrame(
            {
                "event": [event.words for event in EVENTS],
                "pattern": [event.pattern for event in EVENTS],
                "fitted": [fitted[event.pattern] for event in EVENTS],
                "happened": happened,
                "forecaster": name,
                "chance": given,
                "brier": brier_scores(given, happened),
            }
        )
        for name, given in chances.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _chance(answers: "pd.Series[float]") -> float:
    """Share of yes; even odds where no world had occasion to answer."""
    asked = answers.dropna()
    return float(asked.mean()) if len(asked) else EVEN


def curve_table(
    curve: str, dates: Sequence[date], runs: Mapping[str, np.ndarray], known: Dated, record: Dated
) -> pd.DataFrame:
    """A row a forecaster and date: the record, what was expected, and the probability score.

    Args:
        curve: the name of the curve, for the table.
        dates: the dates on which the runs were read.
        runs: theory -> (worlds, dates).
        known: the record before the first date that is to be foretold, for the baselines.
        record: the dated values that are to be foretold; each date is among `dates`.
    """
    days, observed = [day for day, _ in record], np.array([value for _, value in record])
    places = [dates.index(day) for day in days]
    samples = {name: sample[:, places] for name, sample in runs.items()}
    samples[NO_MODEL[0]] = nothing_changes(known, days)
    samples[NO_MODEL[1]] = trend_goes_on(known, days)
    unknown = np.full(len(days), np.nan)  # of a theory of which no world comes to it
    parts = {
        name: (np.median(one, axis=0), crps(observed, one)) if len(one) else (unknown, unknown)
        for name, one in samples.items()
    }
    parts[NO_MODEL[2]] = (np.full(len(days), EVEN), knowing_nothing(observed))
    tables = [
        pd.DataFrame({"curve": curve, "date": days, "forecaster": name, "record": observed,
                      "median": middle, "crps": score})
        for name, (middle, score) in parts.items()
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def mean_scores(events: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """A row a forecaster: mean Brier score of events, fitted to or not, and mean score of each curve."""
    columns = {
        "events, may be fitted": events[events["fitted"]].groupby("forecaster")["brier"].mean(),
        "events, held out": events[~events["fitted"]].groupby("forecaster")["brier"].mean(),
    }
    for name, part in curves.groupby("curve", sort=False):
        columns[str(name)] = part.groupby("forecaster")["crps"].mean()
    order = [*(name for name in dict.fromkeys(events["forecaster"]) if name not in NO_MODEL), *NO_MODEL]
    return pd.DataFrame(columns).reindex(order)
