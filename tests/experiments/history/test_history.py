"""The score against history: readings, scoring rules, baselines, and the study as a whole."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, norm

from agents.claims import all_claims
from experiments import against_history
from experiments.against_history import LONG_SCENARIO, SHORT_SCENARIO, STUDY
from experiments.history.comparison import NO_MODEL, curve_table
from experiments.history.forecasts import (
    EVENTS,
    brier_scores,
    crps,
    knowing_nothing,
    nothing_changes,
    trend_goes_on,
)
from experiments.history.patterns import OF_A_PAIR, agreement_of_order, honoured, random_pairs
from experiments.history.record import captures, control, days_to_capture, kept_districts, patterns, polls
from experiments.history.simulated import ScenarioQuery, simulate
from experiments.history.trajectory import extended, record
from experiments.trial.study import StudyOptions
from sim.model import ConflictModel
from sim.runs.plan import Job, Plan
from sim.runs.runner import run
from sim.scenarios.loading import load
from sim.scenarios.values import describe
from sim.world import FORCE
from tests.experiments.writing import keep_theories
from tests.thorough import thorough

BOTH = ("article", "bargaining")


def test_in_the_record_the_line_at_the_core_is_crossed_with_shushi_by_the_models_own_measure():
    """Model and record are then held to one definition of crossed (claim C38)."""
    scenario = load(SHORT_SCENARIO).close_up
    held = {
        one.id: one.area * scenario.held.get(one.id, one.held)
        for one in scenario.regions.region
        if one.legal_class == "core"
    }
    threshold = {info.path: info.default for info in describe(scenario)}["red_lines.core.threshold"]
    lost, crossed = 0.0, None
    for name, day in sorted(days_to_capture().items(), key=lambda one: one[1]):
        lost += held.get(name, 0.0) / sum(held.values())
        if lost >= threshold and crossed is None:
            crossed = name, day + 1  # the war's first day is day 1
    assert crossed == ("SHU", 43)
    note = next(claim.history_note for claim in all_claims() if claim.id == "C38")
    assert "fallen on day 43" in note and f"it is {lost:.2f}" in note and f"the {threshold} of" in note


def asked(workers, *kept):
    """The study, asked of some theories only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(against_history, "PAIRS", 32)
        keep_theories(patch, *kept)
        return STUDY.ask(StudyOptions(worlds=6, seed=4, workers=workers))


@pytest.fixture(scope="module")
def answer():
    return asked(1, *BOTH)


def test_a_course_tells_what_the_model_does():
    model = ConflictModel(SHORT_SCENARIO, seed=7, worlds=np.arange(9))
    trajectory = record(model)
    end = model.world
    np.testing.assert_array_equal(trajectory["held"][-1], end.held_contested)
    np.testing.assert_array_equal(trajectory["opinion"][-1], end.opinion)
    np.testing.assert_array_equal(trajectory.war_days, end.first_war_days)
    assert trajectory.dates[0] == np.datetime64("2020-09-27")
    assert (trajectory.begins == 0).all()
    lasted = (trajectory.dates[trajectory.ends] - trajectory.dates[0]).astype(int)
    np.testing.assert_array_equal(lasted, end.first_war_days)


@thorough
def test_a_war_after_the_horizon_does_not_count():
    scenario = load(LONG_SCENARIO)
    model = ConflictModel(extended(scenario, 3), seed=7, worlds=np.arange(8))
    trajectory = record(model, scenario.end)
    first = model.world.first_war_day / 365.25
    length = (scenario.end - scenario.start).days / 365.25
    np.testing.assert_array_equal(trajectory.had_war, first <= length)
    assert (first > length).sum() + np.isnan(first).sum() > 0


def test_chunks_do_not_change_what_is_read():
    seen = (date(2020, 11, 10),)
    war = load(SHORT_SCENARIO).close_up
    query = ScenarioQuery(war, war.end, captures(), kept_districts(), days_to_capture(), seen)
    plan = Plan(query.scenario, seed=3, worlds=9)
    whole = simulate(query, plan, Job((0,), 0, 9))
    part = simulate(query, plan, Job((0,), 5, 9))
    np.testing.assert_array_equal(whole.table.to_numpy()[5:], part.table.to_numpy())
    np.testing.assert_array_equal(whole.curves["held"][5:], part.curves["held"])


def test_agreement_of_order_is_kendalls_tau():
    luck = np.random.default_rng(0)
    fell = np.where(luck.random((50, 12)) < 0.3, np.nan, luck.integers(0, 9, (50, 12)).astype(float))
    ranks = [*(day.toordinal() for day in captures().values()), *(10**7 for _ in kept_districts())]
    expected = [kendalltau(ranks, np.nan_to_num(row, nan=10**7)).statistic for row in fell]
    np.testing.assert_allclose(agreement_of_order(fell, captures(), kept_districts()), expected)


@thorough
def test_the_brier_score_is_best_for_those_who_say_what_they_believe():
    happened = np.random.default_rng(1).random(20_000) < 0.3
    said = {
        chance: brier_scores([chance] * happened.size, list(happened)).mean() for chance in (0.1, 0.3, 0.6)
    }
    assert min(said, key=lambda chance: said[chance]) == 0.3


