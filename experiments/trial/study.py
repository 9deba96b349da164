"""What is a question put to the model, and what does an answer consist of?

A study is a question with a way to answer it; an answer is tables, figures and words. Studies know no
files: whoever asks writes the answer down (experiments/commands/answers.py), and the report reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def _nothing(_: Any) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class StudyOptions:
    """How a question is asked.

    Attributes:
        worlds: for each setting; None for the study's own default.
        seed: of all luck.
        workers: processes; None for all cores.
        table: a file that takes the place of the study's own data, if it has some.
        column: whether figures are to fit one column of a journal, not a page, as far as they can.
        tell: takes a line about progress.
    """

    worlds: int | None = None
    seed: int = 0
    workers: int | None = None
    table: Path | None = None
    column: bool = False
    tell: Callable[[str], None] = _nothing


@dataclass(frozen=True)
class Picture:
    """A figure with the words for those who cannot see it."""

    figure: "Figure"
    caption: str
    alternative: str


@dataclass(frozen=True)
class Answer:
    """What a study came to.

    Attributes:
        text: a readable answer, for the terminal; its first line is the answer in one sentence.
        tables: name -> a table, each written as CSV.
        pictures: name -> a figure, each written as SVG.
        facts: plain data that makes the answer repeatable: scenario, worlds, seed, settings, scores.
    """

    text: str
    tables: Mapping[str, "pd.DataFrame"] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A question with a way to answer it.

    Attributes:
        name: of its command: captive-ally experiment NAME.
        question: in plain words.
        claims: it bears on.
        answer: asks the model; to be called through `ask`.
        takes_table: whether it reads a table of the user's (--table FILE).
    """

    name: str
    question: str
    claims: tuple[str, ...]
    answer: Callable[[StudyOptions], Answer]
    takes_table: bool = False

    def ask(self, asked: StudyOptions) -> Answer:
        """The answer, with the question in its facts."""
        found = self.answer(asked)
        named = {"kind": "study", "name": self.name, "question": self.question, "claims": list(self.claims)}
        return replace(found, facts=named | dict(found.facts))
