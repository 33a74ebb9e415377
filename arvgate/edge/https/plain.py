"""
Requests that come without TLS: a trusted proxy's, which has ended TLS itself, and everybody else's.

The proxy's are served as if they had come over TLS.  Of the others only what carries nothing secret is sent to the same
address over HTTPS; the rest is refused, since a program that is led on without a word goes on giving itself away.
Nothing of them ever reaches an app or the record API.  Not here: the answers to what came securely
(L{arvgate.edge.https.door}).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from twisted.logger import Logger

from arvgate.edge.https.options import DoorOptions
from arvgate.net.http_exchange import Exchange
from arvgate.net.http_server import Respond
from arvgate.wire.cookies import read_cookies
from arvgate.wire.headers import is_trusted
from arvgate.wire.http1.head import RequestHead
from arvgate.wire.query import take_credentials
from arvgate.wire.request_id import request_id
from arvgate.wire.vhost import HostNames, canonical_host, read_host

__all__ = ["PlainDoor", "secure_host"]

_log = Logger()

_PORT = re.compile(rb":[0-9]+\Z")
_TEXT = (b"Content-Type", b"text/plain; charset=utf-8")
_KEEP = (b"Cache-Control", b"no-store")
_ELSEWHERE = b"This server has no such host.\n"
_NOT_PLAIN = b"This address is served over https:// only.\n"
_GIVEN_AWAY = (
    b"This address is served over https:// only.\n"
    b"The request carried a token, unencrypted: take it for known to others, revoke it and make another.\n"
)


class PlainDoor:
    """
    Answers every request that comes over plain TCP.

    @param secured: answers those that came over TLS to a trusted proxy.
    @param randbelow: as C{secrets.randbelow}.
    """

    def __init__(self, options: DoorOptions, secured: Respond, randbelow: Callable[[int], int]) -> None:
        self._options = options
        self._secured = secured
        self._randbelow = randbelow

    async def respond(self, exchange: Exchange) -> None:
        """Answer one request."""
        head = exchange.head
        if is_trusted(exchange.peer, self._options.trusted_proxies):
            scheme = _scheme(head)
            if scheme == b"https":
                await self._secured(exchange)
                return
            if not scheme:
                _log.warn("{peer} is a trusted proxy and sends no X-Forwarded-Proto", peer=exchange.peer)
        elif head.get(b"x-forwarded-proto") is not None:
            _log.info("{peer} is no trusted proxy, so its X-Forwarded-Proto counts for nothing", peer=exchange.peer)
        self._send_away(exchange)

    def _send_away(self, exchange: Exchange) -> None:
        head = exchange.head
        exchange.request_id = request_id(head.headers, self._randbelow)
        # The connection ends with the answer: what else comes on it would be as unencrypted.
        exchange.keep_alive = False
        host = secure_host(head.host, self._options.names)
        if host is None:
            exchange.respond(421, [_TEXT], _ELSEWHERE)
        elif _carries_credentials(head):
            _log.warn("{peer} sent credentials unencrypted", peer=exchange.peer)
            exchange.respond(403, [_TEXT, _KEEP], _GIVEN_AWAY)
        elif head.method not in (b"GET", b"HEAD") or head.upgrade or not head.target.startswith(b"/"):
            exchange.respond(403, [_TEXT, _KEEP], _NOT_PLAIN)
        else:
            exchange.respond(301, [(b"Location", b"https://" + host + head.target), _TEXT], _NOT_PLAIN)


def secure_host(value: bytes, names: HostNames) -> bytes | None:
    """
    Host and port of the same name over HTTPS; None if it is none of ours.

    @param value: a Host header's, with any port.
    """
    if read_host(value, names) is not None:
        return (canonical_host(value) or "").encode()
    name = _PORT.sub(b"", value)
    for port in (names.api_port, names.port):
        if read_host(name + b":%d" % port, names) is not None:
            return name if port == 443 else name + b":%d" % port
    return None


def _scheme(head: RequestHead) -> bytes:
    """What the nearest proxy says it was asked by; empty if it says nothing, or several things."""
    given = head.get_all(b"x-forwarded-proto")
    return given[0].lower() if len(given) == 1 else b""


def _carries_credentials(head: RequestHead) -> bool:
    taken = take_credentials(head.target)
    cookies = read_cookies(head.get_all(b"cookie"))
    return bool(taken.token or taken.code or head.get(b"authorization") or cookies.ours or cookies.plain)
