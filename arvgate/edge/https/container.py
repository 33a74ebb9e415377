"""
Requests to container hosts: whoever may enter is passed on to the app.

Not here: how credentials in the address become a cookie (L{arvgate.edge.https.entering}), who may enter
(L{arvgate.gate}), and other pages' requests (L{arvgate.policy.siblings}).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from twisted.logger import Logger

from arvgate.edge.https.answers import redirect
from arvgate.edge.https.awaiting import WAITING_PATH, Awaiting, is_early
from arvgate.edge.https.cross_origin import preflight_answer, readable_by
from arvgate.edge.https.entering import Entering
from arvgate.edge.https.forwarding import to_browser, to_runner
from arvgate.edge.https.options import CanLease, DoorOptions, Watch
from arvgate.edge.https.runner_answers import pass_to_runner
from arvgate.edge.https.visit import Visit, login_address
from arvgate.errors import ArvgateError, NotAuthenticated, NotFound, Overloaded
from arvgate.gate import Gate, Passage
from arvgate.interfaces import IDirectory, IIssuer, IWaiting
from arvgate.model.grants import Grant
from arvgate.model.targets import Target
from arvgate.model.tokens import Token, parse_token
from arvgate.net.http_exchange import Exchange
from arvgate.policy.admission import Shares
from arvgate.policy.siblings import check_siblings

__all__ = ["ContainerHosts"]

_log = Logger()

#: The part of every container host's address space that is ours.
_OWN_PATH = b"/.arvgate"


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
        waiting: IWaiting,
    ) -> None:
        self._options = options
        self._gate = gate
        self._entering = Entering(options, gate, issuer)
        self._directory = directory
        self._watch = watch
        self._awaiting = Awaiting(options, waiting)
        self._entered: set[str] = set()
        self._streams = Shares()

    async def respond(self, exchange: Exchange, target: Target) -> None:
        """Answer one request to the host of C{target}."""
        visit = Visit(exchange, target)
        try:
            await self._serve(visit)
        except ArvgateError as error:
            if error.detail:
                identifier = exchange.request_id.decode()
                _log.info(
                    "{request_id} {host}: {code}: {detail}",
                    request_id=identifier,
                    host=visit.host,
                    code=error.code,
                    detail=error.detail,
                )
            if isinstance(error, NotAuthenticated) and visit.origin.wants_page:
                exchange.facts.error = error.code
                redirect(exchange, login_address(visit, self._options.names))
                return
            names = self._options.names
            preflight = preflight_answer(visit, names) if isinstance(error, NotAuthenticated) else None
            if preflight is not None:
                exchange.respond(204, preflight)
            else:
                early = visit.origin.wants_page and is_early(error)
                grant = await self._recognize(visit) if early else None
                await self._awaiting.answer(visit, error, grant, await readable_by(visit, self._directory, names))

    async def _serve(self, visit: Visit) -> None:
        path = visit.rest.partition(b"?")[0]
        looks = path == WAITING_PATH and visit.moves
        if not looks and (path == _OWN_PATH or path.startswith(_OWN_PATH + b"/")):
            raise NotFound(detail="nothing is served there")
        if visit.moves and visit.code is not None:
            await self._entering.redeem(visit, visit.code)
        elif visit.moves and visit.token is not None:
            await self._entering.take_token(visit, parse_token(visit.token))
        elif looks:
            passage, _ = await self._admit(visit)
            self._awaiting.look(visit, passage.grant)
        else:
            await self._pass(visit)

    async def _pass(self, visit: Visit) -> None:
        """To the app, as whoever the cookies or a token on a request that cannot be redirected say."""
        passage, token = await self._admit(visit)
        grant = passage.grant
        visit.recognized(grant)
        # From here to the watch nothing is awaited: no change of the records may slip between.
        self._check_siblings(visit, grant)
        if visit.moves and visit.by_request:
            await self._entering.to_container_host(visit, token, grant)
            return
        with self._stream_of(grant):
            await self._carry(visit, passage, token)

    async def _carry(self, visit: Visit, passage: Passage[CanLease], token: Token | None) -> None:
        exchange, grant = visit.exchange, passage.grant
        listing = grant.listing
        exchange.limit_body(listing.max_body_size)
        unwatch = self._watch(token, visit.target, grant, lambda error: _end(exchange, error))
        try:
            await self._note_entered(grant)
            port = visit.external_port
            headers = to_runner(exchange.head, exchange.peer, exchange.request_id, listing, self._options, port)
            host = visit.host.partition(":")[0]
            facts = exchange.facts
            await pass_to_runner(
                exchange, passage.route, visit.rest, headers, lambda head: to_browser(head, host, facts, port)
            )
        finally:
            unwatch()

    @contextmanager
    def _stream_of(self, grant: Grant) -> Iterator[None]:
        """
        One more of what a user does at a time; who is anybody is bounded by connections alone.

        @raise Overloaded: it is one too many.
        """
        user, most = grant.principal.user_uuid, self._options.streams_per_user
        if user is None:
            yield
            return
        if not self._streams.take(user, most):
            raise Overloaded(f"You have {most} requests and connections to containers at the same time; close some.")
        try:
            yield
        finally:
            self._streams.give_back(user)

    async def _admit(self, visit: Visit) -> tuple[Passage[CanLease], Token | None]:
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

    async def _recognize(self, visit: Visit) -> Grant | None:
        """The decision in favour of who may enter as soon as the app is there; None if it cannot be made."""
        for token in (*visit.cookie_tokens(), None):
            try:
                return await self._gate.recognize(token, visit.target)
            except NotAuthenticated:
                continue
            except ArvgateError:
                return None
        return None

    def _check_siblings(self, visit: Visit, grant: Grant) -> None:
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


def _end(exchange: Exchange, error: ArvgateError) -> None:
    """Cut an answer off that may go on no longer."""
    exchange.facts.error = error.code
    exchange.abort()
