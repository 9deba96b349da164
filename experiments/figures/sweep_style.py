"""Page, caption, and axes of outcomes and factors, as all figures of a design have them."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator
from matplotlib.ticker import FuncFormatter

from experiments.figures.style import DARK, DASHED, GREY, SMALL, Sheet, brief, in_lines, new_sheet
from experiments.figures.sweep_data import (
    SHARE_OF_WORLDS,
    ShownOutcome,
    Sweep,
    VariedFactor,
    day_word,
    places_along,
)
from experiments.shares import in_percent
from sim.scenarios.values import set_in_words

UNITS_OF_SHARES = (SHARE_OF_WORLDS, "share")  # units of what lies between 0 and 1
SAMPLER_WORDS = {"lhs": "Latin hypercube", "sobol": "Sobol sequence"}  # in words
LEAST_TOP = 0.1  # of an axis of shares


def sweep_page(sweep: Sweep, outcome: ShownOutcome, height: float, bands: str = "") -> Sheet:
    """A page with title and caption."""
    one = outcome.names is not None and len(sweep.factors) > 1
    title = f"{outcome.title}: {outcome.commonest}" if one else outcome.title
    return new_sheet(_caption(sweep, outcome, bands), brief(title, 80), height)


def _caption(sweep: Sweep, outcome: ShownOutcome, bands: str) -> list[str]:
    """What determines the numbers of a figure."""
    plan = sweep.folder.plan
    along = [f for f in sweep.factors if not f.is_category] if len(sweep.factors) == 1 else []
    varied = [factor.name for factor in sweep.factors]
    sampler = plan.sampler or ("grid" if len(varied) > 1 and sweep.is_grid() else "")
    known = outcome.values.notna().groupby(sweep.point).mean()
    ends = f"{in_percent(known.min())} to {in_percent(known.max())}"
    return in_lines(
        [
            sweep.folder.scenario.title,
            *([f"theory: {plan.theory}"] if "theory" not in varied else []),
            f"claims left out{' everywhere' * ('without' in varied)}: {', '.join(plan.without) or 'none'}",
            *set_in_words(plan.scenario),
            f"numbers: {plan.numbers.words}",
            f"{sweep.points:,} points" + (f" ({SAMPLER_WORDS.get(sampler, sampler)})" if sampler else ""),
            f"{sweep.worlds:,} world{'s' * (sweep.worlds > 1)} a point",
            f"seed {plan.seed}",
            *([bands] if bands else []),
            *(told for factor in along for told in _binned(sweep, factor)),
            *([f"only worlds where it is known, {ends} of a point's"] if known.min() < 1 else []),
        ]
    )


def _binned(sweep: Sweep, factor: VariedFactor) -> list[str]:
    """What to tell of points that are put together along an axis."""
    places = places_along(sweep, factor).nunique()
    return [f"neighbouring points put together in {places} places"] if places < len(factor.levels) else []


def bands_told(outcome: ShownOutcome) -> str:
    """What the bands are, for a caption."""
    return "band: 90 % interval of the share" if outcome.is_share else "bands: 50 % and 90 % of worlds"


def date_ticks() -> Any:
    """A few round dates along an axis."""
    make: Any = AutoDateLocator
    return make(minticks=3, maxticks=7)


def values_on(axis: Axis, outcome: ShownOutcome) -> None:
    """Ticks that suit an outcome."""
    if outcome.is_date:
        axis.set_major_locator(date_ticks())
        axis.set_major_formatter(FuncFormatter(lambda day, _: day_word(day)))


def limits_of(outcome: ShownOutcome, table: pd.DataFrame) -> tuple[float, float] | None:
    """Shares start at 0 and, if they come near it, end at 1; other outcomes as they are."""
    if outcome.unit not in UNITS_OF_SHARES:
        return None
    highest = float(np.nanmax(table.to_numpy(dtype=float), initial=0.0))
    return (0, max(LEAST_TOP, 1.08 * highest)) if highest <= 0.5 else (0, 1.02)


def mark_default(axes: Axes, factor: VariedFactor) -> None:
    """A line at the value that the scenario itself has."""
    if factor.info is None or not factor.levels[0] <= factor.info.default <= factor.levels[-1]:
        return
    axes.axvline(factor.info.default, color=GREY, linewidth=0.8, linestyle=DASHED, zorder=0.5)
    axes.text(
        factor.info.default,
        1.015,
        f"scenario: {factor.word(factor.info.default)}",
        size=SMALL,
        color=DARK,
        ha="center",
        transform=axes.get_xaxis_transform(),
    )
