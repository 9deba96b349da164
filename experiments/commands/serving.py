"""How is the page served until Ctrl-C?"""

import socket
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from warnings import filterwarnings

import click
import solara  # noqa: F401  # the page needs it, and says so early if it is missing
import uvicorn

from experiments.page.link import query_of
from experiments.page.setting import Setting, begin, shipped_scenarios
from sim.errors import UserError
from sim.scenarios.loading import load, shipped

PATIENCE = 1  # seconds for open connections to end after Ctrl-C


class Told(uvicorn.Server):
    """A server that tells once it can be reached."""

    def __init__(self, config: uvicorn.Config, address: str, opens: bool) -> None:
        super().__init__(config)
        self._address, self._opens = address, opens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, then tell where."""
        await super().startup(sockets)
        if self.started:
            click.echo(f"The page is at {self._address} (Ctrl-C stops it)")
            if self._opens:
                webbrowser.open(self._address)


def serve(scenario: str, given: Mapping[str, Any]) -> None:
    """Serve the page until Ctrl-C.

    Args:
        scenario: name or file that the page begins with.
        given: options of `captive-ally view`.

    Raises:
        UserError: a setting that the model refuses, or a port that cannot be listened on.
    """
    from experiments.commands import shown

    loaded = load(scenario)
    if scenario not in shipped():
        shown.own[loaded.name] = (loaded, scenario)
    setting = Setting(
        scenario=loaded.name, theory=given["theory"], seed=given["seed"], worlds=given["worlds"]
    )
    begin(setting, shipped_scenarios() | {loaded.name: loaded})  # so that a mistake is told here
    filterwarnings("ignore", "Cookies with samesite=none", UserWarning)  # right over plain http
    listening = _listen(given["host"], given["port"])
    port, query = listening.getsockname()[1], query_of(setting)
    host = f"[{given['host']}]" if ":" in given["host"] else given["host"]
    address = f"http://{host}:{port}/" + (f"?{query}" if query else "")
    config = uvicorn.Config(
        "solara.server.starlette:app", log_level="error", timeout_graceful_shutdown=PATIENCE, ws="auto"
    )
    with suppress(KeyboardInterrupt):  # uvicorn has put everything away before it passes this on
        Told(config, address, given["opens"]).run(sockets=[listening])
    click.echo("Stopped.")


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise UserError(f"--host {host} --port {port}: {error.strerror}; give another one") from None
