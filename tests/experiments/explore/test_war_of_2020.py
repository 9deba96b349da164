"""The war of 2020 under a draw: values as the table of patterns has them, and their likelihood."""

import numpy as np
import pandas as pd
import pytest

from experiments.explore.calibration import days_late
from experiments.explore.evidence import played_with
from experiments.explore.war_of_2020 import FARTHEST_OFF, WarOf2020, log_of_misfits, middle
from experiments.history.patterns import score_pattern
from experiments.history.record import days_to_capture, patterns

RECORD = {"T4": 0.325, "T5": 0.3985, "T6": 44.0, "T7": 1.0, "T8": 1.0, "T17": 0.0, "T8 days": 44.0}


@pytest.fixture(scope="module")
def seen():
    """Two draws: the land is taken at the pace of the scenario, and not at all."""
    draws = pd.DataFrame({"combat.tempo": [250.0, 1.0]})
    return WarOf2020(worlds=9).values("article", 0, draws, np.array([5, 8])), draws


def test_values_are_those_of_the_table_of_patterns(seen):
    values, draws = seen
    war = WarOf2020()
    table = played_with(war.scenario, "article", 0, draws.iloc[:1], np.array([5]), 9)
    by_id = {one.id: one for one in patterns()}
    for name, outcome in (("T4", "share_by_force"), ("T5", "share_by_handover"), ("T6", "war_days")):
        assert values[name][0] == score_pattern(by_id[name], table[outcome].to_numpy(float)).value
    late = days_late(table, days_to_capture(), war.scenario)
    assert values["T17"][0] == score_pattern(by_id["T17"], late).value
    assert values["T8"][0] == (table["level_max"] == 3).mean()
    assert values["T4"][0] > 2 * values["T4"][1]
    assert values["T17"][1] > by_id["T17"].high > 0  # never is on the day after the last


def test_troops_are_no_peacekeepers():
    draws = pd.DataFrame({"patron.cost_weight": [0.0], "patron.precision": [2.0]})
    war = WarOf2020(worlds=9)
    table = played_with(war.scenario, "article", 0, draws, np.array([0]), 9)
    assert (table["level_max"] == 4).any()
    values = war.values("article", 0, draws, np.array([0]))
    assert values["T8"][0] == (table["level_max"] == 3).mean() < 1.0


def test_the_luck_of_a_draw_belongs_to_its_number(seen):
    values, draws = seen
    alone = WarOf2020(worlds=9).values("article", 0, draws.iloc[[1]], np.array([8]))
    pd.testing.assert_frame_equal(alone, values.iloc[[1]].reset_index(drop=True))
    other = WarOf2020(worlds=9).values("article", 0, draws.iloc[[0]], np.array([6]))
    assert not other.equals(values.iloc[[0]])


def test_within_its_band_a_value_is_as_good_as_any():
    """T8 at the end of its band, half a band below it; T6 unknown, and very far off: no farther than far."""
    war = WarOf2020()
    tried = [{}, {"T8": 0.5}, {"T8": 0.25}, {"T6": np.nan}, {"T6": 1e9}]
    misfits = war.misfits(pd.DataFrame([RECORD | one for one in tried]))
    assert misfits.sum(axis=1).tolist() == pytest.approx([0.0, 0.0, 1.0, FARTHEST_OFF, FARTHEST_OFF])
    assert list(war.patterns) == list(RECORD)
    logs = log_of_misfits(misfits)
    assert logs[0] == logs[1] == 0.0 and logs[2] == pytest.approx(-8.0)


def test_of_an_even_number_the_lower_middle_counts():
    assert middle(np.array([[4.0, 1.0, 3.0, 2.0], [np.nan] * 3 + [1.0]])).tolist()[0] == 2.0
