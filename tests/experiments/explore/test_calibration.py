"""Calibration: a known truth is found again, and the posterior is a design like any other."""

import re

import numpy as np
import pandas as pd
import pytest

from experiments.cli import main
from experiments.explore.calibration import (
    FREE_IN_WAR,
    FREE_IN_YEARS,
    _days_late,
    calibrated,
    closest,
    distances,
    free_in,
    observed,
    prior,
    statistics,
    targets,
    told_apart,
)
from experiments.history.record import captures, days_to_capture, kept_districts, patterns
from sim.errors import UserError
from sim.runs.plan import Plan
from sim.runs.runner import run
from sim.scenarios.loading import load
from sim.scenarios.values import describe
from tests.thorough import mostly_thorough, thorough

WAR, YEARS = "karabakh-2020", "karabakh-1994-2025"
NAMES, RANGES = ["slope", "level", "idle"], np.array([[0.0, 4.0], [-1.0, 1.0], [10.0, 20.0]])
TRUTH = np.array([2.5, 0.4, 13.0])
NOISE = 0.1


def toy(draws=20_000, seed=3):
    """Draws, and two noisy numbers that each depend on one parameter; the third does nothing."""
    luck = np.random.default_rng(seed)
    table = pd.DataFrame(luck.uniform(RANGES[:, 0], RANGES[:, 1], (draws, 3)), columns=NAMES)
    found = np.stack([table["slope"] / 2, table["level"]], axis=1) + luck.normal(0, NOISE, (draws, 2))
    return table, found


@pytest.fixture(scope="module")
def posterior():
    draws, found = toy()
    return calibrated(draws, found, np.array([TRUTH[0] / 2, TRUTH[1]]), RANGES, share=0.01)


def test_a_known_truth_is_found_again(posterior):
    table = posterior.table.set_index("parameter")
    for name, truth in zip(NAMES, TRUTH, strict=True):
        assert table.loc[name, "posterior_low"] < truth < table.loc[name, "posterior_high"]
    assert table.loc["slope", "posterior_median"] == pytest.approx(2.5, abs=0.25)
    assert table.loc["level", "posterior_median"] == pytest.approx(0.4, abs=0.12)


def test_the_posterior_is_as_wide_as_the_noise_says(posterior):
    """Of a number with noise of one standard deviation, 90 % lie within 1.645 of them on either side."""
    width = posterior.table.set_index("parameter")["width"]
    assert width["slope"] == pytest.approx(2 * 1.645 * 2 * NOISE / (0.9 * 4), rel=0.35)
    assert width["idle"] == pytest.approx(1.0, abs=0.08)


def test_what_does_nothing_is_not_told_apart(posterior):
    again = posterior.table.set_index("parameter")["found_again"]
    assert again["slope"] > 0.9
    assert again["level"] > 0.9
    assert abs(again["idle"]) < 0.25
    assert posterior.directions == 2
    assert told_apart(posterior).startswith("The record narrows 2 of 3 parameters")


def test_intervals_hold_as_many_truths_as_they_promise(posterior):
    assert posterior.covered == pytest.approx(0.9, abs=0.06)


def test_where_the_record_says_nothing_no_direction_is_found():
    draws, found = toy()
    shuffled = np.random.default_rng(0).permutation(found)
    told = calibrated(draws, shuffled, np.array([1.25, 0.4]), RANGES, share=0.01)
    assert told.directions == 0
    assert np.abs(told.table["found_again"]).max() < 0.3


def test_too_few_draws_are_refused():
    draws, found = toy(draws=1000)
    with pytest.raises(UserError, match="too few"):
        calibrated(draws, found, np.zeros(2), RANGES, share=0.01)


def test_a_world_without_an_answer_is_never_near():
    far = distances(np.array([[0.0, np.nan], [3.0, 4.0], [0.0, 0.1]]), np.zeros(2))
    assert far[0] == np.inf
    assert closest(far, 2).tolist() == [1, 2]


@pytest.mark.parametrize(("name", "free"), [(WAR, FREE_IN_WAR), (YEARS, FREE_IN_YEARS)])
def test_what_is_free_is_an_assumption_or_was_tuned(name, free):
    scenario = load(name).close_up
    known = {info.path: info for info in describe(scenario)}
    assert free_in(scenario) == free
    for path in free:
        source = known[path].source
        assert any(word in source for word in ("assumption", "tuned", "claims note")), path
    design = prior(list(free), known, 64, seed=1)
    for path in free:
        assert known[path].low <= design[path].min() < design[path].max() <= known[path].high


def test_only_patterns_that_may_be_fitted_are_used():
    fitted = {pattern.id for pattern in patterns() if pattern.fitted}
    found = [
        targets(load(name).close_up, patterns(), captures(), kept_districts(), days_to_capture())
        for name in (WAR, YEARS)
    ]
    assert {target.pattern for one in found for target in one} <= fitted
    for one in found:
        assert np.isfinite(observed(one)).all()
        assert all(target.scale > 0 for target in one)


def test_the_record_itself_is_not_a_day_off():
    """Outcomes are dates as the record's are: a world in which each district fell on its own day is it."""
    scenario, days = load(WAR).close_up, days_to_capture()
    start = pd.Timestamp(scenario.start)
    table = pd.DataFrame({f"fell_{name}": [start + pd.Timedelta(days=day)] for name, day in days.items()})
    assert (_days_late(table, days, scenario) == 0.0).all()


