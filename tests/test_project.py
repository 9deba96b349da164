"""The papers of the project agree with it: what they name is there, what they count is right."""

import re
import tomllib
from pathlib import Path

import pytest

from agents.claims import all_claims
from experiments.cli import cli
from sim.world import Rung

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LONGEST_PAPER = 1000  # words; the journal asks for 250 to 1,000


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_links_of_the_guide_lead_somewhere():
    links = re.findall(r"\]\(([^)h][^)]*)\)", text_of("CONTRIBUTING.md"))
    assert len(links) > 15
    for link in links:
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        if anchor:
            headings = {line.lstrip("# ").lower() for line in text_of(path).splitlines() if line[:1] == "#"}
            assert anchor.replace("-", " ") in headings, link


def test_commands_of_the_guide_are_there():
    commands = set(re.findall(r"captive-ally (\w+)", text_of("CONTRIBUTING.md")))
    assert commands and commands <= set(cli.commands)
    assert PROJECT["project"]["optional-dependencies"]["test"]
    assert any(marker.startswith("quick:") for marker in PROJECT["tool"]["pytest"]["ini_options"]["markers"])


def test_hooks_call_tools_that_the_test_extra_brings():
    entries = re.findall(r"entry: (?:python -m )?(\w+)", text_of(".pre-commit-config.yaml"))
    needed = " ".join(PROJECT["project"]["optional-dependencies"]["test"])
    assert set(entries) == {"ruff", "mypy", "pytest"} and all(entry in needed for entry in entries)


def test_the_paper_cites_what_it_lists_and_is_short_enough():
    paper, listed = text_of("paper.md"), set(re.findall(r"^@\w+\{(\w+),", text_of("paper.bib"), re.MULTILINE))
    body = paper.split("---", 2)[2]
    assert set(re.findall(r"@(\w+)", body)) == listed
    assert 250 < len(body.split()) < LONGEST_PAPER


def test_what_the_paper_counts_is_so():
    rules = [claim for claim in all_claims() if claim.kind == "rule"]
    counted = (len(rules), len(all_claims()) - len(rules))
    paper = text_of("paper.md")
    assert (f"its {counted[0]} mechanisms" in paper) and re.search(rf"its {counted[1]}\s+expectations", paper)


def test_version_and_licence_are_the_same_everywhere():
    cited = dict(re.findall(r"^([\w-]+): \"?([^\"\n]+)\"?$", text_of("CITATION.cff"), re.MULTILINE))
    assert cited["version"] == PROJECT["project"]["version"]
    assert cited["license"] == PROJECT["project"]["license"]
    assert f"## {cited['version']}" in text_of("CHANGELOG.md")


def test_the_container_copies_all_that_is_installed():
    copied = text_of(".ci/Containerfile")
    tops = {package.split(".")[0] for package in PROJECT["tool"]["setuptools"]["packages"]}
    assert all(f"COPY {top} {top}" in copied for top in tops)
    assert PROJECT["project"]["readme"] in copied and PROJECT["project"]["license-files"][0] in copied


@pytest.mark.parametrize("name", ["glossary", "figures", "seminar"])
def test_links_and_commands_of_the_tutorials_are_there(name):
    text = text_of(f"experiments/tutorials/{name}.md")
    for link in re.findall(r"\]\(([^)h][^)]*)\)", text):
        assert (ROOT / "experiments/tutorials" / link).exists(), link
    assert set(re.findall(r"captive-ally (\w+)", text)) <= set(cli.commands)
    assert "verdict" in " ".join(text.split())[:400], "its first sentences say what a verdict is"


def test_every_rung_stands_in_the_glossary():
    (line,) = (one for one in text_of("experiments/tutorials/glossary.md").splitlines() if "| rung |" in one)
    words = {Rung.ASIDE: "aside"} | {rung: rung.name.lower() for rung in Rung if rung}
    assert all(f"{rung:d} " in line and word in line for rung, word in words.items())
