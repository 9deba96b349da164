"""A box is found where there is one, and none where there is none."""

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import experiments.discovery as study
from experiments.cli import main
from experiments.explore.discovery import (
    HIGH,
    LIMIT_COLUMNS,
    LOW,
    Box,
    best_slice,
    chance_of_limit,
    chosen_box,
    discover,
    found_box,
    peel,
    pruned,
    quality,
)
from experiments.explore.levers import Lever
from experiments.figures.discovery import draw_box
from experiments.shares import in_percent
from experiments.trial.study import StudyOptions
from sim.errors import UserError
from sim.scenarios.loading import load
from sim.scenarios.values import changed
from tests.thorough import thorough

CASES, DIMENSIONS = 3000, 7
LEVERS = tuple(Lever(f"x{number}", 0.0, 1.0, 0.5, "share") for number in range(DIMENSIONS))


def cases(seed=0):
    return np.random.default_rng(seed).random((CASES, DIMENSIONS))


def a_known_box(points, noise=0.0, seed=9):
    """True where x1 is below 0.4 and x3 lies in 0.25 to 0.75; with noise, some flags are thrown again."""
    rng = np.random.default_rng(seed)
    inside = (points[:, 1] < 0.4) & (points[:, 3] > 0.25) & (points[:, 3] < 0.75)
    return np.where(rng.random(len(points)) < noise, rng.random(len(points)) < 0.2, inside)


# PRIM


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_box_with_known_limits_is_found(seed):
    points = cases(seed)
    box = found_box(points, a_known_box(points))
    assert box.limits == ((1, HIGH), (3, LOW), (3, HIGH))
    limits = [box.limit(*limit) for limit in box.limits]
    assert limits == pytest.approx([0.4, 0.25, 0.75], abs=0.06)
    how = quality(box, points, a_known_box(points))
    assert how.coverage > 0.9 and how.density > 0.9


def test_peeling_takes_few_cases_at_a_time_and_never_gives_them_back():
    points = cases()
    flags = a_known_box(points)
    boxes = peel(points, flags)
    masses = [box.holds(points).mean() for box in boxes]
    assert masses[0] == 1.0 and all(0.94 * a <= b < a for a, b in pairwise(masses))
    assert masses[-1] >= 0.02
    densities = [quality(box, points, flags).density for box in boxes]
    assert densities[-1] > 0.99 and densities[0] == pytest.approx(flags.mean())


def test_the_slice_that_leaves_the_largest_share_goes_first():
    points = np.column_stack([np.arange(20) / 20, np.tile([0.2, 0.4, 0.6, 0.8], 5)])
    flags = points[:, 0] >= 0.2
    assert best_slice(points, flags, 0.1) == (0, LOW, 0.1)
    assert best_slice(points, ~flags, 0.1) == (0, HIGH, 0.85)
    assert best_slice(np.full((10, 2), 0.5), np.ones(10, dtype=bool), 0.1) is None


def test_of_the_boxes_that_are_dense_enough_the_one_that_joins_both_is_kept():
    """Above 0.5 every second case is of interest, above 0.9 all are."""
    points = np.linspace(0, 1, 100)[:, None]
    flags = (points[:, 0] > 0.9) | ((np.arange(100) % 2 == 0) & (points[:, 0] > 0.5))
    wide, broad, narrow = (Box((low,), (np.inf,)) for low in (-np.inf, 0.5, 0.9))
    assert chosen_box([wide, broad, narrow], points, flags, dense=0.5) == broad
    assert chosen_box([wide, broad, narrow], points, flags, dense=0.75) == narrow
    assert chosen_box([wide, broad], points, flags, dense=0.75) == broad


def test_the_chance_of_a_limit_is_that_of_the_binomial_distribution():
    """Ten cases in the box, all of interest; in the wider one half of twenty: 1/2 to the tenth."""
    points = np.linspace(0.025, 0.975, 20)[:, None]
    flags = points[:, 0] > 0.5
    box = Box((0.5,), (np.inf,))
    assert chance_of_limit(box, 0, LOW, points, flags) == pytest.approx(0.5**10)
    assert chance_of_limit(box, 0, LOW, points, np.ones(20, dtype=bool)) == 1.0


def test_a_limit_that_says_nothing_is_pruned():
    points = cases()
    flags = a_known_box(points)
    box = Box.everywhere(DIMENSIONS).moved(1, HIGH, 0.4).moved(5, LOW, 0.2)
    assert pruned(box, points, flags).limits == ((1, HIGH),)


# discovery


