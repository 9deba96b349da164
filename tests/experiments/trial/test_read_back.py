"""What verdicts, effects and the scoreboard say in words, read back against numbers worked out here."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.claims import all_claims
from experiments.trial import answer as answering
from experiments.trial import scoreboard as board_making
from experiments.trial.claims import CANNOT_FAIL
from experiments.trial.experiment import Expectation, Experiment, Setting, above, below, exceeds, higher, same
from experiments.trial.scoreboard import trial
from experiments.trial.study import StudyOptions
from experiments.trial.variants import WAR
from experiments.trial.verdict import (
    FAILS,
    HOLDS,
    NEGLIGIBLE,
    UNDECIDED,
    judged,
    together,
    verdicts_by_point,
    weighed,
)

war = Setting(WAR)
RESTRAINED, RESCUED, LIKE_RESCUED = war, war.but({"client.outside_option": 0.7}), war.less("C3")
WORLDS = 200


def outcomes(luck: int, loyalty: float, gratitude: float, size: int = WORLDS) -> pd.DataFrame:
    """Worlds with skewed outcomes, so that neither an effect nor its interval looks the same upside down."""
    skewed = np.random.default_rng(luck).exponential(1.0, size)
    return pd.DataFrame({"loyalty_end": loyalty + 0.1 * skewed**2, "gratitude_end": gratitude - 0.3 * skewed})


TABLES = {
    RESTRAINED: outcomes(1, loyalty=0.5, gratitude=0.9),
    RESCUED: outcomes(2, loyalty=0.2, gratitude=0.2),
    LIKE_RESCUED: outcomes(3, loyalty=0.2, gratitude=0.2),
}
EXPECTATIONS = (
    higher("C30", "loyalty is higher after restraint", "loyalty_end", RESTRAINED, RESCUED, 0.02),
    higher("C3", "gratitude is higher after a rescue", "gratitude_end", RESCUED, RESTRAINED, 0.03),
    exceeds("C4", "loyalty exceeds gratitude", RESTRAINED, "loyalty_end", "gratitude_end", 0.01),
    above("C8", "loyalty is far above two thirds", "loyalty_end", RESTRAINED, 0.7, 0.5),
    below("C29", "gratitude is below a seventh", "gratitude_end", RESCUED, 1 / 7, 0.01),
    same("C1", "a rescue and its like end alike", "loyalty_end", RESCUED, LIKE_RESCUED, 0.3),
)
EXPERIMENT = Experiment("made-up", "Is it made up?", "Made up.", expectations=EXPECTATIONS)


def by_hand(claim: str, tables: dict[Setting, pd.DataFrame] = TABLES) -> np.ndarray:
    """(worlds,) the effect on each claim, written out."""
    restrained, rescued, like = (tables[one] for one in (RESTRAINED, RESCUED, LIKE_RESCUED))
    return {
        "C30": restrained["loyalty_end"] - rescued["loyalty_end"],
        "C3": rescued["gratitude_end"] - restrained["gratitude_end"],
        "C4": restrained["loyalty_end"] - restrained["gratitude_end"],
        "C8": restrained["loyalty_end"] - 0.7,
        "C29": 1 / 7 - rescued["gratitude_end"],
        "C1": rescued["loyalty_end"] - like["loyalty_end"],
    }[claim].to_numpy()


def interval_by_hand(effects: np.ndarray) -> tuple[float, float]:
    """The 95 % percentile bootstrap, with luck of its own."""
    picks = np.random.default_rng(99).integers(0, effects.size, (20_000, effects.size))
    low, high = np.percentile(effects[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def verdict_by_hand(effects: np.ndarray, least: float, near: bool) -> str:
    low, high = interval_by_hand(effects)
    if near:
        return (
            HOLDS if low >= -least and high <= least else FAILS if low > least or high < -least else UNDECIDED
        )
    if max(abs(low), abs(high)) <= least:
        return NEGLIGIBLE
    return HOLDS if low >= least else FAILS if high < least else UNDECIDED


@pytest.fixture(scope="module")
def told():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answering, "collect", lambda settings, sample, pool, tell: TABLES)
        return answering.run_experiment(EXPERIMENT, StudyOptions(worlds=WORLDS, workers=1))


def test_the_made_up_claims_hold_fail_and_are_negligible():
    found = {one.claim: verdict_by_hand(by_hand(one.claim), one.least, one.near) for one in EXPECTATIONS}
    assert found == {"C30": HOLDS, "C3": FAILS, "C4": HOLDS, "C8": NEGLIGIBLE, "C29": HOLDS, "C1": HOLDS}


def test_the_answer_sorts_the_claims_by_verdict(told):
    """C4's test cannot fail (agents/claims.toml), so that it does not count as one that holds."""
    assert told.title == (
        "Is it made up? In the model C30, C29 and C1 hold; C3 fails; C8 is negligible; C4 cannot fail."
    )
    found = {one.claim: verdict_by_hand(by_hand(one.claim), one.least, one.near) for one in EXPECTATIONS}
    assert found["C4"] == HOLDS
    assert told.facts["verdicts"] == found | {"C4": CANNOT_FAIL}


