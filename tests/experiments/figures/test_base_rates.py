"""The figure of base rates: a curve for each theory, and each rate of the record at its height."""

import numpy as np
import pandas as pd
import pytest

from experiments.figures.base_rates import draw_base_rates
from experiments.figures.style import BLUE
from tests.experiments.figures.artists import colour_of, directions, legend_of, points_of, words_of

SHARES = pd.DataFrame(
    {
        "theory": ["article"] * 3 + ["base_rate"] * 3,
        "scale": [0.05, 0.5, 1.0] * 2,
        "force": [0.1, 0.3, 0.8, 0.45, 0.41, 0.38],
        "low": [0.05, 0.2, 0.7, 0.4, 0.4, 0.3],
        "high": [0.2, 0.45, 0.9, 0.5, 0.45, 0.45],
    }
)
RATES = pd.DataFrame(
    {"name": ["raids", "wars", "pledges"], "share": [0.02, 0.14, 0.75], "low": [0.0, 0.6, np.nan],
     "high": [0.1, 1.0, np.nan]}
)  # fmt: skip


def test_curves_and_rates_stand_at_their_heights() -> None:
    figure = draw_base_rates(SHARES, RATES, ["seed 7"])
    (axes,) = figure.axes
    assert directions(axes) == ("right", "up") and axes.get_ylim() == (0, 1)
    handles = legend_of(figure)
    assert list(handles) == ["article", "base rate"]
    for theory, part in SHARES.groupby("theory", sort=False):
        handle = handles[str(theory).replace("_", " ")]
        (line,) = (one for one in axes.lines if one.get_label() == handle.get_label())
        assert points_of(line)[0] == pytest.approx(part["scale"])
        assert points_of(line)[1] == pytest.approx(part["force"])
        assert colour_of(line) == colour_of(handle)
    (band,) = axes.collections
    edge = band.get_paths()[0].vertices
    assert {(0.5, 0.2), (0.5, 0.45)} <= {(round(x, 6), round(y, 6)) for x, y in edge}
    rates = [line for line in axes.lines if len(line.get_xdata()) == 2]
    reaches = [(0.0, 0.1), (0.6, 1.0), (0, 1)]
    for line, share, reach in zip(rates, RATES["share"], reaches, strict=True):
        assert points_of(line)[1] == pytest.approx([share, share])
        assert tuple(points_of(line)[0]) == reach
    assert [line.get_linestyle() == "-" for line in rates] == [True, True, False]
    assert "seed 7" in words_of(figure)
    beside = [text.get_text() for text in axes.texts]
    heights = [text.get_position()[1] for text in axes.texts]
    assert [said.split() for said in beside] == [
        ["2", "%", "raids"],
        ["14", "%", "wars"],
        ["75", "%", "pledges"],
    ]
    assert heights == sorted(heights)
    assert colour_of(next(line for line in axes.lines if line.get_label() == "article")) == BLUE.lower()
