"""
One request to a container host, as its answer depends on it.

Not here: what follows from it (L{arvgate.edge.https.entering}, L{arvgate.edge.https.container}).
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from arvgate.model.ids import is_uuid
from arvgate.model.targets import ContainerTarget, Target
from arvgate.model.tokens import Token, parse_token
from arvgate.net.http_exchange import Exchange
from arvgate.wire.cookies import read_cookies
from arvgate.wire.origin import read_origin_fields
from arvgate.wire.query import same_origin_location, take_credentials
from arvgate.wire.vhost import HostNames, canonical_host

__all__ = ["Visit", "login_address"]


class Visit:
    """
    One request to a container host, read.

    @ivar host: the host as asked for, lower case, without port 443.
    @ivar rest: the target without credentials.
    @ivar moves: the client can be sent elsewhere: it asks by GET or HEAD and wants no other protocol.
    """

    def __init__(self, exchange: Exchange, target: Target) -> None:
        head = exchange.head
        taken = take_credentials(head.target)
        self.exchange = exchange
        self.target = target
        self.host: str = canonical_host(head.host) or ""
        self.rest: bytes = taken.target
        self.code: str | None = taken.code
        self.token: str | None = taken.token
        self.origin = read_origin_fields(head.method, head.host, head.headers, bool(head.upgrade))
        self.moves: bool = head.method in (b"GET", b"HEAD") and not head.upgrade

    def cookie_tokens(self) -> Iterator[Token]:
        """The tokens of its cookies, ours first; the plain one only from what is no browser."""
        found = read_cookies(self.exchange.head.get_all(b"cookie"))
        for text in (found.ours, None if self.origin.fetch_metadata else found.plain):
            token = parse_token(text) if text else None
            if token is not None:
                yield token

    @property
    def by_request(self) -> bool:
        """Whether a request's UUID was asked for."""
        return isinstance(self.target, ContainerTarget) and is_uuid(self.target.uuid, "container_requests")


def login_address(visit: Visit, names: HostNames) -> bytes:
    """The login page's address, which leads back here."""
    label = names.label(visit.target)
    path = quote(same_origin_location(visit.rest), safe="")
    used = "&link=used" if visit.code is not None else ""
    return f"https://{names.api_host}/login?to={label}&path={path}{used}".encode()
