"""What is done with finished runs: run again, compared, exported; and runs whose settings stand in a file."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.cli import cli, main
from experiments.start import OUR_FOLDER
from sim.runs.manifest import read_manifest
from sim.scenarios.loading import load
from tests.thorough import mostly_thorough, thorough

SHORT, OPTION = "karabakh-2020", "client.outside_option"
WAR = load(SHORT).close_up  # the war alone, for speed
ONE = ["--workers", "1", "--no-figures", "--quiet"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Two runs that differ in one number, and a sweep."""
    place = tmp_path_factory.mktemp("shelf")
    sim.run(WAR, worlds=8, seed=2, folder=place / "usual")
    sim.run(WAR, worlds=8, seed=2, set={OPTION: 0.9}, folder=place / "free")
    sim.sweep(
        WAR, {OPTION: [0.1, 0.9], "theory": ["article", "treaty_only"]}, worlds=2, folder=place / "swept"
    )
    return place


def fails(capsys, *words):
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    told = capsys.readouterr()
    assert left.value.code == 2 and told.err.splitlines()[-1].startswith("captive-ally: ")
    return told


def test_a_run_again_is_the_same_to_the_last_byte(shelf, tmp_path, capsys):
    for name in ("usual", "swept"):
        main(["rerun", str(shelf / name), "--verify", "--workers", "1"])
        assert "all tables are equal, to the last byte" in capsys.readouterr().out
    assert not list(shelf.glob("*again*"))
    main(["rerun", str(shelf / "usual"), "--workers", "1", "--out", str(tmp_path / "again")])
    assert sim.open(tmp_path / "again").manifest.files == sim.open(shelf / "usual").manifest.files
    assert "give another folder" in fails(capsys, "rerun", shelf / "usual", "--out", shelf / "usual").err


def test_a_run_that_is_not_the_same_says_in_what(tmp_path, capsys):
    sim.run(WAR, worlds=4, folder=tmp_path / "run")
    table = pd.read_parquet(tmp_path / "run" / "worlds.parquet")
    table.assign(loyalty_end=table["loyalty_end"] + 1e-9).to_parquet(
        tmp_path / "run" / "worlds.parquet", index=False
    )
    manifest = read_manifest(tmp_path / "run")
    replace(manifest, versions=manifest.versions | {"numpy": "1.0"}).write(tmp_path / "run")
    told = fails(capsys, "rerun", tmp_path / "run", "--verify", "--workers", 1)
    assert "worlds.parquet: differs in loyalty_end" in told.out and "bands" not in told.out
    assert "made with numpy 1.0, now" in told.out and "not the same when it is run again" in told.err
    for words in (["export", tmp_path / "run", "--to", "csv"], ["compare", *[tmp_path / "run"] * 2]):
        assert "not as it was written" in fails(capsys, *words).err
        main([*map(str, words), "--no-check"])
    path = tmp_path / "run" / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"1.0"', '"2.0"'), encoding="utf-8")
    assert "not as it was written" in fails(capsys, "rerun", tmp_path / "run", "--verify").err


@thorough
def test_a_run_may_have_its_settings_in_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text(
        f'scenario = "{SHORT}"\nuntil = 2020-12-31\nworlds = 3\nseed = 5\nwithout = ["C3"]\n'
        'numbers = "prior"\n'
        f'[set]\n"{OPTION}" = 0.7\nbacker.help = 0.2\n'
    )
    main(["run", "run.toml", *ONE, "--out", "filed"])
    main(["run", SHORT, "--until", "2020-12-31", "--worlds", "3", "--seed", "5", "--without", "C3",
          "--numbers", "prior", "--set", f"{OPTION}=0.7", "--set", "backer.help=0.2", *ONE,
          "--out", "typed"])  # fmt: skip
    assert sim.open("filed").manifest.fingerprint == sim.open("typed").manifest.fingerprint
    main(["run", "run.toml", "--worlds", "2", "--set", f"{OPTION}=0.1", *ONE, "--out", "overridden"])
    plan = sim.open("overridden").folder.plan
    assert (plan.worlds, plan.seed, plan.without) == (2, 5, ("C3",))
    assert (
        plan.scenario.parameters.client.outside_option == 0.1 and plan.scenario.parameters.backer.help == 0.2
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("word = 1", "word: unknown key; did you mean 'worlds'?"),
        ('worlds = "many"', "worlds: must be a whole number"),
        ('without = "C3"', "without: must be a list of claims"),
        ('until = "tomorrow"', "until: must be a date"),
        ("set = 3", "set: must be a table of names and values"),
        ('[set]\n"client.outside_opton" = 0.1', "did you mean 'client.outside_option'"),
    ],
)
def test_a_bad_file_of_settings_is_one_line(tmp_path, capsys, text, line):
    (tmp_path / "run.toml").write_text(f'scenario = "{SHORT}"\n{text}\n')
    told = fails(capsys, "run", tmp_path / "run.toml").err
    assert line in told and told.count("\n") == 1


