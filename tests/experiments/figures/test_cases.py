"""The figures of coded cases: each chance in the cell of its case and theory, each score in its row."""

import numpy as np
import pandas as pd
import pytest

from experiments.figures.cases import draw_cases, draw_scores
from experiments.figures.style import BLUE, GREY
from tests.experiments.figures.artists import (
    beside_of,
    colour_of,
    columns_of,
    directions,
    is_darker,
    lines_of,
    points_of,
    rows_of,
    texts_in,
    words_of,
)

CASES = pd.DataFrame(
    {
        "id": ["x", "y", "z", "w"],
        "case": ["Xland", "Yland", "Zland", "Wland"],
        "level": [1.0, 4.0, np.nan, 3.0],
    }
)
THEORIES = ("article", "treaty_only", "base_rate")


def predicted() -> pd.DataFrame:
    chances = {"x": 0.02, "y": 0.91, "z": 0.33, "w": 0.47}
    rows = [
        (theory, case, chance ** (1 + k / 2))
        for k, theory in enumerate(THEORIES)
        for case, chance in chances.items()
    ]
    return pd.DataFrame(rows, columns=["theory", "id", "p_level3"])


def test_each_cell_holds_the_chance_of_its_case_under_its_theory() -> None:
    figure = draw_cases(CASES, predicted(), ["seed 7"])
    (axes,) = figure.axes
    (image,) = axes.images
    rows, columns = rows_of(axes), columns_of(axes)
    assert list(rows) == ["Yland", "Wland", "Xland", "Zland"]  # by what happened, force on top
    assert list(columns) == [name.replace("_", "\n") for name in THEORIES]
    left, right, bottom, top = image.get_extent()
    assert (left, right, bottom, top) == (-0.5, 2.5, 3.5, -0.5) and image.origin == "upper"
    table, texts = np.asarray(image.get_array()), texts_in(axes)
    shades = image.to_rgba(image.get_array())
    for _, one in predicted().iterrows():
        row = rows[CASES.set_index("id").at[one["id"], "case"]]
        column = columns[one["theory"].replace("_", "\n")]
        assert table[int(row), int(column)] == pytest.approx(one["p_level3"])
        assert texts[column, row].get_text() == f"{100 * one['p_level3']:.0f}"
    order = np.argsort(table, axis=None)
    assert is_darker(shades.reshape(-1, 4)[order[-1]], shades.reshape(-1, 4)[order[0]])
    assert image.get_clim() == (0, 1)
    told = beside_of(axes)
    taken = CASES.set_index("case")["level"]
    assert {name: told[row] for name, row in rows.items()} == {
        name: "?" if np.isnan(taken[name]) else f"{taken[name]:.0f}" for name in rows
    }
    assert "seed 7" in words_of(figure)


def test_each_score_lies_with_its_interval_in_the_row_of_its_forecaster() -> None:
    rows = []
    for question, kind, nothing in (("force", "AUC", 0.5), ("force", "Brier", 0.2), ("rung", "tau", np.nan)):
        for k, by in enumerate(("article", "treaty_only", "capability alone")):
            value = 0.62 - 0.13 * k - (kind == "Brier") * 0.3
            rows.append(
                {"question": question, "score": kind, "by": by, "value": value, "low": value - 0.05}
                | {"high": value + 0.02, "cases": 21, "better": "higher", "nothing": nothing}
            )
    rows[-1]["value"] = np.nan
    figure = draw_scores(pd.DataFrame(rows), ["seed 7"])
    names = list(rows_of(figure.axes[0]))
    assert names == ["article", "treaty_only", "capability alone"]
    kinds = [("force", "AUC"), ("force", "Brier"), ("rung", "tau")]
    assert [
        (axes.get_title(loc="left").split()[0], axes.get_xlabel().split(":")[0]) for axes in figure.axes
    ] == kinds
    for axes, (question, kind) in zip(figure.axes, kinds, strict=True):
        assert directions(axes) == ("right", "down")
        for one in rows:
            if (one["question"], one["score"]) != (question, kind):
                continue
            row = names.index(one["by"])
            if np.isnan(one["value"]):
                assert beside_of(axes)[row] == "none"
                continue
            interval, dot = sorted(
                (line for line in axes.lines if (points_of(line)[1] == row).all()),
                key=lambda line: line.get_marker() == "o",
            )
            assert points_of(interval)[0].tolist() == [one["low"], one["high"]]
            assert points_of(dot)[0].tolist() == [one["value"]]
            assert colour_of(dot) == (GREY if one["by"] == "capability alone" else BLUE).lower()
        upright = [line for line in lines_of(axes, marker="None") if set(points_of(line)[1]) == {0, 1}]
        known = {"AUC": [0.5], "Brier": [0.2], "tau": []}[kind]
        assert [points_of(line)[0].tolist() for line in upright if line.get_linestyle() != "-"] == [
            [nothing, nothing] for nothing in known
        ]
