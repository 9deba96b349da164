"""The record under a draw: its tallies say what the table of patterns says."""

import numpy as np
import pandas as pd
import pytest

from agents.theories import THEORIES
from experiments.explore.record_play import (
    IN_BAND,
    OVER,
    UNDER,
    RecordPlay,
    drawn_for,
    middle,
    the_war_of_2020,
    the_years,
)
from experiments.history.patterns import limits, score_pattern, values
from experiments.history.record import captures, days_to_capture, kept_districts, patterns
from experiments.history.trajectory import record
from sim.model import ConflictModel
from sim.scenarios.loading import load
from tests.thorough import thorough

WORLDS = 8
WAR, YEARS = the_war_of_2020(WORLDS), the_years(WORLDS)
NAMES = list(WAR.ids)
NUMBERS = np.array([5, 8])
PATTERNS = {one.id: one for one in patterns()}
OF_WAR = pd.DataFrame({"combat.tempo": [250.0, 1.0]})  # land is taken at the scenario's pace, and not at all
OF_YEARS = pd.DataFrame({"challenger.war_odds": [0.78, 0.05]})  # war in its time, and all the time


@pytest.fixture(
    scope="module",
    params=[(WAR, OF_WAR), pytest.param((YEARS, OF_YEARS), marks=thorough)],
    ids=["war", "years"],
)
def seen(request) -> tuple[RecordPlay, pd.DataFrame, np.ndarray]:
    play, draws = request.param
    return play, draws, play.tallies("article", 0, draws, NUMBERS)


def test_what_is_met_is_what_the_table_of_patterns_passes(seen):
    """Each draw run alone, its whole trajectory kept, and scored as in the table."""
    play, draws, tallies = seen
    assert tallies.shape == (2, len(play.ids), 3) and (tallies.sum(axis=2) == WORLDS).all()
    readers = values(captures(), kept_districts(), days_to_capture())
    for row, number in enumerate(NUMBERS):
        places = number * WORLDS + np.arange(WORLDS)
        columns = drawn_for(play.scenario, draws.iloc[[row]], WORLDS)
        run = record(ConflictModel(load(play.name).close_up, theory="article", seed=0, worlds=places,
                                   columns=columns))  # fmt: skip
        for place, name in enumerate(play.ids):
            score = score_pattern(PATTERNS[name], readers[name](run))
            assert play.met(tallies)[row, place] == PATTERNS[name].holds(score.value), name
            if name != "T17":
                each = np.nan_to_num(readers[name](run), nan=np.inf, posinf=np.inf)
                assert tallies[row, place, UNDER] == (each < PATTERNS[name].low).sum()
                assert tallies[row, place, OVER] == (each > PATTERNS[name].high).sum()


@thorough
def test_a_war_that_is_another_is_told_from_that_war():
    """At the numbers set by hand the war is that war; without a pace, or with war all the time, it is not."""
    met = WAR.met(WAR.tallies("article", 0, OF_WAR, NUMBERS))
    assert met[0].all()
    assert not met[1, [NAMES.index("T4"), NAMES.index("T17")]].any()
    held = YEARS.met(YEARS.tallies("article", 0, OF_YEARS, NUMBERS))[:, YEARS.ids.index("T1")]
    assert held.tolist() == [True, False]


def around(draws: int) -> pd.DataFrame:
    """Draws of the war's pace and of how soon it is stopped, some of which make that war and some not."""
    dice = np.random.default_rng(3)
    pace, stop = dice.uniform(150.0, 350.0, draws), dice.uniform(0.3, 3.0, draws)
    return pd.DataFrame({"combat.tempo": pace, "settlement.compliance_rate": stop})


def test_a_draw_is_given_up_only_where_it_cannot_meet_what_is_asked():
    """Held against the same draws played to their end."""
    draws, numbers = around(40), np.arange(40) + 7
    whole = WAR.tallies("article", 0, draws, numbers)
    for asked in (np.ones(len(NAMES), dtype=bool), np.array([name != "T8" for name in NAMES])):
        tallies = WAR.tallies("article", 0, draws, numbers, asked)
        given_up = np.isnan(tallies).all(axis=(1, 2))
        np.testing.assert_array_equal(tallies[~given_up], whole[~given_up])
        meets = WAR.met(whole)[:, asked].all(axis=1)
        assert meets.any() and not meets[given_up].any()
        assert given_up.sum() > (~meets).sum() / 2  # most that will not meet it, and early
        np.testing.assert_array_equal(WAR.met(tallies)[:, asked].all(axis=1), meets)


def test_all_draws_may_be_given_up():
    numbers = np.array([3])
    asked = np.ones(len(NAMES), dtype=bool)
    assert np.isnan(WAR.tallies("article", 0, OF_WAR.iloc[[1]], numbers, asked)).all()


