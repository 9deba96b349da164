"""Doors: who may ask the server for anything, and what a browser may do with what it gets.

Solara serves every Host and lets a websocket come from every Origin, so any website that its user visits
could read and steer the page. Here only the page itself may.
"""

import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::", "")
MOST_SESSIONS = 40  # at once; each may have two sides of a thousand worlds
CONNECTION_ENDED = ("task group is not active", "portal is not running")  # in what is logged of it
CHANNEL = "/jupyter/api/kernels/"  # where a session's websocket is
CLOSED = ("/resourcez",)  # what Solara tells of the machine
HEADERS = {
    # Vue compiles its templates in the browser, and Solara's start is a script in the page
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
UNTRUSTED = (b"script-name", b"x-script-name", b"x-forwarded-host", b"x-forwarded-prefix")
MENDED_PAGE = (  # what Solara's page has, and what it should
    (b"<html>", b'<html lang="en">'),
    (b", maximum-scale=1, user-scalable=no, minimal-ui", b""),
    (b"<v-progress-linear :style=", b'<v-progress-linear aria-label="The page is busy" :style='),
    (  # where nobody answers, a ring that turns for ever
        b'<v-progress-circular indeterminate size="128" style="text-align: center;">Server\n',
        b'<div role="alert" style="max-width: 26em; padding: 16px; font-size: 18px; background: #1e1e1e">'
        b"The server does not answer. If it was stopped, start it again with <code>captive-ally view</code> "
        b"and reload this page: its address keeps the settings and the date.\n",
    ),
    (b"disconnected.</v-progress-circular>", b"</div>"),
)


def tells_of_a_fault(record: logging.LogRecord) -> bool:
    """Whether what Solara logs is more than that a browser left, or Ctrl-C came, while something was sent.

    Solara knows the error of a closed socket, but not that of the task that the socket had.
    """
    return not any(said in record.getMessage() for said in CONNECTION_ENDED)


def is_everywhere(address: str) -> bool:
    """Whether whoever listens on an address listens on all of the machine's.

    >>> is_everywhere("0.0.0.0"), is_everywhere("::ffff:0.0.0.0"), is_everywhere("127.0.0.1")
    (True, True, False)
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    return (getattr(found, "ipv4_mapped", None) or found).is_unspecified


def names_for(host: str, others: Collection[str] = ()) -> frozenset[str]:
    """The names under which a server may be asked for.

    Args:
        host: the address that it listens on.
        others: further names, such as that of a proxy before it.
    """
    named = {*LOOPBACK, *others} | (
        {host} if host not in EVERYWHERE else {socket.gethostname(), socket.getfqdn()}
    )
    return frozenset(name.lower() for name in named if name)


def name_of(host: str) -> str:
    """The name in a Host header, without its port; empty if it is none.

    >>> name_of("localhost:8765"), name_of("[::1]:80"), name_of("a b"), name_of("x/y")
    ('localhost', '::1', '', '')
    """
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return "" if parts.netloc != host or "@" in host or any(letter.isspace() for letter in host) else name


class Doors:
    """Lets through what the page itself asks for, and says to the browser what it may do with it."""

    def __init__(
        self, app: App, names: Collection[str], any_address: bool, sessions: Callable[[], Collection[str]]
    ) -> None:
        """The doors of an app.

        Args:
            app: the app behind them.
            names: the names under which it may be asked for.
            any_address: whether any address in figures is a name of it: no foreign website has one.
            sessions: the function that gives the ids of the sessions there are.
        """
        self._app, self._names, self._any_address, self._sessions = app, names, any_address, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            scope["headers"] = [one for one in scope["headers"] if one[0].lower() not in UNTRUSTED]
            await (self._page if scope["type"] == "http" else self._app)(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            status, said = refusal
            await self._say(send, status, said)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = given.get("host", "")
        if not self._is_ours(name_of(host)):
            return 421, "This page is not served under that name; --known-as adds one."
        origin = given.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "Another page may not ask for this one."
        from_afar = given.get("sec-fetch-site", "none") in ("cross-site", "same-site")
        if from_afar and given.get("sec-fetch-dest") != "document":  # a link to the page may be followed
            return 403, "Another page may not ask for this one."
        if scope["path"] in CLOSED:
            return 404, "There is nothing here."
        if scope["path"].startswith(CHANNEL) or scope["path"] == "/":
            known, session = self._sessions(), scope["path"].removeprefix(CHANNEL).partition("/")[0]
            if session not in known and len(known) >= MOST_SESSIONS:
                return 503, f"{MOST_SESSIONS} people look at this page; try again when one has left."
        return None

    def _is_ours(self, name: str) -> bool:
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self._any_address

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an answer on with our headers; of the page itself, also its text mended."""
        is_page = scope["path"] == "/"
        if is_page:  # it must come as plain text to be mended
            scope["headers"] = [one for one in scope["headers"] if one[0].lower() != b"accept-encoding"]
        begun: Message = {}
        body = b""

        async def passed_on(message: Message) -> None:
            nonlocal begun, body
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_headers()]
                begun = message
                if is_page:
                    return
            elif is_page and message["type"] == "http.response.body":
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                for old, new in MENDED_PAGE:
                    body = body.replace(old, new, 1)
                kept = [one for one in begun["headers"] if one[0].lower() != b"content-length"]
                begun["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
                await send(begun)
                message = {"type": "http.response.body", "body": body}
            await send(message)

        await self._app(scope, receive, passed_on)

    async def _say(self, send: Send, status: int, said: str) -> None:
        plain = [(b"content-type", b"text/plain; charset=utf-8"), *_headers()]
        await send({"type": "http.response.start", "status": status, "headers": plain})
        await send({"type": "http.response.body", "body": f"{said}\n".encode()})


def _headers() -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in HEADERS.items()]


def address_for_others(host: str) -> str:
    """An address under which other computers reach this one, if it listens everywhere.

    >>> address_for_others("192.0.2.7")
    '192.0.2.7'
    """
    if host not in EVERYWHERE:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(("192.0.2.1", 9))  # sends nothing: it only asks which way it would go
            return str(way.getsockname()[0])
        except OSError:
            return socket.gethostname()
