"""sim.run, sim.sweep, sim.open: the numbers of the command line, in memory, with figures and comparison."""

import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num
from matplotlib.figure import Figure

import sim
from experiments.cli import main
from experiments.explore.comparison import settings_apart
from sim.errors import UserError
from sim.scenarios.loading import load
from tests.thorough import thorough

SHORT, OPTION = "karabakh-2020", "client.outside_option"
WAR, UNTIL = load(SHORT).close_up, ("--until", "2020-12-31")  # the war alone, for speed


@cache
def first():
    return sim.run(WAR, worlds=7, seed=3, without=["C11"], set={OPTION: 0.7})


@cache
def swept():
    return sim.sweep(WAR, {OPTION: np.linspace(0, 1, 5), "without": [(), ["C3"]]}, worlds=3)


def test_a_run_has_the_numbers_of_the_command_line_to_the_last_byte(tmp_path):
    folder = tmp_path / "told"
    main(["run", SHORT, *UNTIL, "--worlds", "7", "--seed", "3", "--without", "C11", "--set", f"{OPTION}=0.7",
          "--no-figures", "--quiet", "--workers", "1", "--out", str(folder)])  # fmt: skip
    saved = first().save(tmp_path / "saved")
    assert saved.manifest.files == sim.open(folder).manifest.files != {}
    for name in ("worlds", "bands", "reasons"):
        pd.testing.assert_frame_equal(getattr(first(), name), getattr(sim.open(folder), name))
        assert (folder / f"{name}.parquet").read_bytes() == (
            tmp_path / "saved" / f"{name}.parquet"
        ).read_bytes()
    assert first().summary == saved.summary
    main(["report", str(tmp_path / "saved")])


@thorough
def test_the_command_in_the_manifest_makes_the_same_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for kept, name in ((first(), "one"), (swept(), "many")):
        command = shlex.split(kept.manifest.command)
        assert command[0] == "captive-ally"
        main([*command[1:], "--no-figures", "--quiet", "--workers", "1", "--out", name])
        assert sim.open(name).manifest.fingerprint == kept.manifest.fingerprint


def test_nothing_is_left_on_disk_unless_a_folder_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sim.run(WAR, worlds=2)
    assert list(tmp_path.iterdir()) == []
    given = sim.run(WAR, worlds=2, folder="kept")
    assert (tmp_path / "kept" / "worlds.parquet").is_file() and len(given.worlds) == 2


def test_a_sweep_runs_every_combination():
    table = swept().worlds
    assert len(table) == 5 * 2 * 3
    assert sorted(table[OPTION].unique()) == [0, 0.25, 0.5, 0.75, 1]
    assert set(table["without"]) == {"", "C3"}
    means = table[table["without"] == ""].groupby(OPTION)["captivity_end"].mean()
    assert means.is_monotonic_decreasing and means.nunique() == 5  # who has another option is less captive
    design = pd.DataFrame({"backer.help": [0.1, 0.2, 0.3]})
    assert sim.sweep(WAR, design, worlds=1).worlds["backer.help"].tolist() == [0.1, 0.2, 0.3]


def test_runs_are_compared_world_by_world_where_they_share_their_luck():
    free = sim.run(WAR, worlds=9, seed=3, without=["C11"], set={OPTION: 0.1})
    table = first().compare(free).set_index("outcome")
    row = table.loc["captivity_end"]
    gaps = free.worlds["captivity_end"][:7] - first().worlds["captivity_end"]
    assert row["matched"] and row["worlds"] == 7
    assert row["difference"] == pytest.approx(gaps.mean()) and row["low"] < gaps.mean() < row["high"]
    assert row["high"] - row["low"] == pytest.approx(2 * 1.959964 * gaps.std() / np.sqrt(7))
    assert list(settings_apart(first().folder.plan, free.folder.plan)["setting"]) == ["worlds", OPTION]
    apart = first().compare(sim.run(WAR, worlds=9, seed=4)).set_index("outcome")
    assert not apart["matched"].any()
    dates = table.loc["level_max_date"]
    assert dates["unit"] == "days" and 0 <= dates["here"] < 95


def test_runs_that_cannot_be_compared_are_refused():
    with pytest.raises(UserError, match="different scenarios, karabakh-2020 and crisis"):
        first().compare(sim.run("crisis", worlds=1))
    with pytest.raises(UserError, match="not of the same design"):
        first().compare(swept())


def test_a_day_has_its_reasons():
    table = first().why("2020-10-20")
    reasons = first().reasons
    day = reasons[reasons["date"].eq("2020-10-21") & reasons["term"].eq("gratitude")]
    assert table.attrs == {"from": "2020-10-20", "to": "2020-10-21"}
    assert table.loc["gratitude", "utility"] == day["mean"].item() > 0
    assert not table.loc["gratitude", "for acting"] and table.loc["gratitude", "claim"] == "C3"
    assert "treaty" not in table.index and table["utility"].is_monotonic_decreasing
    with pytest.raises(UserError, match="no world was at war on 2021-06-01; there was between 2020-09-28"):
        first().why("2021-06-01")
    with pytest.raises(UserError, match="'yesterday-ish' is not a date"):
        first().why("yesterday-ish")


def test_a_world_tells_its_story():
    log = first().log(world=5)
    row = first().worlds.query("world == 5").squeeze()
    assert 1 - log["held_contested"].iloc[-1] == pytest.approx(row["share_lost"])
    assert log["date"].is_monotonic_increasing and log["news"].iloc[-1].endswith("the scenario ends")
    with pytest.raises(UserError, match="worlds 0 to 6"):
        first().log(world=7)


