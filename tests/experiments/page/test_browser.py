"""The page works in a browser that has no network.

A real Chromium drives the running page. It lets nothing through but the page's own address. The tests
print how long things take, and leave pictures of the main states in a folder for a person to look at
(CAPTIVE_ALLY_PICTURES, else one that pytest makes).
"""

import re
import time

import numpy as np
import pytest

from tests.experiments.page.browsing import (
    DATE,
    LARGE,
    ONE,
    STEPS,
    choose,
    go_to,
    map_colours,
    opened,
    press,
    settle,
    step_of,
    wait_for_step,
    wait_until_past,
    wait_until_shown,
    wait_until_there,
)
from tests.thorough import mostly_thorough, thorough

pytestmark = pytest.mark.browser


def test_it_loads_plays_pauses_and_resets(chromium, server, pictures):
    with opened(chromium, server.address + ONE) as page:
        assert "Press ▶ Play" in page.locator(".ca-page").first.inner_text()
        page.screenshot(path=pictures / "1-start.png")
        before = map_colours(page)
        press(page, "▶ Play")
        page.wait_for_function(f"() => / (1[2-9]|[2-9]\\d) of/.test({DATE})")
        press(page, "❚❚ Pause")
        page.get_by_role("button", name="▶ Play", exact=True).wait_for()
        settle(page)
        assert map_colours(page) != before
        page.screenshot(path=pictures / "2-war.png")
        press(page, "Reset")
        wait_for_step(page, 0)
        settle(page)
        assert map_colours(page) == before


@thorough
@pytest.mark.parametrize("worlds", mostly_thorough([1, 1000], 1))
def test_a_step_is_soon_on_the_screen(chromium, server, worlds):
    with opened(chromium, f"{server.address}?worlds={worlds}") as page:
        press(page, "Step")
        wait_for_step(page, 1)
        times = []
        for step in range(2, 12):
            begun = time.monotonic()
            press(page, "Step")
            wait_for_step(page, step)
            settle(page)
            times.append(time.monotonic() - begun)
        print(
            f"\nstep on the screen, {worlds} worlds: median {np.median(times):.3f} s, most {max(times):.3f} s"
        )
        begun = time.monotonic()
        press(page, "100")
        page.wait_for_function("() => location.search.includes('worlds=100')")
        page.locator("svg", has_text="lost in 0").first.wait_for()
        settle(page)
        change = time.monotonic() - begun
        print(f"a new setting at step 11, from {worlds} to 100 worlds: {change:.3f} s")


@thorough
def test_fast_playing_does_not_pile_up_and_comes_to_the_end(chromium, server, pictures):
    with opened(chromium, f"{server.address}?worlds=100&step={STEPS - 100}") as page:
        wait_until_there(page)
        settle(page)
        choose(page, "Speed", "fast")
        begun = time.monotonic()
        press(page, "▶ Play")
        page.wait_for_function(f"() => {DATE}.includes('step {STEPS} of {STEPS}')", timeout=240_000)
        print(f"\n100 steps of 100 worlds, as fast as they are drawn: {time.monotonic() - begun:.1f} s")
        page.locator(".ca-log li", has_text="The scenario ends").wait_for()
        page.screenshot(path=pictures / "3-end-of-1000.png")
        choose(page, "Question", "No backer")  # after the end, another setting can be played
        page.wait_for_function("() => location.search.includes('backer.help')")
        press(page, "Reset")
        wait_for_step(page, 0)
        press(page, "Step")
        wait_for_step(page, 1)


def test_a_slider_acts_and_the_address_follows(chromium, server):
    with opened(chromium, server.address + ONE) as page:
        go_to(page, 0.5)
        before, step = page.locator(".ca-intro").inner_text(), step_of(page)
        page.locator("summary", has_text="Challenger and backer").click()
        strength = page.get_by_role("slider", name=re.compile("challenger.strength"))
        strength.focus()
        for _ in range(8):  # each press is a new setting: the next one waits until it is shown
            before_press = strength.input_value()
            page.keyboard.press("ArrowRight")
            page.wait_for_function(
                "([name, before]) => document.querySelector(`[data-parameter='${name}']`).value !== before",
                arg=["challenger.strength", before_press],
            )
        page.wait_for_function("() => /challenger.strength%3A1.75/.test(location.search)")
        page.wait_for_function(  # the date stays, and what is said of it is another
            f"([step, before]) => {DATE}"
            """.includes(`step ${step} of`)
              && document.querySelector('.ca-intro').innerText !== before""",
            arg=[step, before],
            timeout=120_000,
        )
        assert "(1 changed)" in page.locator("summary", has_text="Challenger and backer").inner_text()
        page.locator("code", has_text="--set challenger.strength=1.75").wait_for()


