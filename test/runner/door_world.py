"""A runner's door on loopback, the app behind it, and gateways that come to it, honest or not."""

from __future__ import annotations

import secrets
import socket
import ssl
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred

from arvgate.dial.direct import client_context
from arvgate.interfaces import JobPlan
from arvgate.net.connecting import connect_tls, stream_of
from arvgate.net.http_client import ClientConnection
from arvgate.net.http_exchange import Exchange
from arvgate.net.http_server import ServerConnection
from arvgate.net.stream import Stream
from arvgate.net.tls import TLSStream
from arvgate.runner.door import RunnerDoor
from arvgate.testing.engine import FakeJob, Program
from arvgate.wire.http1.head import Headers, RequestHead
from arvgate.wire.proof import (
    AUTHORIZATION,
    PROOF_PATH,
    TARGET_UUID,
    Proof,
    auth_secret,
    certificate_sha256,
    make_proof,
)
from test.net.serving import Serving, reactor

__all__ = [
    "EARLIER_SECRET", "NOW", "PORT", "SECRET", "UUID", "App", "DoorWorld", "GatewayConnection", "closed",
]  # fmt: skip

NOW = 1893456000.0
UUID = "zzzzz-dz642-aaaaaaaaaaaaaaa"
ROOT = "systemroottoken0123456789systemroottoken0123456789xx"
SECRET = auth_secret(ROOT, UUID, 3)
EARLIER_SECRET = auth_secret(ROOT, UUID, 2)
PORT = 8080

Responder = Callable[[Exchange], Coroutine[Any, Any, None]]


class App:
    """
    A web app in the container.

    @ivar seen: the heads of the requests that came, with their bodies.
    @ivar respond: what it does instead of answering 200 with C{body}.
    @ivar streams: of the connections that were made to it.
    """

    def __init__(self) -> None:
        self.seen: list[tuple[RequestHead, bytes]] = []
        self.headers: Headers = []
        self.body = b"hello from the app"
        self.respond: Responder | None = None
        self.streams: list[Stream] = []

    @property
    def connections(self) -> int:
        """How many connections were made to it."""
        return len(self.streams)

    async def answer(self, exchange: Exchange) -> None:
        """Note the request and answer it."""
        if self.respond is not None:
            self.seen.append((exchange.head, b""))
            await self.respond(exchange)
            return
        self.seen.append((exchange.head, await exchange.read_body(1 << 20)))
        exchange.respond(200, self.headers, self.body)

    @property
    def last(self) -> RequestHead:
        """The head of the last request."""
        return self.seen[-1][0]


class GatewayConnection:
    """A connection to the runner's door and what its certificate was."""

    def __init__(self, client: ClientConnection, certificate: str, address: str) -> None:
        self.client = client
        self.certificate = certificate
        self.address = address

    def proof(self, **changes: Any) -> Proof:
        """A proof for this connection; C{changes} are arguments of L{make_proof} that a liar gives."""
        arguments: dict[str, Any] = {
            "secret": SECRET,
            "rand": secrets.token_hex(16),
            "seconds": int(NOW),
            "uuid": UUID,
            "gateway_address": self.address,
            "certificate": self.certificate,
        }
        return make_proof(**(arguments | changes))

    async def prove(self, value: bytes | None = None, **changes: Any) -> tuple[int, Mapping[bytes, bytes]]:
        """Send a proof, by default the right one; the answer's status and header fields, names in lower case."""
        value = self.proof(**changes).value if value is None else value
        return await self.head([(TARGET_UUID, UUID.encode()), (AUTHORIZATION, value)])

    async def head(self, headers: Headers) -> tuple[int, Mapping[bytes, bytes]]:
        """C{HEAD /arvgate/proof} with just these fields and Host."""
        head, _ = await self.client.request(b"HEAD", PROOF_PATH, [(b"Host", b"runner"), *headers])
        return head.status, {name.lower(): text for name, text in head.headers}


class DoorWorld:
    """
    One runner's door, with an app on L{PORT}.

    @ivar now: Unix time at the runner.
    """

    def __init__(self) -> None:
        self.now = NOW
        self.serving = Serving()
        self.app = App()
        program = Program(ports={PORT: self._connected})
        plan = JobPlan(
            uuid=UUID,
            lock_count=3,
            command=["app"],
            environment={},
            cwd="/",
            workdir="/",
            stdout="",
            stderr="",
            log_limit=0,
        )
        self.job = FakeJob(reactor, plan, program)
        self.door = RunnerDoor(
            reactor,
            self.job,
            UUID,
            SECRET,
            "127.0.0.1",
            0,
            self.serving.wheel,
            lambda: self.now,
            secrets.randbelow,
            drain_timeout=0.2,
        )

    async def start(self) -> None:
        """Open the door."""
        await self.door.start()

    async def stop(self) -> None:
        """Close everything."""
        self.serving.stop()
        await self.door.stop()

    def _connected(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        stream = self.serving.add(stream_of(reactor, sock, "app"))
        self.app.streams.append(stream)
        stream.receiver = ServerConnection(stream, self.app.answer, self.serving.wheel)
        stream.start()

    def serve_tls_app(self, port: int, context: ssl.SSLContext) -> None:
        """Let the app speak TLS on another port."""

        def connected(sock: socket.socket) -> None:
            sock.setblocking(False)
            secured = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            stream = self.serving.add(TLSStream(reactor, secured, "app"))

            def shaken(problem: str | None) -> None:
                if problem is None:
                    stream.receiver = ServerConnection(stream, self.app.answer, self.serving.wheel)
                    stream.start()

            stream.handshake(shaken)

        self.job.program = Program(ports={**self.job.program.ports, port: connected})

    async def connect(
        self, protocols: Sequence[str] = ("arvgate/1", "http/1.1"), address: str = ""
    ) -> GatewayConnection:
        """A new connection to the door, whatever it says its address is."""
        context = client_context()
        if protocols:
            context.set_alpn_protocols(list(protocols))
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        host, _, port = (address or self.door.address).rpartition(":")
        stream = self.serving.add(await connect_tls(reactor, host, int(port), context, UUID, 5.0))
        certificate = certificate_sha256(stream.peer_certificate())
        return GatewayConnection(ClientConnection(stream), certificate, self.door.address)

    async def proven(self) -> ClientConnection:
        """A connection on which the proof was accepted."""
        gateway = await self.connect()
        status, _ = await gateway.prove()
        assert status == 200, status
        return gateway.client


def closed(client: ClientConnection) -> Deferred[None]:
    """Fires when the door has ended the connection."""
    ended: Deferred[None] = Deferred()
    if client.stream.closed:
        ended.callback(None)
        return ended
    lost = client.connection_lost

    def connection_lost(reason: str) -> None:
        lost(reason)
        ended.callback(None)

    client.connection_lost = connection_lost  # type: ignore[method-assign]
    client.stream.resume()
    return ended.addTimeout(5.0, reactor)
