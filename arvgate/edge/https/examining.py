"""
Following the way to an app hop by hop, as a request would go, to say where it ends.

A new connection is made to the runner, never a kept one, and nothing of the caller's is sent on it.  Nobody counts as
having entered the container.  Not here: what the findings mean (L{arvgate.policy.why}), and who asks
(L{arvgate.edge.https.why}).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import attrs

from arvgate.edge.https.options import CanLease
from arvgate.errors import ArvgateError, NotAuthenticated, NotReady, Overloaded, PeerFault
from arvgate.gate import Gate
from arvgate.model.checks import Check, Result
from arvgate.model.grants import Grant
from arvgate.model.locations import Listening, Listing
from arvgate.model.targets import ContainerTarget, Target
from arvgate.model.tokens import Token
from arvgate.net.http_client import ClientConnection
from arvgate.net.wheel import Timed, Wheel
from arvgate.policy.scopes import SESSION
from arvgate.policy.why import complete
from arvgate.policy.why_entry import entry_checks, may_know, state_check, told_listing
from arvgate.policy.why_hop import port_checks, reached_checks, unreached_checks, unreported_check
from arvgate.wire.http1.head import Headers
from arvgate.wire.port_report import PORT_PATH, PROBE_HOST, PortReport, read_report
from arvgate.wire.proof import TARGET_PORT, TARGET_TLS, TARGET_UUID
from arvgate.wire.vhost import HostNames

__all__ = ["Examination", "Examiner"]

#: Ways that are followed at once for one user, and for all.
_MOST_EACH: Final = 2
_MOST: Final = 32
#: Seconds that a runner has for its report: what it gives the app, and some more.
_PATIENCE: Final = 30.0


@attrs.frozen
class Examination:
    """
    What was found.

    @ivar grant: who may enter; None if the caller may not.
    @ivar listening: where the container listens; None if that was not found out.
    """

    checks: Sequence[Check]
    grant: Grant | None = None
    listening: Sequence[Listening] | None = None


class Examiner:
    """Follows the ways to apps, a few at a time."""

    def __init__(self, names: HostNames, gate: Gate[CanLease], patience: float = _PATIENCE) -> None:
        self._names = names
        self._gate = gate
        self._patience = patience
        self._under_way: Counter[str] = Counter()

    async def examine(
        self, token: Token | None, target: Target, peer: str, wheel: Wheel, sessions: bool = True
    ) -> Examination:
        """
        Follow the way of C{token} to C{target}.

        @param target: with port 0 for the way to its runner only.
        @param peer: the client's address, for whom nobody knows by a token.
        @param sessions: the token of a browser's session counts, which the API accepts nowhere.
        @raise NotAuthenticated: it is one, and does not count.
        @raise Overloaded: this user follows too many at once, or all users do.
        @raise StoreUnavailable: the records cannot be asked now.
        """
        with_port = not (isinstance(target, ContainerTarget) and target.port == 0)
        sight = await self._gate.look(token, target)
        if not sessions and sight.authorization is not None and SESSION in sight.authorization.scopes:
            raise NotAuthenticated(detail="the token of a session was presented to the API")
        checks, grant = entry_checks(token, sight.authorization, sight.listing, sight.now)
        if grant is None:
            return Examination(complete(checks, with_port))
        checks = [*checks, state_check(told_listing(grant))]
        if checks[-1].result is Result.FAILED:
            return Examination(complete(checks, with_port), grant)
        with self._turn(grant.principal.user_uuid or peer):
            behind, report = await self._follow(grant, with_port, wheel, sight.now.timestamp())
        listening = None if report is None or not may_know(grant) else report.listening
        return Examination(complete([*checks, *behind], with_port), grant, listening)

    @contextmanager
    def _turn(self, who: str) -> Iterator[None]:
        if self._under_way[who] >= _MOST_EACH or self._under_way.total() >= _MOST:
            raise Overloaded("Too many of these questions are being answered at the moment; ask again.")
        self._under_way[who] += 1
        try:
            yield
        finally:
            self._under_way[who] -= 1
            if not self._under_way[who]:
                del self._under_way[who]

    async def _follow(
        self, grant: Grant, with_port: bool, wheel: Wheel, now: float
    ) -> tuple[Sequence[Check], PortReport | None]:
        listing, told = grant.listing, told_listing(grant)
        try:
            connection = await self._gate.route(grant).lease(fresh=True)
        except (PeerFault, NotReady) as fault:
            return unreached_checks(told, fault), None
        try:
            report = await self._report(connection, listing, with_port, wheel)
        except ArvgateError:
            checks = reached_checks(told, None, now)
            return [*checks, unreported_check()] if with_port else checks, None
        other_host = self._other_host(listing)
        if not may_know(grant):
            report, other_host = attrs.evolve(report, listening=(), limitation=""), ""
        checks = reached_checks(told, report, now)
        if with_port:
            checks = [*checks, *port_checks(told, report, other_host)]
        return checks, report

    async def _report(
        self, connection: ClientConnection, listing: Listing, with_port: bool, wheel: Wheel
    ) -> PortReport:
        fields: Headers = [
            (b"Host", listing.gateway_address.encode()),
            (TARGET_UUID, listing.container_uuid.encode()),
        ]
        if with_port:
            fields += [(TARGET_PORT, b"%d" % listing.port), (PROBE_HOST, self._host(listing).encode())]
            if listing.tls:
                fields.append((TARGET_TLS, b"1"))
        patience = _Patience(connection)
        wheel.arm(patience, self._patience)
        try:
            head, body = await connection.request(b"GET", PORT_PATH, fields)
        finally:
            patience.deadline = 0.0
            connection.release()
        if head.status != 200:
            raise PeerFault(detail=f"the runner answered the question for its report with {head.status}")
        return read_report(body)

    def _host(self, listing: Listing) -> str:
        target = ContainerTarget(listing.container_uuid, listing.port, listing.tls)
        return self._names.host_of(target) if self._names.suffix else self._names.ports_host or "localhost"

    def _other_host(self, listing: Listing) -> str:
        other = ContainerTarget(listing.container_uuid, listing.port, not listing.tls)
        return self._names.host_of(other) if self._names.suffix else ""


class _Patience(Timed):
    """The end of patience with a runner that gives no report."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def timed_out(self) -> None:
        self._connection.stream.abort()
