"""What does the page say of one folder? Plain data, which the template lays out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from markupsafe import Markup


class Column(NamedTuple):
    """The head of a column.

    Attributes:
        label: in words.
        unit: of its values; empty if they have none, or say it themselves.
        number: whether it holds numbers, which stand on the right.
    """

    label: str
    unit: str = ""
    number: bool = False


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        text: what it says.
        look: "" or the word whose sign and colour it has, such as a verdict, or "code".
        below: a second line, in small letters.
        code: names of the code, below that.
    """

    text: str
    look: str = ""
    below: str = ""
    code: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the page.

    Attributes:
        title: above it.
        columns, rows: what it holds.
        note: what a reader has to know about it.
        left: rows that are not shown.
        source: file that holds all of it; empty if there is none.
        stacks: whether a narrow screen shows its rows as blocks; else it is moved sideways.
        folded: whether a reader has to open it.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    left: int = 0
    source: str = ""
    stacks: bool = False
    folded: bool = False


@dataclass(frozen=True)
class Drawing:
    """A figure of the page.

    Attributes:
        svg: fit to stand in it.
        caption: below it.
        alternative: in place of it, for those who cannot see it.
    """

    svg: Markup
    caption: str
    alternative: str


@dataclass(frozen=True)
class Section:
    """What the page says of one folder.

    Attributes:
        name: of the folder's study, or the folder's own.
        kind: of folder, in words.
        question: that was asked.
        answer: in a sentence.
        design: what was varied and what would have counted against, in paragraphs.
        verdicts: tables that stand before the figures.
        drawings, tables: the figures, and the tables behind them.
        story: the answer as told in the terminal; empty if there is none.
        story_folded: whether a reader has to open it.
        command: that gives the same numbers again.
        origin: what determines the numbers, label and value.
    """

    name: str
    kind: str
    question: str
    answer: str
    design: tuple[str, ...]
    verdicts: tuple[Table, ...]
    drawings: tuple[Drawing, ...]
    tables: tuple[Table, ...]
    story: str
    story_folded: bool
    command: str
    origin: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Told:
    """What a kind of result folder says, beyond what all do.

    Attributes:
        kind, question, answer: as in a section.
        first, tables: before and after the figures.
        captions, alternatives: of figures, by name; where there is none, the figure's own title serves.
    """

    kind: str
    question: str
    answer: str
    first: tuple[Table, ...]
    tables: tuple[Table, ...] = ()
    captions: Mapping[str, str] = field(default_factory=dict)
    alternatives: Mapping[str, str] = field(default_factory=dict)
