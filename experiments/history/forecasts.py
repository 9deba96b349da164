"""Forecasts of dated events and curves: proper scores, and what one could say without a model.

A rule is proper if nobody scores better by saying other than what they believe. Of both used here, less is
better: the Brier score of a chance is its squared distance from what happened (1 or 0); the continuous ranked
probability score of a sample of curves is that of all chances of lying below a value, and becomes the plain
distance where the sample is one curve.

Source: Brier (1950); Gneiting and Raftery (2007); the sums are those of the library scoringrules, which is
imported where it is used, as it compiles for some seconds where Numba is installed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from experiments.history.patterns import CORE_GONE, LESS, attacks_on_border, if_arises
from experiments.history.trajectory import Trajectory, days_on
from sim.measures import DELIVERED
from sim.quantities import Numbers
from sim.world import FORCE, Rung, Status

EVEN = 0.5  # the chance that one gives who knows nothing


@dataclass(frozen=True)
class ForecastEvent:
    """Something that may or may not have happened, said as a change.

    Attributes:
        words: the event in words.
        happened: whether it did, in the record.
        pattern: the pattern of the record that it belongs to.
        read: trajectory -> (worlds,) 1 for yes, 0 for no, NaN where the question does not arise.
    """

    words: str
    happened: bool
    pattern: str
    read: Callable[[Trajectory], Numbers]


def _war_by(year: int) -> Callable[[Trajectory], Numbers]:
    def read(run: Trajectory) -> Numbers:
        started = run.dates[run.begins] < np.datetime64(f"{year + 1}-01-01")
        return (run.had_war & started).astype(float)

    return read


def _clash_first(run: Trajectory) -> Numbers:
    return if_arises(run.had_war, run.at("clashes", run.begins) > 0)


def _stood_on(lowest: Rung) -> Callable[[Trajectory], Numbers]:
    def read(run: Trajectory) -> Numbers:
        days = days_on(run, lowest)
        worlds = np.arange(run.begins.size)
        return if_arises(run.had_war, days[run.ends, worlds] > days[run.begins, worlds])

    return read


def _half_lost(run: Trajectory) -> Numbers:
    later = run.after_war(1.0)
    return if_arises(later >= 0, run.at("held", run.begins) - run.at("held", later) > 0.5)


def _attacked(run: Trajectory) -> Numbers:
    attacked, _, known = attacks_on_border(run, years=2.0)
    return if_arises(known, attacked)


def _answered(run: Trajectory) -> Numbers:
    _, answered, known = attacks_on_border(run, years=2.0)
    return if_arises(known, answered)


def _core_gone(run: Trajectory) -> Numbers:
    later = run.after_war(5.0)
    return if_arises(later >= 0, run.at("core_lost", later) >= CORE_GONE)


def _status(reached: Status, years: float) -> Callable[[Trajectory], Numbers]:
    def read(run: Trajectory) -> Numbers:
        later = run.after_war(years)
        return if_arises(later >= 0, run.at("status", later) >= reached)

    return read


def _cooler(run: Trajectory) -> Numbers:
    later = run.after_war(3.0)
    return if_arises(later >= 0, run.at("opinion", later) < 0.5 * run.at("opinion", run.begins))


def _warmer(run: Trajectory) -> Numbers:
    later = run.after_war(2.0)
    return if_arises(later >= 0, run.at("gratitude", later) > run.at("gratitude", run.begins))


def _warmer_still(run: Trajectory) -> Numbers:
    soon, late = run.after_war(2.0), run.after_war(5.0)
    return if_arises(late >= 0, run.at("gratitude", late) > run.at("gratitude", soon))


def _delivered_early(run: Trajectory) -> Numbers:
    return if_arises(run.had_war, run.at("delivered", run.ends) >= DELIVERED)


def _delivered(run: Trajectory) -> Numbers:
    later = run.after_war(5.0)
    return if_arises(later >= 0, run.at("delivered", later) >= DELIVERED)


def _less_part(run: Trajectory) -> Numbers:
    later = run.after_war(2.0)
    fall = run.at("participation", run.begins) - run.at("participation", later)
    return if_arises(later >= 0, fall.max(axis=1) >= LESS)


EVENTS = (
    ForecastEvent("a large war begins by the end of 2015", False, "T1", _war_by(2015)),
    ForecastEvent("a large war begins by the end of 2020", True, "T2", _war_by(2020)),
    ForecastEvent("a small war comes ahead of the large one", True, "T3", _clash_first),
    ForecastEvent("a year after the war, more than half of the land is lost", True, "T5", _half_lost),
    ForecastEvent("the patron imposes a stop or sends troops in the war", True, "T8", _stood_on(FORCE)),
    ForecastEvent("the patron sends combat troops in the war", False, "T8", _stood_on(Rung.TROOPS)),
    ForecastEvent("within three years, opinion of the patron falls by more than half", True, "T9", _cooler),
    ForecastEvent(
        "within 3.3 years, the client takes no part in the pact", True, "T10", _status(Status.FROZEN, 3.3)
    ),
    ForecastEvent("within five years, the client leaves the pact", False, "T10", _status(Status.LEFT, 5.0)),
    ForecastEvent("within two years, recognised land is attacked on a small scale", True, "T11", _attacked),
    ForecastEvent("the patron answers such an attack beyond diplomacy", False, "T11", _answered),
    ForecastEvent("within five years, nothing is left of the core", True, "T12", _core_gone),
    ForecastEvent("two years on, the challenger is warmer to the patron than before", True, "T13", _warmer),
    ForecastEvent("five years on, warmer still", False, "T13", _warmer_still),
    ForecastEvent(
        "monitors or arms from outside arrive before the war is over", False, "T14", _delivered_early
    ),
    ForecastEvent("within five years, monitors or arms from outside arrive", True, "T14", _delivered),
    ForecastEvent("within two years, another client takes less part in the pact", True, "T15", _less_part),
)


def brier_scores(chances: Sequence[float], happened: Sequence[bool]) -> Numbers:
    """(events,) the Brier score of each chance.

    >>> brier_scores([1.0, 0.5], [True, True]).tolist()
    [0.0, 0.25]
    """
    import scoringrules

    found: Numbers = scoringrules.brier_score(
        np.asarray(happened, dtype=float), np.asarray(chances, dtype=float)
    )
    return found


def crps(observed: Numbers, sample: Numbers) -> Numbers:
    """(dates,) the continuous ranked probability score of a sample of curves.

    Args:
        observed: the values of the record, (dates,).
        sample: the values of the curves, (worlds, dates); a single curve is scored by its distance.

    >>> crps(np.array([0.5]), np.array([[0.2], [0.2]])).round(3).tolist()
    [0.3]
    """
    import scoringrules

    found: Numbers = scoringrules.crps_ensemble(observed, sample.T)
    return found


def knowing_nothing(observed: Numbers) -> Numbers:
    """(dates,) the same score for someone who thinks every share from 0 to 1 equally likely.

    >>> knowing_nothing(np.array([0.0, 0.5])).round(3).tolist()
    [0.333, 0.083]
    """
    import scoringrules

    found: Numbers = scoringrules.crps_uniform(observed, 0.0, 1.0)
    return found


def nothing_changes(known: Sequence[tuple[date, float]], dates: Sequence[date]) -> Numbers:
    """(1, dates) the last value that was known goes on.

    Args:
        known: the dated values so far, in order, all from before the first of the dates.
        dates: the dates to be foretold.
    """
    return np.full((1, len(dates)), known[-1][1])


def trend_goes_on(known: Sequence[tuple[date, float]], dates: Sequence[date]) -> Numbers:
    """(1, dates) the straight line through what was known goes on, within 0 and 1; a single value stays.

    Args:
        known: the dated values so far, in order, all from before the first of the dates.
        dates: the dates to be foretold.

    >>> known = [(date(2000, 1, 1), 0.5), (date(2000, 1, 11), 0.6)]
    >>> trend_goes_on(known, [date(2000, 1, 31)]).round(3).tolist()
    [[0.8]]
    """
    if len(known) == 1:
        return nothing_changes(known, dates)
    days = np.array([day.toordinal() for day, _ in known], dtype=float)
    slope, start = np.polyfit(days - days[-1], [value for _, value in known], 1)
    ahead = np.array([day.toordinal() for day in dates]) - days[-1]
    line: NDArray[np.float64] = np.clip(start + slope * ahead, 0.0, 1.0)
    return line[None, :]
