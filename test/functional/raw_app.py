"""An app that records every byte it gets, has h11 read them, and answers with the bytes that a test wants."""

from __future__ import annotations

from collections.abc import Callable

import h11
from twisted.internet.defer import Deferred

from arvgate.net.stream import Receiver, Stream
from test.net.serving import reactor

__all__ = ["AppConnection", "RecordingApp", "SeenRequest", "answer"]

_EVENT_LIMIT = 200_000

Headers = list[tuple[bytes, bytes]]


class SeenRequest:
    """
    A request as h11 reads it.

    @ivar whole: it came to its end.
    """

    def __init__(self, method: bytes, target: bytes, headers: Headers) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = b""
        self.trailers: Headers = []
        self.whole = False

    def __repr__(self) -> str:
        return f"<SeenRequest {self.method!r} {self.target!r} {self.body!r} {'whole' if self.whole else 'unfinished'}>"

    def get_all(self, name: bytes) -> list[bytes]:
        """All values of a field, C{name} in lower case."""
        return [value for key, value in self.headers if key.lower() == name]


def answer(body: bytes = b"ok", *fields: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole answer as bytes."""
    lines = [b"HTTP/1.1 " + status, *fields, b"Content-Length: %d" % len(body), b"", body]
    return b"\r\n".join(lines)


class AppConnection(Receiver):
    """
    One connection to the app.

    @ivar data: every byte that came.
    @ivar requests: those that began, in order.
    @ivar broken: why h11 cannot read what came; empty while it can.
    @ivar tunnel: after a switch of protocols, what came behind it; None before.
    @ivar ended: the gateway will send no more; C{lost}: why the connection is closed.
    """

    def __init__(self, app: RecordingApp, stream: Stream) -> None:
        self.app = app
        self.stream = stream
        self.data = b""
        self.requests: list[SeenRequest] = []
        self.broken = ""
        self.tunnel: bytes | None = None
        self.ended = False
        self.lost: str | None = None
        self._parser = h11.Connection(h11.SERVER, _EVENT_LIMIT)

    @property
    def over(self) -> bool:
        """Whether nothing more can come."""
        return self.ended or self.lost is not None

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self.stream.write(data)

    def data_received(self, data: bytes) -> None:
        """Record them, and let h11 read them."""
        self.data += data
        if self.tunnel is not None:
            self.tunnel += data
            self.app.look()
            return
        try:
            self._parser.receive_data(data)
            while self._next():
                pass
        except h11.RemoteProtocolError as error:
            self.broken = str(error)
        self.app.look()

    def _next(self) -> bool:
        event = self._parser.next_event()
        if isinstance(event, h11.Request):
            self.requests.append(SeenRequest(event.method, event.target, list(event.headers.raw_items())))
            self.app.begun(self, self.requests[-1])
        elif isinstance(event, h11.Data):
            self.requests[-1].body += event.data
        elif isinstance(event, h11.EndOfMessage):
            request = self.requests[-1]
            request.trailers = list(event.headers.raw_items())
            request.whole = True
            rest, _ = self._parser.trailing_data
            self._parser = h11.Connection(h11.SERVER, _EVENT_LIMIT)
            self.app.answer(self, request)
            if self.tunnel is not None:
                self.tunnel += rest
            elif rest:
                self._parser.receive_data(rest)
            return self.tunnel is None
        else:
            return False
        return True

    def eof_received(self) -> None:
        """Note it; the app's own direction stays open in a tunnel."""
        self.ended = True
        if self.tunnel is None:
            self.stream.close()
        self.app.look()

    def connection_lost(self, reason: str) -> None:
        """Note it."""
        self.lost = reason
        self.app.look()


class RecordingApp:
    """
    All connections to the app.

    @ivar answer: called with each request that is whole; answers 200 unless a test replaces it.
    @ivar begun: called with each request whose head came; does nothing unless a test replaces it.
    """

    def __init__(self) -> None:
        self.connections: list[AppConnection] = []
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []
        self.behave()

    def behave(self) -> None:
        """Answer as usual from now on."""
        self.answer: Callable[[AppConnection, SeenRequest], None] = self.usual
        self.begun: Callable[[AppConnection, SeenRequest], None] = lambda connection, request: None

    def usual(self, connection: AppConnection, request: SeenRequest) -> None:
        """Answer with the target as the body."""
        connection.write(answer(request.target))

    def connected(self, stream: Stream) -> AppConnection:
        """Take a new connection."""
        connection = AppConnection(self, stream)
        self.connections.append(connection)
        return connection

    @property
    def requests(self) -> list[SeenRequest]:
        """Those of all connections."""
        return [request for connection in self.connections for request in connection.requests]

    @property
    def octets(self) -> int:
        """How many came in all."""
        return sum(len(connection.data) for connection in self.connections)

    def forget(self) -> None:
        """Begin anew with the connections that are still open, and with the usual answers."""
        self.connections = [connection for connection in self.connections if not connection.over]
        for connection in self.connections:
            connection.data = b""
            connection.requests = []
        self.behave()

    def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> Deferred[None]:
        """Fires as soon as the condition holds; fails after C{seconds}."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append((condition, waiting))
        self.look()
        return waiting.addTimeout(seconds, reactor)

    def look(self) -> None:
        """Something happened on a connection."""
        for item in list(self._waiting):
            if item[0]():
                self._waiting.remove(item)
                if not item[1].called:
                    item[1].callback(None)