def test_the_table_of_effects_is_that_of_the_text(told):
    table = told.tables["effects"]
    assert table["claim"].tolist() == [one.claim for one in EXPECTATIONS]
    for row in table.itertuples():
        effects = by_hand(row.claim)
        assert row.effect == pytest.approx(effects.mean())
        low, high = interval_by_hand(effects)
        assert (row.low, row.high) == pytest.approx((low, high), abs=0.1 * (high - low))
        assert row.verdict == verdict_by_hand(effects, row.least, row.near)
    settings = table.set_index("claim")["settings"]
    assert settings["C3"] == (
        "+1 x (the war of 2020, to the end of the year; client.outside_option = 0.7) | "
        "-1 x (the war of 2020, to the end of the year)"
    )


@pytest.mark.parametrize(
    ("low", "high", "near", "verdict"),
    [
        (0.2, 0.3, False, HOLDS),  # from exactly the smallest that matters
        (0.19, 0.3, False, UNDECIDED),
        (-0.5, 0.9, False, UNDECIDED),
        (-0.5, 0.2, False, UNDECIDED),  # up to exactly the smallest that matters
        (-0.5, 0.19, False, FAILS),  # below what was asked, though it includes zero
        (-0.3, -0.21, False, FAILS),
        (-0.21, -0.1, False, FAILS),
        (-0.2, -0.1, False, NEGLIGIBLE),  # the wrong sign, and too small to matter
        (-0.2, 0.2, False, NEGLIGIBLE),
        (0.01, 0.02, False, NEGLIGIBLE),
        (0.2, 0.2, False, HOLDS),
        (-0.1, 0.2, True, HOLDS),  # exactly what is tolerated
        (-0.2, 0.1, True, HOLDS),
        (-0.1, 0.21, True, UNDECIDED),
        (-0.21, 0.1, True, UNDECIDED),
        (0.2, 0.4, True, UNDECIDED),  # not wholly outside yet
        (0.21, 0.4, True, FAILS),
        (-0.4, -0.21, True, FAILS),
    ],
)
def test_a_verdict_turns_at_the_smallest_effect_that_matters(low, high, near, verdict):
    found, remark = weighed(low, high, 0.2, near)
    assert found == verdict
    assert bool(remark) == (verdict in (NEGLIGIBLE, UNDECIDED))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.01, 0.3, HOLDS), (-0.3, -0.01, FAILS), (0.0, 0.3, UNDECIDED), (-0.3, 0.0, UNDECIDED),
     (0.0, 0.0, NEGLIGIBLE)],
)  # fmt: skip
def test_where_any_effect_matters_a_verdict_turns_at_zero(low, high, verdict):
    assert weighed(low, high, 0.0, near=False)[0] == verdict


