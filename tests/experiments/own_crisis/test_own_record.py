"""A record of one's own: read, refused in a line, and what theories and calibration are held against."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import num2date

import sim
from experiments.cli import USER_ERROR, main
from experiments.explore.calibration import own_targets
from experiments.own_crisis.checking import record_findings
from experiments.own_crisis.record import ORDER, read_record, record_beside, record_that_ships
from sim.errors import UserError
from sim.measures import OUTCOMES
from sim.runs.manifest import read_manifest
from sim.runs.results import open_folder
from sim.scenarios.loading import load
from sim.world import FORCE
from tests.thorough import thorough

SECOND = "south-ossetia-2008"
PATTERN = '[[pattern]]\nid = "P1"\nname = "the core is lost"\nsource = "x"\n' + (
    'outcome = "{}"\nlow = {}\nhigh = {}\n'
)
CAPTURES = '[[capture]]\nid = "CORE"\ndate = 2008-08-20\nmode = "force"\n' + (
    '[[capture]]\nid = "EAST"\ndate = {}\nmode = "force"\n'
)


@pytest.fixture
def own(tmp_path, capsys):
    """A crisis of a month, with a band and a dated share in its record."""
    main(["new", str(tmp_path / "mine")])
    capsys.readouterr()
    path = tmp_path / "mine" / "mine.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("end = 2009-08-07", "end = 2008-09-07"), encoding="utf-8")
    record(tmp_path / "mine", "patterns.toml", PATTERN.format("core_lost", 0.8, 1.0))
    record(tmp_path / "mine", "control.csv", "date,share_held,source\n2008-08-20,0.5,x\n")
    return tmp_path / "mine"


def record(folder, name, text):
    (folder / "record" / name).write_text(text, encoding="utf-8")


def read(folder):
    return read_record(folder, load(folder / "mine.toml"))


def test_it_is_read_from_the_crisis_or_from_itself(own):
    for folder in (own, own / "record"):
        found = read_record(folder, load(own / "mine.toml"))
        assert [(one.id, one.low, one.observed) for one in found.patterns] == [("P1", 0.8, 0.9)]
        assert found.control == [(date(2008, 8, 20), 0.5)] and not found.opinion


def test_two_captures_are_an_order_to_be_met(own):
    record(own, "captures.toml", CAPTURES.format("2008-08-22"))
    found = read(own)
    days = pd.to_datetime(["2008-08-10", "2008-08-14", None])
    table = pd.DataFrame({"fell_CORE": days, "fell_EAST": days[[1, 0, 2]], "core_lost": [0.9, 0.1, 0.0]})
    assert found.readers()[ORDER](table).tolist() == [1.0, -1.0, 0.0]
    first, second = own_targets(found.patterns, found.readers())
    assert np.array_equal(first.read(table), [0.9, 0.1, 0.0]) and first.observed == pytest.approx(0.9)
    assert first.scale == pytest.approx(0.1) and (second.observed, second.scale) == (1.0, 0.25)


def test_captures_of_one_day_are_no_order(own):
    record(own, "captures.toml", CAPTURES.format("2008-08-20"))
    assert [one.id for one in read(own).patterns] == ["P1"]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("patterns.toml", PATTERN.format("core_lots", 0.8, 1.0), "did you mean 'core_lost'"),
        ("patterns.toml", PATTERN.format("core_lost", 1.0, 0.8), "the lower one first"),
        ("patterns.toml", PATTERN.format("aim", 0.8, 1.0), "a name has no band"),
        ("patterns.toml", PATTERN.format("core_lost", 0.5, 0.5 + 1e-9), "the lower one first"),
        ("patterns.toml", PATTERN.format("core_lost", "-inf", 1.0), "finite number .given: -inf"),
        ("patterns.toml", PATTERN.format("core_lost", "true", 1.0), "valid number .given: true"),
        ("patterns.toml", PATTERN.format("core_lost", 0, "1" + "0" * 400), "low and high are needed|number"),
        ("patterns.toml", PATTERN.format("core_lost", 0, 1) + "observed = nan\n", "must be a finite"),
        ("patterns.toml", PATTERN.format("core_lost", 0, 1) + "observed = 'x'\n", "observed: must be"),
        ("patterns.toml", PATTERN.format("core_lost", 0, 1) + "observed = 2020-01-01\n", "observed: must be"),
        ("patterns.toml", PATTERN.format("core_lost", 0, 1) + "observed = 5\n", "a share from 0 to 1"),
        ("patterns.toml", PATTERN.format("core_lost", 0, 1) + "zzz = 3\n", "zzz: unknown key"),
        ("patterns.toml", 2 * PATTERN.format("core_lost", 0, 1), "id = 'P1' stands twice"),
        ("patterns.toml", "pattern = 3", "pattern: must be"),
        (
            "patterns.toml",
            PATTERN.format("core_lost", 0, 1).replace('"core_lost"', "{a = 1}"),
            "outcome: must be",
        ),
        ("captures.toml", "capture = 3", "capture: must be"),
        ("captures.toml", 2 * CAPTURES.format("2008-08-22"), "stands twice"),
        ("captures.toml", CAPTURES.format("2008-08-22T01:00:00Z"), "a date is needed"),
        ("control.csv", "date,share_held\n2008-08-22,0_1\n", "'0_1' is no share"),
        ("control.csv", "date,share_held\n20080822,0.1\n", "'20080822' is no date"),
        ("captures.toml", CAPTURES.format("'soon'"), r"capture\[EAST\].date: 'soon': a date is needed"),
        ("captures.toml", CAPTURES.replace("EAST", "WEST").format("2008-08-22"), "id = 'WEST': unknown"),
        ("control.csv", "date,share_held\n2008-08-20,5\n", "no share from 0 to 1"),
    ],
)
def test_what_is_wrong_in_it_is_said_in_a_line(own, name, text, line):
    record(own, name, text)
    with pytest.raises(UserError, match=line):
        read(own)


def test_an_empty_record_is_refused_before_anything_is_run(own, capsys):
    record(own, "patterns.toml", "")
    record(own, "control.csv", "date,share_held,source\n")
    for command in (["experiment", "history"], ["calibrate", str(own / "mine.toml")]):
        with pytest.raises(SystemExit) as left:
            main([*command, "--record", str(own), "--out", str(own / "out")])
        assert left.value.code == USER_ERROR and "nothing is in it yet" in capsys.readouterr().err
    assert not (own / "out").exists()


@thorough
def test_every_theory_is_held_against_it(own, capsys):
    main(["experiment", "history", "--record", str(own), "--worlds", "3", "--workers", "1",
          "--out", str(own / "out")])  # fmt: skip
    told = capsys.readouterr().out
    assert "polls of relations_good in the record" in told and "Karabakh 2020" in told
    found = open_folder(own / "out" / "history-mine", kind="study")
    patterns = pd.read_csv(found.path / "patterns.csv")
    assert patterns["theory"].nunique() == 6 and set(patterns["pattern"]) == {"P1"}
    curves = pd.read_csv(found.path / "curves.csv")
    assert (curves["record"] == 0.5).all() and {"article", "nothing changes"} <= set(curves["forecaster"])
    main(["report", str(found.path)])


def test_the_outcomes_that_there_are_are_listed(capsys):
    for command in ("sweep", "sensitivity"):
        main([command, "--outcome", "list"])
        told = capsys.readouterr().out
        assert all(f"\n{one.name} " in told for one in OUTCOMES[1:]) and "fell_REGION" in told


def test_it_is_calibrated_on(own):
    main(["calibrate", str(own / "mine.toml"), "--record", str(own), "--draws", "100", "--keep", "0.5",
          "--executor", "inline", "--quiet", "--no-figures", "--out", str(own / "cal")])  # fmt: skip
    check = pd.read_csv(own / "cal" / "check.csv")
    assert set(check["pattern"]) == {"P1"} and set(check["drawn_from"]) == {"prior", "posterior", "default"}
    assert len(pd.read_csv(own / "cal" / "posterior.csv")) == 50


def drawn_on(axes):
    """The marks of the record on a panel, as dates and heights."""
    marks = [line for line in axes.lines if line.get_marker() == "D"]
    return [(num2date(x).date(), y) for line in marks for x, y in line.get_xydata()]


def test_its_points_are_drawn_beside_the_worlds(own, monkeypatch):
    record(own, "polls.csv", "date,measure,share,source\n2008-08-25,relations_good,0.6,x\n")
    record(own, "captures.toml", CAPTURES.format("2008-08-22"))
    found = sim.run(own / "mine.toml", worlds=3)
    held, rows = found.plot.territory().axes
    assert drawn_on(held) == [(date(2008, 8, 20), 50.0)]
    places = [label.get_text() for label in rows.get_yticklabels()]
    assert set(drawn_on(rows)) == {
        (date(2008, 8, 20), places.index("Core")), (date(2008, 8, 22), places.index("East"))
    }  # fmt: skip
    alliance = found.plot.alliance()
    assert [drawn_on(axes) for axes in alliance.axes] == [[], [(date(2008, 8, 25), 0.6)], []]
    (legend,) = alliance.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "polls: relations with Patron are good, of the public"
    ]


@thorough
def test_a_run_and_a_merge_draw_it(own, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "experiments.figures.run.draw_all", lambda folder, into, record: seen.append(record) or []
    )
    run = ["run", str(own / "mine.toml"), "--worlds", "2", "--workers", "1", "--quiet", "--out"]
    main([*run, str(own / "out")])
    for share in ("1/2", "2/2"):
        main([*run, str(own / share[0]), "--shard", share])
    parts = [str(own / share) for share in "12"]
    main(["merge", *parts, "--out", str(own / "whole")])
    assert [one.control for one in seen] == [[(date(2008, 8, 20), 0.5)]] * 2


def observed_in(results):
    """The dates and % of the land held that the figure of a run shows as observed."""
    marks = [line for line in results.plot.territory().axes[0].lines if line.get_marker() == "D"]
    return [(num2date(x).date(), float(y)) for line in marks for x, y in line.get_xydata()]


@thorough
def test_a_run_keeps_it_wherever_it_is_opened(own, tmp_path, monkeypatch):
    monkeypatch.chdir(own)
    made = [sim.run("mine.toml", worlds=2), sim.run(own / "mine.toml", worlds=2, folder=tmp_path / "run")]
    made.append(sim.sweep(own / "mine.toml", {"client.outside_option": [0, 1]}, worlds=2))
    made.append(made[0].save(tmp_path / "saved"))
    main(["sweep", "mine.toml", "--vary", "client.outside_option=0,1", "--worlds", "2", "--workers", "1",
          "--quiet", "--no-figures", "--out", str(tmp_path / "swept")])  # fmt: skip
    (own / "record").rename(own / "elsewhere")
    main(["rerun", str(tmp_path / "run"), "--workers", "1"])
    made += [sim.open(tmp_path / name) for name in ("run", "run-again", "saved", "swept")]
    assert [observed_in(one) for one in made] == [[(date(2008, 8, 20), 50.0)]] * len(made)
    assert not observed_in(sim.run("mine.toml", worlds=2))


def run_own(own):
    options = ["--worlds", "2", "--workers", "1", "--quiet"]
    main(["run", str(own / "mine.toml"), *options, "--out", str(own / "out")])


@thorough
def test_another_record_is_drawn_by_the_same_command(own):
    run_own(own)
    record(own, "control.csv", "date,share_held\n2008-08-21,0.25\n")
    before = (own / "out" / "territory.svg").read_bytes()
    run_own(own)
    assert (own / "out" / "territory.svg").read_bytes() != before
    assert observed_in(sim.open(own / "out")) == [(date(2008, 8, 21), 25.0)]


def test_a_run_without_figures_takes_another_record_in(own):
    for share in (50.0, 25.0):
        record(own, "control.csv", f"date,share_held\n2008-08-21,{share / 100}\n")
        made = sim.run(own / "mine.toml", worlds=2, folder=own / "out")
        assert observed_in(made) == [(date(2008, 8, 21), share)]


@pytest.mark.parametrize("made_up", [{"control": "elsewhere/control.csv"}, {"captures": {"CORE": "soon"}}])
def test_a_manifest_that_holds_something_else_is_refused(own, made_up):
    sim.run(own / "mine.toml", worlds=2, folder=own / "out")
    replace(read_manifest(own / "out"), record=made_up).write(own / "out")
    with pytest.raises(UserError, match="what it holds is no record"):
        sim.open(own / "out").plot.territory()


def test_our_own_record_is_drawn_as_it_ships(tmp_path):
    made = sim.run("karabakh-2020", worlds=2, folder=tmp_path / "run")
    assert made.manifest.record == {} and len(observed_in(made)) > 5


def test_what_is_wrong_in_it_is_said_before_worlds_are_run(own, capsys):
    record(own, "control.csv", "date,share_held\n2008-08-20,5\n")
    with pytest.raises(SystemExit) as left:
        run_own(own)
    assert left.value.code == USER_ERROR and "no share from 0 to 1" in capsys.readouterr().err
    with pytest.raises(UserError, match="no share from 0 to 1"):
        sim.run(own / "mine.toml", worlds=2, folder=own / "out")
    assert not (own / "out").exists()


def test_our_record_is_of_our_scenarios_and_of_others_on_our_map(own):
    ours = load("karabakh-2020")
    for given in ("karabakh-2020", ours, own / "elsewhere" / "mine.toml"):
        assert record_beside(given, ours) is None
    assert record_that_ships(ours).captures and record_that_ships(load(own / "mine.toml")) is None
    assert record_beside(own / "mine.toml", ours.close_up).control == []


def test_the_record_of_the_second_crisis_ships(capsys):
    """Found by the scenario's name, with nothing wrong in it, and drawn beside its worlds."""
    scenario = load(SECOND)
    found = read_record(Path(SECOND), scenario)
    assert list(record_findings(found.folder, scenario)) == []
    assert [one.id for one in found.patterns] == ["S1", "S2", "S3", "S4", "S5", "S6"]
    assert all(one.low <= one.observed <= one.high for one in found.patterns)
    assert found.captures.keys() == {"TSK", "ZNA", "KHE"}
    shown = record_that_ships(scenario)
    assert shown.captures == found.captures and len(shown.control) == 5
    assert record_beside(SECOND, scenario) is None
    with pytest.raises(SystemExit) as left:
        main(["experiment", "history", "--record", "karabakh-2020"])
    assert left.value.code == USER_ERROR and "has that of 2020" in capsys.readouterr().err


def test_its_control_is_that_of_the_regions_said_to_be_lost():
    scenario = load(SECOND)
    found = read_record(Path(SECOND), scenario)
    areas = {one.id: one.area * one.held for one in scenario.regions.region}
    lost = sum(areas[name] for name in found.captures) / sum(areas.values())
    assert found.control[1][1] == pytest.approx(1 - lost, abs=0.01)


def test_a_challenger_that_expects_no_answer_attacks_and_gets_one():
    """What the scenario's first lines say of the one number that was added after its first run."""
    as_written = {"worlds": 50, "seed": 3, "numbers": "defaults"}
    bold = sim.run(SECOND, **as_written).worlds
    assert (bold["level_max"] >= FORCE).mean() > 0.8 and bold["share_lost"].median() > 0.05
    wary = sim.run(SECOND, **as_written, set={"challenger.resolve_belief": 1.0}).worlds
    assert wary["share_lost"].median() < 0.01 and wary["war_days"].median() <= 3
