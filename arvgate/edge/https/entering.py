"""
Coming in: a one-time code or a token in the address becomes a cookie, and the address one without it.

Not here: who may enter (L{arvgate.gate}), and what is passed on to the app (L{arvgate.edge.https.container}).
"""

from __future__ import annotations

from urllib.parse import quote

from arvgate.edge.https.answers import redirect
from arvgate.edge.https.options import CanLease, DoorOptions
from arvgate.edge.https.visit import Visit
from arvgate.errors import NotAuthenticated, Overloaded
from arvgate.gate import Gate
from arvgate.interfaces import IIssuer
from arvgate.model.grants import Grant
from arvgate.model.targets import ContainerTarget
from arvgate.model.tokens import Token
from arvgate.policy.siblings import check_siblings
from arvgate.wire.cookies import our_cookie, token_cookie
from arvgate.wire.query import CODE_PARAMETER, same_origin_location

__all__ = ["Entering"]


class Entering:
    """Lets visits in that bring a code or a token in their address."""

    def __init__(self, options: DoorOptions, gate: Gate[CanLease], issuer: IIssuer) -> None:
        self._options = options
        self._gate = gate
        self._issuer = issuer

    async def redeem(self, visit: Visit, code: str) -> None:
        """A one-time code: exchange it for a cookie."""
        if visit.origin.ahead_of_time:
            raise Overloaded("This link is opened only when it is followed.")
        by_person = visit.exchange.head.method == b"GET" and visit.origin.wants_page
        token = await self._issuer.redeem_code(code, visit.host, by_person)
        if token is None:
            await self._reload(visit)
            return
        await self._let_in(visit, token, await self._gate.recognize(token, visit.target))

    async def _reload(self, visit: Visit) -> None:
        """A code that is good no more: who is logged in already does not need it."""
        for token in visit.cookie_tokens():
            try:
                grant = await self._gate.recognize(token, visit.target)
            except NotAuthenticated:
                continue
            self._check_siblings(visit, grant)
            redirect(visit.exchange, same_origin_location(visit.rest))
            return
        raise NotAuthenticated("This link was used already or has expired.")

    async def take_token(self, visit: Visit, token: Token | None) -> None:
        """A token in the query: exchange it for a cookie, and the address for one without it."""
        grant = None
        if token is not None:
            try:
                grant = await self._gate.recognize(token, visit.target)
            except NotAuthenticated:
                token = None
        if grant is None:
            grant = await self._gate.recognize(None, visit.target)
        await self._let_in(visit, token, grant)

    async def _let_in(self, visit: Visit, token: Token | None, grant: Grant) -> None:
        """
        Send the browser to the container's own host, there with a cookie, to the address without credentials.
        """
        visit.recognized(grant)
        self._check_siblings(visit, grant)
        if visit.by_request:
            await self.to_container_host(visit, token, grant)
            return
        cookie = None
        if token is not None:
            listing = grant.listing
            issued = await self._issuer.derive(token, listing.container_uuid, listing.port)
            cookie = token_cookie(our_cookie(visit.external_port), issued.text, issued.expires_at)
        redirect(visit.exchange, same_origin_location(visit.rest), cookie)

    async def to_container_host(self, visit: Visit, token: Token | None, grant: Grant) -> None:
        """Send the browser from a request's host to that of its container, with a code for it."""
        listing = grant.listing
        target = ContainerTarget(uuid=listing.container_uuid, port=listing.port, tls=listing.tls)
        host = self._options.names.container_host(target)
        origin = f"https://{host}"
        if token is None:
            redirect(visit.exchange, origin.encode() + same_origin_location(visit.rest))
            return
        location = same_origin_location(visit.rest)
        lifetime = self._options.hop_code_lifetime
        code = await self._issuer.issue_code(token, host, location.decode(), lifetime, navigation=False)
        joint = b"&" if b"?" in location else b"?"
        with_code = location + joint + f"{CODE_PARAMETER}={quote(code, safe='')}".encode()
        redirect(visit.exchange, origin.encode() + with_code)

    def _check_siblings(self, visit: Visit, grant: Grant) -> None:
        if not grant.public:
            check_siblings(visit.origin, grant.listing, self._options.names)
