"""An answer, written into its folder."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from experiments.report.answer_folder import TOLD_BY_TABLES, tabled_in
from experiments.report.section import as_text
from experiments.trial.study import Answer
from sim.runs.folder import FolderWriter
from sim.runs.results import ResultFolder


def write_answer(answer: Answer, folder: FolderWriter) -> str:
    """Complete a folder with an answer: its tables, figures, text and facts.

    Returns:
        the answer as a terminal shows it.
    """
    from experiments.figures.style import write_figures

    for name, table in answer.tables.items():
        folder.add_table(name, table)
    pictures = {name: picture.figure for name, picture in answer.figures.items()}
    drawn, facts = write_figures(pictures, folder.stage), _facts(answer)
    tabled = folder.manifest.kind in TOLD_BY_TABLES
    staged = ResultFolder(folder.stage, replace(folder.manifest, facts=facts))
    text = as_text(tabled_in(staged)) if tabled else answer.text
    folder.add_text("answer.txt", text + "\n")
    folder.complete(drawn, facts=facts)
    return text


def _facts(answer: Answer) -> dict[str, Any]:
    pictures: Mapping[str, Any] = {
        name: {"caption": picture.caption, "alternative": picture.alternative, "form": picture.form}
        for name, picture in answer.figures.items()
    }
    return {**answer.facts, "tables": list(answer.tables), "pictures": pictures}
