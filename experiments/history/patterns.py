"""The patterns of the record, T1 to T17: their bands, and how each is read off simulated worlds.

What the patterns are stands in experiments/history/patterns.toml; here stands how each is read off a
trajectory, as one number a world (T17: one a world and district). Yes is 1, no is 0, and NaN where the
question does not arise (no large war, or one too late to be followed).

T16 is about many pairs of states, not of one. So the pair is drawn: what describes patron, client,
challenger and backer takes values spread evenly over its whole range, the rules and the land stay. Each
pair meets one war, with luck of its own. The ranges are those of `captive-ally describe`; that every value
in them is equally likely among the pairs of history is an assumption, and the weakest part of this pattern.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from experiments.history.trajectory import Trajectory, days_on
from sim.measures import DELIVERED
from sim.quantities import Flags, Numbers
from sim.runs.design import Factor, build
from sim.runs.plan import Plan, jobs
from sim.runs.runner import run_table
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import describe
from sim.world import FORCE, Rung

LINE_HELD = 0.99  # share of the land; pattern T1
LINE_UNTIL = date(2015, 12, 31)  # pattern T1
SMALL_WAR = 0.01  # share of the land that a small war moves at most; pattern T3
HANDOVER_WITHIN = 60 / 365.25  # years after the stop; the statement of 10 November 2020 named three weeks
QUIET = 0.5  # words of the patron, of the loudest outside power's; assumption
GIVING_WAY = 0.1  # share of the core lost from which it is giving way; assumption
CORE_GONE = 0.99  # share of the core lost from which nothing is left of it; assumption
LESS = 0.1  # fall of an observer's part in the pact that counts; assumption, as DELIVERED

PatternReader = Callable[[Trajectory], Numbers]
Captures = Mapping[str, date]
HONOURED = FORCE  # force of its own on the ground, as level 3 of the cases; assumption

# What describes a pair and its quarrel, not how anyone weighs it. Strength stays: its range is open at the
# top, and only a war that breaks out asks a patron anything.
OF_A_PAIR = (
    "client.outside_option",
    "client.intransigence",
    "client.blame_share",
    "client.alignment",
    "client.democracy",
    "client.loyalty",
    "client.opinion",
    "patron.scope_contested",
    "patron.stated_clarity",
    "patron.interest_in_challenger",
    "patron.capability",
    "patron.discount_rate",
    "challenger.gratitude",
    "challenger.value_recognised",
    "backer.help",
    "mediators.frustration",
    "red_lines.signalled",
    "sphere.credibility",
)


@dataclass(frozen=True)
class Pattern:
    """One pattern of the record.

    Attributes:
        id: T1 to T17.
        name: the pattern in a few words.
        text: what was observed.
        low, high: the band in which a run looks like it, both ends included.
        unit: the unit of the value.
        fitted: whether parameters may be tuned to it.
        observed: what a world that went as the record would show; NaN where nothing is fitted to it.
    """

    id: str
    name: str
    text: str
    low: float
    high: float
    unit: str
    fitted: bool
    observed: float = np.nan

    def holds(self, value: float) -> bool:
        """Whether a value lies in the band."""
        return bool(self.low <= value <= self.high)

    @property
    def is_share(self) -> bool:
        """Whether the value is a share of worlds, so that one world alone answers yes or no."""
        return self.unit.startswith("share of worlds")


@dataclass(frozen=True)
class PatternScore:
    """How a pattern came out.

    Attributes:
        value: share of the worlds that answer yes, or the median; NaN if the question never arose.
        in_band: the share of worlds in the band; NaN for a pattern of which one world alone is no instance.
        worlds: the number of worlds in which the question arises.
    """

    value: float
    in_band: float
    worlds: int


def score_pattern(pattern: Pattern, values: Numbers) -> PatternScore:
    """The value of a pattern from (worlds,) numbers, or from (worlds, districts) errors for T17.

    The date of a district is its median over the worlds, so that luck which makes worlds differ is no error.

    >>> year = Pattern("T2", "", "", low=2013, high=2022, unit="year, median of worlds", fitted=True)
    >>> score_pattern(year, np.array([2016, 2020, np.inf, np.nan]))
    PatternScore(value=2020.0, in_band=0.6666666666666666, worlds=3)
    >>> dates = Pattern("T17", "", "", low=0, high=7, unit="days", fitted=True)
    >>> score_pattern(dates, np.array([[-9.0, 1.0], [5.0, 1.0], [9.0, np.inf]]))
    PatternScore(value=3.0, in_band=0.6666666666666666, worlds=3)
    """
    asked = values[~np.isnan(of_each_world(values))]
    if not asked.size:
        return PatternScore(np.nan, np.nan, 0)
    if pattern.is_share:
        return PatternScore(float(asked.mean()), np.nan, asked.size)
    middle = np.sort(asked, axis=0)[(len(asked) - 1) // 2]  # of one world: the next may be infinite
    inside = (of_each_world(asked) >= pattern.low) & (of_each_world(asked) <= pattern.high)
    value = middle if asked.ndim == 1 else np.median(np.abs(middle))
    return PatternScore(float(value), float(inside.mean()), len(asked))


def of_each_world(answers: Numbers) -> Numbers:
    """(worlds,) one number a world: the answer itself, or the median size of its errors over districts."""
    return answers if answers.ndim == 1 else np.median(np.abs(answers), axis=1)


def if_arises(arises: Flags, answer: Numbers | Flags) -> Numbers:
    """An answer in the worlds in which the question arises, NaN in the others."""
    return np.where(arises, np.asarray(answer, dtype=float), np.nan)


def line_held(run: Trajectory) -> Numbers:
    """T1: whether the line of 1994 still stands at the end of 2015; NaN in a trajectory that begins later."""
    last = run.moment_of(LINE_UNTIL)
    if last < 0:
        return np.full(run.begins.size, np.nan)
    return (run["held"][last] >= LINE_HELD).astype(float)


def year_of_war(run: Trajectory) -> Numbers:
    """T2: the year in which the first large war begins; infinite where none does."""
    years = run.dates.astype("datetime64[Y]").astype(float) + 1970
    return np.where(run.had_war, years[run.begins], np.inf)


def small_war_first(run: Trajectory) -> Numbers:
    """T3: whether there were clashes ahead of the large war that moved less than a hundredth together."""
    clashed = run.at("clashes", run.begins) > 0
    moved = run.at("by_force", run.begins)
    return (run.had_war & clashed & (moved < SMALL_WAR)).astype(float)


def lost_by_force(run: Trajectory) -> Numbers:
    """T4: share of the land lost by force in the first large war."""
    return if_arises(
        run.had_war,
        run.at("by_force", run.ends) - run.at("by_force", run.begins),
    )


def handed_over(run: Trajectory) -> Numbers:
    """T5: share of the land handed over in the two months after it."""
    later = run.after_war(HANDOVER_WITHIN)
    later = np.where(later >= 0, later, run.dates.size - 1)
    return if_arises(
        run.had_war,
        run.at("by_handover", later) - run.at("by_handover", run.begins),
    )


def days_of_war(run: Trajectory) -> Numbers:
    """T6: days of fighting in the first large war."""
    return run.war_days


def order_of_capture(run: Trajectory, observed: Captures, kept: tuple[str, ...] = ()) -> Numbers:
    """T7: Kendall's tau-b of the order in which districts fell with the observed one.

    Args:
        run: the trajectory of the worlds.
        observed: district -> the date on which it fell.
        kept: the districts that did not fall. As in a world, all that never fell come last together.
    """
    places = [run.districts.index(name) for name in (*observed, *kept)]
    return if_arises(run.had_war, agreement_of_order(run.fell_on[:, places], observed, kept))


def agreement_of_order(fell: Numbers, observed: Captures, kept: tuple[str, ...] = ()) -> Numbers:
    """(worlds,) Kendall's tau-b of the order of fall with the observed one; 0 where no district fell.

    Args:
        fell: (worlds, districts) when each fell, those observed first, then those kept; NaN for never.
        observed: district -> the date on which it fell.
        kept: the districts that did not fall.

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


