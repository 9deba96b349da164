"""Does each kind of design get the figure that suits it, whole, true and the same each time?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pandas as pd
import pytest

from experiments.figures.main_effects import (
    Outcome,
    Sweep,
    factors_of,
    main_effects,
    outcome_of,
    places_along,
    summarise,
)
from experiments.figures.sweep import draw_sweep, figure_of
from sim.errors import UserError
from sim.runs.design import build, check, parse_factor
from sim.runs.execution import RunOptions, run_into
from sim.runs.manifest import Manifest
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder, open_folder
from sim.scenarios.scenario import describe, load

WAR = load("karabakh-2020")
KNOWN = {info.path: info for info in describe(WAR)}
OPTION, CAPABILITY, GRATITUDE = "client.outside_option", "patron.capability", "challenger.gratitude"
ALL_KINDS = ("share_lost", "level_max_date", "kept_aside_by", "peaceful_deal")
WORLDS = 12

Make = Callable[..., ResultFolder]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A folder of made-up worlds: an outcome of each kind, as functions of the first factors."""

    def of(design: dict[str, list[Any]], worlds: int = WORLDS, **columns: Any) -> ResultFolder:
        table = pd.DataFrame(design)
        points = np.repeat(np.arange(len(table)), worlds)
        luck = (np.tile(np.arange(worlds), len(table)) + 0.5) / worlds
        level = sum(pd.factorize(table[name], sort=True)[0] / 10 / (k + 1) for k, name in enumerate(table))
        share = np.clip(level[points] / 2 + 0.3 * luck, 0, 1)
        days = pd.to_datetime("2020-10-01") + pd.to_timedelta(np.round(40 * share), unit="D")
        made = {
            "point": points,
            "world": np.tile(np.arange(worlds), len(table)),
            "share_lost": share,
            "wars": np.round(3 * share).astype(int),
            "level_max_date": days.where(share > 0.1),
            "kept_aside_by": np.where(share < 0.2, "cost", np.where(luck < 0.5, "gratitude", "title")),
            "peaceful_deal": share < 0.25,
            "fell_SHU": days.where(share > 0.3),
        }
        pd.DataFrame(made | columns).to_parquet(tmp_path / "worlds.parquet")
        plan = Plan(WAR, seed=5, worlds=worlds, design=table)
        return ResultFolder(tmp_path, Manifest.of_run(plan, "captive-ally sweep"))

    return of


def spread(*names: str, sampler: str = "sobol", points: int = 32) -> dict[str, list[Any]]:
    """A design over the whole range of each factor."""
    texts = [name if "=" in name else f"{name}={KNOWN[name].low}:{KNOWN[name].high}" for name in names]
    factors = [parse_factor(text, KNOWN) for text in texts]
    return dict(check(build(factors, sampler, points), KNOWN, "--vary").to_dict(orient="list"))


def grid(*texts: str) -> dict[str, list[Any]]:
    return spread(*texts, sampler="grid")


