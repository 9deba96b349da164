"""The descriptions name what there is, and what they name is there."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from experiments.cli import cli
from experiments.commands.registry import study
from sim.world import World

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / name).read_text(encoding="utf-8")
         for name in ("README.md", "sim/README.md", "agents/README.md", "experiments/README.md")}  # fmt: skip
TEXT = PAGES["sim/README.md"]
LINKS = [
    (page, link) for page, text in PAGES.items() for link in sorted(set(re.findall(r"\]\(([^)#]+)\)", text)))
]
TESTS = sorted({path for text in PAGES.values() for path in re.findall(r"tests/[\w/]+\.py", text)})
ELEMENTS = ("Purpose and patterns", "Entities, state variables and scales", "Process overview and scheduling",
            "Design concepts", "Initialisation", "Input data", "Submodels")  # fmt: skip
CONCEPTS = ("Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing",
            "Interaction", "Stochasticity", "Collectives", "Observation")  # fmt: skip


def part(number):
    """The text of one element."""
    return re.search(rf"^## {number}\. .*?(?=^## |\Z)", TEXT, re.M | re.S).group()


def test_the_seven_elements_of_odd_stand_in_order_each_with_its_rationale():
    heads = re.findall(r"^## (\d)\. ([^(\n]+)", TEXT, re.M)
    assert [(int(number), name.strip()) for number, name in heads[:7]] == list(enumerate(ELEMENTS, 1))
    for number in range(1, 8):
        assert "*Rationale.*" in part(number), ELEMENTS[number - 1]


def test_the_eleven_design_concepts_stand_in_order():
    found = re.findall(r"^\*\*([A-Z][a-z ]+?)\.?\*\*", part(4), re.M)
    assert tuple(found) == CONCEPTS


def test_every_state_variable_stands_once_in_the_table_of_entities():
    rows = re.findall(r"^\| [a-z ]+ \| (.*?) \| .* \|$", part(2), re.M)
    named = [name.strip() for row in rows[1:] for name in row.split(",")]
    assert sorted(named) == sorted(item.name for item in fields(World))


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_every_link_leads_somewhere(page, link):
    assert link.startswith("http") or ((ROOT / page).parent / link).exists()


@pytest.mark.parametrize("path", TESTS)
def test_every_test_that_is_named_exists(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`captive-ally (\w+)", TEXT))))
def test_every_command_that_is_named_exists(command):
    assert command in cli.commands


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`captive-ally experiment ([\w-]+)", TEXT))))
def test_every_experiment_that_is_named_exists(name):
    assert study(name).name == name
