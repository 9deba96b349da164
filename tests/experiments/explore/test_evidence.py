"""Evidence: which cases and patterns numbers are held against, and the likelihood, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from experiments.explore.evidence import (
    CasePlay,
    Evidence,
    coded_chances,
    density_of_share,
    log_of_rung,
    of_case,
)
from experiments.explore.record_play import drawn_for, the_war_of_2020, the_years
from experiments.history.coded_cases import given_cases
from experiments.history.record import patterns
from sim.scenarios.loading import load


@pytest.fixture(scope="module")
def cases():
    return given_cases()


def log_of(chances: list[float], taken: int) -> tuple[float, float]:
    """Log likelihoods of force and rung of one case under one draw."""
    force, rung = log_of_rung(np.array([[chances]]), np.array([taken]))
    return float(force[0, 0]), float(rung[0, 0])


def test_the_likelihood_of_a_rung_by_hand():
    """Chances of 0.1, 0.2, 0.3 | 0.4, 0.0; one code in twenty a coin's, one in five a neighbour's."""
    chances = [0.1, 0.2, 0.3, 0.4, 0.0]
    force, rung = log_of(chances, taken=1)
    assert np.exp(force) == pytest.approx(0.95 * 0.6 + 0.05 * 0.5)
    coded = (0.1 * 0.2 + 0.2 * 0.8 + 0.3 * 0.2) / 0.6
    assert np.exp(rung) == pytest.approx(0.95 * coded + 0.05 / 3)
    force, rung = log_of(chances, taken=4)
    assert np.exp(force) == pytest.approx(0.95 * 0.4 + 0.05 * 0.5)
    assert np.exp(rung) == pytest.approx(0.95 * 0.2 + 0.05 / 2)


def test_cases_keep_their_places():
    chances = np.array([[[0.1, 0.2, 0.3, 0.4, 0.0], [0.2, 0.2, 0.2, 0.2, 0.2], [0.0, 0.5, 0.0, 0.0, 0.5]]])
    force, rung = log_of_rung(chances, np.array([1, 4, 0]))
    for case, taken in enumerate((1, 4, 0)):
        assert (force[0, case], rung[0, case]) == pytest.approx(log_of(chances[0, case].tolist(), taken))


def test_a_rung_is_ordered():
    """Worlds on the rung next to the one taken speak for it more than those two rungs away."""
    near, far = (log_of(row, taken=0)[1] for row in ([0.0, 1.0, 0, 0, 0], [0.0, 0, 1.0, 0, 0]))
    assert near > far


def test_the_density_of_a_share_by_hand():
    whole = norm.cdf(0.6 / 0.2) - norm.cdf(-0.4 / 0.2)
    by_hand = [norm.pdf(0.1, 0.4, 0.2) / whole, norm.pdf(0.1, 0.0, 0.2) / (norm.cdf(5.0) - 0.5)]
    assert density_of_share(np.array([0.4, 0.0]), 0.1, 0.2) == pytest.approx(by_hand)


def test_the_log_likelihoods_of_a_tiny_example():
    """Two cases, one draw; the loss of one is known."""
    two = pd.DataFrame({"id": ["A", "B"], "war": ["A", "B"], "level": [4.0, 0.0], "loss": [0.5, np.nan]})
    evidence = Evidence(two, worlds=2, tie_worlds=0, years=the_years(4))
    assert evidence.terms == ["force:A", "force:B", "rung:A", "rung:B", "loss:A",
                              "record:T1", "record:T2", "record:T3"]  # fmt: skip
    rungs = np.array([[[0, 0, 0, 0, 1.0], [1.0, 0, 0, 0, 0]]])
    years = np.array([[[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]])
    logs = evidence.logs(rungs, np.array([[2.0]]), years)
    by_hand = [0.975, 0.975, 0.95 * 0.8 + 0.025, 0.95 * 0.8 + 0.05 / 3, 0.95 * 2.0 + 0.05]
    by_hand += [1 / 16, 1.0, 11 / 16]  # of four worlds none may fail for T1, two for T3
    assert np.exp(logs[0]).tolist() == pytest.approx(by_hand)
    otherwise = evidence.logs(rungs, np.array([[2.0]]), years, levels=[0, 0])
    assert np.exp(otherwise[0, 0]) == pytest.approx(0.025)


def test_nothing_held_out_is_learned_from(cases):
    """Of the record only patterns that may be tuned to; of the cases not the one that these describe."""
    evidence = Evidence.of(cases)
    fitted = {pattern.id for pattern in patterns() if pattern.fitted}
    named = {term.partition(":")[2] for term in evidence.terms if not of_case(term)}
    named |= set(the_war_of_2020().ids)
    assert named == fitted == {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T17"}
    assert set(evidence.cases["id"]) == set(cases["id"]) - {"K1"}
    assert {of_case(term) for term in evidence.terms} - {""} == set(evidence.cases["id"])


def test_a_case_of_the_users_own_is_not_taken_for_that_of_2020_by_its_name(cases):
    own = cases[cases["id"] != "K1"].head(3).assign(id=["K1", "K2", "K3"])
    assert list(Evidence.of(own).cases["id"]) == ["K1", "K2", "K3"]


def test_rungs_are_coded_with_errors_as_the_likelihood_has_it():
    counts = np.array([[4.0, 0.0, 0.0, 12.0, 0.0], [0.0, 0.0, 0.0, 0.0, 16.0]])
    chances = coded_chances(counts)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    for case, rung in ((0, 0), (0, 3), (0, 4), (1, 4)):
        assert chances[case, rung] == pytest.approx(
            np.exp(sum(log_of([*(counts[case] / 16)], rung))), abs=1e-6
        )
    assert chances[0, 4] > 0.1 and 0 < chances[1, 2] < 0.05


def test_a_case_without_a_known_rung_says_nothing(cases):
    unknown = cases.assign(level=cases["level"].where(cases["id"] != "P02"))
    assert "P02" not in set(Evidence.of(unknown).cases["id"])


def test_a_loss_is_looked_for_on_the_side_of_what_happened(monkeypatch):
    """Force was used and little lost: worlds without force say nothing of the loss, were it the same."""
    ends = pd.DataFrame(
        {"level": [3.0, 4.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0], "loss": [0.1, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]}
    ).assign(ally5=0.5)
    monkeypatch.setattr("experiments.explore.evidence.play", lambda *_: ends)
    case = pd.DataFrame({"id": ["A"], "war": ["A"], "level": [4.0], "loss": [0.1]})
    draws = pd.DataFrame({"patron.cost_weight": [0.1, 0.8]})
    seen = CasePlay(case, worlds=4, whole=False).weigh("article", 0, draws, np.array([0, 1]))
    dense, looked_at = Evidence(case, worlds=4, tie_worlds=0, years=None).densities(seen)
    assert looked_at.tolist() == [[0.5], [0.0]]
    assert dense[0, 0] == pytest.approx(density_of_share(np.array([0.1, 0.5]), 0.1, 0.2).mean())


def test_what_a_scenario_sets_is_not_drawn():
    draws = pd.DataFrame({"challenger.war_rate": [3.0, 4.0], "patron.cost_weight": [0.1, 0.2]})
    drawn = drawn_for(load("crisis"), draws, worlds=3)
    assert {path: column.tolist() for path, column in drawn.items()} == {
        "patron.cost_weight": [0.1, 0.1, 0.1, 0.2, 0.2, 0.2]
    }


def test_the_luck_of_a_draw_belongs_to_its_number(cases):
    """A draw is seen alike alone and among others; another draw of the same numbers is not."""
    play = CasePlay(cases.iloc[1:4].reset_index(drop=True), worlds=2, whole=False)
    draws = pd.DataFrame({"patron.cost_weight": [0.1, 0.8, 0.8], "patron.precision": [1.0, 1.0, 1.0]})
    together = play.weigh("article", 0, draws, np.array([4, 5, 6]))
    alone = play.weigh("article", 0, draws.iloc[[1]].reset_index(drop=True), np.array([5]))
    pd.testing.assert_frame_equal(alone, together.iloc[[1]].reset_index(drop=True))
    assert not together.iloc[1].equals(together.iloc[2].rename(1))
    counts = together[[name for name in together if str(name).startswith("rung")]]
    assert (counts.sum(axis=1) == 3 * 2).all()
