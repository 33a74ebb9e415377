"""
Connections to runners that can be reached at their address.

On a new connection both sides prove themselves before any byte of a user is sent (docs/protocols/hop).  Not
here: what is asked of the app then, and runners behind tunnels.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from typing import Any

import attrs
from twisted.logger import Logger

from arvgate.errors import NotReady, PeerFault, ProofRefused, Unreachable
from arvgate.model.grants import Grant
from arvgate.model.hops import GATEWAY_TO_RUNNER
from arvgate.model.locations import Listing
from arvgate.net.connecting import connect_tls
from arvgate.net.http_client import ClientConnection
from arvgate.net.pool import Pool
from arvgate.net.tls import TLSStream
from arvgate.net.wheel import Timed, Wheel
from arvgate.wire.http1.head import HeadLimits, ResponseHead
from arvgate.wire.proof import (
    ALPN,
    AUTHORIZATION,
    PROOF_PATH,
    RESPONSE,
    RUNNER_TIME,
    TARGET_UUID,
    Proof,
    certificate_sha256,
    make_proof,
    response_is_genuine,
)

__all__ = ["DirectDialer", "Peer", "Route", "client_context"]

_log = Logger()

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+)):([1-9][0-9]{0,4})\Z")
#: How often a connection is begun that the runner resets before it said anything.
_TRIES = 3
#: An app's head plus what the runner adds.
_LIMITS = HeadLimits(head=131072, fields=192)


@attrs.frozen
class Peer:
    """
    One attempt of one container at one address: what a kept connection belongs to.

    @ivar address: the record's exact text, C{host:port}.
    """

    address: str
    uuid: str
    lock_count: int
    secret: str = attrs.field(repr=False)


class Route:
    """The way to one container's runner; nothing is opened before it is asked for."""

    def __init__(self, pool: Pool[Peer], listing: Listing) -> None:
        self._pool = pool
        self._listing = listing

    async def lease(self, fresh: bool = False) -> ClientConnection:
        """
        A connection on which both sides have proved themselves, for one request.

        @param fresh: a new one in any case.
        @raise NotReady: the runner has not reported its address yet.
        @raise Unreachable: it cannot be reached.
        @raise ProofRefused: who answers is not the container's runner, or does not know us; both name the hop.
        """
        listing = self._listing
        if not listing.gateway_address or not listing.auth_secret:
            raise NotReady("The container runs, but its runner has not reported its address yet.")
        peer = Peer(listing.gateway_address, listing.container_uuid, listing.lock_count, listing.auth_secret)
        try:
            return await self._pool.lease(peer, fresh)
        except PeerFault as error:
            error.hop = GATEWAY_TO_RUNNER
            raise


class DirectDialer:
    """
    Makes routes and keeps the connections to runners.

    @param seconds: Unix time.
    @param randbelow: as C{secrets.randbelow}.
    @param timeout: seconds for the connection, for the handshake, and for the proof.
    @param max_idle: idle connections kept.
    """

    def __init__(
        self,
        reactor: Any,
        wheel: Wheel,
        seconds: Callable[[], float],
        randbelow: Callable[[int], int],
        timeout: float = 10.0,
        max_idle: int = 1024,
    ) -> None:
        self._reactor = reactor
        self._wheel = wheel
        self._seconds = seconds
        self._randbelow = randbelow
        self._timeout = timeout
        self._context = client_context()
        self._pool: Pool[Peer] = Pool(wheel, self._connect, max_idle=max_idle)

    def route(self, grant: Grant) -> Route:
        """The way that C{grant} opens."""
        return Route(self._pool, grant.listing)

    def idle_count(self) -> int:
        """How many connections are kept for reuse."""
        return self._pool.idle_count()

    def close(self) -> None:
        """Close what is kept."""
        self._pool.close()

    async def _connect(self, peer: Peer) -> ClientConnection:
        host, port = _split_address(peer.address)
        stream = await self._shake_hands(host, port, peer.uuid)
        if stream.alpn != ALPN:
            stream.abort()
            raise ProofRefused(detail=f"{peer.address} does not speak {ALPN}")
        connection = ClientConnection(stream, _LIMITS)
        try:
            await self._prove(connection, stream.peer_certificate(), peer)
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _shake_hands(self, host: str, port: int, uuid: str) -> TLSStream:
        """
        A reset before the runner's first byte is no answer: a runner that shares the port was just leaving.
        """
        for tried in range(1, _TRIES + 1):
            try:
                return await connect_tls(self._reactor, host, port, self._context, uuid, self._timeout)
            except Unreachable as error:
                if error.cause != "reset" or tried == _TRIES:
                    raise
        raise Unreachable

    async def _prove(self, connection: ClientConnection, certificate: bytes, peer: Peer) -> None:
        rand = f"{self._randbelow(1 << 128):032x}"
        proof = make_proof(
            peer.secret, rand, int(self._seconds()), peer.uuid, peer.address, certificate_sha256(certificate)
        )
        deadline = _Deadline(connection)
        self._wheel.arm(deadline, self._timeout)
        headers = [
            (b"Host", peer.address.encode()),
            (TARGET_UUID, peer.uuid.encode()),
            (AUTHORIZATION, proof.value),
        ]
        try:
            head, _ = await connection.request(b"HEAD", PROOF_PATH, headers)
        except PeerFault as error:
            detail = f"{peer.address}: no answer to the proof: {error.detail}"
            raise Unreachable(detail=detail, cause="timeout") from error
        finally:
            self._wheel.drop(deadline)
        self._check_answer(head, proof, peer)
        if not connection.take():
            raise ProofRefused(detail=f"{peer.address} closes the connection after the proof")

    def _check_answer(self, head: ResponseHead, proof: Proof, peer: Peer) -> None:
        answers = head.get_all(RESPONSE.lower())
        if head.status == 200 and len(answers) == 1 and response_is_genuine(peer.secret, proof.mac, answers[0]):
            return
        detail = f"{peer.address} answered the proof for {peer.uuid} with {head.status}"
        theirs, skew = _seconds_of(head.get(RUNNER_TIME.lower())), None
        if theirs is not None:
            skew = theirs - int(self._seconds())
            detail += f"; its clock differs from ours by {skew} s"
        _log.warn("a runner was refused: {detail}", detail=detail, uuid=peer.uuid)
        raise ProofRefused(detail=detail, skew=skew)


class _Deadline(Timed):
    """The end of patience with an answer to a proof."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def timed_out(self) -> None:
        self._connection.stream.abort()


def client_context() -> ssl.SSLContext:
    """
    TLS towards runners: their certificates are their own, and the proof ties the certificate to the
    container.

    One for the life of the process.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([ALPN, "http/1.1"])
    return context


def _split_address(address: str) -> tuple[str, int]:
    match = _ADDRESS.match(address)
    if match is None or int(match[3]) > 65535:
        raise Unreachable(detail=f"the gateway address {address!r} cannot be dialed", cause="address")
    return match[1] or match[2], int(match[3])


def _seconds_of(value: bytes | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(rb"[0-9]{1,12}", value) else None
