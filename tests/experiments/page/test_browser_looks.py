"""What is seen in a browser, on screens and paper, and by keyboard: all of it, and large enough."""

import re

import pytest

from tests.experiments.barriers import serious_barriers
from tests.experiments.page.browsing import (
    DATE,
    LAPTOP,
    LARGE,
    ONE,
    SIZES,
    STEPS,
    TWO,
    TYPE,
    go_to,
    opened,
    press,
    settle,
    step_of,
    type_sizes,
    wait_for_step,
    wait_until_past,
    wait_until_there,
)
from tests.thorough import thorough

pytestmark = pytest.mark.browser


@thorough
def test_many_worlds_show_chances_and_bands(chromium, server, pictures):
    with opened(chromium, server.address + ONE, dark=True) as page:
        go_to(page, 0.1)  # in the war
        before = step_of(page)
        press(page, "100")
        page.locator(".ca-date", has_text="of worlds").wait_for()
        wait_for_step(page, before)
        wait_until_there(page)
        settle(page)
        assert "fighting in" in page.locator(".ca-date").inner_text()
        assert page.locator("path[fill-opacity='0.2']").count() == 5, "a band for each curve"
        assert page.locator(".v-application").first.evaluate(
            "one => getComputedStyle(one).getPropertyValue('--ca-paper').trim()"
        ) == "#1e1e1e"  # fmt: skip
        page.screenshot(path=pictures / "5-many-dark.png")


@thorough
@pytest.mark.parametrize(("size", "dark"), [(LAPTOP, False), (LARGE, False), (LARGE, True)])
def test_it_can_be_read_on_a_laptop_and_a_large_screen(chromium, server, pictures, size, dark):
    with opened(chromium, f"{server.address}?worlds=100", size=size, dark=dark) as page:
        go_to(page, 0.45)
        small = type_sizes(page)
        assert len(small) > 80
        assert [one for one in small if one[1] < TYPE - 0.01] == []
        wide = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert wide, "nothing is cut off on the right"
        name = f"7-{size['width']}{'-dark' if dark else ''}.png"
        page.screenshot(path=pictures / name)


@thorough
@pytest.mark.parametrize("size", SIZES)
def test_a_stranger_finds_the_answers_on_the_first_screen_and_after_play(chromium, server, pictures, size):
    """What it is, what a world is; what the patron did and why, what became of the alliance; no forecast."""

    def seen(*saying):
        """Whether words can be read without scrolling."""
        for words in saying:
            box = page.locator(".ca-header, .ca-intro", has_text=words).first.bounding_box()
            assert box["y"] >= 0 and box["y"] + box["height"] <= SIZES[size]["height"], words

    with opened(chromium, f"{server.address}?worlds=100", size=SIZES[size]) as page:
        seen("A captive ally: Why Russia isn't rushing", "Not a forecast", "A world is one run of the model")
        page.screenshot(path=pictures / f"11-{size}-start.png")
        press(page, "▶ Play")
        wait_until_past(page, 20)
        press(page, "❚❚ Pause")
        page.get_by_role("button", name="▶ Play", exact=True).wait_for()
        settle(page)
        after = ("Russia stood aside in", "Why: most against stepping in", "The alliance: Armenia keeps")
        seen("Not a forecast", *after)
        page.screenshot(path=pictures / f"11-{size}-war.png")
        go_to(page, 1.0)
        seen("Not a forecast", "imposed a stop with peacekeepers in", *after[1:])
        page.screenshot(path=pictures / f"11-{size}-end.png")


@thorough
@pytest.mark.parametrize(
    ("query", "size", "dark"),
    [
        ("?step=42", "desk", True),
        ("?worlds=1&world=10&step=95", "phone", False),
        ("?worlds=1", "desk", False),
        ("?step=42&other.side=1&other.theory=treaty_only", "small", False),
    ],
)
def test_it_has_no_serious_barrier(chromium, server, query, size, dark):
    with opened(chromium, server.address + query, size=SIZES[size], dark=dark, bypass_csp=True) as page:
        wait_until_there(page)
        settle(page)
        if size == "small":
            press(page, "Settings")
        for summary in page.locator("summary:visible").all():
            summary.click()
        bar = page.locator(".v-progress-linear--absolute").first  # is seen while the server is busy for long
        bar.evaluate("bar => { bar.style.visibility = 'visible' }")
        assert serious_barriers(page, fewest_passes=21) == []
        assert page.evaluate("document.documentElement.lang") == "en"


@thorough
def test_a_war_is_played_and_a_reason_read_by_keyboard_alone(chromium, server):
    with opened(chromium, f"{server.address}?world=10&step={STEPS - 50}") as page:
        wait_until_there(page)
        settle(page)

        def tab_to(what, keys="Tab"):
            for _ in range(150):
                if page.evaluate("what => document.activeElement.matches(what)", what):
                    return
                page.keyboard.press(keys)
            raise AssertionError(f"{keys} does not lead to {what}")

        names = []
        for _ in range(4):
            page.keyboard.press("Tab")
            names.append(page.evaluate("document.activeElement.textContent"))
        assert "▶ Play" in names, "Play is among the first"
        tab_to(".ca-buttons select")
        page.keyboard.type("fast")
        tab_to(".ca-strong", "Shift+Tab")
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => {DATE}.includes('step {STEPS} of {STEPS}')", timeout=240_000)
        wait_until_there(page)
        settle(page)
        page.wait_for_function(
            "() => document.querySelector('[role=status]').textContent.includes('Russia')"
        )  # what a screen reader hears
        tab_to("[data-days]")
        page.keyboard.press("Home")
        wait_for_step(page, 0)
        page.wait_for_function("() => document.activeElement.dataset.step === '0'")
        for step in (10, 20, 21):
            page.keyboard.press("PageUp" if step % 10 == 0 else "ArrowRight")
            wait_for_step(page, step)
            page.wait_for_function(
                "step => document.activeElement.dataset.step === String(step)", arg=step
            )  # the focus stays on the curves
        tab_to("[data-pick^='day:']")
        page.keyboard.press("Enter")
        wait_for_step(page, 10)
        tab_to("[data-pick='term:title']")
        page.keyboard.press("Enter")
        page.locator(".ca-claim", has_text="Claim C26").wait_for()