def errors_of_capture(run: Trajectory, by_force: Mapping[str, int]) -> Numbers:
    """T17: (worlds, districts) days by which each district fell too late; infinite for never.

    Args:
        run: the trajectory of the worlds.
        by_force: district -> days from the first of the war to its fall, in the record.
    """
    places = [run.districts.index(name) for name in by_force]
    fell = (
        np.ceil(np.nan_to_num(run.fell_on[:, places], nan=np.inf)) - 1.0
    )  # what falls in a day has its date
    began = (run.dates[run.begins] - run.dates[0]).astype(float)
    late = fell - began[:, None] - np.array(list(by_force.values()), dtype=float)
    return if_arises(run.had_war[:, None], late)


def peace_kept_as_core_falls(run: Trajectory) -> Numbers:
    """T8: whether the patron speaks little, sends nobody, and brings peacekeepers once the core gives way."""
    return if_arises(run.had_war, _peace_kept(run)[0])


def _peace_kept(run: Trajectory) -> tuple[Flags, Flags]:
    """Whether T8 is so by now; whether it may still come to be so while the first large war goes on."""
    before, after, worlds = run.begins, run.ends, np.arange(run.begins.size)
    spoken = run.at("words", after) - run.at("words", before)
    heard = run.at("sympathy", after) - run.at("sympathy", before)
    forceful, troops = days_on(run, FORCE), days_on(run, Rung.TROOPS)
    started = forceful > forceful[before, worlds]
    first = np.where(started.any(axis=0), started.argmax(axis=0), 0)
    gave_way = run["core_lost"][np.maximum(first - 1, 0), worlds] > GIVING_WAY
    kept_peace = forceful[after, worlds] > forceful[before, worlds]
    sent_nobody = troops[after, worlds] == troops[before, worlds]
    so = (spoken < QUIET * heard) & kept_peace & sent_nobody & gave_way
    return so, sent_nobody & (gave_way | ~kept_peace)


