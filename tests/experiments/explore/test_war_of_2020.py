"""The war of 2020 under a draw: its tallies say what the table of patterns says."""

import numpy as np
import pandas as pd
import pytest

from experiments.explore.calibration import days_late
from experiments.explore.evidence import played_with
from experiments.explore.war_of_2020 import IN_BAND, OVER, UNDER, WarOf2020, middle
from experiments.history.patterns import score_pattern
from experiments.history.record import days_to_capture, patterns

WORLDS = 9
WAR = WarOf2020(WORLDS)
NAMES = list(WAR.patterns)
NUMBERS = np.array([5, 8])


@pytest.fixture(scope="module")
def seen():
    """Two draws: the land is taken at the pace of the scenario, and not at all."""
    draws = pd.DataFrame({"combat.tempo": [250.0, 1.0]})
    return WAR.tallies("article", 0, draws, NUMBERS), draws


def test_what_is_met_is_what_the_table_of_patterns_passes(seen):
    tallies, draws = seen
    by_id = {one.id: one for one in patterns()}
    assert tallies.shape == (2, len(NAMES), 3) and (tallies.sum(axis=2) == WORLDS).all()
    for row, number in enumerate(NUMBERS):
        table = played_with(WAR.scenario, "article", 0, draws.iloc[[row]], np.array([number]), WORLDS)
        values = {"T4": table["share_by_force"], "T5": table["share_by_handover"], "T6": table["war_days"]}
        read = {name: score_pattern(by_id[name], each.to_numpy(float)) for name, each in values.items()}
        read["T17"] = score_pattern(by_id["T17"], days_late(table, days_to_capture(), WAR.scenario))
        met = dict(zip(NAMES, WAR.met(tallies)[row], strict=True))
        for name, result in read.items():
            assert met[name] == (by_id[name].low <= result.value <= by_id[name].high), name
        force = table["share_by_force"].to_numpy()
        of_force = tallies[row, NAMES.index("T4")]
        assert of_force[UNDER] == (force < by_id["T4"].low).sum()
        assert of_force[OVER] == (force > by_id["T4"].high).sum()
        assert tallies[row, NAMES.index("T8"), IN_BAND] == (table["level_max"] == 3).sum()
    assert WAR.met(tallies)[:, NAMES.index("T17")].tolist() == [True, False]
    assert not WAR.met(tallies)[1, NAMES.index("T4")]


def test_troops_are_no_peacekeepers():
    draws = pd.DataFrame({"patron.cost_weight": [0.0], "patron.precision": [2.0]})
    table = played_with(WAR.scenario, "article", 0, draws, np.array([0]), WORLDS)
    assert (table["level_max"] == 4).any()
    tallies = WAR.tallies("article", 0, draws, np.array([0]))
    assert tallies[0, NAMES.index("T8"), IN_BAND] == (table["level_max"] == 3).sum() < WORLDS


def test_the_luck_of_a_draw_belongs_to_its_number(seen):
    tallies, draws = seen
    np.testing.assert_array_equal(WAR.tallies("article", 0, draws.iloc[[1]], NUMBERS[1:]), tallies[1:])
    assert (WAR.tallies("article", 0, draws.iloc[[0]], np.array([6])) != tallies[:1]).any()


def test_half_of_the_worlds_may_lie_on_one_side():
    war = WarOf2020(4)
    tallies = np.array([[2.0, 2.0, 0.0], [3.0, 1.0, 0.0], [0.0, 2.0, 2.0], [2.0, 0.0, 2.0], [1.0, 0.0, 3.0]])
    assert war.met(tallies).tolist() == [True, False, True, True, False]


def test_the_chance_to_be_met_is_that_of_the_middle_world():
    """Worlds drawn by such chances, many times over; of dates it is the chance itself."""
    chances = np.array([0.35, 0.5, 0.15])
    each = np.tile(chances, (1, len(NAMES), 1))
    drawn = np.random.default_rng(0).multinomial(WORLDS, chances, size=20_000)
    told = dict(zip(NAMES, np.exp(WAR.log_chances(each))[0], strict=True))
    assert told.pop("T17") == 0.5
    assert set(told.values()) == {told["T4"]}
    assert told["T4"] == pytest.approx(WAR.met(drawn).mean(), abs=0.01)
    sure = np.tile([1.0, 0.0, 0.0], (1, len(NAMES), 1))
    assert np.isfinite(WAR.log_chances(sure)).all()


def test_of_an_even_number_the_lower_middle_counts():
    assert middle(np.array([[4.0, 1.0, 3.0, 2.0], [np.nan] * 3 + [1.0]])).tolist()[0] == 2.0
