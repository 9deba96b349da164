"""Files that others wrote: read whole or refused in one line, whatever kind and size they are of."""

import errno
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from sim.errors import UserError

DEEPEST_TABLE = 20  # tables within tables; far more than any scenario needs
MOST_DOTS = 50  # between two separators of a TOML file: a.b.c has two; its reader takes the square of them
MOST_TOML_BYTES = 5_000_000


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


def check_regular(path: Path, most: int) -> None:
    """Make sure that something is a file that ends, and not too large.

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
    """The content of a file of so many bytes at most.

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
