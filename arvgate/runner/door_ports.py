"""
The ports of one container as upstreams: a request of a proven gateway goes to the app that listens there.

Not here: whether the gateway is proven (L{arvgate.runner.door}).
"""

from __future__ import annotations

from arvgate.errors import PeerFault
from arvgate.net.http_client import ClientConnection
from arvgate.net.http_exchange import Exchange
from arvgate.net.http_relay import RetryElsewhere, relay
from arvgate.net.pool import Pool
from arvgate.net.wheel import Wheel
from arvgate.runner.app_connections import AppConnections
from arvgate.wire.headers import end_to_end, is_trailer, without_arvados
from arvgate.wire.http1.head import Headers, RequestHead, ResponseHead
from arvgate.wire.proof import REQUEST_HOST, TARGET_PORT, TARGET_TLS
from arvgate.wire.vhost import parse_port

__all__ = ["ContainerPorts"]

_REPEATABLE = frozenset([b"GET", b"HEAD", b"OPTIONS"])
_NO_ANSWER = "The app in the container closed the connection without an answer."

#: A port, and whether the app there speaks TLS.
_Port = tuple[int, bool]


class ContainerPorts:
    """Keeps connections to the apps of one container and relays requests to them."""

    def __init__(self, apps: AppConnections, wheel: Wheel) -> None:
        self._apps = apps
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
        return ClientConnection(await self._apps.connect(*key))


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
