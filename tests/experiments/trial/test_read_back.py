"""What verdicts, effects and the scoreboard say in words, read back against numbers worked out here."""

import re

import numpy as np
import pandas as pd
import pytest

from experiments.trial import answer as answering
from experiments.trial import scoreboard as board_making
from experiments.trial.experiment import Expectation, Experiment, Setting, above, below, exceeds, higher, same
from experiments.trial.scoreboard import trial
from experiments.trial.study import StudyOptions
from experiments.trial.variants import WAR
from experiments.trial.verdict import FAILS, HOLDS, UNDECIDED, judged, verdicts_by_point, weighed

war = Setting(WAR)
RESTRAINED, RESCUED, LIKE_RESCUED = war, war.but({"client.outside_option": 0.7}), war.less("C3")
WORLDS = 200

# A line on an expectation, and the line on its effect below it.
VERDICT = re.compile(
    r"(?P<claim>\w+) +(?P<verdict>holds|fails|undecided) +(?P<words>[^(]+?)(?: \((?P<remark>.+)\))?"
)
EFFECT = re.compile(
    r" +effect (?P<effect>\S+) (?P<unit>[a-z ]+) \[(?P<low>\S+), (?P<high>\S+)\], "
    r"(?P<kind>tolerated|smallest that matters) (?P<least>\S+), (?P<worlds>\d+) worlds"
)


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
    exceeds("C4", "loyalty exceeds gratitude", RESTRAINED, "loyalty_end", "gratitude_end", 0.04),
    above("C8", "loyalty is about a half and somewhat", "loyalty_end", RESTRAINED, 0.7, 0.5),
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
    if low <= 0 <= high or abs(effects.mean()) < least:
        return UNDECIDED
    return HOLDS if effects.mean() > 0 else FAILS


@pytest.fixture(scope="module")
def told():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answering, "collect", lambda settings, sample, pool, tell: TABLES)
        return answering.run_experiment(EXPERIMENT, StudyOptions(worlds=WORLDS, workers=1))


def test_the_made_up_claims_hold_fail_and_stay_open():
    found = {one.claim: verdict_by_hand(by_hand(one.claim), one.least, one.near) for one in EXPECTATIONS}
    assert found == {"C30": HOLDS, "C3": FAILS, "C4": HOLDS, "C8": UNDECIDED, "C29": HOLDS, "C1": HOLDS}


def test_the_first_sentence_sorts_the_claims_by_verdict(told):
    assert told.text.splitlines()[0] == (
        "Is it made up? In the model holds: C30, C4, C29, C1; fails: C3; undecided: C8."
    )
    assert told.facts["verdicts"] == {
        one.claim: verdict_by_hand(by_hand(one.claim), one.least, one.near) for one in EXPECTATIONS
    }


def test_each_expectation_is_told_with_its_effect_and_interval(told):
    lines = told.text.splitlines()[2:]
    assert len(lines) == 2 * len(EXPECTATIONS)
    for expected, first, second in zip(EXPECTATIONS, lines[::2], lines[1::2], strict=True):
        named, numbers = VERDICT.fullmatch(first), EFFECT.fullmatch(second)
        effects = by_hand(expected.claim)
        low, high = interval_by_hand(effects)
        verdict = verdict_by_hand(effects, expected.least, expected.near)
        assert (named["claim"], named["verdict"], named["words"]) == (expected.claim, verdict, expected.words)
        assert (named["remark"] is None) == (verdict != UNDECIDED)
        assert float(numbers["effect"]) == pytest.approx(effects.mean(), rel=0.006)
        assert numbers["effect"][0] == "+-"[int(effects.mean() < 0)]
        reach = 0.1 * (high - low)  # of the luck of the resamples
        assert float(numbers["low"]) == pytest.approx(low, abs=reach)
        assert float(numbers["high"]) == pytest.approx(high, abs=reach)
        assert (numbers["kind"] == "tolerated") == (expected.claim == "C1")
        assert (numbers["unit"], float(numbers["least"])) == ("share", expected.least)
        assert int(numbers["worlds"]) == WORLDS


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
    ("effect", "low", "high", "near", "verdict"),
    [
        (0.2, 0.1, 0.3, False, HOLDS),  # exactly the smallest that matters
        (-0.2, -0.3, -0.1, False, FAILS),
        (0.19, 0.1, 0.3, False, UNDECIDED),
        (0.5, 0.0, 0.9, False, UNDECIDED),  # an interval that touches zero
        (-0.5, -0.9, 0.0, False, UNDECIDED),
        (0.1, -0.1, 0.2, True, HOLDS),  # exactly what is tolerated
        (-0.1, -0.2, 0.1, True, HOLDS),
        (0.1, -0.1, 0.21, True, UNDECIDED),
        (-0.1, -0.21, 0.1, True, UNDECIDED),
        (0.3, 0.2, 0.4, True, UNDECIDED),  # not wholly outside yet
        (0.3, 0.21, 0.4, True, FAILS),
        (-0.3, -0.4, -0.21, True, FAILS),
    ],
)
def test_a_verdict_turns_at_the_smallest_effect_that_matters(effect, low, high, near, verdict):
    assert weighed(effect, low, high, 0.2, near)[0] == verdict


