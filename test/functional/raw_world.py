"""The way from a client's TLS socket to an app's: the HTTPS door, the gate, the hop, a runner's door, the app."""

from __future__ import annotations

import socket

import h11
from twisted.trial.unittest import TestCase

from arvgate.net.connecting import connect_tls, connected_socket
from arvgate.net.stream import Receiver, Stream
from test.edge.https.world import HOST, EdgeWorld
from test.functional.raw_app import RecordingApp, SeenRequest
from test.net.certificates import client_context, server_context
from test.net.serving import Collector, reactor
from test.runner.door_world import PORT, SECRET, UUID

__all__ = ["Answer", "RawCase", "read_answers", "request"]

#: Sent behind what should be refused: nobody may ever hear of it.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n"


def request(
    *fields: bytes, line: bytes = b"GET / HTTP/1.1", host: bytes | None = HOST.encode(), body: bytes = b""
) -> bytes:
    """A request to the app with those field lines."""
    hosts = [] if host is None else [b"Host: " + host]
    return b"\r\n".join([line, *hosts, *fields, b"", body])


class Answer:
    """
    An answer as h11 reads it.

    @ivar interims: the statuses of what came before it; C{interim_headers}: its fields.
    @ivar whole: it came to its end.
    """

    def __init__(self) -> None:
        self.status = 0
        self.reason = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.trailers: list[tuple[bytes, bytes]] = []
        self.interims: list[int] = []
        self.interim_headers: list[tuple[bytes, bytes]] = []
        self.whole = False


def read_answers(data: bytes, ended: bool, method: str = "GET") -> list[Answer]:
    """
    The answers in what a client got.

    @param ended: the connection was closed properly behind it.
    """
    answers: list[Answer] = []
    while data:
        parser = h11.Connection(h11.CLIENT)
        parser.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
        parser.send(h11.EndOfMessage())
        parser.receive_data(data)
        if ended:
            parser.receive_data(b"")
        current = Answer()
        answers.append(current)
        while not current.whole:
            try:
                event = parser.next_event()
            except h11.RemoteProtocolError:
                return answers
            if isinstance(event, h11.InformationalResponse):
                current.interims.append(event.status_code)
                current.interim_headers += event.headers.raw_items()
            elif isinstance(event, h11.Response):
                current.status, current.reason = event.status_code, event.reason
                current.headers = list(event.headers.raw_items())
            elif isinstance(event, h11.Data):
                current.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                current.trailers = list(event.headers.raw_items())
                current.whole = True
            else:
                return answers
        data, _ = parser.trailing_data
    return answers


class RawCase(TestCase):
    """A client that sends the bytes it likes, and an app that does so, too; the port is public."""

    timeout = 60

    async def setUp(self) -> None:
        """Everything open."""
        self.world = EdgeWorld()
        self.app = RecordingApp()
        runner = self.world.runner
        runner.job.connect = self._connect  # type: ignore[method-assign]
        await self.world.start()
        self.app_port = self.world.serving.listen(self._accepted)
        self.world.directory.put_container(
            UUID, gateway_address=runner.door.address, lock_count=3, auth_secret=SECRET, public_ports=(PORT,)
        )
        await self.world.serve(self.world.directory, context=server_context())
        self.context = client_context()

    async def tearDown(self) -> None:
        """Everything closed."""
        await self.world.stop()

    async def _connect(self, port: int) -> socket.socket:
        """Over TCP, which, other than the usual pair of sockets, knows resets."""
        return await connected_socket(reactor, socket.AF_INET, ("127.0.0.1", self.app_port), 5.0)

    def _accepted(self, stream: Stream) -> Receiver:
        return self.app.connected(self.world.serving.add(stream))

    async def send(self, *pieces: bytes) -> Collector:
        """A client that has sent C{pieces}, each in a record of its own."""
        stream = await connect_tls(reactor, "127.0.0.1", self.world.port, self.context, None, 10.0)
        client = Collector(self.world.serving.add(stream))
        for piece in pieces:
            client.stream.write(piece)
        return client

    async def whole(self, *pieces: bytes, method: str = "GET") -> list[Answer]:
        """What a client got that sent C{pieces}, once its connection is over."""
        client = await self.send(*pieces)
        await client.until_over()
        return read_answers(client.data, client.ended, method)

    async def refused(self, wire: bytes, statuses: range | tuple[int, ...] = range(400, 600)) -> None:
        """C{wire} gets one refusal and the end of the connection; the app hears nothing of it, nor of what follows."""
        answers = await self.whole(wire + SMUGGLED)
        self.assertEqual([True], [answer.whole for answer in answers], wire)
        self.assertIn(answers[0].status, statuses, wire)
        await self.undisturbed([], wire)

    async def undisturbed(self, expected: list[tuple[bytes, bytes]], about: object = None) -> None:
        """
        The app heard just these requests, and the next one, of another client, is read and answered as itself.

        @param expected: method and target of each that came whole.
        """
        self.app.behave()
        (answer,) = await self.whole(request(b"Connection: close", line=b"GET /probe HTTP/1.1"))
        self.assertEqual((200, b"/probe"), (answer.status, answer.body), about)
        found = [(seen.method, seen.target) for seen in self.app.requests if seen.whole]
        self.assertEqual(sorted([*expected, (b"GET", b"/probe")]), sorted(found), about)
        for connection in self.app.connections:
            self.assertEqual("", connection.broken, about)
            unfinished = [seen for seen in connection.requests if not seen.whole]
            if unfinished:
                await self.app.until(lambda connection=connection: connection.over)
                self.assertEqual((1, unfinished[0]), (len(unfinished), connection.requests[-1]), about)
        self.app.forget()

    async def heard(self, wire: bytes) -> SeenRequest:
        """What the app heard of a request that passes; it is the only one, and answered."""
        self.app.forget()
        answers = await self.whole(wire)
        self.assertEqual([200], [answer.status for answer in answers if answer.whole], wire)
        (seen,) = self.app.requests
        self.assertTrue(seen.whole, wire)
        return seen
