"""The command line keeps its promises: files, columns, speed, and one clear line for a mistake."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from agents.theories import THEORIES
from experiments.cli import INTERRUPTED, MISSING, UNFORESEEN, USER_ERROR, main
from experiments.commands.launch import MOST_WORLDS, TerminalProgress
from sim.errors import UserError
from sim.measures import OUTCOMES, outcomes
from sim.model import ConflictModel
from sim.runs.manifest import read_manifest
from sim.runs.results import open_folder
from sim.scenarios.loading import load, shipped
from tests.thorough import mostly_thorough, thorough

SHORT, LONG = "karabakh-2020", "karabakh-1994-2025"
FILES = {"manifest.json", "worlds.parquet", "bands.parquet", "reasons.parquet", "summary.json"}
FIGURES = {f"{name}.{kind}" for name in ("territory", "alliance", "ladder", "map") for kind in ("svg", "png")}
STOCKS = [
    "share_lost", "share_by_force", "share_by_handover", "core_lost", "humanitarian_max", "existential_max",
    "loyalty_start", "loyalty_end", "opinion_start", "opinion_end", "gratitude_start", "gratitude_end",
    "sphere_credibility_end", "observer_reliability_start", "observer_reliability_end", "frustration_end",
]  # fmt: skip
COLUMNS = [
    "point", "world", *STOCKS, "recognised_lost", "war_days", "wars", "level_max", "level_max_date",
    "first_force_date", "status_end", "hedging_end", "rhetoric_patron_mean", "rhetoric_outsider_mean",
    "red_lines_crossed",
]  # fmt: skip
PARAMETERS = [
    "client.outside_option", "client.intransigence", "client.blame_share", "client.alignment",
    "client.democracy", "patron.guarantee", "patron.scope_contested", "patron.interest_in_challenger",
    "patron.capability", "patron.frustration_weight", "patron.unpopularity_tolerance",
    "patron.discount_rate", "backer.help", "challenger.strength", "red_lines.signalled",
    "mediators.madrid_accepted", "red_lines.core.weight", "red_lines.core.threshold",
    "red_lines.recognised.weight", "red_lines.recognised.threshold", "red_lines.humanitarian.weight",
    "red_lines.humanitarian.threshold", "red_lines.existential.weight", "red_lines.existential.threshold",
]  # fmt: skip
UNTIL = ("--until", "2020-12-31")  # the war alone, for speed
A_FEW = ("run", SHORT, *UNTIL, "--worlds", "3", "--no-figures")
HEAVY = {"mesa", "pandas", "matplotlib", "scipy", "numpy", "pydantic"}
STOPPED = "captive-ally: interrupted; what is done is kept, the same command goes on from here"
COMMAND = Path(sys.executable).with_name("captive-ally")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Every test runs from a folder of its own, and no line tells how far it is, however slow the machine."""
    monkeypatch.setattr("experiments.commands.launch.TOLD_EVERY", float("inf"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def say(capsys):
    """Run a command that succeeds; what it prints."""

    def run(*arguments):
        main([str(one) for one in arguments])
        printed = capsys.readouterr()
        assert printed.err == ""
        return printed.out

    return run


@pytest.fixture
def refuse(capsys):
    """Run a command that is refused; its one line. Nothing may be left behind."""

    def run(*arguments):
        before = everything()
        with pytest.raises(SystemExit) as end:
            main([str(one) for one in arguments])
        printed = capsys.readouterr()
        assert end.value.code == USER_ERROR == 2
        assert printed.out == "" and printed.err.count("\n") == 1 and printed.err.startswith("captive-ally: ")
        assert everything() == before, "something was left behind"
        return printed.err.removeprefix("captive-ally: ").rstrip("\n")

    return run


def everything():
    """All that lies in and beside the present folder: path -> content."""
    return {
        path: path.read_bytes() if path.is_file() else None for path in sorted(Path.cwd().parent.rglob("*"))
    }


def shell(*arguments, **options):
    """Run the installed command in a process of its own."""
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False, **options)


# a run and what it leaves


@pytest.mark.parametrize("scenario", mostly_thorough([SHORT, LONG], SHORT))
def test_a_run_writes_the_promised_files_and_columns(say, scenario):
    say("run", scenario, "--worlds", "5", "--out", "result", "--no-figures")
    assert {path.name for path in Path("result").iterdir()} == FILES
    assert [path.name for path in Path.cwd().iterdir()] == ["result"]
    worlds = pd.read_parquet("result/worlds.parquet")
    assert set(COLUMNS) <= set(worlds.columns)
    assert worlds["world"].tolist() == [0, 1, 2, 3, 4] and worlds["point"].eq(0).all()
    assert worlds[STOCKS].ge(0).all(axis=None) and worlds[STOCKS].le(1).all(axis=None)
    for name in ("rhetoric_patron_mean", "rhetoric_outsider_mean"):
        assert worlds[name].dropna().between(0, 1).all(), name
    assert set(worlds["status_end"]) <= {"member", "frozen", "left"}
    assert set(worlds["hedging_end"]) <= {"none", "monitors", "arms", "guarantor"}
    assert worlds["level_max"].isin(range(5)).all() and worlds["red_lines_crossed"].isin(range(5)).all()
    assert np.allclose(worlds["share_lost"], worlds["share_by_force"] + worlds["share_by_handover"])
    start, end = pd.Timestamp(load(scenario).start), pd.Timestamp(load(scenario).end)
    for name in ("level_max_date", "first_force_date"):
        assert worlds[name].dropna().between(start, end + pd.Timedelta(days=31)).all(), name
    bands = pd.read_parquet("result/bands.parquet")
    assert {"point", "date", "measure", "mean", "q05", "q25", "q50", "q75", "q95"} <= set(bands.columns)
    for name in ("manifest.json", "summary.json"):
        assert json.loads(Path("result", name).read_text(encoding="utf-8"))


def test_a_run_draws_the_promised_figures(say):
    say("run", SHORT, "--worlds", "3", "--out", "result")
    assert {path.name for path in Path("result").iterdir()} == FILES | FIGURES
    for name in FIGURES:
        assert Path("result", name).stat().st_size > 1000, name


@thorough
def test_a_map_without_shapes_is_not_drawn_and_a_line_says_so(say):
    maps = Path(sim.__file__).with_name("scenarios") / "maps"
    Path("mine.toml").write_text((maps / "south-caucasus.toml").read_text(encoding="utf-8"), encoding="utf-8")
    scenario = Path(sim.__file__).with_name("scenarios") / f"{SHORT}.toml"
    text = scenario.read_text(encoding="utf-8").replace('map = "south-caucasus"', 'map = "mine"')
    Path("own.toml").write_text(text, encoding="utf-8")
    told = say("run", "own.toml", "--worlds", "2", "--out", "result")
    assert "\nNo map is drawn: the regions of 'mine' have no shapes\n" in told
    drawn = {path.name for path in Path("result").iterdir()} - FILES
    assert drawn == {name for name in FIGURES if not name.startswith("map.")}


def test_the_rate_is_that_of_the_worlds_not_of_the_figures(monkeypatch):
    now = 100.0
    monkeypatch.setattr("experiments.commands.launch.monotonic", lambda: now)
    telling = TerminalProgress(500, quiet=True)
    telling.before(100)
    now = 102.0
    telling.done(400)
    now = 199.0
    assert telling.speed() == "400 worlds in 2.0 s, 200 a second; 100 were done before"


@thorough
def test_a_sweep_says_what_was_varied_and_how_in_words_and_in_its_figures(say):
    vary = ("--vary", "client.outside_option=0:1", "--vary", "theory=article,treaty_only", "--worlds", "3")
    told = say("sweep", SHORT, *vary, "--sampler", "lhs", "--points", "4", "--outcome", "fell_SHU",
               "--outcome", "status_end", "--out", "first")  # fmt: skip
    assert (
        "claims left out: none · 4 points, all with the same luck · varied: client.outside_option, theory · "
        "numbers: defaults · 3 worlds a point · seed 0"
    ) in told
    assert "4 points (Latin hypercube)" in caption("first", "fell_SHU")
    design = json.loads(Path("first/manifest.json").read_text(encoding="utf-8"))["plan"]["design"]
    pd.DataFrame(design).to_parquet("design.parquet")
    again = ("sweep", SHORT, "--design", "design.parquet", "--worlds", "3", "--outcome", "wars")
    say(*again, "--out", "second")
    assert "4 points (read from a file)" in caption("second", "wars")
    assert "nothing was left to run" in say(*again, "--out", "first"), "the same design, however made"


def test_a_design_as_german_excel_writes_it_is_read_and_said_so(say):
    Path("design.csv").write_bytes(b"client.outside_option;backer.help\r\n0,1;0,5\r\n0,9;0,5\r\n")
    told = say("sweep", SHORT, "--design", "design.csv", "--worlds", "2", "--no-figures", "--out", "swept")
    assert told.startswith("--design design.csv: read with semicolons and decimal commas\n")
    assert open_folder("swept").worlds["client.outside_option"].unique().tolist() == [0.1, 0.9]


def caption(folder, outcome):
    return Path(folder, f"sweep-{outcome}.svg").read_text(encoding="utf-8")


def test_a_run_tells_its_result(say):
    told = say(*A_FEW, "--out", "result", "--without", "c3,C26", "--theory", "treaty_only")
    for words in (
        "theory: treaty_only · claims left out: C26, C3 · numbers: estimated, treaty_only, ",
        " numbers · 3 worlds · seed 0",
        "contested land lost in all",
        "Written to result",
    ):
        assert words in told
    told = json.loads(say(*A_FEW, "--out", "other", "--json"))
    assert told["worlds"] == 3 and 0 <= told["outcomes"]["share_lost"]["median"] <= 1


# what a run tells, read back

TOLD = (  # in the terminal, in order
    "share_lost", "share_by_force", "share_by_handover", "core_lost", "recognised_lost", "first_war_date",
    "war_days", "wars", "clashes", "red_lines_crossed", "level_max", "level_max_date", "first_force_date",
    "rhetoric_patron_mean", "rhetoric_outsider_mean", "loyalty_start", "loyalty_end", "opinion_start",
    "opinion_end", "gratitude_start", "gratitude_end", "observer_reliability_start",
    "observer_reliability_end",
)  # fmt: skip
MEANINGS = {measure.name: measure.meaning for measure in OUTCOMES}
NAMED = ("status_end", "hedging_end", "kept_aside_by", "moved_by")
DEEDS = ("stands aside", "diplomacy", "arms", "peacekeepers", "troops")
MANY, KNOWN = 81, 41  # worlds, and those in which an outcome that need not be there is; ranks are whole


def uneven(model):
    """Outcomes with a long tail, each another one: low, median and high cannot be taken for each other."""
    found = outcomes(model)
    for place, measure in enumerate(OUTCOMES):
        rng, values = np.random.default_rng(place), found[measure.name]
        kind, count = np.asarray(values).dtype.kind, len(values)
        tail = rng.permutation(np.linspace(0.02, 0.98, count) ** (1.5 + place % 7 / 4))
        if kind == "M":
            days = pd.to_datetime("2020-09-27") + pd.to_timedelta(np.round(900 * tail), unit="D")
            found[measure.name] = days.where(np.argsort(np.argsort(tail)) % 2 == 0).to_numpy()
        elif measure.unit == "name":
            names = sorted(set(np.asarray(values).tolist()) | {"gratitude", "cost", "none"})
            found[measure.name] = np.array(names)[np.minimum((6 * tail).astype(int), len(names) - 1)]
        elif measure.name == "level_max":
            rank = np.argsort(np.argsort(tail)) / count
            found[measure.name] = np.searchsorted([0.08, 0.33, 0.7, 0.88], rank, side="right")
        elif kind in "iu":
            found[measure.name] = np.round((50 + 300 * place) * tail).astype(int)
        elif kind == "f":
            found[measure.name] = tail if measure.unit == "share" else 3000 * tail
    return found


def statistics(column):
    """Median, low and high as the terminal is to word them, and the share of worlds that have a value."""
    known = sorted(column.dropna().tolist())
    ranks = [round((len(known) - 1) * share) for share in (0.5, 0.05, 0.95)]
    return [known[rank] for rank in ranks], len(known) / len(column)


def worded(value, unit):
    if isinstance(value, pd.Timestamp):
        return f"{value.day} {value:%b %Y}"
    if unit == "share":
        return f"{value:.2f}"
    return f"{value:,.0f}" if value == round(value) or value >= 1000 else f"{value:.3g}"


def rows_in(text, title):
    """The rows of a table that was printed, cell by cell."""
    lines = text.partition(f"\n{title}")[2].partition("\n\n")[0].splitlines()
    return [re.split(r" {2,}", line.strip()) for line in lines[1:]]


@pytest.fixture(params=["run", "sweep"])
def told(request, say, monkeypatch):
    """What a command prints, and the worlds that it is about."""
    monkeypatch.setattr("sim.runs.runner.outcomes", uneven)
    vary = ("--vary", "client.outside_option=0.1,0.5,0.9", "--worlds", str(MANY // 3), "--own-luck")
    design = ("--worlds", str(MANY)) if request.param == "run" else vary
    asked = (request.param, SHORT, *UNTIL, *design, "--executor", "inline", "--no-figures")
    text = say(*asked, "--out", "result")
    return text, pd.read_parquet("result/worlds.parquet")


def test_each_number_in_the_terminal_and_the_summary_is_that_of_the_table(told):
    text, worlds = told
    summary = json.loads(Path("result/summary.json").read_text(encoding="utf-8"))
    assert len(worlds) == summary["worlds"] == MANY
    units = {measure.name: measure.unit for measure in OUTCOMES}
    assert {name: one["unit"] for name, one in summary["outcomes"].items()} == units
    rows = [row for row in rows_in(text, "Outcomes") if row[1:2] != ["outcome"] and len(row) == 7]
    assert [row[1] for row in rows] == [MEANINGS[name] for name in TOLD], "each once, and in order"
    for row, name in zip(rows, TOLD, strict=True):
        values, share = statistics(worlds[name])
        median, low, high = (worded(value, units[name]) for value in values)
        assert len({median, low, high}) == 3 and share in (1, KNOWN / MANY), "they can be told apart"
        assert row[2:] == [units[name], median, low, high, f"{share:.0%}".replace("%", " %")], name
        found = summary["outcomes"][name]
        plain = [str(value.date()) if isinstance(value, pd.Timestamp) else value for value in values]
        assert [found["median"], found["low"], found["high"]] == plain, name
        assert found["share_known"] == share


def test_each_share_in_the_terminal_and_the_summary_is_that_of_the_table(told):
    text, worlds = told
    summary = json.loads(Path("result/summary.json").read_text(encoding="utf-8"))["outcomes"]
    shares = {MEANINGS[name]: worlds[name].value_counts(normalize=True) for name in NAMED}
    for name in NAMED:
        assert summary[name]["shares"] == shares[MEANINGS[name]].to_dict()
    deeds = worlds["level_max"].value_counts(normalize=True).rename(lambda rung: DEEDS[rung])
    rows = rows_in(text, "In how many worlds")
    for label, counts in {MEANINGS["level_max"]: deeds, **shares}.items():
        printed = {row[1]: row[2] for row in rows if len(row) == 3 and row[0] == label}
        assert len(printed) >= 3, "there is something to mix up"
        assert printed == {name: f"{share:.0%}".replace("%", " %") for name, share in counts.items()}


def test_the_head_and_the_end_say_what_was_run(told):
    text, _ = told
    lines = text.splitlines()
    assert lines[0] in (
        f"{load(SHORT).title}: what comes of it?",
        f"{load(SHORT).title}: what hangs on client.outside_option?",
    )
    drawn = r"numbers: estimated, article, 1,0\d\d draws of \d\d numbers"
    said = (
        f"theory: article · claims left out: none · {drawn} · 81 worlds · seed 0",
        "theory: article · claims left out: none · 3 points, each with luck of its own · "
        "varied: client.outside_option · numbers: defaults · 27 worlds a point · seed 0",
    )
    assert any(re.fullmatch(one, line) for one in said for line in lines)
    assert lines[-2] == f"Written to result: {', '.join(sorted(FILES))}"
    assert lines[-1].startswith("81 worlds in ")


def test_json_is_the_summary(say):
    printed = json.loads(say(*A_FEW, "--out", "result", "--json"))
    assert printed == json.loads(Path("result/summary.json").read_text(encoding="utf-8"))


@thorough
def test_the_same_command_again_gives_the_same_bytes(say):
    say(*A_FEW, "--out", "result")
    first = {path.name: path.read_bytes() for path in Path("result").iterdir()}
    told = say(*A_FEW, "--out", "result")
    assert told.endswith("nothing was left to run: 3 worlds were done before\n"), "it is not run again"
    assert {path.name: path.read_bytes() for path in Path("result").iterdir()} == first
    say(*A_FEW, "--out", "result", "--fresh")
    assert {path.name: path.read_bytes() for path in Path("result").iterdir()} == first
    say(*A_FEW, "--out", "result2")
    for name in FILES - {"manifest.json"}:
        assert Path("result2", name).read_bytes() == first[name]
    assert {path.name for path in Path.cwd().iterdir()} == {"result", "result2"}


def test_the_manifest_holds_the_command_that_makes_the_run_again(say):
    say(*A_FEW, "--seed", "9", "--set", "client.alignment=0.2", "--out", "a b")
    manifest = json.loads(Path("a b/manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] == (
        f"captive-ally run {SHORT} --until 2020-12-31 --worlds 3 --no-figures --seed 9 "
        "--set client.alignment=0.2 --out 'a b'"
    )
    assert manifest["plan"]["scenario"]["parameters"]["client"]["alignment"] == 0.2


@thorough
def test_without_a_name_each_run_gets_its_own_folder_under_runs(say):
    say(*A_FEW)
    say(*A_FEW, "--seed", "1")
    say(*A_FEW)
    folders = [path.name for path in Path("runs").iterdir()]
    assert len(folders) == 2 and all(name.startswith(f"{SHORT}-") for name in folders)


def test_quiet_prints_nothing(say):
    assert say(*A_FEW, "--out", "result", "--quiet") == ""
    assert Path("result/worlds.parquet").is_file()


def test_settings_theories_and_claims_reach_the_numbers(say):
    say(*A_FEW, "--out", "plain")
    plain = pd.read_parquet("plain/worlds.parquet")
    for number, change in enumerate((
        ("--set", "client.outside_option=0.9"),
        ("--set", "client.loyalty=0.5", "--set", "client.opinion=0.1"),
        ("--theory", "treaty_only"),
        ("--without", "C3", "--without", "C26"),
        ("--seed", str(2**63 - 1)),
    )):  # fmt: skip
        say(*A_FEW, *change, "--out", f"changed-{number}")
        assert not pd.read_parquet(f"changed-{number}/worlds.parquet").equals(plain), change


@thorough
def test_drawn_numbers_are_named_wherever_a_run_is_told_and_replayed(say, refuse):
    drawn = ("--numbers", "prior", "--set", "client.blame_share=0.3", "--seed", "3")
    told = say("run", SHORT, *UNTIL, *drawn, "--worlds", "4", "--out", "result")
    count = int(re.search(r"· numbers: prior \((\d+) drawn\) · 4 worlds", told).group(1))
    for figure in ("territory", "alliance", "ladder", "map"):
        assert f"numbers: prior ({count} drawn)" in Path(f"result/{figure}.svg").read_text(encoding="utf-8")
    assert json.loads(Path("result/summary.json").read_text())["numbers"] == f"prior ({count} drawn)"
    lines = [
        json.loads(line) for line in say("replay", "result", "--world", "2", "--drawn", "--json").splitlines()
    ]
    war, world = load(SHORT).close_up, np.array([2])
    model = ConflictModel(war, numbers="prior", seed=3, worlds=world, client__blame_share=0.3)
    assert {line["parameter"]: line["drawn"] for line in lines} == {
        path: column[0] for path, column in model.drawn.items()
    }
    assert len(lines) == count
    model.run()
    assert pd.read_parquet("result/worlds.parquet")["loyalty_end"][2] == model.world.loyalty[0]
    assert say("replay", "result", "--world", "2", "--drawn").count("the scenario's own: ") == count
    assert "numbers: prior" in say("report", "result", "--out", "page.html") + Path("page.html").read_text()
    say(*A_FEW, "--numbers", "defaults", "--out", "usual")
    assert "has drawn no numbers" in refuse("replay", "usual", "--drawn")


@thorough
def test_a_sweep_and_a_question_of_sensitivity_draw_what_they_do_not_vary(say):
    varied = ("--vary", "client.blame_share=0.1:0.9:2", "--worlds", "3", "--numbers", "prior")
    told = say("sweep", SHORT, *UNTIL, *varied, "--outcome", "loyalty_end", "--out", "swept")
    (words,) = re.findall(r"numbers: prior \(\d+ drawn\)", told)
    assert words in caption("swept", "loyalty_end")
    table = pd.read_parquet("swept/worlds.parquet").set_index(["point", "world"])["loyalty_start"]
    assert table[0].tolist() == table[1].tolist() and table.nunique() == 3
    asked = ("--method", "oat", "--parameters", "client.blame_share", "--points", "2", "--worlds", "3")
    told = say("sensitivity", SHORT, *UNTIL, *asked, "--numbers", "prior", "--out", "asked")
    assert words in told and words in Path("asked/sensitivity-loyalty_end.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", SHORT, "--without", "C²"), "is not a claim"),
        (("run", SHORT, "--without", "C" + "9" * 5000), "is not a claim"),
        (("run", SHORT, "--shard", "²/3"), "K/N is needed"),
        (("run", SHORT, "--shard", f"1/{'9' * 5000}"), "K/N is needed"),
        (("run", SHORT, "--worlds", "1_0"), "'1_0' is not a number in digits"),
        (("run", SHORT, "--worlds", "\u0663"), "is not a number in digits"),
        (("run", SHORT, "--worlds", "9" * 5000), "is not a number in digits"),
        (("run", SHORT, "--set", "client.outside_option=0_1"), "a number is needed"),
        (("run", SHORT, "--set", "client.outside_option=\u0660"), "a number is needed"),
        (("run", "x " * 5000), "unknown scenario"),
        (("run", SHORT, "--theory", "x y " * 5000), "unknown theory"),
        (("run", SHORT, "--out", "x y" * 5000), "--out x yx yx"),
        (("x" * 5000,), "unknown command"),
        (("view", "--host", "\udcff\udcfe", "--no-open"), "a name or an address is needed"),
        (("view", "--host", "ä" * 300, "--no-open"), "a name or an address is needed"),
        (("sweep", SHORT, "--vary", "without=,C3", "--without", "C3"), "--without C3: --vary varies it"),
        (
            ("sweep", SHORT, "--vary", "client.alignment=0:1", "--set", "client.alignment=0.5"),
            "--vary varies it",
        ),
        (("sweep", SHORT, "--vary", "theory=article,revised", "--theory", "article"), "--vary varies it"),
        (("sweep", SHORT, "--vary", "client.alignment=0:1:5", "--sampler", "lhs"), "leave COUNT out"),
        (("sweep", SHORT, "--vary", "client.alignment=0:1", "--points", "9"), "--points: a grid has"),
        (("sensitivity", SHORT, "--vary", "backer.help=0:1:9", "--parameters", "backer"), "leave COUNT out"),
        (("sensitivity", SHORT, "--vary", "backer.help=0:1", "--vary", "backer.help=0:0.5"), "given twice"),
        (
            ("sensitivity", SHORT, "--vary", "backer.help=0:1", "--set", "backer.help=1"),
            "--vary or --design varies",
        ),
    ],
)
def test_what_contradicts_itself_or_is_no_number_is_refused(refuse, arguments, says):
    line = refuse(*arguments)
    assert says in line and len(line) < 450


def test_what_nobody_foresaw_is_one_line_and_a_file_to_send(monkeypatch, capsys, tmp_path):
    def fails(*_, **__):
        raise ZeroDivisionError("a\nb" * 5000)

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("experiments.commands.launch.launch", fails)
    with pytest.raises(SystemExit) as end:
        main(["run", SHORT])
    line = capsys.readouterr().err
    assert end.value.code == UNFORESEEN and line.count("\n") == 1 and len(line) < 1100
    (log,) = tmp_path.glob("captive-ally-*.log")
    assert str(log) in line
    text = log.read_text(encoding="utf-8")
    assert "ZeroDivisionError" in text and "in fails" in text and SHORT in text


def test_a_machine_short_of_memory_is_told_in_one_line(monkeypatch, capsys):
    def fails(*_, **__):
        raise MemoryError

    monkeypatch.setattr("experiments.commands.launch.launch", fails)
    with pytest.raises(SystemExit) as end:
        main(["run", SHORT])
    assert end.value.code == MISSING and "short of memory" in capsys.readouterr().err


def test_an_experiment_says_which_numbers_it_was_asked_with(say):
    told = say("experiment", "outrage", "--worlds", "4", "--numbers", "prior", "--out", "answers")
    assert "numbers: prior · 4 worlds a setting" in told
    folder = Path("answers/outrage")
    assert read_manifest(folder).facts["numbers"] == "prior"
    assert "numbers: prior" in (folder / "effects.svg").read_text(encoding="utf-8")
    say("report", "answers/outrage", "--out", "page.html")
    page = Path("page.html").read_text(encoding="utf-8")
    assert re.search(r"<dt>numbers</dt>\s*<dd>prior</dd>", page)


@thorough
def test_a_scenario_may_lie_in_another_folder(say):
    Path("../files/mine").mkdir(parents=True)
    shutil.copy(shipped()[SHORT], "../files/mine/copy.toml")
    say("run", "../files/mine/copy.toml", *A_FEW[2:], "--out", "../files/deep/result")
    say(*A_FEW, "--out", "result")
    assert (
        Path("../files/deep/result/worlds.parquet").read_bytes() == Path("result/worlds.parquet").read_bytes()
    )
    assert "copy.toml" not in say("describe", Path("../files/mine/copy.toml").resolve())


# the other commands


@pytest.mark.parametrize("scenario", [SHORT, LONG])
def test_describe_lists_what_was_promised(say, scenario):
    known = json.loads(say("describe", scenario, "--json"))
    keys = ["path", "default", "low", "high", "unit", "meaning", "claim", "source", "kind", "scale"]
    assert all(list(one) == [*keys, "believed"] for one in known)
    assert set(PARAMETERS) <= {one["path"] for one in known}
    listing = say("describe", scenario)
    assert all(one["path"] in listing for one in known) and f"{len(known)} parameters" in listing


def test_describe_narrows_to_a_group_or_a_parameter(say):
    lines = json.loads(say("describe", SHORT, "red_lines", "--json"))
    assert len(lines) == 10 and all(one["path"].startswith("red_lines.") for one in lines)
    assert [one["path"] for one in json.loads(say("describe", SHORT, "patron.guarantee", "--json"))] == [
        "patron.guarantee"
    ]
    told = say("describe", SHORT, "patron.guarantee")
    assert "mutual-defence treaty" in told and "K1" in told and "C5" in told


def test_claims_lists_the_55_claims(say):
    known = json.loads(say("claims", "--list", "--json"))
    assert [one["id"] for one in known] == [f"C{number}" for number in range(1, 56)]
    for one in known:
        assert set(one) == {"id", "kind", "text", "where", "measure"}
        assert (
            one["kind"] in ("rule", "prediction")
            and one["text"]
            and bool(one["where"]) == (one["kind"] == "rule")
        )
    listing = say("claims", "--list")
    assert all(f"\n{one['id']} " in listing for one in known)


def test_a_claim_can_be_left_out_if_and_only_if_it_is_a_rule(say, refuse):
    for one in json.loads(say("claims", "--list", "--json")):
        wrong = refuse("run", SHORT, "--without", one["id"], "--set", "x=1")  # never runs
        assert "unknown parameter" in wrong
        if one["kind"] == "prediction":
            assert "is a prediction, not a rule" in refuse("run", SHORT, "--without", one["id"])
    rules = [one["id"] for one in json.loads(say("claims", "--list", "--json")) if one["kind"] == "rule"]
    say(*A_FEW, "--without", ",".join(rules), "--out", "result")


def test_scenarios_and_schema_can_be_read_by_programs(say):
    assert {one["name"] for one in json.loads(say("scenarios", "--json"))} == set(shipped()) >= {SHORT, LONG}
    assert SHORT in say("scenarios")
    schema = json.loads(say("schema"))
    assert schema["$defs"]["Client"]["properties"]["alignment"]["maximum"] == 1


# mistakes


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "karabakh-202"), "unknown scenario 'karabakh-202': did you mean 'karabakh-2020'?"),
        (("run", "nowhere.toml"), "nowhere.toml: there is no scenario file of that name"),
        (("run", "."), ".: is a folder"),
        (("run", ""), "unknown scenario ''"),
        (("run",), "Missing argument 'SCENARIO'"),
        (("run", SHORT, SHORT), "unexpected extra argument"),
        (("rnu", SHORT), "unknown command 'rnu': did you mean 'run'?"),
        (("x",), "unknown command 'x': allowed: run, sweep, "),
        (("--x",), "No such option"),
        (("run", SHORT, "--wrlds", "3"), "--worlds"),
        (("run", SHORT, "--until", "2030-01-01"), "until 2030-01-01: a day after 2020-09-27 and up to 2025"),
        (("run", SHORT, "--until", "soon"), "'soon' is no day of the calendar, such as 2020-12-31"),
        (("run", SHORT, "--worlds"), "requires an argument. See `captive-ally run --help`."),
        (("run", SHORT, "--worlds", "0"), "--worlds 0: a whole number from 1 to"),
        (("run", SHORT, "--worlds", "-5"), "--worlds -5: a whole number"),
        (("run", SHORT, "--worlds", "many"), "'many' is not a valid integer"),
        (("run", SHORT, "--worlds", "1.5"), "'1.5' is not a valid integer"),
        (("run", SHORT, "--worlds", "nan"), "'nan' is not a valid integer"),
        (("run", SHORT, "--worlds", str(MOST_WORLDS + 1)), f"from 1 to {MOST_WORLDS:,} is needed"),
        (("run", SHORT, "--worlds", str(10**12)), f"from 1 to {MOST_WORLDS:,} is needed"),
        (("run", SHORT, "--worlds", "9" * 5000), "--worlds"),
        (("run", SHORT, "--seed", "-1"), f"--seed -1: a whole number from 0 to {2**63 - 1:,}"),
        (("run", SHORT, "--seed", str(2**63)), f"--seed {2**63}: a whole number"),
        (("run", SHORT, "--seed", "luck"), "'luck' is not a valid integer"),
        (("run", SHORT, "--set", "client.alignment"), "PATH=VALUE is needed"),
        (("run", SHORT, "--set", "=1"), "PATH=VALUE is needed"),
        (("run", SHORT, "--set", ""), "PATH=VALUE is needed"),
        (("run", SHORT, "--set", "client.alignment="), "client.alignment = : a number is needed, 0 to 1"),
        (
            ("run", SHORT, "--set", "client.alignment=high"),
            "client.alignment = high: a number is needed, 0 to 1",
        ),
        (("run", SHORT, "--set", "client.alignment=true"), "client.alignment = true: a number is needed"),
        (("run", SHORT, "--set", "client.alignment=2"), "client.alignment = 2: allowed is 0 to 1 (share)"),
        (("run", SHORT, "--set", "client.alignment=nan"), "client.alignment = nan: allowed is 0 to 1"),
        (("run", SHORT, "--set", "client.alignment=inf"), "client.alignment = inf: allowed is 0 to 1"),
        (("run", SHORT, "--set", "client.alignmnt=1"), "did you mean 'client.alignment'?"),
        (("run", SHORT, "--set", "client=1"), "unknown parameter 'client'"),
        (("run", SHORT, "--set", "mediators.madrid_accepted=0.5"), "allowed is 0 (no) or 1 (yes)"),
        (("run", SHORT, "--set", "client.alignment=1", "--set", " client.alignment =1"), "given twice"),
        (
            ("run", SHORT, "--theory", "treaty_onl"),
            "unknown theory 'treaty_onl': did you mean 'treaty_only'?",
        ),
        (("run", SHORT, "--theory", ""), "unknown theory ''"),
        (("run", SHORT, "--without", "C9"), "'C9' is a prediction, not a rule"),
        (("run", SHORT, "--without", "C56"), "'C56' is not a claim"),
        (("run", SHORT, "--without", "C3,,C17"), "a claim is needed, such as C3"),
        (("run", SHORT, "--without", ""), "a claim is needed, such as C3"),
        (("run", SHORT, "--numbers", "priro"), "--numbers priro: unknown; did you mean 'prior'?"),
        (("run", SHORT, "--numbers", "nowhere.csv"), "--numbers nowhere.csv: cannot be read: No such file"),
        (("sweep", SHORT, "--vary", "backer.help=0:1", "--numbers", "x"), "--numbers x: unknown; allowed: "),
        (
            ("sensitivity", SHORT, "--numbers", "x"),
            "--numbers x: unknown; allowed: defaults, estimated, prior",
        ),
        (("claims", "--numbers", "x"), "--numbers x: unknown"),
        (("experiment", "outrage", "--numbers", "x.csv"), "--numbers x.csv: cannot be read"),
        (("run", SHORT, "--until", "2020-02-30"), "'2020-02-30' is no day of the calendar"),
        (("run", SHORT, "--worlds", "5", "--shard", "1/1000"), "5 worlds can be cut into 5 shares at most"),
        (("run", SHORT, "--shard", "1/2", "--json"), "--json: a share has no answer of its own"),
        (("run", SHORT, "--shard", "1/2", "--paths", "3"), "--paths: a share has no answer of its own"),
        (("run", SHORT, "--executor", "inline", "--workers", "7"), "--executor inline has no more than one"),
        (("run", SHORT, "--out", "a\0b"), "a word of the command line holds a zero byte"),
        (("run", SHORT, "--json", "--quiet"), "--json and --quiet contradict each other"),
        (("describe", SHORT, "client.outside_opton"), "did you mean 'client.outside_option'?"),
        (("describe", SHORT, "clint"), "did you mean 'client'?"),
        (("describe", "karabakh"), "unknown scenario 'karabakh'"),
        (("describe", SHORT, "client", "patron"), "unexpected extra argument"),
        (("claims", "--lst"), "--list"),
    ],
)
def test_a_mistake_is_answered_in_one_line(refuse, arguments, says):
    line = refuse(*arguments)
    assert says in line and len(line) < 6000