def opinion_kept(run: Trajectory) -> Numbers:
    """T9: opinion of the patron three years after the war, of that before it."""
    return _of_before(run, "opinion", 3.0)


def loyalty_kept(run: Trajectory) -> Numbers:
    """T10: loyalty to the pact 3.3 years after the war, of that before it."""
    return _of_before(run, "loyalty", 3.3)


def unanswered_attack(run: Trajectory) -> Numbers:
    """T11: whether recognised land is attacked on a small scale within two years, with no answer."""
    attacked, answered, known = attacks_on_border(run, years=2.0)
    return if_arises(known, attacked & ~answered)


def attacks_on_border(run: Trajectory, years: float) -> tuple[Flags, Flags, Flags]:
    """What happens at the recognised border in the years after the first large war.

    Returns:
        whether there was an attack short of an offensive; whether the patron went beyond diplomacy in one;
        whether the years lie within the trajectory. All (worlds,).
    """
    moments = np.arange(run.dates.size)[:, None]
    until = run.after_war(years)
    inside = ((moments > run.ends) & (moments <= until))[1:]
    offensive = (run["in_offensive"][1:] | run["in_offensive"][:-1]) | (
        np.diff(run["offensives"], axis=0) > 0
    )
    attacks = inside & ~offensive & (np.diff(run["recognised_lost"], axis=0) > 0)
    answers = attacks & (np.diff(days_on(run, Rung.ARMS), axis=0) > 0)
    return attacks.any(axis=0), answers.any(axis=0), until >= 0


def rest_of_core_lost(run: Trajectory) -> Numbers:
    """T12: whether what the war left of the core is gone inside five years."""
    later = run.after_war(5.0)
    left = run.at("core_lost", run.ends) < CORE_GONE
    return if_arises(later >= 0, left & (run.at("core_lost", later) >= CORE_GONE))


def gratitude_comes_and_goes(run: Trajectory) -> Numbers:
    """T13: whether the challenger is warmer to the patron two years after the war, and cooler after five."""
    before, soon, late = (
        run.at("gratitude", moments) for moments in (run.begins, run.after_war(2.0), run.after_war(5.0))
    )
    return if_arises(run.after_war(5.0) >= 0, (soon > before) & (late < soon))


