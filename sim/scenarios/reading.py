"""TOML and JSON files, read whole or refused in one line."""

import json
import tomllib
from pathlib import Path
from typing import Any

from sim.errors import UserError

DEEPEST_TABLE = 20  # tables within tables; far more than any scenario needs


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


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says; its lists as tuples, because pydantic is strict about them.

    Raises:
        UserError: it cannot be read, or is not TOML.
    """
    try:
        return _frozen(tomllib.loads(path.read_text(encoding="utf-8-sig")))
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
        UserError: it cannot be read, or holds something else than names and values.
    """
    try:
        data = _frozen(json.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path}: not valid JSON") from None
    if not isinstance(data, dict):
        raise UserError(f"{path}: names and values are needed")
    return data


def _frozen(value: Any, depth: int = 0) -> Any:
    if depth > DEEPEST_TABLE:
        raise RecursionError
    if isinstance(value, dict):
        return {name: _frozen(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(inner, depth + 1) for inner in value)
    return value