def test_a_mistake_in_a_scenario_file_names_file_field_and_what_is_allowed(refuse):
    text = shipped()[SHORT].read_text(encoding="utf-8")
    Path("own.toml").write_text(
        text.replace("democracy = { value = 0.779", "democracy = { value = 7.79"), "utf-8"
    )
    line = "own.toml: parameters.client.democracy: must be a number from 0 to 1 (given: 7.79)"
    assert refuse("run", "own.toml") == line == refuse("describe", "own.toml")
    Path("own.toml").write_text(text.replace("[parameters.client]", "[parameters.clint]"), "utf-8")
    assert refuse("run", "own.toml") == "own.toml: parameters.clint: unknown key; did you mean 'client'?"


@pytest.mark.parametrize(
    ("out", "says"),
    [
        ("file", "there is a file of that name"),
        ("file/below", "cannot be written"),
        ("file/far/below", "cannot be written"),
        (".", "the folder that you are in"),
        ("", "the folder that you are in"),
        ("..", "the folder that you are in"),
        ("foreign", "the folder holds other files"),
        ("another", "holds other results (other seed)"),
        ("broken", "it is not the manifest of a run"),
        ("x" * 300, "cannot be written"),
        ("\udcff", "not a text in UTF-8"),
        ("ring", "cannot be written"),
        ("/proc/captive-ally/x", "cannot be written"),
    ],
)
def test_a_folder_that_cannot_be_written_is_refused_before_the_run(say, refuse, monkeypatch, out, says):
    Path("file").write_text("mine", encoding="utf-8")
    Path("ring").symlink_to("ring")
    for folder, name in (("foreign", "notes.txt"), ("broken", "manifest.json")):
        Path(folder).mkdir()
        Path(folder, name).write_text("{}", encoding="utf-8")
    if out == "another":
        say(*A_FEW, "--out", "another", "--seed", "5")
    monkeypatch.setattr("sim.runs.batch.Batch.run", lambda *_, **__: pytest.fail("it ran"))
    line = refuse(*A_FEW, "--out", out)
    assert "--out" in line or out == "broken"
    assert says in line


