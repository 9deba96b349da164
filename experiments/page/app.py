"""The browser page: one world or a thousand, on the map, with the reasons; and the server that shows it.

    captive-ally view
    solara run experiments/page/app.py

It is Mesa's SolaraViz with buttons of our own (buttons.py); the panels beside it (experiments/page) are drawn
from snapshots. Each browser session has settings and models of its own.
"""

import importlib
import logging
import os
import socket
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from warnings import filterwarnings

os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "False")
os.environ.setdefault("SOLARA_CHECK_HOOKS", "off")  # Mesa 3.3's own page would be warned about

import click
import solara
import uvicorn
from mesa.visualization import SolaraViz
from solara.components.applayout import appbar_portal, sidebar_portal
from solara.server import kernel_context

from experiments.history.record import QUESTIONS, Record
from experiments.own_crisis.record import record_beside, record_that_ships
from experiments.page.buttons import current_session, install_buttons
from experiments.page.controls import QuestionsCard, SettingsCard
from experiments.page.curves import Observed
from experiments.page.doors import (
    EVERYWHERE,
    LOOPBACK,
    Doors,
    address_for_others,
    is_everywhere,
    names_for,
    tells_of_a_fault,
)
from experiments.page.downloads import Downloads
from experiments.page.guard import Guarded
from experiments.page.inputs import button, theme_button
from experiments.page.link import USUAL_SETTING
from experiments.page.pacing import PlayToGoal, RedrawReport, redraw_count
from experiments.page.panels import Address, Headline, Outdated, Panels, Refusal, Screen
from experiments.page.session import PageConfig, ScenarioFile, Session
from experiments.page.setting import SideSetting, shipped_scenarios, start_worlds
from experiments.page.svg import NARROW_WIDTH, PICTURE_WIDTH, page_style, words
from sim.errors import UserError
from sim.scenarios.loading import load, shipped
from sim.scenarios.scenario import Scenario

PAGE_NAME, PAGE_TITLE = "captive-ally", "Can a patron let its ally lose land without losing the ally?"
WHAT_THIS_IS = (
    "A model of the argument in "
    '<a href="https://ecfr.eu/article/a_captive_ally_why_russia_isnt_rushing_to_armenias_aid/" '
    "rel='noreferrer'>A captive ally: Why Russia isn't rushing to Armenia's aid</a> (ECFR, October 2020), "
    "made to be put on trial. <b>Not a forecast: most numbers in it are assumptions.</b>"
)
CLOSING_TIME = 1  # seconds for open connections to end after Ctrl-C

install_buttons()
logging.getLogger("solara.server.kernel").addFilter(tells_of_a_fault)  # `solara run` has it, too

given_scenarios: dict[
    str, tuple[Scenario, ScenarioFile]
] = {}  # on the command line: name -> itself, its file
given_records: dict[str, Record] = {}  # beside these: name -> what was observed
first_setting = [USUAL_SETTING]  # with which the page begins


def observed_in(scenario: Scenario) -> Observed:
    """What the page shows of the record: land held, relations called good, what fell."""
    record = given_records.get(scenario.name) or record_that_ships(scenario) or Record()
    points = {"held_contested": record.control, "opinion": record.polls.get(QUESTIONS[0], ())}
    return Observed({name: dated for name, dated in points.items() if dated}, record.captures)


def page_config() -> PageConfig:
    """The scenarios that ship, and one that was given."""
    given = {name: scenario for name, (scenario, _) in given_scenarios.items()}
    files = {name: file for name, (_, file) in given_scenarios.items()}
    return PageConfig(shipped_scenarios() | given, observed_in, files, first_setting[0])


@solara.component
def Page() -> None:  # noqa: N802
    """The page of one session."""
    query = solara.use_router().search or ""
    session = solara.use_memo(lambda: Session(page_config(), query), [])
    current_session.provide(session)
    bar = sidebar_portal.use_portal()  # what Mesa's page would put into a drawer of its own: its controls
    appbar_portal.use_portal()  # and its title, which stands in our header
    redraw_count()
    _watch(session)
    looked_at = session.playback.value.at(session.shown.value)[0].step
    solara.Title(f"{PAGE_NAME}: {PAGE_TITLE}")
    solara.Style(page_style())
    still = not (session.playing.value or session.under_way)
    Address(query=session.query, step=looked_at if still else -1, event_went=session.open)
    with solara.Div(classes=["ca-mesa"]):
        SolaraViz(
            session.playback,
            components=[],
            model_params={"request": session.request},
            play_interval=session.interval,
            render_interval=session.stride,
        )
    Screen(event_told=lambda narrow: session.width.set(NARROW_WIDTH if narrow else PICTURE_WIDTH))
    PlayToGoal(session)
    Header(session)
    with solara.Div(classes=["ca-bar"]):
        solara.Div(children=bar, classes=["ca-controls"])
        Guarded(session, "The date", Headline)
    Outdated(session)
    Refusal(session)
    with solara.Div(classes=["ca-body", "ca-open" if session.settings_open.value else "ca-usual"]):
        with solara.v.Html(
            tag="section", class_="ca-settings", attributes={"aria-label": "Questions and settings"}
        ):
            Guarded(session, "The questions", QuestionsCard)
            Guarded(session, "The settings", SettingsCard)
        with solara.Div(classes=["ca-main"]):
            Guarded(session, "This date", Panels)
            Guarded(session, "What can be taken away", Downloads)
    RedrawReport()


