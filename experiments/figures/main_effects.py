"""Main effects: what each factor of a design does to an outcome, in numbers and in bars."""

from math import prod
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.figures.style import BLACK, DARK, SKY, SMALL, brief
from experiments.figures.sweep_data import ShownOutcome, Sweep, VariedFactor, day_word, number_word
from experiments.figures.sweep_style import sweep_page
from experiments.shares import in_percent
from sim.chance import Luck
from sim.quantities import Numbers
from sim.scenarios.values import ParameterInfo

MOST_GROUPS, POINTS_A_GROUP = 8, 5  # of a number with many values, for its main effect
MOST_REPEATS, FEWEST_REPEATS = 500, 50  # of the bootstrap
MOST_DRAWN, DRAWN_AT_ONCE = 20_000_000, 2_000_000  # points, over all its repeats and at once
MOST_FACTORS = 30  # that a page holds
BAR_PLACE = (2.6, 1.4)  # left edge and width, inches
COLUMNS = ((4.92, "center"), (5.74, "center"), (6.88, "right"))  # beside the bars, inches from the left


def main_effects(sweep: Sweep, outcome: ShownOutcome) -> pd.DataFrame:
    """A row a factor, the strongest first: what the outcome's mean is at its low and high values, and more.

    `share_of_variance` is that of the variance between points that lies between the values (or, for many,
    equally filled bins) of the factor: its first-order effect. What so many bins would account for by
    chance is taken off. `share_low` and `share_high` bound its 90 % interval over points drawn anew
    (bootstrap), shifted by the same amount.

    For a number, `low` and `high` are the halves of its range; for a category, the value with the lowest
    and the highest mean.
    """
    means = sweep.means(outcome)
    known = means.notna().to_numpy()
    level = np.asarray(means[known] - means[known].mean(), dtype=np.float64)
    bins = [_bins(factor, known) for factor in sweep.factors]
    balanced = bool(known.all()) and prod(len(factor.levels) for factor in sweep.factors) == len(level)
    shares = _shares(level, bins, balanced)
    again = _drawn_anew(sweep, outcome, level, bins) if np.isfinite(shares).any() else None
    rows = []
    for place, (factor, (raw, share)) in enumerate(zip(sweep.factors, shares, strict=True)):
        ends: Any = (share, share)
        if again is not None and np.isfinite(share):
            ends = np.nanquantile(again[place] - (raw - share), [0.05, 0.95])
        bounds = np.clip([share, min(ends[0], share), max(ends[1], share)], 0, 1)
        about = factor.info or ParameterInfo(factor.name, 0, 0, 0, "category", factor.label(200), "", "")
        rows.append(
            {"outcome": outcome.name, "factor": factor.name, "meaning": about.meaning, "unit": about.unit}
            | _ends(factor, outcome, means)
            | dict(zip(("share_of_variance", "share_low", "share_high"), bounds, strict=True))
        )
    table = pd.DataFrame(rows)
    return table.sort_values("share_of_variance", ascending=False, kind="stable", ignore_index=True)


def _shares(level: Numbers, bins: list[Any], balanced: bool) -> list[tuple[float, float]]:
    """For each factor, the share of the variance between its bins, as it is and less what chance adds.

    Chance is all that the factor leaves over; on a full grid, where factors cannot be mistaken for each
    other, what all of them together leave over.
    """
    if not len(level):
        return [(np.nan, np.nan)] * len(bins)
    found = [variance_share(level, own, np.ones((1, len(level)))) for own in bins]
    shares = [(float(raw[0]), float(adjusted[0])) for raw, adjusted in found]
    free = [len(set(own)) - 1 for own in bins]
    left = len(level) - 1 - sum(free)
    if balanced and left > 0:
        noise = (1 - sum(raw for raw, _ in shares)) / left
        return [(raw, raw - count * noise) for (raw, _), count in zip(shares, free, strict=True)]
    return shares


