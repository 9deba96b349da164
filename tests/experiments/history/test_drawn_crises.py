"""Crises are drawn whole from the coded ones, meet luck of their own, and are counted by theory and scale."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.history.coded_cases import CODES, read_cases
from experiments.history.drawn_crises import base_rates, draw_crises, play_crises, shares_by_scale
from sim.runs.executors import Inline
from tests.thorough import thorough


@pytest.fixture(scope="module")
def cases():
    return read_cases(Path(str(files("experiments.history").joinpath("cases.csv"))))


def test_each_crisis_has_the_codes_of_one_case_and_every_case_its_turn(cases):
    drawn, by_name = draw_crises(cases, 1000, seed=3), cases.set_index("id")
    assert drawn[list(CODES)].equals(by_name.loc[drawn["id"], list(CODES)].reset_index(drop=True))
    counts = drawn["id"].value_counts()
    assert set(counts.index) == set(cases["id"])
    assert counts.max() < 3 * counts.min() + 10  # none is favoured: 24 each on average


def test_a_draw_belongs_to_seed_and_number_alone(cases):
    many = draw_crises(cases, 50, seed=3)["id"].tolist()
    assert draw_crises(cases, 7, seed=3)["id"].tolist() == many[:7]
    assert draw_crises(cases, 50, seed=4)["id"].tolist() != many


def test_a_crisis_is_played_alike_alone_and_among_others_and_differently_at_another_scale(cases):
    crises = draw_crises(cases, 12, seed=1)
    with Inline() as pool:
        whole = play_crises(crises, (0.05, 1.0), ("article",), 5, pool)
        part = play_crises(crises.head(4), (1.0,), ("article",), 5, pool)
    assert whole["scale"].tolist() == [0.05] * 12 + [1.0] * 12
    assert whole["case"].tolist() == crises["id"].tolist() * 2
    small, large = (whole.loc[whole["scale"] == scale, "force"].to_numpy() for scale in (0.05, 1.0))
    np.testing.assert_array_equal(part["force"], large[:4])
    assert large.sum() > small.sum()


def test_shares_are_counted_by_theory_and_scale_with_the_doubt_of_which_cases_were_coded():
    played = pd.DataFrame(
        {
            "theory": ["a"] * 8 + ["b"] * 4,
            "scale": [0.1] * 4 + [1.0] * 4 + [1.0] * 4,
            "case": ["x", "x", "y", "z"] * 3,
            "force": [True, True, False, False, True, True, True, True, False, False, False, True],
        }
    )
    found = shares_by_scale(played, seed=0).set_index(["theory", "scale"])
    assert found["force"].to_dict() == {("a", 0.1): 0.5, ("a", 1.0): 1.0, ("b", 1.0): 0.25}
    assert (found["crises"] == 4).all()
    one = found.loc[("a", 0.1)]
    assert (one["low"], one["high"]) == (0.0, 0.8)  # x not drawn at all, or twice of three times
    assert tuple(found.loc[("a", 1.0), ["low", "high"]]) == (1.0, 1.0)


def test_the_rates_of_the_record_say_what_they_count():
    rates = base_rates()
    mid = rates[rates["source"] == "MID"]
    assert mid["share"].is_monotonic_increasing and mid["low"].is_monotonic_increasing
    assert rates.loc[rates["source"] != "MID", "low"].isna().all()
    counted = mid["counted"].str.extract(r"(\d+) of (\d+)$").dropna().astype(int)
    assert len(counted) == 3
    assert mid["share"][counted.index].to_numpy() == pytest.approx(counted[0] / counted[1], abs=0.001)


@thorough
def test_crises_are_played_with_the_numbers_asked_for(cases):
    crises = draw_crises(cases, 60, seed=1)
    with Inline() as pool:
        usual, drawn = (
            play_crises(crises, (1.0,), ("article",), 5, pool, numbers) for numbers in ("defaults", "prior")
        )
    assert (drawn["force"] != usual["force"]).sum() > 10  # in the same luck, nothing else can differ
