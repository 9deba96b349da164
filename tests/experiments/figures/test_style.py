"""The style of figures: a user's own settings of matplotlib change none, and leave none changed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib import rc_context, rcParams

from experiments.figures.cases import draw_cases
from experiments.figures.run import alliance, ladder
from experiments.figures.style import new_sheet, rows_from_top, save_figure
from sim.runs.results import ResultFolder
from sim.scenarios.loading import load
from tests.experiments.figures.artists import directions, rows_of
from tests.thorough import thorough

UNLIKELY = {
    "axes.facecolor": "red",
    "axes.titlesize": 30,
    "figure.facecolor": "blue",
    "font.family": "serif",
    "image.origin": "lower",
    "lines.linewidth": 9,
    "lines.marker": "s",
    "patch.edgecolor": "green",
    "savefig.bbox": "tight",
    "text.color": "yellow",
    "xtick.direction": "in",
    "ytick.right": True,
}


def test_the_settings_of_a_user_change_no_figure(
    made_run: Callable[..., ResultFolder], tmp_path: Path
) -> None:
    folder = made_run(load("karabakh-2020").close_up)
    cases = pd.DataFrame({"id": ["x", "y"], "case": ["X", "Y"], "level": [1.0, 4.0]})
    chances = pd.DataFrame({"theory": "article", "id": ["x", "y"], "p_level3": [0.1, 0.8]})

    def drawn(name: str) -> list[bytes]:
        figures = (alliance(folder), ladder(folder), draw_cases(cases, chances, ["seed 7"]))
        paths = [save_figure(figure, tmp_path / f"{name}{k}.svg") for k, figure in enumerate(figures)]
        return [path.read_bytes() for path in paths]

    usual = drawn("usual")
    with rc_context(UNLIKELY):
        before = dict(rcParams)
        assert drawn("unlikely") == usual
        assert dict(rcParams) == before


@pytest.mark.parametrize("below", [0.4, 0.5])
def test_rows_stand_from_the_top(below: float) -> None:
    axes = new_sheet(["caption"], "Title", 2.0).panel(1, 0, 3, 2)
    rows_from_top(axes, ["first", "second", "third"], below)
    assert list(rows_of(axes)) == ["first", "second", "third"] and directions(axes)[1] == "down"
    assert axes.get_ylim()[1] < 0 and axes.get_ylim()[0] > 2


ROOT = Path(__file__).parents[3]
SETTINGS = """text.usetex: True
font.family: serif
svg.fonttype: path
savefig.bbox: tight
lines.linewidth: 9
axes.prop_cycle: cycler('color', ['r'])
nonsense.key: 3
lines.color: 99nonsense
"""
DRAWING = """
import sys
from pathlib import Path
from experiments.figures.style import STYLE, new_sheet, rc_context, write_figures
with rc_context(STYLE):
    sheet = new_sheet(["a caption, \u4e2d\u6587 \u0939\u093f\u0928\u094d\u0926\u0940"], "A title", 1.0)
    sheet.panel(1, 0.3, 3, 0.6).plot([0, 1], [2, 3])
write_figures({"one": sheet.figure}, Path(sys.argv[1]))
"""


@thorough
def test_figures_do_not_depend_on_the_settings_of_the_machine(tmp_path):
    """Nor on a notebook's backend; letters that the font lacks are told of in one line."""
    drawn = []
    for number, (content, backend) in enumerate(
        [(b"", None), (SETTINGS.encode(), "nonsense"), (b"\xff\xfe", "module://nowhere.backend")]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "matplotlibrc").write_bytes(content)
        setting = os.environ | {"PYTHONPATH": str(ROOT)} | ({"MPLBACKEND": backend} if backend else {})
        done = subprocess.run([sys.executable, "-c", DRAWING, folder], cwd=folder, env=setting,
                              capture_output=True, text=True, check=True)  # fmt: skip
        assert done.stderr.startswith("captive-ally: some letters are not") and done.stderr.count("\n") == 1
        drawn.append([(folder / f"one.{form}").read_bytes() for form in ("svg", "png")])
    assert drawn[0] == drawn[1] == drawn[2]
