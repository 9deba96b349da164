"""Calibration of the assumed parameters on the record, by approximate Bayesian computation.

Draw parameters from their whole ranges, run one world with each draw, and keep the draws whose world looks
most like the record: rejection (Tavaré and others 1997, Pritchard and others 1999). Nothing is adjusted
afterwards. Rejection was chosen because it is an ordinary batch: it can be interrupted, spread over machines,
and read again; sequential samplers would give that up to save worlds, of which this model has plenty. Only
patterns that may be tuned to (T1 to T8, T17) are used.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.history.patterns import LINE_UNTIL, Captures, Pattern, agreement_of_order
from experiments.shares import in_percent
from sim.chance import resampling_rng
from sim.errors import UserError
from sim.quantities import Numbers, Whole
from sim.runs.design import Factor, build
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import ParameterInfo

INTERVAL = (0.05, 0.95)  # quantiles between which a posterior is said to lie
NARROWER = 0.8  # width of a posterior, as a share of the prior's, below which the data have said something
PICKS = 200  # random picks of the same size that show how narrow a posterior looks by luck alone
TRUTHS = 200  # draws taken as history in turn, to see whether their parameters are found again
FEWEST_KEPT = 50  # accepted draws that can be described

# What is calibrated, and why. Each is an assumption, or was tuned by hand; weights of reasons that point
# the same way are represented by one, as only their sum can be seen.
FREE_IN_WAR = {
    "combat.tempo": "how fast land is taken (T4, T17)",
    "combat.works_defence": "where it is taken: fortified or open (T7)",
    "challenger.terrain_aversion": "where the attack goes (T7, T17)",
    "challenger.value_core": "whether it goes for the core, which moves the patron (T7, T8)",
    "red_lines.core.weight": "whether the core moves the patron (T8)",
    "red_lines.core.threshold": "when it does (T6, T8)",
    "patron.window_days": "how long the patron leaves the challenger (T6)",
    "patron.window_weight": "how much that counts (T6)",
    "patron.gratitude_weight": "stands for all lasting restraints (T6, T8)",
    "patron.precision": "how firmly the better rung is taken (T6, T8)",
    "patron.planning_days": "how far ahead the patron looks, and so how soon it acts (T6)",
    "settlement.compliance_rate": "how soon after the deed the war ends (T6)",
}
FREE_IN_YEARS = {
    "challenger.war_rate": "how often war breaks out (T1, T2)",
    "challenger.war_odds": "from what advantage on (T1, T2)",
    "challenger.offensive_odds": "from what advantage on it is a large one (T2, T3)",
    "challenger.steepness": "how sharply both follow the advantage (T1, T2)",
    "mediators.challenger_accepts": "whether a deal comes first (T1)",
    "backer.readiness": "what the backer's help adds before 2020 (T1, T2)",
}


@dataclass(frozen=True)
class Target:
    """One number of a world that is held against the record.

    Attributes:
        pattern: the pattern that it belongs to.
        observed: its value in the record.
        scale: the distance that counts as one: half the width of the pattern's band, or an assumption.
        read: outcomes of worlds -> (worlds,).
    """

    pattern: str
    observed: float
    scale: float
    read: Callable[[pd.DataFrame], Numbers]


def free_in(scenario: Scenario) -> dict[str, str]:
    """The parameters to be calibrated on a scenario, each with the reason."""
    return FREE_IN_WAR if scenario.opens_with_offensive else FREE_IN_YEARS


def prior(free: Sequence[str], known: dict[str, ParameterInfo], draws: int, seed: int) -> pd.DataFrame:
    """A design of draws from the whole range of each parameter, evenly spread (Latin hypercube)."""
    return build([Factor(path, (), known[path].low, known[path].high) for path in free], "lhs", draws, seed)


def targets(
    scenario: Scenario,
    patterns: Sequence[Pattern],
    captures: Captures,
    kept: tuple[str, ...],
    by_force: Mapping[str, int],
) -> tuple[Target, ...]:
    """What the outcomes of a scenario can be held against.

    Args:
        scenario: a scenario that opens with the war, or one that begins long before it.
        patterns: the patterns of the record.
        captures: district -> the date on which it fell.
        kept: the districts that did not fall.
        by_force: district taken by force -> days from the first day of the war to its fall.
    """
    by_id = {pattern.id: pattern for pattern in patterns}
    if scenario.opens_with_offensive:
        return _of_war(scenario, by_id, captures, kept, by_force)
    return _of_years(scenario, by_id, captures)


def own_targets(
    patterns: Sequence[Pattern], readers: Mapping[str, Callable[[pd.DataFrame], Numbers]]
) -> tuple[Target, ...]:
    """What worlds of the user's own crisis are held against: each band's middle, or what was seen.

    Args:
        patterns: the patterns of its record.
        readers: pattern -> how it is read off outcomes.
    """
    return tuple(Target(one.id, one.observed, _half(one), readers[one.id]) for one in patterns)


def _of_war(
    scenario: Scenario,
    by_id: dict[str, Pattern],
    captures: Captures,
    kept: tuple[str, ...],
    by_force: Mapping[str, int],
) -> tuple[Target, ...]:
    days = by_id["T6"]
    length = (scenario.end - scenario.start).days

    def order(table: pd.DataFrame) -> Numbers:
        fell = pd.DataFrame({name: _days(table, f"fell_{name}", scenario) for name in (*captures, *kept)})
        return agreement_of_order(fell.to_numpy(), captures, kept)

    def off(table: pd.DataFrame) -> Numbers:
        middle: Numbers = np.median(np.abs(_days_late(table, by_force, scenario)), axis=1)
        return middle

    def until_force(table: pd.DataFrame) -> Numbers:
        days = _days(table, "first_force_date", scenario)
        known: Numbers = np.where(np.isnan(days), float(length), days)
        return known

    return (
        _as_it_is(by_id["T4"], "share_by_force"),
        _as_it_is(by_id["T5"], "share_by_handover"),
        _as_it_is(days, "war_days"),
        Target("T7", by_id["T7"].observed, _half(by_id["T7"]), order),
        Target("T17", by_id["T17"].observed, _half(by_id["T17"]), off),
        # T8 in two numbers: peacekeepers and nothing above them, and not before the war has run its course.
        Target("T8", 3.0, 1.0, lambda table: table["level_max"].to_numpy(float)),
        Target("T8", days.observed, _half(days), until_force),
    )


def _of_years(scenario: Scenario, by_id: dict[str, Pattern], captures: Captures) -> tuple[Target, ...]:
    year = by_id["T2"]

    def held(table: pd.DataFrame) -> Numbers:
        last = (LINE_UNTIL - scenario.start).days
        fell = np.stack([_days(table, f"fell_{name}", scenario) for name in captures])
        return (~(fell <= last).any(axis=0)).astype(float)

    def started(table: pd.DataFrame) -> Numbers:
        return table["first_war_date"].dt.year.fillna(scenario.end.year + 1).to_numpy(float)

    def clashed(table: pd.DataFrame) -> Numbers:
        return (table["clashes"].to_numpy() > 0).astype(float)

    return (
        # Outcomes tell when a district fell, not how much land was held when; and that there was a small war,
        # not whether it came first or how much land it moved, so that its effort is not calibrated.
        Target("T1", by_id["T1"].observed, 0.5, held),
        Target("T2", year.observed, _half(year), started),
        Target("T3", by_id["T3"].observed, 0.5, clashed),
    )


def _as_it_is(pattern: Pattern, outcome: str) -> Target:
    def read(table: pd.DataFrame) -> Numbers:
        return table[outcome].to_numpy(float)

    return Target(pattern.id, pattern.observed, _half(pattern), read)


def _half(pattern: Pattern) -> float:
    return (pattern.high - pattern.low) / 2


def _days_late(table: pd.DataFrame, by_force: Mapping[str, int], scenario: Scenario) -> Numbers:
    """(worlds, districts) days by which each district fell too late; if never: on the day after the last.

    Args:
        table: outcomes of worlds.
        by_force: district taken by force -> days from the first day of the war to its fall, in the record.
        scenario: a scenario that opens with the war.
    """
    fell = np.stack([_days(table, f"fell_{name}", scenario) for name in by_force], axis=1)
    never = float((scenario.end - scenario.start).days)
    return np.asarray(np.nan_to_num(fell, nan=never) - np.array(list(by_force.values()), dtype=float))


def _days(table: pd.DataFrame, column: str, scenario: Scenario) -> Numbers:
    """(worlds,) a date as days from the start of the scenario; NaN for never."""
    start = pd.Timestamp(scenario.start)
    days: Any = (pd.to_datetime(table[column]) - start).dt.total_seconds() / 86_400
    return np.asarray(days, dtype=float)


def statistics(table: pd.DataFrame, wanted: Sequence[Target]) -> Numbers:
    """(worlds, targets) each target's number, in units of its scale."""
    return np.stack([target.read(table) / target.scale for target in wanted], axis=1)


