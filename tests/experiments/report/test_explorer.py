"""The page of a sweep: its numbers are those of the tables, in a browser without a network, from a file."""

import json
import re
import shutil
from types import SimpleNamespace

import pandas as pd
import pytest

from experiments.cli import USER_ERROR, main
from experiments.discovery import KEPT
from experiments.report import explorer
from experiments.report.explorer import explorer_page
from experiments.shares import in_percent
from sim.runs.results import open_folder
from tests.experiments.barriers import serious_barriers
from tests.experiments.conftest import UNTIL, WAR
from tests.thorough import mostly_thorough

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


def ran(folder, *arguments):
    main([*arguments, *UNTIL, "--no-figures", "--executor", "inline", "--quiet", "--out", str(folder)])
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A sweep over a number and a theory, and a run of one setting."""
    place = tmp_path_factory.mktemp("made")
    ran(place / "sweep", "sweep", WAR, "--worlds", "3", "--vary", "client.outside_option=0,1",
        "--vary", "theory=article,revised")  # fmt: skip
    ran(place / "run", "run", WAR, "--worlds", "1")
    return place


@pytest.fixture(scope="module")
def page(made, tmp_path_factory):
    """The page of the sweep, as a file."""
    path = tmp_path_factory.mktemp("page") / "explorer.html"
    main(["explore", str(made / "sweep"), "--out", str(path)])
    return path


@pytest.fixture
def shown(chromium, page):
    """The page in a browser that notes whatever is asked for, and whatever goes wrong."""
    contexts = []

    def open_page(size=DESK, dark=False, bypass_csp=False):
        context = chromium.new_context(
            viewport=size, color_scheme="dark" if dark else "light", bypass_csp=bypass_csp
        )
        contexts.append(context)
        tab = context.new_page()
        tab.wrong, tab.asked = [], []
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.on("console", lambda said: tab.wrong.append(said.text) if said.type == "error" else None)
        tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
        tab.goto(page.as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()


def facts_of(text):
    return json.loads(re.search(r'<script type="application/json" id="sweep">(.*?)</script>', text).group(1))


def test_every_point_says_what_its_worlds_say(made, page):
    folder = open_folder(made / "sweep")
    facts, text = facts_of(page.read_text(encoding="utf-8")), page.read_text(encoding="utf-8")
    assert len(facts["points"]) == len(facts["at"]) == folder.plan.points == 4
    last = folder.bands[folder.bands["date"] == folder.bands["date"].max()]
    for number, worlds in folder.worlds.groupby("point"):
        point = facts["points"][number]
        land, loyalty = worlds["share_lost"].median(), worlds["loyalty_end"].median()
        kept = (worlds["loyalty_end"] >= KEPT * worlds["loyalty_start"]).mean()
        assert point["lines"][0].startswith(f"{land:.0%}".replace("%", "\xa0%"))
        assert f"to {loyalty:.2f} in the median world" in point["lines"][2]
        assert f"kept in {kept:.0%}".replace("%", "\xa0%") in point["lines"][2]
        is_lost, is_kept = land >= explorer.LOST_FROM, kept >= 0.5
        assert point["verdict"] == (
            f"Land {'lost' if is_lost else 'held'}, ally {'kept' if is_kept else 'not kept'}"
        )
        assert point["lines"][3] == "3 worlds of this setting were run."
        assert [curve[1][-1] for curve in point["curves"]] == [
            round(1000 * worlds[f"{name}_end"].median())
            for name in ("loyalty", "opinion", "gratitude", "observer_reliability")
        ]
        assert sum(point["rungs"]) == pytest.approx(explorer.FINE, abs=3)
        most = point["rungs_said"][point["rungs"].index(max(point["rungs"]))].replace(" ", "\xa0")
        assert point["lines"][1].endswith(f"(in {most} of worlds).")
        here = last[last["point"] == number].set_index("measure")["mean"]
        regions = folder.scenario.regions.region
        for place, lost in zip(facts["regions"], point["lost"], strict=True):
            assert lost == round(explorer.FINE * here[f"lost_{regions[place].id}"])
    assert "Not a forecast" in text and "seed 0" in text and folder.manifest.command.split()[0] in text
    assert len(text.encode()) < explorer.MOST_PAGE_BYTES


def test_a_share_is_said_alike_in_the_sentence_and_at_its_bar_and_the_median_is_that_of_a_world():
    """Of 40 worlds 37 are 92.5 %, which may be rounded either way; of four, two are in the middle."""
    made_up = pd.DataFrame({
        "share_lost": [0.1, 0.3, 0.5, 0.9] * 10, "loyalty_start": 0.9,
        "loyalty_end": [0.2, 0.4, 0.5, 0.8] * 10,
        "status_end": "member", "wars": 1, "clashes": 0, "level_max": [3] * 37 + [0] * 3,
    })  # fmt: skip
    rungs = explorer._rungs_reached(made_up)
    page = SimpleNamespace(names={"patron": "P", "client": "C"}, sweep=SimpleNamespace(worlds=40))
    lines = [line.replace("\xa0", " ") for line in explorer.Explorer._words(page, made_up, rungs)["lines"]]
    assert in_percent(rungs[3]).replace("\xa0", " ") in lines[1]
    land, loyalty = (
        re.search(form, line) for form, line in ((r"^(\d+) %", lines[0]), (r"to (\S+) in", lines[2]))
    )
    assert int(land[1]) in (30, 50)
    assert float(loyalty[1]) in (0.4, 0.5)


@pytest.mark.browser
@pytest.mark.parametrize("size", mostly_thorough([DESK, PHONE], PHONE))
def test_a_moved_slider_shows_the_numbers_of_its_point(made, shown, size):
    folder = open_folder(made / "sweep")
    tab, worlds = shown(size), folder.worlds
    ids = {region.name: region.id for region in folder.scenario.regions.region}
    names = [ids[name] for name in tab.locator("#districts tbody th").all_text_contents()]
    slider = tab.get_by_role("slider")
    seen = set()
    for theory in ("article", "revised"):
        tab.get_by_label("Theory of the patron's choice").select_option(label=theory)
        slider.focus()
        for key, value in (("Home", 0.0), ("ArrowRight", 1.0)):
            tab.keyboard.press(key)
            mine = worlds[(worlds["client.outside_option"] == value) & (worlds["theory"] == theory)]
            assert len(mine) == 3
            said = tab.locator("#lines").inner_text().replace("\xa0", " ")
            assert said.startswith(f"{mine['share_lost'].median():.0%}".replace("%", " %"))
            loyalty = f"{mine['loyalty_end'].median():.2f}"
            assert f"to {loyalty} in the median world" in said
            assert tab.locator(".plots b").first.inner_text().endswith(f"→ {loyalty}")
            shares = [said.replace("\xa0", " ") for said in tab.locator("#districts td").all_text_contents()]
            cells = dict(zip(names, shares, strict=True))
            for place in ("AGM", "SHU"):
                lost = f"{mine[f'fell_{place}'].notna().mean():.0%}".replace("%", " %")
                assert cells[place] == lost
            drawn = tab.locator("[data-figure]:visible tspan:last-child").all_text_contents()
            assert sorted(said.replace("\xa0", " ") for said in drawn) == sorted(shares)
            seen.add(said)
    assert len(seen) > 1
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    again = tab.url
    tab.get_by_role("button", name="As near as can be").click()
    assert tab.url != again
    tab.goto(again)
    assert tab.locator("#lines").inner_text().replace("\xa0", " ") == said, "the address keeps the settings"
    assert not tab.wrong and {url.partition("#")[0] for url in tab.asked} == {again.partition("#")[0]}


@pytest.mark.browser
@pytest.mark.parametrize(
    ("size", "dark"),
    mostly_thorough([(DESK, False), (DESK, True), (PHONE, False), (PHONE, True)], (PHONE, True)),
)
def test_it_has_no_serious_barrier(shown, size, dark):
    tab = shown(size, dark, bypass_csp=True)
    for summary in tab.locator("summary").all():
        summary.click()
    assert serious_barriers(tab, fewest_passes=16) == []


@pytest.mark.browser
def test_between_the_points_the_nearest_is_shown_and_named(chromium, made, tmp_path):
    design = pd.DataFrame({"client.outside_option": [0.0, 1.0, 0.1], "backer.help": [0.0, 1.0, 1.0]})
    design.to_csv(tmp_path / "design.csv", index=False)
    ran(tmp_path / "sweep", "sweep", WAR, "--worlds", "1", "--design", str(tmp_path / "design.csv"))
    main(["explore", str(tmp_path / "sweep"), "--quiet"])
    tab = chromium.new_page()
    try:
        tab.goto(f"{(tmp_path / 'sweep' / 'explorer.html').as_uri()}#2.0")
        assert tab.locator("#nearest").inner_text() == (
            "This setting was not run. Shown is the nearest that was: "
            "client.outside_option = 0, backer.help = 0."
        )
        tab.goto(f"{tab.url.partition('#')[0]}#2.1")
        assert tab.locator("#nearest").inner_text() == ""
    finally:
        tab.close()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("run", "holds a run of one setting; captive-ally sweep runs many"),
        ("nothing", "is not a result folder: there is no such folder"),
    ],
)
def test_what_is_no_sweep_is_refused_in_a_line(made, tmp_path, capsys, name, says):
    refused(capsys, made / name, tmp_path / "page.html", says)


def refused(capsys, folder, out, says):
    with pytest.raises(SystemExit) as end:
        main(["explore", str(folder), "--out", str(out)])
    told = capsys.readouterr().err
    assert end.value.code == USER_ERROR and told.count("\n") == 1 and says in told, told
    assert not out.exists()


def test_too_many_points_and_an_unfinished_sweep_are_refused(made, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(explorer, "MOST_PAGE_BYTES", 70_000)
    refused(capsys, made / "sweep", tmp_path / "page.html", "4 points are too many for a page of 0 MB; about")
    monkeypatch.undo()
    half = shutil.copytree(made / "sweep", tmp_path / "half")
    (half / "bands.parquet").unlink()
    refused(capsys, half, tmp_path / "page.html", "is not complete")


def test_a_sweep_in_which_nothing_varies_is_refused(tmp_path, capsys):
    ran(tmp_path / "sweep", "sweep", WAR, "--worlds", "1", "--vary", "backer.help=0.5")
    refused(capsys, tmp_path / "sweep", tmp_path / "page.html", "nothing varies in it")


def test_words_of_a_scenario_run_no_script(made):
    folder = open_folder(made / "sweep")
    folder.plan.scenario.cast.patron.__dict__["name"] = "</script><script>alert(1)</script>"
    text = explorer_page(folder)
    assert text.count("alert(1)") > 4 and "<script>alert(1)" not in text
