"""
The API's site: twisted.web with its limits raised to the door's and its bodies bounded while they arrive.

Not here: what is answered (L{arvgate.edge.api.router}).
"""

from __future__ import annotations

from io import BytesIO

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.http import HTTPChannel
from twisted.web.http import Request as PlainRequest
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from arvgate.edge.api.arrival import request_id_of
from arvgate.edge.api.call import Api
from arvgate.edge.api.router import ApiResource
from arvgate.edge.status import error_body, error_status
from arvgate.errors import TooLarge

__all__ = ["ApiRequest", "ApiSite"]


class ApiRequest(Request):
    """A request whose body is kept in memory up to the limit and refused as soon as it is over it."""

    _refused = False
    _discarded = 0

    def gotLength(self, length: int | None) -> None:
        """Called when the head has arrived: a body that says it is too large is refused at once."""
        self.content = BytesIO()
        if length is not None and length > self._limit:
            self.requestHeaders.removeHeader("Expect")
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        """Called for each piece of the body; what follows a refusal is dropped, and at last the connection too."""
        assert self.content is not None
        if not self._refused and self.content.tell() + len(data) > self._limit:
            self._refuse()
        if not self._refused:
            self.content.write(data)
            return
        self._discarded += len(data)
        if self._discarded > self._limit:
            Request.loseConnection(self)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Called when the body has arrived; an absolute target is read as its path."""
        if self._refused:
            Request.loseConnection(self)
            return
        if path.startswith((b"http://", b"https://")):
            _, slash, rest = path.partition(b"//")[2].partition(b"/")
            path = slash + rest or b"/"
        Request.requestReceived(self, command, path, version)

    def __repr__(self) -> str:
        """The request without its query, which may hold a token."""
        return f"<{type(self).__name__} {self.method!r} {self.path!r}>"

    @property
    def _api(self) -> Api:
        site: ApiSite = self.channel.site  # type: ignore[attr-defined]
        return site.api

    @property
    def _limit(self) -> int:
        return self._api.options.max_request_size

    def _refuse(self) -> None:
        """Answer before the body has arrived: the framework would answer only after it."""
        self._refused = True
        error = TooLarge("The request's body is larger than API.MaxRequestSize")
        request_id = request_id_of(self, self._api.randbelow)
        body = error_body(error, request_id)
        head = {
            b"Content-Type": [b"application/json"],
            b"Content-Length": [b"%d" % len(body)],
            b"Connection": [b"close"],
            b"X-Request-Id": [request_id.encode("ascii")],
            b"Access-Control-Allow-Origin": [b"*"],
        }
        self.channel.writeHeaders(b"HTTP/1.1", b"%d" % error_status(error), b"Too Large", Headers(head))
        self.channel.write(body)


class ApiSite(Site):
    """
    Serves the API to the doors, usually on a unix socket.

    @ivar api: what the operations work with.
    @param reactor: for idle time-outs.
    @param front: what answers instead, and leaves to C{resource} what is the API's.
    @param idle_timeout: seconds after which a connection without a request is closed.
    """

    _log = Logger()

    def __init__(
        self,
        resource: ApiResource,
        reactor: IReactorTime,
        idle_timeout: float = 120.0,
        front: Resource | None = None,
    ) -> None:
        root = resource if front is None else front
        Site.__init__(self, root, ApiRequest, parsePOSTFormSubmission=False, reactor=reactor, timeout=idle_timeout)
        self.api = resource.api
        self.protocol = self._channel  # type: ignore[assignment, method-assign]

    def _channel(self) -> HTTPChannel:
        channel = HTTPChannel()
        channel.MAX_LENGTH = channel.totalHeadersSize = self.api.options.max_head_size
        return channel

    def log(self, request: PlainRequest) -> None:
        """One event for each answer, without the query; called by Twisted."""
        self._log.info(
            "{request_id} {peer} {method} {path} {status}",
            request_id=request.responseHeaders.getRawHeaders("X-Request-Id", [""])[0],
            peer=request.requestHeaders.getRawHeaders("X-Forwarded-For", ["-"])[-1],
            method=request.method.decode("ascii", "replace"),
            path=request.path.decode("ascii", "replace"),
            status=request.code,
        )
