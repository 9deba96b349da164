"""The version of the code: a hash of what makes numbers, and of nothing else; and what it runs on.

Comments, layout, docstrings and the words of error messages are left out, so that a run can still be resumed
after they are edited. So are the words of reasons, of which only names and order count, and the numbers of
parameters: they are in the plan of a run.
"""

import ast
import platform
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from agents.reasons import TERMS

PACKAGES = ("captive-ally", "mesa", "numpy", "pandas", "pyarrow", "pydantic")
CODE_PACKAGES = ("sim", "agents")
MAKE_NO_NUMBERS = frozenset({
    "agents/claims.py", "agents/reasons.py", "sim/__init__.py", "sim/errors.py",
    "sim/scenarios/inherited.py", "sim/scenarios/maps/draw.py", "sim/scenarios/parameters.py",
    "sim/scenarios/reading.py",
    *(f"sim/runs/{name}.py" for name in
      ("batch", "code", "execution", "executors", "files", "folder", "manifest", "results")),
})  # fmt: skip


@cache
def code_version() -> str:
    """A hash of the code that makes numbers: a run goes on with the same code only."""
    return version_of([Path(str(files(package))) for package in CODE_PACKAGES])


@cache
def package_versions() -> dict[str, str]:
    """The versions of Python, packages and processor, on which the last digits of numbers may depend."""
    packages = {name: _version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **packages, "processor": _processor()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    """The kind of processor, and which of its further features NumPy uses."""
    with suppress(ImportError, AttributeError):  # it has no public name
        core: Any = import_module("numpy._core._multiarray_umath")
        used = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
        return " ".join([platform.machine(), *used])
    return platform.machine()


def version_of(packages: list[Path], terms: tuple[str, ...] = TERMS) -> str:
    """A hash of the modules in some folders that make numbers, and of the reasons' names."""
    digest = sha256(repr(terms).encode())
    for package in packages:
        for path in sorted(package.rglob("*.py")):
            name = path.relative_to(package.parent).as_posix()
            if name not in MAKE_NO_NUMBERS:
                digest.update(f"{name}\n{_bare(path.read_text(encoding='utf-8'))}\n".encode())
    return digest.hexdigest()[:16]


def _bare(source: str) -> str:
    """A module without comments, docstrings, layout and the words of its error messages."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            node.exc.args, node.exc.keywords = [], []
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, False):
            node.body[0] = ast.Pass()
    return ast.unparse(tree)
