"""The file of numbers: each is complete, and a wrong entry is refused by the name of its number."""

import pickle
import re
from pathlib import Path
from typing import Any

import pytest

from sim.errors import UserError
from sim.scenarios.loading import load, shipped
from sim.scenarios.parameters import FILE, Parameters, read_groups
from sim.scenarios.values import ParameterInfo, describe

pytestmark = pytest.mark.quick

BLOCK = """[client.alignment]
meaning = "how close the client's government stands to the patron"
default = 0.4
range = [0, 1]
unit = "share"
kind = "code"
source = "K1"
claim = "C21"
"""
NEVER_TUNED_TO = {f"T{number}" for number in range(9, 17)}


def copy(folder: Path, old: str, new: str) -> Path:
    """A copy of the file, changed in one place."""
    text = FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file = folder / "parameters.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def fields_of(group: Any) -> dict[str, Any]:
    return dict(group.model_fields)


def entries() -> list[ParameterInfo]:
    """What the file says of each number, whatever scenarios set."""
    return describe(load("karabakh-2020").model_copy(update={"parameters": Parameters(), "sources": {}}))


@pytest.mark.parametrize("info", describe(load("karabakh-2020")), ids=lambda info: info.path)
def test_a_number_says_all_that_a_user_needs(info):
    assert info.low <= info.default <= info.high and info.low < info.high
    assert info.unit.strip() and info.meaning.strip() and info.source.strip()
    low, high = info.believed
    assert info.low <= low < high <= info.high
    assert info.scale == "linear" or low > 0


def test_nothing_is_tuned_to_the_patterns_that_are_kept_for_the_test():
    tuned = {
        pattern for one in entries() for pattern in re.findall(r"T\d+", one.source) if one.kind == "tuned"
    }
    assert tuned and not tuned & NEVER_TUNED_TO
    assert not any("tuned" in one.source for one in entries() if one.kind != "tuned")


def test_what_was_read_off_the_coded_case_says_so():
    assert {one.path for one in entries() if one.kind == "code"} == {
        one.path for one in entries() if one.source.startswith("K1")
    }


def test_what_has_no_other_source_is_an_assumption():
    assert all(one.kind == "assumption" for one in entries() if one.source.startswith("assumption"))


MISTAKES = {
    "no unit": ('unit = "share"\n', "", "alignment: unit: missing"),
    "no source": ('source = "K1"\n', "", "alignment: source: missing"),
    "an empty source": ('"K1"', '" "', "alignment: source: must be"),
    "an unknown key": ("claim", "claims", "alignment: claims: unknown key; did you mean 'claim'?"),
    "an unknown claim": ('"C21"', '"C56"', "alignment: claim = 'C56': unknown; allowed: C1 to C55"),
    "an unknown kind": ('"code"', '"cod"', "alignment: kind: unknown 'cod'; did you mean 'code'?"),
    "outside its range": ("0.4", "1.4", "alignment: default = 1.4: allowed is 0 to 1"),
    "a text": ("0.4", '"0.4"', "alignment: default: must be a valid number (given: 0.4)"),
    "a yes": ("0.4", "true", "alignment: default: must be a valid number (given: true)"),
    "no number": ("0.4", "nan", "alignment: default: must be a finite number (given: nan)"),
    "a range that falls": ("[0, 1]", "[1, 0]", "alignment: range = 1 to 0: the lowest value must come first"),
    "half a range": ("[0, 1]", "[0]", "alignment: range"),
    "a scale from 0": ("kind", 'scale = "log"\nkind', "alignment: scale = 'log': what is believed must"),
    "a belief beyond the range": (
        "kind",
        "believed = [0, 2]\nkind",
        "believed = 0 to 2: must lie in the range",
    ),
    "tuned to nothing": ('"code"', '"tuned"', "alignment: kind = 'tuned': the source must say to which"),
    "twice": (
        "[client.alignment]",
        "[client.loyalty]",
        "Cannot declare ('client', 'loyalty')",
    ),
    "a name of pydantic's": ("alignment]", "copy]", "client.copy: cannot be the name of a number"),
    "a name with a dot": ("alignment]", '"a.b"]', "client.a.b: cannot be the name of a number"),
    "a group of numbers that is none": ("[client.", "[clint.", "clint: "),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_entry_is_refused_by_the_name_of_its_number(tmp_path, mistake):
    old, new, says = MISTAKES[mistake]
    assert BLOCK.count(old) == 1
    file = copy(tmp_path, BLOCK, BLOCK.replace(old, new))
    with pytest.raises(UserError) as refusal:
        read_groups(file)
    line = str(refusal.value)
    assert line.startswith(f"{file}: ") and says in line and line.isprintable()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "Client"', 'title = "Patron"', "patron: title = 'Patron' stands twice"),
        ('title = "Client"', 'titel = "Client"', "client: titel: unknown key; did you mean 'title'?"),
        ('title = "Client"\n', "", "client: title: missing"),
        ('title = "Client"', 'title = "Client"\nloyal = 0.5', "client.loyal: must be"),
    ],
)
def test_a_wrong_group_is_refused_by_its_name(tmp_path, old, new, says):
    with pytest.raises(UserError, match=re.escape(says)):
        read_groups(copy(tmp_path, old, new))


def test_a_number_is_added_in_one_place(tmp_path):
    more = BLOCK.replace("alignment", "patience").replace("0.4", "7").replace("[0, 1]", "[2, 9]")
    groups = read_groups(copy(tmp_path, BLOCK, BLOCK + "\n" + more))
    assert groups["Client"]().patience == 7
    assert list(fields_of(groups["Client"])) == [
        name
        for old in fields_of(read_groups(FILE)["Client"])
        for name in ([old, "patience"] if old == "alignment" else [old])
    ]
    with pytest.raises(ValueError, match="less than or equal to 9"):
        groups["Client"](patience=10)


@pytest.mark.parametrize("name", shipped())
def test_numbers_travel_to_another_process_as_they_are(name):
    scenario = load(name)
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_a_whole_number_is_kept_as_it_is_written():
    """Runs are hashed by what is written: 6 and 6.0 would be different runs."""
    kept = Parameters().client.security_steepness
    assert kept == 6 and isinstance(kept, int)
