"""The running page, and what a person does in a real Chromium that has no network."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager, suppress

import matplotlib

from sim.scenarios.loading import load

LAPTOP, LARGE = {"width": 1366, "height": 768}, {"width": 1920, "height": 1080}
SLOW = 200.0  # seconds after which a test gives up waiting, on a machine that does other things, too
STARTING = 600.0
# A shell that runs the tests in the background would have its children ignore Ctrl-C.
FROM_A_TERMINAL = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from experiments.cli import main
main(["view", *sys.argv[1:]])
"""
STEPS = load("karabakh-2020").steps
ONE = "?worlds=1"
DATE = "(document.querySelector('.ca-date')?.textContent ?? 'playing on')"
TYPE = 12.0  # px, the least that is shown
SIZES = {"desk": {"width": 1440, "height": 900}, "small": {"width": 1024, "height": 768},
         "phone": {"width": 390, "height": 844}}  # fmt: skip
TWO = "?step=42&other.side=1&other.theory=treaty_only"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as place:
        return place.getsockname()[1]


class Server:
    """`captive-ally view` in a process of its own, whose user has an empty home folder."""

    def __init__(self, port, *arguments):
        self.address = f"http://127.0.0.1:{port}/"
        command = [sys.executable, "-c", FROM_A_TERMINAL, "--port", str(port), "--no-open", *arguments]
        self.home = tempfile.TemporaryDirectory()
        environment = os.environ | {"HOME": self.home.name, "MPLCONFIGDIR": matplotlib.get_cachedir()}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self._wait()

    def _wait(self):
        until = time.monotonic() + STARTING
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError):
                urllib.request.urlopen(f"{self.address}readyz", timeout=5).close()
                return
            time.sleep(0.1)
        raise AssertionError(f"the page did not start: {self.stop()}")

    def stop(self):
        """Ctrl-C; what it has said."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.communicate(timeout=SLOW)[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@contextmanager
def opened(browser, address, size=LAPTOP, dark=False, bypass_csp=False):
    """A page with no network but its own server, in which nothing may go wrong."""
    context = browser.new_context(
        viewport=size, color_scheme="dark" if dark else "light", accept_downloads=True, bypass_csp=bypass_csp
    )
    wrong = []

    def let_through(route):
        if route.request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            route.continue_()
        else:
            wrong.append(f"asked for {route.request.url}")
            route.abort()

    context.route("**/*", let_through)
    page = context.new_page()
    page.set_default_timeout(1000 * SLOW)
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.wrong = wrong
    page.goto(address)
    page.wait_for_selector(".ca-date")
    yield page
    context.close()
    assert not wrong, wrong


def step_of(page):
    return int(re.search(r"step (\d+) of", page.locator(".ca-date").inner_text()).group(1))


def wait_for_step(page, step):
    page.locator(".ca-date", has_text=f"step {step} of").wait_for()


def wait_until_past(page, step):
    """Wait until a page that plays has come to a step, or gone by it."""
    page.wait_for_function(f"step => Number({DATE}.match(/step (\\d+)/)?.[1]) >= step", arg=step)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def choose(page, label, option):
    page.get_by_label(label, exact=True).select_option(option)


def wait_until_shown(page, label, chosen):
    """Wait until a list shows what is chosen: on a busy machine the settings of a side arrive late."""
    page.wait_for_function(
        """([label, chosen]) => [...document.querySelectorAll('.ca-field')].some(one =>
          one.textContent.trim().startsWith(label) && one.querySelector('select')?.value === chosen)""",
        arg=[label, chosen],
    )


def go_to(page, share):
    """Move the date to a share of the war, to the end of 2020, and wait until it is there."""
    step = page.get_by_label("Date", exact=True).evaluate(
        """(one, share) => {
          const step = Math.round(share * one.max);
          one.value = step;
          one.dispatchEvent(new Event('change'));
          return step;
        }""",
        share,
    )
    wait_for_step(page, step)
    wait_until_there(page)
    settle(page)


def wait_until_there(page):
    """Wait until the date that the page plays on to is reached."""
    page.wait_for_function(f"() => !{DATE}.includes('playing on')", timeout=120_000)


def settle(page):
    """Wait until maps and deed are of the headline's date: the parts of a page arrive one after the other."""
    page.wait_for_function(
        """() => [...document.querySelectorAll('svg > title')].map(one => one.textContent)
          .filter(text => text.startsWith('Who holds'))
          .every(text => text.endsWith(document.querySelector('.ca-date b')?.textContent))
          && document.querySelector('.ca-heard')?.textContent.includes(
            document.querySelector('.ca-deed')?.textContent)"""
    )


def type_sizes(page):
    """The texts that can be seen, each with the height of its type in px."""
    return page.evaluate(
        """() => [...document.querySelectorAll('svg text, .ca-header *, .ca-bar *, .ca-body *')]
          .filter(one => [...one.childNodes].some(child => child.nodeType === 3 && child.data.trim())
            || one.tagName === 'text')
          .filter(one => one.getClientRects().length)
          .map(one => [one.textContent.trim().slice(0, 30), parseFloat(getComputedStyle(one).fontSize)
            * (one.getScreenCTM ? one.getScreenCTM().a : 1)])"""
    )


def map_colours(page, place=0):
    """The fills of the regions, in their order."""
    return page.evaluate(
        """place => [...document.querySelectorAll('svg')].filter(
             one => one.querySelector('title').textContent.startsWith('Who holds'))[place].outerHTML
             .match(/fill="#[0-9a-f]{6}" stroke="#ffffff" stroke-width="0.8"/g)
             .map(one => one.slice(6, 13))""",
        place,
    )
