"""A small folder of each kind of result, and what its command printed."""

import json
import os
from contextlib import redirect_stdout
from importlib.resources import files
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock

from experiments import against_history, stability
from experiments.cli import main
from experiments.commands.registry import all_experiments
from experiments.trial.scoreboard import trial
from experiments.trial.study import StudyOptions
from tests.experiments.writing import keep_theories, written

WAR = "karabakh-2020"
UNTIL = ("--until", "2020-12-31")  # the war alone
ANSWERS = ("gratitude", "history", "cases", "discovery", "stability")
WORLDS = {"gratitude": 10, "history": 2, "cases": 2, "discovery": 40, "stability": 100}


def stocked(place):
    """Make the folders; what each command printed, by name of its folder."""
    printed = {}

    def do(name, *arguments):
        with redirect_stdout(StringIO()) as out:
            main([str(one) for one in arguments])
        printed[name] = out.getvalue()

    inline = ("--executor", "inline")
    do("run", "run", WAR, "--worlds", 15, "--set", "client.outside_option=0.7",
       *inline, "--out", place / "run")  # fmt: skip
    do("bare", "run", WAR, *UNTIL, "--worlds", 2, "--no-figures", *inline, "--out", place / "bare")
    do("sweep", "sweep", WAR, *UNTIL, "--worlds", 3, "--vary", "client.outside_option=0,1",
       "--vary", "theory=article,revised", *inline, "--out", place / "sweep")  # fmt: skip
    do("sensitivity", "sensitivity", WAR, *UNTIL, "--worlds", 4, "--points", 4, "--parameters", "mediators",
       "--outcome", "share_lost", *inline, "--out", place / "sensitivity")  # fmt: skip
    do("calibration", "calibrate", WAR, "--draws", 100, "--keep", 0.5,
       *inline, "--out", place / "calibration")  # fmt: skip
    two = [one for one in all_experiments() if one.name in ("gratitude", "outrage")]
    written(trial(two, StudyOptions(worlds=10, workers=1), points=8), place / "claims", "scoreboard")
    shipped = pd.read_csv(str(files("experiments.history").joinpath("cases.csv")))
    shipped.head(2).to_csv(place / "two.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:  # what is told is told alike of fewer
        keep_theories(patch, "article", "revised", "bargaining")
        patch.setattr(against_history, "PAIRS", 32)
        patch.setattr(stability, "SCENARIOS", stability.SCENARIOS[:1])
        for name in ANSWERS:
            table = ("--table", place / "two.csv") if name == "cases" else ()
            do(name, "experiment", name, "--worlds", WORLDS[name], "--workers", 1, *table, "--out", place)
    return printed


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """Place of the folders, and name -> what the command printed; made once for all test processes."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        place = tmp_path_factory.mktemp("made")
        return place, stocked(place)
    told = tmp_path_factory.getbasetemp().parent / "shelf.json"
    with FileLock(told.with_suffix(".lock")):
        if not told.exists():
            place = tmp_path_factory.mktemp("made")
            told.write_text(json.dumps([str(place), stocked(place)]), encoding="utf-8")
    place, printed = json.loads(told.read_text(encoding="utf-8"))
    return Path(place), printed


@pytest.fixture(scope="session")
def made(shelf):
    """Place of the folders."""
    return shelf[0]


@pytest.fixture(scope="session")
def printed(shelf):
    """What each command printed, by name of its folder."""
    return shelf[1]
