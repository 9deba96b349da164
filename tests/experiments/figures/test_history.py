"""The figures of a run beside the record: each mark in its row and band, each curve that of its theory."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from experiments.figures.history import control_over_time, opinion_over_time, patterns_in_bands
from experiments.figures.style import as_days
from sim.scenarios.loading import load
from tests.experiments.figures.artists import (
    bands_of,
    bars_of,
    beside_of,
    colour_of,
    columns_of,
    directions,
    legend_of,
    lines_of,
    points_of,
    rows_of,
    texts_in,
    words_of,
)

THEORIES = ("article", "treaty_only", "base_rate")
WAR, YEARS = load("karabakh-2020").close_up, load("karabakh-1994-2025")


@pytest.fixture
def scores() -> pd.DataFrame:
    """Five patterns, of which the first three may be fitted to, under three theories."""
    bands = ((0.1, 0.5), (2, 3), (10, 50), (0.6, 1.0), (-0.2, 0.2))
    names = ("deals", "wars", "days", "pacts", "order")
    rows = [
        {"pattern": f"T{4 + place}", "name": name, "fitted": place < 3, "low": low, "high": high,
         "value": low + (high - low) * (0.13 + 0.21 * place - 0.4 * number), "theory": theory}
        for place, (name, (low, high)) in enumerate(zip(names, bands, strict=True))
        for number, theory in enumerate(THEORIES)
    ]  # fmt: skip
    rows[-1]["value"] = 44.0
    return pd.DataFrame(rows)


def test_each_pattern_is_a_row_and_each_theory_a_mark_in_its_band(scores: pd.DataFrame) -> None:
    figure = patterns_in_bands(scores, ["seed 7"])
    (axes,) = figure.axes
    rows, legend = rows_of(axes), legend_of(figure)
    patterns = scores.drop_duplicates("pattern")
    assert directions(axes) == ("right", "up")
    assert list(rows) == [f"{one.pattern}  {one['name']}" for _, one in patterns.iterrows()]
    assert columns_of(axes) == {"or less": -0.75, "low": 0, "high": 1, "or more": 1.75}
    assert list(legend) == list(THEORIES)
    heights: dict[str, set[float]] = {row: set() for row in rows}
    for theory, mine in scores.groupby("theory"):
        look = legend[str(theory)]
        (line,) = lines_of(axes, color=look.get_color(), marker=look.get_marker())
        for (x, y), (_, one) in zip(points_of(line).T, mine.iterrows(), strict=True):
            share = (one["value"] - one["low"]) / (one["high"] - one["low"])
            assert x == pytest.approx(np.clip(share, -0.75, 1.75))
            row = f"{one['pattern']}  {one['name']}"
            assert abs(y - rows[row]) < 0.3
            heights[row].add(round(float(y), 6))
    assert all(len(found) == len(THEORIES) for found in heights.values())  # none hides another
    assert [bar[:2] for bar in bars_of(axes)] == [(0, 1)]


def test_the_band_of_each_pattern_is_told_beside_it_and_what_is_held_out_below(scores: pd.DataFrame) -> None:
    figure = patterns_in_bands(scores, ["seed 7"])
    (axes,) = figure.axes
    rows, told = rows_of(axes), beside_of(axes)
    for _, one in scores.drop_duplicates("pattern").iterrows():
        assert told[rows[f"{one['pattern']}  {one['name']}"]].startswith(f"{one['low']:g} to {one['high']:g}")
    (line,) = lines_of(axes, marker="None")
    (height,) = set(points_of(line)[1])
    assert rows["T6  days"] > height > rows["T7  pacts"]
    ((_, below),) = (place for place, text in texts_in(axes).items() if text.get_text() == "held out")
    assert rows["T7  pacts"] < below < height
    assert "seed 7" in words_of(figure)


def sampled(places: int, worlds: int, start: float) -> np.ndarray:
    """(worlds, dates) values that fall with the date and lie unevenly about their median."""
    worlds_up = start * (np.linspace(0, 1, worlds)[:, None] ** 3)
    return 0.15 + worlds_up * (1 - 0.7 * np.linspace(0, 1, places)[None, :])


def says_samples(axes, places, samples, legend, middle=np.median) -> None:
    """The first sample as median and ranges, the others as medians, each in the colour of its name."""
    assert directions(axes) == ("right", "up")
    first, *others = samples
    for name in samples:
        handle = legend[f"{first}, median" if name == first else name]
        (line,) = lines_of(axes, color=colour_of(handle), linestyle="-")
        assert points_of(line) == pytest.approx(np.array([places, middle(samples[name], axis=0)]))
    wide, narrow = bands_of(axes, colour_of(legend[f"{first}, median"]))
    for band, ends in ((wide, (0.05, 0.95)), (narrow, (0.25, 0.75))):
        assert band.index.to_numpy() == pytest.approx(np.asarray(places, dtype=float))
        low, high = np.quantile(samples[first], ends, axis=0)
        assert band["low"].to_numpy() == pytest.approx(low)
        assert band["high"].to_numpy() == pytest.approx(high)
    assert len(bands_of(axes)) == 2 and others


def test_land_held_is_drawn_scenario_by_scenario_with_the_record() -> None:
    record = [
        (date(2016, 4, 5), 0.97),
        (date(2020, 9, 30), 0.9),
        (date(2020, 11, 9), 0.4),
        (date(2023, 9, 20), 0.1),
    ]
    runs = []
    for number, scenario in enumerate((WAR, YEARS)):
        dates = [scenario.start + timedelta(days=9 * k + number) for k in range(8)]
        samples = {name: sampled(8, 30, 0.8 - 0.2 * k - 0.1 * number) for k, name in enumerate(THEORIES)}
        runs.append((scenario, dates, samples))
    figure = control_over_time(runs, record, ["seed 7"])
    assert figure.axes[0].get_position().y0 > figure.axes[1].get_position().y0
    for axes, (scenario, dates, samples) in zip(figure.axes, runs, strict=True):
        assert axes.get_title(loc="left") == scenario.title
        says_samples(axes, as_days(dates), samples, legend_of(figure))
        (seen,) = lines_of(axes, marker="D")
        inside = [
            (as_days([day])[0], share) for day, share in record if scenario.start <= day <= scenario.end
        ]
        assert points_of(seen) == pytest.approx(np.array(inside).T)
    for label, place in columns_of(figure.axes[1]).items():
        assert as_days([date(int(label), 1, 1)])[0] == place


def test_opinion_is_drawn_by_date_and_by_years_since_the_war_beside_the_polls() -> None:
    dates = [date(2011 + k, 3, 1) for k in range(12)]
    by_date = {name: sampled(12, 30, 0.8 - 0.2 * k) for k, name in enumerate(THEORIES)}
    since = {name: sampled(13, 30, 0.7 - 0.2 * k) for k, name in enumerate(THEORIES)}
    polls = {"asked": [(date(2013, 5, 1), 0.83), (date(2022, 5, 9), 0.37), (date(2024, 2, 2), 0.12)],
             "another": [(date(2021, 7, 1), 0.61)]}  # fmt: skip
    end = date(2020, 11, 10)
    figure = opinion_over_time((YEARS, dates, by_date), since, polls, end, ["seed 7"])
    upper, lower = figure.axes
    says_samples(upper, as_days(dates), by_date, legend_of(figure))
    says_samples(lower, np.arange(13) / 4, since, legend_of(figure))
    for marker, dated in (("D", polls["asked"]), ("x", polls["another"])):
        (above,), (below,) = (lines_of(axes, marker=marker) for axes in (upper, lower))
        assert points_of(above).T == pytest.approx(
            np.array([(as_days([day])[0], share) for day, share in dated])
        )
        years = [((day - end).days / 365.25, share) for day, share in dated]
        after = [pair for pair in years if 0 <= pair[0] <= 3]
        assert points_of(below).T == pytest.approx(np.array(after))
    legend = legend_of(figure)
    assert legend["polls: relations are good"].get_marker() == "D"
    assert legend["polls: other questions"].get_marker() == "x"
