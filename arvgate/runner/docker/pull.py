"""
Pulling an image, through the reactor: it may take long, and whoever gives up ends it at once.

Not here: whether it is to be pulled, and what the daemon's refusals mean (L{arvgate.runner.docker.images}).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from docker.auth import encode_header
from docker.utils import parse_repository_tag
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone, readBody
from twisted.web.http_headers import Headers

from arvgate.runner.docker.daemon import DaemonGone, DaemonRefused
from arvgate.runner.docker.output_stream import BROKEN, agent_of

__all__ = ["pull"]

#: Bytes of a line of progress.
_LONGEST_LINE: Final = 1 << 20
#: Seconds without a word of progress.
_SILENCE: Final = 600.0


async def pull(reactor: Any, path: str, image: str, credentials: Mapping[str, str] | None) -> None:
    """
    Return when the daemon has pulled the image; when this is cancelled, so is that.

    @param path: of the daemon's socket.
    @param credentials: as docker-py has them.
    @raise DaemonGone: the connection broke, or nothing was heard for very long.
    @raise DaemonRefused: it could not be pulled.
    """
    agent: Agent = agent_of(reactor, path)
    repository, tag = parse_repository_tag(image)
    query = urlencode({"fromImage": repository, "tag": tag or "latest"})
    headers = Headers()
    if credentials:
        headers.addRawHeader(b"X-Registry-Auth", encode_header(dict(credentials)))
    try:
        response: Any = await agent.request(b"POST", f"http://docker/images/create?{query}".encode(), headers)
        if response.code != 200:
            raise DaemonRefused(response.code, _message(await readBody(response)))
        progress = _Progress(reactor)
        response.deliverBody(progress)
        await progress.ended
    except BROKEN as error:
        if any(reason.check(CancelledError) for reason in getattr(error, "reasons", ())):
            raise CancelledError() from error
        raise DaemonGone(detail=f"pulling {image}: {error}") from error


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace")


class _Progress(Protocol):
    """Lines of JSON, the last of which may be an error."""

    def __init__(self, reactor: Any) -> None:
        self.ended: Deferred[None] = Deferred(lambda _: self._abandon())
        self._line = b""
        self._silence = reactor.callLater(_SILENCE, self._end, Failure(DaemonGone(detail="a pull makes no progress")))

    def dataReceived(self, data: bytes) -> None:
        self._silence.reset(_SILENCE)
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._line) > _LONGEST_LINE:
            self._end(Failure(DaemonGone(detail="the daemon's answer to a pull cannot be understood")))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._take(self._line)
        self._end(None if reason.check(ResponseDone) else reason)

    def _take(self, line: bytes) -> None:
        try:
            said = json.loads(line) if line.strip() else {}
        except ValueError:
            return  # a piece of what was broken off
        if isinstance(said, dict) and "error" in said:
            detail = said.get("errorDetail") or {}
            self._end(Failure(DaemonRefused(int(detail.get("code") or 0), str(said["error"]))))

    def _end(self, problem: Failure | None) -> None:
        if not self.ended.called:
            self.ended.callback(None) if problem is None else self.ended.errback(problem)
        self._abandon()

    def _abandon(self) -> None:
        if self._silence.active():
            self._silence.cancel()
        if self.transport is not None:
            # What is left would be read to its end otherwise.
            getattr(self.transport, "abortConnection", self.transport.loseConnection)()
