"""The page and the browsers it serves: addresses, tabs, other sites, servers that come and go."""

import csv
import io
import shlex
import time
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from experiments.cli import main
from experiments.page.setting import SideSetting, command_of
from sim.model import ConflictModel
from sim.scenarios.loading import shipped
from tests.experiments.page.browsing import (
    LAPTOP,
    ONE,
    choose,
    free_port,
    go_to,
    opened,
    press,
    settle,
    step_of,
    wait_for_step,
    wait_until_past,
    wait_until_shown,
    wait_until_there,
)
from tests.thorough import thorough

pytestmark = pytest.mark.browser
MOST_BYTES = 1_500_000


@thorough
def test_what_is_taken_away_is_what_was_shown(chromium, server, tmp_path):
    query = "numbers=defaults&world=7&seed=3&set=client.outside_option:0.6"
    with opened(chromium, f"{server.address}?{query}") as page:
        go_to(page, 0.5)
        steps = step_of(page)
        files = {}
        for name in ("Map (SVG)", "Alliance (SVG)", "Reasons (SVG)", "Table (CSV)"):
            with page.expect_download() as download:
                page.get_by_role("button", name=name).click()
            download.value.save_as(tmp_path / name)
            files[name] = (tmp_path / name).read_text(encoding="utf-8")
        for name in list(files)[:3]:
            drawing = ElementTree.fromstring(files[name])
            assert drawing.tag.endswith("svg") and "var(" not in files[name]
            assert "seed 3" in drawing.findall("{http://www.w3.org/2000/svg}desc")[0].text
        rows = list(csv.DictReader(io.StringIO(files["Table (CSV)"])))
        command = page.locator("code").inner_text()
    model = ConflictModel(worlds=np.array([7]), seed=3, client__outside_option=0.6)
    assert len(rows) == steps + 1
    for row in rows:
        assert float(row["loyalty"]) == pytest.approx(float(model.world.loyalty[0]), rel=1e-5)
        assert float(row["held_SHU"]) == pytest.approx(
            float(model.world.held[0, model.land.ids.index("SHU")]), rel=1e-5, abs=1e-9
        )
        model.step()
    assert command == command_of(
        SideSetting(world=7, seed=3, changes=(("client.outside_option", 0.6),)), "karabakh-2020"
    )


@thorough
def test_the_command_line_gives_the_same_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    setting = SideSetting(world=2, seed=5, without=("C3",), changes=(("backer.help", 0.25),))
    run, _, replay = command_of(setting, "karabakh-2020").partition(" && ")
    main([*shlex.split(run)[1:], "--no-figures", "--quiet", "--executor", "inline"])
    main([*shlex.split(replay)[1:], "--json"])
    told = capsys.readouterr().out.splitlines()
    model = ConflictModel(worlds=np.array([2]), seed=5, without=["C3"], backer__help=0.25)
    assert f'"loyalty": {float(model.run().loyalty[0])!r}' in told[-1]


def test_nothing_is_written_into_the_home_folder(chromium, server):
    with opened(chromium, server.address + ONE) as page:
        settle(page)
    assert list(Path(server.home.name).iterdir()) == []


def test_what_the_model_refuses_is_told_and_the_page_lives_on(chromium, server):
    with opened(chromium, server.address + ONE) as page:
        seed = page.get_by_label("Seed")
        seed.fill("-1")
        seed.press("Enter")
        page.get_by_text("Not possible: seed = -1: allowed is 0 to").wait_for()
        press(page, "Step")
        wait_for_step(page, 1)
        seed.fill("4")
        seed.press("Enter")
        page.wait_for_function("() => location.search.includes('seed=4')")
        page.get_by_text("Not possible").wait_for(state="detached")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("set=client.outside_option:7", "client.outside_option = 7.0: allowed is 0 to 1"),
        pytest.param(
            "theory=<script>alert(1)</script>", "unknown theory '<script>alert(1)</script>'", marks=thorough
        ),
        pytest.param("scenario=../../etc/passwd", "unknown scenario '../../etc/passwd'", marks=thorough),
        pytest.param("worlds=5000000", "worlds = 5000000: allowed are 1, 100, 1000", marks=thorough),
        pytest.param("without=C1", "without: 'C1' is a prediction, not a rule", marks=thorough),
        pytest.param("color=red", "the address names an unknown setting 'color'", marks=thorough),
    ],
)
def test_an_address_that_makes_no_sense_is_told(chromium, server, query, says):
    with opened(chromium, f"{server.address}?{query}") as page:
        page.get_by_text(f"Not possible: {says}").wait_for()
        press(page, "Step")
        wait_for_step(page, 1)


