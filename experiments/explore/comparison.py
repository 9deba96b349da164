"""Two finished runs against each other: what differs in their settings, and the difference of every outcome.

Worlds that share their luck are matched one by one, so that the difference is that of the settings alone.
Where runs have different seeds or dates, worlds are drawn independently and the interval is wider for it;
the table says which applies.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.explore.methods import NORMAL
from sim.errors import UserError
from sim.measures import OUTCOMES
from sim.quantities import Numbers, Whole
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder
from sim.scenarios.values import describe

KEYS = ["point", "world"]
# Parts of a scenario that are not settings, or are reported path by path as `describe` names them.
TOLD_OTHERWISE: Any = {"name": True, "title": True, "about": True, "sources": True, "parameters": True,
                       "regions": {"shapes", "drawn"}}  # fmt: skip
FELL_ON, IS_LOST = (
    "fell_",
    "lost_",
)  # how the names of a district's date of loss, and of whether it is lost, begin


def share_luck(one: Plan, other: Plan) -> bool:
    """Whether a world has the same luck in both runs: seed, dates, cast, and numbering of worlds agree."""

    def all_that_luck_is_of(plan: Plan) -> tuple[Any, ...]:
        numbering = (plan.worlds, plan.blocks) if plan.own_luck else None
        cast = tuple(party.id for party in plan.scenario.cast.everyone())
        return plan.seed, plan.scenario.start, plan.scenario.beginnings, cast, plan.own_luck, numbering

    return all_that_luck_is_of(one) == all_that_luck_is_of(other)


def settings_apart(one: Plan, other: Plan) -> pd.DataFrame:
    """What differs in the settings of two runs: one row per setting, with its value in each.

    Raises:
        UserError: they are runs of different scenarios.
    """
    _check_scenario(one, other)
    rows: list[tuple[str, Any, Any]] = [
        (name, getattr(one, name), getattr(other, name)) for name in ("theory", "seed", "worlds")
    ]
    ours, theirs = (", ".join(plan.without) or "none" for plan in (one, other))
    rows.append(("claims left out", ours, theirs))
    rows.append(("numbers", one.numbers.words, other.numbers.words))
    here, there = (
        {info.path: info.default for info in describe(plan.scenario)}
        | dict(_flat(plan.scenario.model_dump(exclude=TOLD_OTHERWISE)))
        for plan in (one, other)
    )
    rows += [(path, here.get(path), there.get(path)) for path in dict.fromkeys([*here, *there])]
    return pd.DataFrame([row for row in rows if row[1] != row[2]], columns=["setting", "here", "there"])


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The values within a value, each with the path that leads to it."""
    inside = (
        value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, tuple) else None
    )
    if inside is None:
        yield path, value
    for key, one in (inside or {}).items():
        yield from _flat(one, f"{path}.{key}" if path else str(key))


def compare_runs(one: ResultFolder, other: ResultFolder) -> pd.DataFrame:
    """The difference that another run makes in every outcome.

    Args:
        one: the run that is compared with.
        other: the other run.

    Returns:
        One row per outcome, per name or highest rung that it may take (share of worlds), or per district that
        may be lost (`lost_AGM`, share of worlds): outcome, unit, here and there (means over the worlds where
        it is defined), difference (there minus here; if worlds are matched, over those where it is defined
        in both), low and high (95 % interval), worlds (how many went in), matched.

    Raises:
        UserError: the runs are not of the same scenario or design.
    """
    _check_scenario(one.plan, other.plan)
    designs = one.plan.design, other.plan.design
    same = designs[0] is designs[1] is None or (
        designs[0] is not None and designs[1] is not None and designs[0].equals(designs[1])
    )
    if not same:
        raise UserError(f"{one.path} and {other.path} are not of the same design: their points do not match")
    matched = share_luck(one.plan, other.plan)
    here, there = one.worlds, other.worlds
    if matched:
        keys = here[KEYS].merge(there[KEYS], on=KEYS)
        here, there = (keys.merge(table, on=KEYS) for table in (here, there))
    both = ((one.plan, here), (other.plan, there))
    whose = [None if plan.own_luck else table["world"].to_numpy() for plan, table in both]
    rows = []
    for name, unit, values, others in _readings(here, there):
        rows.append((name, unit, *_difference(values, others, matched, whose), matched))
    head = ["outcome", "unit", "here", "there", "difference", "low", "high", "worlds", "matched"]
    return pd.DataFrame(rows, columns=head)


def _check_scenario(one: Plan, other: Plan) -> None:
    names = one.scenario.name, other.scenario.name
    if names[0] != names[1]:
        raise UserError(f"runs of different scenarios, {names[0]} and {names[1]}, cannot be compared")


def _readings(here: pd.DataFrame, there: pd.DataFrame) -> Iterator[tuple[str, str, Numbers, Numbers]]:
    """Each outcome as numbers in both tables; a date in days, a named value by its share."""
    both = [str(name) for name in here if name in there]
    for measure in (measure for measure in OUTCOMES if measure.name in both):
        ours, theirs = here[measure.name], there[measure.name]
        if measure.unit == "date":
            first = pd.concat([ours, theirs]).min()  # of those known: either may have none
            yield measure.name, "days", _days(ours - first), _days(theirs - first)
        elif measure.unit != "name":
            yield measure.name, measure.unit, ours.to_numpy(dtype=float), theirs.to_numpy(dtype=float)
        if measure.unit == "name" or measure.name == "level_max":
            for name in sorted({*ours.unique(), *theirs.unique()}):
                shares = ((column == name).to_numpy(dtype=float) for column in (ours, theirs))
                yield f"{measure.name} = {name}", "share of worlds", *shares
    for name in both:
        if name.startswith(FELL_ON):
            shares = (table[name].notna().to_numpy(dtype=float) for table in (here, there))
            yield name.replace(FELL_ON, IS_LOST), "share of worlds", *shares


def _days(apart: "pd.Series[Any]") -> Numbers:
    return apart.to_numpy() / np.timedelta64(1, "D")


def _difference(
    here: Numbers, there: Numbers, matched: bool, whose: Sequence[Whole | None]
) -> tuple[float, ...]:
    """Means, difference, the ends of its 95 % interval, and how many worlds it comes from.

    Args:
        here, there: what is compared, a value a row.
        matched: whether rows have the same luck in both.
        whose: for each of the two, the world of each row; None where each row has luck of its own.
    """
    means = tuple(float(values[~np.isnan(values)].mean()) if (~np.isnan(values)).any() else np.nan
                  for values in (here, there))  # fmt: skip
    if matched:
        gaps = (there - here)[~np.isnan(there - here)]
        middle, count = float(gaps.mean()) if gaps.size else np.nan, gaps.size
        error = _standard_error(there - here, whose[0])
    else:
        count = min(int((~np.isnan(values)).sum()) for values in (here, there))
        middle = means[1] - means[0]
        error = float(np.hypot(_standard_error(here, whose[0]), _standard_error(there, whose[1])))
    return *means, middle, middle - NORMAL * error, middle + NORMAL * error, count


def _standard_error(values: Numbers, whose: Whole | None) -> float:
    """That of a mean; what a world says at several points has the same luck and counts as one."""
    known = ~np.isnan(values)
    each: Numbers = values[known]
    if whose is not None:
        each = np.asarray(pd.Series(each).groupby(whose[known]).mean(), dtype=float)
    return float(np.sqrt(_variance(each) / each.size)) if each.size > 1 else np.nan


def _variance(values: Numbers) -> float:
    """The variance: exactly 0, not a rounding error, where all values are the same."""
    return float(values.var(ddof=1)) if np.ptp(values) else 0.0
