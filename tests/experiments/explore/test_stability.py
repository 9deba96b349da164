"""The number of worlds that is said to be enough is enough."""

import numpy as np
import pandas as pd
import pytest

import experiments.stability as study
from experiments.cli import main
from experiments.explore.stability import (
    STEADY,
    PrecisionGoal,
    convergence,
    counts_up_to,
    enough,
    half_width,
    needs,
    steady_from,
    variation,
)
from experiments.figures.experiment import draw_stability
from experiments.trial.study import StudyOptions
from sim.errors import UserError
from sim.measures import OUTCOMES
from sim.scenarios.loading import load
from sim.scenarios.values import changed

WORLDS = 20_000
SCENARIOS = ("karabakh-2020", "crisis")


def draws(seed=0, mean=3.0, spread=2.0, count=WORLDS):
    return np.random.default_rng(seed).normal(mean, spread, count)


def test_the_interval_narrows_with_the_root_of_the_number_of_worlds():
    table = convergence(draws()).set_index("worlds")
    for count in (100, 1000, 10_000):
        assert table.loc[count, "half_width"] == pytest.approx(1.96 * 2 / np.sqrt(count), rel=0.2)
    assert table.index.tolist() == [*counts_up_to(WORLDS)]


def test_intervals_hold_the_mean_as_often_as_they_say():
    held = convergence(draws()).set_index("worlds")["held"]
    assert held[[50, 100, 200]].to_numpy() == pytest.approx(0.95, abs=0.04)
    assert np.isnan(held[10_000])  # two blocks tell nothing


def test_so_many_worlds_give_the_precision_that_was_wanted():
    values = draws()
    count = enough(values, precision=0.05)
    assert count == pytest.approx((1.96 * 2 / 0.05) ** 2, rel=0.03)
    assert half_width(values[:count]) == pytest.approx(0.05, rel=0.03)
    assert enough(np.ones(50), precision=0.01) == 2


def test_variation_is_called_steady_where_it_no_longer_changes():
    values = draws()
    count = steady_from(values)
    later = [variation(values[:n]) for n in counts_up_to(WORLDS) if n >= count]
    earlier = [variation(values[:n]) for n in counts_up_to(WORLDS) if n < count]
    assert max(abs(one - later[-1]) for one in later) <= STEADY < abs(earlier[-1] - later[-1])
    jumpy = np.concatenate([np.ones(100), np.array([1.0, 9.0] * 50)])
    assert steady_from(jumpy) is None


def test_shared_luck_is_paid_back_in_worlds():
    luck = draws(1)
    here, there = pd.DataFrame({"y": luck}), pd.DataFrame({"y": luck + 1 + 0.1 * draws(2)})
    row = needs(here, there, [PrecisionGoal("y", "share", 0.05)]).iloc[0]
    assert row["for_a_difference"] < 0.02 * row["with_other_luck"]
    alone = needs(here, pd.DataFrame({"y": draws(3)}), [PrecisionGoal("y", "share", 0.05)]).iloc[0]
    assert alone["for_a_difference"] == pytest.approx(alone["with_other_luck"], rel=0.05)


@pytest.fixture(scope="module")
def answered():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "SCENARIOS", SCENARIOS)
        return study.STUDY.ask(StudyOptions(worlds=100, workers=1))


def test_every_outcome_of_the_study_exists_and_has_a_row_a_scenario(answered):
    assert set(study.PRECISION) <= {measure.name for measure in OUTCOMES}
    table = answered.tables["needs"]
    assert len(table) == len(SCENARIOS) * len(study.PRECISION)
    assert answered.facts["enough"] == table.groupby("scenario")["worlds_needed"].max().to_dict()
    assert all(
        f"{count:,} worlds of {name}" in answered.text for name, count in answered.facts["enough"].items()
    )


def test_each_outcome_is_told_with_its_own_needs(answered):
    needs = answered.tables["needs"].set_index(["scenario", "outcome"])
    for name, part in zip(SCENARIOS, answered.paragraphs, strict=False):
        title, _, *lines = part.splitlines()
        assert title == name and len(lines) == len(study.PRECISION)
        for line in lines:
            outcome, mean, spread, varies, wanted, *counts = line.replace("not yet", "none").split()
            row = needs.loc[(name, outcome)]
            assert (float(mean), float(spread)) == pytest.approx(
                (row["mean"], row["standard_deviation"]), rel=0.006
            )
            assert float(varies) == pytest.approx(row["standard_deviation"] / abs(row["mean"]), abs=0.00501)
            assert float(wanted[1:]) == study.PRECISION[outcome]
            enough_worlds = max(
                2, np.ceil((1.96 * row["standard_deviation"] / study.PRECISION[outcome]) ** 2)
            )
            worlds, apart, other_luck = (int(count.replace(",", "")) for count in counts[:3])
            assert worlds == pytest.approx(enough_worlds, rel=0.001, abs=1)
            assert (apart, other_luck) == (row["for_a_difference"], row["with_other_luck"])


def test_an_outcome_that_never_varies_is_drawn_as_a_gap():
    table = pd.concat(
        [convergence(draws()).assign(outcome="a"), convergence(np.ones(WORLDS)).assign(outcome="b")]
    )
    axes = draw_stability({"somewhere": table}, {"a": 0.1, "b": 0.1}, "title", ["caption"]).axes[0]
    moves, still = axes.get_lines()[:2]
    assert np.isfinite(moves.get_ydata()).all() and np.isnan(still.get_ydata()).all()
    assert [text.get_text()[2:] for text in axes.texts] == ["a"]


def test_it_is_asked_of_a_scenario_of_ones_own_without_what_means_nothing_there(tmp_path):
    main(["new", str(tmp_path / "mine")])
    file = tmp_path / "mine" / "mine.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("end = 2009-08-07", "end = 2008-09-07"), encoding="utf-8")
    found = study.STUDY.ask(StudyOptions(worlds=100, workers=1, scenario=str(file)))
    unobserved = "observer_reliability_end"
    assert set(found.tables["needs"]["outcome"]) == set(study.PRECISION) - {unobserved}
    assert found.facts["scenarios"] == ["mine"] and found.facts["scenario"] == "mine"
    assert (
        found.facts["lacking"] == [f"no observers ({unobserved})"] and "Karabakh" in found.facts["inherited"]
    )
    assert "mine" in found.text and "karabakh" not in found.text


def test_a_strength_at_its_end_is_lowered_instead():
    scenario = load("karabakh-2020")
    assert study._strengths(scenario) == (1.0, 1.2)
    high = scenario.ranges()[study.CHANGED_PARAMETER][1]
    strongest = changed(scenario, {study.CHANGED_PARAMETER: high})
    assert study._strengths(strongest) == (high, high / 1.2)


def test_what_it_cannot_be_asked_is_said_before_anything_is_run():
    for options in (StudyOptions(worlds=99), StudyOptions(scenario="nowhere.toml")):
        with pytest.raises(UserError):
            study.STUDY.check(options)