@thorough
@pytest.mark.parametrize("theory", THEORIES)
def test_what_a_pattern_may_still_become_is_what_it_comes_to(theory):
    """At each moment of the war the last value lies within the limits; when it is over, they are narrow."""
    draws = around(60)
    final, early = WAR.played(theory, 0, draws, np.arange(60)), []
    by_force = days_to_capture()
    readers = values(captures(), kept_districts(), by_force)

    def look(run):
        early.append((limits(run, by_force), run.war_over))
        return np.ones(run.world_numbers.size, dtype=bool)

    places = np.arange(60 * WORLDS)
    model = ConflictModel(WAR.scenario, theory=theory, seed=0, worlds=places,
                          columns=drawn_for(WAR.scenario, draws, WORLDS))  # fmt: skip
    record(model, stocks=WAR.stocks, goes_on=look)
    settled = dict.fromkeys(early[0][0], 0)
    for limited, over in early:
        for name, (lowest, highest) in limited.items():
            last = readers[name](final)
            assert (lowest <= last).all() and (last <= highest).all(), name
            if name != "T17":
                np.testing.assert_array_equal((lowest == highest)[over], True)
            settled[name] += ((lowest == highest) & ~np.isinf(lowest)).sum()
    assert min(settled.values()) > 0 and 0.0 < np.mean([over for _, over in early]) < 1.0


def test_troops_are_no_peacekeepers():
    draws = pd.DataFrame({"patron.cost_weight": [0.0], "patron.precision": [2.0]})
    run = WAR.played("article", 0, draws, np.array([0]))
    assert (run["rung_days"][-1][:, 4] > 0).any()
    tallies = WAR.tallies("article", 0, draws, np.array([0]))
    assert tallies[0, NAMES.index("T8"), IN_BAND] <= (run["rung_days"][-1][:, 4] == 0).sum() < WORLDS


def test_the_luck_of_a_draw_belongs_to_its_number(seen):
    play, draws, tallies = seen
    np.testing.assert_array_equal(play.tallies("article", 0, draws.iloc[[1]], NUMBERS[1:]), tallies[1:])
    assert (play.tallies("article", 0, draws.iloc[[0]], np.array([6])) != tallies[:1]).any()


def test_a_table_holds_the_tallies(seen):
    play, _, tallies = seen
    table = play.table(tallies)
    assert list(table)[:2] == [f"tally:{play.ids[0]} 0", f"tally:{play.ids[0]} 1"]
    np.testing.assert_array_equal(play.tallies_in(table.assign(other=0.0)), tallies)


def test_the_lower_of_two_middle_worlds_counts():
    """Of four worlds one may lie below the band and two above it; of a share, half may fail."""
    war = the_war_of_2020(4)
    tallies = np.array([[1.0, 3.0, 0.0], [2.0, 2.0, 0.0], [0.0, 2.0, 2.0], [1.0, 1.0, 2.0], [0.0, 1.0, 3.0]])
    each = np.repeat(tallies[:, None], len(war.ids), axis=1)
    assert war.met(each)[:, NAMES.index("T4")].tolist() == [True, False, True, True, False]
    failed = np.array([[[2.0, 2.0, 0.0]] * len(NAMES), [[3.0, 1.0, 0.0]] * len(NAMES)])
    assert war.met(failed)[:, NAMES.index("T8")].tolist() == [True, False]


def test_of_a_share_of_worlds_as_many_may_fail_as_its_band_allows():
    """The line holds in four fifths: of five worlds one may fail, of nine one."""
    for worlds, most in ((5, 1), (9, 1), (10, 2)):
        play = the_years(worlds)
        tallies = np.array([[[failed, worlds - failed, 0]] * 3 for failed in range(worlds + 1)], dtype=float)
        assert play.met(tallies)[:, 0].sum() - 1 == most


def test_the_chance_to_be_met_is_that_of_the_middle_world():
    """Worlds drawn by such chances, many times over; of dates it is the chance itself."""
    for play in (WAR, YEARS):
        chances = {name: [0.35, 0.5, 0.15] if not PATTERNS[name].is_share else [0.3, 0.7, 0.0]
                   for name in play.ids}  # fmt: skip
        drawn = np.stack(
            [np.random.default_rng(0).multinomial(WORLDS, one, size=20_000) for one in chances.values()],
            axis=1,
        )
        logs = play.log_chances(np.array([list(chances.values())]))
        told = dict(zip(play.ids, np.exp(logs)[0], strict=True))
        shares = dict(zip(play.ids, play.met(drawn).mean(axis=0), strict=True))
        assert told.pop("T17", 0.5) == 0.5
        for name, chance in told.items():
            assert chance == pytest.approx(shares[name], abs=0.012), name
    sure = np.tile([1.0, 0.0, 0.0], (1, len(NAMES), 1))
    assert np.isfinite(WAR.log_chances(sure)).all()


def test_of_an_even_number_the_lower_middle_counts():
    assert middle(np.array([[4.0, 1.0, 3.0, 2.0], [np.nan] * 3 + [1.0]])).tolist()[0] == 2.0