@pytest.mark.parametrize(
    "place", ["sim.runs.job_files.run_job", "sim.runs.execution.summary_of", "sim.runs.execution.file_hash"]
)
def test_an_interrupted_run_goes_on_with_the_same_command(monkeypatch, capsys, say, place):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    command = [*A_FEW, "--out", "deep/er/result", "--executor", "inline"]
    with monkeypatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.setattr(place, interrupt)
        main(command)
    assert end.value.code == INTERRUPTED
    told = capsys.readouterr().err.strip()  # click ends the line on which ^C stands
    assert told == STOPPED
    assert "is not complete; the command that goes on" in refusal(capsys, "replay", "deep/er/result")
    say(*command)
    assert {path.name for path in Path("deep/er/result").iterdir()} == FILES


def refusal(capsys, *arguments):
    with pytest.raises(SystemExit):
        main(list(arguments))
    return capsys.readouterr().err


@thorough
def test_an_error_while_drawing_keeps_the_run(monkeypatch, capsys, say):
    def fail(*_):
        raise UserError("no map to draw")

    with monkeypatch.context() as patch:
        patch.setattr("experiments.figures.run.draw_all", fail)
        line = refusal(capsys, "run", SHORT, *UNTIL, "--worlds", "3", "--out", "deep/result")
    assert line == "captive-ally: no map to draw\n"
    monkeypatch.setattr("sim.runs.batch.Batch.run", lambda *_, **__: pytest.fail("it ran again"))
    say(*A_FEW, "--out", "deep/result")


