"""Does a run look like the record? T1 to T15, a function each: a course -> one number a world.

What the patterns are, with their bands, stands in experiments/history/patterns.toml; here stands how each is
read off a world. Yes is 1, no is 0, and NaN where the question does not arise (no large war, or one too
late to be followed). T16 is about many pairs of states, and stands in experiments/history/pairs.py.
"""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np

from experiments.history.course import Course, Flags, Numbers, days_on
from sim.measures import DELIVERED
from sim.world import Rung

LINE_HELD = 0.99  # share of the land; pattern T1
LINE_UNTIL = date(2015, 12, 31)  # pattern T1
SMALL = 0.01  # share of the land that a small war moves at most; pattern T3
HANDOVER_WITHIN = 60 / 365.25  # years after the stop; the statement of 10 November 2020 named three weeks
QUIET = 0.5  # words of the patron, of the loudest outside power's; assumption
GIVING_WAY = 0.1  # share of the core lost from which it is giving way; assumption
GONE = 0.99  # share of the core lost from which nothing is left of it; assumption
LESS = 0.1  # fall of an observer's part in the pact that counts; assumption, as DELIVERED

Value = Callable[[Course], Numbers]
Captures = Mapping[str, date]


def where(arises: Flags, answer: Numbers | Flags) -> Numbers:
    """An answer in the worlds in which the question arises, NaN in the others."""
    return np.where(arises, np.asarray(answer, dtype=float), np.nan)


def line_held(course: Course) -> Numbers:
    """T1: whether the line of 1994 still stands at the end of 2015; NaN in a course that begins later."""
    last = course.moment_of(LINE_UNTIL)
    if last < 0:
        return np.full(course.begins.size, np.nan)
    return (course["held"][last] >= LINE_HELD).astype(float)


def year_of_war(course: Course) -> Numbers:
    """T2: the year in which the first large war begins; infinite where none does."""
    years = course.dates.astype("datetime64[Y]").astype(float) + 1970
    return np.where(course.had_war, years[course.begins], np.inf)


def small_war_first(course: Course) -> Numbers:
    """T3: whether there were clashes ahead of the large war that moved less than a hundredth together."""
    clashed = course.at("clashes", course.begins) > 0
    moved = course.at("by_force", course.begins)
    return (course.had_war & clashed & (moved < SMALL)).astype(float)


def lost_by_force(course: Course) -> Numbers:
    """T4: share of the land lost by force in the first large war."""
    return where(course.had_war, course.at("by_force", course.ends) - course.at("by_force", course.begins))


def handed_over(course: Course) -> Numbers:
    """T5: share of the land handed over in the two months after it."""
    later = course.after_war(HANDOVER_WITHIN)
    later = np.where(later >= 0, later, course.dates.size - 1)
    return where(course.had_war, course.at("by_handover", later) - course.at("by_handover", course.begins))


def days_of_war(course: Course) -> Numbers:
    """T6: days of fighting in the first large war."""
    return course.war_days


def order_of_capture(course: Course, observed: Captures, kept: tuple[str, ...] = ()) -> Numbers:
    """T7: Kendall's tau-b of the order in which districts fell with the observed one.

    Args:
        course: of the worlds.
        observed: district -> the date on which it fell.
        kept: districts that did not fall. As in a world, all that never fell come last together.
    """
    places = [course.districts.index(name) for name in (*observed, *kept)]
    return where(course.had_war, agreement_of_order(course.fell_on[:, places], observed, kept))


def agreement_of_order(fell: Numbers, observed: Captures, kept: tuple[str, ...] = ()) -> Numbers:
    """(worlds,) Kendall's tau-b of the order of fall with the observed one; 0 where no district fell.

    Args:
        fell: (worlds, districts) when each fell, those observed first, then those kept; NaN for never.
        observed: district -> the date on which it fell.
        kept: districts that did not fall.

    >>> days = {"A": date(2020, 10, 1), "B": date(2020, 10, 2)}
    >>> agreement_of_order(np.array([[3.0, 9.0], [9.0, np.nan], [9.0, 3.0]]), days).tolist()
    [1.0, 1.0, -1.0]
    """
    ranks = np.array([*(day.toordinal() for day in observed.values()), *(np.inf for _ in kept)])
    one, other = np.triu_indices(ranks.size, k=1)
    worlds = np.nan_to_num(fell, nan=np.inf)
    here = (worlds[:, one] > worlds[:, other]).astype(float) - (worlds[:, one] < worlds[:, other])
    there = (ranks[one] > ranks[other]).astype(float) - (ranks[one] < ranks[other])
    whole = np.sqrt((here != 0).sum(axis=1) * (there != 0).sum())
    return np.divide(here @ there, whole, out=np.zeros(len(fell)), where=whole > 0)