def _watch(session: Session) -> None:
    """Stop a playback when another begins or nobody is left; look at no date that is not yet played."""
    playback = session.playback.value

    def begin() -> object:
        if session.shown.peek() is not None and playback.last_step == 0:  # Reset
            session.shown.value = None
        return playback.stop

    solara.use_effect(begin, [playback])


@solara.component
def Header(session: Session) -> None:  # noqa: N802
    """What this is, of which article, and what it is not."""
    with solara.v.Html(tag="header", class_="ca-header"):
        solara.HTML(tag="h1", unsafe_innerHTML=words(PAGE_TITLE))
        solara.HTML(tag="p", unsafe_innerHTML=WHAT_THIS_IS)
        with solara.Div(classes=["ca-corner"]):
            button(
                "Settings",
                lambda _: session.settings_open.set(not session.settings_open.value),
                hint="show or hide the questions and settings",
            )
            theme_button()


class AnnouncingServer(uvicorn.Server):
    """A server that says where it is once it can be reached."""

    def __init__(self, config: uvicorn.Config, address: str, opens: bool) -> None:
        super().__init__(config)
        self._address, self._opens = address, opens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, then say where."""
        await super().startup(sockets)
        if self.started:
            click.echo(f"The page is at {self._address} (Ctrl-C stops it)")
            if self._opens:
                webbrowser.open(self._address)


def serve(scenario: str, given: Mapping[str, Any]) -> None:
    """Serve the page until Ctrl-C.

    Args:
        scenario: the name or file of the scenario that the page begins with.
        given: the options of `captive-ally view`.

    Raises:
        UserError: a setting that the model refuses, or a port that cannot be listened on.
    """
    file = None if scenario in shipped() else ScenarioFile(Path(scenario))  # before it is read
    loaded = load(scenario)
    if file is not None:
        given_scenarios[loaded.name] = (loaded, file)
        record = record_beside(scenario, loaded)
        if record is not None:
            given_records[loaded.name] = record
    setting = SideSetting(
        scenario=loaded.name,
        theory=given["theory"],
        seed=given["seed"],
        worlds=given["worlds"],
        numbers=given["numbers"],
    )
    start_worlds(setting, shipped_scenarios() | {loaded.name: loaded})  # so that a mistake is told here
    first_setting[0] = setting
    filterwarnings("ignore", "Cookies with samesite=none", UserWarning)  # right over plain http
    host, listening = given["host"], _listen(given["host"], given["port"])
    bound, port = listening.getsockname()[:2]
    if is_everywhere(bound):  # as 0 is, and other ways to write it
        host = "0.0.0.0"
    here = LOOPBACK[0] if host in EVERYWHERE else host
    address, others = (_address(name, port) for name in (here, address_for_others(host)))
    if host not in LOOPBACK:
        who = f"whoever reaches this computer can use the page, at {others}"
        click.echo(f"--host {given['host']}: {who}", err=True)
    doors = Doors(
        importlib.import_module("solara.server.starlette").app,  # it reads its settings when it is imported
        names_for(host, given["known_as"]),
        any_address=host in EVERYWHERE,
        sessions=lambda: kernel_context.contexts,
    )
    config = uvicorn.Config(
        doors, log_level="error", timeout_graceful_shutdown=CLOSING_TIME, ws="auto", server_header=False
    )
    with suppress(KeyboardInterrupt):  # uvicorn has put everything away before it passes this on
        AnnouncingServer(config, address, given["opens"]).run(sockets=[listening])
    click.echo("Stopped.")


def _address(name: str, port: int) -> str:
    """A whole address.

    >>> _address("::1", 8765)
    'http://[::1]:8765/'
    """
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except UnicodeError:  # an empty part between two dots, or one that is too long
        raise UserError(f"--host {host}: a name or an address is needed, such as 127.0.0.1") from None
    except OSError as error:
        raise UserError(f"--host {host} --port {port}: {error.strerror}; give another one") from None
