"""Figures of runs and sweeps."""

import logging
import os
import sys
from contextlib import chdir, suppress
from importlib.util import find_spec
from pathlib import Path


def _import_matplotlib() -> None:
    """Import matplotlib past the user's settings: a broken file or backend would end us.

    Our figures have a style of their own (style.py); for other figures what is set holds, if it is sound.
    """
    found = find_spec("matplotlib")
    if "matplotlib" in sys.modules or found is None or not found.submodule_search_locations:
        return
    log, backend = logging.getLogger("matplotlib"), os.environ.pop("MPLBACKEND", None)
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with chdir(Path(found.submodule_search_locations[0]) / "mpl-data"):  # its own settings lie there
            import matplotlib
        with suppress(Exception):
            matplotlib.rcParams.update(matplotlib.rc_params())
            if backend is not None:
                matplotlib.rcParams["backend"] = backend
    finally:
        log.setLevel(before)
        if backend is not None:
            os.environ["MPLBACKEND"] = backend


_import_matplotlib()
