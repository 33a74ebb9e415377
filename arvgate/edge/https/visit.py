"""
One request to a container host, as its answer depends on it.

Not here: what follows from it (L{arvgate.edge.https.entering}, L{arvgate.edge.https.container}).
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from arvgate.model.grants import Grant
from arvgate.model.ids import is_uuid
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget, Target
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
        self._note_target()

    def recognized(self, grant: Grant) -> None:
        """Note for the accounts who asked for what."""
        facts, principal, listing = self.exchange.facts, grant.principal, grant.listing
        facts.user_uuid = principal.user_uuid or ""
        facts.token_uuid = principal.token_uuid or ""
        facts.container_uuid = listing.container_uuid
        facts.port = listing.port
        facts.gate = max(0.0, self.exchange.connection.wheel.seconds() - self.exchange.began)

    def cookie_tokens(self) -> Iterator[Token]:
        """The tokens of its cookies, ours first; the plain one only from what is no browser."""
        found = read_cookies(self.exchange.head.get_all(b"cookie"), self.external_port)
        for text in (*found.ours, *(() if self.origin.fetch_metadata else found.plain)):
            token = parse_token(text)
            if token is not None:
                yield token

    def _note_target(self) -> None:
        target, facts = self.target, self.exchange.facts
        facts.kind = "container"
        match target:
            case NamedTarget():
                facts.asked = target.name
            case PortTarget():
                facts.asked = f":{target.external_port}"
            case ContainerTarget():
                facts.port = target.port
                if self.by_request:
                    facts.asked = target.uuid
                else:
                    facts.container_uuid = target.uuid

    @property
    def external_port(self) -> int | None:
        """The external port that was asked for; None below a wildcard."""
        return self.target.external_port if isinstance(self.target, PortTarget) else None

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