@thorough
def test_a_telephone_shows_the_map_and_play_at_once_and_nothing_too_small(chromium, server, pictures):
    with opened(chromium, server.address + "?step=42", size=SIZES["phone"]) as page:
        wait_until_there(page)
        page.locator("svg[viewBox^='0 0 360 ']").first.wait_for()
        settle(page)
        for what in (page.get_by_role("button", name="▶ Play"), page.get_by_label("Date", exact=True)):
            box = what.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] + box["height"] < 844 / 2
        assert page.locator("svg", has_text="Who holds").first.bounding_box()["y"] < 844 * 0.7
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert [one for one in type_sizes(page) if one[1] < TYPE - 0.01] == []
        cut = page.evaluate(
            """() => [...document.querySelectorAll('svg text')].filter((one) => {
                 const box = one.getBoundingClientRect();
                 return box.left < -1 || box.right > innerWidth + 1; })
               .map((one) => one.textContent)"""
        )
        assert cut == [], "no text runs out of the screen"
        view = page.evaluate("document.querySelector('meta[name=viewport]').content")
        assert "maximum-scale" not in view and "user-scalable" not in view, "two fingers enlarge it"
        page.screenshot(path=pictures / "9-phone.png")
        page.set_viewport_size(SIZES["desk"])
        page.locator("svg[viewBox^='0 0 480 ']").first.wait_for()


@thorough
@pytest.mark.parametrize("size", SIZES)
def test_both_maps_are_seen_at_once_without_scrolling(chromium, server, pictures, size):
    with opened(chromium, server.address + TWO, size=SIZES[size]) as page:
        wait_until_there(page)
        if size == "phone":
            page.locator("svg[viewBox^='0 0 176 ']").first.wait_for()
        settle(page)
        boxes = [page.locator("svg", has_text="Who holds").nth(side).bounding_box() for side in (0, 1)]
        for box in boxes:
            assert box["x"] >= 0 and box["x"] + box["width"] <= SIZES[size]["width"]
            assert box["y"] + box["height"] <= SIZES[size]["height"], "without scrolling"
        first, second = boxes
        assert first["y"] == second["y"] and first["x"] + first["width"] <= second["x"], "side by side"
        assert [one for one in type_sizes(page) if one[1] < TYPE - 0.01] == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.screenshot(path=pictures / f"10-two-sides-{size}.png")


@thorough
def test_two_sides_follow_each_other_on_a_telephone(chromium, server):
    with opened(chromium, server.address + TWO, size=SIZES["phone"]) as page:
        wait_until_there(page)
        page.locator("svg[viewBox^='0 0 360 ']").first.wait_for()
        settle(page)
        curves = page.locator("svg", has_text="The alliance over time")
        first, second = (curves.nth(side).bounding_box() for side in (0, 1))
        assert second["y"] + second["height"] - first["y"] < 844, "both are on one screen"
        assert second["y"] - first["y"] - first["height"] < 120, "nothing else is between them"


@thorough
@pytest.mark.parametrize("query", ["?step=42", TWO])
def test_it_can_be_printed(chromium, server, pictures, query):
    with opened(chromium, server.address + query) as page:
        wait_until_there(page)
        settle(page)
        page.emulate_media(media="print")
        assert page.locator("button:visible:not(.ca-log button)").count() == 0, "nothing to be pressed"
        printed = page.pdf(format="A4")
        assert 2 <= len(re.findall(rb"/Type /Page\b", printed)) <= 8
        for words in ("The bet so far", "What happened", "The same run on the command line"):
            assert page.get_by_text(words).first.is_visible()
        log = page.locator(".ca-log").first
        assert log.evaluate("one => one.scrollHeight <= one.clientHeight + 1"), "the whole log is there"
        for picture in page.locator("svg:visible").all():
            assert picture.evaluate("one => getComputedStyle(one).breakInside") == "avoid"


@thorough
def test_on_a_small_screen_curves_and_reasons_are_in_sight(chromium, server):
    with opened(chromium, server.address + "?step=42", size=SIZES["small"]) as page:
        wait_until_there(page)
        settle(page)
        for what in ("The alliance over time", "Who holds", "Reasons of"):
            assert page.locator("svg", has_text=what).first.bounding_box()["y"] < 768 - 80


@thorough
def test_what_lies_on_the_curves_can_be_pointed_at(chromium, server):
    with opened(chromium, server.address + "?world=10&step=42") as page:
        wait_until_there(page)
        settle(page)
        covered = page.evaluate(
            """() => [...document.querySelectorAll('[data-plot] > path')]
              .filter(one => one.querySelector('title'))
              .map(one => { const box = one.getBoundingClientRect();
                const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return top.parentNode === one.parentNode && top.querySelector('title') !== null; })"""
        )
        assert len(covered) > 5 and all(covered)
