"""A whole way from a browser to an app: the HTTPS door (without TLS), the gate, the hop, a runner, an app."""

from __future__ import annotations

import json
import secrets
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from twisted.internet.defer import Deferred

from arvgate.dial.direct import DirectDialer
from arvgate.directory.live import LiveGrants
from arvgate.edge.https.access_log import AccessLog
from arvgate.edge.https.counting import ExchangeCounts
from arvgate.edge.https.door import HttpsDoor
from arvgate.edge.https.options import CanLease, DoorOptions
from arvgate.edge.https.plain import PlainDoor
from arvgate.gate import Gate
from arvgate.interfaces import IDirectory
from arvgate.model.ids import Uuid
from arvgate.model.tokens import Authorization, Token
from arvgate.net.http_client import ClientConnection
from arvgate.net.http_exchange import Exchange
from arvgate.net.pool import Pool
from arvgate.net.tally import Tally
from arvgate.testing.changes import MemoryChangeFeed
from arvgate.testing.directory import MemoryDirectory
from arvgate.testing.issuer import MemoryIssuer
from arvgate.testing.tokens import MemoryTokens
from arvgate.testing.waiting import MemoryWaiting
from arvgate.wire.cookies import OUR_COOKIE, encode_token
from arvgate.wire.http1.head import Headers, ResponseHead
from arvgate.wire.vhost import HostNames
from test.net.serving import Collector, Serving, reactor
from test.runner.door_world import NOW, PORT, SECRET, UUID, App, DoorWorld

__all__ = ["API_HOST", "BROWSER", "DOOR", "HOST", "NAMES", "OTHER_UUID", "REQUEST_HOST", "REQUEST_UUID", "EdgeWorld"]

NAMES = HostNames(cluster_id="zzzzz", api="api.example", suffix=".c.example", api_port=8443, port=8443)
#: The id of the door's process, as its log has it.
DOOR = 7
REQUEST_UUID = "zzzzz-xvhdp-aaaaaaaaaaaaaaa"
OTHER_UUID = "zzzzz-dz642-ooooooooooooooo"
API_HOST = "api.example:8443"
HOST = f"{UUID}-{PORT}-http.c.example:8443"
REQUEST_HOST = f"{REQUEST_UUID}-{PORT}-http.c.example:8443"
#: What a browser sends with a link that somebody follows.
BROWSER: Headers = [
    (b"Sec-Fetch-Site", b"none"),
    (b"Sec-Fetch-Mode", b"navigate"),
    (b"Sec-Fetch-Dest", b"document"),
    (b"Accept", b"text/html"),
]

ALICE = Uuid("zzzzz-tpzed-alicealicealice")
BOB = Uuid("zzzzz-tpzed-bobbobbobbobbob")


class Way:
    """A way to an upstream on a port."""

    def __init__(self, serving: Serving, port: int) -> None:
        self.port = port
        self._pool: Pool[int] = Pool(serving.wheel, serving.client)

    async def lease(self, fresh: bool = False) -> ClientConnection:
        """See L{CanLease}."""
        return await self._pool.lease(self.port, fresh)


