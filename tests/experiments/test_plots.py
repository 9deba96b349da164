"""Are the figures drawn, whole, readable as text, and the same each time?"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pandas as pd
import pytest

from agents.theories import TERMS
from experiments.figures import map as map_drawing
from experiments.figures.run import PLAIN_WORDS, Record, alliance, draw_all, ladder, map_of_loss, territory
from sim.rule import RULES
from sim.runs.execution import RunOptions, run_into
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder, open_folder
from sim.scenarios.region_map import RegionMap
from sim.scenarios.scenario import Scenario, changed, load

WAR, YEARS = "karabakh-2020", "karabakh-1994-2025"
FILES = [f"{name}.{form}" for name in ("territory", "alliance", "ladder", "map") for form in ("svg", "png")]
RECORD = Record(
    control=((date(2020, 9, 27), 1.0), (date(2020, 11, 10), 0.67), (date(2023, 10, 1), 0.0)),
    captures={"JAB": date(2020, 10, 4), "STP": date(2023, 9, 20)},
)

Make = Callable[..., ResultFolder]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A result folder with its figures."""

    def of(
        scenario: Scenario, worlds: int = 8, theory: str = "article", without: tuple[str, ...] = ()
    ) -> ResultFolder:
        plan = Plan(scenario, worlds=worlds, seed=3, theory=theory, without=without)
        path = tmp_path_factory.mktemp("run") / "out"
        return open_folder(run_into(plan, path, "captive-ally run", RunOptions("inline"), draw=draw_all))

    return of


@pytest.fixture(scope="module", params=[WAR, YEARS])
def folder(request: pytest.FixtureRequest, make: Make) -> ResultFolder:
    return make(load(request.param))


def words(svg: Path) -> str:
    """All text of an SVG."""
    return " ".join(ElementTree.parse(svg).getroot().itertext())


def test_draws_every_figure_in_both_forms(folder: ResultFolder) -> None:
    for name in FILES:
        assert (folder.path / name).stat().st_size > 1000


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith("svg")])
def test_every_caption_says_what_determines_the_numbers(folder: ResultFolder, name: str) -> None:
    text = words(folder.path / name)
    for fact in (folder.scenario.title, "theory: article", "claims left out: none", "8 worlds", "seed 3"):
        assert fact in text


def test_the_same_folder_gives_the_same_bytes(folder: ResultFolder, tmp_path: Path) -> None:
    for again in draw_all(folder, tmp_path):
        assert again.read_bytes() == (folder.path / again.name).read_bytes()


