"""Sensitivity finds what is known, says what is not sure, and asks this model as a batch."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

from experiments.cli import USER_ERROR, main
from experiments.explore.levers import Lever, chosen, distinct_points, levers_of
from experiments.explore.methods import METHODS, curves
from experiments.explore.sensitivity import agreement, check_points, explore, finding_of, lay_out, savage
from sim.errors import UserError
from sim.runs.plan import Plan
from sim.runs.results import open_folder
from sim.runs.runner import run
from sim.scenarios.loading import load
from sim.scenarios.parameters import YES_NO
from sim.scenarios.values import describe
from tests.thorough import mostly_thorough

SHORT = "karabakh-2020"
KNOWN = {info.path: info for info in describe(load(SHORT))}


def levers(count, low=0.0, high=1.0, default=0.5):
    return tuple(Lever(f"x{number}", low, high, default) for number in range(1, count + 1))


def one_world(function):
    """A function of a matrix as a function of a design, without luck."""
    return lambda design: np.asarray(function(design.to_numpy(dtype=float)), dtype=float)[:, None]


def by_name(finding):
    return finding.table.set_index("parameter").sort_index()


# functions with known indices


def ishigami(x, a=7.0, b=0.1):
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_indices(a=7.0, b=0.1):
    """First order and total, in closed form (Ishigami and Homma 1990)."""
    first = 0.5 * (1 + b * np.pi**4 / 5) ** 2, a**2 / 8, 0.0
    both = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = sum(first) + both
    return np.array(first) / whole, np.array([first[0] + both, first[1], both]) / whole


def test_sobol_finds_the_indices_of_ishigamis_function():
    first, total = ishigami_indices()
    found = explore(one_world(ishigami), levers(3, -np.pi, np.pi, 0.0), "sobol", points=4096, seed=1)
    table = by_name(found)
    assert np.allclose(table["index"], total, rtol=0, atol=0.015)
    assert np.allclose(table["first"], first, rtol=0, atol=0.015)
    assert np.allclose(table["interactions"], total - first, rtol=0, atol=0.02)
    assert ((table["low"] <= total) & (total <= table["high"])).all()
    assert ((table["first_low"] <= first) & (first <= table["first_high"])).all()
    assert found.converged and found.left_out == 0


def test_sobol_calls_a_small_design_of_ishigamis_function_not_converged():
    found = explore(one_world(ishigami), levers(3, -np.pi, np.pi, 0.0), "sobol", points=32, seed=1)
    assert found.width > 0.1 and not found.converged


def test_sobol_gives_a_switch_half_of_the_points():
    """The variance of a fair coin is 1/4, of a uniform number 1/12."""
    ours = (Lever("x", 0.0, 1.0, 0.5), Lever("on", 0.0, 1.0, 0.0, YES_NO))
    found = by_name(explore(one_world(lambda x: 3 * x[:, 0] + x[:, 1]), ours, "sobol", points=2048))
    assert found.loc["on", "index"] == pytest.approx(0.25, abs=0.01)  # (1/4) / (1/4 + 9/12)
    assert found.loc["x", "index"] == pytest.approx(0.75, abs=0.01)


def morris_function(x):
    """The test function of Morris (1991) with 20 inputs; the small coefficients alternate in sign."""
    w = 2 * (x - 0.5)
    for place in (2, 4, 6):
        w[:, place] = 2 * (1.1 * x[:, place] / (x[:, place] + 0.1) - 0.5)
    sign = (-1.0) ** np.arange(1, 21)
    single = np.where(np.arange(20) < 10, 20.0, sign)
    double = np.triu(np.outer(sign, sign), 1)
    double[:6, :6] = np.triu(np.full((6, 6), -15.0), 1)
    y = w @ single + ((w @ double) * w).sum(axis=1)
    for i in range(5):
        for j in range(i + 1, 5):
            for k in range(j + 1, 5):
                y = y - 10 * w[:, i] * w[:, j] * w[:, k]
    return y + 5 * w[:, 0] * w[:, 1] * w[:, 2] * w[:, 3]


def test_morris_sorts_the_inputs_of_morriss_function():
    """The first ten matter; of these, the eighth to tenth act alike wherever the others stand."""
    table = explore(one_world(morris_function), levers(20), "morris", points=40, seed=3).table
    ranked = [int(name[1:]) for name in table["parameter"]]
    assert set(ranked[:10]) == set(range(1, 11))
    spread = table.set_index("parameter")["spread"]
    assert spread[["x8", "x9", "x10"]].max() < 0.4 * spread[[f"x{n}" for n in range(1, 8)]].min()
    assert table.set_index("parameter").loc[["x8", "x9", "x10"], "index"].to_numpy() == pytest.approx(
        [40.0] * 3, rel=0.15
    )


@pytest.mark.parametrize("method", ["morris", "oat"])
def test_a_linear_function_moves_by_slope_times_range(method):
    ours = (Lever("x", -1.0, 3.0, 0.0), Lever("y", 0.0, 1.0, 0.5), Lever("on", 0.0, 1.0, 0.0, YES_NO))
    found = explore(one_world(lambda x: x @ [2.0, -3.0, 5.0]), ours, method, points=6)
    table = by_name(found)
    assert table.loc[["x", "y", "on"], "index"].to_numpy() == pytest.approx([8.0, 3.0, 5.0])
    signed = table["mean" if method == "morris" else "change"]
    assert signed[["x", "y", "on"]].to_numpy() == pytest.approx([8.0, -3.0, 5.0])
    assert found.converged and found.width == pytest.approx(0.0, abs=1e-9)
    if method == "morris":
        assert table["spread"].to_numpy() == pytest.approx(0.0, abs=1e-9)


def test_one_at_a_time_finds_a_threshold():
    found = explore(one_world(lambda x: 4.0 * (x[:, 0] > 0.72) + x[:, 1]), levers(2), "oat", points=11)
    row = found.table.iloc[0]
    assert row["parameter"] == "x1" and row["index"] == pytest.approx(4.0)
    assert row["steepest_from"] == pytest.approx(0.7) and row["steepest_to"] == pytest.approx(0.8)
    assert row["steepest_share"] == pytest.approx(1.0)
    assert found.table.iloc[1]["steepest_share"] == pytest.approx(0.1)


def test_one_at_a_time_starts_at_the_default_and_moves_nothing_else():
    ours = (Lever("x", 0.0, 1.0, 0.25), Lever("on", 0.0, 1.0, 1.0, YES_NO), Lever("y", 2.0, 4.0, 3.5))
    unit = lay_out(METHODS["oat"], ours, 3, seed=0)
    design, which = distinct_points(ours, unit)
    table = design.iloc[which].reset_index(drop=True)
    default = pd.Series({"x": 0.25, "on": 1.0, "y": 3.5})
    assert (table.iloc[0] == default).all()
    assert ((table != default).sum(axis=1) <= 1).all()
    assert table["x"][1:4].tolist() == [0.0, 0.5, 1.0] and table["on"][4:6].tolist() == [0.0, 1.0]


# luck


def noisy(function, worlds, size, own=False):
    """With luck of each world, shared by all points or (own) drawn anew at each."""

    def answers(design):
        rng = np.random.default_rng(5)
        luck = rng.normal(0.0, size, (len(design) if own else 1, worlds))
        return np.asarray(function(design.to_numpy(dtype=float)))[:, None] + luck

    return answers


@pytest.mark.parametrize("method", list(METHODS))
def test_luck_that_all_points_share_leaves_no_doubt(method):
    slopes = np.array([3.0, 1.0])
    calm = explore(one_world(lambda x: x @ slopes), levers(2), method, points=64)
    shaken = explore(noisy(lambda x: x @ slopes, 20, 5.0), levers(2), method, points=64)
    assert np.allclose(calm.table["index"], shaken.table["index"])


def test_the_share_of_luck_follows_the_law_of_total_variance():
    """A uniform number times 6 has variance 3, and the luck 1."""
    found = explore(noisy(lambda x: 6 * x[:, 0], 400, 1.0, own=True), levers(1), "sobol", points=256)
    assert found.luck == pytest.approx(0.25, abs=0.01)


def test_the_interval_of_one_at_a_time_follows_the_luck_of_its_worlds():
    """The difference of two points with luck of their own has a standard error of sqrt(2 / worlds)."""
    function = noisy(lambda x: 8 * x[:, 0], 200, 1.0, own=True)
    row = explore(function, levers(1), "oat", points=2).table.iloc[0]
    assert (row["high"] - row["low"]) / 2 == pytest.approx(1.96 * np.sqrt(2 / 200), rel=0.15)


def test_noise_without_an_effect_is_not_converged():
    found = explore(noisy(lambda x: 0 * x[:, 0], 8, 1.0, own=True), levers(6), "morris", points=10)
    assert not found.converged and found.width > 0.2


def test_curves_have_no_band_at_the_default_and_one_elsewhere():
    ours = levers(1)
    way = METHODS["oat"]
    unit = lay_out(way, ours, 3, seed=0)
    design, which = distinct_points(ours, unit)
    answers = noisy(lambda x: x[:, 0], 50, 1.0, own=True)(design)[which]
    curve = curves(ours, unit, answers)["x1"]
    widths = (curve["high"] - curve["low"]).to_numpy()
    assert widths[1] == 0 and widths[[0, 2]] == pytest.approx(2 * 1.96 * np.sqrt(2 / 50), rel=0.35)


# what is not known


@pytest.mark.parametrize(("method", "points"), [("sobol", 512), ("morris", 60)])
def test_parts_of_a_design_without_an_answer_are_left_out_and_told(method, points):
    def function(design):
        x = design.to_numpy(dtype=float)
        return np.where((x[:, 2] > 0.9) & (x[:, 1] > 0.9), np.nan, x @ [3.0, 1.0, 0.0])[:, None]

    found = explore(function, levers(3), method, points=points)
    assert 0 < found.left_out < 0.5
    assert found.table["parameter"].tolist()[:2] == ["x1", "x2"]
    assert np.isfinite(found.table["index"]).all()


def test_an_outcome_that_hardly_any_world_has_is_refused():
    with pytest.raises(UserError, match="not known at"):
        explore(one_world(lambda x: np.where(x[:, 0] > 0.2, np.nan, x[:, 0])), levers(2), "sobol", points=64)
    with pytest.raises(UserError, match="not known at"):
        explore(one_world(lambda x: np.full(len(x), np.nan)), levers(2), "oat", points=8)


@pytest.mark.parametrize("method", list(METHODS))
def test_an_outcome_that_never_moves_has_no_index(method):
    found = explore(one_world(lambda x: 0 * x[:, 0] + 0.3), levers(3), method, points=8)
    assert found.flat and (found.table[["index", "low", "high"]] == 0).all(axis=None)


# rankings


def test_savage_scores_weigh_the_first_places_most():
    assert savage(np.array([5.0, 1.0, 3.0])) == pytest.approx([11 / 6, 1 / 3, 5 / 6])
    assert savage(np.array([2.0, 2.0, 1.0])) == pytest.approx([(11 / 6 + 5 / 6) / 2] * 2 + [1 / 3])
    whole = np.arange(10.0)[::-1]
    top, bottom = whole.copy(), whole.copy()
    top[[0, 1]], bottom[[8, 9]] = top[[1, 0]], bottom[[9, 8]]
    assert agreement(whole, top) < agreement(whole, bottom) < 1.0 == agreement(whole, 3 * whole)


# designs


@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("seed", [0, 7])
def test_the_same_seed_gives_the_same_answer(method, seed):
    ask = partial(explore, one_world(ishigami), levers(3, -np.pi, np.pi, 0.0), method, points=16)
    pd.testing.assert_frame_equal(ask(seed=seed).table, ask(seed=seed).table, check_exact=True)
    if method != "oat":
        assert not ask(seed=seed).table.equals(ask(seed=seed + 1).table)


@pytest.mark.parametrize("method", list(METHODS))
def test_a_design_stays_within_the_ranges_and_has_no_point_twice(method):
    ours = levers_of(list(KNOWN.values()))
    unit = lay_out(METHODS[method], ours, 4, seed=0)
    design, which = distinct_points(ours, unit)
    assert not design.duplicated().any() and len(which) == len(unit)
    for one in ours:
        column = design[one.path]
        assert column.between(one.low, one.high).all() and column.nunique() > 1
        if one.is_switch:
            assert set(column) == {0.0, 1.0}
    restored = np.column_stack([one.values(unit[:, place]) for place, one in enumerate(ours)])
    assert np.array_equal(design.to_numpy()[which], restored)


def test_names_stand_for_parameters_or_for_the_beginning_of_some():
    assert [one.path for one in chosen(KNOWN, ["backer", "client.outside_option"])] == [
        "backer.help", "backer.readiness", "backer.material_share", "backer.shield", "client.outside_option",
    ]  # fmt: skip
    assert len(chosen(KNOWN)) == len(KNOWN)
    assert {one.path for one in chosen(KNOWN, ["red_lines.core"])} == {
        "red_lines.core.weight", "red_lines.core.threshold",
    }  # fmt: skip


def test_ranges_can_be_narrowed_around_the_default():
    option, help_, deal = (
        KNOWN[name] for name in ("client.outside_option", "backer.help", "mediators.madrid_accepted")
    )
    narrow = levers_of([option, help_, deal], {"backer.help": (0.1, 0.4)}, around=0.25)
    assert [(one.low, one.high) for one in narrow] == [
        (0.0, pytest.approx(option.default + 0.25)), (0.1, 0.4), (0.0, 1.0),
    ]  # fmt: skip


def test_factors_are_varied_in_logs_over_what_is_believed():
    weight, lag = (KNOWN[name] for name in ("patron.gratitude_weight", "client.loyalty_lag"))
    whole, near = levers_of([weight])[0], levers_of([lag], around=0.25)[0]
    assert whole.values(np.array([0.0, 0.5, 1.0])) == pytest.approx([0.15, 1.5, 15.0])
    assert whole.place(1.5) == pytest.approx(0.5) and whole.place(0.0) == 0.0
    assert (near.low, near.high) == pytest.approx((10**-0.5, 10**0.5))
    assert near.values(np.array([0.5])) == pytest.approx(1.0)
    assert not levers_of([weight], {weight.path: (1.0, 3.0)})[0].logs


def test_a_design_too_large_is_refused_before_it_is_laid_out():
    with pytest.raises(UserError, match="--method morris first"):
        check_points(METHODS["sobol"], levers(150), 1024)


# the command


@pytest.fixture
def ask(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def command(*arguments, out="out"):
        given = ("--until", "2020-12-31", "--workers", "1", "--out", out, *map(str, arguments))
        main(["sensitivity", SHORT, *given])
        return capsys.readouterr().out

    return command


FEW = ("--parameters", "client.outside_option,client.loyalty_lag,mediators.madrid_accepted", "--worlds", "6")


def test_the_command_answers_as_the_model_asked_directly(ask, tmp_path):
    told = ask("--method", "morris", "--points", "4", "--outcome", "loyalty_end", *FEW, "--no-figures")
    ours = levers_of(chosen(KNOWN, FEW[1].split(",")))
    unit = lay_out(METHODS["morris"], ours, 4, seed=0)
    design, which = distinct_points(ours, unit)
    table = run(Plan(load(SHORT).close_up, worlds=6, design=design)).table
    answers = table["loyalty_end"].to_numpy().reshape(-1, 6)[which]
    expected = finding_of(METHODS["morris"], ours, unit, answers, 0).table
    written = pd.read_csv(tmp_path / "out" / "sensitivity-loyalty_end.csv")
    pd.testing.assert_frame_equal(written[expected.columns], expected)
    assert expected["parameter"][0] in told and "onverged: " in told


@pytest.mark.parametrize("method", mostly_thorough(METHODS, "morris"))
def test_the_command_writes_tables_and_figures_of_each_outcome(ask, tmp_path, method):
    names = ["loyalty_end", "share_lost"]
    arguments = ["--method", method, "--points", 4, *FEW, *(p for n in names for p in ("--outcome", n))]
    facts = json.loads(ask(*arguments, "--json"))
    folder = open_folder(tmp_path / "out")
    files = {f"sensitivity-{name}.{kind}" for name in names for kind in ("csv", "svg", "png")}
    assert files == set(folder.manifest.figures) <= {path.name for path in folder.path.iterdir()}
    assert list(facts) == names
    for name in names:
        assert facts[name]["method"] == method and len(facts[name]["indices"]) == 3
        assert f"{folder.plan.worlds} worlds" in (folder.path / f"sensitivity-{name}.svg").read_text(
            encoding="utf-8"
        )


def test_all_points_share_their_luck(ask, tmp_path):
    ask("--method", "oat", "--points", 3, *FEW, "--no-figures")
    assert not open_folder(tmp_path / "out").plan.own_luck


def test_the_same_command_again_runs_nothing_and_says_the_same(ask):
    arguments = ("--method", "sobol", "--points", 4, *FEW, "--no-figures")
    first, second = ask(*arguments), ask(*arguments)
    assert "were done before" in second and "were done before" not in first
    assert first.split("\nWritten")[0].splitlines()[-1] == second.split("\nWritten")[0].splitlines()[-1]


def test_ranges_may_come_from_a_table_such_as_a_posterior(ask, tmp_path):
    (tmp_path / "posterior.csv").write_text("backer.help,patron.window_days\n0.2,30\n0.6,60\n0.4,50\n")
    ask("--method", "morris", "--points", 3, "--worlds", 2, "--design", "posterior.csv", "--no-figures")
    design = open_folder(tmp_path / "out").plan.design
    assert sorted(design.columns) == ["backer.help", "patron.window_days"]
    assert (design["backer.help"].min(), design["backer.help"].max()) == (0.2, 0.6)
    assert (design["patron.window_days"].min(), design["patron.window_days"].max()) == (30, 60)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--method", "soboll"), "--method soboll: unknown; did you mean 'sobol'?"),
        (("--outcome", "loyalty"), "--outcome loyalty: unknown; did you mean"),
        (("--outcome", "status_end"), "--outcome status_end: unknown;"),
        (("--parameters", "client.outside_opton"), "did you mean 'client.outside_option'?"),
        (("--parameters", "patrn"), "--parameters patrn: unknown; did you mean 'patron'?"),
        (("--points", "1"), "--points 1: a whole number from 2"),
        (("--points", "0"), "--points 0: a whole number from 2"),
        (("--method", "sobol", "--points", "100"), "a power of two: 64 or 128"),
        (("--around", "0"), "--around 0: a share of the range"),
        (("--around", "nan"), "--around nan: a share of the range"),
        (("--parameters", "backer", "--vary", "patron.window_days=10:20"), "not among the parameters"),
        (("--vary", "backer.help=0,1"), "PATH=LOW:HIGH is needed"),
        (("--vary", "backer.help=0:7"), "allowed is 0 to 1"),
        (("--design", "no.csv"), "--design no.csv: there is no such file"),
        (("--worlds", "0"), "--worlds 0: a whole number from 1"),
        (("--method", "sobol", "--points", "4096"), "--method morris first"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(tmp_path, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(["sensitivity", SHORT, "--out", "deep/out", *arguments])
    told = capsys.readouterr()
    assert end.value.code == USER_ERROR and told.out == "" and told.err.count("\n") == 1
    assert says in told.err and not any(tmp_path.iterdir())


def test_an_outcome_that_few_points_have_is_refused_and_the_run_is_kept(ask, tmp_path, capsys):
    two = "client.outside_option,mediators.madrid_accepted"
    peaceful = ("--set", "challenger.war_rate=0", "--worlds", 2, "--parameters", two)
    with pytest.raises(SystemExit):
        ask("--method", "sobol", "--points", 8, "--outcome", "level_mean", *peaceful)
    assert "--outcome level_mean: the outcome is not known at" in capsys.readouterr().err
    assert (tmp_path / "out" / "worlds.parquet").is_file()
