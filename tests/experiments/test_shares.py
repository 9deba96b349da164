"""A share is written in one way wherever a reader meets one."""

import re
from pathlib import Path

import experiments
from experiments.shares import in_percent

OTHERS = ("page/map.py", "shares.py")  # a stop of an SVG gradient wants "50%"


def test_the_sign_is_parted_from_its_number_but_not_by_a_line_end():
    assert in_percent(0.41) == "41\N{NO-BREAK SPACE}%"
    for share in (0.0, 0.005, 0.5, 0.9949, 0.995, 1.0):
        said = in_percent(share)
        assert (said[:2] == "0\N{NO-BREAK SPACE}") == (share == 0) and said.startswith("100") == (share == 1)


def test_no_file_writes_a_share_in_a_way_of_its_own():
    folder = Path(experiments.__file__).parent
    files = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    assert len(files) > 100
    own = {name for name, text in files.items() if re.search(r":\.\d%\}|\} ?%\"", text)}
    assert {name for name in own if not name.startswith(OTHERS)} == set()
