"""A design holds the points that were asked for, and every other one is refused in one line."""

import os
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.theories import THEORIES
from experiments.cli import USER_ERROR, main
from sim.errors import UserError
from sim.measures import OUTCOMES
from sim.rule import RULES
from sim.runs.design import MOST_POINTS, Factor, build, checked_design, parse_factor, read
from sim.runs.plan import Plan
from sim.runs.runner import run
from sim.scenarios.loading import load
from sim.scenarios.parameters import YES_NO
from sim.scenarios.values import describe
from tests.thorough import thorough

SHORT = "karabakh-2020"
WAR = load(SHORT).close_up
KNOWN = {info.path: info for info in describe(load(SHORT))}
OPTION, HELP = "client.outside_option", "backer.help"
NUMBERS = [measure.name for measure in OUTCOMES if measure.unit not in ("name", "date")]


def factor(text):
    return parse_factor(text, KNOWN)


def complaint(what, *arguments):
    with pytest.raises(UserError) as refusal:
        what(*arguments)
    assert str(refusal.value).isprintable()
    return str(refusal.value)


# factors


def test_a_range_is_spread_evenly_from_its_lower_to_its_upper_bound():
    assert factor(f"{OPTION}=0:1:5") == Factor(OPTION, (0.0, 0.25, 0.5, 0.75, 1.0), 0.0, 1.0)
    assert factor(f" {OPTION} = 0.2 : 0.4 : 2 ").values == (0.2, 0.4)
    assert len(factor(f"{OPTION}=0:1").values) == 5


def test_a_list_keeps_its_order():
    assert factor(f"{OPTION}=0.5, 0.1,0.9") == Factor(OPTION, (0.5, 0.1, 0.9))
    assert factor("mediators.madrid_accepted=no,yes").values == (0.0, 1.0)
    assert factor("mediators.madrid_accepted=0:1") == Factor("mediators.madrid_accepted", (0.0, 1.0))


def test_theories_and_claims_left_out_are_factors():
    assert factor("theory=article, treaty_only") == Factor("theory", ("article", "treaty_only"))
    assert factor("without=,c3,C17+C3") == Factor("without", ("", "C3", "C17+C3"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "PATH=LOW:HIGH:COUNT or PATH=X,Y,Z is needed"),
        (OPTION, "PATH=LOW:HIGH:COUNT or PATH=X,Y,Z is needed"),
        ("=0:1", "PATH=LOW:HIGH:COUNT or PATH=X,Y,Z is needed"),
        ("client.outside_opton=0:1", f"unknown factor 'client.outside_opton'; did you mean '{OPTION}'?"),
        ("theori=article", "did you mean 'theory'?"),
        (f"{OPTION}=", f"{OPTION} is empty"),
        (f"{OPTION}=0,,1", f"{OPTION} is empty"),
        (f"{OPTION}=1:0:5", "the bounds are reversed or equal (1 and 0)"),
        (f"{OPTION}=0.5:0.5", "the bounds are reversed or equal (0.5 and 0.5)"),
        (f"{OPTION}=0:2:5", f"{OPTION} = 2: allowed is 0 to 1"),
        (f"{OPTION}=-1:1", f"{OPTION} = -1: allowed is 0 to 1"),
        (f"{OPTION}=0:nan", "allowed is 0 to 1"),
        (f"{OPTION}=:1:5", "a number is needed, 0 to 1"),
        (f"{OPTION}=a:b:3", "a number is needed, 0 to 1"),
        (f"{OPTION}=0:1:5:7", "a range is LOW:HIGH:COUNT"),
        (f"{OPTION}=0:1:1", "COUNT must be a whole number from 2"),
        (f"{OPTION}=0:1:0", "COUNT must be a whole number from 2"),
        (f"{OPTION}=0:1:-3", "COUNT must be a whole number from 2"),
        (f"{OPTION}=0:1:2.5", "COUNT must be a whole number from 2"),
        (f"{OPTION}=0:1:", "COUNT must be a whole number from 2"),
        (f"{OPTION}=0:1:²", "COUNT must be a whole number from 2"),
        (f"{OPTION}=0:1:{10**12}", "COUNT must be a whole number from 2"),
        (f"{OPTION}=0.1,2", f"{OPTION} = 2: allowed is 0 to 1"),
        (f"{OPTION}=0.1,high", f"{OPTION} = high: a number is needed"),
        (f"{OPTION}=0.1,0.10", "a value is given twice"),
        ("mediators.madrid_accepted=0.5,1", "allowed is 0 (no) or 1 (yes)"),
        ("theory=article,treaty_onl", "unknown theory 'treaty_onl': did you mean 'treaty_only'?"),
        ("theory=", "theory is empty"),
        ("theory=article,article", "a value is given twice"),
        ("without=C3,C9", "'C9' is a prediction, not a rule"),
        ("without=C3+C99", "'C99' is not a claim"),
        ("without=C3+C17,C17+C3", "a value is given twice"),
    ],
)
def test_a_factor_that_is_none_is_refused(text, says):
    line = complaint(factor, text)
    assert line.startswith(f"--vary {text}: ") and says in line


