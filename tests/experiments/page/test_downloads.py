"""What is taken away is what was shown: table, pictures, command line, link."""

import csv
import re
import shlex
from datetime import date
from html import unescape
from io import StringIO
from time import monotonic, sleep

import pytest
import solara
from mesa.visualization.utils import update_counter

from experiments.page.app import page_config
from experiments.page.downloads import Downloads, csv_of, svg_file
from experiments.page.link import settings_of
from experiments.page.map import map_of
from experiments.page.session import Session
from experiments.page.setting import SideSetting, command_of, file_name
from experiments.page.svg import standalone
from experiments.shares import in_percent
from sim.measures import TIMELINES
from tests.experiments.page.reading import (
    SCENARIOS,
    WAR,
    YEARS,
    Beside,
    Page,
    find,
    parsed,
    quantile,
    title_of,
)

LAND = [r.id for r in SCENARIOS[WAR].regions.region if r.legal_class != "challenger"]
STOCKS = ("held_contested", "core_lost", "loyalty", "opinion", "gratitude", "reliability", "captivity",
          "frustration", "at_war")  # fmt: skip
MEASURES = [measure.name for measure in TIMELINES if not measure.name.startswith("rung_")]


def rows_of(playback):
    return list(csv.DictReader(StringIO(csv_of(SCENARIOS[WAR], playback.until(0)))))


def test_the_table_holds_every_step_of_the_world(war, one):
    rows = rows_of(war)
    assert len(rows) == 86 and list(rows[0]) == [
        "step",
        "date",
        *MEASURES,
        *(f"held_{place}" for place in LAND),
    ]
    for step, row in enumerate(rows):
        assert int(row["step"]) == step and date.fromisoformat(row["date"]) == one.days[step]
        for name in STOCKS:
            assert float(row[name]) == pytest.approx(float(one.stock(name, step)[0]), rel=1e-5), name
        for place, name in enumerate(LAND):
            held = one.worlds[step].held[0, place]
            assert float(row[f"held_{name}"]) == pytest.approx(held, rel=1e-5, abs=1e-9)


def test_the_table_of_many_worlds_holds_quantiles(many, hundred):
    rows = rows_of(many)
    for step in (0, 20, 45, 60):
        for name in STOCKS:
            for share in (0.05, 0.25, 0.5, 0.75, 0.95):
                told = float(rows[step][f"{name}_q{round(100 * share):02d}"])
                wanted = quantile(hundred.stock(name, step).astype(float), share)
                assert told == pytest.approx(wanted, rel=1e-5, abs=1e-9)
        for place, name in enumerate(LAND):
            assert float(rows[step][f"lost_{name}"]) == pytest.approx(hundred.lost(step)[place], rel=1e-5)
    assert len(rows[0]) == 2 + 5 * len(MEASURES) + len(LAND)


def test_a_picture_as_a_file_needs_no_page(war):
    markup = map_of(SCENARIOS[WAR], war.at(60)[0])
    file = svg_file(markup, "a < b & c").decode()
    drawing = parsed(file.split("\n", 1)[1])
    assert find(drawing, "desc")[0].text == "a < b & c"
    assert "var(" not in file and "var(" in markup
    assert standalone(markup).count("#") > 50
    shapes = [(path.get("d"), path.get("fill")) for path in find(parsed(standalone(markup)), "path")]
    assert [(path.get("d"), path.get("fill")) for path in find(drawing, "path")] == shapes


def arrived(button):
    """The file of a button that has been pressed; it is made on a thread."""
    until = monotonic() + 120
    while button.bytes is None and monotonic() < until:
        sleep(0.01)
    assert button.bytes is not None
    return button.bytes


def test_the_buttons_give_the_files_that_they_name():
    query = "numbers=defaults&world=10&other.side=1&other.world=10&other.theory=treaty_only"
    session = Session(page_config(), query)
    session.playback.value.run_to(41, 1000)
    page = Page(Downloads(session))
    files = {}
    for button in page.named("FileDownloadWidget"):
        button.request_download = True
        files[button.filename] = arrived(button).decode()
    for setting, theory in zip(session.settings.value, ("article", "treaty_only"), strict=True):
        name = file_name(setting)
        beside = Beside(41, [10], theory=theory)
        last = list(csv.DictReader(StringIO(files[f"{name}.csv"])))[-1]
        assert float(last["held_contested"]) == pytest.approx(beside.stock("held_contested", 41)[0], rel=1e-5)
        for which, title in (("map", "Who holds what on 7 November 2020"), ("reasons", "Reasons of Russia"),
                             ("alliance", "The alliance over time, shares from 0 to 1")):  # fmt: skip
            drawing = parsed(files[f"{name}-{which}.svg"].split("\n", 1)[1])
            assert title_of(drawing) == title
            assert (
                f"theory {theory.replace('_', ' ')} · numbers: defaults · world 10 · seed 0"
                in find(drawing, "desc")[0].text
            )
            if which == "map":
                told = [title_of(group) for group in find(drawing, "g") if title_of(group)]
                held = beside.worlds[41].held[0]
                assert [said.rsplit(": ", 1)[1] for said in told[: held.size]] == [
                    f"{in_percent(share)} under the client's side" for share in held
                ]
    assert len(files) == 8
    page.close()


def test_a_redraw_makes_no_new_makers_of_files(monkeypatch):
    """Else Solara would drop a download that is under way."""
    made = []
    monkeypatch.setattr(solara, "FileDownload", lambda data, *_more, **_options: made.append(data))
    page = Page(Downloads(Session(page_config(), "world=10")))
    before, made[:] = list(made), []
    update_counter.value += 1
    assert len(before) == 4 and not made
    page.close()


def test_the_link_and_the_command_reopen_the_same_settings():
    query = "seed=7&world=12&without=C3&set=backer.help:0.25&other.side=1&other.seed=7&other.world=12" \
            "&other.theory=base_rate"  # fmt: skip
    session = Session(page_config(), query)
    page = Page(Downloads(session))
    *commands, link = page.markup("ca-note")
    address = unescape(re.search('href="([^"]*)"', link).group(1))
    assert settings_of(address.removeprefix("?")) == settings_of(query)
    for side, setting, said in zip("AB", settings_of(query), commands, strict=True):
        assert said.startswith(f"The same run on the command line {side}: ")
        run, _, replay = unescape(re.search("<code>(.*)</code>", said).group(1)).partition(" && ")
        words = shlex.split(run)
        options = {words[place]: words[place + 1] for place in range(3, len(words), 2)}
        assert words[:3] == ["captive-ally", "run", WAR]
        assert (options["--seed"], options["--theory"]) == ("7", setting.theory)
        assert options["--worlds"] == "13", "worlds are numbered from 0"
        assert options.get("--without", "") == ",".join(setting.without)
        assert options.get("--set") == ("backer.help=0.25" if setting.changes else None)
        assert shlex.split(replay) == ["captive-ally", "replay", options["--out"], "--world", "12"]
    page.close()


def test_a_command_says_all_that_differs():
    setting = SideSetting(YEARS, "base_rate", ("C3", "C4"), 7, 5, 100, (("backer.help", 0.25),))
    command, _, folder = command_of(setting, YEARS).rpartition(" ")
    assert command == (
        "captive-ally run karabakh-1994-2025 --seed 7 --theory base_rate --worlds 100 --numbers defaults "
        "--without C3,C4 --set backer.help=0.25 --out"
    )
    assert folder != command_of(setting.with_values(seed=8), YEARS).rpartition(" ")[2], (
        "a folder holds one run"
    )