def observed(wanted: Sequence[Target]) -> Numbers:
    """(targets,) the record, in the same units."""
    return np.array([target.observed / target.scale for target in wanted])


def distances(found: Numbers, record: Numbers) -> Numbers:
    """(worlds,) root mean square over targets; infinite where one is unknown.

    >>> distances(np.array([[1.0, 0.0], [np.nan, 0.0]]), np.array([0.0, 1.0])).tolist()
    [1.0, inf]
    """
    square = ((found - record) ** 2).mean(axis=1)
    return np.sqrt(np.nan_to_num(square, nan=np.inf))


def closest(far: Numbers, count: int) -> Whole:
    """(count,) the places of the smallest distances, in order of place; of equals, the first."""
    return np.sort(np.argsort(far, kind="stable")[:count])


@dataclass(frozen=True)
class Posterior:
    """What the record leaves of the prior.

    Attributes:
        draws: the draws from the prior, one column per parameter.
        kept: the places of those that look most like the record, (accepted,).
        farthest: the largest distance among them, in half-widths of a band.
        table: one row per parameter: range, interval, width relative to the prior's, how well found again.
        directions: the number of independent directions in which it is narrower than luck alone explains.
        covered: the share of the truths that lie in their intervals; that of INTERVAL, if all is well.
    """

    draws: pd.DataFrame
    kept: Whole
    farthest: float
    table: pd.DataFrame
    directions: int
    covered: float

    @property
    def rows(self) -> pd.DataFrame:
        """The accepted draws: a design table."""
        return self.draws.iloc[self.kept].reset_index(drop=True)


