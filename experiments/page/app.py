"""The browser page: one world or a thousand, on the map, with the reasons; and the server that shows it.

    captive-ally view
    solara run experiments/page/app.py

Mesa's SolaraViz plays, pauses, steps and resets; the panels beside it (experiments/page) are drawn from
snapshots. Each browser session has settings and models of its own.
"""

import os
import socket
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from warnings import filterwarnings

os.environ.setdefault("SOLARA_TELEMETRY_MIXPANEL_ENABLE", "False")
os.environ.setdefault("SOLARA_CHECK_HOOKS", "off")  # Mesa 3.3's own page would be warned about

import click
import solara
import uvicorn
from mesa.visualization import SolaraViz

from experiments.history.record import MAP, control, polls
from experiments.page.controls import QuestionsCard, SettingsCard
from experiments.page.curves import Observed
from experiments.page.downloads import Downloads
from experiments.page.guard import Guarded
from experiments.page.link import query_of
from experiments.page.pacing import PlayToGoal, RedrawReport, install_pacing
from experiments.page.panels import Address, Panels
from experiments.page.session import PageConfig, Session
from experiments.page.setting import SideSetting, shipped_scenarios, start_worlds
from experiments.page.svg import page_style
from sim.errors import UserError
from sim.scenarios.loading import load, shipped
from sim.scenarios.scenario import Scenario

PAGE_TITLE = "captive-ally: can a patron let its ally lose land without losing the ally?"
CLOSING_TIME = 1  # seconds for open connections to end after Ctrl-C

install_pacing()

given_scenarios: dict[str, tuple[Scenario, str]] = {}  # on the command line: name -> itself, what was typed


def record_beside(scenario: Scenario) -> Observed:
    """What the page shows of the record: land held, and how many call relations with the patron good."""
    if scenario.map != MAP:
        return Observed()
    return Observed({"held_contested": control(), "opinion": polls("relations_good")})


def page_config() -> PageConfig:
    """The scenarios that ship, and one that was given."""
    given = {name: scenario for name, (scenario, _) in given_scenarios.items()}
    typed = {name: word for name, (_, word) in given_scenarios.items()}
    return PageConfig(shipped_scenarios() | given, record_beside, typed)


@solara.component
def Page() -> None:  # noqa: N802
    """The page of one session."""
    query = solara.use_router().search or ""
    session = solara.use_memo(lambda: Session(page_config(), query), [])
    with solara.Div(classes=["ca-mesa"]):  # what Mesa's page shows beside its bar and its controls: nothing
        solara.Title(PAGE_TITLE)
        solara.Style(page_style())
        Address(query=session.query)
        SolaraViz(
            session.playback,
            components=[],
            model_params={"request": session.request},
            play_interval=session.interval,
            render_interval=session.stride,
            name=PAGE_TITLE,
        )
        PlayToGoal(session)
    with solara.Sidebar():
        Guarded(session, "The questions", QuestionsCard)
        Guarded(session, "The settings", SettingsCard)
    Guarded(session, "This date", Panels)
    Guarded(session, "What can be taken away", Downloads)
    RedrawReport()


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
    loaded = load(scenario)
    if scenario not in shipped():
        given_scenarios[loaded.name] = (loaded, scenario)
    setting = SideSetting(
        scenario=loaded.name,
        theory=given["theory"],
        seed=given["seed"],
        worlds=given["worlds"],
        numbers=given["numbers"],
    )
    start_worlds(setting, shipped_scenarios() | {loaded.name: loaded})  # so that a mistake is told here
    filterwarnings("ignore", "Cookies with samesite=none", UserWarning)  # right over plain http
    listening = _listen(given["host"], given["port"])
    port, query = listening.getsockname()[1], query_of(setting)
    host = f"[{given['host']}]" if ":" in given["host"] else given["host"]
    address = f"http://{host}:{port}/" + (f"?{query}" if query else "")
    config = uvicorn.Config(
        "solara.server.starlette:app", log_level="error", timeout_graceful_shutdown=CLOSING_TIME, ws="auto"
    )
    with suppress(KeyboardInterrupt):  # uvicorn has put everything away before it passes this on
        AnnouncingServer(config, address, given["opens"]).run(sockets=[listening])
    click.echo("Stopped.")


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise UserError(f"--host {host} --port {port}: {error.strerror}; give another one") from None