def test_crps_of_a_normal_sample_is_the_known_one():
    """Gneiting and Raftery (2007), equation 5: closed form of the normal."""
    sample = norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None]
    for observed in (0.0, 1.3):
        known = observed * (2 * norm.cdf(observed) - 1) + 2 * norm.pdf(observed) - 1 / np.sqrt(np.pi)
        assert crps(np.array([observed]), sample)[0] == pytest.approx(known, abs=1e-3)


def test_crps_of_one_curve_is_its_distance():
    np.testing.assert_allclose(crps(np.array([0.2, 0.9]), np.array([[0.5, 0.5]])), [0.3, 0.4])
    np.testing.assert_allclose(knowing_nothing(np.array([0.0])), [1 / 3])


def test_baselines_know_only_what_was_known():
    known = [(date(2018, 1, 1), 0.8), (date(2019, 1, 1), 0.9)]
    ahead = [date(2020, 1, 1), date(2023, 1, 1)]
    np.testing.assert_allclose(nothing_changes(known, ahead), [[0.9, 0.9]])
    np.testing.assert_allclose(trend_goes_on(known, ahead), [[1.0, 1.0]])
    np.testing.assert_allclose(trend_goes_on(known[:1], ahead), [[0.8, 0.8]])


def test_a_curve_is_scored_on_the_dates_of_the_record_only():
    dates = [date(2020, 1, day) for day in (1, 2, 3)]
    runs = {"steady": np.array([[0.5, 0.7, 0.9]] * 3)}
    table = curve_table("x", dates, runs, [(date(2019, 1, 1), 0.4)], [(dates[1], 0.6)])
    scores = table.set_index("forecaster")["crps"]
    assert scores["steady"] == pytest.approx(0.1)
    assert scores[NO_MODEL[0]] == pytest.approx(0.2)


def test_events_go_both_ways_and_belong_to_patterns():
    assert {event.happened for event in EVENTS} == {True, False}
    known = {pattern.id for pattern in patterns()}
    assert {event.pattern for event in EVENTS} <= known
    assert len({event.words for event in EVENTS}) == len(EVENTS)


def test_pairs_differ_in_what_describes_them_and_in_nothing_else():
    plan = random_pairs(load(SHORT_SCENARIO).close_up, "article", 33, seed=2)
    assert plan.points == 64
    assert tuple(plan.design.columns) == OF_A_PAIR
    assert set(OF_A_PAIR) <= {info.path for info in describe(load(SHORT_SCENARIO).close_up)}
    assert not any("weight" in path for path in OF_A_PAIR)
    assert (plan.design.max() - plan.design.min() > 0.8).sum() >= len(OF_A_PAIR) - 1


def test_a_patron_that_keeps_its_word_keeps_more_pacts():
    """Of those called upon: a challenger that fears it calls most attacks off before any land falls."""
    called, kept = {}, {}
    for theory in ("treaty_only", "base_rate"):
        plan = random_pairs(load(SHORT_SCENARIO).close_up, theory, 64, seed=2)
        pairs = run(plan).table
        acts = pairs["level_max"] >= FORCE
        score, _ = honoured(plan)
        assert score.worlds == 64 and score.value == acts.mean()
        called[theory] = (pairs["share_by_force"] > 0).mean()
        kept[theory] = acts[pairs["share_by_force"] > 0].mean()
    assert kept["treaty_only"] > kept["base_rate"] + 0.3
    assert called["treaty_only"] < called["base_rate"] - 0.3


def test_the_record_is_in_order():
    for dated in (control(), polls("relations_good"), polls("main_friend")):
        days = [day for day, _ in dated]
        assert days == sorted(days)
        assert all(0 <= share <= 1 for _, share in dated)


def test_every_pattern_is_scored_for_every_theory_asked(answer):
    table = answer.tables["patterns"]
    for pattern in patterns():
        assert set(table.loc[table["pattern"] == pattern.id, "theory"]) == set(BOTH)
    inside = (table["value"] >= table["low"]) & (table["value"] <= table["high"])
    assert (inside == table["holds"]).all()
    assert (table["fitted"] == table["pattern"].isin([f"T{number}" for number in (*range(1, 9), 17)])).all()


def test_theories_baselines_and_curves_are_all_scored(answer):
    scores = answer.tables["scores"].set_index("forecaster")
    assert set(scores.index) == {*BOTH, *NO_MODEL}
    assert scores.loc[NO_MODEL[2], "events, held out"] == pytest.approx(0.25)
    events = answer.tables["events"]
    happened = events.drop_duplicates("event").set_index("event")["happened"]
    none = events[events["forecaster"] == NO_MODEL[0]].set_index("event")["brier"]
    np.testing.assert_allclose(none.loc[happened.index], happened.astype(float))


def test_the_answer_says_what_was_fitted_and_what_is_circular(answer):
    assert answer.text.startswith("The article's run looks like the record in")
    for words in ("never fitted to", "reconstruction", "put in", "no evidence"):
        assert words in answer.text
    assert set(answer.figures) == {"scoreboard", "control", "opinion"}
    assert answer.facts["seed"] == 4


@thorough
def test_the_study_ends_the_same_with_other_workers_and_fewer_theories(answer):
    again = asked(2, BOTH[0])
    for name, column in (("patterns", "theory"), ("events", "forecaster"), ("curves", "forecaster")):
        table = answer.tables[name]
        same = table[table[column].isin({*again.tables[name][column]})].reset_index(drop=True)
        assert len(same) < len(table)
        pd.testing.assert_frame_equal(again.tables[name], same, check_exact=True)
