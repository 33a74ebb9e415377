"""Tests of L{arvgate.edge.api.site} and L{arvgate.edge.api.sending}."""

from __future__ import annotations

import io
import os
import secrets

from twisted.logger import LogEvent, globalLogPublisher

from arvgate.edge.api import ApiSite, make_api
from arvgate.edge.api.call import Call, FileAnswer
from arvgate.edge.api.route import Route
from test.edge.api.case import ApiCase, Connection


class Heads(ApiCase):
    """The limits of heads."""

    def test_long_line(self) -> None:
        """A head that the door lets through is not too long here."""
        query = {"filters": [["uuid", "in", ["zzzzz-xvhdp-000000000000000"] * 2000]]}
        self.ok("GET", "container_requests", self.alice, query=query, headers={"X-Long": "x" * 60_000})

    def test_too_long(self) -> None:
        """A head over the limit ends the connection with 400."""
        connection = Connection(self.make_site(max_head_size=2000))
        connection.send(b"GET / HTTP/1.1\r\nX: " + b"x" * 3000 + b"\r\n\r\n")
        self.assertFalse(connection.transport.connected)

    def test_idle(self) -> None:
        """A connection on which nothing comes is closed after a while."""
        connection = Connection(self.site)
        self.clock.advance(119)
        self.assertTrue(connection.transport.connected)
        self.clock.advance(2)
        self.assertFalse(connection.transport.connected)


class AccessLog(ApiCase):
    """The log of answers."""

    def test_event(self) -> None:
        """Each answer is one event with who asked what, without the query."""
        events: list[LogEvent] = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        response = self.call("GET", "users/current", query={"api_token": self.alice.token})
        (event,) = [event for event in events if "status" in event]
        self.assertEqual(
            (200, "GET", "/arvados/v1/users/current", "192.0.2.1", response.headers["x-request-id"]),
            (event["status"], event["method"], event["path"], event["peer"], event["request_id"]),
        )


class _Torn(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size: int | None = -1) -> bytes:
        """The first half, then an error."""
        if self.tell() >= 5:
            raise OSError("disk failure")
        return super().read(5)


async def _torn(call: Call) -> FileAnswer:
    """Answer with a file that fails."""
    return FileAnswer(_Torn(b"0123456789"), 0, 10, 200, [(b"Content-Type", b"text/plain")])


class BrokenFiles(ApiCase):
    """Files that fail while they are sent."""

    def test_connection_ends(self) -> None:
        """The connection ends within the body, without anything that looks like a part of it."""
        routes = [Route(("GET",), "/torn", _torn, access="public")]
        api = make_api(
            self.store,
            self.store,
            self.issuer,
            self.options(),
            self.clock,
            self.now,
            secrets.randbelow,
            routes=routes,
        )
        connection = Connection(ApiSite(api, self.clock))
        connection.send(b"GET /torn HTTP/1.1\r\nHost: h\r\n\r\n")
        self.assertEqual(b"01234", connection.received().partition(b"\r\n\r\n")[2])
        self.assertFalse(connection.transport.connected)
        self.assertEqual(1, len(self.flushLoggedErrors(OSError)))


class SlowReaders(ApiCase):
    """Log files for clients that take their time."""

    SIZE = 1_000_000

    def setUp(self) -> None:
        """Write a large log and ask for it."""
        super().setUp()
        request = self.request_of(self.alice)
        directory = os.path.join(self.logs, request["container_uuid"])
        os.makedirs(directory)
        self.file = os.path.join(directory, "stdout.txt")
        with open(self.file, "wb") as file:
            file.write(b"x" * self.SIZE)
        path = f"/arvados/v1/container_requests/{request['uuid']}/log/{request['container_uuid']}/stdout.txt"
        self.connection = Connection(self.site)
        self.head = f"GET {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {self.alice.token}\r\n\r\n".encode()

    def open_files(self) -> int:
        """How many descriptors of this process are open on the log."""
        found = 0
        for name in os.listdir("/proc/self/fd"):
            try:
                found += os.readlink(f"/proc/self/fd/{name}") == os.path.realpath(self.file)
            except OSError:
                continue
        return found

    def pause_after(self, size: int) -> None:
        """Let the transport pause whoever writes once that many bytes wait."""
        transport, write = self.connection.transport, self.connection.transport.write

        def pausing(data: bytes) -> None:
            write(data)
            if len(transport.value()) > size and transport.producer is not None:
                transport.producer.pauseProducing()

        transport.write = pausing  # type: ignore[method-assign]

    def test_paused(self) -> None:
        """No more is read from the file than the client takes, and all of it comes in the end."""
        self.pause_after(100_000)
        self.connection.send(self.head)
        received = b""
        for _ in range(20):
            piece = self.connection.received()
            self.assertLess(len(piece), 300_000)
            received += piece
            self.connection.protocol.resumeProducing()
        self.assertEqual(self.SIZE, len(received.partition(b"\r\n\r\n")[2]))
        self.assertEqual(0, self.open_files())

    def test_client_gone(self) -> None:
        """When the client goes the file is closed."""
        self.pause_after(100_000)
        self.connection.send(self.head)
        self.assertEqual(1, self.open_files())
        self.connection.transport.loseConnection()
        self.assertEqual(0, self.open_files())

    def test_file_cut(self) -> None:
        """A file that was cut while it was sent ends the connection, so that the client notices."""
        self.pause_after(100_000)
        self.connection.send(self.head)
        os.truncate(self.file, 1000)
        self.connection.received()
        self.connection.protocol.resumeProducing()
        self.assertFalse(self.connection.transport.connected)
        self.assertEqual(0, self.open_files())
