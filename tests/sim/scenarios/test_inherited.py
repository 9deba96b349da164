"""Numbers that a scenario has from the war of 2020 are counted, and said on every run of it."""

import json

import pandas as pd
import pytest

from experiments.cli import main
from sim.runs.manifest import Manifest
from sim.runs.plan import Plan
from sim.scenarios.inherited import DEFAULTS_ARE_OF, OF_A_CRISIS, inherited, inherited_in_words
from sim.scenarios.loading import load, shipped
from sim.scenarios.values import changed, describe

OPTION = "client.outside_option"


@pytest.fixture
def own(tmp_path):
    """A copy of the war under a name of its own."""
    text = shipped()[DEFAULTS_ARE_OF].read_text(encoding="utf-8")
    text = text.replace(f'name = "{DEFAULTS_ARE_OF}"', 'name = "my-war"')
    path = tmp_path / "my-war.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", shipped())
def test_what_ships_inherits_nothing(name):
    assert inherited(load(name)) == [] and inherited_in_words(load(name)) == ""
    assert inherited(changed(load(name), {OPTION: 0.9})) == []


def test_the_second_crisis_has_facts_of_its_own():
    second = load("south-ossetia-2008")
    theirs = {info.path: info.source for info in describe(load(DEFAULTS_ARE_OF))}
    facts = [info for info in describe(second) if info.kind in OF_A_CRISIS and info.low < info.high]
    assert len(facts) > 15
    assert [one.path for one in facts if one.path not in second.sources] == []
    assert [one.path for one in facts if one.source == theirs.get(one.path)] == []


def test_a_copy_inherits_all_and_what_is_set_no_longer(own):
    copied = load(own)
    everything = len(describe(copied))
    assert len(inherited(copied)) == everything
    assert inherited_in_words(copied).startswith(
        f"{everything} of {everything} numbers are still those of Kara"
    )
    less = changed(copied, {OPTION: 0.9})
    assert [one.path for one in inherited(copied) if one not in inherited(less)] == [OPTION]
    assert f"{everything - 1} of" in inherited_in_words(less)
    assert f"{everything - 1} of" in inherited_in_words(copied, given=[OPTION])


def test_the_same_number_with_a_source_of_its_own_is_ones_own(own):
    text = own.read_text(encoding="utf-8")
    old = "democracy = { value = 0.779"
    assert old in text
    line = next(one for one in text.splitlines() if one.startswith(old))
    own.write_text(
        text.replace(line, 'democracy = { value = 0.779, source = "V-Dem 13, Georgia, 2008" }'), "utf-8"
    )
    assert "client.democracy" not in {one.path for one in inherited(load(own))}


def test_facts_of_the_war_are_told_apart_from_assumptions(own):
    found = inherited(load(own))
    facts = sum(one.kind in ("data", "code") for one in found)
    assert 5 < facts < len(found)
    assert inherited_in_words(load(own)).endswith(f"{facts} of them facts of that war")


def test_it_is_said_on_a_run_in_the_manifest_and_in_the_report(own, tmp_path, capsys):
    folder = tmp_path / "run"
    main(["run", str(own), "--worlds", "2", "--workers", "1", "--no-figures", "--out", str(folder)])
    told = capsys.readouterr()
    words = inherited_in_words(load(own))
    assert (
        told.err.count("numbers are") == 0
        and "--inherited" in told.out
        and told.out.replace("\n", " ").count(words) == 2
    )
    assert json.loads((folder / "manifest.json").read_text())["inherited"] == words
    main(["report", str(folder), "--out", str(tmp_path / "page.html")])
    assert words in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_design_gives_numbers_too(own):
    copied = load(own)
    plan = Plan(copied, design=pd.DataFrame({OPTION: [0.1, 0.2]}))
    assert Manifest.of_run(plan, "").inherited == inherited_in_words(copied, [OPTION])


def test_describe_lists_them(own, capsys):
    main(["describe", str(own), "client", "--inherited", "--json"])
    listed = [one["path"] for one in json.loads(capsys.readouterr().out)]
    assert listed == [one.path for one in inherited(load(own)) if one.path.startswith("client.")]
    main(["describe", DEFAULTS_ARE_OF, "--inherited"])
    assert capsys.readouterr().out == f"None of these numbers of {DEFAULTS_ARE_OF} is inherited.\n"