class EdgeWorld:
    """
    Alice's container, which Bob cannot read, with an app on L{PORT}; and a record API.

    @ivar alice: her token; C{bob} his.
    @ivar tally: what the door counts.
    @ivar access: the access log's lines.
    @ivar app: the app in the container; C{api} the record API, as the same kind of thing.
    """

    def __init__(self) -> None:
        self.runner = DoorWorld()
        self.app = self.runner.app
        self.serving = self.runner.serving
        self.feed = MemoryChangeFeed()
        self.tokens = MemoryTokens(self.feed)
        self.directory = MemoryDirectory(self.feed)
        self.waiting = MemoryWaiting(self.directory, self.now)
        self.issuer = MemoryIssuer(self.tokens, self.now)
        self.dialer = DirectDialer(reactor, self.serving.wheel, lambda: NOW, secrets.randbelow, timeout=2.0)
        gate: Gate[CanLease] = Gate(self.tokens, self.directory, self.dialer.route, self.now)
        self.live = LiveGrants(gate.decide, self.feed, self.serving.wheel, reactor, self.now)
        self.api = App()
        self.api.body = b'{"api": true}'
        self.way = Way(self.serving, self.serving.serve(self.api.answer))
        self.alice = self.add_token(ALICE, "a")
        self.bob = self.add_token(BOB, "b")
        self.gate = gate
        self.port = 0
        self.tally = Tally()
        self.access: list[dict[str, Any]] = []
        self._expected: list[tuple[int, Deferred[None]]] = []
        self.plain_port = 0

    def now(self) -> datetime:
        """The time of the gateway."""
        return datetime.fromtimestamp(NOW, UTC)

    async def start(self, options: DoorOptions | None = None) -> None:
        """Open both doors."""
        await self.runner.start()
        self.directory.put_container(UUID, gateway_address=self.runner.door.address, lock_count=3, auth_secret=SECRET)
        self.directory.put_request(REQUEST_UUID, UUID, writers={ALICE})
        self.live.start()
        await self.serve(self.directory, options)

    async def serve(
        self, directory: IDirectory, options: DoorOptions | None = None, context: ssl.SSLContext | None = None
    ) -> None:
        """
        Open an HTTPS door that notes who entered in C{directory}; C{port} is the newest one's, C{plain_port} that of
        what comes without TLS.

        @param context: with which what comes over HTTPS has TLS indeed.
        """
        door = HttpsDoor(
            options or DoorOptions(NAMES),
            self.gate,
            self.issuer,
            directory,
            self.live.watch,
            self.way,
            secrets.randbelow,
            self.waiting,
        )
        options = options or DoorOptions(NAMES)
        log = AccessLog(self._write_line, DOOR, options.trusted_proxies)
        counts = ExchangeCounts(self.tally)

        def over(exchange: Exchange) -> None:
            counts.over(exchange)
            log.over(exchange)

        self.port = self.serving.serve(door.respond, context, over=over)
        self.plain_port = self.serving.serve(PlainDoor(options, door.respond, secrets.randbelow).respond, over=over)

    async def stop(self) -> None:
        """Close everything."""
        self.live.stop()
        self.dialer.close()
        await self.runner.stop()

    def add_token(self, user: Uuid, letter: str, scopes: Sequence[str] = ("all",)) -> Token:
        """A token of that user."""
        authorization = Authorization(
            uuid=Uuid(f"zzzzz-gj3su-{letter * 15}"),
            user_uuid=user,
            is_admin=False,
            is_active=True,
            scopes=scopes,
            expires_at=self.now() + timedelta(hours=1),
        )
        return self.tokens.add(letter * 50, authorization)

    async def exchanges(self, count: int) -> list[dict[str, Any]]:
        """The lines of the access log, once there are C{count}."""
        enough: Deferred[None] = Deferred()
        self._expected.append((count, enough))
        self._look()
        await enough.addTimeout(10.0, reactor)
        return self.access

    def _write_line(self, line: bytes) -> None:
        self.access.append(json.loads(line))
        self._look()

    def _look(self) -> None:
        for count, enough in self._expected:
            if len(self.access) >= count and not enough.called:
                enough.callback(None)

    async def client(self) -> ClientConnection:
        """A connection to the HTTPS door."""
        return await self.serving.client(self.port)

    async def raw(self) -> Collector:
        """A client that sends what it likes."""
        return await self.serving.connect(self.port)

    async def ask(
        self, host: str, target: str = "/", headers: Headers | None = None, method: str = "GET", body: bytes = b""
    ) -> tuple[ResponseHead, bytes]:
        """One request on a connection of its own."""
        client = await self.client()
        return await client.request(
            method.encode(), target.encode("latin-1"), [(b"Host", host.encode()), *(headers or [])], body
        )

    def cookie(self, token: Token, name: str = OUR_COOKIE) -> tuple[bytes, bytes]:
        """A token as a cookie."""
        return b"Cookie", f"{name}={encode_token(token.v2)}".encode()
