"""The figures of sensitivity: each bar, interval and mark in the row of its parameter."""

import numpy as np
import pandas as pd
import pytest

from experiments.explore.levers import Lever
from experiments.explore.methods import METHODS
from experiments.explore.sensitivity import Check, Finding
from experiments.figures.sensitivity import draw_sensitivity
from experiments.figures.style import ORANGE, SKY, VERMILLION
from sim.scenarios.parameters import YES_NO
from tests.experiments.figures.artists import (
    bands_of,
    bars_of,
    colour_of,
    directions,
    legend_of,
    lines_of,
    points_of,
    rows_of,
    strips_of,
    words_of,
)

LEVERS = (
    Lever("war.rate", 0.5, 3.5, 1.1, "a year"),
    Lever("client.option", 0.0, 1.0, 0.8, "share"),
    Lever("a.very.long.group.of.names.for.a.parameter", -2.0, 9.0, 7.5, "days"),
    Lever("deal.accepted", 0.0, 1.0, 1.0, YES_NO),
)


def finding_of(method: str) -> Finding:
    """Indices with intervals that reach farther up than down, and two halves that say something else."""
    index = np.array([0.7, 0.41, 0.22, 0.03])
    table = pd.DataFrame({"parameter": [LEVERS[k].path for k in (2, 0, 3, 1)], "index": index})
    table = table.assign(low=0.9 * index, high=1.3 * index, spread=[0.1, 0.6, 0.35, 0.02])
    if method == "sobol":
        table["first"] = [0.3, 0.38, 0.05, 0.01]
    halves = [table.assign(index=scale * index).iloc[::-1] for scale in (0.8, 1.15)]
    checks = tuple(Check(of, 1.0, half) for of, half in zip(("points", "worlds"), halves, strict=True))
    return Finding(METHODS[method], table, checks, luck=0.2, left_out=0.0)


@pytest.mark.parametrize("method", METHODS)
def test_each_row_is_a_parameter_with_its_index_and_interval(method: str) -> None:
    finding = finding_of(method)
    figure = draw_sensitivity(finding, LEVERS, "What moves it", "share", ["seed 7"])
    axes, table, legend = figure.axes[0], finding.table.set_index("parameter"), legend_of(figure)
    rows = rows_of(axes)
    assert list(rows) == list(table.index) and directions(axes)[0] == "right"
    bars = {middle: (left, right) for left, right, middle in bars_of(axes, SKY)}
    strips = {height: (low, high) for low, high, height in strips_of(axes)}
    for name, row in rows.items():
        assert bars[row] == pytest.approx((0, table.at[name, "index"]))
        assert strips[row] == pytest.approx((table.at[name, "low"], table.at[name, "high"]))
    for check in finding.checks:
        handle = legend[f"from half the {check.of}"]
        (marks,) = lines_of(axes, marker=handle.get_marker(), color=VERMILLION)
        half = check.table.set_index("parameter")["index"]
        assert dict(zip(*points_of(marks)[::-1], strict=True)) == {rows[name]: half[name] for name in rows}
    first = lines_of(axes, marker="D", color=ORANGE)
    assert len(first) == (method == "sobol")
    for marks in first:
        assert dict(zip(*points_of(marks)[::-1], strict=True)) == {
            rows[name]: table.at[name, "first"] for name in rows
        }
        assert colour_of(legend["alone (first order)"]) == ORANGE.lower()
    assert ("share)" in axes.get_xlabel()) == (method != "sobol")
    assert "seed 7" in words_of(figure)


def test_size_of_effects_lies_along_and_their_spread_up() -> None:
    finding = finding_of("morris")
    axes = draw_sensitivity(finding, LEVERS, "What moves it", "share", ["seed 7"]).axes[1]
    table = finding.table
    assert directions(axes) == ("right", "up")
    assert axes.get_xlabel().startswith("size") and axes.get_ylabel().startswith("spread")
    (dots,) = lines_of(axes, marker="o")
    assert points_of(dots) == pytest.approx(table[["index", "spread"]].to_numpy().T)
    assert sorted(strips_of(axes)) == sorted(
        table[["low", "high", "spread"]].itertuples(index=False, name=None)
    )
    for text in axes.texts:
        one = table.set_index("parameter").loc[text.get_text()]
        assert text.xy == pytest.approx((one["index"], one["spread"]))
    (even,) = (line for line in lines_of(axes, marker="None"))
    assert (points_of(even)[0] == points_of(even)[1]).all()


def test_each_curve_is_the_outcome_along_its_parameter() -> None:
    finding, curves = finding_of("oat"), {}
    for number, one in enumerate(LEVERS):
        places = np.array([0.0, 1.0]) if one.is_switch else np.linspace(0, 1, 5)
        mean = 0.2 + 0.5 * places ** (number + 2) - 0.1 * number * places
        curves[one.path] = pd.DataFrame({"value": one.low + (one.high - one.low) * places, "mean": mean,
                                         "low": mean - 0.02, "high": mean + 0.09})  # fmt: skip
    figure = draw_sensitivity(finding, LEVERS, "What moves it", "share", ["seed 7"], curves)
    levers, panels = {one.path: one for one in LEVERS}, figure.axes[1:]
    assert [axes.get_title(loc="left").replace("\n", "") for axes in panels] == list(
        finding.table["parameter"]
    )
    lefts = [axes.get_position().x0 for axes in panels]
    assert lefts == sorted(lefts)  # the most important first
    for axes in panels:
        name = axes.get_title(loc="left").replace("\n", "")
        one, curve = levers[name], curves[name]
        assert directions(axes) == ("right", "up") and axes.get_xlabel() == one.unit
        (line,) = lines_of(axes, marker=".")
        assert points_of(line) == pytest.approx(curve[["value", "mean"]].to_numpy().T)
        (band,) = bands_of(axes)
        assert band["low"].to_numpy() == pytest.approx(curve["low"].to_numpy())
        assert band["high"].to_numpy() == pytest.approx(curve["high"].to_numpy())
        (default,) = lines_of(axes, marker="None")
        assert set(points_of(default)[0]) == {one.default} and axes.get_xlim() == (one.low, one.high)
        assert axes.get_ylim() == panels[0].get_ylim()
    switch = next(axes for axes in panels if axes.get_xlabel() == YES_NO)
    assert [label.get_text() for label in switch.get_xticklabels()] == ["no", "yes"]