@given(st.floats(-1, 1), st.floats(0, 0.5), st.sampled_from([0.0, 0.1, 0.2]), st.booleans())
def test_more_worlds_settle_a_verdict_and_never_reverse_it(effect, reach, least, near):
    """An interval within another never turns what holds into what does not, nor the other way."""
    (wide, _), (narrow, _) = (
        weighed(effect - width, effect + width, least, near) for width in (reach, reach / 2)
    )
    becomes = {HOLDS: {HOLDS}, NEGLIGIBLE: {NEGLIGIBLE}, FAILS: {FAILS, NEGLIGIBLE}}
    assert wide == UNDECIDED or narrow in becomes[wide]


def test_of_several_parts_the_worst_verdict_counts():
    order = [FAILS, NEGLIGIBLE, UNDECIDED, HOLDS]
    for place, word in enumerate(order):
        assert together([*order[place:], *reversed(order[place:])]) == word


@pytest.mark.parametrize(("near", "expected"), [(False, [1, 0, 0, 0, np.nan]), (True, [1, 1, 1, 1, np.nan])])
def test_a_point_turns_at_the_smallest_effect_that_matters(near, expected):
    one = Expectation("C1", "", EXPECTATIONS[0].terms, least=0.25, near=near)
    effects = np.array([0.25, 0.25, 0.25, 0.125, -0.25, -0.25, -0.25, np.nan, np.nan, np.nan])
    effects[6] = -0.125
    np.testing.assert_array_equal(verdicts_by_point(one, effects, 5), expected)
    beyond = verdicts_by_point(one, np.array([0.375, -0.375]), 2)
    np.testing.assert_array_equal(beyond, [-1, -1] if near else [1, -1])


@given(
    st.sampled_from([0.0, 0.25]), st.booleans(), st.sampled_from([-0.5, -0.25, -0.125, 0, 0.125, 0.25, 0.5])
)
def test_a_point_is_judged_like_an_effect_that_is_known(least, near, effect):
    one = Expectation("C1", "", EXPECTATIONS[0].terms, least=least, near=near)
    (found,) = verdicts_by_point(one, np.array([effect, effect]), 1)
    assert {1: HOLDS, 0: NEGLIGIBLE, -1: FAILS}[int(found)] == weighed(effect, effect, least, near)[0]


def test_worlds_without_an_effect_are_not_counted():
    effects = np.where(np.arange(100) < 40, np.nan, np.arange(100.0))
    found = judged(EXPECTATIONS[0], effects, seed=0)
    assert (found.worlds, found.effect) == (60, pytest.approx(np.mean(np.arange(40, 100))))


# The scoreboard

POINTS = 10
# What the record says of these claims (agents/claims.toml).
HISTORY = {"C1": "borne out", "C3": "mixed", "C4": "borne out", "C8": "not tested", "C29": "mixed",
           "C30": "contradicted"}  # fmt: skip


def around(span: int) -> dict[Setting, pd.DataFrame]:
    """Tables of points times worlds in which the settings draw apart from point to point."""
    drift = np.repeat(np.linspace(0, 1, POINTS), board_making.EACH)
    size = drift.size
    tables = {}
    for place, setting in enumerate(TABLES):
        table = outcomes(10 * span + place, 0.5, 0.5, size)
        shift = (place - 1) * (drift - 0.3 - 0.2 * span)
        tables[setting] = table.assign(loyalty_end=table["loyalty_end"] + shift,
                                       gratitude_end=table["gratitude_end"] - 2 * shift)  # fmt: skip
    return tables


SPACES = {"draws": around(3), "near": around(1), "far": around(2)}


@pytest.fixture(scope="module")
def scoreboard():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(board_making, "collect_all", lambda wanted, pool, tell: [TABLES, *SPACES.values()])
        return trial([EXPERIMENT], StudyOptions(worlds=WORLDS, workers=1), points=POINTS)


