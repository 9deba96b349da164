"""What is said of one folder or answer, as plain data, and as the text that a terminal prints."""

import shutil
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.report.numbers import SPACE
from experiments.report.table import Table, in_terminal


@dataclass(frozen=True)
class Drawing:
    """A figure of the page.

    Attributes:
        image: the address of the figure, which holds it all.
        caption: the words below it.
        alternative: the words in place of it, for those who cannot see it.
        reading: how to read it; empty if nothing is said of that.
    """

    image: str
    caption: str
    alternative: str
    reading: str = ""


@dataclass(frozen=True)
class Section:
    """What is said of one folder or answer.

    Attributes:
        kind: the kind of folder, in words.
        question: the question that was asked.
        answer: the answer in a sentence or two.
        settings: what was run, in short phrases.
        first: tables that answer the question: before the figures, and on the terminal.
        tables: the tables behind them, after the figures.
        captions, alternatives: words for figures, by name; where there are none, its own title serves.
        name: the name of the study, or of the folder.
        design: what was varied and what would have counted against, in paragraphs.
        drawings: the figures.
        story: the text that a study prints; empty if the tables say all.
        command: the command that gives the same numbers again.
        origin: what determines the numbers, label and value.
    """

    kind: str
    question: str
    answer: str
    settings: tuple[str, ...] = ()
    first: tuple[Table, ...] = ()
    tables: tuple[Table, ...] = ()
    captions: Mapping[str, str] = field(default_factory=dict)
    alternatives: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    design: tuple[str, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    story: str = ""
    command: str = ""
    origin: tuple[tuple[str, str], ...] = ()


def as_text(section: Section) -> str:
    """A section as a terminal shows it: question, answer, what was run, and the tables that answer."""
    width = shutil.get_terminal_size().columns if sys.stdout and sys.stdout.isatty() else 110
    head = [
        section.question,
        *textwrap.wrap(section.answer, width),
        " \N{MIDDLE DOT} ".join(section.settings),
    ]
    return "\n\n".join(["\n".join(filter(None, head)), *map(in_terminal, section.first)]).replace(SPACE, " ")