# samplers


def test_a_grid_has_every_combination_and_the_last_factor_changes_first():
    factors = [factor(f"{OPTION}=0:1:3"), factor("theory=article,treaty_only"), factor("without=,C3+C17")]
    table = build(factors)
    assert list(table.columns) == [OPTION, "theory", "without"]
    expected = list(product((0.0, 0.5, 1.0), ("article", "treaty_only"), ("", "C17+C3")))
    assert list(table.itertuples(index=False, name=None)) == expected


@pytest.mark.parametrize(("sampler", "points"), [("lhs", 2), ("lhs", 37), ("sobol", 2), ("sobol", 64)])
def test_a_spread_design_has_its_points_inside_the_ranges(sampler, points):
    factors = [factor(f"{OPTION}=0.2:0.4"), factor(f"{HELP}=0.5:1:11"), factor("theory=article,treaty_only")]
    table = build(factors, sampler, points, seed=3)
    assert table.shape == (points, 3)
    assert table[OPTION].between(0.2, 0.4).all() and table[HELP].between(0.5, 1).all()
    assert table["theory"].value_counts().max() <= points / 2 + 1
    pd.testing.assert_frame_equal(table, build(factors, sampler, points, seed=3))
    assert not table.equals(build(factors, sampler, points, seed=4))
    if points > 30:  # each part of a range is met equally often
        counts, _ = np.histogram(table[OPTION], bins=8, range=(0.2, 0.4))
        assert counts.max() - counts.min() <= 2
    pd.testing.assert_frame_equal(checked_design(table.copy(), KNOWN, "--vary"), table, check_dtype=False)


def test_a_yes_or_no_can_be_spread():
    table = build([factor("mediators.madrid_accepted=0:1"), factor(f"{OPTION}=0:1")], "lhs", 10)
    assert sorted(table["mediators.madrid_accepted"]) == [0.0] * 5 + [1.0] * 5


@pytest.mark.parametrize(
    ("vary", "options", "says"),
    [
        ([], (), "nothing varies"),
        ([f"{OPTION}=0:1", f"{OPTION}=0,1"], (), f"--vary {OPTION}: given twice"),
        ([f"{OPTION}=0:1"], ("gird",), "unknown sampler 'gird': did you mean 'grid'?"),
        ([f"{OPTION}=0:1"], ("lhs", 1), "--points 1: a whole number from 2"),
        ([f"{OPTION}=0:1"], ("sobol", 0), "--points 0: a whole number from 2"),
        ([f"{OPTION}=0:1"], ("lhs", -4), "--points -4: a whole number from 2"),
        ([f"{OPTION}=0:1"], ("sobol", 100), "a Sobol design needs a power of two: 64 or 128"),
        ([f"{OPTION}=0:1"], ("lhs", 10**12), f"allowed are up to {MOST_POINTS:,}"),
        ([f"{OPTION}=0:1:100000", f"{HELP}=0:1:100000"], (), "the design has 10,000,000,000 points"),
    ],
)
def test_a_design_that_cannot_be_built_is_refused(vary, options, says):
    assert says in complaint(build, [factor(text) for text in vary], *options)


