"""
The header fields of what the door passes on, in both directions.

Not here: moving the bodies (L{arvgate.net.http_relay}).
"""

from __future__ import annotations

from collections.abc import Callable

from arvgate.edge.https.options import CanLease, DoorOptions
from arvgate.model.locations import Listing
from arvgate.net.facts import Facts
from arvgate.net.http_client import ClientConnection
from arvgate.net.http_exchange import Exchange
from arvgate.net.http_relay import Outcome, RetryElsewhere, relay
from arvgate.wire.app_cookies import clear_site_data, filter_set_cookie, strip_cookies
from arvgate.wire.headers import (
    CALLER_TOKEN,
    CALLER_USER,
    Forwarding,
    client_address,
    end_to_end,
    forwarded_for,
    is_arvados,
    is_trailer,
    is_trusted,
    without_arvados,
    without_forwarding,
)
from arvgate.wire.http1.head import Headers, RequestHead, ResponseHead
from arvgate.wire.proof import REQUEST_HOST, RUNNER_ERROR, TARGET_PORT, TARGET_TLS, TARGET_UUID
from arvgate.wire.request_id import REQUEST_ID, without_request_id

__all__ = ["from_api", "pass_on", "to_api", "to_browser", "to_runner"]

#: What may be sent again where a kept connection turned out to be closed (RFC 9110, section 9.2.2).
_REPEATABLE = frozenset([b"GET", b"HEAD", b"OPTIONS"])


def to_runner(
    head: RequestHead,
    peer: str,
    identifier: bytes,
    listing: Listing,
    options: DoorOptions,
    external_port: int | None = None,
) -> Headers:
    """
    The fields of a request on the hop to the runner.

    @param identifier: the request's id, which the app gets too.
    @param external_port: by which the app was asked for.
    """
    fields: Headers = [
        (b"Host", listing.gateway_address.encode()),
        (TARGET_UUID, listing.container_uuid.encode()),
        (TARGET_PORT, b"%d" % listing.port),
        (REQUEST_HOST, head.host),
    ]
    if listing.tls:
        fields.append((TARGET_TLS, b"1"))
    for name, value in without_request_id(without_forwarding(end_to_end(head.headers))):
        lower = name.lower()
        if lower == b"cookie":
            rest = strip_cookies(value, external_port)
            if rest is not None:
                fields.append((name, rest))
        elif lower != b"host" and not is_arvados(lower):
            fields.append((name, value))
    by = Forwarding(peer=peer, host=head.host, trusted=is_trusted(peer, options.trusted_proxies))
    return [*fields, *forwarded_for(head.headers, by), (REQUEST_ID, identifier)]


def to_browser(head: ResponseHead, host: str, facts: Facts, external_port: int | None = None) -> Headers:
    """
    The fields of an app's answer for the browser; what the runner says of an error is for C{facts}.

    @param host: the app's own host, without port.
    @param external_port: by which the app was asked for.
    """
    facts.error = _text(head.get(RUNNER_ERROR.lower()))
    fields: Headers = []
    clearing: list[bytes] = []
    for name, value in end_to_end(head.headers):
        lower = name.lower()
        if lower == b"set-cookie":
            cookie = filter_set_cookie(value, host, external_port)
            if cookie is not None:
                fields.append((name, cookie))
        elif lower == b"clear-site-data":
            clearing.append(value)
        elif lower != b"strict-transport-security" and not is_arvados(lower):
            fields.append((name, value))
    if clearing:
        cleared = clear_site_data(clearing)
        if cleared is not None:
            fields.append((b"Clear-Site-Data", cleared))
    return fields


def to_api(head: RequestHead, peer: str, identifier: bytes, options: DoorOptions) -> Headers:
    """
    The fields of a request to the record API: the client's address and the request's id are the door's word.
    """
    fields = without_request_id(without_forwarding(end_to_end(head.headers)))
    client = client_address(peer, head.get_all(b"x-forwarded-for"), options.trusted_proxies)
    return [*fields, (b"X-Forwarded-For", client.encode()), (REQUEST_ID, identifier), (b"Via", b"1.1 arvgate")]


def from_api(head: ResponseHead, facts: Facts) -> Headers:
    """The fields of the record API's answer for the client; what it says of the caller is for C{facts} alone."""
    facts.user_uuid = _text(head.get(CALLER_USER.lower()))
    facts.token_uuid = _text(head.get(CALLER_TOKEN.lower()))
    return without_arvados(end_to_end(head.headers))


async def pass_on(
    exchange: Exchange,
    way: CanLease,
    target: bytes,
    headers: Headers,
    edit_response: Callable[[ResponseHead], Headers],
    withhold: Callable[[ResponseHead], bool] = lambda head: False,
) -> Outcome:
    """
    Relay a request, once more on a new connection where a kept one was closed before it answered and nothing can have
    happened.

    @param withhold: which answers are not for the client, see L{relay}.
    @raise Withheld: such an answer came; the client can still be answered.
    @raise PeerFault: no answer came; the client can still be answered.
    @raise ClientGone: the client left.
    """
    method = exchange.head.method
    upstream = await _lease(exchange, way)
    try:
        return await relay(exchange, upstream, method, target, headers, edit_response, is_trailer, withhold)
    except RetryElsewhere:
        if method not in _REPEATABLE:
            raise
    upstream = await _lease(exchange, way, fresh=True)
    return await relay(exchange, upstream, method, target, headers, edit_response, is_trailer, withhold)


async def _lease(exchange: Exchange, way: CanLease, fresh: bool = False) -> ClientConnection:
    """Lease a connection and note how long a new one took, also if none could be made."""
    seconds, facts = exchange.connection.wheel.seconds, exchange.facts
    begun = seconds()
    try:
        upstream = await way.lease(fresh)
    except BaseException:
        facts.connect = max(0.0, seconds() - begun)
        raise
    facts.upstream = "reused" if upstream.reused else "new"
    facts.connect = -1.0 if upstream.reused else max(0.0, seconds() - begun)
    return upstream


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode("ascii", "backslashreplace")
