"""Files that are written as a whole or not at all, and known by the hash of their content."""

import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

from sim.errors import UserError
from sim.scenarios.reading import is_file, read_regular

MOST_BYTES_READ = 500_000_000  # of a file that is read as a whole
MAKING = ".making-"  # how the names of files that are being written begin
GOING = f"{MAKING}going"  # the name of a folder that is being removed


def write_atomically(path: Path, content: bytes) -> str:
    """Write a file under another name, make sure that it is on disk, rename it, and return its hash.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    digest = sha256(content).hexdigest()
    making = path.with_name(f"{MAKING}{token_hex(4)}-{path.name}")
    try:
        with making.open("xb+") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            if sha256(file.read()).hexdigest() != digest:
                raise OSError(f"{path.name} reads back otherwise than it was written")
        making.replace(path)
    except OSError:
        making.unlink(missing_ok=True)
        raise
    return digest


def file_hash(path: Path) -> str:
    """The hash of a file's content."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def damaged(folder: Path, hashes: Mapping[str, str]) -> list[str]:
    """The files of a folder that are there, but not as they were written, going by their hashes."""
    there = [name for name in hashes if is_file(folder / name)]
    with ThreadPoolExecutor() as pool:  # hashing releases the interpreter lock: threads use all cores
        found = pool.map(file_hash, [folder / name for name in there])
        return [name for name, hashed in zip(there, found, strict=True) if hashed != hashes[name]]


def write_json(path: Path, data: Any) -> None:
    """Write data as JSON for people and programs."""
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode("utf-8", errors="backslashreplace"))


def read_json(path: Path) -> dict[str, Any]:
    """The data of a JSON file.

    Raises:
        UserError: it cannot be read, or holds something other than names and values.
    """
    try:
        data = json.loads(read_regular(path, MOST_BYTES_READ).decode())
        json.dumps(data, ensure_ascii=False).encode()  # an escape may stand for no valid character
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UserError(f"{path} cannot be read: it is not valid JSON") from None
    if not isinstance(data, dict):
        raise UserError(f"{path} cannot be read: it was not written by captive-ally")
    return data


def remove(path: Path) -> None:
    """Remove a file, or a folder: renamed first, so that nobody finds half of it or writes into it.

    Of a link, only the link goes.
    """
    if path.is_dir() and not path.is_symlink():
        going = path.with_name(GOING)
        if path != going:
            shutil.rmtree(going, ignore_errors=True)
            path.replace(going)
        shutil.rmtree(going, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
