"""Nobody but the page itself gets a byte of the server."""

import asyncio
import importlib

import pytest
from anyio.from_thread import start_blocking_portal
from solara.server import kernel

from experiments.page.doors import HEADERS, MOST_SESSIONS, Doors, name_of, names_for

PAGE = b"<html><head><meta content='width=device-width, maximum-scale=1, user-scalable=no, minimal-ui'>"
OWN = "127.0.0.1:8765"
CHANNEL = "/jupyter/api/kernels/1234/channels"


async def app(scope, receive, send):
    """What stands behind the doors: a secret, and the headers that it was asked with."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    told = b" ".join(name for name, _ in scope["headers"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
    await send({"type": "http.response.body", "body": PAGE + b"secret ", "more_body": True})
    await send({"type": "http.response.body", "body": told})


def asked(headers, path="/", kind="http", sessions=(), host="127.0.0.1", known_as=()):
    """What the doors answer: status, headers and body, or the first message to a websocket."""
    doors = Doors(app, names_for(host, known_as), host in ("0.0.0.0", "::"), lambda: sessions)
    scope = {"type": kind, "path": path, "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}
    said = []

    async def send(message):
        said.append(message)

    asyncio.run(doors(scope, None, send))
    if kind == "websocket":
        return said[0]["type"]
    body = b"".join(one.get("body", b"") for one in said[1:])
    return said[0]["status"], {k.decode(): v.decode() for k, v in said[0]["headers"]}, body


@pytest.mark.parametrize("host", [OWN, "localhost:8765", "LOCALHOST", "[::1]:8765"])
def test_the_page_itself_is_let_in(host):
    status, headers, body = asked({"host": host})
    assert status == 200 and b"secret" in body and int(headers["content-length"]) == len(body)
    assert HEADERS.items() <= headers.items()
    assert asked({"host": host, "origin": f"http://{host}"}, CHANNEL, "websocket") == "websocket.accept"


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:8765", "127.0.0.1.evil.example", "127.0.0.1@evil.example",
     "evil.example#@127.0.0.1",
     "192.168.1.7:8765", "127.0.0.1:x", "[::1", "localhost/..", "local host", "localhost,evil.example"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/readyz", "/static/main-vuetify.js", CHANNEL])
def test_no_other_name_gets_a_byte(host, path):
    status, headers, body = asked({"host": host}, path)
    assert status == 421 and b"secret" not in body and HEADERS.items() <= headers.items()
    assert asked({"host": host}, path, "websocket") == "websocket.close"


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://127.0.0.1:9999", "http://127.0.0.1", "http://localhost:8765",
     f"http://{OWN}.evil.example", f"http://evil.example/{OWN}", f"http://{OWN}@evil.example"],
)  # fmt: skip
def test_no_other_page_gets_a_byte(origin):
    for path in ("/", CHANNEL, "/static/main-vuetify.js"):
        status, _, body = asked({"host": OWN, "origin": origin}, path)
        assert status == 403 and b"secret" not in body
        assert asked({"host": OWN, "origin": origin}, path, "websocket") == "websocket.close"


def test_another_page_may_link_here_but_not_hold_it_in_itself():
    afar = {"host": OWN, "sec-fetch-site": "cross-site"}
    assert asked(afar | {"sec-fetch-dest": "document"})[0] == 200
    for dest in ("iframe", "script", "image", "object", "empty"):
        assert asked(afar | {"sec-fetch-dest": dest})[0] == 403
    assert asked({"host": OWN, "sec-fetch-site": "same-origin", "sec-fetch-dest": "script"})[0] == 200
    assert "frame-ancestors 'none'" in HEADERS["content-security-policy"]


def test_headers_of_a_proxy_are_not_believed():
    given = {"X-Script-Name": '/x"><script>', "Script-Name": "/x", "X-Forwarded-Host": "evil.example"}
    _, _, body = asked({"host": OWN, **given})
    assert b"secret host" in body and b"cript-name" not in body.lower() and b"forwarded" not in body.lower()


def test_a_listener_to_all_addresses_has_those_and_its_name_but_no_other():
    import socket

    for host in ("192.168.1.7:8765", "[fd00::1]:8765", OWN, socket.gethostname()):
        assert asked({"host": host}, host="0.0.0.0")[0] == 200
    assert asked({"host": "evil.example"}, host="0.0.0.0")[0] == 421
    assert asked({"host": "a@evil.example"}, known_as=[""])[0] == 421  # what is no name has no name
    assert asked({"host": "seminar.example"}, known_as=["Seminar.example"])[0] == 200


def test_there_is_an_end_to_sessions():
    full = [str(place) for place in range(MOST_SESSIONS)]
    status, _, body = asked({"host": OWN}, sessions=full)
    assert status == 503 and b"try again" in body and b"secret" not in body
    assert asked({"host": OWN}, CHANNEL, "websocket", full) == "websocket.close"
    assert asked({"host": OWN}, CHANNEL.replace("1234", "7"), "websocket", full) == "websocket.accept"
    assert asked({"host": OWN}, sessions=full[1:])[0] == 200


def test_the_machine_is_not_described_and_the_head_is_mended():
    assert asked({"host": OWN}, "/resourcez")[0] == 404
    body = asked({"host": OWN, "accept-encoding": "gzip"})[2]
    assert b'<html lang="en">' in body and b"user-scalable=no" not in body and b"accept-encoding" not in body


def test_a_name_is_read_from_a_host_or_not_at_all():
    assert [name_of(host) for host in ("a:1", "[::1]", "a:b", "a b", "a/b", "u@a", "")] == ["a", "::1"] + [
        ""
    ] * 5


class Socket:
    """A socket of Solara's, whose task has ended or which is broken."""

    def __init__(self, error=None):
        self.error = error
        with start_blocking_portal() as self.portal:
            pass

    def send(self, message):
        if self.error:
            raise self.error
        self.portal.call(asyncio.sleep, 0)

    def close(self):
        self.send(b"")


def test_a_browser_that_left_is_no_fault_to_be_told(caplog):
    importlib.import_module("experiments.page.app")  # which tells Solara so
    kernel.send_websockets({Socket()}, b"")
    kernel.send_websockets(
        {Socket(RuntimeError("This task group is not active; no new tasks can be started."))}, b""
    )
    assert not caplog.records
    kernel.send_websockets({Socket(RuntimeError("out of order"))}, b"")
    assert "out of order" in caplog.text
