"""
What a gateway removes from header fields, and what it says in them of its own (RFC 9110, section 7.6).

Fields that stay keep their bytes and their order.  Not here: framing (Content-Length, Transfer-Encoding,
Upgrade), which belongs to who moves the body (L{arvgate.net}), and cookies (L{arvgate.wire.cookies}).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import attrs

__all__ = [
    "CALLER_TOKEN", "CALLER_USER", "Forwarding", "Headers", "client_address", "end_to_end", "forwarded_for",
    "is_arvados", "is_trailer", "is_trusted", "without_arvados", "without_forwarding",
]  # fmt: skip

Headers = list[tuple[bytes, bytes]]
Network = IPv4Network | IPv6Network

#: In the record API's answers to a door: the UUIDs of the caller and of the caller's token, for the access log.
CALLER_USER = b"X-Arvados-User-Uuid"
CALLER_TOKEN = b"X-Arvados-Token-Uuid"

_HOP_BY_HOP = frozenset(
    [
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization",
        b"te", b"transfer-encoding", b"upgrade", b"http2-settings",
    ]
)  # fmt: skip
#: What Connection cannot take away: the message would be read differently without it.
_KEPT = frozenset([b"content-length", b"host", b"expect", b"trailer", b"content-encoding", b"content-type"])
_FORWARDING = frozenset({b"forwarded", b"x-real-ip"})
_HOST_AND_PORT = re.compile(r"(?:\[(?P<v6>[^\]]*)\]|(?P<v4>[0-9.]+))(?::[0-9]+)?\Z")
_QUOTED = re.compile(r"[^!#$%&\'*+\-.^_`|~0-9A-Za-z]")


@attrs.frozen
class Forwarding:
    """
    What the gateway tells the app of a request's client.

    @ivar peer: the address that the connection came from, without port.
    @ivar host: the Host header.
    @ivar trusted: the peer is a proxy whose own X-Forwarded fields are believed and appended to.
    """

    peer: str
    host: bytes
    trusted: bool = False


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """
    Drop what is meant for this hop alone: the standard fields, and those that Connection names.

    To be called before the gateway adds its own fields, so that a Connection field cannot name them.  Nor can
    it name Content-Length and its like, without which the next hop would read another message.  Of TE only
    C{trailers} stays.
    """
    fields = list(headers)
    named = {
        option.strip(b" \t").lower()
        for name, value in fields
        if name.lower() == b"connection"
        for option in value.split(b",")
    }
    dropped = _HOP_BY_HOP | (named - _KEPT)
    kept = []
    for name, value in fields:
        lower = name.lower()
        if lower not in dropped:
            kept.append((name, value))
        elif lower == b"te" and b"trailers" in [part.strip(b" \t").lower() for part in value.split(b",")]:
            kept.append((name, value if b"," not in value else b"trailers"))
    return kept


def is_trailer(name: bytes) -> bool:
    """Whether a field may pass behind a body: what the gateway alone says may not, there as little as in a head."""
    return not is_arvados(name) and not _is_forwarding(name)


def is_arvados(name: bytes) -> bool:
    """
    Whether a field is one of C{X-Arvados-*}, which never cross from a client or an app.

    An underscore counts as a hyphen: to applications behind CGI-like interfaces they are the same.
    """
    return name.lower().replace(b"_", b"-").startswith(b"x-arvados-")


def without_arvados(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The fields without C{X-Arvados-*}."""
    return [field for field in headers if not is_arvados(field[0])]


def _is_forwarding(name: bytes) -> bool:
    lower = name.lower().replace(b"_", b"-")
    return lower in _FORWARDING or lower.startswith(b"x-forwarded-")


def without_forwarding(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The fields without C{X-Forwarded-*}, C{Forwarded} and C{X-Real-IP}."""
    return [field for field in headers if not _is_forwarding(field[0])]


def forwarded_for(headers: Sequence[tuple[bytes, bytes]], by: Forwarding) -> Headers:
    """
    The fields in which the app is told where the request came from, and C{Via}.

    From a trusted proxy its chain is kept and the proxy's own address appended, and its host and scheme are
    believed; from anybody else nothing is.

    @param headers: the request's as they came.
    @return: only the new fields; L{without_forwarding} removes the old ones.
    """
    peer = by.peer.encode()
    # No host: it would stand in quotes where it has a port, which apps compare with an Origin, quotes and all.
    element = b"for=%s;proto=https" % _forwarded_value(_node(by.peer))
    addresses, host, proto, real_ip, elements = peer, by.host, b"https", peer, element
    if by.trusted:
        addresses = _append(headers, b"x-forwarded-for", peer)
        elements = _append(headers, b"forwarded", element)
        host = _single(headers, b"x-forwarded-host") or host
        proto = _single(headers, b"x-forwarded-proto") or proto
        real_ip = _single(headers, b"x-real-ip") or peer
    return [
        (b"X-Forwarded-For", addresses),
        (b"X-Forwarded-Host", host),
        (b"X-Forwarded-Proto", proto),
        (b"X-Real-IP", real_ip),
        (b"Forwarded", elements),
        (b"Via", b"1.1 arvgate"),
    ]


def is_trusted(address: str, networks: Sequence[Network]) -> bool:
    """Whether an address without port is in one of C{networks}; a text that is no address never is."""
    parsed = _address(address)
    return parsed is not None and any(parsed in network for network in networks)


def client_address(peer: str, forwarded: Iterable[bytes], networks: Sequence[Network]) -> str:
    """
    The client's address: the last one in the chain that is no trusted proxy.

    @param peer: where the connection came from, without port.
    @param forwarded: the values of X-Forwarded-For, in order.
    """
    chain = [part.strip(b" \t").decode("latin-1") for value in forwarded for part in value.split(b",")]
    current = peer
    while chain and is_trusted(current, networks):
        following = _address(chain.pop())
        if following is None:
            break
        current = str(following)
    return current


def _address(text: str) -> IPv4Address | IPv6Address | None:
    match = _HOST_AND_PORT.match(text)
    if match is not None:
        text = match["v6"] if match["v6"] is not None else match["v4"]
    try:
        return ip_address(text)
    except ValueError:
        return None


def _node(address: str) -> bytes:
    """RFC 7239, section 6: an IPv6 address stands in brackets; what is no address is unknown."""
    parsed = _address(address)
    if parsed is None:
        return b"unknown"
    return f"[{parsed}]".encode() if parsed.version == 6 else str(parsed).encode()


def _forwarded_value(value: bytes) -> bytes:
    text = value.decode("latin-1")
    return b'"%s"' % value if _QUOTED.search(text) else value


def _append(headers: Sequence[tuple[bytes, bytes]], name: bytes, value: bytes) -> bytes:
    return b", ".join([*(old for key, old in headers if key.lower() == name and old), value])


def _single(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The value of a field that is there exactly once, not empty and no list."""
    values = [value for key, value in headers if key.lower() == name]
    return values[0] if len(values) == 1 and values[0] and b"," not in values[0] else None
