"""Folders of answers as the commands write them: refused in time, replaced whole, nothing else touched."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from experiments.cli import INTERRUPTED, USER_ERROR, main
from experiments.trial.study import Answer, Picture, Study
from sim.runs.manifest import OLD_ANSWER
from sim.runs.results import open_folder

FILES = {"manifest.json", "answer.txt", "numbers.csv", "curve.svg", "curve.png"}
MADE = Path("runs/answers/loyalty")


@dataclass
class Asked:
    """What the studies of a test say, and how often they were asked."""

    says: str = "Yes."
    times: int = 0
    error: type[BaseException] | None = None
    figures: dict[str, Picture] = field(default_factory=lambda: {"curve": Picture(Figure(), "A", "B")})

    def ask(self, options):
        self.times += 1
        if self.error:
            raise self.error
        numbers = pd.DataFrame({"world": range(options.worlds or 3), "value": 0.5})
        return Answer(self.says, ("More.",), {"numbers": numbers}, self.figures, {"seed": options.seed})


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Studies that answer at once, in a folder of their own."""
    found = Asked()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "experiments.commands.registry.study", lambda name: Study(name, f"Is it {name}?", ("C1",), found.ask)
    )
    monkeypatch.setattr(
        "experiments.trial.scoreboard.trial", lambda all_of_them, asked, points: found.ask(asked)
    )
    return found


@pytest.fixture
def refuse(asked, capsys):
    """A command that is refused before anything is asked: its one line."""

    def run(*arguments):
        before = content(Path())
        with pytest.raises(SystemExit) as end:
            main([str(one) for one in arguments])
        printed = capsys.readouterr()
        assert (end.value.code, printed.out, printed.err.count("\n")) == (USER_ERROR, "", 1)
        assert content(Path()) == before and asked.times == 0
        return printed.err.removeprefix("captive-ally: ").rstrip()

    return run


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_an_answer_is_told_and_written(asked, capsys):
    main(["experiment", "loyalty", "--worlds", "2", "--seed", "7"])
    printed = capsys.readouterr().out
    folder = open_folder(MADE, "study")
    assert names(MADE) == FILES
    said = "Yes.\n\nMore.\n\nNumbers: defaults.\n"
    assert printed == f"{said}\nWritten to {MADE}; captive-ally report {MADE} makes a page of it.\n\n"
    assert (MADE / "answer.txt").read_text(encoding="utf-8") == said
    assert (MADE / "numbers.csv").read_bytes() == b"world,value\n0,0.5\n1,0.5\n"
    assert folder.manifest.command == "captive-ally experiment loyalty --worlds 2 --seed 7"
    assert folder.manifest.facts == {
        "name": "loyalty", "question": "Is it loyalty?", "claims": ["C1"], "seed": 7, "numbers": "defaults",
        "tables": ["numbers"], "pictures": {"curve": {"caption": "A", "alternative": "B", "form": ""}},
    }  # fmt: skip
    main(["experiment", "loyalty", "--json"])
    assert list(json.loads(capsys.readouterr().out)) == [
        "folder",
        "kind",
        "name",
        "question",
        "claims",
        "seed",
        "numbers",
    ]


def test_an_answer_asked_again_takes_the_place_of_the_earlier_one_and_of_nothing_else(asked):
    main(["experiment", "loyalty"])
    (MADE / "report.html").write_text("mine", encoding="utf-8")
    (MADE / "summary.json").write_text("mine", encoding="utf-8")  # a name that only a run would use
    asked.says, asked.figures = "No.", {}
    main(["experiment", "loyalty", "--worlds", "5", "--quiet"])
    assert names(MADE) == FILES - {"curve.svg", "curve.png"} | {"report.html", "summary.json"}
    assert (MADE / "answer.txt").read_text(encoding="utf-8").startswith("No.")
    assert {(MADE / name).read_text(encoding="utf-8") for name in ("report.html", "summary.json")} == {"mine"}
    assert names(MADE.parent) == {"loyalty"}, "nothing is left beside it"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_question_that_is_broken_off_leaves_the_earlier_answer(asked, error):
    main(["experiment", "loyalty"])
    before = content(Path())
    asked.error = error
    for name in ("loyalty", "deal"):
        with pytest.raises(SystemExit) as end:
            main(["experiment", name])
        assert end.value.code == (INTERRUPTED if error is KeyboardInterrupt else USER_ERROR)
    assert content(Path()) == before and names(MADE.parent) == {"loyalty"}


def test_a_link_stands_for_the_folder_that_it_leads_to(asked):
    Path("disk").mkdir()
    Path("link").symlink_to("disk")
    for worlds in (5, 3):
        main(["claims", "--worlds", str(worlds), "--out", "link"])
    assert Path("link").is_symlink() and names(Path("disk")) == FILES
    assert open_folder("link", "scoreboard").manifest.complete
    assert len(pd.read_csv("disk/numbers.csv")) == 3


def test_what_holds_something_else_is_refused_before_anything_is_asked(asked, refuse, monkeypatch):
    Path("mine/loyalty").mkdir(parents=True)
    Path("mine/loyalty/notes.txt").write_text("mine", encoding="utf-8")
    assert "the folder holds other files" in refuse("experiment", "deal", "loyalty", "--out", "mine")
    assert "there is a file of that name" in refuse("claims", "--out", "mine/loyalty/notes.txt")
    main(["experiment", "loyalty", "deal", "--quiet"])
    asked.times = 0
    assert "holds other results (of the kind study)" in refuse("claims", "--out", MADE)
    MADE.rename("runs/answers/treaty")
    assert "holds other results (other question)" in refuse("experiment", "treaty")
    assert "with answer.json; ask again, into a folder of another name" in refuse(
        "claims", "--out", earlier_layout()
    )


def earlier_layout():
    """A folder as an answer was written into before there was a manifest in it."""
    folder = Path("earlier")
    folder.mkdir()
    (folder / OLD_ANSWER).write_text('{"format": 1, "command": "captive-ally claims"}', encoding="utf-8")
    return folder


@pytest.mark.parametrize("out", [".", "..", "../claims"])
def test_the_folder_that_one_is_in_is_not_replaced(asked, refuse, monkeypatch, out):
    main(["claims", "--quiet"])
    asked.times = 0
    monkeypatch.chdir("runs/claims")
    assert "the folder that you are in cannot be replaced" in refuse("claims", "--out", out)
