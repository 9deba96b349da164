"""How far a run is, shown in a notebook: one line that is written anew."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from sim.runs.execution import Progress


class LineProgress(Progress):
    """Tells how many worlds are done.

    Args:
        worlds: how many worlds there are in all.
        write: the function that shows a line in place of the last one.
    """

    def __init__(self, worlds: int, write: Any) -> None:
        self._worlds, self._done, self._write = worlds, 0, write

    def done(self, worlds: int) -> None:
        """So many more worlds are done."""
        self._done += worlds
        self._write(f"{self._done:,} of {self._worlds:,} worlds")

    before = done


@contextmanager
def progress_for(worlds: int, wanted: bool | None) -> Iterator[Progress]:
    """A listener that shows progress: in a notebook if `wanted` is None; else always or never."""
    handle = _cell() if wanted is not False else None
    if handle is not None:
        yield LineProgress(worlds, lambda line: handle.update({"text/plain": line}, raw=True))
        handle.update({"text/plain": ""}, raw=True)
    elif wanted:
        yield LineProgress(worlds, lambda line: print(f"\r{line}", end="", file=sys.stderr, flush=True))
        print(file=sys.stderr)
    else:
        yield Progress()


def _cell() -> Any:
    """A place in the output of the present cell; None outside a notebook."""
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    show: Any = import_module("IPython.display").display
    return show({"text/plain": ""}, raw=True, display_id=True)
