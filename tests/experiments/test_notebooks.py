"""The notebooks of the tutorials run from first to last, and lie in the project without what they printed."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from tests.test_project import text_of
from tests.thorough import thorough

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

TUTORIALS = Path(str(files("experiments.tutorials")))
NOTEBOOKS = sorted(path.name for path in TUTORIALS.glob("*.ipynb"))
FEW = 3  # worlds
TIME_FOR_A_CELL = 300  # s, so that a notebook that hangs is found out


def notebook(name):
    return nbformat.read(TUTORIALS / name, as_version=4)


def code_of(name):
    return [cell for cell in notebook(name).cells if cell.cell_type == "code"]


@thorough
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs(name, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TUTORIALS.parents[1]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    book = notebook(name)
    head = next(cell for cell in book.cells if "WORLDS = " in cell.source)
    head.source = re.sub(r"WORLDS = \d+", f"WORLDS = {FEW}", head.source)
    where = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(book, timeout=TIME_FOR_A_CELL, kernel_name="python3", resources=where).execute()
    assert any(cell.get("outputs") for cell in book.cells)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_that_was_printed_is_kept(name):
    assert all(not cell.outputs and cell.execution_count is None for cell in code_of(name))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_first_sentence_says_what_an_answer_is_not(name):
    first = notebook(name).cells[0].source.split("\n\n")[1].split(". ")[0]
    assert "does not say" in first.replace("\n", " ")


def test_the_war_takes_ten_cells():
    assert len(code_of("war_in_ten_cells.ipynb")) == 10


def test_they_are_the_three_that_the_readme_names():
    text = text_of("README.md")
    assert re.findall(r"\(experiments/tutorials/(\w+\.ipynb)\)", text) == [
        "war_in_ten_cells.ipynb",
        "your_own_crisis.ipynb",
        "claim_on_trial.ipynb",
    ]
    assert len(NOTEBOOKS) == 3
