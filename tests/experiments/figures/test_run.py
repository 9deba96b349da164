"""The figures of a run: whole, readable as text, the same each time, and as their tables have it."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from agents.reasons import DUTIES, PLAIN_WORDS, RESTRAINTS, RUNGS, TERMS
from experiments.figures.map import map_of_loss, short_name
from experiments.figures.run import CLASS_COLOURS, alliance, draw_all, ladder, territory
from experiments.figures.style import BLACK, BLUE, DARK, GREEN, GREY, ORANGE, PURPLE, as_days
from experiments.history.record import Record, record_of
from experiments.shares import in_percent
from sim.rule import RULES
from sim.runs.execution import RunOptions, run_into
from sim.runs.plan import Plan
from sim.runs.results import ResultFolder, open_folder
from sim.scenarios.loading import load
from sim.scenarios.region_map import RegionMap
from sim.scenarios.scenario import Scenario
from sim.scenarios.values import changed
from tests.experiments.figures.artists import (
    bands_of,
    beside_of,
    colour_of,
    columns_of,
    directions,
    layers_of,
    legend_of,
    lines_of,
    points_of,
    rows_of,
    words_of,
)
from tests.experiments.figures.made import RUNGS as SHARES
from tests.experiments.figures.made import contested_of
from tests.thorough import mostly_thorough, thorough

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


ALL = {"the war": load(WAR).close_up, "the war and after": load(WAR), "the years": load(YEARS)}


@pytest.fixture(scope="module", params=mostly_thorough(ALL, "the war and after"))
def folder(request: pytest.FixtureRequest, make: Make) -> ResultFolder:
    return make(ALL[request.param])


def words(svg: Path) -> str:
    """All text of an SVG."""
    return " ".join(ElementTree.parse(svg).getroot().itertext())


def test_draws_every_figure_in_both_forms(folder: ResultFolder) -> None:
    for name in FILES:
        assert (folder.path / name).stat().st_size > 1000


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith("svg")])
def test_every_caption_says_what_determines_the_numbers(folder: ResultFolder, name: str) -> None:
    text = words(folder.path / name)
    for fact in (
        folder.scenario.title,
        "theory: article",
        "claims left out: none",
        "numbers: defaults",
        "8 worlds",
        "seed 3",
    ):
        assert fact in text


def test_the_same_folder_gives_the_same_bytes(folder: ResultFolder, tmp_path: Path) -> None:
    for again in draw_all(folder, tmp_path):
        assert again.read_bytes() == (folder.path / again.name).read_bytes()


@thorough
def test_leaves_no_trace_in_matplotlib(folder: ResultFolder, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    draw_all(folder, tmp_path, RECORD)
    assert dict(matplotlib.rcParams) == before


def test_shows_the_record_inside_the_time_of_the_scenario(folder: ResultFolder) -> None:
    row, ends_early = territory(folder, RECORD).axes, folder.scenario.end < date(2023, 1, 1)
    above, below = row[: len(row) // 2], row[len(row) // 2 :]
    shares, captures = (
        [line for axes in half for line in lines_of(axes, marker="D")] for half in (above, below)
    )
    assert sum(np.size(line.get_xdata()) for line in shares) == (2 if ends_early else 3)
    assert len(captures) == (1 if ends_early else 2)


def test_districts_stand_in_the_order_of_their_loss(folder: ResultFolder) -> None:
    row = territory(folder).axes
    names = [label.get_text() for label in row[len(row) // 2].get_yticklabels()]
    assert len(names) > 10
    middle = {
        short_name(region): folder.worlds[f"fell_{region.id}"].median()
        for region in folder.scenario.regions.region
        if f"fell_{region.id}" in folder.worlds
    }
    fallen = [name for name in names if middle[name] == middle[name]]
    assert names[: len(fallen)] == fallen == sorted(fallen, key=lambda name: middle[name])


def test_nothing_is_cut_off(folder: ResultFolder) -> None:
    record = record_of(folder.scenario)
    for figure in (territory(folder, RECORD), alliance(folder, record), ladder(folder), map_of_loss(folder)):
        assert figure is not None
        tight, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert tight.x0 >= 0 and tight.y0 >= 0 and tight.x1 <= width and tight.y1 <= height


@thorough
def test_dates_have_room_where_two_spans_share_a_panel(make: Make) -> None:
    """After the war a year and less is labelled by months."""
    drawn = ladder(make(load("south-ossetia-2008"), worlds=2))
    drawn.canvas.draw()
    for axes in drawn.axes:
        boxes = [one.get_window_extent() for one in axes.get_xticklabels() if one.get_text()]
        assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_a_run_without_war_says_so(make: Make) -> None:
    peace = make(changed(load(WAR).close_up, {"mediators.madrid_accepted": 1}))
    assert peace.reasons.empty
    assert words(peace.path / "ladder.svg").count("no fighting in any world") == 2
    assert all((peace.path / name).is_file() for name in FILES)


@thorough
def test_a_long_ladder_shows_the_days_of_each_year_exactly(make: Make) -> None:
    years = make(load(YEARS))
    above, between, _ = ladder(years).axes
    fought = years.reasons.loc[years.reasons["term"] == "rung_0", "war_days"].sum()
    (days,) = between.patches
    assert np.sum(days.get_data().values) == pytest.approx(fought)
    top = np.asarray(above.patches[-1].get_data().values)
    assert np.nanmax(top) == pytest.approx(100) == np.nanmin(top)  # the rungs of a day add up


@thorough
def test_of_several_points_the_first_is_shown_and_named(tmp_path: Path) -> None:
    design = pd.DataFrame({"client.outside_option": [0.1, 0.9]})
    plan = Plan(load(WAR).close_up, worlds=4, seed=3, design=design)
    path = run_into(plan, tmp_path / "out", "captive-ally sweep", RunOptions("inline"), draw=draw_all)
    assert "first of 2 points" in words(path / "ladder.svg")


def test_one_world_has_no_bands(make: Make) -> None:
    alone = make(load(WAR).close_up, worlds=1)
    text = words(alone.path / "territory.svg")
    assert "1 world;" in text and "no bands" in text and "50 %" not in text
    assert all((alone.path / name).is_file() for name in FILES)


@pytest.mark.parametrize(
    "theory", mostly_thorough(["treaty_only", "balance_of_threat", "base_rate", "bargaining"], "bargaining")
)
def test_rival_theories_and_long_lists_of_claims_are_drawn(make: Make, theory: str) -> None:
    without = tuple(sorted({rule.claim for rule in RULES.values() if rule.claim}))
    rival = make(load(WAR).close_up, theory=theory, without=without)
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


@thorough
def test_two_contested_districts_suffice(make: Make) -> None:
    tiny = make(few_regions(load(WAR).close_up))
    assert len(territory(tiny).axes[1].get_yticklabels()) == 2
    assert (tiny.path / "map.svg").is_file()


@thorough
def test_a_map_without_a_drawing_is_left_out(make: Make) -> None:
    unknown = make(load(WAR).close_up.model_copy(update={"map": "../elsewhere"}), worlds=2)
    assert map_of_loss(unknown) is None
    assert not (unknown.path / "map.svg").exists()
    assert (unknown.path / "ladder.svg").is_file()


def test_every_term_has_plain_words() -> None:
    assert set(PLAIN_WORDS) == set(TERMS)


# What is drawn, against the tables that it comes from


def course(folder: ResultFolder, measure: str) -> pd.DataFrame:
    """Mean and quantiles of the first point, by day."""
    rows = folder.bands[(folder.bands["point"] == 0) & (folder.bands["measure"] == measure)]
    return rows.assign(day=as_days(rows["date"])).set_index("day")


def says_course(axes, table: pd.DataFrame, colour: str, scale: float = 1.0) -> None:
    """A panel shows the medians of a table as a line, and its ranges of 90 % and 50 % of worlds as bands."""
    (line,) = lines_of(axes, color=colour, marker="None", linestyle="-")
    assert points_of(line) == pytest.approx(np.array([table.index, scale * table["q50"]]))
    wide, narrow = bands_of(axes, colour)
    for band, (low, high) in ((wide, ("q05", "q95")), (narrow, ("q25", "q75"))):
        assert band.index.to_numpy() == pytest.approx(table.index.to_numpy())
        assert band["low"].to_numpy() == pytest.approx(scale * table[low].to_numpy())
        assert band["high"].to_numpy() == pytest.approx(scale * table[high].to_numpy())
    assert directions(axes) == ("right", "up")


def says_dates(axes, form: str) -> None:
    """Each label of a panel stands at its date."""
    for label, place in columns_of(axes).items():
        day = date.fromordinal(date(1970, 1, 1).toordinal() + int(place))
        assert label == (f"{day.day} {day:%b}" if form == "day" else f"{day:%Y}")


def test_land_held_is_the_median_of_worlds_in_per_cent(made_run: Make) -> None:
    folder = made_run(load(WAR).close_up)
    above, _ = territory(folder, RECORD).axes
    table = course(folder, "held_contested")
    says_course(above, table, DARK, scale=100)
    assert in_percent(table["q50"].iloc[-1]) in next(iter(beside_of(above).values()))
    (seen,) = lines_of(above, marker="D")
    inside = [(day, share) for day, share in RECORD.control if day <= folder.scenario.end]
    days, shares = zip(*inside, strict=True)
    assert points_of(seen) == pytest.approx(np.array([as_days(days), 100 * np.array(shares)]))


def test_each_district_has_its_dates_share_and_class(made_run: Make) -> None:
    folder = made_run(load(WAR).close_up)
    figure = territory(folder, RECORD)
    axes, rows = figure.axes[1], rows_of(figure.axes[1])
    assert directions(axes)[0] == "right"
    says_dates(axes, "day")
    regions = {one.id: one for one in folder.scenario.regions.region}
    fell = folder.worlds[folder.worlds["point"] == 0]
    order = fell[[f"fell_{one}" for one in contested_of(folder.scenario)]].median().sort_values().index
    assert list(rows) == [short_name(regions[name.removeprefix("fell_")]) for name in order]
    for name in order:
        region, dates = regions[name.removeprefix("fell_")], fell[name].dropna()
        row, colour = rows[short_name(region)], CLASS_COLOURS[region.legal_class]
        assert beside_of(axes)[row] == in_percent(len(dates) / len(fell))
        mine = [line for line in lines_of(axes, color=colour) if (points_of(line)[1] == row).all()]
        thin, thick, dot = sorted(mine, key=lambda line: (line.get_marker() == "o", line.get_linewidth()))
        low, early, middle, late, high = np.quantile(as_days(dates), [0.05, 0.25, 0.5, 0.75, 0.95])
        assert points_of(dot)[0] == pytest.approx([middle])
        assert points_of(thick)[0] == pytest.approx([early, late])
        assert points_of(thin)[0] == pytest.approx([low, high])
        assert (dot.get_alpha() < 1) == (len(dates) < len(fell) / 2)
    for name, colour in CLASS_COLOURS.items():
        assert colour_of(legend_of(figure)[f"{name} district"]) == colour.lower()
    seen = {float(points_of(line)[1][0]): points_of(line)[0] for line in lines_of(axes, marker="D")}
    fallen = {one: day for one, day in RECORD.captures.items() if day <= folder.scenario.end}
    assert seen == {rows[short_name(regions[one])]: as_days([day]) for one, day in fallen.items()}


def test_each_panel_of_the_alliance_shows_its_own_stock(made_run: Make) -> None:
    folder = made_run(load(WAR).close_up)
    panels = alliance(folder).axes
    measures = {"Loyalty": ("loyalty", BLUE), "Opinion": ("opinion", ORANGE),
                "Gratitude": ("gratitude", GREEN), "Reliability": ("reliability", PURPLE)}  # fmt: skip
    assert [axes.get_title(loc="left").split()[0] for axes in panels] == list(measures)
    for axes, (measure, colour) in zip(panels, measures.values(), strict=True):
        table = course(folder, measure)
        says_course(axes, table, colour)
        assert f"{table['q50'].iloc[-1]:.2f}" in beside_of(axes).values()
        assert axes.get_ylim() == (0, 1)
    says_dates(panels[-1], "day")


def test_events_stand_at_their_dates_and_are_told_by_number(made_run: Make) -> None:
    folder = made_run(load(YEARS))
    figure, events = alliance(folder), folder.scenario.event
    for axes in figure.axes:
        marks = lines_of(axes, color=GREY)
        assert [points_of(line)[0][0] for line in marks] == list(as_days([one.date for one in events]))
    first = figure.axes[0]
    numbers = {
        int(number): text.get_position()[0]
        for text in first.texts if text.get_transform() is first.transAxes
        for number in text.get_text().split(", ")
    }  # fmt: skip
    length = (folder.scenario.end - folder.scenario.start).days
    assert sorted(numbers) == list(range(1, len(events) + 1))
    for number, event in enumerate(events, 1):
        assert numbers[number] == pytest.approx((event.date - folder.scenario.start).days / length, abs=0.03)
        told = [text.get_text() for text in figure.texts]
        assert f"{event.date.day} {event.date:%b %Y}" in told[told.index(str(number)) :][1]


def test_rungs_are_stacked_from_the_lowest_with_their_shares_of_worlds(made_run: Make) -> None:
    folder = made_run(load(WAR).close_up)
    figure = ladder(folder)
    axes, legend, floor = figure.axes[0], legend_of(figure), 0.0
    *rungs, (edge, _, war, limits) = layers_of(axes)
    assert directions(axes) == ("right", "up") and axes.get_ylim()[0] == 0
    for rung, (name, (colour, below, top, places)) in enumerate(zip(RUNGS, rungs, strict=True)):
        assert colour_of(legend[name]) == colour
        share = 100 * course(folder, f"rung_{rung}")["mean"]
        assert below == pytest.approx(floor) and top - below == pytest.approx(share.to_numpy()[1:])
        assert places == pytest.approx(share.index.to_numpy())
        floor = top
    assert war == pytest.approx(100 * course(folder, "at_war")["mean"].to_numpy()[1:])
    assert war == pytest.approx(floor)
    names = [label for label in legend if label in RUNGS]
    assert names == list(RUNGS[::-1])  # as they lie in the panel, the highest on top
    assert edge and colour_of(legend["all worlds at war"]) == BLACK.lower() and len(limits) == len(war) + 1


def says_reasons(figure, axes, utilities: pd.DataFrame) -> None:
    """Duties are stacked above zero and restraints below it, each as thick as its utility."""
    legend, layers = legend_of(figure), layers_of(axes)
    assert directions(axes) == ("right", "up")
    for side, sign in ((DUTIES, 1), (RESTRAINTS, -1)):
        mine = {colour: (below, top) for colour, below, top, _ in layers if np.nansum(top) * sign > 0}
        named = {name: PLAIN_WORDS[name] for name in side if PLAIN_WORDS[name] in legend}
        sizes = utilities[list(side)].mean().sort_values(ascending=False)
        assert set(named) == set(sizes.index[: len(named)]) and len(named) > 2
        for name, words in named.items():
            below, top = mine[colour_of(legend[words])]
            assert top - below == pytest.approx(sign * utilities[name].to_numpy(), nan_ok=True)
        whole = max((top for _, top in mine.values()), key=lambda top: np.nansum(np.abs(top)))
        assert whole == pytest.approx(sign * utilities[list(side)].sum(axis=1).to_numpy(), nan_ok=True)


def test_reasons_for_acting_lie_above_zero_and_reasons_against_below(made_run: Make) -> None:
    folder = made_run(load(WAR).close_up)
    figure = ladder(folder)
    reasons = folder.reasons[folder.reasons["point"] == 0]
    says_reasons(figure, figure.axes[1], reasons.pivot(index="date", columns="term", values="mean"))
    says_dates(figure.axes[1], "day")


def test_a_long_ladder_weighs_each_record_by_its_days_of_fighting(made_run: Make) -> None:
    folder = made_run(load(YEARS), dates=122)  # four records a year
    figure = ladder(folder)
    above, between, reasons = figure.axes
    table = folder.reasons[folder.reasons["point"] == 0]
    dates = np.sort(folder.bands["date"].unique())
    begins = dict(zip(dates[1:], dates[:-1], strict=True))  # a record looks back
    weighed = table.assign(year=table["date"].map(begins).dt.year, sum=table["mean"] * table["war_days"])
    sums = weighed.groupby(["year", "term"])[["sum", "war_days"]].sum()
    means = (sums["sum"] / sums["war_days"]).unstack()
    says_reasons(figure, reasons, means)
    legend = legend_of(figure)
    for rung, (name, (colour, below, top, _)) in enumerate(zip(RUNGS, layers_of(above), strict=True)):
        assert colour_of(legend[name]) == colour
        assert top - below == pytest.approx(100 * SHARES[rung] / sum(SHARES))
        assert below == pytest.approx(100 * sum(SHARES[:rung]) / sum(SHARES))
    assert directions(above) == directions(between) == ("right", "up") and above.get_ylim() == (0, 100)
    ((_, _, days, _),) = layers_of(between)
    assert days == pytest.approx(sums["war_days"].unstack()["rung_0"].to_numpy())
    assert max(days) < between.get_ylim()[1], "no bar is cut off"
    says_dates(reasons, "year")


def test_the_caption_tells_the_plan(made_run: Make) -> None:
    folder = made_run(load(WAR).close_up)
    facts = ("theory: base_rate", "claims left out: C3, C17", "20 worlds", "seed 41", "first of 2 points")
    for draw, bands in ((territory, True), (alliance, True), (ladder, False), (map_of_loss, False)):
        figure = draw(folder)
        assert figure is not None
        text = " ".join(words_of(figure).split())
        for fact in (folder.scenario.title, *facts):
            assert fact in text
        assert ("bands: 50 % and 90 % of worlds" in text) == bands


# The war and the years after it, each in a panel of its own


def days_of(*ends: date) -> list[float]:
    return as_days(ends).tolist()


CLOSE_UP, AFTER = (
    days_of(date(2020, 9, 27), date(2020, 12, 31)),
    days_of(date(2020, 12, 31), date(2025, 12, 31)),
)


def says_spans(row, form: bool = True) -> None:
    """Of two panels the first shows the war and the second the years after it, half of the width each."""
    first, second = row
    assert list(first.get_xlim()) == CLOSE_UP and list(second.get_xlim()) == AFTER
    assert first.get_position().width == pytest.approx(second.get_position().width)
    assert first.get_position().x1 < second.get_position().x0
    assert directions(first)[0] == directions(second)[0] == "right"
    for axes, place in ((first, 1), (second, 0)):  # where the scale changes, both are cut
        (cut,) = [line for line in axes.lines if line.get_transform() is axes.transAxes]
        assert points_of(cut).tolist() == [[place], [0]]
    if form:
        says_dates(first, "day")
        says_dates(second, "year")


def test_land_is_drawn_by_the_day_in_the_war_and_by_the_year_after_it(made_run: Make) -> None:
    folder = made_run(load(WAR))
    above, after, below, later = territory(folder, RECORD).axes
    for axes in (above, after):
        says_course(axes, course(folder, "held_contested"), DARK, scale=100)
        assert axes.get_ylim() == (0, 103)
    says_spans((above, after), form=False)
    says_spans((below, later))
    assert beside_of(later).values() and not beside_of(below) and not beside_of(above)
    shown = [points_of(line) for axes in (above, after) for line in lines_of(axes, marker="D")]
    assert [part.tolist() for part in shown] == [[list(as_days(["2020-09-27", "2020-11-10"])), [100, 67]],
                                                 [list(as_days(["2023-10-01"])), [0]]]  # fmt: skip
    fell = folder.worlds[folder.worlds["point"] == 0]
    for region in folder.scenario.regions.region:
        if f"fell_{region.id}" not in fell:
            continue
        middle = float(np.median(as_days(fell[f"fell_{region.id}"].dropna())))
        row = rows_of(below)[short_name(region)]
        for axes, (first, last) in ((below, CLOSE_UP), (later, AFTER)):
            mine = [points_of(line) for line in lines_of(axes, marker="o")]
            dots = [float(places[0]) for places, rows in mine if rows[0] == row]
            assert dots == ([middle] if first <= middle <= last else [])
    assert below.get_yticks().tolist() == later.get_yticks().tolist() and below.get_ylim() == later.get_ylim()
    assert not later.yaxis.get_tick_params()["labelleft"]


def test_the_ladder_is_drawn_by_the_day_in_the_war_and_by_the_year_after_it(made_run: Make) -> None:
    folder = made_run(load(WAR))
    figure = ladder(folder)
    above, after, between, below, later = figure.axes
    says_spans((above, after), form=False)
    says_spans((below, later))
    dates = np.sort(folder.bands["date"].unique())
    edge = np.datetime64("2020-12-31")
    reasons = folder.reasons[folder.reasons["point"] == 0]
    in_war = reasons[reasons["date"] <= edge]
    war = course(folder, "at_war")["mean"]
    *rungs, (_, _, at_war, places) = layers_of(above)
    assert places == pytest.approx(as_days(dates[dates <= edge]))
    assert at_war == pytest.approx(100 * war[war.index <= as_days(edge)].to_numpy()[1:])
    for (_, floor, top, _), rung in zip(rungs, range(5), strict=True):
        share = 100 * course(folder, f"rung_{rung}")["mean"]
        assert top - floor == pytest.approx(share[share.index <= as_days(edge)].to_numpy()[1:])
    weighed = reasons[reasons["date"] > edge].copy()
    begins = dict(zip(dates[1:], dates[:-1], strict=True))
    weighed["year"] = np.maximum(weighed["date"].map(begins).dt.year, 2021)  # a week of 2020 goes with it
    weighed["sum"] = weighed["mean"] * weighed["war_days"]
    sums = weighed.groupby(["year", "term"])[["sum", "war_days"]].sum()
    means = (sums["sum"] / sums["war_days"]).unstack()
    terms = [*DUTIES, *RESTRAINTS]
    together = pd.concat([in_war.pivot(index="date", columns="term", values="mean"), means])[terms]
    for axes, table in ((below, in_war.pivot(index="date", columns="term", values="mean")), (later, means)):
        layers = {colour: (floor, top) for colour, floor, top, _ in layers_of(axes) if np.nansum(top) < 0}
        legend = legend_of(figure)
        named = [name for name in RESTRAINTS if PLAIN_WORDS[name] in legend]
        sizes = together[list(RESTRAINTS)].mean().sort_values(ascending=False)
        assert set(named) == set(sizes.index[: len(named)]) and len(named) > 2
        for name in named:
            floor, top = layers[colour_of(legend[PLAIN_WORDS[name]])]
            assert top - floor == pytest.approx(-table[name].to_numpy())
    ((_, _, days, _),) = layers_of(between)
    assert days == pytest.approx(sums["war_days"].unstack()["rung_0"].to_numpy())
    assert max(days) < between.get_ylim()[1], "no bar is cut off"
    assert below.get_ylim() == later.get_ylim()


def test_polls_and_dates_that_were_observed_stand_in_the_alliance(made_run: Make) -> None:
    folder = made_run(load(WAR))
    record = record_of(folder.scenario)
    figure = alliance(folder, record)
    opinion = figure.axes[1]
    ours, *others = [dated for dated in record.polls.values() if dated]
    (seen,) = lines_of(opinion, marker="D")
    assert points_of(seen).T.tolist() == [[float(as_days(day)), share] for day, share in ours]
    assert points_of(seen)[0][0] == as_days("2021-11-01") and len(ours) == 5
    drawn = [tuple(point) for line in lines_of(opinion, marker="x") for point in points_of(line).T]
    assert drawn == [(float(as_days(day)), share) for dated in others for day, share in dated] and others
    told = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        dotted = [line for line in lines_of(axes, color=BLACK) if len(points_of(line)[0]) == 2]
        assert [points_of(line)[0][0] for line in dotted] == [float(as_days(day)) for day, _ in record.steps]
    for letter, (day, text) in zip("abcde", record.steps, strict=True):
        assert told[told.index(letter) :][1:3] == [f"{day.day} {day:%b %Y}", text]
    assert f"{date(2024, 2, 23):%Y-%m-%d}" in [str(day) for day, _ in record.steps]
    above = {text.get_text() for text in figure.axes[0].texts}
    assert {"1", "2", "3", "a", "b", "c", "d", "e"} <= above
    assert "relations with Russia are good" in " ".join(legend_of(figure))
    assert not [line for axes in alliance(folder).axes for line in lines_of(axes, marker="D")]


def test_names_of_marks_do_not_overlap(made_run: Make) -> None:
    """Thirty years with eight marks in the last five of them; all names are there, in the order of dates."""
    folder = made_run(load(YEARS))
    figure = alliance(folder, record_of(folder.scenario))
    assert names_side_by_side(figure) == [*"123456a7bcde8"]


def test_names_of_many_marks_at_the_end_stay_within_the_panel(made_run: Make) -> None:
    scenario = load(YEARS)
    last = [scenario.event[-1].model_copy(update={"date": scenario.end - timedelta(days=day)})
            for day in range(1, 13)]  # fmt: skip
    figure = alliance(made_run(scenario.model_copy(update={"event": tuple(last)})))
    assert names_side_by_side(figure) == [str(number) for number in range(1, 13)]


def names_side_by_side(figure: Figure) -> list[str]:
    """The names above the first panel, from left to right; none touches the next or what is beside."""
    (beside,) = (text for text in figure.axes[0].texts if text.get_text() == "median")
    names = [text for text in figure.axes[0].texts if len(text.get_text()) <= 2]
    boxes = [text.get_window_extent() for text in [*names, beside]]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
    return [text.get_text() for text in names]