# files

TABLE = pd.DataFrame({OPTION: [0.25, 0.1, 1], "theory": ["article"] * 3, "without": ["C3+C17", None, "c3"]})


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("numbered", [False, True])
def test_a_design_can_be_read_from_a_file(tmp_path, kind, numbered):
    path = tmp_path / f"design.{kind}"
    table = TABLE.rename_axis("point").reset_index() if numbered else TABLE
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    found = read(path, KNOWN)
    assert list(found.columns) == [OPTION, "theory", "without"]
    expected = [(0.25, "article", "C17+C3"), (0.1, "article", ""), (1.0, "article", "C3")]
    assert list(found.itertuples(index=False, name=None)) == expected


def test_a_csv_file_may_come_from_a_spreadsheet(tmp_path):
    path = tmp_path / "design.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f'"{OPTION}", {HELP}\r\n"0.5", 1\r\n\r\n 1e-1,0\r\n'.encode())
    assert read(path, KNOWN).to_dict("list") == {OPTION: [0.5, 0.1], HELP: [1.0, 0.0]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "there are no points in it"),
        (b"client.outside_option\n", "there are no points in it"),
        (b"point\n0\n1\n", "there are no points in it"),
        (b"client.outside_opton\n1\n", "unknown column 'client.outside_opton'; did you mean"),
        (b"worlds\n1\n", "unknown column 'worlds'"),
        (b"client.outside_option,notes\n1,x\n", "unknown column 'notes'"),
        (b"client.outside_option,client.outside_option\n1,1\n", "there are two columns"),
        (b"client.outside_option\n0.5\nhigh\n", "row 2: client.outside_option = high: a number is needed"),
        (b"client.outside_option\n0.5\n1.5\n", "row 2: client.outside_option = 1.5: allowed is 0 to 1"),
        (b"client.outside_option\n0.5\nnan\n", "row 2: client.outside_option = nan: allowed is 0 to 1"),
        (b"client.outside_option,backer.help\n0.5,\n", "row 1: backer.help is empty"),
        (b"client.outside_option,backer.help\n0.5\n", "row 1 has 1 cells, the head of the table 2"),
        (b"client.outside_option,backer.help\n1,1\n1,1,1\n", "row 2 has 3 cells, the head of the table 2"),
        (b"CLIENT.OUTSIDE_OPTION\n1\n", f"did you mean '{OPTION}'?"),
        (b"client.outside_option,seed\n1,7\n", "column 'seed': the seed is given with --seed"),
        (b"client.outside_option,Label\n1,a\n", "column 'Label': labels are not read"),
        (b",client.outside_option\na,1\n", "column 1 has no name"),
        (b"client.outside_option\n0_1\n", "client.outside_option = 0_1: a number is needed"),
        ("client.outside_option\n\u0661\n".encode(), "a number is needed"),
        (b"client." + b"x " * 5000 + b"\n1\n", "unknown column 'client.x x"),
        (b"theory\narticel\n", "row 1: unknown theory 'articel': did you mean 'article'?"),
        (b"theory,without\n,C3\n", "row 1: theory is empty"),
        (b"without\nC9\n", "row 1: without: 'C9' is a prediction"),
        (b"point,client.outside_option\n1,0\n2,1\n", "the column 'point' must count 0, 1, 2"),
        (b'client.outside_option\n"0.5\n', "cannot be read as a table"),
        (b"\xff\xfe\x00\x01", "cannot be read as a table"),
        (b"\x00" * 100, "unknown column"),
    ],
)
def test_a_file_that_is_no_design_is_refused(tmp_path, content, says):
    path = tmp_path / "design.csv"
    path.write_bytes(content)
    line = complaint(read, path, KNOWN) if b"\x00" not in content else refused(read, path)
    assert line.startswith(f"--design {path}: ") and says in line


