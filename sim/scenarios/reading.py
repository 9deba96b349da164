"""Files that others wrote: read whole or refused in one line, whatever their kind and size."""

import csv
import errno
import json
import os
import re
import stat
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

from sim.errors import UserError

DEEPEST_TABLE = 20  # tables within tables; far more than any scenario needs
MOST_DOTS = 50  # between two separators of a TOML file: a.b.c has two; reading time grows as the square
MOST_TOML_BYTES = 5_000_000
MOST_JSON_BYTES = 50_000_000
MOST_CSV_BYTES = 500_000_000
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?")
LONGEST_QUOTED = 60  # characters


def is_file(path: Path) -> bool:
    """Whether there is a file of that name; a name that no file can have is no file."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder of that name."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_text(given: str) -> bool:
    """Whether something from a command line is text, and not bytes that stand for none.

    >>> is_text("Artsakh"), is_text(chr(0xDCFF))
    (True, False)
    """
    return not any("\ud800" <= letter <= "\udfff" for letter in given)


def check_regular(path: Path, most: int) -> None:
    """Make sure that something is a regular file, and not too large.

    Raises:
        OSError: it is not there, a folder, a pipe or a device, or too large.
    """
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    if found.st_size > most:
        size = f"{found.st_size / 1e6:,.0f} MB; allowed are {most / 1e6:,.0f}"
        raise OSError(errno.EFBIG, f"it is too large ({size})", str(path))


def read_regular(path: Path, most: int) -> bytes:
    """The content of a file of at most so many bytes.

    Raises:
        OSError: it is no regular file, too large, or cannot be read.
    """
    check_regular(path, most)
    return path.read_bytes()


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says; its lists as tuples, because pydantic is strict about them.

    Raises:
        UserError: it cannot be read, or is not TOML.
    """
    try:
        text = read_regular(path, MOST_TOML_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
        if _most_dots(text) > MOST_DOTS:
            raise RecursionError
        return _frozen(tomllib.loads(text))
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a text file in UTF-8") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise UserError(f"{path}: not valid: tables or lists are nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError is one; Python refuses very long numbers with another
        raise UserError(f"{path}: not valid TOML: {error}") from None


def read_json_table(path: Path) -> dict[str, Any]:
    """What a JSON file says, its lists as tuples.

    Raises:
        UserError: it cannot be read, or holds something other than names and values.
    """
    try:
        data = _frozen(json.loads(read_regular(path, MOST_JSON_BYTES).decode("utf-8-sig")))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path}: not valid JSON") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}: names and values are needed")
    return data


def read_rows(path: Path, most: int = MOST_CSV_BYTES) -> list[tuple[int, list[str]]]:
    """The rows of a CSV file that hold anything, each with its number in the file; the head is one of them.

    Where the head is separated by semicolons, so is the rest, and numbers may have a decimal comma.

    Raises:
        OSError: it is no regular file, too large, or cannot be read.
        ValueError: it is no text in UTF-8.
        csv.Error: it is no CSV.
    """
    return rows_of(read_regular(path, most))


def rows_of(content: bytes) -> list[tuple[int, list[str]]]:
    """The same rows, from the content of a file."""
    text = content.decode("utf-8-sig")
    head = text.lstrip().partition("\n")[0]
    parted_by = next((mark for mark in ";\t" if mark in head and "," not in head), ",")
    rows = csv.reader(StringIO(text, newline=""), strict=True, delimiter=parted_by)
    found = [(number, [cell.strip() for cell in row]) for number, row in enumerate(rows, 1) if any(row)]
    if parted_by == ",":
        return found
    return [(number, [_with_point(cell) for cell in row]) for number, row in found]


def has_semicolons(content: bytes) -> bool:
    """Whether a table is separated by semicolons, as Excel writes it where numbers have a decimal comma."""
    return b";" in content.partition(b"\n")[0]


def _with_point(cell: str) -> str:
    return cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell) else cell


def plain_number(given: Any) -> float:
    """A number, or a text that is one in ASCII digits.

    >>> plain_number(" 1e-1 ")
    0.1

    Raises:
        ValueError: it is something else, such as `0_1` or digits of another script, which Python would take.
        TypeError, OverflowError: likewise.
    """
    if isinstance(given, str) and (not given.isascii() or "_" in given):
        raise ValueError(f"could not convert string to float: {given[:LONGEST_QUOTED]!r}")
    return float(given)


def _most_dots(text: str) -> int:
    """The most dots between two separators, outside comments: how deep a dotted key can be at most."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return max((part.count(".") for line in lines for part in re.split(r"[,=\[\]{}]", line)), default=0)


def _frozen(value: Any, depth: int = 0) -> Any:
    if depth > DEEPEST_TABLE:
        raise RecursionError
    if isinstance(value, dict):
        return {name: _frozen(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(inner, depth + 1) for inner in value)
    return value