def _drawn_anew(sweep: Sweep, outcome: ShownOutcome, level: Numbers, bins: list[Any]) -> Numbers:
    """(factors, repeats) adjusted shares of as many points, drawn anew; fewer repeats for many points."""
    count, seed = len(level), sweep.folder.plan.seed
    repeats = min(MOST_REPEATS, max(FEWEST_REPEATS, MOST_DRAWN // count))
    together = max(1, DRAWN_AT_ONCE // count)
    found = []
    for first in range(0, repeats, together):
        luck = Luck(seed, np.arange(first, min(first + together, repeats)))
        picks = (luck.uniform_each(count, 0, "bootstrap", outcome.name) * count).astype(np.int64)
        weights = np.array([np.bincount(row, minlength=count) for row in picks], dtype=np.float64)
        found.append(np.array([variance_share(level, own, weights)[1] for own in bins]))
    return np.concatenate(found, axis=1)


def _bins(factor: VariedFactor, known: Any) -> Any:
    """A number from 0 for each known point: which of the factor's values or bins it has."""
    values = factor.values[known].reset_index(drop=True)
    if factor.is_category or len(factor.levels) <= MOST_GROUPS:
        return pd.factorize(values)[0]
    count = max(2, min(MOST_GROUPS, len(values) // POINTS_A_GROUP))
    return pd.factorize(pd.qcut(values, count, labels=False, duplicates="drop"))[0]


def variance_share(level: Numbers, bins: Any, weights: Numbers) -> tuple[Numbers, Numbers]:
    """Share of the variance between bins, as it is and adjusted for their number, for each row of weights.

    >>> raw, adjusted = variance_share(np.array([0.0, 0, 3, 3]), np.array([0, 0, 1, 1]), np.ones((1, 4)))
    >>> float(raw[0]), float(adjusted[0])
    (1.0, 1.0)
    """
    member = np.eye(bins.max() + 1)[bins]
    whole, count = weights.sum(axis=1), weights @ member
    mean = weights @ level / whole
    with np.errstate(divide="ignore", invalid="ignore"):
        of_bin = np.where(count > 0, (weights * level) @ member / count, 0.0)
        total = weights @ level**2 - whole * mean**2
        between = (count * (of_bin - mean[:, None]) ** 2).sum(axis=1)
        raw = np.where(total > 1e-12 * whole, between / total, np.nan)
        left = whole - (count > 0).sum(axis=1)
        return raw, np.where(left > 0, 1 - (1 - raw) * (whole - 1) / left, np.nan)


def _ends(factor: VariedFactor, outcome: ShownOutcome, means: "pd.Series[float]") -> dict[str, Any]:
    """The outcome's mean at the low and high end of a factor."""
    if factor.info is None or len(factor.levels) == 2:
        of_level = means.groupby(factor.values).mean().dropna()
        if factor.info is None:
            of_level = of_level.sort_values(kind="stable")
        names = [factor.word(value) for value in of_level.index] or ["", ""]
        ends = [float(value) for value in of_level] or [np.nan, np.nan]
    else:
        middle = (factor.levels[0] + factor.levels[-1]) / 2
        names = [f"< {middle:.3g}", f"> {middle:.3g}"]
        ends = [float(means[half].mean()) for half in (factor.values < middle, factor.values > middle)]
    low, high = (
        day_word(end) if outcome.is_date and np.isfinite(end) else end for end in (ends[0], ends[-1])
    )
    return {
        "low": names[0],
        "low_mean": low,
        "high": names[-1],
        "high_mean": high,
        "difference": ends[-1] - ends[0],
    }


def draw_effects_of_factors(sweep: Sweep, outcome: ShownOutcome, effects: pd.DataFrame) -> Figure:
    """Main effects as bars, the strongest on top, with the outcome's mean at either end of each factor."""
    shown = effects.head(MOST_FACTORS)
    rows = 0.36 * len(shown) + 0.1
    sheet = sweep_page(sweep, outcome, rows + 1.0, "lines: 90 % interval over points drawn anew")
    left, width = BAR_PLACE
    axes = sheet.panel(left, 0.45, width, rows)
    for row, found in enumerate(shown.itertuples()):
        _draw_effect(axes, row, found, outcome)
    axes.set(
        xlim=(0, 1), ylim=(len(shown) - 0.45, -0.55), yticks=[], xlabel="share of variance between points"
    )
    sheet.write(0.3, rows + 0.72, [_told(shown, effects)], size=8.5)
    for (place, side), text in zip(COLUMNS, ("low", "high", "difference"), strict=True):
        sheet.write(place, rows + 0.48, [text], ha=side, weight="bold")
    return sheet.figure


def _told(shown: pd.DataFrame, effects: pd.DataFrame) -> str:
    """What the bars say together."""
    together = effects["share_of_variance"].sum(min_count=1)
    if not np.isfinite(together):
        return "No shares: the outcome does not vary between points, or these are too few"
    more = "" if len(shown) == len(effects) else f" (first {len(shown)} of {len(effects)} factors)"
    return f"Each factor alone{more}; together {in_percent(min(together, 1))}, the rest is interplay and luck"


def _draw_effect(axes: Axes, row: int, found: Any, outcome: ShownOutcome) -> None:
    """A factor's row: name and meaning, bar and interval, means at its ends."""
    left, width = BAR_PLACE

    def write(place: float, below: bool, text: str, side: str = "left") -> None:
        style: dict[str, Any] = {"size": SMALL - 0.5, "color": DARK} if below else {"size": 7.5}
        height = row + (0.2 if below else -0.18)
        across = axes.get_yaxis_transform()
        axes.text((place - left) / width, height, text, ha=side, va="center", transform=across, **style)

    write(0.3, False, brief(found.factor, 40))
    write(0.3, True, brief(f"{found.meaning}, {found.unit}", 45))
    share, low, high = found.share_of_variance, found.share_low, found.share_high
    if np.isfinite(share):
        axes.barh(row, share, height=0.5, color=SKY)
        axes.plot([low, high], [row, row], color=BLACK, linewidth=1.0, clip_on=False)
        axes.text(max(high, share) + 0.03, row, in_percent(share), size=SMALL, va="center")
    ends = ((found.low, found.low_mean), (found.high, found.high_mean))
    for (place, side), (name, mean) in zip(COLUMNS, ends, strict=False):
        write(place, False, mean if isinstance(mean, str) else outcome.word(mean), side)
        write(place, True, brief(name, 17), side)
    write(COLUMNS[-1][0], False, _signed(found.difference) + " days" * outcome.is_date, "right")


def _signed(value: float) -> str:
    """A difference, to be read.

    >>> _signed(0.25), _signed(-0.001), _signed(float("nan"))
    ('+0.25', '0.00', '-')
    """
    if not np.isfinite(value):
        return "-"
    size = number_word(abs(value))
    return size if not float(size.replace(",", "")) else f"{'+' if value > 0 else '-'}{size}"
