"""The figures of a calibration: what is left of each prior, and where worlds lie beside the bands."""

import numpy as np
import pandas as pd
import pytest

from experiments.explore.calibration import Posterior
from experiments.figures.calibration import predictive_check, prior_against_posterior
from experiments.figures.style import BLACK, PALE, VERMILLION
from experiments.shares import in_percent
from tests.experiments.figures.artists import (
    bars_of,
    colour_of,
    directions,
    legend_of,
    lines_of,
    points_of,
    words_of,
)

RANGES = {
    "a.rate": (1.0, 5.0, 0.31),
    "b.odds": (-2.0, 0.0, 0.57),
    "c.weight": (0.0, 10.0, 0.96),
    "d.pace": (3.0, 4.0, 0.12),
}


def test_each_parameter_has_its_posterior_prior_and_default() -> None:
    rng, defaults = np.random.default_rng(5), [1.5, -0.2, 9.0, 3.1]
    draws = pd.DataFrame({name: low + (high - low) * rng.random(900) ** (1 + place)
                          for place, (name, (low, high, _)) in enumerate(RANGES.items())})  # fmt: skip
    table = pd.DataFrame([{"parameter": name, "low": low, "high": high, "width": width}
                          for name, (low, high, width) in RANGES.items()])  # fmt: skip
    posterior = Posterior(draws, np.arange(0, 900, 3), 1.0, table, 2, 0.9)
    figure = prior_against_posterior(posterior, defaults, ["seed 7"])
    legend = legend_of(figure)
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(RANGES)
    for axes, default, (name, (low, high, width)) in zip(figure.axes, defaults, RANGES.items(), strict=True):
        assert directions(axes) == ("right", "up")
        bars = [bar for bar in axes.patches if colour_of(bar) == colour_of(legend["posterior"])]
        counts, edges = np.histogram(draws[name][::3], bins=24, range=(low, high), density=True)
        assert [bar.get_height() for bar in bars] == pytest.approx(counts)
        assert [bar.get_x() for bar in bars] == pytest.approx(edges[:-1])
        (prior,), (usual,) = lines_of(axes, color=BLACK), lines_of(axes, color=VERMILLION)
        assert points_of(prior) == pytest.approx(np.array([[low, high], [1 / (high - low)] * 2]))
        assert set(points_of(usual)[0]) == {default}
        assert [text.get_text() for text in axes.texts] == [in_percent(width)]
    assert colour_of(legend["default"]) == VERMILLION.lower() and colour_of(legend["prior"]) == BLACK.lower()
    assert "seed 7" in words_of(figure)


def test_worlds_lie_beside_the_band_and_the_record_of_their_pattern() -> None:
    patterns = [("T4", "land lost", 0.1, 0.4, "share", 0.33), ("T6", "days", 30.0, 60.0, "days", 44.0),
                ("T1", "deals", 0.0, 0.2, "share of worlds", 0.15)]  # fmt: skip
    columns = ["pattern", "name", "low", "high", "unit", "observed"]
    check = pd.DataFrame([one for one in patterns for _ in range(3)], columns=columns)
    rng = np.random.default_rng(5)
    samples = {
        source: {"T4": rng.random(200) ** (2 + k), "T6": 20 + 50 * rng.random(200) ** (k + 1),
                 "T1": (rng.random(200) < 0.1 + 0.2 * k).astype(float)}
        for k, source in enumerate(("prior", "posterior", "default"))
    }  # fmt: skip
    samples["prior"]["T6"][:50] = np.nan
    figure = predictive_check(check, samples, ["seed 7"])
    legend = legend_of(figure)
    tops = [axes.get_position().y1 for axes in figure.axes]
    assert tops == sorted(tops, reverse=True)
    for axes, (pattern, name, low, high, _, observed) in zip(figure.axes, patterns, strict=True):
        assert [text.get_text() for text in axes.texts] == [f"{pattern}  {name}"]
        assert directions(axes) == ("right", "up")
        assert [bar[:2] for bar in bars_of(axes, PALE)] == [(low, high)]
        (record,) = lines_of(axes, color=BLACK)
        assert set(points_of(record)[0]) == {observed}
        heights = []
        for source, values in samples.items():
            known, colour = values[pattern][np.isfinite(values[pattern])], colour_of(legend[source])
            if pattern == "T1":
                (dot,) = lines_of(axes, color=colour)
                assert points_of(dot)[0] == pytest.approx([known.mean()])
            else:
                thin, thick = sorted(lines_of(axes, color=colour), key=lambda line: line.get_linewidth())
                (dot,) = (
                    line for line in axes.lines if colour_of_edge(line) == colour and line.get_marker() == "o"
                )
                assert points_of(thin)[0] == pytest.approx(np.quantile(known, [0.05, 0.95]))
                assert points_of(thick)[0] == pytest.approx(np.quantile(known, [0.25, 0.75]))
                assert points_of(dot)[0] == pytest.approx([np.median(known)])
            heights.append(points_of(dot)[1][0])
        assert heights == sorted(heights, reverse=True)  # in the order of the legend
    assert [name for name in legend if name in samples] == list(samples)
    assert colour_of(legend["band"]) == PALE.lower() and colour_of(legend["record"]) == BLACK.lower()


def colour_of_edge(line) -> str:
    """The colour of the edge of a line's marks."""
    return str(line.get_markeredgecolor()).lower()
