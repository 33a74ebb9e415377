"""What the tests of L{arvgate.net.http_server} share."""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from arvgate.net.http_exchange import Exchange
from arvgate.net.http_server import ServerLimits
from test.net.serving import Collector, Serving

__all__ = ["GET", "ServerCase", "hello"]

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


async def hello(exchange: Exchange) -> None:
    """Answer every request."""
    exchange.respond(200, (), b"hello")


class ServerCase(TestCase):
    """Servers on real sockets."""

    timeout = 30

    def setUp(self) -> None:
        """No servers yet."""
        self.serving = Serving()

    def tearDown(self) -> None:
        """Close everything."""
        self.serving.stop()

    async def client(self, respond=hello, limits: ServerLimits | None = None) -> Collector:
        """A client of a server."""
        return await self.serving.connect(self.serving.serve(respond, limits=limits))
