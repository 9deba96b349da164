"""Wars left out: rivals that see no case of the war, mixtures."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from experiments.explore import left_out as subject
from experiments.explore.left_out import (
    MADE_FROM,
    LeftOut,
    compared,
    equal_weights,
    leave_wars_out,
    log_score,
    stacked_without,
    stacking_weights,
)
from experiments.explore.tempering import Moves, sampled
from experiments.history.coded_cases import CODES, given_cases
from experiments.history.skill import auc, brier, logistic_without


def posterior_of_two_wars(force):
    """Draws of a posterior on three cases, two of them of one war; each draw has its chance of force."""
    cases = pd.DataFrame({"id": ["A", "B", "C"], "war": ["one", "one", "two"], "level": [3.0, 3.0, 0.0]})
    rungs = np.zeros((len(force), 3, 5))
    rungs[:, :, 3], rungs[:, :, 0] = force, 1.0 - force
    evidence = SimpleNamespace(
        cases=cases,
        terms=["force:A", "force:B", "force:C", "record:T4 x"],
        logs=lambda rungs, dense: np.log(
            np.column_stack([rungs[:, :2, 3], rungs[:, 2, 0], np.ones(len(rungs))])
        ),
    )
    emulator = SimpleNamespace(chances=lambda places: (rungs, np.empty((len(rungs), 0))))
    return SimpleNamespace(
        evidence=evidence, emulator=emulator, sample=SimpleNamespace(places=np.zeros(len(force)))
    )


def test_both_cases_of_a_war_are_left_out_together(monkeypatch):
    monkeypatch.setattr(subject, "smoothed", lambda logs: (logs - np.log(np.exp(logs).sum()), 0.1))
    force = np.array([[0.9, 0.8, 0.3], [0.2, 0.5, 0.6], [0.5, 0.5, 0.5]])
    found = leave_wars_out(posterior_of_two_wars(force))
    first = 1.0 / (force[:, 0] * force[:, 1])
    second = 1.0 / (1.0 - force[:, 2])
    by_hand = [first @ force[:, 0] / first.sum(), first @ force[:, 1] / first.sum(),
               second @ force[:, 2] / second.sum()]  # fmt: skip
    assert found.chances.tolist() == pytest.approx(by_hand)


def test_equal_weights_see_no_case_of_the_war_they_are_asked_about():
    dice = np.random.default_rng(4)
    codes, wars = dice.uniform(size=(12, 3)), [*"abcdefghijaa"]
    happened = (codes[:, 0] > 0.5).astype(float)
    turned = np.where(np.isin(np.arange(12), [0, 10, 11]), 1.0 - happened, happened)
    for before, after in zip(
        *(equal_weights(codes, truth, wars) for truth in (happened, turned)), strict=True
    ):
        assert before[[0, 10, 11]].tolist() == after[[0, 10, 11]].tolist()
        assert (before[1:10] != after[1:10]).all()


def test_a_mixture_sees_no_case_of_the_war_it_is_asked_about():
    dice = np.random.default_rng(6)
    chances, wars = dice.uniform(0.05, 0.95, (12, 3)), [*"abcdefghijaa"]
    happened = (chances[:, 0] > 0.5).astype(float)
    turned = np.where(np.isin(np.arange(12), [0, 10, 11]), 1.0 - happened, happened)
    known = np.arange(12) != 3
    before, after = (stacked_without(chances, truth, wars, known) for truth in (happened, turned))
    assert before[[0, 10, 11]].tolist() == after[[0, 10, 11]].tolist() and before[1] != after[1]
    weights = stacking_weights(
        np.where(happened[:, None] > 0.5, chances, 1.0 - chances)[[1, 2, *range(4, 10)]]
    )
    assert before[0] == pytest.approx(float(chances[0] @ weights))


def test_a_mixture_is_the_best_of_all_mixtures():
    chances = np.random.default_rng(5).uniform(0.05, 0.95, (30, 2))
    weights = stacking_weights(chances)
    best = max(np.linspace(0, 1, 1001), key=lambda one: np.log(chances @ [one, 1 - one]).sum())
    assert weights[0] == pytest.approx(best, abs=0.01)
    assert weights.sum() == pytest.approx(1.0)


def test_the_comparison_is_of_cases_that_nobody_has_learned_from(monkeypatch):
    """A theory that is right but for one case, one that knows nothing: scores by hand."""
    cases = given_cases().query("id != 'K1'").reset_index(drop=True)
    happened = (cases["level"] >= 3).to_numpy(dtype=float)
    said = {"good": 0.1 + 0.8 * happened, "blind": np.full(len(cases), 0.5)}
    said["good"][cases["id"] == "P02"] = 0.2
    said["good"][cases["id"].isin(MADE_FROM)] = 1.0 - happened[cases["id"].isin(MADE_FROM)]
    posteriors = {name: SimpleNamespace(name=name, evidence=SimpleNamespace(cases=cases)) for name in said}
    monkeypatch.setattr(subject, "leave_wars_out", lambda one: LeftOut(said[one.name], np.zeros(len(cases))))
    logs = {"good": -10.0, "blind": -13.0}
    monkeypatch.setattr(subject, "log_evidence", lambda one, _: np.array([[logs[one.name]] * 4, [0.0] * 4]))
    scores, theories = compared(posteriors, seed=0)
    values = scores.set_index(["by", "score"])["value"]
    count = len(cases) - 2
    assert (scores["cases"] == count).all()
    assert values["good", "Brier"] == pytest.approx(((count - 1) * 0.01 + 0.64) / count)
    assert values["good", "Log"] == pytest.approx(((count - 1) * np.log(0.9) + np.log(0.2)) / count)
    assert values["blind", "AUC"] == values["mean of the others", "AUC"] == 0.5
    scored, codes = ~cases["id"].isin(MADE_FROM).to_numpy(), cases[list(CODES)].to_numpy(dtype=float)
    reach = logistic_without(codes, happened, cases["war"].to_numpy())[1]
    assert values["ridge regression", "AUC"] == auc(happened[scored], reach[scored])
    assert values["capability alone", "Brier"] == brier(happened[scored], cases["project"].to_numpy()[scored])
    assert {"ridge regression", "equal weights", "capability alone", "theories stacked"} <= set(scores["by"])
    by_theory = theories.set_index("theory")
    assert by_theory.loc["good", "posterior_probability"] == pytest.approx(1 / (1 + np.exp(-3.0)))
    assert by_theory.loc["good", "stacking_weight"] > 0.95


def test_what_a_theory_was_made_from_is_no_evidence():
    def log_of_case(places):
        return np.log(expit(places - 2.0))

    posterior = SimpleNamespace(
        prior=SimpleNamespace(paths=["a"]),
        evidence=SimpleNamespace(terms=[f"force:{MADE_FROM[0]}"], logs=lambda places, _: log_of_case(places)),
        emulator=SimpleNamespace(chances=lambda places: (places, places)),
    )
    posterior.sample = sampled(
        lambda of: log_of_case(of)[:, 0], 1, 1000, np.random.default_rng(1), Moves(10, 4)
    )
    found = subject.log_evidence(posterior, seed=0)
    assert posterior.sample.log_evidence.mean() < -1.0
    assert found[0].mean() - found[1].mean() == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("noisy", [0, 1])
def test_the_interval_of_a_probability_knows_the_luck_of_both_runs(noisy, monkeypatch):
    """Of two theories alike: whichever of the two runs of a theory scatters, its probability is as unsure."""
    dice = np.random.default_rng(3)
    logs = {name: np.zeros((2, 8)) for name in ("one", "other")}
    for one in logs.values():
        one[noisy] = dice.normal(0.0, 1.0, 8)
    monkeypatch.setattr(subject, "log_evidence", lambda one, seed: logs[one.name])
    left = {name: LeftOut(np.zeros(1), np.zeros(1)) for name in logs}
    posteriors = {name: SimpleNamespace(name=name) for name in logs}
    found = subject._theories(posteriors, left, np.array([0.5, 0.5]), seed=0)
    assert (found["high"] - found["low"] > 0.2).all()
    assert found["posterior_probability"].sum() == pytest.approx(1.0)


def test_a_log_score_is_never_without_bound():
    assert log_score(np.array([1.0]), np.array([0.0])) == pytest.approx(np.log(0.005))