THEORIES = "theory=article,treaty_only,balance_of_threat"
DESIGNS: dict[str, dict[str, list[Any]]] = {
    "number": grid(f"{OPTION}=0:1:11"),
    "number, many points": spread(OPTION, points=128),
    "category": grid(THEORIES),
    "claims": grid("without=,C3,C17,C3+C17"),
    "yes or no": grid("mediators.madrid_accepted=0,1"),
    "few numbers": grid(f"{OPTION}=0.1,0.5,0.9"),
    "number and category": grid(f"{OPTION}=0:1:7", THEORIES),
    "number and category, spread": spread(OPTION, THEORIES),
    "grid": grid(f"{OPTION}=0:1:6", f"{CAPABILITY}=0.1:1:7"),
    "two spread": spread(OPTION, CAPABILITY),
    "two, in a row": {OPTION: [k / 12 for k in range(12)], CAPABILITY: [k / 12 for k in range(12)]},
    "two, few": spread(OPTION, CAPABILITY, points=8),
    "two categories": grid(THEORIES, "without=,C3,C17,C3+C17"),
    "many columns": grid(
        f"{OPTION}=0:1:9", "without=" + ",".join(f"C{n}" for n in (3, 4, 6, 13, 17, 26, 29, 40))
    ),
    "three": grid(f"{OPTION}=0:1:4", f"{CAPABILITY}=0.1:1:4", THEORIES),
    "four, spread": spread(OPTION, CAPABILITY, GRATITUDE, THEORIES, points=64),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_and_kind_of_outcome_is_drawn_whole(make: Make, tmp_path: Path, name: str) -> None:
    folder, before = make(DESIGNS[name]), dict(matplotlib.rcParams)
    sweep = Sweep(folder, factors_of(folder))
    for kind in ALL_KINDS:
        figure = figure_of(sweep, outcome_of(folder, kind), [].append)
        tight, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert tight.x0 >= 0 and tight.y0 >= 0 and tight.x1 <= width and tight.y1 <= height, kind
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", ["number", "claims", "number and category", "grid", "two spread", "three"])
def test_the_same_folder_gives_the_same_bytes(make: Make, tmp_path: Path, name: str) -> None:
    folder = make(DESIGNS[name])
    first, second = tmp_path / "first", tmp_path / "second"
    for into in (first, second):
        into.mkdir()
        draw_sweep(folder, into, ALL_KINDS)
    files = sorted(path.name for path in first.iterdir())
    expected = [f"sweep-{kind}.{form}" for kind in ALL_KINDS for form in ("svg", "png")]
    assert files == sorted(expected + (["main_effects.csv"] if name == "three" else []))
    assert all((first / file).read_bytes() == (second / file).read_bytes() for file in files)


def words(svg: Path) -> str:
    return " ".join(" ".join(ElementTree.parse(svg).getroot().itertext()).split())


def test_caption_and_axes_say_what_is_shown(make: Make, tmp_path: Path) -> None:
    draw_sweep(make(DESIGNS["grid"]), tmp_path)
    text = words(tmp_path / "sweep-share_lost.svg")
    facts = (WAR.title, "theory: article", "42 points (grid)", "12 worlds a point", "seed 5", "mean, share")
    for fact in (*facts, KNOWN[OPTION].meaning, f"{OPTION}, share", KNOWN[CAPABILITY].meaning):
        assert fact in text


def test_a_date_that_did_not_come_everywhere_says_so(make: Make, tmp_path: Path) -> None:
    folder = make(DESIGNS["number"])
    draw_sweep(folder, tmp_path, "fell_SHU")
    known = folder.worlds["fell_SHU"].notna().groupby(folder.worlds["point"]).mean()
    text = words(tmp_path / "sweep-fell_SHU.svg")
    assert f"only worlds where it is known, {known.min():.0%}".replace("%", " %") in text
    assert "Shu" in text and "2020" in text


def test_the_line_is_the_median_of_the_worlds(make: Make) -> None:
    folder = make(DESIGNS["number"])
    (axes,) = figure_of(Sweep(folder, factors_of(folder)), outcome_of(folder, "share_lost"), [].append).axes
    line = next(line for line in axes.lines if line.get_marker() == "o")
    medians = folder.worlds.groupby("point")["share_lost"].median()
    assert line.get_xdata() == pytest.approx(DESIGNS["number"][OPTION])
    assert line.get_ydata() == pytest.approx(medians.to_numpy())


def test_cells_of_a_heat_map_are_centred_on_the_points(make: Make) -> None:
    folder = make(DESIGNS["grid"])
    axes = figure_of(Sweep(folder, factors_of(folder)), outcome_of(folder, "share_lost"), [].append).axes[0]
    (mesh,) = (found for found in axes.collections if hasattr(found, "get_coordinates"))
    corners = np.array(mesh.get_coordinates())
    middles = (corners[:-1, :-1] + corners[1:, 1:]) / 2
    assert middles[0, :, 0] == pytest.approx(np.linspace(0, 1, 6))
    means = folder.worlds.groupby("point")["share_lost"].mean().to_numpy().reshape(6, 7).T
    assert np.asarray(mesh.get_array()) == pytest.approx(means)


def test_a_point_without_worlds_is_left_blank(make: Make, tmp_path: Path) -> None:
    for name in (
        "number",
        "category",
        "number and category",
        "grid",
        "two spread",
        "two categories",
        "three",
    ):
        folder = make(DESIGNS[name])
        some = folder.worlds[folder.worlds["point"] != 2]
        some.to_parquet(tmp_path / "worlds.parquet")
        again = ResultFolder(tmp_path, folder.manifest)
        for kind in ALL_KINDS:
            figure_of(Sweep(again, factors_of(again)), outcome_of(again, kind), [].append)


def test_an_outcome_that_never_varies_or_never_came_is_drawn(make: Make, tmp_path: Path) -> None:
    for design in DESIGNS.values():
        worlds = WORLDS * len(next(iter(design.values())))
        never = pd.Series(pd.NaT, index=range(worlds), dtype="datetime64[ms]")
        folder = make(design, share_lost=np.zeros(worlds), level_max_date=never)
        assert len(draw_sweep(folder, tmp_path, ("share_lost", "level_max_date"))) >= 4


def test_nothing_is_drawn_where_nothing_varies(make: Make, tmp_path: Path) -> None:
    assert draw_sweep(make({OPTION: [0.5]}), tmp_path) == []


def test_an_unknown_outcome_is_refused_with_the_nearest(make: Make, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="share_lost"):
        draw_sweep(make(DESIGNS["number"]), tmp_path, "share_los")


def test_main_effects_find_the_shares_of_an_additive_outcome(make: Make) -> None:
    design = grid(f"{OPTION}=0:1:5", "client.alignment=0:1:5", f"{GRATITUDE}=0:1:5")
    points = pd.DataFrame(design)
    level = 3 * points[OPTION] - points["client.alignment"]
    folder = make(design, share_lost=np.repeat(level.to_numpy(), WORLDS))
    effects = main_effects(Sweep(folder, factors_of(folder)), outcome_of(folder, "share_lost"))
    assert list(effects["factor"]) == [OPTION, "client.alignment", GRATITUDE]
    assert effects["share_of_variance"].to_numpy() == pytest.approx([0.9, 0.1, 0], abs=0.01)
    assert (effects["share_low"] <= effects["share_of_variance"]).all()
    assert (effects["share_high"] >= effects["share_of_variance"]).all()
    assert effects["share_high"].iloc[2] < 0.1 < effects["share_high"].iloc[1]
    assert effects["difference"].to_numpy() == pytest.approx([2.25, -0.75, 0])  # halves of 0, 1/4 .. 1
    assert effects.loc[0, ["low", "high"]].tolist() == ["< 0.5", "> 0.5"]


def test_noise_has_no_main_effect(make: Make) -> None:
    """What so many bins account for by chance is taken off; the interval holds nothing."""
    design = spread(OPTION, CAPABILITY, GRATITUDE, points=64)
    noise = (np.arange(64) * 0.6180339887) % 1
    folder = make(design, share_lost=np.repeat(noise, WORLDS))
    effects = main_effects(Sweep(folder, factors_of(folder)), outcome_of(folder, "share_lost"))
    assert effects["share_of_variance"].max() < 0.15
    assert effects["share_low"].max() < 0.05


def test_main_effects_of_a_category_name_its_ends(make: Make) -> None:
    design = grid(THEORIES, f"{OPTION}=0:1:3", f"{CAPABILITY}=0.1:1:3")
    level = pd.Series(design["theory"]).map({"article": 0.9, "treaty_only": 0.1, "balance_of_threat": 0.4})
    folder = make(design, share_lost=np.repeat(level.to_numpy(), WORLDS))
    first = main_effects(Sweep(folder, factors_of(folder)), outcome_of(folder, "share_lost")).iloc[0]
    assert first[["factor", "low", "high"]].tolist() == ["theory", "treaty only", "article"]
    assert first["share_of_variance"] == pytest.approx(1)
    assert first["difference"] == pytest.approx(0.8)


def test_few_points_give_no_shares_but_a_figure(make: Make, tmp_path: Path) -> None:
    folder = make({OPTION: [0.1, 0.9], CAPABILITY: [0.2, 0.7], GRATITUDE: [0.0, 1.0]})
    draw_sweep(folder, tmp_path)
    assert "No shares" in words(tmp_path / "sweep-share_lost.svg")


def test_the_interval_of_a_share_is_wilsons() -> None:
    """1 of 10 at 90 %: 0.0213 to 0.3603 (Wilson 1927, z = 1.645)."""
    outcome = Outcome("deal", "Deal", "share of worlds", pd.Series([1.0] + [0.0] * 9))
    row = summarise(outcome, pd.Series([0] * 10)).iloc[0]
    z, n, p = 1.645, 10, 0.1
    root = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert row["q05"] == pytest.approx((p + z**2 / (2 * n) - root) / (1 + z**2 / n))
    assert row["q95"] == pytest.approx((p + z**2 / (2 * n) + root) / (1 + z**2 / n))


def test_close_points_are_put_together(make: Make) -> None:
    folder = make(DESIGNS["number, many points"])
    sweep = Sweep(folder, factors_of(folder))
    places = places_along(sweep, sweep.factors[0])
    assert places.nunique() == 40
    assert np.abs(places - sweep.factors[0].values).max() < 1 / 32


def test_a_real_run_over_a_design_is_drawn(tmp_path: Path) -> None:
    design = pd.DataFrame(grid(f"{OPTION}=0,1", "theory=article,treaty_only"))
    path = run_into(
        Plan(WAR, worlds=4, design=design), tmp_path / "out", "x", RunOptions("inline"), draw=draw_sweep
    )
    assert (path / "sweep-share_lost.svg").is_file()
    assert "treaty only" in words(path / "sweep-share_lost.svg")
    assert open_folder(path).manifest["figures"] == ["sweep-share_lost.png", "sweep-share_lost.svg"]