def test_runs_are_compared(shelf, tmp_path, capsys):
    main(["compare", str(shelf / "usual"), str(shelf / "free"), "--out", str(tmp_path / "out")])
    told = " ".join(capsys.readouterr().out.split())
    assert "matched one by one, under the same luck" in told and OPTION in told
    table = pd.read_csv(tmp_path / "out" / "differences.csv").set_index("outcome")
    gap = sim.open(shelf / "free").worlds["loyalty_end"] - sim.open(shelf / "usual").worlds["loyalty_end"]
    assert table.loc["loyalty_end", "difference"] == pytest.approx(gap.mean())
    assert pd.read_csv(tmp_path / "out" / "settings.csv")["setting"].tolist() == [OPTION]
    main(["compare", *(str(shelf / name) for name in ("usual", "free", "usual")), "--json"])
    rows = pd.DataFrame(json.loads(capsys.readouterr().out))
    assert (
        rows["run"].nunique() == 2
        and (rows[rows["run"].str.endswith("usual")]["difference"].fillna(0) == 0).all()
    )


def test_the_figure_of_a_comparison_shows_both_and_the_difference(shelf):
    from experiments.figures.comparison import COURSES, courses_compared

    here, there = (sim.open(shelf / name).folder for name in ("usual", "free"))
    figure = courses_compared(here, there, ("usual", "free"))
    assert len(figure.axes) == 2 * len(COURSES)
    left, right = figure.axes[2:4]  # loyalty
    ours, theirs = (line.get_ydata() for line in left.lines)
    assert np.allclose(right.lines[-1].get_ydata(), theirs - ours) and not np.allclose(ours, theirs)
    assert np.array_equal(ours, here.bands.query("measure == 'loyalty'")["mean"])


def test_means_of_different_worlds_are_said_to_be_so(shelf, tmp_path):
    from experiments.figures.comparison import courses_compared

    few = sim.run(WAR, worlds=5, seed=2, folder=tmp_path / "few").folder
    usual, free = (sim.open(shelf / name).folder for name in ("usual", "free"))
    for other, differ in ((few, True), (free, False)):
        told = " ".join(text.get_text() for text in courses_compared(usual, other, ("one", "two")).texts)
        assert ("which are not the same in both" in told.replace("\n", " ")) == differ


def test_what_was_set_is_told_wherever_settings_are(shelf):
    from experiments.figures.style import caption_of
    from experiments.report.run_folder import settings_in_words

    for name, said in (("usual", False), ("free", True)):
        folder = sim.open(shelf / name).folder
        for told in (" ".join(caption_of(folder, bands=True)), "; ".join(settings_in_words(folder.plan))):
            assert (f"set: {OPTION} = 0.9" in told) == said


@pytest.mark.parametrize("matched", [True, False])
def test_points_with_the_same_luck_do_not_narrow_an_interval(matched):
    """Fifty copies of a world know no more than the world."""
    from experiments.explore.comparison import _difference

    world = np.arange(6)
    here, there = np.random.default_rng(3).uniform(size=(2, 6))
    once = _difference(here, there, matched, [world, world])
    shared = _difference(np.tile(here, 50), np.tile(there, 50), matched, [np.tile(world, 50)] * 2)
    own = _difference(np.tile(here, 50), np.tile(there, 50), matched, [None, None])
    assert shared[:5] == pytest.approx(once[:5]) and shared[5] == 300
    assert own[4] - own[3] < 0.2 * (once[4] - once[3])


