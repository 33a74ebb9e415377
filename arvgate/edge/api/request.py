"""
A request to the API whose body is kept in memory, within bounds, until it is answered.

Not here: how much room there is for all of them (L{arvgate.edge.api.bodies}), and what is answered
(L{arvgate.edge.api.router}).
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from twisted.python.failure import Failure
from twisted.web.http import RESPONSES
from twisted.web.http_headers import Headers
from twisted.web.server import Request

from arvgate.edge.api.arrival import request_id_of
from arvgate.edge.api.bodies import Bodies
from arvgate.edge.status import error_body, error_headers, error_status
from arvgate.errors import ArvgateError, Overloaded, TooLarge

__all__ = ["ApiRequest"]

_TOO_LARGE: Final = "The request's body is larger than API.MaxRequestSize"
_NO_ROOM: Final = "Too many large requests arrive; try again in a moment."


class ApiRequest(Request):
    """A request whose body is kept in memory up to the limit and refused as soon as it is over it."""

    _refused = False
    _discarded = 0
    _bodies: Bodies[ApiRequest] | None = None

    def gotLength(self, length: int | None) -> None:
        """Called when the head has arrived: a body that says it is too large is refused at once."""
        self.content = BytesIO()
        self._bodies = self._site.bodies
        if length is not None and length > self._limit:
            self.requestHeaders.removeHeader("Expect")
            self._refuse(TooLarge(_TOO_LARGE))

    def handleContentChunk(self, data: bytes) -> None:
        """Called for each piece of the body; what follows a refusal is dropped, and at last the connection too."""
        assert self.content is not None
        if not self._refused and self.content.tell() + len(data) > self._limit:
            self._refuse(TooLarge(_TOO_LARGE))
        if not self._refused:
            self.content.write(data)
            self._make_room(len(data))
            return
        self._discarded += len(data)
        if self._discarded > self._limit:
            Request.loseConnection(self)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Called when the body has arrived; an absolute target is read as its path."""
        if self._refused:
            Request.loseConnection(self)
            return
        if self._bodies is not None:
            self._bodies.complete(self)
        if path.startswith((b"http://", b"https://")):
            _, slash, rest = path.partition(b"//")[2].partition(b"/")
            path = slash + rest or b"/"
        Request.requestReceived(self, command, path, version)

    def __repr__(self) -> str:
        """The request without its query, which may hold a token."""
        return f"<{type(self).__name__} {self.method!r} {self.path!r}>"

    def finish(self) -> None:
        """The answer is complete."""
        self.forget_body()
        Request.finish(self)

    def connectionLost(self, reason: Failure) -> None:
        """The client has gone; called by Twisted."""
        self.forget_body()
        Request.connectionLost(self, reason)

    def forget_body(self) -> None:
        """Keep the body no longer in memory."""
        self.content = BytesIO()
        if self._bodies is not None:
            self._bodies.drop(self)

    def _make_room(self, size: int) -> None:
        away = None if self._bodies is None else self._bodies.add(self, size)
        if away is not None:
            away._refuse(Overloaded(_NO_ROOM))

    @property
    def _site(self) -> Any:
        return self.channel.site  # type: ignore[attr-defined]

    @property
    def _limit(self) -> int:
        limit: int = self._site.api.options.max_request_size
        return limit

    def _refuse(self, error: ArvgateError) -> None:
        """Answer before the body has arrived: the framework would answer only after it."""
        self._refused = True
        self.forget_body()
        request_id = request_id_of(self, self._site.api.randbelow)
        body = error_body(error, request_id)
        status = error_status(error)
        head = {
            b"Content-Type": [b"application/json"],
            b"Content-Length": [b"%d" % len(body)],
            b"Connection": [b"close"],
            b"X-Request-Id": [request_id.encode("ascii")],
            b"Access-Control-Allow-Origin": [b"*"],
        }
        head.update((name, [value]) for name, value in error_headers(error))
        self.channel.writeHeaders(b"HTTP/1.1", b"%d" % status, RESPONSES[status], Headers(head))
        self.channel.write(body)
