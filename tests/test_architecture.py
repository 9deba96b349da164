"""Arrows of import go from experiments to agents to sim, in no circle; a public name has one meaning."""

import ast
from collections import defaultdict
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[1]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for top in ("sim", "agents", "experiments")
    for path in sorted((ROOT / top).rglob("*.py"))
}
# Where sim looks at the actors: the model casts them, and the names of the patron's reasons are the columns
# of what is counted and recorded.
CASTING = ("sim.model",)
NAMES = ("agents.reasons",)
REGISTERED = {"EXPERIMENT", "STUDY"}  # under these names the files of questions are found
SCREEN = ("matplotlib", "solara", "rich", "click", "jinja2", "ipyvue", "ipyvuetify")


def imports(path):
    """The modules that a file imports, also inside functions; those for types only are left out."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


@cache
def arrows():
    """File -> the files that it imports."""
    return {name: imports(path) & set(FILES) - {name} for name, path in FILES.items()}


def test_the_files_are_read():
    assert len(FILES) > 100
    assert "agents.patron" in arrows()["agents.theories"]


def test_no_file_imports_itself_by_way_of_others():
    without_packages = {
        name: {other for other in others if FILES[other].name != "__init__.py"}
        for name, others in arrows().items()
    }
    try:
        tuple(TopologicalSorter(without_packages).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("sim")])
def test_sim_knows_no_screen_and_no_question(name):
    used = imports(FILES[name])
    assert not {other for other in used if other.split(".")[0] in {*SCREEN, "experiments"}}
    if name not in CASTING:
        assert {other for other in arrows()[name] if other.startswith("agents.")} <= set(NAMES)


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("agents")])
def test_actors_know_no_model_no_files_and_no_question(name):
    assert not {
        other for other in arrows()[name] if other.startswith(("experiments", "sim.model", "sim.runs"))
    }


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("sim.laws")])
def test_laws_know_no_model_and_no_actor(name):
    known = {other for other in arrows()[name] if other.startswith(("sim.model", "sim.runs", "agents."))}
    assert known <= set(NAMES)


def names_of(path):
    """The public names that a file defines."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for one in [node] if isinstance(node, ast.FunctionDef | ast.ClassDef) else targets:
            for named in getattr(one, "elts", [one]):
                name = getattr(named, "id", getattr(named, "name", "_"))
                if not name.startswith("_"):
                    yield name


def test_a_public_name_is_defined_once():
    homes = defaultdict(set)
    for module, path in FILES.items():
        for name in names_of(path):
            homes[name].add(module)
    assert len(homes) > 1000
    assert {name: found for name, found in homes.items() if len(found) > 1 and name not in REGISTERED} == {}
