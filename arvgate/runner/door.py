"""
The runner's door: gateways that prove themselves reach the ports of this one container.

Checked on the first request of each connection and wherever a proof is present; refusals close the connection.  Not
here: who the user is (the gateway has decided that), and what happens on a port of the container
(L{arvgate.runner.door_ports}).
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from arvgate.errors import ArvgateError, ProofRefused
from arvgate.interfaces import IJob
from arvgate.net.http_exchange import Exchange
from arvgate.net.http_server import ServerConnection, ServerLimits
from arvgate.net.listener import Listener
from arvgate.net.slack import Slack
from arvgate.net.stream import Receiver, Stream
from arvgate.net.tls import TLSStream
from arvgate.net.wheel import Wheel
from arvgate.runner.app_connections import AppConnections
from arvgate.runner.certificate import make_certificate
from arvgate.runner.door_ports import ContainerPorts
from arvgate.runner.port_check import PortCheck
from arvgate.wire.http1.head import Headers, HeadLimits
from arvgate.wire.port_report import PORT_PATH
from arvgate.wire.proof import (
    ALPN,
    AUTHORIZATION,
    PROOF_PATH,
    REQUEST_HOST,
    RESPONSE,
    RUNNER_ERROR,
    RUNNER_TIME,
    TARGET_UUID,
    Proof,
    ReplayGuard,
    Verdict,
    judge_proof,
    parse_proof,
    response_for,
)
from arvgate.wire.request_id import read_request_id

__all__ = ["RunnerDoor"]

_log = Logger()

#: A browser's head as the HTTPS door accepts it, and what the gateway adds.  Bodies are as slow as the gateway's client
#: is, and the gateway says when that is too slow.
_LIMITS = ServerLimits(head=HeadLimits(head=131072, fields=192), stall_timeout=0.0)


class RunnerDoor:
    """
    The door of one container.

    @param secret: AuthSecret of this lock cycle, hex text.
    @param host: by which the node is reached; an address is listened on itself, for a name all addresses are.
    @param port: 0 for a random one.
    @param seconds: Unix time.
    @param randbelow: as C{secrets.randbelow}.
    @ivar address: C{gateway_address}, once started.
    @ivar connections: those that are open.
    """

    def __init__(
        self,
        reactor: Any,
        job: IJob,
        uuid: str,
        secret: str,
        host: str,
        port: int,
        wheel: Wheel,
        seconds: Callable[[], float],
        randbelow: Callable[[int], int],
        drain_timeout: float = 2.0,
    ) -> None:
        self.address: str = ""
        self._reactor = reactor
        self._uuid = uuid
        self._secret = secret
        self._host = host
        self._port = port
        self._wheel = wheel
        self._seconds = seconds
        self._randbelow = randbelow
        self._drain_timeout = drain_timeout
        self._certificate = make_certificate(uuid, seconds(), randbelow)
        self._replays = ReplayGuard()
        apps = AppConnections(reactor, job, wheel)
        self._ports = ContainerPorts(apps, wheel)
        self._check_port = PortCheck(reactor, job, apps, seconds)
        self.connections: set[ServerConnection] = set()
        self._slack = Slack(wheel)
        self._users = 0
        self._idle_since = reactor.seconds()
        self._listener: Listener | None = None
        self._drained: Deferred[None] | None = None

    @property
    def idle_since(self) -> float | None:
        """When the last user left, by the reactor's clock; None while somebody is connected."""
        return None if self._users else self._idle_since

    async def start(self) -> str:
        """
        Listen.

        @return: the C{gateway_address}.
        @raise OSError: the address cannot be listened on.
        """
        sock = _listening_socket(self._host, self._port)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.address = f"{host}:{sock.getsockname()[1]}"
        self._listener = Listener(self._reactor, sock, self._accepted, self._wheel, self._certificate.context)
        self._listener.start()
        return self.address

    async def stop(self) -> None:
        """Accept nothing more, let what is under way come to its end for a short while, close everything."""
        if self._listener is not None:
            self._listener.stop()
        for connection in tuple(self.connections):
            connection.drain()
        if self.connections:
            drained = self._drained = Deferred()
            patience = self._reactor.callLater(self._drain_timeout, self._close_all)
            await drained
            if patience.active():
                patience.cancel()
        self._ports.close()

    def _accepted(self, stream: Stream) -> Receiver:
        connection = ServerConnection(stream, self._respond, self._wheel, _LIMITS, self._closed)
        self.connections.add(connection)
        self._slack.now(len(self.connections))
        return connection

    def _closed(self, connection: ServerConnection) -> None:
        self.connections.discard(connection)
        self._slack.now(len(self.connections))
        if not self.connections and self._drained is not None and not self._drained.called:
            self._drained.callback(None)

    def _close_all(self) -> None:
        for connection in tuple(self.connections):
            connection.stream.abort()

    async def _respond(self, exchange: Exchange) -> None:
        exchange.request_id = read_request_id(exchange.head.headers)
        try:
            proven = self._check(exchange)
            head = exchange.head
            own = not head.get_all(REQUEST_HOST.lower())
            if own and (head.method, head.target) == (b"HEAD", PROOF_PATH):
                exchange.respond(200, proven)
            elif own and (head.method, head.target) == (b"GET", PORT_PATH):
                await self._check_port.respond(exchange, proven)
            else:
                await self._let_in(exchange, proven)
        except _Refused as refusal:
            _log.warn("{request} refused a gateway: {reason}", request=self._about(exchange), reason=refusal.reason)
            exchange.keep_alive = False
            headers = [(RUNNER_ERROR, ProofRefused.code.encode()), *refusal.headers]
            _answer(exchange, refusal.status, headers, refusal.reason)
        except ArvgateError as error:
            if error.detail:
                about = self._about(exchange)
                _log.info("{request} {code}: {detail}", request=about, code=error.code, detail=error.detail)
            _answer(exchange, 502, [(RUNNER_ERROR, error.code.encode())], error.sentence)

    def _about(self, exchange: Exchange) -> str:
        """The container and the request, for the log."""
        identifier = exchange.request_id.decode()
        return f"{self._uuid} {identifier}:" if identifier else f"{self._uuid}:"

    async def _let_in(self, exchange: Exchange, more: Headers) -> None:
        self._users += 1
        try:
            await self._ports.respond(exchange, more)
        finally:
            self._users -= 1
            self._idle_since = self._reactor.seconds()

    def _check(self, exchange: Exchange) -> Headers:
        """
        Whether this request may be answered.

        @return: fields that the answer must carry: the runner's own proof where the gateway sent one.
        @raise _Refused: it may not.
        """
        connection, head = exchange.connection, exchange.head
        stream = connection.stream
        if not isinstance(stream, TLSStream) or stream.alpn != ALPN:
            raise _Refused(401, f"The peer does not speak {ALPN}.")
        if head.get_all(TARGET_UUID.lower()) != [self._uuid.encode()]:
            raise _Refused(502, "This request is not for this container.")
        values = head.get_all(AUTHORIZATION.lower())
        if values:
            proof = self._judge(values)
            connection.proven = True
            return [(RESPONSE, response_for(self._secret, proof.mac))]
        if not connection.proven:
            raise _Refused(401, "A proof is missing.")
        return []

    def _judge(self, values: list[bytes]) -> Proof:
        proof = parse_proof(values[0]) if len(values) == 1 else None
        if proof is None:
            raise _Refused(401, "The proof is malformed.")
        now = self._seconds()
        verdict = judge_proof(proof, self._secret, self._uuid, [self.address], self._certificate.sha256, now)
        if verdict is Verdict.STALE:
            time = b"%d" % int(now)
            raise _Refused(401, "The proof's time is too far from this node's.", [(RUNNER_TIME, time)])
        if verdict is not Verdict.GENUINE:
            raise _Refused(401, "The proof is wrong.")
        if not self._replays.admit(proof.rand, now):
            raise _Refused(401, "The proof was used before.")
        return proof


class _Refused(Exception):
    """The peer gets C{status} and the connection is closed."""

    def __init__(self, status: int, reason: str, headers: Headers | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers: Headers = headers or []


def _answer(exchange: Exchange, status: int, headers: Headers, sentence: str) -> None:
    """An error for the gateway, which makes of it what its client understands."""
    body = json.dumps({"errors": [sentence]}).encode() + b"\n"
    exchange.respond(status, [*headers, (b"Content-Type", b"application/json"), (b"Cache-Control", b"no-store")], body)


def _listening_socket(host: str, port: int) -> socket.socket:
    """Bound and listening; several runners may share a port."""
    if host == "localhost":
        host = "127.0.0.1"
    try:
        version = ip_address(host).version
    except ValueError:
        host, version = "", 4
    sock = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
        sock.listen(512)
    except BaseException:
        sock.close()
        raise
    return sock
