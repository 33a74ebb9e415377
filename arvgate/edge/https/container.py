"""
Requests to container hosts: whoever brings a token or code gets a cookie, whoever may enter is passed on to
the app.

Not here: who may enter (L{arvgate.gate}), and other pages' requests (L{arvgate.policy.siblings}).
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from twisted.logger import Logger

from arvgate.edge.https.answers import answer_error, redirect
from arvgate.edge.https.forwarding import pass_on, to_browser, to_runner
from arvgate.edge.https.options import CanLease, DoorOptions, Watch
from arvgate.errors import ArvgateError, NotAuthenticated, NotFound, NotReady, Overloaded
from arvgate.gate import Gate, Passage
from arvgate.interfaces import IDirectory, IIssuer
from arvgate.model.grants import Grant
from arvgate.model.ids import is_uuid
from arvgate.model.targets import ContainerTarget, NamedTarget
from arvgate.model.tokens import Token, parse_token
from arvgate.net.http_exchange import Exchange
from arvgate.policy.siblings import check_siblings
from arvgate.wire.cookies import OUR_COOKIE, read_cookies, token_cookie
from arvgate.wire.origin import read_origin_fields
from arvgate.wire.query import CODE_PARAMETER, same_origin_location, take_credentials
from arvgate.wire.vhost import HostNames, canonical_host

__all__ = ["ContainerHosts"]

_log = Logger()

#: The part of every container host's address space that is ours.
_OWN_PATH = b"/.arvgate"


class _Visit:
    """
    One request to a container host, read.

    @ivar host: the host as asked for, lower case, without port 443.
    @ivar rest: the target without credentials.
    @ivar moves: the client can be sent elsewhere: it asks by GET or HEAD and wants no other protocol.
    @ivar again: where a person's browser asks next if the container is not ready; empty for the same address.
    """

    def __init__(self, exchange: Exchange, target: ContainerTarget | NamedTarget) -> None:
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
        self.again: bytes = b""

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


class ContainerHosts:
    """
    Answers for all container hosts.

    @param watch: see L{Watch}.
    """

    def __init__(
        self,
        options: DoorOptions,
        gate: Gate[CanLease],
        issuer: IIssuer,
        directory: IDirectory,
        watch: Watch,
    ) -> None:
        self._options = options
        self._gate = gate
        self._issuer = issuer
        self._directory = directory
        self._watch = watch
        self._entered: set[str] = set()

    async def respond(self, exchange: Exchange, target: ContainerTarget | NamedTarget) -> None:
        """Answer one request to the host of C{target}."""
        visit = _Visit(exchange, target)
        try:
            await self._serve(visit)
        except ArvgateError as error:
            if error.detail:
                _log.info("{host}: {code}: {detail}", host=visit.host, code=error.code, detail=error.detail)
            if isinstance(error, NotAuthenticated) and visit.origin.wants_page:
                redirect(exchange, _login_address(visit, self._options.names, error))
            else:
                answer_error(exchange, error, visit.origin.wants_page, visit.again)

    async def _serve(self, visit: _Visit) -> None:
        path = visit.rest.partition(b"?")[0]
        if path == _OWN_PATH or path.startswith(_OWN_PATH + b"/"):
            raise NotFound(detail="nothing is served there")
        if visit.moves and visit.code is not None:
            await self._redeem(visit, visit.code)
        elif visit.moves and visit.token is not None:
            await self._take_token(visit, parse_token(visit.token))
        else:
            await self._pass(visit)

    async def _redeem(self, visit: _Visit, code: str) -> None:
        """A one-time code: exchange it for a cookie."""
        if visit.origin.ahead_of_time:
            raise Overloaded("This link is opened only when it is followed.")
        by_person = visit.exchange.head.method == b"GET" and visit.origin.wants_page
        token = await self._issuer.redeem_code(code, visit.host, by_person)
        if token is None:
            await self._reload(visit)
            return
        try:
            await self._let_in(visit, token, await self._gate.decide(token, visit.target))
        except NotReady:
            if not by_person:
                raise
            lifetime = self._options.link_code_lifetime
            visit.again = await self._address(visit, token, "", visit.host, lifetime, navigation=True)
            raise

    async def _reload(self, visit: _Visit) -> None:
        """A code that is good no more: who is logged in already does not need it."""
        for token in visit.cookie_tokens():
            try:
                grant = await self._gate.decide(token, visit.target)
            except NotAuthenticated:
                continue
            self._check_siblings(visit, grant)
            redirect(visit.exchange, same_origin_location(visit.rest))
            return
        raise NotAuthenticated("This link was used already or has expired.")

    async def _take_token(self, visit: _Visit, token: Token | None) -> None:
        """A token in the query: exchange it for a cookie, and the address for one without it."""
        grant = None
        if token is not None:
            try:
                grant = await self._gate.decide(token, visit.target)
            except NotAuthenticated:
                token = None
        if grant is None:
            grant = await self._gate.decide(None, visit.target)
        await self._let_in(visit, token, grant)

    async def _let_in(self, visit: _Visit, token: Token | None, grant: Grant) -> None:
        """
        Send the browser to the container's own host, there with a cookie, to the address without credentials.
        """
        self._check_siblings(visit, grant)
        if visit.by_request:
            await self._to_container_host(visit, token, grant)
            return
        cookie = None
        if token is not None:
            listing = grant.listing
            issued = await self._issuer.derive(token, listing.container_uuid, listing.port)
            cookie = token_cookie(OUR_COOKIE, issued.text, issued.expires_at)
        redirect(visit.exchange, same_origin_location(visit.rest), cookie)

    async def _to_container_host(self, visit: _Visit, token: Token | None, grant: Grant) -> None:
        listing = grant.listing
        target = ContainerTarget(uuid=listing.container_uuid, port=listing.port, tls=listing.tls)
        host = self._options.names.container_host(target)
        origin = f"https://{host}"
        if token is None:
            redirect(visit.exchange, origin.encode() + same_origin_location(visit.rest))
            return
        lifetime = self._options.hop_code_lifetime
        redirect(visit.exchange, await self._address(visit, token, origin, host, lifetime, navigation=False))

    async def _address(
        self, visit: _Visit, token: Token, origin: str, host: str, lifetime: float, navigation: bool
    ) -> bytes:
        """The address of the same thing on C{host}, with a code for it."""
        location = same_origin_location(visit.rest)
        code = await self._issuer.issue_code(token, host, location.decode(), lifetime, navigation)
        joint = b"&" if b"?" in location else b"?"
        return origin.encode() + location + joint + f"{CODE_PARAMETER}={quote(code, safe='')}".encode()

    async def _pass(self, visit: _Visit) -> None:
        """To the app, as whoever the cookies or a token on a request that cannot be redirected say."""
        passage, token = await self._admit(visit)
        grant = passage.grant
        # From here to the watch nothing is awaited: no change of the records may slip between.
        self._check_siblings(visit, grant)
        if visit.moves and visit.by_request:
            await self._to_container_host(visit, token, grant)
            return
        exchange = visit.exchange
        listing = grant.listing
        unwatch = self._watch(token, visit.target, grant, lambda _: exchange.abort())
        try:
            await self._note_entered(grant)
            headers = to_runner(exchange.head, exchange.peer, listing, self._options)
            host = visit.host.partition(":")[0]
            await pass_on(exchange, passage.route, visit.rest, headers, lambda head: to_browser(head, host))
        finally:
            unwatch()

    async def _admit(self, visit: _Visit) -> tuple[Passage[CanLease], Token | None]:
        """The first credentials that are valid decide; without any the port must be public."""
        if visit.token is not None:
            token = parse_token(visit.token)
            if token is None:
                raise NotAuthenticated(detail="a token in the query that is none")
            return await self._gate.open(token, visit.target), token
        for token in visit.cookie_tokens():
            try:
                return await self._gate.open(token, visit.target), token
            except NotAuthenticated:
                continue
        return await self._gate.open(None, visit.target), None

    def _check_siblings(self, visit: _Visit, grant: Grant) -> None:
        if not grant.public:
            check_siblings(visit.origin, grant.listing, self._options.names)

    async def _note_entered(self, grant: Grant) -> None:
        """
        Note the first entry into a private port before anything is passed on.

        A container that was entered may not be reused for other requests, so that without the note nobody
        enters.
        """
        listing = grant.listing
        uuid = listing.container_uuid
        if grant.public:
            return
        if listing.interactive_session_started:
            self._entered.discard(uuid)
        elif uuid not in self._entered:
            self._entered.add(uuid)
            try:
                await self._directory.entered(uuid)
            except BaseException:
                self._entered.discard(uuid)
                raise


def _login_address(visit: _Visit, names: HostNames, error: ArvgateError) -> bytes:
    """The login page's address, which leads back here."""
    target = visit.target
    label = target.name if isinstance(target, NamedTarget) else names.label(target)
    path = quote(same_origin_location(visit.rest), safe="")
    used = "&link=used" if visit.code is not None else ""
    return f"https://{names.api_host}/login?to={label}&path={path}{used}".encode()