@pytest.mark.parametrize(
    ("content", "points"),
    [
        (b",client.outside_option\n0,0.5\n1,0.1\n", [0.5, 0.1]),  # pandas
        (b'"","client.outside_option"\n"1",0.5\n"2",0.1\n', [0.5, 0.1]),  # R
        (b"client.outside_option;backer.help\n0,5;1\n1e-1;0,25\n", [0.5, 0.1]),  # a spreadsheet in German
        (b"client.outside_option\tbacker.help\n0.5\t1\n0.1\t0\n", [0.5, 0.1]),
        (b"client.outside_option\n0.5\n0.1\n0.5\n", [0.5, 0.1, 0.5]),  # Morris, Sobol, NetLogo
    ],
)
def test_a_design_of_another_tool_is_read(tmp_path, content, points):
    (tmp_path / "design.csv").write_bytes(content)
    assert read(tmp_path / "design.csv", KNOWN)[OPTION].tolist() == points


@pytest.mark.parametrize("name", ["design.pq", "design.PARQUET"])
def test_a_parquet_file_is_one_whatever_its_ending_and_index(tmp_path, name):
    table = pd.DataFrame({OPTION: [0.5, 0.1], HELP: [0.25, 1.0]}, index=[7, 3])
    for indexed in (table, table.set_index(OPTION), table.set_index([OPTION, HELP]).assign(theory="article")):
        indexed.to_parquet(tmp_path / name)
        found = read(tmp_path / name, KNOWN)
        assert found[[OPTION, HELP]].to_dict("list") == table.to_dict("list")


def test_a_row_that_stands_twice_runs_twice():
    design = pd.DataFrame({OPTION: [0.5, 0.1, 0.5]})
    table = run(Plan(load(SHORT), worlds=3, design=design)).table
    first, again = (table[table["point"] == point].drop(columns="point") for point in (0, 2))
    pd.testing.assert_frame_equal(first.reset_index(drop=True), again.reset_index(drop=True))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_what_never_ends_is_not_waited_for(tmp_path):
    for name in ("design.csv", "design.parquet"):
        os.mkfifo(tmp_path / name)
        assert "it is no regular file" in complaint(read, tmp_path / name, KNOWN)
    assert "it is no regular file" in complaint(read, Path("/dev/zero"), KNOWN)


def refused(what, path):
    with pytest.raises(UserError) as refusal:
        what(path, KNOWN)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (pd.DataFrame({OPTION: ["a"]}), "row 1: client.outside_option = a: a number is needed"),
        (pd.DataFrame({OPTION: [0.1, None]}), "row 2: client.outside_option is empty"),
        (pd.DataFrame({OPTION: [[0.1, 0.2]]}), "row 1: client.outside_option"),
        (pd.DataFrame({OPTION: [True]}), "a number is needed"),
        (pd.DataFrame({"3": [1]}), "unknown column '3'"),
        (pd.DataFrame({OPTION: []}), "there are no points in it"),
    ],
)
def test_a_parquet_file_that_is_no_design_is_refused(tmp_path, table, says):
    table.to_parquet(tmp_path / "design.parquet")
    assert says in complaint(read, tmp_path / "design.parquet", KNOWN)


