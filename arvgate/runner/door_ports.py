"""
The ports of one container as upstreams: a request of a proven gateway goes to the app that listens there.

Not here: whether the gateway is proven (L{arvgate.runner.door}).
"""

from __future__ import annotations

import ssl
from typing import Any

from twisted.internet.defer import Deferred

from arvgate.errors import PeerFault
from arvgate.interfaces import IJob
from arvgate.net.connecting import stream_of
from arvgate.net.http_client import ClientConnection
from arvgate.net.http_exchange import Exchange
from arvgate.net.http_relay import RetryElsewhere, relay
from arvgate.net.pool import Pool
from arvgate.net.stream import Stream
from arvgate.net.tls import TLSStream
from arvgate.net.wheel import Timed, Wheel
from arvgate.wire.headers import end_to_end, is_trailer, without_arvados
from arvgate.wire.http1.head import Headers, RequestHead, ResponseHead
from arvgate.wire.proof import REQUEST_HOST, TARGET_PORT, TARGET_TLS
from arvgate.wire.vhost import parse_port

__all__ = ["ContainerPorts"]

_REPEATABLE = frozenset([b"GET", b"HEAD", b"OPTIONS"])
_HANDSHAKE_SECONDS = 10.0
_NO_ANSWER = "The app in the container closed the connection without an answer."

#: A port, and whether the app there speaks TLS.
_Port = tuple[int, bool]


class ContainerPorts:
    """Keeps connections to the apps of one container and relays requests to them."""

    def __init__(self, reactor: Any, job: IJob, wheel: Wheel) -> None:
        self._reactor = reactor
        self._job = job
        self._wheel = wheel
        self._context = _app_context()
        self._pool: Pool[_Port] = Pool(wheel, self._connect)

    def close(self) -> None:
        """Close what is kept."""
        self._pool.close()

    async def respond(self, exchange: Exchange, more: Headers) -> None:
        """
        Relay one request to the port that it names.

        @param more: fields of ours that the answer carries besides.
        @raise PeerFault: the gateway named no port or host, nothing listens, or the app gave no answer.
        """
        head = exchange.head
        port = _target(head)
        headers = _to_app(head)

        def edit(answer: ResponseHead) -> Headers:
            return without_arvados(end_to_end(answer.headers)) + more

        for fresh in (False, True):
            app = await self._pool.lease(port, fresh)
            try:
                await relay(exchange, app, head.method, head.target, headers, edit, is_trailer)
                return
            except PeerFault as error:
                repeatable = isinstance(error, RetryElsewhere) and head.method in _REPEATABLE
                if fresh or not repeatable:
                    raise PeerFault(_NO_ANSWER, detail=error.detail) from error

    async def _connect(self, key: _Port) -> ClientConnection:
        port, tls = key
        sock = await self._job.connect(port)
        if not tls:
            return ClientConnection(stream_of(self._reactor, sock, f"port {port}"))
        sock.setblocking(False)
        secured = self._context.wrap_socket(sock, do_handshake_on_connect=False, suppress_ragged_eofs=False)
        stream = TLSStream(self._reactor, secured, f"port {port}")
        await self._shake_hands(stream)
        return ClientConnection(stream)

    async def _shake_hands(self, stream: TLSStream) -> None:
        done: Deferred[None] = Deferred(lambda _: stream.abort())
        deadline = _Deadline(stream)
        self._wheel.arm(deadline, _HANDSHAKE_SECONDS)

        def shaken(problem: str | None) -> None:
            deadline.deadline = 0.0
            if problem is None:
                done.callback(None)
            elif not done.called:
                done.errback(PeerFault("The app on this port does not speak TLS.", detail=problem))

        stream.handshake(shaken)
        await done


class _Deadline(Timed):
    """The end of patience with an app's handshake."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def timed_out(self) -> None:
        self._stream.abort()


def _app_context() -> ssl.SSLContext:
    """TLS towards an app on the same machine, found by the port it listens on: nothing more is to be verified."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def _target(head: RequestHead) -> _Port:
    values = head.get_all(TARGET_PORT.lower())
    port = parse_port(values[0]) if len(values) == 1 else None
    if port is None:
        raise PeerFault("The gateway named no port.")
    return port, head.get(TARGET_TLS.lower()) == b"1"


def _to_app(head: RequestHead) -> Headers:
    """The fields that the app gets: the browser's Host, nothing of the hop."""
    hosts = head.get_all(REQUEST_HOST.lower())
    if len(hosts) != 1 or not hosts[0]:
        raise PeerFault("The gateway named no host.")
    rest = [field for field in without_arvados(end_to_end(head.headers)) if field[0].lower() != b"host"]
    return [(b"Host", hosts[0]), *rest]