def test_a_noisy_box_is_found_and_judged_by_cases_it_has_not_seen():
    points = cases()
    flags = a_known_box(points, noise=0.2)
    found = discover(LEVERS, points, flags, seed=4)
    assert found.words.count(" and ") == 2 and sorted(set(found.dimensions)) == [1, 3]
    truth = a_known_box(points)
    true_density = 0.8 + 0.2 * 0.2  # inside the true box
    assert found.unseen.density == pytest.approx(true_density, abs=0.08)
    assert (found.box.holds(points) == truth).mean() > 0.93
    limits = found.limits.set_index(["parameter", "side"])
    for key, value in {("x1", "below"): 0.4, ("x3", "above"): 0.25, ("x3", "below"): 0.75}.items():
        assert limits.loc[key, "again_low"] - 0.03 <= value <= limits.loc[key, "again_high"] + 0.03
        assert limits.loc[key, "found_again"] == 1.0 and limits.loc[key, "chance"] < 1e-6
    assert list(found.limits.columns) == list(LIMIT_COLUMNS)
    assert found.limits["left"].is_monotonic_increasing


@thorough
def test_no_limit_is_believed_where_there_is_only_noise():
    believed = 0
    for seed in range(8):
        points = cases(seed)
        flags = np.random.default_rng(100 + seed).random(CASES) < 0.3
        found = discover(LEVERS, points, flags, seed=seed)
        believed += int(found.limits["believed"].sum())
        if not found.dimensions:
            assert found.words == "" and found.unseen.coverage == found.unseen.mass == 1.0
    assert believed == 0


@pytest.mark.parametrize("share", [0.0, 0.01, 1.0])
def test_nothing_is_sought_where_nearly_all_cases_are_alike(share):
    points = cases()
    assert discover(LEVERS, points, points[:, 0] < share) is None


@thorough
def test_the_same_seed_finds_the_same():
    points = cases()
    flags = a_known_box(points, noise=0.2)
    one, other, third = (discover(LEVERS, points, flags, seed=seed) for seed in (3, 3, 4))
    assert one.box == other.box and one.limits.equals(other.limits)
    assert not one.limits.equals(third.limits)


# the figure


def test_the_figure_shows_the_box_and_names_its_dimensions():
    points = cases()
    flags = a_known_box(points)
    found = discover(LEVERS, points, flags, seed=4)
    figure = draw_box(found, points, flags, "Where", ["caption"])
    bars, plane = figure.axes[:2]
    assert {label.get_text().split("\n")[0] for label in bars.get_yticklabels()} == {"x1", "x3"}
    assert {plane.get_xlabel().split()[0], plane.get_ylabel().split()[0]} == {"x1", "x3"}
    box = plane.patches[0]
    x1 = plane.get_xlabel().startswith("x1")
    assert (box.get_width() if x1 else box.get_height()) == pytest.approx(0.4, abs=0.05)
    assert (box.get_height() if x1 else box.get_width()) == pytest.approx(0.5, abs=0.08)


@thorough
def test_a_box_of_one_dimension_can_be_drawn():
    points = cases()
    flags = points[:, 2] > 0.6
    found = discover(LEVERS, points, flags)
    assert found.dimensions == [2]
    plane = draw_box(found, points, flags, "Where", ["caption"]).axes[1]
    assert plane.get_xlabel().startswith("x2") and plane.patches[0].get_height() == 1.0


# the study


def test_the_study_varies_parameters_within_their_ranges_and_says_why():
    known = {one.path: one for one in study.levers_of_study(load(study.SCENARIO))}
    assert list(known) == list(study.VARIED)
    for path, (low, high, why) in study.VARIED.items():
        assert (known[path].low, known[path].high) == (low, high) and low <= known[path].default <= high
        assert why.startswith("C")


@pytest.fixture(scope="module")
def answered():
    return study.STUDY.ask(StudyOptions(worlds=600, seed=1, workers=1))


@thorough
def test_the_study_gives_shares_limits_and_figures(answered):
    shares = answered.tables["shares"].set_index("when")
    assert list(shares.index) == list(study.WHEN)
    assert ((shares["both"] <= shares["kept"]) & (shares["both"] <= shares["pleased"])).all()
    assert 0.05 < shares.loc["a year later", "both"] < 0.95
    assert set(answered.tables["limits"]["when"]) <= set(shares.index)
    for picture in answered.figures.values():
        assert picture.alternative.startswith("The region in which both come true")


@thorough
def test_the_study_tells_shares_and_limits_as_they_are(answered):
    shares, limits = answered.tables["shares"].set_index("when"), answered.tables["limits"]
    for (when, row), part in zip(shares.iterrows(), answered.paragraphs, strict=False):
        first, *lines = part.splitlines()
        kept, pleased, both = (in_percent(row[name]) for name in ("kept", "pleased", "both"))
        assert first == f"{when}: kept in {kept} of worlds, pleased in {pleased}, both in {both}"
        mine = limits[limits["when"] == when]
        if not mine["believed"].any():
            continue
        believed = [
            f"{one.parameter} is {one.side} {one.limit:.2f}" for one in mine.itertuples() if one.believed
        ]
        assert lines[0] == f"  where {' and '.join(believed)}:"
        for one, line in zip(mine.itertuples(), lines[2:], strict=False):
            assert line.split()[:3] == [one.parameter, one.side, f"{one.limit:.2f}"]
            assert line.endswith("; not believed") != one.believed
            again = f"{one.again_low:.2f} to {one.again_high:.2f}"
            assert f"{in_percent(one.found_again)} of halves have it, {again}" in line