@thorough
def test_another_theory_gives_other_reasons_and_each_leads_to_its_claim(chromium, server, pictures):
    with opened(chromium, server.address + ONE) as page:
        go_to(page, 0.3)
        page.locator("[data-pick='term:title']").click()
        page.locator(".ca-claim", has_text="Claim C26").wait_for()
        page.locator("[data-pick='term:gratitude']").focus()
        page.keyboard.press("Enter")
        page.locator(".ca-claim", has_text="Claim C3 ").wait_for()
        assert page.evaluate("document.activeElement.dataset.pick") == "term:gratitude", "the focus stays"
        page.locator("summary", has_text="Claims to switch off").click()
        page.locator(".ca-checks label", has_text="C26 ").click()
        page.wait_for_function("() => location.search.includes('without=C26')")
        page.locator("[data-pick='term:title']").wait_for(state="detached")
        choose(page, "Theory of the patron's choice", "treaty_only")
        page.wait_for_function("() => location.search.includes('theory=treaty_only')")
        page.locator("[data-pick='term:gratitude']").wait_for(state="detached")
        page.locator("[data-pick='term:treaty']").wait_for()


@thorough
def test_a_past_step_shows_its_own_reasons(chromium, server, pictures):
    with opened(chromium, f"{server.address}{ONE}&numbers=defaults") as page:
        go_to(page, 0.4)
        last, now = page.locator(".ca-deed").inner_text(), step_of(page)
        shown = page.locator("svg", has_text="Reasons of").inner_html()
        scale = page.locator("[data-days]")
        box = scale.bounding_box()
        scale.click(position={"x": 0.05 * box["width"], "y": 50})  # the war has half of the width
        page.get_by_text("a past step is shown").wait_for()
        assert step_of(page) in (9, 10)
        page.wait_for_function(
            """shown => [...document.querySelectorAll('svg')].some(one =>
              one.textContent.startsWith('Reasons of') && one.innerHTML !== shown)""",
            arg=shown,
        )
        page.screenshot(path=pictures / "4-past.png")
        page.locator(".ca-log li", has_text="The patron says in public").click()
        wait_for_step(page, 11)
        press(page, "Back to the last step")
        wait_for_step(page, now)
        page.locator(".ca-deed", has_text=last).wait_for()
        scale.click(position={"x": 0.55 * box["width"], "y": 50})  # a tenth of the years after it
        page.wait_for_function(f"() => {DATE}.includes('June 2021')", timeout=120_000)
        page.screenshot(path=pictures / "4-years-after.png")


@thorough
def test_the_log_can_be_told_by_actor(chromium, server):
    with opened(chromium, server.address + ONE) as page:
        go_to(page, 0.6)
        everything = page.locator(".ca-log li").count()
        press(page, "Russia")
        page.wait_for_function(
            "many => document.querySelectorAll('.ca-log li').length < many", arg=everything
        )
        lines = page.locator(".ca-log li span").all_inner_texts()
        assert lines and all(line.startswith("Russia") for line in lines)


@thorough
def test_settings_can_change_while_it_plays(chromium, server):
    with opened(chromium, server.address + ONE) as page:
        press(page, "▶ Play")
        wait_until_past(page, 4)
        for theory in ("treaty_only", "base_rate", "article"):
            choose(page, "Theory of the patron's choice", theory)
            page.wait_for_function(  # the article, as what is usual, is not named in the address
                """theory => theory === 'article' ? !location.search.includes('theory=')
                  : location.search.includes(`theory=${theory}`)""",
                arg=theory,
            )
        reached = step_of(page)
        wait_until_past(page, reached + 4)
        press(page, "❚❚ Pause")


@thorough
def test_two_sides_share_their_luck_and_mark_what_differs(chromium, server, pictures):
    with opened(chromium, server.address + ONE + "&numbers=defaults", size=LARGE) as page:
        go_to(page, 0.5)
        alone, step = map_colours(page), step_of(page)
        choose(page, "Compare with (B)", "A patron that keeps its word")
        page.locator(".ca-differences", has_text="B differs from A").wait_for()
        page.locator("svg", has_text="Key to the map").wait_for()
        wait_for_step(page, step)
        settle(page)
        assert map_colours(page, 0) == alone != map_colours(page, 1)
        assert page.locator("path[stroke='#f0e442']").count() >= 2, "districts that differ are outlined"
        page.screenshot(path=pictures / "6-two-sides.png")
        press(page, "A")
        wait_until_shown(page, "Theory of the patron's choice", "article")  # the settings of A
        choose(page, "Theory of the patron's choice", "treaty_only")
        page.get_by_text("So far B does not differ from A").wait_for()
        wait_for_step(page, step)
        settle(page)
        assert map_colours(page, 0) == map_colours(page, 1)
