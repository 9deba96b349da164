"""The patterns that may be tuned to, at the default numbers; and how each pattern is read."""

import math
from datetime import date

import numpy as np
import pytest

from agents.reasons import TERMS
from experiments.history.patterns import (
    Pattern,
    PatternScore,
    another_takes_less_part,
    days_of_war,
    deeds_after_war,
    errors_of_capture,
    gratitude_comes_and_goes,
    handed_over,
    line_held,
    lost_by_force,
    loyalty_kept,
    opinion_kept,
    order_of_capture,
    peace_kept_as_core_falls,
    rest_of_core_lost,
    score_pattern,
    small_war_first,
    unanswered_attack,
    values,
    year_of_war,
)
from experiments.history.record import captures, days_to_capture, kept_districts, patterns
from experiments.history.simulated import ScenarioQuery, simulate
from experiments.history.trajectory import Trajectory, _first_war
from sim.runs.plan import Job, Plan
from sim.runs.runner import run
from sim.scenarios.loading import load
from tests.thorough import thorough

FITTED = {pattern.id: pattern for pattern in patterns() if pattern.fitted}
OF_WAR, OF_YEARS = ("T4", "T5", "T6", "T7", "T8", "T17"), ("T1", "T2", "T3")


def simulated(name, worlds, seed, observed=None, kept=None):
    scenario = load(name).close_up
    query = ScenarioQuery(
        scenario,
        scenario.end,
        captures() if observed is None else observed,
        kept_districts() if kept is None else kept,
        days_to_capture(),
        (scenario.end,),
    )
    return simulate(query, Plan(query.scenario, seed=seed, worlds=worlds), Job((0,), 0, worlds))


@pytest.fixture(scope="module")
def war():
    return simulated("karabakh-2020", worlds=300, seed=1)


@pytest.fixture(scope="module")
def years():
    return simulated("karabakh-1994-2025", worlds=120, seed=1)


@pytest.mark.parametrize("name", OF_WAR)
def test_the_war_looks_like_the_record(war, name):
    assert FITTED[name].holds(score_pattern(FITTED[name], war.answers(name)).value)


@thorough
@pytest.mark.parametrize("name", OF_YEARS)
def test_the_thirty_years_look_like_the_record(years, name):
    assert FITTED[name].holds(score_pattern(FITTED[name], years.answers(name)).value)


def test_the_order_of_capture_is_not_only_that_of_the_handovers():
    """T7. The delays of the last three are input, so the six others are looked at alone."""
    by_force = {name: day for name, day in captures().items() if name in days_to_capture()}
    assert len(by_force) == len(captures()) - 3
    assert simulated("karabakh-2020", 300, seed=1, observed=by_force, kept=()).answers("T7").mean() > 0.3


def test_the_terms_of_each_choice_reach_the_results():
    outcomes = run(Plan(load("karabakh-2020").close_up, worlds=300, seed=1)).table
    assert set(outcomes["kept_aside_by"]) <= {*TERMS, "none"}
    assert (outcomes["moved_by"] == "core").mean() > 0.3


def test_every_pattern_has_a_band_and_all_but_that_of_pairs_a_reading():
    found = patterns()
    assert sorted((one.id for one in found), key=lambda name: int(name[1:])) == [
        f"T{number}" for number in range(1, 18)
    ]
    assert {one.id for one in found if one.fitted} == {*OF_WAR, *OF_YEARS}
    fitted = [one.fitted for one in found]
    assert fitted == sorted(fitted, reverse=True)  # those that may be tuned to come first
    assert all(one.low < one.high for one in found)
    assert set(values({}, (), {})) == {one.id for one in found} - {"T16"}


# Trajectories made by hand: a step is a year from 2010 on; the first large war begins in 2016, over in 2017.
# Three worlds: as the record went; the war ends at once with troops; no large war at all.
YEARS, WORLDS = 16, 3
RECORD, RESCUE, PEACE = range(WORLDS)