def peace_kept_as_core_falls(course: Course) -> Numbers:
    """T8: whether the patron speaks little, sends nobody, and brings peacekeepers once the core gives way."""
    before, after = course.begins, course.ends
    spoken = course.at("words", after) - course.at("words", before)
    heard = course.at("sympathy", after) - course.at("sympathy", before)
    forceful, troops = days_on(course, Rung.PEACEKEEPERS), days_on(course, Rung.TROOPS)
    worlds = np.arange(before.size)
    started = forceful > forceful[before, worlds]
    first = np.where(started.any(axis=0), started.argmax(axis=0), 0)
    core = course["core_lost"][np.maximum(first - 1, 0), worlds]
    kept_peace = forceful[after, worlds] > forceful[before, worlds]
    sent_nobody = troops[after, worlds] == troops[before, worlds]
    quiet = spoken < QUIET * heard
    return where(course.had_war, quiet & kept_peace & sent_nobody & (core > GIVING_WAY))


def opinion_kept(course: Course) -> Numbers:
    """T9: opinion of the patron three years after the war, of that before it."""
    return _of_before(course, "opinion", 3.0)


def loyalty_kept(course: Course) -> Numbers:
    """T10: loyalty to the pact 3.3 years after the war, of that before it."""
    return _of_before(course, "loyalty", 3.3)


def unanswered_attack(course: Course) -> Numbers:
    """T11: whether recognised land is attacked on a small scale within two years, with no answer."""
    attacked, answered, known = attacks_on_border(course, years=2.0)
    return where(known, attacked & ~answered)


def attacks_on_border(course: Course, years: float) -> tuple[Flags, Flags, Flags]:
    """What happens at the recognised border in the years after the first large war.

    Returns:
        whether there was an attack short of an offensive; whether the patron went beyond diplomacy in one;
        whether the years lie within the course. All (worlds,).
    """
    moments = np.arange(course.dates.size)[:, None]
    until = course.after_war(years)
    inside = ((moments > course.ends) & (moments <= until))[1:]
    offensive = (course["in_offensive"][1:] | course["in_offensive"][:-1]) | (
        np.diff(course["offensives"], axis=0) > 0
    )
    attacks = inside & ~offensive & (np.diff(course["recognised_lost"], axis=0) > 0)
    answers = attacks & (np.diff(days_on(course, Rung.ARMS), axis=0) > 0)
    return attacks.any(axis=0), answers.any(axis=0), until >= 0


def rest_of_core_lost(course: Course) -> Numbers:
    """T12: whether what the war left of the core is gone inside five years."""
    later = course.after_war(5.0)
    left = course.at("core_lost", course.ends) < GONE
    return where(later >= 0, left & (course.at("core_lost", later) >= GONE))


def gratitude_comes_and_goes(course: Course) -> Numbers:
    """T13: whether the challenger is warmer to the patron two years after the war, and cooler after five."""
    before, soon, late = (
        course.at("gratitude", moments)
        for moments in (course.begins, course.after_war(2.0), course.after_war(5.0))
    )
    return where(course.after_war(5.0) >= 0, (soon > before) & (late < soon))


def deeds_after_war(course: Course) -> Numbers:
    """T14: whether monitors or arms come from outside in the five years after the war, and not before."""
    later = course.after_war(5.0)
    early = course.at("delivered", course.ends) >= DELIVERED
    return where(later >= 0, ~early & (course.at("delivered", later) >= DELIVERED))


def another_takes_less_part(course: Course) -> Numbers:
    """T15: whether another client of the patron takes less part two years after the war than before it."""
    later = course.after_war(2.0)
    fall = course.at("participation", course.begins) - course.at("participation", later)
    return where(later >= 0, fall.max(axis=1) >= LESS)


def _of_before(course: Course, stock: str, years: float) -> Numbers:
    later, before = course.after_war(years), course.at(stock, course.begins)
    kept = np.divide(course.at(stock, later), before, out=np.full(before.shape, np.nan), where=before > 0)
    return where(later >= 0, kept)


def values(observed: Captures, kept: tuple[str, ...]) -> dict[str, Value]:
    """How each pattern is read off a course, by its id.

    Args:
        observed: district -> the date on which it fell, for T7.
        kept: districts that did not fall.
    """
    return {
        "T1": line_held,
        "T2": year_of_war,
        "T3": small_war_first,
        "T4": lost_by_force,
        "T5": handed_over,
        "T6": days_of_war,
        "T7": lambda course: order_of_capture(course, observed, kept),
        "T8": peace_kept_as_core_falls,
        "T9": opinion_kept,
        "T10": loyalty_kept,
        "T11": unanswered_attack,
        "T12": rest_of_core_lost,
        "T13": gratitude_comes_and_goes,
        "T14": deeds_after_war,
        "T15": another_takes_less_part,
    }