def test_a_date_that_one_run_never_has_is_still_told_of_the_other():
    from experiments.explore.comparison import _readings

    first = pd.DataFrame({"first_war_date": pd.to_datetime(["2020-09-27", "2020-10-07"])})
    never = pd.DataFrame({"first_war_date": pd.to_datetime([None, None])})
    for here, there in ((first, never), (never, first)):
        [(_, _, *both)] = _readings(here, there)
        dated = both[0] if here is first else both[1]
        assert dated.tolist() == [0.0, 10.0]


def test_rungs_and_districts_are_compared_by_the_share_of_worlds(shelf):
    here, there = (sim.open(shelf / name) for name in ("usual", "free"))
    table = here.compare(there).set_index("outcome")
    lost = [name for name in table.index if name.startswith("lost_")]
    assert len(lost) == sum(name.startswith("fell_") for name in here.worlds) and "lost_HAD" in lost
    assert table.loc["lost_HAD", "here"] == here.worlds["fell_HAD"].notna().mean()
    rungs = table[table.index.str.startswith("level_max = ")]
    assert rungs["here"].sum() == pytest.approx(1) == rungs["there"].sum()

    from experiments.figures.comparison import shares_compared

    table = table.reset_index()
    table.loc[table["outcome"] == "lost_HAD", ["here", "there", "difference", "low", "high"]] = (
        [0.25, 0.75, 0.5, 0.4, 0.6]
    )  # fmt: skip
    figure = shares_compared(here.folder, there.folder, ("usual", "free"), table)
    left, right = figure.axes
    row = [label.get_text() for label in left.get_yticklabels()].index("Hadrut")
    assert [line.get_xdata()[row] for line in left.lines] == [25, 75]
    marks = [(list(line.get_xdata()), list(line.get_ydata())) for line in right.lines]
    assert ([40, 60], [row, row]) in marks and ([50], [row]) in marks
    assert right.get_xlim()[0] <= -5, "what is no matter looks small"


def test_all_that_differs_between_scenarios_is_told(shelf):
    from experiments.explore.comparison import settings_apart

    plan = sim.open(shelf / "usual").folder.plan
    event = plan.scenario.event[0].model_copy(update={"amount": 0.5})
    other = plan.scenario.model_copy(update={"event": (event,), "held": {"AGM": 0.5}, "opening_aim": "home"})
    found = settings_apart(plan, replace(plan, scenario=other)).set_index("setting")
    assert set(found.index) == {"event.0.amount", "held.AGM", "opening_aim"}
    assert found.loc["event.0.amount", "there"] == 0.5 and found.loc["held.AGM", "here"] is None


def test_a_report_tells_a_comparison(shelf, tmp_path, capsys):
    usual, free = str(shelf / "usual"), str(shelf / "free")
    main(["compare", usual, free, "--out", str(tmp_path / "out")])
    main(["report", str(tmp_path / "out")])
    main(["report", usual, "--compare", free, "--out", str(tmp_path / "both.html")])
    gap = sim.open(free).worlds["loyalty_end"].mean() - sim.open(usual).worlds["loyalty_end"].mean()
    for path in (tmp_path / "out" / "report.html", tmp_path / "both.html"):
        page = path.read_text(encoding="utf-8")
        told = page[page.index("What differs in the settings") :]
        assert OPTION in told and "0.15" in told and "0.9" in told
        assert f"{gap:.3g}".replace("-", "\N{MINUS SIGN}") in told[told.index("loyalty_end") :][:600]
        assert told.count("<img src=") == 2 and "free against usual: the main stocks" in told
    assert "what comes of it?" in page, "the run itself is told as well"
    capsys.readouterr()
    with (tmp_path / "out" / "differences.csv").open("w") as file:
        file.write("run,against\n")
    told = fails(capsys, "report", tmp_path / "out", "--no-check").err
    assert "differences.csv cannot be read: its column 'outcome' is missing" in told