def calibrated(
    draws: pd.DataFrame, found: Numbers, record: Numbers, ranges: Numbers, share: float, seed: int = 0
) -> Posterior:
    """Keep the share of the draws that look most like the record, and say what that tells.

    Args:
        draws: the draws from uniform priors, one column per parameter.
        found: what each led to, (draws, targets), in units of scale.
        record: what was observed, (targets,).
        ranges: the ranges of the priors, (parameters, 2).
        share: the share of the draws that is kept.
        seed: the seed of the random picks that a posterior is compared with.

    Raises:
        UserError: too few would be kept to say anything.
    """
    count = round(share * len(draws))
    if count < FEWEST_KEPT:
        raise UserError(
            f"{share:g} of {len(draws):,} draws are {count}: too few to describe a posterior; "
            f"at least {FEWEST_KEPT} are needed, so draw or keep more"
        )
    unit = (draws.to_numpy(float) - ranges[:, 0]) / (ranges[:, 1] - ranges[:, 0])
    far = distances(found, record)
    kept = closest(far, count)
    again, covered = _found_again(unit, found, count, seed)
    low, middle, high = np.quantile(draws.to_numpy(float)[kept], [INTERVAL[0], 0.5, INTERVAL[1]], axis=0)
    table = pd.DataFrame(
        {
            "parameter": list(draws.columns),
            "low": ranges[:, 0],
            "high": ranges[:, 1],
            "posterior_low": low,
            "posterior_median": middle,
            "posterior_high": high,
            "width": _width(unit[kept]),
            "found_again": again,
        }
    )
    return Posterior(draws, kept, float(far[kept].max()), table, _directions(unit, kept, seed), covered)


def _width(unit: Numbers) -> Numbers:
    """(parameters,) the width of the interval, relative to the uniform prior's."""
    low, high = np.quantile(unit, INTERVAL, axis=0)
    return np.asarray((high - low) / (INTERVAL[1] - INTERVAL[0]))


def _spreads(unit: Numbers) -> Numbers:
    """(parameters,) standard deviations along the main axes, relative to the prior's; smallest first."""
    covariance = np.atleast_2d(np.cov(unit, rowvar=False))
    return np.sqrt(np.maximum(np.linalg.eigvalsh(covariance), 0.0) * 12.0)


def _directions(unit: Numbers, kept: Whole, seed: int) -> int:
    """Along how many main axes the posterior is narrower than any random pick of the same size."""
    pick = resampling_rng(seed)
    by_luck = [_spreads(unit[pick.choice(len(unit), kept.size, replace=False)])[0] for _ in range(PICKS)]
    return int((_spreads(unit[kept]) < min(NARROWER, *by_luck)).sum())


def _found_again(unit: Numbers, found: Numbers, count: int, seed: int) -> tuple[Numbers, float]:
    """Take draws as history in turn, and look for their parameters with the others.

    Returns:
        (parameters,) correlation of the truth with the median of its posterior; and the share of truths that
        lie in the interval.
    """
    pick = resampling_rng(seed)
    known = np.flatnonzero(np.isfinite(found).all(axis=1))
    truths = pick.choice(known, min(TRUTHS, known.size), replace=False)
    middles, inside = [], []
    for truth in truths:
        far = distances(found, found[truth])
        far[truth] = np.inf
        low, middle, high = np.quantile(unit[closest(far, count)], [INTERVAL[0], 0.5, INTERVAL[1]], axis=0)
        middles.append(middle)
        inside.append((low <= unit[truth]) & (unit[truth] <= high))
    spread = np.std(middles, axis=0) * np.std(unit[truths], axis=0)
    together = np.mean(
        (middles - np.mean(middles, axis=0)) * (unit[truths] - unit[truths].mean(axis=0)), axis=0
    )
    again = np.divide(together, spread, out=np.zeros(unit.shape[1]), where=spread > 0)
    return again, float(np.mean(inside))


def told_apart(posterior: Posterior) -> str:
    """How many parameters the data can tell apart, in a sentence."""
    narrower = int((posterior.table["width"] < NARROWER).sum())
    left = len(posterior.table) - narrower
    return (
        f"The record narrows {narrower} of {len(posterior.table)} parameters to less than "
        f"{in_percent(NARROWER)} of their range, and the whole in {posterior.directions} independent "
        f"direction{'s' * (posterior.directions != 1)}; about the other {left} it says little."
    )
