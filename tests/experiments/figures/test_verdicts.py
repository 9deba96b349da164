"""The figures of verdicts: effect, interval, verdict and robustness of each claim in its own row."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from experiments.figures.style import BLUE, VERMILLION
from experiments.figures.verdicts import draw_effects, draw_scoreboard
from experiments.trial.claims import CANNOT_FAIL, VERDICTS
from experiments.trial.verdict import FAILS, HOLDS, NEGLIGIBLE, UNDECIDED
from tests.experiments.figures.artists import (
    bars_of,
    colour_of,
    columns_of,
    directions,
    legend_of,
    line_of_text,
    points_of,
    row_beside,
    words_of,
)

BOARD = pd.DataFrame(
    [
        ("C1", "prediction", "more land is lost", 0.5, 0.3, 0.6, "share", 0.02, False, HOLDS, "borne out",
         0.8, 0.1, 0.3, 0.6),
        ("C4", "rule", "it steps in later", -7.0, -9.0, -2.0, "days", 2.0, False, FAILS, "contradicted",
         0.2, 0.7, 0.1, 0.85),
        ("C9", "rule", "nothing changes", 0.01, -0.02, 0.09, "share of worlds", 0.05, True, NEGLIGIBLE,
         "mixed", 0.45, 0.05, np.nan, np.nan),
        ("C12", "prediction", "it never came", np.nan, np.nan, np.nan, "rung", 0.1, False, UNDECIDED,
         "not tested", np.nan, np.nan, np.nan, np.nan),
        ("C20", "prediction", "far beyond all scales", 99.0, -1.0, 150.0, "km2", 0.2, False, UNDECIDED,
         "mixed", 0.6, 0.2, 0.55, 0.15),
        ("C53", "rule", "nothing comes", 0.0, 0.0, 0.0, "share", 0.2, True, CANNOT_FAIL,
         "borne out", 1.0, 0.0, 1.0, 0.0),
    ],
    columns=["claim", "kind", "short", "effect", "low", "high", "unit", "scale", "near", "verdict", "history",
             "near_holds", "near_fails", "far_holds", "far_fails"],
).assign(
    sign=["emergent", "emergent", "built in", "emergent", "emergent", "built in"],
    draws_holds=[0.9, 0.15, 0.4, np.nan, 0.5, 1.0],
    draws_fails=[0.05, 0.75, 0.1, np.nan, 0.3, 0.0],
)  # fmt: skip


def rows_of_claims(figure: Figure, axes) -> dict[str, int]:
    """The row of a panel that each claim's name stands beside."""
    names = {name: name for name in BOARD["claim"]}
    return {
        names[text.get_text().split()[0]]: row_beside(axes, text)
        for text in figure.texts
        if text.get_text().split()[0] in names and text.get_position()[0] < 0.1
    }


def says_effects(figure: Figure, axes) -> None:
    """Each effect lies with its interval in the row of its claim, in the sign and colour of its verdict."""
    rows, legend = rows_of_claims(figure, axes), legend_of(figure)
    assert directions(axes) == ("right", "up") and axes.get_xscale() == "symlog"
    assert {float(label) for label in columns_of(axes) if label} == {-100, -1, 0, 1, 100}
    assert all(float(label) == place for label, place in columns_of(axes).items() if label)
    assert sorted(rows, key=lambda name: -rows[name]) == list(BOARD["claim"])  # from the top
    for _, one in BOARD.iterrows():
        mine = [line for line in axes.lines if (points_of(line)[1] == rows[one["claim"]]).all()]
        if np.isnan(one["effect"]):
            assert not mine
            continue
        interval, effect = sorted(mine, key=lambda line: len(line.get_xdata()), reverse=True)
        scaled = [np.clip(one[name] / one["scale"], -300, 300) for name in ("low", "high", "effect")]
        assert points_of(interval)[0] == pytest.approx(scaled[:2])
        assert points_of(effect)[0] == pytest.approx(scaled[2:])
        handle = legend[one["verdict"]]
        assert colour_of(effect) == colour_of(interval) == colour_of(handle)
        assert effect.get_marker() == handle.get_marker()
        assert (effect.get_markerfacecolor() == "white") == one["near"]
    (matters, *_) = bars_of(axes)
    assert matters[:2] == (-1, 1)


def test_each_expectation_has_its_effect_and_numbers_in_its_row() -> None:
    figure = draw_effects(BOARD.assign(words=BOARD["short"]), "Effects", ["seed 7"])
    says_effects(figure, figure.axes[0])
    told = {"C1": "+0.5 share, holds", "C4": "-7 days, fails", "C9": "+0.01 share, negligible",
            "C12": "not defined, undecided", "C20": "+99 km2, undecided",
            "C53": "+0 share, cannot fail"}  # fmt: skip
    for _, one in BOARD.iterrows():
        assert line_of_text(figure, f"{one['claim']:<4}{one['short']}")[-1] == told[one["claim"]]
    assert "seed 7" in words_of(figure)


def test_each_claim_has_its_effect_verdicts_and_robustness_in_its_row() -> None:
    figure = draw_scoreboard(BOARD, ["seed 7"])
    axes, draws, near, far, signs = figure.axes
    says_effects(figure, axes)
    rows, legend = rows_of_claims(figure, axes), legend_of(figure)
    for panel in (draws, near, far, signs):
        assert directions(panel) == ("right", "up") and rows_of_claims(figure, panel) == rows
    seen = {"borne out": HOLDS, "contradicted": FAILS}
    for _, one in BOARD.iterrows():
        row = rows[one["claim"]]
        assert line_of_text(figure, one["claim"])[1:] == [
            "pred." if one["kind"] == "prediction" else "rule",
            one["sign"],
            one["short"],
        ]
        model, *record = [line for line in signs.lines if (points_of(line)[1] == row).all()]
        assert model.get_marker() == legend[one["verdict"]].get_marker()
        assert colour_of(model) == colour_of(legend[one["verdict"]])
        assert [line.get_marker() for line in record] == {"not tested": []}.get(
            one["history"], [legend[seen.get(one["history"], UNDECIDED)].get_marker()])  # fmt: skip
        assert all(
            points_of(line)[0] > points_of(model)[0] and line.get_markerfacecolor() == "none"
            for line in record
        )
        assert all(
            colour_of(line) == colour_of(legend[seen[one["history"]]])
            for line in record
            if one["history"] in seen
        )
        for panel, name in ((draws, "draws"), (near, "near"), (far, "far")):
            holds = [bar[:2] for bar in bars_of(panel, BLUE) if bar[2] == pytest.approx(row)]
            fails = [bar[:2] for bar in bars_of(panel, VERMILLION) if bar[2] == pytest.approx(row)]
            if np.isnan(one[f"{name}_holds"]):
                assert holds == fails == []
                continue
            assert holds == [pytest.approx((0, one[f"{name}_holds"]))]
            assert fails == [pytest.approx((1 - one[f"{name}_fails"], 1))]
    assert line_of_text(figure, "sign") == ["sign", "effect", "model", "record", "draws", "near", "far"]
    lefts = [panel.get_position().x0 for panel in (axes, signs, draws, near, far)]
    assert lefts == sorted(lefts)


def test_the_signs_of_the_verdicts_are_told() -> None:
    legend = legend_of(draw_scoreboard(BOARD, ["seed 7"]))
    assert colour_of(legend[HOLDS]) == BLUE.lower() and colour_of(legend[FAILS]) == VERMILLION.lower()
    assert list(legend) == list(VERDICTS)
    assert len({handle.get_marker() for handle in legend.values()}) == len(VERDICTS)