@pytest.mark.parametrize(("near", "expected"), [(False, [1, 0, -1, 0, np.nan]), (True, [1, 1, 1, 1, np.nan])])
def test_a_point_turns_at_the_smallest_effect_that_matters(near, expected):
    one = Expectation("C1", "", EXPECTATIONS[0].terms, least=0.25, near=near)
    effects = np.array([0.25, 0.25, 0.25, 0.125, -0.25, -0.25, -0.25, np.nan, np.nan, np.nan])
    effects[6] = -0.125
    np.testing.assert_array_equal(verdicts_by_point(one, effects, 5), expected)
    beyond = verdicts_by_point(one, np.array([0.375, -0.375]), 2)
    np.testing.assert_array_equal(beyond, [-1, -1] if near else [1, -1])


def test_worlds_without_an_effect_are_not_counted():
    effects = np.where(np.arange(100) < 40, np.nan, np.arange(100.0))
    found = judged(EXPECTATIONS[0], effects, seed=0)
    assert (found.worlds, found.effect) == (60, pytest.approx(np.mean(np.arange(40, 100))))


# The scoreboard

POINTS = 10
SCOREBOARD_LINE = re.compile(
    r"(?P<claim>C\d+) +(?P<kind>rule|prediction) +(?P<verdict>holds|fails|undecided) +"
    r"(?P<history>borne out|contradicted|mixed|not tested) +(?P<near>\d+)% +(?P<far>\d+)% +"
    r"(?P<effect>[+-]\S+) (?P<unit>share) +(?P<words>.+)"
)
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


SPACES = {"near": around(1), "far": around(2)}


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
    lines = scoreboard.text.splitlines()
    rows = [SCOREBOARD_LINE.fullmatch(line) for line in lines[3 : 3 + len(EXPECTATIONS)]]
    assert [row["claim"] for row in rows] == ["C1", "C3", "C4", "C8", "C29", "C30"]
    expected = {one.claim: one for one in EXPECTATIONS}
    shares = set()
    for row in rows:
        one = expected[row["claim"]]
        effects = by_hand(row["claim"])
        assert row["words"] == one.words
        assert row["verdict"] == verdict_by_hand(effects, one.least, one.near)
        assert row["history"] == HISTORY[row["claim"]]
        assert float(row["effect"]) == pytest.approx(effects.mean(), rel=0.06)
        for name in SPACES:
            assert int(row[name]) == round(100 * share_that_holds(row["claim"], name)[0])
        shares.add((row["near"], row["far"]))
    assert len(shares) > 3  # points differ enough to tell near from far


def test_the_table_of_the_scoreboard_is_that_of_the_text(scoreboard):
    board = scoreboard.tables["scoreboard"].set_index("claim")
    for one in EXPECTATIONS:
        row, effects = board.loc[one.claim], by_hand(one.claim)
        low, high = interval_by_hand(effects)
        assert row["effect"] == pytest.approx(effects.mean())
        assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.1 * (high - low))
        assert (row["least"], row["near"], row["worlds"]) == (one.least, one.near, WORLDS)
        for name in SPACES:
            assert (row[f"{name}_holds"], row[f"{name}_fails"]) == share_that_holds(one.claim, name)
            assert (row[f"{name}_tested"], row[f"{name}_points"]) == (1.0, POINTS)


def test_the_scoreboard_counts_its_verdicts(scoreboard):
    assert scoreboard.text.splitlines()[0] == "Of 6 claims 4 hold, 1 fail, 1 are undecided."


def test_where_model_and_record_contradict_each_other_is_said(scoreboard):
    """C30 holds and is contradicted by the record; C3 fails, but there the record is mixed."""
    _, after = scoreboard.text.split("Where model and record contradict each other:\n")
    told = after.split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in told] == ["C30"]
    assert "It follows from the model's rules, and the record contradicts it" in told[0]
    board = scoreboard.tables["scoreboard"].set_index("claim")
    assert board.loc["C3", "difference"].startswith("The model says the opposite, and the record is mixed")
    assert not board.loc["C4", "difference"] and not board.loc["C8", "difference"]


def test_a_claim_of_several_parts_shows_the_part_that_decides(monkeypatch):
    """Two parts of one claim, of which the second fails."""
    parts = (EXPECTATIONS[0], higher("C30", "and the other way", "loyalty_end", RESCUED, RESTRAINED, 0.02))
    several = Experiment("several", "Several?", "Made up.", expectations=parts)
    monkeypatch.setattr(board_making, "collect_all", lambda wanted, pool, tell: [TABLES])
    board = trial([several], StudyOptions(worlds=WORLDS, workers=1), points=0).tables["scoreboard"]
    (row,) = board.to_dict("records")
    assert (row["verdict"], row["short"], row["parts"]) == (FAILS, "and the other way", 2)
    assert row["effect"] == pytest.approx(-by_hand("C30").mean())