def by_hand(**stocks):
    dates = np.array([np.datetime64(f"{2010 + year}-01-01") for year in range(YEARS)])
    flat = np.zeros((YEARS, WORLDS))
    whole = {
        "held": 1.0 + flat,
        "by_force": flat,
        "by_handover": flat,
        "core_lost": flat,
        "recognised_lost": flat,
        "opinion": 0.8 + flat,
        "loyalty": 0.9 + flat,
        "gratitude": 0.4 + flat,
        "status": flat,
        "delivered": flat,
        "participation": np.ones((YEARS, WORLDS, 2)),
        "offensives": flat,
        "clashes": flat,
        "in_offensive": flat.astype(bool),
        "rung_days": np.zeros((YEARS, WORLDS, 5)),
        "words": flat,
        "sympathy": flat,
    }
    return Trajectory(
        dates=dates,
        districts=("A", "B", "C"),
        horizon=date(2025, 1, 1),
        fell_on=np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [np.nan] * 3]),
        war_days=np.array([44.0, 3.0, np.nan]),
        stocks=whole | {name: np.asarray(stock) for name, stock in stocks.items()},
        begins=np.array([5, 5, -1]),
        ends=np.array([7, 7, -1]),
        world_numbers=np.arange(WORLDS),
    )


def from_year(moment, record, rescue=0.0, peace=0.0, start=0.0):
    """(moments, worlds): `start`, and from a moment on the value of each world."""
    stock = np.full((YEARS, WORLDS), start)
    stock[moment:] = (record, rescue, peace)
    return stock


def same(found, expected):
    np.testing.assert_allclose(found, expected)


NAN = math.nan


def test_t1_asks_for_the_end_of_2015_only():
    same(line_held(by_hand(held=from_year(6, 0.3, 0.989, 1.0, start=1.0))), [1, 1, 1])
    same(line_held(by_hand(held=from_year(5, 0.3, 0.989, 0.99, start=1.0))), [0, 0, 1])


def test_t2_counts_no_war_as_later_than_any():
    same(year_of_war(by_hand()), [2015, 2015, np.inf])


def test_t3_wants_a_small_war_and_then_a_large_one():
    clashes = from_year(3, 1, 1, 1)
    same(small_war_first(by_hand(clashes=clashes)), [1, 1, 0])
    same(small_war_first(by_hand(clashes=clashes, by_force=from_year(3, 0.009, 0.02))), [1, 0, 0])
    same(small_war_first(by_hand(clashes=from_year(6, 1, 1, 1))), [0, 0, 0])


def test_t4_t5_and_t6_are_of_the_first_large_war_alone():
    force = from_year(3, 0.01, 0.0) + from_year(6, 0.32, 0.05) + from_year(12, 0.2, 0.2, 0.2)
    same(lost_by_force(by_hand(by_force=force)), [0.32, 0.05, NAN])
    same(handed_over(by_hand(by_handover=from_year(8, 0.4) + from_year(12, 0.2))), [0.4, 0, NAN])
    same(days_of_war(by_hand()), [44, 3, NAN])


def test_t7_is_one_for_the_observed_order_and_minus_one_for_the_reverse():
    observed = {"A": date(2020, 10, 1), "B": date(2020, 10, 2), "C": date(2020, 10, 3)}
    same(order_of_capture(by_hand(), observed), [1, -1, NAN])


def test_t17_counts_days_from_the_first_of_the_war_to_that_of_the_fall():
    year = 365  # the war of the trajectories by hand begins on 1 January 2015, 1826 days after their start
    fell = np.array([[1.0, 1827.0, 1826.5], [1826 + year, np.nan, 1846.0], [np.nan] * 3])
    run = Trajectory(**(vars(by_hand()) | {"fell_on": fell}))
    same(
        errors_of_capture(run, {"B": 0, "C": 10}),
        [[0, -10], [np.inf, 9], [NAN, NAN]],
    )


def test_t17_is_the_error_of_the_median_date_not_of_single_worlds():
    late = np.array([[-20.0, 2.0], [0.0, 2.0], [20.0, 2.0], [NAN, NAN]])
    assert score_pattern(FITTED["T17"], late) == PatternScore(1.0, pytest.approx(1 / 3), 3)
    assert score_pattern(FITTED["T17"], np.full((2, 2), np.inf)).value == np.inf
    assert score_pattern(FITTED["T17"], np.full((2, 2), NAN)).worlds == 0


