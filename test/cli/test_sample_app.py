"""
The web app of the demo.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli import sample_app
from arvgate.cli.sample_app import Echo, make_site, run


class PageTests(SynchronousTestCase):
    """The app without sockets."""

    def setUp(self) -> None:
        """A connection to the app."""
        self.clock = Clock()
        self.clock.advance(1_000_000_000)
        self.connection: Any = make_site(self.clock).buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
        self.connection.callLater = self.clock.callLater
        self.transport = StringTransport()
        self.connection.makeConnection(self.transport)

    def ask(self, path: str, **headers: str) -> str:
        """What is answered so far."""
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: app.example",
            *(f"{key.replace('_', '-')}: {value}" for key, value in headers.items()),
        ]
        self.connection.dataReceived("\r\n".join([*lines, "", ""]).encode())
        return self.transport.value().decode()

    def test_page(self) -> None:
        """The page shows the request's line and headers, as text."""
        page = self.ask("/?q=1", X_Odd="<script>&")
        self.assertIn("GET /?q=1\nHost: app.example\nX-Odd: &lt;script&gt;&amp;</pre>", page)
        for identifier in ("headers", "echo", "clock"):
            self.assertIn(f'id="{identifier}"', page)

    def test_not_found(self) -> None:
        """There is nothing else."""
        self.assertIn("404 Not Found", self.ask("/other"))

    def test_clock(self) -> None:
        """The clock ticks once a second, each tick an event, until the client goes."""
        self.assertIn("text/event-stream", self.ask("/clock"))
        for _ in range(2):
            self.clock.advance(1)
        answer = self.transport.value().decode()
        for second in ("01:46:40", "01:46:41", "01:46:42"):
            self.assertIn(f"data: 2001-09-09 {second} UTC\n\n", answer)
        self.connection.connectionLost(Failure(ConnectionDone()))
        self.clock.advance(5)
        self.assertEqual(answer, self.transport.value().decode())

    def test_web_socket(self) -> None:
        """A WebSocket is opened where it is asked for."""
        key = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec_WebSocket_Version": "13"}
        answer = self.ask("/ws", Upgrade="websocket", Connection="Upgrade", **key)
        self.assertTrue(answer.startswith("HTTP/1.1 101 "), answer)
        self.connection.dataReceived(b"\x81\x82\x00\x00\x00\x00hi")
        self.assertTrue(self.transport.value().endswith(b"\x81\x02hi"), self.transport.value())


class EchoTests(SynchronousTestCase):
    """L{Echo}."""

    def test_bytes(self) -> None:
        """Bytes come back as bytes."""
        sent: list[bytes] = []

        class Transport:
            """Takes what is sent."""

            sendBytesMessage = staticmethod(sent.append)  # noqa: N815 - called by Twisted

        echo = Echo()
        echo.negotiationStarted(Transport())  # type: ignore[arg-type]
        echo.bytesMessageReceived(b"x")
        self.assertEqual([b"x"], sent)


class ProgramTests(SynchronousTestCase):
    """The app as a program."""

    def test_loopback_only(self) -> None:
        """It listens on loopback, on the port that it is given."""
        reactor = MemoryReactorClock()
        run(reactor, "8080")
        ((port, _, _, interface),) = reactor.tcpServers
        self.assertEqual((8080, "127.0.0.1"), (port, interface))

    def test_usage(self) -> None:
        """Without a port it says how it is used."""
        arguments = [sys.executable, "-I", sample_app.__file__]
        ended = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(
            (1, "usage: python -m arvgate.cli.sample_app PORT [ADDRESS]\n"), (ended.returncode, ended.stderr)
        )