@thorough
def test_two_people_do_not_disturb_each_other(chromium, server):
    with opened(chromium, server.address + ONE) as one, opened(chromium, server.address + ONE) as other:
        go_to(one, 0.5)
        choose(other, "Theory of the patron's choice", "treaty_only")
        other.wait_for_function("() => location.search.includes('treaty_only')")
        assert step_of(other) == 0 and step_of(one) > 40
        assert "theory" not in one.url
        press(other, "▶ Play")
        before = step_of(one)
        wait_until_past(other, 3)
        assert step_of(one) == before


@thorough
def test_two_tabs_are_two_pages(chromium, server):
    with opened(chromium, server.address + ONE) as one:
        other = one.context.new_page()
        other.goto(server.address + ONE)
        other.wait_for_selector(".ca-date")
        choose(other, "Theory of the patron's choice", "treaty_only")
        other.wait_for_function("() => location.search.includes('treaty_only')")
        go_to(other, 0.3)
        assert step_of(one) == 0 and "theory" not in one.url
        press(one, "Step")
        wait_for_step(one, 1)
        assert step_of(other) > 20
        other.close()
        press(one, "Step")
        wait_for_step(one, 2)


@thorough
def test_reload_and_a_new_server_keep_the_settings(chromium, serve):
    port = free_port()
    first = serve(port)
    with opened(chromium, first.address) as page:
        choose(page, "Question", "Red lines not signalled")
        page.wait_for_function("() => location.search.includes('red_lines.signalled%3A0')")
        page.reload()
        page.locator(".ca-note", has_text="The challenger does not know").wait_for()
        press(page, "▶ Play")
        wait_until_past(page, 2)
        begun = time.monotonic()
        assert "Stopped." in first.stop()
        print(f"\nCtrl-C while it plays: {time.monotonic() - begun:.1f} s")
        serve(port)
        page.goto(page.url)
        page.wrong.clear()  # that the connection was lost
        page.locator(".ca-note", has_text="The challenger does not know").wait_for()
        press(page, "Step")
        wait_for_step(page, 1)


@thorough
def test_a_fresh_browser_gets_no_more_than_it_may(chromium, server):
    context = chromium.new_context(viewport=LAPTOP)
    page = context.new_page()
    told = context.new_cdp_session(page)
    told.send("Network.enable")
    files, channel = [], []
    told.on("Network.loadingFinished", lambda end: files.append(end["encodedDataLength"]))
    told.on("Network.webSocketFrameReceived", lambda one: channel.append(one["response"]["payloadData"]))
    try:
        page.goto(server.address)
        page.locator("svg", has_text="Who holds").wait_for()
        settle(page)
        seen = -1
        while seen < len(files):  # until nothing has come for a while
            seen = len(files)
            page.wait_for_timeout(3000)
        by_channel = len(zlib.compress("".join(channel).encode()))  # as it is sent
        print(f"\na fresh browser gets {sum(files):,} bytes in {len(files)} files, and {by_channel:,}")
        assert len(files) > 10 and by_channel > 10_000
        assert sum(files) + by_channel <= MOST_BYTES
    finally:
        context.close()


@thorough
def test_where_the_server_is_gone_it_stands_what_to_do(chromium, serve, pictures):
    running = serve(free_port())
    with opened(chromium, running.address) as page:
        running.stop()
        told = page.get_by_role("alert").filter(has_text="start it again with captive-ally view")
        told.wait_for()
        assert told.is_visible() and "reload this page" in told.inner_text()
        page.screenshot(path=pictures / "12-no-server.png")
        page.wrong.clear()  # that the connection was lost


@thorough
def test_back_undoes_and_a_link_keeps_the_date(chromium, server):
    with opened(chromium, server.address + "?world=10&step=12") as page:
        wait_for_step(page, 12)
        choose(page, "Theory of the patron's choice", "treaty_only")
        page.wait_for_function("() => location.search.includes('treaty_only')")
        page.go_back()
        wait_until_shown(page, "Theory of the patron's choice", "article")
        page.wait_for_function("() => !location.search.includes('theory')")
        wait_until_there(page)
        wait_for_step(page, 12)
        press(page, "Step")
        page.wait_for_function("() => location.search.includes('step=13')")
        page.reload()
        wait_for_step(page, 13)