def test_runs_that_do_not_belong_together_are_refused(shelf, tmp_path, capsys):
    assert "two result folders or more" in fails(capsys, "compare", shelf / "usual").err
    assert "not of the same design" in fails(capsys, "compare", shelf / "usual", shelf / "swept").err
    sim.run("crisis", worlds=1, folder=tmp_path / "crisis")
    told = fails(capsys, "compare", shelf / "usual", tmp_path / "crisis", "--out", tmp_path / "out").err
    assert "different scenarios" in told and not (tmp_path / "out").exists()
    compared = ("--compare", shelf / "free", "--out", tmp_path / "page.html")
    assert "one run is needed" in fails(capsys, "report", shelf / "usual", shelf / "free", *compared).err
    assert "different scenarios" in fails(capsys, "report", tmp_path / "crisis", *compared).err
    assert not (tmp_path / "page.html").exists()


READERS = {
    "csv": (None, lambda path: pd.read_csv(path / "worlds.csv")),
    "stata": (None, lambda path: pd.read_stata(path / "worlds.dta")),
    "xlsx": ("openpyxl", lambda path: pd.read_excel(path / "run.xlsx", sheet_name="worlds")),
    "spss": ("pyreadstat", lambda path: pd.read_spss(path / "worlds.sav")),
    "netcdf": ("h5netcdf", lambda path: importlib.import_module("xarray").open_dataset(path / "worlds.nc")),
}


@pytest.mark.parametrize("form", mostly_thorough(READERS, "csv", "netcdf"))
def test_tables_are_exported_and_read_back(shelf, tmp_path, capsys, form):
    package, reader = READERS[form]
    if package is not None and importlib.util.find_spec(package) is None:
        assert (
            "captive-ally[export]"
            in fails(capsys, "export", shelf / "swept", "--to", form, "--out", tmp_path).err
        )
        return
    main(["export", str(shelf / "swept"), "--to", form, "--out", str(tmp_path / "out")])
    table, ours = reader(tmp_path / "out"), sim.open(shelf / "swept").worlds
    assert np.allclose(np.asarray(table["loyalty_end"], dtype=float), ours["loyalty_end"])
    varied = OPTION if form in ("csv", "xlsx", "netcdf") else OPTION.replace(".", "_")
    assert np.allclose(np.asarray(table[varied], dtype=float), ours[OPTION])
    if form == "csv":
        bands = pd.read_csv(tmp_path / "out" / "bands.csv")
        assert bands.groupby("point")["theory"].unique().str[0].tolist() == ["article", "treaty_only"] * 2
        assert len(bands) == len(sim.open(shelf / "swept").bands)


def test_a_format_that_there_is_not_is_named(shelf, capsys):
    assert "did you mean 'stata'" in fails(capsys, "export", shelf / "usual", "--to", "strata").err


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("captive-ally run kara", "karabakh-2020"),
        ("captive-ally run karabakh-2020 --theory treaty", "treaty_only"),
        ("captive-ally run karabakh-2020 --set client.outside", f"{OPTION}="),
        ("captive-ally run karabakh-2020 --without C1", "C17"),
    ],
)
def test_a_shell_completes(words, offered):
    shell = {"_CAPTIVE_ALLY_COMPLETE": "bash_complete", "COMP_WORDS": words}
    place = {"COMP_CWORD": str(len(words.split()) - 1), "PYTHONPATH": str(OUR_FOLDER)}
    given = os.environ | shell | place
    code = "from experiments.cli import main; main([])"
    told = subprocess.run(
        [sys.executable, "-c", code], env=given, capture_output=True, text=True, check=False
    ).stdout
    assert f"plain,{offered}" in told.splitlines()


def test_every_new_command_has_an_example():
    for name in ("rerun", "compare", "export", "new", "check", "draw"):
        assert f"captive-ally {name}" in cli.commands[name].help
