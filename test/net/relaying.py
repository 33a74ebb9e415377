"""A client, a gateway that relays and an app, on real sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.errors import PeerFault
from arvgate.net.http_exchange import Exchange
from arvgate.net.http_relay import Outcome, Withheld, relay
from arvgate.net.pool import Pool
from arvgate.net.stream import Receiver, Stream
from test.net.serving import Collector, Serving, reactor

__all__ = ["GET", "RelayCase", "turns"]

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"


class RelayCase(TestCase):
    """A request through a gateway that relays everything to one app."""

    timeout = 60

    def setUp(self) -> None:
        """No servers yet."""
        self.serving = Serving()
        self.outcomes: list[Outcome] = []
        self.faults: list[PeerFault] = []
        self.withheld: list[Withheld] = []

    def tearDown(self) -> None:
        """Close everything."""
        self.serving.stop()

    async def through(self, app: Callable[[Exchange], Any]) -> Collector:
        """A raw client of a gateway in front of an HTTP app."""
        return await self.before(self.serving.serve(app))

    async def before(self, port: int) -> Collector:
        """A raw client of a gateway in front of whatever listens on C{port}."""
        self.pool: Pool[int] = Pool(self.serving.wheel, self.serving.client)

        async def gateway(exchange: Exchange) -> None:
            upstream = await self.pool.lease(port)
            head = exchange.head
            try:
                self.outcomes.append(
                    await relay(
                        exchange,
                        upstream,
                        head.method,
                        head.target,
                        head.headers,
                        lambda h: h.headers,
                        _not_ours,
                        lambda h: h.get(b"x-withhold") is not None,
                    )
                )
            except Withheld as answer:
                self.withheld.append(answer)
                exchange.respond(502, [], b"our own answer")
            except PeerFault as fault:
                self.faults.append(fault)
                exchange.respond(502)

        return await self.serving.connect(self.serving.serve(gateway))

    async def raw(self, script: Callable[[Collector], None]) -> Collector:
        """A raw client of a gateway in front of an app that is given each connection as it is."""

        def accepted(stream: Stream) -> Receiver:
            self.serving.add(stream)
            collector = Collector(stream)
            reactor.callLater(0, script, collector)
            return collector

        return await self.before(self.serving.listen(accepted))


def _not_ours(name: bytes) -> bool:
    return name != b"x-ours"


async def turns(count: int) -> None:
    """Let the reactor turn so many times."""
    for _ in range(count):
        turn: Deferred[None] = Deferred()
        reactor.callLater(0, turn.callback, None)
        await turn