def deeds_after_war(run: Trajectory) -> Numbers:
    """T14: whether monitors or arms come from outside in the five years after the war, and not before."""
    later = run.after_war(5.0)
    early = run.at("delivered", run.ends) >= DELIVERED
    return if_arises(later >= 0, ~early & (run.at("delivered", later) >= DELIVERED))


def another_takes_less_part(run: Trajectory) -> Numbers:
    """T15: whether another client of the patron takes less part two years after the war than before it."""
    later = run.after_war(2.0)
    fall = run.at("participation", run.begins) - run.at("participation", later)
    return if_arises(later >= 0, fall.max(axis=1) >= LESS)


def _of_before(run: Trajectory, stock: str, years: float) -> Numbers:
    later, before = run.after_war(years), run.at(stock, run.begins)
    kept = np.divide(run.at(stock, later), before, out=np.full(before.shape, np.nan), where=before > 0)
    return if_arises(later >= 0, kept)


def limits(run: Trajectory, by_force: Mapping[str, int]) -> dict[str, tuple[Numbers, Numbers]]:
    """The lowest and the highest value that patterns of the first large war may still take while it goes on.

    Returns:
        pattern -> two arrays as `values` has them; equal where it is settled. What cannot be limited early is
        not among them.
    """
    over, now = run.war_over, (run.dates[-1] - run.dates[0]).astype(float)
    force, late = lost_by_force(run), errors_of_capture(run, by_force)
    peace, may_be = _peace_kept(run)
    began = (run.dates[run.begins] - run.dates[0]).astype(float)
    earliest = now - began[:, None] - np.array(list(by_force.values()), dtype=float)
    return {
        "T4": (np.where(over, force, -np.inf), np.where(over, force, np.inf)),
        "T6": (run.war_days, np.where(over, run.war_days, np.inf)),
        "T8": (peace & over, np.where(over, peace, may_be)),
        "T17": (np.where(np.isinf(late), earliest, late), late),
    }


def values(
    observed: Captures, kept: tuple[str, ...], by_force: Mapping[str, int]
) -> dict[str, PatternReader]:
    """How each pattern is read off a trajectory, by its id.

    Args:
        observed: district -> the date on which it fell, for T7.
        kept: the districts that did not fall.
        by_force: district taken by force -> days from the first of the war to its fall, for T17.
    """
    return {
        "T1": line_held,
        "T2": year_of_war,
        "T3": small_war_first,
        "T4": lost_by_force,
        "T5": handed_over,
        "T6": days_of_war,
        "T7": lambda run: order_of_capture(run, observed, kept),
        "T8": peace_kept_as_core_falls,
        "T9": opinion_kept,
        "T10": loyalty_kept,
        "T11": unanswered_attack,
        "T12": rest_of_core_lost,
        "T13": gratitude_comes_and_goes,
        "T14": deeds_after_war,
        "T15": another_takes_less_part,
        "T17": lambda run: errors_of_capture(run, by_force),
    }


def random_pairs(scenario: Scenario, theory: str, pairs: int, seed: int) -> Plan:
    """A plan of so many pairs, a world each, spread over the ranges by a Sobol sequence.

    Args:
        scenario: a scenario that opens with an offensive, so that each pact is called upon.
        theory: the theory of the patron's choice.
        pairs: the number of pairs; rounded up to a power of two, as the sequence wants.
        seed: the seed of the spreading and of all luck.
    """
    known = {info.path: info for info in describe(scenario)}
    factors = [Factor(path, (), known[path].low, known[path].high) for path in OF_A_PAIR]
    design = build(factors, "sobol", 1 << (pairs - 1).bit_length(), seed)
    return Plan(scenario, theory=theory, seed=seed, worlds=1, design=design, own_luck=True)


def honoured(plan: Plan) -> tuple[PatternScore, float]:
    """The share of pacts that are honoured in such a plan, and of those for which troops fight."""
    parts = [run_table(plan, job) for job in jobs(plan)]
    level = np.concatenate([part["level_max"].to_numpy() for part in parts])
    return PatternScore(float(np.mean(level >= HONOURED)), np.nan, level.size), float(
        np.mean(level == Rung.TROOPS)
    )
