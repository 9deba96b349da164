"""Where a theory misses: made-up theories whose faults are known."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from experiments.explore.misses import dependence_on_codes, rungs_taken, where_it_misses
from experiments.history.coded_cases import CODES
from experiments.shares import in_percent


@pytest.fixture(scope="module")
def cases():
    dice = np.random.default_rng(0)
    codes = pd.DataFrame(dice.random((300, len(CODES))), columns=list(CODES))
    force = dice.random(300) < expit(6.0 * (codes["project"] - codes["chal_int"]))
    names = [f"A{place}" for place in range(300)]
    return codes.assign(id=names, case=names, level=np.where(force, 3.0, 1.0))


def test_what_a_theory_does_not_heed_comes_first(cases):
    """It sees the reach, and is blind to the interest in the challenger."""
    table = dependence_on_codes(cases, pd.Series(expit(6.0 * (cases["project"] - 0.5))))
    assert table["code"][0] == "chal_int"
    assert table["record"][0] < -1.0 and table["theory"][0] == pytest.approx(0.0, abs=0.2)
    slopes = table.set_index("code")
    assert slopes.loc["project", "record"] > 1.0 and slopes.loc["project", "theory"] > 1.0


def test_rungs_are_told_on_the_side_of_what_happened():
    cases = pd.DataFrame({"id": ["A", "B", "C"], "level": [0.0, 1.0, 4.0]})
    played = pd.DataFrame({"id": ["A", "A", "B", "B", "C", "C"], "level": [0.0, 4.0, 2.0, 2.0, 3.0, 1.0]})
    table = rungs_taken(cases, played).set_index("rung")
    assert table["record"].tolist() == [0.5, 0.5, 0.0, 0.0, 1.0]
    assert table["theory"].tolist() == pytest.approx([1 / 3, 0.0, 2 / 3, 1.0, 0.0])
    assert table["deed"].tolist() == ["without force"] * 3 + ["with force"] * 2


def test_the_worst_cases_are_named_with_their_share(cases):
    said = np.where(cases["level"] >= 3, 0.9, 0.1)
    said[[7, 8]] = 1.0 - said[[7, 8]]
    text = where_it_misses(cases.assign(p_left_out=said), dependence_on_codes(cases, pd.Series(said)))
    worst = {f"A{place}" for place in (7, 8)}
    named = [one.split(" (")[0] for one in text.split(": ", 1)[1].split(". These")[0].split("; ")]
    assert set(named[:2]) == worst and len(named) == 10
    share = (2 * 0.81 + 8 * 0.01) / (2 * 0.81 + 298 * 0.01)
    assert f"These make {in_percent(share)} of" in text