def test_t8_wants_quiet_then_peacekeepers_as_the_core_gives_way():
    days = np.zeros((YEARS, WORLDS, 5))
    days[7:, RECORD, 3] = 2.0
    days[7:, RESCUE, 4] = 2.0
    core, words, heard = from_year(6, 0.2, 0.2), from_year(7, 1, 1), from_year(7, 4, 4)
    trajectory = by_hand(rung_days=days, core_lost=core, words=words, sympathy=heard)
    same(peace_kept_as_core_falls(trajectory), [1, 0, NAN])
    loud = by_hand(rung_days=days, core_lost=core, words=3 * words, sympathy=heard)
    same(peace_kept_as_core_falls(loud), [0, 0, NAN])
    early = by_hand(rung_days=days, core_lost=from_year(7, 0.2, 0.2), words=words, sympathy=heard)
    same(peace_kept_as_core_falls(early), [0, 0, NAN])


def test_t9_and_t10_are_shares_of_what_was_there_before_the_war():
    same(opinion_kept(by_hand(opinion=from_year(8, 0.4, 0.8, start=0.8))), [0.5, 1, NAN])
    same(loyalty_kept(by_hand(loyalty=from_year(8, 0.27, 0.9, start=0.9))), [0.3, 1, NAN])


def test_t11_wants_a_small_attack_without_an_answer():
    attacks = from_year(8, 0.01, 0.01)
    same(unanswered_attack(by_hand(recognised_lost=attacks)), [1, 1, NAN])
    days = np.zeros((YEARS, WORLDS, 5))
    days[8:, RESCUE, 2] = 1.0
    same(unanswered_attack(by_hand(recognised_lost=attacks, rung_days=days)), [1, 0, NAN])
    same(unanswered_attack(by_hand(recognised_lost=attacks, offensives=from_year(8, 0, 1))), [1, 0, NAN])
    same(unanswered_attack(by_hand(recognised_lost=from_year(11, 0.01, 0.01))), [0, 0, NAN])


def test_t12_wants_the_core_gone_after_the_war_not_in_it():
    same(rest_of_core_lost(by_hand(core_lost=from_year(10, 1.0, 0.5))), [1, 0, NAN])
    same(rest_of_core_lost(by_hand(core_lost=from_year(6, 1.0, 1.0))), [0, 0, NAN])


def test_t13_wants_gratitude_up_and_then_down():
    trajectory = by_hand(gratitude=from_year(7, 0.6, 0.3, start=0.4) - from_year(12, 0.1))
    same(gratitude_comes_and_goes(trajectory), [1, 0, NAN])


def test_t14_wants_deeds_only_once_the_war_is_over():
    same(deeds_after_war(by_hand(delivered=from_year(9, 0.3))), [1, 0, NAN])
    same(deeds_after_war(by_hand(delivered=from_year(5, 0.3, 0.3))), [0, 0, NAN])


def test_t15_wants_one_other_client_to_take_less_part():
    part = np.ones((YEARS, WORLDS, 2))
    part[8:, RECORD, 1] = 0.8
    same(another_takes_less_part(by_hand(participation=part)), [1, 0, NAN])


def test_what_cannot_be_followed_is_not_counted():
    trajectory = by_hand()
    late = Trajectory(
        **(vars(trajectory) | {"begins": np.array([12, 12, -1]), "ends": np.array([13, 13, -1])})
    )
    assert np.isnan(rest_of_core_lost(late)).all()
    assert np.isnan(opinion_kept(late)).all()
    assert not np.isnan(lost_by_force(late)[:2]).any()


def test_a_share_is_of_the_worlds_in_which_the_question_arises():
    share = Pattern("T8", "", "", 0.5, 1.0, "share of worlds", True)
    assert score_pattern(share, np.array([1, 0, 0, NAN])) == PatternScore(
        pytest.approx(1 / 3), pytest.approx(NAN, nan_ok=True), 3
    )
    assert score_pattern(share, np.array([NAN])).worlds == 0
    assert not share.holds(score_pattern(share, np.array([NAN])).value)


def test_a_war_may_end_after_the_last_moment_that_counts():
    """Only its beginning has to lie within the horizon."""
    opened, fought = np.zeros((8, 2)), np.zeros((8, 2), bool)
    opened[2:, 0], fought[2:5, 0] = 1, True
    opened[5:, 1], fought[5:6, 1] = 1, True  # the second begins too late
    begins, ends = _first_war({"offensives": opened, "in_offensive": fought}, counts=np.arange(8) < 4)
    assert begins.tolist() == [1, -1] and ends.tolist() == [5, -1]
