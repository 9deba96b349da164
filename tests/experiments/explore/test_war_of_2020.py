"""The war of 2020 under a draw: values as the table of patterns has them, and their likelihood."""

import numpy as np
import pandas as pd
import pytest

from experiments.explore.evidence import played_with
from experiments.explore.war_of_2020 import FARTHEST_OFF, WarOf2020, log_of_misfits
from experiments.history.patterns import score_pattern
from experiments.history.record import patterns
from sim.world import Rung

RECORD = {"T4": 0.325, "T5": 0.3985, "T6": 44.0, "T7": 1.0, "T8": 1.0, "T17": 0.0, "T8 days": 44.0}
WAR = WarOf2020()


@pytest.fixture(scope="module")
def seen():
    """Two draws: the land is taken at the pace of the scenario, and not at all."""
    draws = pd.DataFrame({"combat.tempo": [250.0, 1.0]})
    return WAR.values("article", 0, draws, np.array([5, 8])), draws


def test_values_are_those_of_the_table_of_patterns(seen):
    values, draws = seen
    table = played_with(WAR.scenario, "article", 0, draws, np.array([5, 8]), 1)
    by_id = {one.id: one for one in patterns()}
    for name, outcome in (("T4", "share_by_force"), ("T5", "share_by_handover"), ("T6", "war_days")):
        for row in (0, 1):
            assert values[name][row] == score_pattern(by_id[name], table[outcome].to_numpy()[[row]]).value
    assert values["T8"].tolist() == (table["level_max"] == Rung.PEACEKEEPERS).tolist()
    assert values["T4"][0] > 2 * values["T4"][1]
    assert values["T17"][1] > by_id["T17"].high > 0  # never is on the day after the last


def test_troops_are_no_peacekeepers():
    draws = pd.DataFrame({"patron.cost_weight": [0.0] * 9, "patron.precision": [2.0] * 9})
    numbers = np.arange(9)
    highest = played_with(WAR.scenario, "article", 0, draws, numbers, 1)["level_max"]
    assert {3, 4} <= set(highest)
    values = WAR.values("article", 0, draws, numbers)
    assert (values["T8"] == (highest == Rung.PEACEKEEPERS)).all()


def test_luck_belongs_to_the_number_of_a_world(seen):
    values, draws = seen
    alone = WAR.values("article", 0, draws.iloc[[1]], np.array([8]))
    pd.testing.assert_frame_equal(alone, values.iloc[[1]].reset_index(drop=True))
    other = WAR.values("article", 0, draws.iloc[[0]], np.array([6]))
    assert not other.equals(values.iloc[[0]])


def test_within_its_band_a_value_is_as_good_as_any():
    """T8 at the end of its band, half a band below it; T6 unknown, and very far off: no farther than far."""
    tried = [{}, {"T8": 0.5}, {"T8": 0.25}, {"T6": np.nan}, {"T6": 1e9}]
    misfits = WAR.misfits(pd.DataFrame([RECORD | one for one in tried]))
    assert misfits.sum(axis=1).tolist() == pytest.approx([0.0, 0.0, 1.0, FARTHEST_OFF, FARTHEST_OFF])
    assert list(WAR.patterns) == list(RECORD)
    logs = log_of_misfits(misfits)
    assert logs[0] == logs[1] == 0.0 and logs[2] == pytest.approx(-8.0)
