"""Main effects: what each factor of a design does to an outcome, in numbers and in bars."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from experiments.figures.main_effects import main_effects
from experiments.figures.style import BLACK
from experiments.figures.sweep import draw_sweep, figure_of
from experiments.figures.sweep_data import (
    ShownOutcome,
    Sweep,
    day_word,
    factors_of,
    number_word,
    outcome_of,
    places_along,
    quantiles_by,
)
from experiments.shares import in_percent
from sim.runs.results import ResultFolder
from tests.experiments.figures.artists import bars_of, directions, line_of_text, lines_of, points_of, texts_in
from tests.experiments.figures.made import (
    CAPABILITY,
    DESIGNS,
    GRATITUDE,
    OPTION,
    THEORIES,
    WORLDS,
    grid,
    scattered,
)

Make = Callable[..., ResultFolder]


def words(svg: Path) -> str:
    return " ".join(" ".join(ElementTree.parse(svg).getroot().itertext()).split())


def test_main_effects_find_the_shares_of_an_additive_outcome(made_sweep: Make) -> None:
    design = grid(f"{OPTION}=0:1:5", "client.alignment=0:1:5", f"{GRATITUDE}=0:1:5")
    points = pd.DataFrame(design)
    level = 3 * points[OPTION] - points["client.alignment"]
    folder = made_sweep(design, share_lost=np.repeat(level.to_numpy(), WORLDS))
    effects = main_effects(Sweep(folder, factors_of(folder)), outcome_of(folder, "share_lost"))
    assert list(effects["factor"]) == [OPTION, "client.alignment", GRATITUDE]
    assert effects["share_of_variance"].to_numpy() == pytest.approx([0.9, 0.1, 0], abs=0.01)
    assert (effects["share_low"] <= effects["share_of_variance"]).all()
    assert (effects["share_high"] >= effects["share_of_variance"]).all()
    assert effects["share_high"].iloc[2] < 0.1 < effects["share_high"].iloc[1]
    assert effects["difference"].to_numpy() == pytest.approx([2.25, -0.75, 0])  # halves of 0, 1/4 .. 1
    assert effects.loc[0, ["low", "high"]].tolist() == ["< 0.5", "> 0.5"]


def test_noise_has_no_main_effect(made_sweep: Make) -> None:
    """What so many bins account for by chance is taken off; the interval holds nothing."""
    design = scattered(OPTION, CAPABILITY, GRATITUDE, points=64)
    noise = (np.arange(64) * 0.6180339887) % 1
    folder = made_sweep(design, share_lost=np.repeat(noise, WORLDS))
    effects = main_effects(Sweep(folder, factors_of(folder)), outcome_of(folder, "share_lost"))
    assert effects["share_of_variance"].max() < 0.15
    assert effects["share_low"].max() < 0.05


def test_main_effects_of_a_category_name_its_ends(made_sweep: Make) -> None:
    design = grid(THEORIES, f"{OPTION}=0:1:3", f"{CAPABILITY}=0.1:1:3")
    level = pd.Series(design["theory"]).map({"article": 0.9, "treaty_only": 0.1, "balance_of_threat": 0.4})
    folder = made_sweep(design, share_lost=np.repeat(level.to_numpy(), WORLDS))
    first = main_effects(Sweep(folder, factors_of(folder)), outcome_of(folder, "share_lost")).iloc[0]
    assert first[["factor", "low", "high"]].tolist() == ["theory", "treaty only", "article"]
    assert first["share_of_variance"] == pytest.approx(1)
    assert first["difference"] == pytest.approx(0.8)


def test_few_points_give_no_shares_but_a_figure(made_sweep: Make, tmp_path: Path) -> None:
    folder = made_sweep({OPTION: [0.1, 0.9], CAPABILITY: [0.2, 0.7], GRATITUDE: [0.0, 1.0]})
    draw_sweep(folder, tmp_path)
    assert "No shares" in words(tmp_path / "sweep-share_lost.svg")


def test_the_interval_of_a_share_is_wilsons() -> None:
    """1 of 10 at 90 %: 0.0213 to 0.3603 (Wilson 1927, z = 1.645)."""
    outcome = ShownOutcome("deal", "Deal", "share of worlds", pd.Series([1.0] + [0.0] * 9))
    row = quantiles_by(outcome, pd.Series([0] * 10)).iloc[0]
    z, n, p = 1.645, 10, 0.1
    root = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert row["q05"] == pytest.approx((p + z**2 / (2 * n) - root) / (1 + z**2 / n))
    assert row["q95"] == pytest.approx((p + z**2 / (2 * n) + root) / (1 + z**2 / n))


def test_close_points_are_put_together(made_sweep: Make) -> None:
    folder = made_sweep(DESIGNS["number, many points"])
    sweep = Sweep(folder, factors_of(folder))
    places = places_along(sweep, sweep.factors[0])
    assert places.nunique() == 40
    assert np.abs(places - sweep.factors[0].values).max() < 1 / 32


@pytest.mark.parametrize("kind", ["share_lost", "level_max_date"])
def test_each_factor_has_its_bar_interval_and_ends(made_sweep: Make, kind: str) -> None:
    design = DESIGNS["four, spread"]
    points = pd.DataFrame(design)
    level = 0.9 - 0.6 * points[GRATITUDE] + 0.3 * points[OPTION] ** 2 + 0.1 * (points["theory"] == "article")
    values = np.repeat(level.to_numpy(), WORLDS)
    dates = pd.Series(pd.Timestamp("2020-10-01") + pd.to_timedelta(np.round(60 * values), unit="D"))
    folder, kept = made_sweep(design, share_lost=values, level_max_date=dates), []
    figure = figure_of(Sweep(folder, factors_of(folder)), outcome_of(folder, kind), kept.append)
    (table,), (axes,) = kept, figure.axes
    assert directions(axes)[0] == "right" and directions(axes)[1] == "down" and axes.get_xlim() == (0, 1)
    assert table["factor"].iloc[0] == GRATITUDE and table["difference"].iloc[0] < 0
    across = axes.get_yaxis_transform()
    word = str if kind.endswith("_date") else number_word
    for row, one in table.iterrows():
        beside = [
            text
            for text in axes.texts
            if text.get_transform() is across and abs(text.get_position()[1] - row) < 0.4
        ]
        beside.sort(key=lambda text: text.get_position()[0])
        above = [text.get_text() for text in beside if text.get_position()[1] < row]
        below = [text.get_text() for text in beside if text.get_position()[1] > row]
        assert above[:3] == [one["factor"], word(one["low_mean"]), word(one["high_mean"])]
        size = number_word(abs(one["difference"]))
        sign = "" if not float(size.replace(",", "")) else "+" if one["difference"] > 0 else "-"
        assert above[3] == sign + size + " days" * kind.endswith("_date")
        assert below[1:] == [one["low"], one["high"]]
        (bar,) = (found for found in bars_of(axes) if found[2] == pytest.approx(row))
        assert bar[:2] == pytest.approx((0, one["share_of_variance"]))
        (interval,) = (line for line in lines_of(axes, color=BLACK) if set(points_of(line)[1]) == {row})
        assert points_of(interval)[0] == pytest.approx(one[["share_low", "share_high"]].to_numpy(dtype=float))
        (share,) = (text.get_text() for (_, y), text in texts_in(axes).items() if y == row)
        assert share == in_percent(one["share_of_variance"])
    assert line_of_text(figure, "low") == ["low", "high", "difference"]


def test_the_ends_of_a_date_are_dates_and_their_difference_days(made_sweep: Make) -> None:
    design = grid(f"{OPTION}=0:1:3", f"{CAPABILITY}=0.1:1:3", f"{GRATITUDE}=0:1:3")
    days = 18600 + 30 * pd.Series(design[OPTION]) - 8 * pd.Series(design[CAPABILITY])
    dates = pd.Series(pd.to_datetime(np.repeat(days.to_numpy(), WORLDS), unit="D").floor("D"))
    folder = made_sweep(design, level_max_date=dates)
    first = main_effects(Sweep(folder, factors_of(folder)), outcome_of(folder, "level_max_date")).iloc[0]
    known = (dates - pd.Timestamp("1970-01-01")).dt.days.groupby(np.repeat(design[OPTION], WORLDS)).mean()
    assert first["factor"] == OPTION
    assert (first["low_mean"], first["high_mean"]) == (day_word(known[0.0]), day_word(known[1.0]))
    assert first["difference"] == pytest.approx(known[1.0] - known[0.0])