@pytest.mark.parametrize("name", mostly_thorough([WAR, YEARS], WAR))
def test_outcomes_give_every_target_a_number(name):
    scenario = load(name).close_up
    wanted = targets(scenario, patterns(), captures(), kept_districts(), days_to_capture())
    found = statistics(run(Plan(scenario, worlds=8, seed=2)).table, wanted)
    assert found.shape == (8, len(wanted))
    assert np.isfinite(found).all()


@thorough
def test_a_war_with_a_known_tempo_is_found_again():
    """A synthetic history: its tempo and the worth of its core are found, of twelve that are looked for."""
    scenario = load(WAR).close_up
    free = list(FREE_IN_WAR)
    known = {info.path: info for info in describe(scenario)}
    draws = prior(free, known, 6000, seed=5)
    table = run(Plan(scenario, worlds=1, seed=5, design=draws, own_luck=True)).table.sort_values("point")
    wanted = targets(scenario, patterns(), captures(), kept_districts(), days_to_capture())
    ranges = np.array([[known[path].low, known[path].high] for path in free])
    found = statistics(table, wanted)
    for path, least in (("combat.tempo", 0.75), ("challenger.value_core", 0.5)):
        again = calibrated(table[free], found, observed(wanted), ranges, share=0.02).table
        assert again.set_index("parameter").loc[path, "found_again"] > least


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("calibration") / "out"
    main(
        [
            "calibrate",
            WAR,
            "--draws",
            "3000",
            "--keep",
            "0.03",
            "--out",
            str(path),
            "--quiet",
            "--workers",
            "1",
        ]
    )
    return path


@thorough
def test_the_command_writes_posterior_check_and_figures(folder):
    posterior = pd.read_csv(folder / "posterior.csv")
    assert list(posterior.columns) == list(FREE_IN_WAR)
    assert len(posterior) == 90
    check = pd.read_csv(folder / "check.csv")
    assert set(check["pattern"]) == {"T4", "T5", "T6", "T7", "T8", "T17"}
    assert set(check["drawn_from"]) == {"prior", "posterior", "default"}
    for name in ("posterior.svg", "posterior.png", "check.svg", "check.png", "parameters.csv"):
        assert (folder / name).stat().st_size > 0


@thorough
def test_worlds_from_the_posterior_look_more_like_the_record(folder):
    check = pd.read_csv(folder / "check.csv").set_index(["pattern", "drawn_from"])["in_band"]
    for name in ("T4", "T5", "T17"):
        assert check[name, "posterior"] > check[name, "prior"] + 0.1
    for name in ("T6", "T7"):  # most wars are of some such length and order already
        assert check[name, "posterior"] >= check[name, "prior"]


@thorough
def test_the_posterior_is_a_design_that_sweep_takes(folder, tmp_path):
    out = tmp_path / "swept"
    main(["sweep", WAR, "--until", "2020-12-31",
          "--design", str(folder / "posterior.csv"), "--worlds", "2", "--out", str(out),
          "--no-figures", "--quiet", "--workers", "1"])  # fmt: skip
    swept = pd.read_parquet(out / "worlds.parquet")
    assert len(swept) == 2 * 90
    np.testing.assert_allclose(
        swept.groupby("point")["combat.tempo"].first(), pd.read_csv(folder / "posterior.csv")["combat.tempo"]
    )


@thorough
def test_the_same_command_again_tells_the_same(folder, capsys):
    """Nothing changes, and what is told is what the tables say."""
    before = (folder / "posterior.csv").read_bytes()
    main(["calibrate", WAR, "--draws", "3000", "--keep", "0.03", "--out", str(folder), "--workers", "1"])
    assert (folder / "posterior.csv").read_bytes() == before
    told = capsys.readouterr().out
    known = {info.path: info for info in describe(load(WAR))}
    posterior = pd.read_csv(folder / "posterior.csv")
    for name in FREE_IN_WAR:
        (line,) = (line for line in told.splitlines() if line.startswith(f"{name} "))
        printed = re.findall("[\N{MINUS SIGN}-]?[0-9][0-9,.e-]*", line[len(name) :])
        low, high, default, middle, width = (
            float(one.replace("\N{MINUS SIGN}", "-").replace(",", "")) for one in printed[:5]
        )
        assert (low, high, default) == pytest.approx(
            (known[name].low, known[name].high, known[name].default), rel=0.006
        )
        edges = np.percentile(posterior[name], [50, 5, 95])
        assert middle == pytest.approx(edges[0], rel=0.006)
        assert width == pytest.approx(100 * (edges[2] - edges[1]) / (0.9 * (high - low)), abs=1.5)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--draws", "10"], "--draws 10"),
        (["--keep", "0"], "--keep 0"),
        (["--keep", "0.9"], "--keep 0.9"),
        (["--draws", "1000", "--keep", "0.01"], "at least 50"),
        (["--set", "combat.tempo=3"], "this parameter is calibrated"),
        (["--theory", "articel"], "unknown theory"),
    ],
)
def test_mistakes_are_told_in_one_line(more, told, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["calibrate", WAR, "--out", str(tmp_path / "x"), *more])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not (tmp_path / "x").exists()
