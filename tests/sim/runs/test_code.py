"""The version of the code changes with what makes numbers, and with nothing else."""

import shutil
from pathlib import Path

import pytest

import sim
from sim.runs.code import MAKE_NO_NUMBERS, version_of

pytestmark = pytest.mark.quick
ROOT = Path(sim.__file__).parents[1]
RULE = '''"""A rule."""

from sim.errors import UserError


def backs(stake: float, cost: float) -> float:
    """The chance that a patron backs its client."""
    if cost < 0:
        raise UserError(f"cost {cost}: cannot be negative")
    return 0.5 * stake - cost  # a half is an assumption
'''
COUNTED = (
    *("sim/model.py", "sim/laws/war.py", "agents/challenger.py", "sim/scenarios/scenario.py"),
    *(f"sim/runs/{name}.py" for name in ("plan", "runner", "recorder", "design")),
)
HARMLESS = {
    "a comment": ("# a half is an assumption", "# Snyder (1997), p. 14"),
    "a docstring": ("The chance that", "How likely it is that"),
    "the docstring of a module": ("A rule.", "A rule of the article."),
    "a message": ("cannot be negative", "must be 0 or more"),
    "layout": ("0.5 * stake - cost", "(0.5 * stake) - cost"),
    "an empty line": ("def backs", "\ndef backs"),
}
CHANGES = {
    "a number": ("0.5 * stake", "0.6 * stake"),
    "an operator": ("stake - cost", "stake + cost"),
    "a comparison": ("cost < 0", "cost <= 0"),
    "an order": ("0.5 * stake - cost", "cost - 0.5 * stake"),
    "a default": ("cost: float)", "cost: float = 1.0)"),
    "a name": ("from sim.errors import UserError", "from sim.errors import UserError\nstake = 1.0"),
    "a condition": ("    if cost < 0:\n        raise", "    if not cost:\n        raise"),
}


@pytest.fixture
def package(tmp_path):
    """A package with one rule, and its version."""
    folder = tmp_path / "agents"
    folder.mkdir()
    (folder / "patron.py").write_text(RULE, encoding="utf-8")
    return folder


def changed(package, change):
    before, (old, new) = version_of([package]), change
    text = (package / "patron.py").read_text(encoding="utf-8")
    assert old in text
    (package / "patron.py").write_text(text.replace(old, new), encoding="utf-8")
    return version_of([package]) != before


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_makes_no_numbers_does_not_change_it(package, change):
    assert not changed(package, change)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_makes_numbers_changes_it(package, change):
    assert changed(package, change)


def test_a_module_that_is_new_moved_or_gone_changes_it(package):
    versions = {version_of([package])}
    (package / "new.py").write_text("RATE = 1.0\n", encoding="utf-8")
    versions.add(version_of([package]))
    (package / "new.py").rename(package / "other.py")
    versions.add(version_of([package]))
    (package / "patron.py").unlink()
    versions.add(version_of([package]))
    assert len(versions) == 4


@pytest.mark.parametrize("name", COUNTED)
def test_the_modules_that_make_numbers_count(tmp_path, name):
    copies = [Path(shutil.copytree(ROOT / one, tmp_path / one)) for one in ("sim", "agents")]
    before = version_of(copies)
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("\nRATE = 1.0\n")
    assert version_of(copies) != before


def test_the_modules_that_make_no_numbers_do_not_count(tmp_path):
    copies = [Path(shutil.copytree(ROOT / one, tmp_path / one)) for one in ("sim", "agents")]
    before = version_of(copies)
    for name in MAKE_NO_NUMBERS:
        if (tmp_path / name).exists():
            (tmp_path / name).write_text("RATE = 1.0\n", encoding="utf-8")
    assert version_of(copies) == before


def test_the_order_of_the_reasons_counts(package):
    """What is counted while a run goes on has a column for each."""
    orders = (("core", "cost"), ("cost", "core"), ("core",))
    assert len({version_of([package], order) for order in orders}) == 3
