"""
Finding out for a gateway why an app is not reached: what listens, and what the app on a port says.

The app gets one C{HEAD /} of ours, or two where it is not clear whether it speaks TLS.  Not here: who asks
(L{arvgate.runner.door}) and what follows (L{arvgate.policy.why_hop}).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import attrs
from twisted.internet.defer import Deferred

from arvgate.errors import NotListening, PeerFault
from arvgate.interfaces import IJob
from arvgate.net.http_exchange import Exchange
from arvgate.net.stream import Receiver, Stream
from arvgate.runner.app_connections import AppConnections
from arvgate.wire.http1.head import Headers, RequestHead, serialize_request
from arvgate.wire.port_report import PROBE_HOST, PortReport, Probe, write_report
from arvgate.wire.proof import TARGET_PORT, TARGET_TLS
from arvgate.wire.vhost import parse_port

__all__ = ["PortCheck"]

#: Seconds that an app has for an answer, and again for a handshake.
_PATIENCE: Final = 5.0
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r\n]")
_LONGEST: Final = 4096
#: How the answer of a server begins that takes what came for broken TLS.
_TLS_ALERT: Final = b"\x15\x03"
#: What servers of TLS answer that understood that it was plain HTTP.
_BAD_REQUEST: Final = 400


@attrs.frozen
class _Heard:
    """What an app said."""

    probe: Probe
    status: int = 0


class PortCheck:
    """
    Reports on the ports of one job.

    @param seconds: Unix time.
    """

    def __init__(
        self, reactor: Any, job: IJob, apps: AppConnections, seconds: Callable[[], float], patience: float = _PATIENCE
    ) -> None:
        self._reactor = reactor
        self._job = job
        self._apps = apps
        self._seconds = seconds
        self._patience = patience

    async def respond(self, exchange: Exchange, more: Headers) -> None:
        """
        Answer a gateway that asks.

        @param more: fields of ours that the answer carries besides.
        @raise PeerFault: it asks for what is no port.
        """
        report = await self._report(exchange.head)
        headers = [*more, (b"Content-Type", b"application/json"), (b"Cache-Control", b"no-store")]
        exchange.respond(200, headers, write_report(report))

    async def _report(self, head: RequestHead) -> PortReport:
        values = head.get_all(TARGET_PORT.lower())
        heard, port, begun = None, 0, self._reactor.seconds()
        if values:
            port = parse_port(values[0]) or 0
            if not port or len(values) > 1:
                raise PeerFault("The gateway named no port.")
            host = head.get(PROBE_HOST.lower()) or b"localhost"
            heard = await self._probe(port, head.get(TARGET_TLS.lower()) == b"1", host)
        took = self._reactor.seconds() - begun
        return PortReport(
            seconds=int(self._seconds()),
            listening=tuple(await self._job.listening()),
            limitation=self._job.limitation,
            probe=heard.probe if heard is not None else None,
            status=heard.status if heard is not None else 0,
            milliseconds=int(took * 1000),
        )

    async def _probe(self, port: int, tls: bool, host: bytes) -> _Heard:
        try:
            heard = await self._ask(port, tls, host)
            if not tls and (heard.probe is not Probe.ANSWERED or heard.status == _BAD_REQUEST):
                return _Heard(Probe.SPEAKS_TLS) if await self._shakes_hands(port) else heard
            return heard
        except NotListening:
            return _Heard(Probe.NOT_LISTENING)
        except PeerFault:
            return _Heard(Probe.NO_TLS, await self._plain_status(port, host))

    async def _shakes_hands(self, port: int) -> bool:
        try:
            stream = await self._apps.connect(port, True, self._patience)
        except PeerFault:
            return False
        stream.abort()
        return True

    async def _plain_status(self, port: int, host: bytes) -> int:
        try:
            return (await self._ask(port, False, host)).status
        except PeerFault:
            return 0

    async def _ask(self, port: int, tls: bool, host: bytes) -> _Heard:
        stream = await self._apps.connect(port, tls, self._patience)
        hearing = _Hearing(stream)
        late = self._reactor.callLater(self._patience, hearing.end)
        try:
            fields = [(b"Host", host), (b"User-Agent", b"arvgate-why"), (b"Connection", b"close")]
            stream.write(serialize_request(b"HEAD", b"/", fields))
            return _understood(*await hearing.done)
        finally:
            if late.active():
                late.cancel()
            stream.abort()


class _Hearing(Receiver):
    """
    Listens until it is clear what the app speaks.

    @ivar done: what it said, and whether it has closed.
    """

    def __init__(self, stream: Stream) -> None:
        self._data = b""
        self.done: Deferred[tuple[bytes, bool]] = Deferred()
        stream.receiver = self
        stream.resume()

    def data_received(self, data: bytes) -> None:
        """Enough is a line, or what is none of HTTP's."""
        self._data += data
        if b"\n" in self._data or not b"HTTP/1.".startswith(self._data[:7]) or len(self._data) > _LONGEST:
            self.end()

    def eof_received(self) -> None:
        """It says no more."""
        self.end(closed=True)

    def connection_lost(self, reason: str) -> None:
        """It says no more."""
        self.end(closed=True)

    def end(self, closed: bool = False) -> None:
        """Listen no longer."""
        if not self.done.called:
            self.done.callback((self._data, closed))


def _understood(data: bytes, closed: bool) -> _Heard:
    match = _STATUS.match(data)
    if match is not None:
        return _Heard(Probe.ANSWERED, int(match[1]))
    if not data:
        return _Heard(Probe.CLOSED if closed else Probe.SILENT)
    return _Heard(Probe.SPEAKS_TLS if data.startswith(_TLS_ALERT) else Probe.NO_HTTP)
