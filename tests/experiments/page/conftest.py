"""Shows that several tests read, the same worlds stepped beside them, and the running page."""

import os
from pathlib import Path

import numpy as np
import pytest

from experiments.page import session
from experiments.page.setting import SideSetting
from tests.experiments.page.browsing import Server, free_port
from tests.experiments.page.reading import Beside, played

STEPS = 85


@pytest.fixture(scope="session", autouse=True)
def patience():
    """However slow the machine is, a new setting is played to its date before it is shown."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(session, "FIRST_STRETCH", 1000.0)
        yield


@pytest.fixture(scope="session")
def war():
    """One world of the war of 2020, until all is handed over."""
    return played(STEPS, SideSetting(world=10))


@pytest.fixture(scope="session")
def one():
    """The world of `war`, by the model alone."""
    return Beside(STEPS, [10])


@pytest.fixture(scope="session")
def many():
    """A hundred worlds of it."""
    return played(60, SideSetting(worlds=100))


@pytest.fixture(scope="session")
def hundred():
    """The worlds of `many`, by the model alone."""
    return Beside(60, np.arange(100))


@pytest.fixture
def serve():
    """Start servers, and leave none behind when a test fails."""
    running = []

    def start(*given):
        running.append(Server(*given))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture(scope="module")
def server(chromium):
    running = Server(free_port())
    yield running
    said = running.stop()
    assert f"The page is at {running.address}" in said and "Stopped." in said
    assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    place = os.environ.get("CAPTIVE_ALLY_PICTURES")
    folder = Path(place) if place else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    print(f"\npictures of the page: {folder}")
