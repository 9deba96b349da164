"""Shows that several tests read, and the same worlds stepped beside them."""

import numpy as np
import pytest

from experiments.page import session
from experiments.page.setting import SideSetting
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
