"""The command that opens the browser page."""

import atexit
import os
import re
import shutil
import tempfile
from typing import Any

import click

from experiments.commands.options import numbers_of
from sim.errors import UserError

EXTRA = "pip install 'captive-ally[view]'"
LAST_PORT = 65535
HOST = re.compile(r"[A-Za-z0-9.:%_-]{1,253}")
NAME = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")  # or an address of version 6
SERVER = {  # read when Solara is imported
    "SOLARA_APP": "experiments.page.app:Page",
    "SOLARA_MODE": "production",  # no watching of files, no details of errors in the browser
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_CHECK_HOOKS": "off",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_ROOT_PATH": "",  # else the first visitor's headers set it for all
    "SOLARA_SESSION_HTTP_ONLY": "True",
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9/",  # what is not here is not looked for elsewhere
    "SOLARA_THEME_TITLE": "captive-ally",
    "SOLARA_KERNEL_CULL_TIMEOUT": "15m",  # how long a session whose browser has gone is kept
}


@click.command()
@click.argument("scenario", default="karabakh-2020")
@click.option(
    "--worlds", default=1000, show_default=True, help="How many worlds to run at once: 1, 100 or 1000."
)
@click.option(
    "--theory",
    default="article",
    show_default=True,
    help="The theory of the patron's choice: article, treaty_only, balance_of_threat, base_rate, revised, "
    "bargaining.",
)
@numbers_of("view", files=False)
@click.option("--seed", default=0, show_default=True, help="The random seed.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--known-as", multiple=True, metavar="NAME", help="A name others reach the page by; may be repeated."
)
@click.option("--port", default=8765, show_default=True, help="The port to listen on; 0 picks a free one.")
@click.option("--open/--no-open", "opens", default=True, show_default=True, help="Open a browser.")
def view(scenario: str, **given: Any) -> None:
    """Show a SCENARIO in the browser: the map, step by step, with the patron's reasons.

    SCENARIO is the name of a shipped one (see `captive-ally scenarios`) or a .toml file. Stop with Ctrl-C.

    \b
    Examples:
      captive-ally view
      captive-ally view karabakh-1994-2025 --worlds 100
      captive-ally view --worlds 1 --numbers prior
      captive-ally view --theory treaty_only --port 9000 --no-open
    """
    from sim.scenarios.validation import shortened

    if not 0 <= given["port"] <= LAST_PORT:
        raise UserError(f"--port {given['port']}: allowed is 0 to {LAST_PORT}")
    if not HOST.fullmatch(given["host"]):
        raise UserError(
            f"--host {shortened(given['host'])}: a name or an address is needed, such as 127.0.0.1"
        )
    for name in given["known_as"]:
        if not NAME.fullmatch(name):
            wanted = "a name is needed, such as seminar.example, without port or path"
            raise UserError(f"--known-as {shortened(name)}: {wanted}")
    os.environ.update(SERVER | _own_home())
    try:
        from experiments.page.app import serve
    except ModuleNotFoundError as error:
        raise UserError(f"the page needs packages that are not here ({error.name}): {EXTRA}") from None
    serve(scenario, given)


def _own_home() -> dict[str, str]:
    """Where Solara and IPython, which the page is served with, may write: not into the user's home."""
    from sim.runs.executors import TEMPORARY

    home = tempfile.mkdtemp(prefix=f"{TEMPORARY}{os.getpid()}-")  # if it is killed, the next run removes it
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return {"SOLARA_HOME": home, "IPYTHONDIR": home}
