"""The folder of an answer: its tables, figures, text and facts, written whole or not at all."""

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from experiments.report.answer_folder import ANSWER_FORMAT, FACTS, JUDGED, judged_in, read_facts
from experiments.report.section import as_text
from experiments.trial.study import Answer
from sim.errors import UserError
from sim.runs.code import code_version
from sim.runs.manifest import package_versions

__all__ = ["check_answer_folder", "read_facts", "write_answer"]


def write_answer(answer: Answer, into: Path, command: str) -> str:
    """Write an answer to a folder; an earlier answer there is replaced when the new one is complete.

    Returns:
        the answer as a terminal shows it.

    Raises:
        UserError: the folder holds something else, or cannot be written.
    """
    check_answer_folder(into)
    from experiments.figures.style import save_figure

    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        made = Path(mkdtemp(prefix=f".{into.name}-", dir=into.parent))
    except OSError as error:
        raise UserError(f"--out {into}: cannot be written: {error.strerror}") from None
    try:
        for name, table in answer.tables.items():
            table.to_csv(made / f"{name}.csv", index=False)
        for name, picture in answer.figures.items():
            save_figure(picture.figure, made / f"{name}.svg")
            save_figure(picture.figure, made / f"{name}.png")
        (made / FACTS).write_text(json.dumps(_facts(answer, command), indent=2) + "\n", encoding="utf-8")
        text = as_text(judged_in(made)) if answer.facts.get("kind") in JUDGED else answer.text
        (made / "answer.txt").write_text(text + "\n", encoding="utf-8")
        made.chmod(0o755)
        if into.exists():
            shutil.rmtree(into)
        made.rename(into)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return text


def check_answer_folder(into: Path) -> None:
    """Make sure that a folder may take an answer.

    Raises:
        UserError: it holds something else.
    """
    if into.exists() and not into.is_dir():
        raise UserError(f"--out {into}: there is a file of that name; give a folder")
    if into.is_dir() and any(into.iterdir()) and not (into / FACTS).is_file():
        raise UserError(f"--out {into}: the folder holds something else; give a new or empty one")


def _facts(answer: Answer, command: str) -> Mapping[str, Any]:
    return {
        "format": ANSWER_FORMAT,
        **answer.facts,
        "command": command,
        "made": datetime.now().astimezone().isoformat(timespec="seconds"),
        "code": code_version(),
        "versions": package_versions(),
        "tables": list(answer.tables),
        "pictures": {
            name: {"caption": picture.caption, "alternative": picture.alternative}
            for name, picture in answer.figures.items()
        },
    }