# in a process of its own


@pytest.mark.kill
def test_the_interrupt_key_ends_a_run_without_a_trace():
    script = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"  # else ignored
        "from experiments.cli import main; main()"
    )
    arguments = ["run", LONG, "--worlds", "100000", "--out", "deep/result"]
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not Path("deep/result/jobs").is_dir() and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the command
    out, err = process.communicate()
    assert process.returncode == INTERRUPTED and out == ""
    assert err.strip() == STOPPED
    assert {path.name for path in Path("deep/result").iterdir()} == {"manifest.json", "jobs"}


def test_the_installed_command_shows_its_help():
    assert shell("--help").stdout.startswith("Usage: captive-ally")


def test_help_imports_nothing_heavy():
    for arguments, light in (
        (["--help"], set()),
        (["run", "--help"], {"pydantic"}),
    ):  # it names the scenarios
        script = (
            f"import sys; from experiments.cli import main; main({arguments});"
            "print(sorted({name.partition('.')[0] for name in sys.modules}))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        loaded = set(json.loads(done.stdout.splitlines()[-1].replace("'", '"')))
        assert "click" in loaded and loaded & HEAVY == light


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_the_help_of_a_run_names_the_scenarios_and_theories_that_there_are(say, command):
    told = say(command, "--help")
    scenarios, theories, _ = told.split("\nScenarios:\n")[1].split("\n\n")
    assert [name.strip() for name in scenarios.split(",")] == list(shipped())
    named = [line.split()[0] for line in theories.splitlines()[1:] if line[2] != " "]
    assert named == list(THEORIES)


def test_a_bare_command_shows_the_help(say):
    assert say() == say("--help")
    assert "--version" in say() and "0." in say("--version")


@pytest.mark.parametrize("arguments", [("describe", LONG), ("claims", "--list"), ("schema",), ("--help",)])
def test_a_reader_may_stop_reading(arguments):
    script = f"{COMMAND} {' '.join(arguments)} | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1 and done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full disk at hand")