def share_that_holds(claim: str, name: str) -> tuple[float, float]:
    """The shares of points at which a claim holds and fails, written out."""
    (expected,) = (one for one in EXPECTATIONS if one.claim == claim)
    means = by_hand(claim, SPACES[name]).reshape(POINTS, board_making.EACH).mean(axis=1)
    if expected.near:
        return float(np.mean(np.abs(means) <= expected.least)), float(np.mean(np.abs(means) > expected.least))
    return float(np.mean(means >= expected.least)), float(np.mean(means <= -expected.least))


def test_each_claim_has_its_own_row_on_the_scoreboard(scoreboard):
    board, known = scoreboard.tables["scoreboard"], {claim.id: claim for claim in all_claims()}
    expected = {one.claim: one for one in EXPECTATIONS}
    assert board["claim"].tolist() == ["C1", "C3", "C4", "C8", "C29", "C30"]
    for row in board.itertuples():
        one, claim = expected[row.claim], known[row.claim]
        found = verdict_by_hand(by_hand(row.claim), one.least, one.near)
        assert (row.short, row.kind, row.history) == (one.words, claim.kind, HISTORY[row.claim])
        assert (row.sign, row.sign_reason) == (claim.sign, claim.sign_reason)
        assert row.verdict == (CANNOT_FAIL if row.claim == "C4" else found)
        assert (row.remark == claim.cannot_fail) == (row.claim == "C4" or found in (HOLDS, FAILS))
    shares = board[["near_holds", "far_holds"]].drop_duplicates()
    assert len(shares) > 3  # points differ enough to tell near from far


def test_the_table_of_the_scoreboard_has_the_numbers_of_its_parts(scoreboard):
    board = scoreboard.tables["scoreboard"].set_index("claim")
    for one in EXPECTATIONS:
        row, effects = board.loc[one.claim], by_hand(one.claim)
        low, high = interval_by_hand(effects)
        assert row["effect"] == pytest.approx(effects.mean())
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.1 * (high - low))
        assert (row["least"], row["near"], row["worlds"]) == (one.least, one.near, WORLDS)
        for name in SPACES:
            if one.claim == "C4":  # whose test cannot fail
                assert np.isnan([row[f"{name}_holds"], row[f"{name}_fails"], row[f"{name}_tested"]]).all()
                continue
            assert (row[f"{name}_holds"], row[f"{name}_fails"]) == share_that_holds(one.claim, name)
            assert (row[f"{name}_tested"], row[f"{name}_points"]) == (1.0, POINTS)


def test_the_scoreboard_counts_its_verdicts(scoreboard):
    assert scoreboard.title == (
        "Of 6 claims 3 hold (3 emergent, 0 built in), 1 fails, 1 is negligible, 1 cannot fail."
    )


def test_where_model_and_record_contradict_each_other_is_said(scoreboard):
    board = scoreboard.tables["scoreboard"].set_index("claim")["difference"]
    assert board["C30"].startswith("It follows from the model's rules, and the record contradicts it")
    assert board["C3"].startswith("The model says something else, and the record is mixed")
    assert board["C4"].startswith("Its test cannot fail, and the record bears it out")
    assert not board["C1"] and not board["C8"]


def test_a_claim_of_several_parts_shows_the_part_that_decides(monkeypatch):
    """Two parts of one claim, of which the second fails."""
    parts = (EXPECTATIONS[0], higher("C30", "and the other way", "loyalty_end", RESCUED, RESTRAINED, 0.02))
    several = Experiment("several", "Several?", "Made up.", expectations=parts)
    monkeypatch.setattr(board_making, "collect_all", lambda wanted, pool, tell: [TABLES])
    board = trial([several], StudyOptions(worlds=WORLDS, workers=1), points=0).tables["scoreboard"]
    (row,) = board.to_dict("records")
    assert (row["verdict"], row["short"], row["parts"]) == (FAILS, "and the other way", 2)
    assert row["effect"] == pytest.approx(-by_hand("C30").mean())
