"""A table as plain data, which the page's template and the terminal lay out."""

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from typing import Any, NamedTuple

MOST_ROWS = 200  # rows that are shown; the file has the rest
OPEN = 22  # rows, up to which a table is not folded
UNBOUND = 10_000  # letters of a line where no terminal bounds it
NOTE_WIDTH = 110  # letters of a line of a note


class TableColumn(NamedTuple):
    """The head of a column.

    Attributes:
        label: the heading.
        unit: the unit of its values; empty if they have none, or say it themselves.
        number: whether it holds numbers, which stand on the right.
        page_only: whether a terminal leaves it out for want of room.
    """

    label: str
    unit: str = ""
    number: bool = False
    page_only: bool = False


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        text: what it says.
        look: "" or the word whose sign and colour it has, such as a verdict, or "code".
        below: a second line, in small letters.
        code: names of the code, below that; on the page only.
    """

    text: str
    look: str = ""
    below: str = ""
    code: str = ""


number = partial(TableColumn, number=True)


@dataclass(frozen=True)
class Table:
    """A table, for the page and the terminal.

    Attributes:
        title: the words above it.
        columns, rows: what it holds.
        note: what a reader has to know about it.
        left: the count of rows that are not shown.
        source: the file that holds all of it; empty if there is none.
        stacks: whether a narrow screen shows its rows as blocks; else it is moved sideways.
        folded: whether a reader of the page has to open it.
        most: the rows that a terminal shows.
        small_print: whether a terminal shows second lines.
    """

    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    left: int = 0
    source: str = ""
    stacks: bool = False
    folded: bool = False
    most: int = MOST_ROWS
    small_print: bool = True

    @classmethod
    def of(cls, title: str, columns: Iterable[Any], rows: Iterable[Sequence[Any]], **more: Any) -> "Table":
        """A table whose plain cells and columns are given as their texts."""
        heads = tuple(TableColumn(one) if isinstance(one, str) else one for one in columns)
        cells = tuple(tuple(Cell(one) if isinstance(one, str) else one for one in row) for row in rows)
        return cls(title, heads, cells, **more)


def in_terminal(table: Table) -> str:
    """A table as a terminal shows it: as wide as that is, and without an end where there is none."""
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    kept = [place for place, column in enumerate(table.columns) if not column.page_only]
    for column in (table.columns[place] for place in kept):
        head = f"{column.label}\n{column.unit}" if column.unit and table.small_print else column.label
        grid.add_column(Text(head), justify="right" if column.number else "left", overflow="fold")
    for row in table.rows[: table.most]:
        grid.add_row(*(Text(_cell(row[place], table.small_print)) for place in kept))
    text = StringIO()
    Console(file=text, width=_width(), color_system=None).print(grid)
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    left = len(table.rows) - min(len(table.rows), table.most) + table.left
    lines = [*filter(None, [table.title]), *lines]
    if left:
        lines.append(f"and {left:,} more{f' in {table.source}' if table.source else ''}")
    return "\n".join([*lines, *textwrap.wrap(table.note, min(NOTE_WIDTH, _width()))])


def _cell(cell: Cell, small_print: bool) -> str:
    mark = "\N{CHECK MARK} " if cell.look == "in the band" else ""
    lines = [mark + cell.text, *(cell.below.split("\n") if small_print else ())]
    return "\n".join(filter(None, lines))


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout and sys.stdout.isatty() else UNBOUND
