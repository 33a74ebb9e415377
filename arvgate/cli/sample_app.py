"""
The web app of the demo: shows its request's headers, echoes on a WebSocket, and tells the time.

Run it with C{python -m arvgate.cli.sample_app PORT [ADDRESS]}; it listens on loopback, or there.  It imports nothing
else of arvgate, so that its file alone is enough.  Not here: who may see it, which is the gateway's
business.
"""

from __future__ import annotations

import html
import sys
from datetime import UTC, datetime
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall, react
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site
from twisted.web.websocket import WebSocketResource, WebSocketTransport

__all__ = ["main", "make_site", "run"]

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>arvgate sample app</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }}
pre {{ overflow: auto; padding: .5rem; background: #eee; color: #111; }}
</style>
<h1>It works</h1>
<p>This page comes from a container, through the gateway.</p>
<h2>What the app was asked</h2>
<pre id="headers">{request}</pre>
<h2>WebSocket echo</h2>
<pre id="echo">connecting…</pre>
<h2>Server-sent clock</h2>
<pre id="clock">waiting…</pre>
<script>
const show = (id, text) => {{ document.getElementById(id).textContent = text; }};
const socket = new WebSocket(new URL("/ws", location.href.replace(/^http/, "ws")));
socket.onopen = () => socket.send("hello from the page");
socket.onmessage = event => show("echo", event.data);
socket.onerror = () => show("echo", "no WebSocket");
const clock = new EventSource("/clock");
clock.onmessage = event => show("clock", event.data);
</script>
</html>
"""


class Page(Resource):
    """The page."""

    def render_GET(self, request: Request) -> bytes:  # noqa: N802 - called by Twisted
        """The page with the request line and headers in it."""
        lines = [f"{request.method.decode()} {request.uri.decode('latin-1')}"]
        for name, values in request.requestHeaders.getAllRawHeaders():
            lines += [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for value in values]
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        request.setHeader(b"Cache-Control", b"no-store")
        return _PAGE.format(request=html.escape("\n".join(lines))).encode()


class Clock(Resource):
    """Server-sent events: the time, once a second."""

    isLeaf = True

    def __init__(self, reactor: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._reactor = reactor

    def render_GET(self, request: Request) -> int:  # noqa: N802 - called by Twisted
        """Ticks until the client goes."""
        request.setHeader(b"Content-Type", b"text/event-stream")
        request.setHeader(b"Cache-Control", b"no-store")

        def tick() -> None:
            time = datetime.fromtimestamp(self._reactor.seconds(), UTC)
            request.write(f"data: {time:%Y-%m-%d %H:%M:%S} UTC\n\n".encode())

        ticking = LoopingCall(tick)
        ticking.clock = self._reactor
        request.notifyFinish().addErrback(lambda _: ticking.stop())
        ticking.start(1.0)
        return NOT_DONE_YET


class Echo:
    """One WebSocket connection: what comes goes back."""

    def negotiationStarted(self, transport: WebSocketTransport) -> None:  # noqa: N802 - called by Twisted
        """The handshake begins."""
        self._transport = transport

    def negotiationFinished(self) -> None:  # noqa: N802 - called by Twisted
        """The connection is open."""

    def textMessageReceived(self, message: str) -> None:  # noqa: N802 - called by Twisted
        """Send the text back."""
        self._transport.sendTextMessage(message)

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:  # noqa: N802 - called by Twisted
        """Send the bytes back."""
        self._transport.sendBytesMessage(bytes(data))

    def pongReceived(self, payload: bytes) -> None:  # noqa: N802 - called by Twisted
        """The client is alive."""

    def connectionLost(self, reason: Failure) -> None:
        """The client has gone."""


class EchoFactory:
    """Makes an L{Echo} for each connection."""

    def buildProtocol(self, request: Request) -> Echo:
        """The echo of one connection."""
        return Echo()


def make_site(reactor: Any) -> Site:
    """The whole app."""
    root = Resource()
    root.putChild(b"", Page())  # type: ignore[no-untyped-call]
    root.putChild(b"ws", WebSocketResource(EchoFactory()))
    root.putChild(b"clock", Clock(reactor))
    return Site(root)


def run(reactor: Any, port: str, address: str = "127.0.0.1") -> Deferred[None]:
    """Serve on a port until the process is ended."""
    reactor.listenTCP(int(port), make_site(reactor), interface=address)
    return Deferred()


def main() -> None:
    """Serve on the port, and at the address, that the arguments name."""
    if len(sys.argv) not in (2, 3) or not sys.argv[1].isdecimal():
        sys.exit("usage: python -m arvgate.cli.sample_app PORT [ADDRESS]")
    react(run, sys.argv[1:])


if __name__ == "__main__":
    main()
