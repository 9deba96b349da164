"""A small folder of each kind of result, and what its command printed."""

import os
from contextlib import redirect_stdout
from dataclasses import dataclass
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
STUDIES = {"gratitude": 10, "history": 2, "cases": 2, "discovery": 40, "stability": 100}  # worlds of each


def by_command(name, *arguments):
    """How a folder is made by a command, in one process."""
    return lambda place: main([*map(str, arguments), "--executor", "inline", "--out", str(place / name)])


def scoreboard(place):
    two = [one for one in all_experiments() if one.name in ("alliance-loyalty", "outrage")]
    written(trial(two, StudyOptions(worlds=10, workers=1), points=4), place / "claims", "scoreboard")


def study(name):
    """How a study is made, of few theories and worlds: what is told is told alike of more."""

    def make(place):
        of_table = ()
        if name == "cases":
            shipped = pd.read_csv(str(files("experiments.history").joinpath("cases.csv")))
            shipped.head(2).to_csv(place / "two.csv", index=False)
            of_table = ("--table", str(place / "two.csv"))
        with pytest.MonkeyPatch.context() as patch:
            keep_theories(patch, "article", "revised", "bargaining")
            patch.setattr(against_history, "PAIRS", 32)
            patch.setattr(stability, "SCENARIOS", stability.SCENARIOS[:1])
            main(["experiment", name, "--worlds", str(STUDIES[name]), "--workers", "1", *of_table,
                  "--out", str(place)])  # fmt: skip

    return make


HOW = {
    "run": by_command("run", "run", WAR, "--worlds", 15, "--set", "client.outside_option=0.7"),
    "bare": by_command("bare", "run", WAR, *UNTIL, "--worlds", 2, "--no-figures"),
    "sweep": by_command("sweep", "sweep", WAR, *UNTIL, "--worlds", 3, "--vary", "client.outside_option=0,1",
                        "--vary", "theory=article,revised"),
    "sensitivity": by_command("sensitivity", "sensitivity", WAR, *UNTIL, "--worlds", 4, "--points", 4,
                              "--parameters", "mediators", "--outcome", "share_lost"),
    "calibration": by_command("calibration", "calibrate", WAR, "--draws", 100, "--keep", 0.5),
    "claims": scoreboard,
    **{name: study(name) for name in STUDIES},
}  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """Folders of results, each made when it is first asked for, once for all test processes."""

    place: Path

    def printed(self, name):
        """What the command printed that made a folder."""
        told = self.place / f"{name}.txt"
        with FileLock(told.with_suffix(".lock")):
            if not told.exists():
                with redirect_stdout(StringIO()) as out:
                    HOW[name](self.place)
                told.write_text(out.getvalue(), encoding="utf-8")
        return told.read_text(encoding="utf-8")

    def __truediv__(self, name):
        """The folder of that name."""
        self.printed(name)
        return self.place / name


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A folder of each kind: made / "run"."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return Shelf(tmp_path_factory.mktemp("made"))
    place = tmp_path_factory.getbasetemp().parent / "made"
    place.mkdir(exist_ok=True)
    return Shelf(place)