def test_the_sides_of_a_limit_are_those_of_the_cases():
    """Where x1 is below 0.3 and x4 above 0.6: told so, with coverage and density of cases counted by hand."""
    points = cases(5)
    flags = (points[:, 1] < 0.3) & (points[:, 4] > 0.6)
    found = discover(LEVERS, points, flags, seed=1)
    told = {row["parameter"]: (row["side"], row["limit"]) for row in found.limits.to_dict("records")}
    assert told == {
        "x1": ("below", pytest.approx(0.3, abs=0.05)),
        "x4": ("above", pytest.approx(0.6, abs=0.05)),
    }
    inside = (points[:, 1] <= told["x1"][1]) & (points[:, 4] >= told["x4"][1])
    order = np.random.default_rng(1).permutation(len(points))
    seen, unseen = order[::2], order[1::2]
    for half, how in ((seen, found.seen), (unseen, found.unseen)):
        assert how.coverage == (inside & flags)[half].sum() / flags[half].sum()
        assert how.density == (inside & flags)[half].sum() / inside[half].sum()
        assert how.mass == inside[half].mean()


@thorough
def test_the_study_says_whether_the_size_of_the_war_ends_the_region():
    points = cases()
    names = ("combat.tempo", "patron.window_days", "client.democracy")
    ours = tuple(Lever(name, 0.0, 1.0, 0.5, "share") for name in names) + LEVERS[3:]
    ended, open_ended, other = (
        discover(ours, points, flags)
        for flags in (points[:, 0] < 0.3, points[:, 1] > 0.6, points[:, 2] < 0.3)
    )
    assert study.size_told(ended) == "a large war ends it (C45): combat.tempo"
    assert study.size_told(open_ended).startswith("no upper limit on the size of the war is found (C45)")
    assert study.size_told(other) == study.size_told(open_ended)


def test_each_world_of_the_study_has_settings_and_luck_of_its_own(monkeypatch):
    import sim.runs.runner as asking

    plans = []
    monkeypatch.setattr(asking, "worlds_of", lambda plan, pool: plans.append(plan) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        study.STUDY.ask(StudyOptions(worlds=64, workers=1))
    (plan,) = plans
    assert plan.own_luck and plan.worlds == 1 and plan.points == 64
    for path, (low, high, _) in study.VARIED.items():  # a Latin hypercube: one point in each of 64 slices
        slices = np.floor((plan.design[path].to_numpy() - low) / (high - low) * 64)
        assert sorted(slices) == list(range(64))


def test_it_is_asked_of_a_scenario_of_ones_own_without_the_levers_of_who_is_not_there(tmp_path, capsys):
    main(["new", str(tmp_path / "mine")])
    capsys.readouterr()
    main(["experiment", "discovery", "--scenario", str(tmp_path / "mine" / "mine.toml"), "--worlds", "60",
          "--workers", "1", "--out", str(tmp_path / "out")])  # fmt: skip
    assert "Not asked of mine: no backer (backer.help)" in capsys.readouterr().out
    levers = pd.read_csv(tmp_path / "out" / "discovery-mine" / "levers.csv")
    assert set(levers["parameter"]) == set(study.VARIED) - {"backer.help"}
    for options in (StudyOptions(worlds=1), StudyOptions(scenario="nowhere.toml")):
        with pytest.raises(UserError):
            study.STUDY.check(options)


def test_the_times_are_counted_from_the_first_day():
    scenario = load(study.SCENARIO)
    assert [study._until(scenario, years).end for years in study.WHEN.values()] == [
        date(2021, 9, 27), date(2025, 9, 27)
    ]  # fmt: skip
    leap = scenario.model_copy(update={"start": date(2020, 2, 29)})
    assert study._until(leap, 1).end == date(2021, 2, 28)
    long = load("karabakh-1994-2025").model_copy(update={"stretch": ()})
    a_year = study._until(long, 1)
    assert (a_year.end - a_year.start).days == 365 and all(one.date < a_year.end for one in a_year.event)


def test_ranges_hold_the_default_of_the_scenario():
    scenario = changed(load(study.SCENARIO), {"combat.tempo": 30.0})
    found = {one.path: one for one in study.levers_of_study(scenario)}
    assert found["combat.tempo"].low == 30.0 and found["combat.tempo"].high == 400.0