def test_what_is_no_table_is_refused(tmp_path):
    assert "there is no such file" in complaint(read, tmp_path / "no.csv", KNOWN)
    assert "cannot be read as a table" in complaint(read, tmp_path, KNOWN)
    (tmp_path / "design.parquet").write_bytes(b"PAR1rubbish")
    assert "cannot be read as a table" in complaint(read, tmp_path / "design.parquet", KNOWN)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--vary", "client.outside_opton=0:1:3"), f"did you mean '{OPTION}'?"),
        (("--vary", f"{OPTION}=1:0"), "the bounds are reversed"),
        (("--design", "no.csv"), "--design no.csv: there is no such file"),
        (("--design", "no.csv", "--vary", f"{OPTION}=0:1"), "contradict each other"),
        ((), "nothing varies"),
        (("--vary", f"{OPTION}=0:1", "--worlds", "0"), "--worlds 0: a whole number from 1"),
        (("--vary", f"{OPTION}=0:1", "--worlds", "-3"), "--worlds -3: a whole number from 1"),
        (("--vary", f"{OPTION}=0:1", "--outcome", "share_lots"), "did you mean 'share_lost'?"),
        (("--vary", f"{OPTION}=0:1", *["--outcome", "wars"] * 5), "up to 4 can be drawn"),
        (("--vary", "theory=article", "--sampler", "lhs"), "rows 1 and 2 are the same point"),
        (("--vary", f"{OPTION}=0:1:10000", "--worlds", "100000000"), "worlds need about"),
        (("--vary", f"{OPTION}=0:1", "--shard", "4/3"), "--shard 4/3: K/N is needed"),
        (("--vary", f"{OPTION}=0:1", "--executor", "procesess"), "did you mean 'processes'?"),
        (("--vary", f"{OPTION}=0:1", "--scheduler", "tcp://x:1"), "is for --executor dask"),
        (("--vary", f"{OPTION}=0:1", "--workers", "0"), "--workers 0: a whole number from 1"),
        (("--vary", f"{OPTION}=0:1", "--paths", "2000"), "--paths 2000: a whole number from 0 to 1,000"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused_in_one_line(tmp_path, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main(["sweep", SHORT, "--out", "deep/run", *arguments])
    told = capsys.readouterr()
    assert end.value.code == USER_ERROR and told.out == ""
    assert says in told.err and told.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


# any design runs

CLAIMS = sorted({rule.claim for rule in RULES.values() if rule.claim})


@st.composite
def grids(draw):
    """Two or three factors, with values anywhere in their ranges."""
    every = st.sampled_from([*KNOWN, "theory", "without"])
    names = draw(st.lists(every, min_size=1, max_size=3, unique=True))
    return [draw(factors_named(name)) for name in names]


def factors_named(name):
    if name == "theory":
        values = st.sampled_from(sorted(THEORIES))
    elif name == "without":
        values = st.lists(st.sampled_from(CLAIMS), max_size=4, unique=True).map(sorted).map("+".join)
    elif KNOWN[name].unit == YES_NO:
        values = st.sampled_from([0.0, 1.0])
    else:
        values = st.floats(KNOWN[name].low, KNOWN[name].high)
    return st.lists(values, min_size=1, max_size=2, unique=True).map(lambda some: Factor(name, tuple(some)))


@thorough
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(grids())
def test_any_grid_runs_to_finite_outcomes(factors):
    table = checked_design(build(factors), KNOWN, "--vary")
    results = run(Plan(WAR, worlds=3, design=table))
    assert len(results.table) == 3 * len(table)
    numbers = results.table[NUMBERS].astype(float)
    assert not np.isinf(numbers).any(axis=None)
    without_war = results.table["war_days"].eq(0) & results.table["clashes"].eq(0)
    may_miss = [name for name in NUMBERS if name.endswith("_mean")]  # means over days of fighting
    before = numbers.pop("opinion_before_war")  # known where there was a full offensive
    assert (before.notna() == results.table["wars"].gt(0)).all()
    assert numbers.drop(columns=may_miss).notna().all(axis=None)
    assert numbers.loc[~without_war, may_miss].notna().all(axis=None)
    assert np.isfinite(results.bands["mean"]).all() and np.isfinite(results.reasons["mean"]).all()


def test_a_long_design_is_cut_into_jobs():
    from sim.runs.plan import jobs

    table = build([factor(f"{OPTION}=0:1:20000"), factor("theory=article,treaty_only")])
    plan = Plan(WAR, worlds=10, design=checked_design(table, KNOWN, "--vary"))
    cut = list(jobs(plan))
    assert sum(job.size for job in cut) == plan.size and len({job.name for job in cut}) == len(cut)


def test_a_file_is_not_changed_by_being_read(tmp_path):
    path = Path(tmp_path / "design.csv")
    TABLE.to_csv(path, index=False)
    before = path.read_bytes()
    read(path, KNOWN)
    assert path.read_bytes() == before
