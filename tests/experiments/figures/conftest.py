"""Result folders that are made up, as fixtures."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sim.runs.results import ResultFolder
from tests.experiments.figures import made


@pytest.fixture
def made_run(tmp_path: Path) -> Callable[..., ResultFolder]:
    return partial(made.made_run, tmp_path)


@pytest.fixture
def made_sweep(tmp_path: Path) -> Callable[..., ResultFolder]:
    return partial(made.made_sweep, tmp_path)