def test_a_full_disk_is_told_in_one_line():
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [COMMAND, "describe", SHORT], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == USER_ERROR
    assert done.stderr == "captive-ally: output: No space left on device\n"


@thorough
def test_a_run_whose_output_is_closed_is_a_run():
    done = subprocess.run(
        ["sh", "-c", '"$0" "$@" >&-', COMMAND, *A_FEW], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(Path("runs").iterdir())) == 1


@thorough
def test_a_run_needs_no_home():
    bare = {name: value for name, value in os.environ.items() if name not in ("HOME", "MPLCONFIGDIR")}
    done = shell(*A_FEW, env=bare)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(Path("runs").iterdir())) == 1


@thorough
def test_a_terminal_that_lacks_a_letter_shows_its_code():
    text = shipped()[SHORT].read_text(encoding="utf-8")
    title = "The Karabakh war of 2020"
    Path("own.toml").write_text(text.replace(f'"{title}"', '"Qarabağ"'), "utf-8")
    done = shell(
        "run", "own.toml", *A_FEW[2:], env=os.environ | {"PYTHONIOENCODING": "latin-1"}, encoding="latin-1"
    )
    assert done.returncode == 0 and done.stdout.startswith("Qaraba\\u011f: ")


def test_a_mistake_ends_a_process_with_code_2_and_one_line():
    done = shell("run", SHORT, "--set", "client.alignment=2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "captive-ally: client.alignment = 2: allowed is 0 to 1 (share)\n"