def test_leaves_no_trace_in_matplotlib(folder: ResultFolder, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    draw_all(folder, tmp_path, RECORD)
    assert dict(matplotlib.rcParams) == before


def test_shows_the_record_inside_the_time_of_the_scenario(folder: ResultFolder) -> None:
    above, below = territory(folder, RECORD).axes
    diamonds = [[line for line in axes.lines if line.get_marker() == "D"] for axes in (above, below)]
    ends_early = folder.scenario.end < date(2023, 1, 1)
    assert [np.size(line.get_xdata()) for line in diamonds[0]] == [2 if ends_early else 3]
    assert len(diamonds[1]) == (1 if ends_early else 2)


def test_districts_stand_in_the_order_of_their_loss(folder: ResultFolder) -> None:
    names = [label.get_text() for label in territory(folder).axes[1].get_yticklabels()]
    middle = {
        map_drawing.short_name(region): folder.worlds[f"fell_{region.id}"].median()
        for region in folder.scenario.regions.region
        if f"fell_{region.id}" in folder.worlds
    }
    fallen = [name for name in names if middle[name] == middle[name]]
    assert names[: len(fallen)] == fallen == sorted(fallen, key=lambda name: middle[name])


def test_nothing_is_cut_off(folder: ResultFolder) -> None:
    for figure in (territory(folder, RECORD), alliance(folder), ladder(folder), map_of_loss(folder)):
        assert figure is not None
        tight, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert tight.x0 >= 0 and tight.y0 >= 0 and tight.x1 <= width and tight.y1 <= height


def test_a_run_without_war_says_so(make: Make) -> None:
    peace = make(changed(load(WAR), {"mediators.madrid_accepted": 1}))
    assert peace.reasons.empty
    assert words(peace.path / "ladder.svg").count("no fighting in any world") == 2
    assert all((peace.path / name).is_file() for name in FILES)


def test_a_long_ladder_shows_the_days_of_each_year_exactly(make: Make) -> None:
    years = make(load(YEARS))
    above, _, between = ladder(years).axes
    fought = years.reasons.loc[years.reasons["term"] == "rung_0", "war_days"].sum()
    (days,) = between.patches
    assert np.sum(days.get_data().values) == pytest.approx(fought)
    top = np.asarray(above.patches[-1].get_data().values)
    assert np.nanmax(top) == pytest.approx(100) == np.nanmin(top)  # the rungs of a day add up


def test_of_several_points_the_first_is_shown_and_named(tmp_path: Path) -> None:
    design = pd.DataFrame({"client.outside_option": [0.1, 0.9]})
    plan = Plan(load(WAR), worlds=4, seed=3, design=design)
    path = run_into(plan, tmp_path / "out", "captive-ally sweep", RunOptions("inline"), draw=draw_all)
    assert "first of 2 points" in words(path / "ladder.svg")


def test_one_world_has_no_bands(make: Make) -> None:
    alone = make(load(WAR), worlds=1)
    text = words(alone.path / "territory.svg")
    assert "1 world;" in text and "no bands" in text and "50 %" not in text
    assert all((alone.path / name).is_file() for name in FILES)


@pytest.mark.parametrize("theory", ["treaty_only", "balance_of_threat", "base_rate"])
def test_rival_theories_and_long_lists_of_claims_are_drawn(make: Make, theory: str) -> None:
    without = tuple(sorted({rule.claim for rule in RULES.values() if rule.claim}))
    rival = make(load(WAR), theory=theory, without=without)
    assert f"theory: {theory}" in words(rival.path / "ladder.svg")
    text = words(rival.path / "map.svg")
    assert len(without) > 20 and all(claim in text for claim in without)


def few_regions(scenario: Scenario) -> Scenario:
    """The scenario with two contested districts only."""
    kept = {"AGM", "STP", "SYU", "VDZ", "TAR", "BAR"}
    regions = tuple(
        region.model_copy(update={"neighbours": tuple(n for n in region.neighbours if n in kept)})
        for region in scenario.regions.region
        if region.id in kept
    )
    return scenario.model_copy(
        update={"regions": RegionMap(region=regions, hub=scenario.regions.hub), "held": {}}
    )


def test_two_contested_districts_suffice(make: Make) -> None:
    tiny = make(few_regions(load(WAR)))
    assert len(territory(tiny).axes[1].get_yticklabels()) == 2
    assert (tiny.path / "map.svg").is_file()


def test_a_map_without_a_drawing_is_left_out(make: Make) -> None:
    unknown = make(load(WAR).model_copy(update={"map": "../elsewhere"}), worlds=2)
    assert map_of_loss(unknown) is None
    assert not (unknown.path / "map.svg").exists()
    assert (unknown.path / "ladder.svg").is_file()


def test_every_term_has_plain_words() -> None:
    assert set(PLAIN_WORDS) == set(TERMS)


def test_recognised_border_and_core_are_found_by_their_edges() -> None:
    square = {
        "A": map_drawing.Shape(((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)), (0.5, 0.5)),
        "B": map_drawing.Shape(((1, 0), (2, 0), (2, 1), (1, 1), (1, 0)), (1.5, 0.5)),
    }
    kinds = {"A": "client", "B": "challenger"}
    assert map_drawing.edges_between(square, kinds, "client", "challenger") == [((1, 0), (1, 1))]
    assert len(map_drawing.edges_between(square, kinds, "client", "")) == 3


def test_labels_that_keep_their_name_lie_inside_their_region() -> None:
    shapes, regions = map_drawing.read_shapes("south-caucasus"), load(WAR).regions.region
    assert shapes is not None
    labels = map_drawing.labels_of(shapes, regions, {"SHU": 0.5}, km_a_point=0.6)
    assert {region.id for region in regions} == set(labels)
    assert labels["YER"].in_short and not labels["SYU"].in_short
    assert labels["SHU"].text.endswith("50")