def test_figures_are_whole_or_one_panel_in_axes_of_ones_own():
    plots = first().plot
    for draw in (plots.territory, plots.alliance, plots.ladder, plots.map):
        assert len(draw().axes) > 1
        axes = Figure().add_subplot()
        assert draw(ax=axes) is axes
        assert axes.lines or axes.patches or axes.collections
    axes = Figure().add_subplot()
    plots.alliance(ax=axes, stock="opinion")
    middle = first().bands.query("measure == 'opinion'")["q50"]
    assert np.array_equal(axes.lines[0].get_ydata(), middle)
    assert swept().plot.sweep("loyalty_end").axes
    for wrong, line in ((plots.sweep, "nothing was varied"),
                        (lambda: plots.alliance(stock="loyality"), "did you mean 'loyalty'"),
                        (lambda: swept().plot.sweep("loyalty"), "loyalty")):  # fmt: skip
        with pytest.raises(UserError, match=line):
            wrong()


@thorough
def test_one_panel_of_a_history_of_years_shows_them_all():
    history = load(SHORT)
    results = sim.run(history, worlds=2)
    for draw in (results.plot.territory, results.plot.alliance, results.plot.ladder):
        axes = draw(ax=Figure().add_subplot())
        assert axes.get_xlim() == tuple(date2num([history.start, history.end]))
    assert axes.get_ylabel() == "% of days of fighting"
    held = results.plot.territory(ax=Figure().add_subplot())
    assert held.get_title(loc="left") == "Contested land still held"
    assert "--until" not in results.manifest.command


def test_a_notebook_shows_the_answer_and_the_figures():
    assert "In the median world" in first()._repr_html_() and "claims left out: C11" in first()._repr_html_()
    assert repr(first()) == "<RunResults karabakh-2020: 7 worlds, seed 3>"
    shells = pytest.importorskip("IPython.core.interactiveshell")
    shell = shells.InteractiveShell.instance()
    try:
        pictures, _ = shell.display_formatter.format(first().plot.alliance())
        assert pictures["image/png"].startswith("iVBOR")  # a PNG, as text
    finally:
        shells.InteractiveShell.clear_instance()


def test_progress_is_shown_if_it_is_asked_for(capsys):
    sim.run(WAR, worlds=2, progress=True)
    assert "2 of 2 worlds" in capsys.readouterr().err
    sim.run(WAR, worlds=2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (lambda: sim.run("karabakh-2021"), "did you mean 'karabakh-2020'"),
        (lambda: sim.run(None), "a name or a .toml file is needed, not a NoneType"),
        (lambda: sim.run(WAR, worlds=0), "worlds = 0: a whole number from 1"),
        (lambda: sim.run(WAR, worlds=1.5), "worlds = 1.5: a whole number from 1"),
        (lambda: sim.run(WAR, worlds=True), "worlds = True: a whole number"),
        (lambda: sim.run(WAR, seed=-1), "seed = -1: a whole number from 0"),
        (lambda: sim.run(WAR, without=3), "without = 3: a list of claims is needed"),
        (lambda: sim.run(WAR, theory=["article"]), "unknown theory 'a list'"),
        (lambda: sim.run(WAR, set=[OPTION]), "set: names and values are needed"),
        (lambda: sim.run(WAR, set={"client.outside_opton": 1}), "did you mean 'client.outside_option'"),
        (lambda: sim.run(WAR, workers=0), "workers = 0"),
        (lambda: sim.sweep(WAR, OPTION), "vary: names and values are needed"),
        (lambda: sim.sweep(WAR, {}), "nothing varies"),
        (lambda: sim.sweep(WAR, {OPTION: 0.5}), r"several values are needed, such as \[0.5"),
        (lambda: sim.sweep(WAR, {OPTION: []}), "there are no values"),
        (lambda: sim.sweep(WAR, {OPTION: [0.5, 7]}), "client.outside_option = 7"),
        (lambda: sim.sweep(WAR, {"client.outside_opton": [1, 2]}), "did you mean 'client.outside_option'"),
        (lambda: sim.open(17), "the path of a result folder is needed"),
        (lambda: sim.open("nowhere"), "no such folder"),
        (lambda: first().compare("other"), "the results of a run are needed, not a str"),
    ],
)  # fmt: skip
def test_wrong_kinds_get_a_sentence(wrong, line):
    with pytest.raises(UserError, match=line) as told:
        wrong()
    assert "\n" not in str(told.value)


@thorough
def test_a_path_and_a_loaded_scenario_will_do():
    own = sim.load(Path(sim.__file__).parent / "scenarios" / f"{SHORT}.toml")
    assert sim.run(own, worlds=2).worlds.equals(sim.run(SHORT, worlds=2).worlds)
    assert own == load(SHORT)


def test_import_sim_is_quick_and_helps():
    slow = {"numpy", "pandas", "mesa", "matplotlib"}
    code = f"import sim, sys; print(sorted({slow} & set(sys.modules)), dir(sim))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("[]") and "'sweep'" in told
    assert sim.run.__doc__ and "Raises" in sim.run.__doc__ and "Raises" in sim.sweep.__doc__
    with pytest.raises(AttributeError, match="it has ConflictModel"):
        sim.rum  # noqa: B018
