"""
The API's site: twisted.web with its limits raised to the door's.

Not here: how bodies arrive (L{arvgate.edge.api.request}) and what is answered (L{arvgate.edge.api.router}).
"""

from __future__ import annotations

from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.web.http import HTTPChannel
from twisted.web.http import Request as PlainRequest
from twisted.web.resource import Resource
from twisted.web.server import Site

from arvgate.edge.api.bodies import Bodies
from arvgate.edge.api.request import ApiRequest
from arvgate.edge.api.router import ApiResource

__all__ = ["ApiSite"]

#: So many bodies of the largest size have room together.
_LARGEST: Final = 16


class ApiSite(Site):
    """
    Serves the API to the doors, usually on a unix socket.

    @ivar api: what the operations work with.
    @ivar bodies: of all requests.
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
        self.bodies: Bodies[ApiRequest] = Bodies(_LARGEST * resource.api.options.max_request_size)
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
