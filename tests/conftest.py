"""The browser that the machine has, for the test files that need one; and one core for each test process."""

import os
import shutil
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported, for this process and its own
REQUIRED = os.environ.get("CAPTIVE_ALLY_BROWSER") == "required"
PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def missing(what):
    if REQUIRED:
        pytest.fail(f"CAPTIVE_ALLY_BROWSER=required, but {what}")
    pytest.skip(what)


@pytest.fixture(scope="module")
def chromium():
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        missing("playwright is not installed")
    found = shutil.which("chromium") or next((place for place in PLACES if Path(place).exists()), None)
    if found is None:
        missing(f"there is no Chromium (looked for {', '.join(PLACES)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