@thorough
def test_two_quick_backs_leave_the_way_forward(chromium, server):
    theories = ("treaty_only", "base_rate")
    with opened(chromium, server.address + ONE) as page:
        for theory in theories:
            choose(page, "Theory of the patron's choice", theory)
            page.wait_for_function("theory => location.search.includes(theory)", arg=theory)
        page.evaluate("history.back(); setTimeout(() => history.back(), 30)")
        page.wait_for_function("() => !location.search.includes('theory')")
        wait_until_shown(page, "Theory of the patron's choice", "article")
        for theory in theories:
            page.go_forward()
            wait_until_shown(page, "Theory of the patron's choice", theory)
            page.wait_for_function("theory => location.search.includes(theory)", arg=theory)


def test_another_site_can_neither_read_nor_frame_the_page(chromium, server, serve, tmp_path):
    """A page of a foreign origin tries: nothing comes back to it."""
    import http.server
    import threading

    (tmp_path / "index.html").write_text("<p>elsewhere</p>", encoding="utf-8")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given):
            super().__init__(*given, directory=str(tmp_path))

        def log_message(self, *_):
            pass

    elsewhere = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    page = chromium.new_page()
    try:
        page.goto(f"http://127.0.0.1:{elsewhere.server_port}/")
        tried = page.evaluate(
            """async address => {
              const socket = new WebSocket(address.replace('http', 'ws')
                + 'jupyter/api/kernels/12345678-1234-1234-1234-123456789abc/channels?session_id=1');
              const opened = await new Promise(done => {
                socket.onopen = () => done('opened'); socket.onerror = () => done('refused'); });
              const read = await fetch(address).then(one => one.text(), () => 'refused');
              const blind = await fetch(address, {mode: 'no-cors'}).then(() => 'got', () => 'refused');
              const script = await new Promise(done => { const one = document.createElement('script');
                one.onload = () => done('loaded'); one.onerror = () => done('refused');
                one.src = address + 'static/main-vuetify.js'; document.head.appendChild(one); });
              return [opened, read, blind, script];
            }""",
            server.address,
        )
        assert tried == ["refused"] * 4
    finally:
        page.close()
        elsewhere.shutdown()


@thorough
def test_a_session_whose_browser_has_gone_plays_no_more(chromium, serve):
    import psutil

    running = serve(free_port())
    with opened(chromium, f"{running.address}?scenario=karabakh-1994-2025") as page:  # whose end is far
        choose(page, "Speed", "fast")  # which would be seen
        press(page, "▶ Play")
        wait_until_past(page, 2)
    process = psutil.Process(running.process.pid)
    until = time.monotonic() + 60  # within a minute
    while time.monotonic() < until:
        before = sum(process.cpu_times()[:2])
        time.sleep(3)
        if sum(process.cpu_times()[:2]) - before < 0.15:
            return
    raise AssertionError("it goes on playing for nobody")


@thorough
@pytest.mark.parametrize("name", shipped())
def test_every_scenario_can_be_played(chromium, server, pictures, name):
    with opened(chromium, f"{server.address}?scenario={name}&worlds=1") as page:
        go_to(page, 0.5)
        before = step_of(page)
        press(page, "100")
        page.locator("path[fill-opacity='0.2']").first.wait_for(state="attached")  # a band of many worlds
        wait_for_step(page, before)
        wait_until_there(page)
        settle(page)
        page.screenshot(path=pictures / f"8-{name}.png")


@thorough
def test_a_scenario_of_ones_own_is_offered(chromium, serve, tmp_path):
    text = shipped()["karabakh-2020"].read_text(encoding="utf-8")
    own = tmp_path / "mine.toml"
    own.write_text(text.replace('name = "karabakh-2020"', 'name = "mine"'), encoding="utf-8")
    running = serve(free_port(), str(own))
    with opened(chromium, running.address) as page:
        press(page, "Step")
        wait_for_step(page, 1)
        assert "captive-ally run mine.toml" in page.locator("code").inner_text()
        assert str(tmp_path) not in page.content(), "no folder goes to the browser"
        assert not page.get_by_text("was edited").count()
        own.write_text("no scenario any more", encoding="utf-8")
        press(page, "Step")
        page.get_by_text("mine.toml was edited since this page was started").wait_for()
        wait_for_step(page, 2)  # it goes on with what it has read
