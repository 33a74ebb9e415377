"""
kill -9 in the middle of answers under load.

Nobody sees another's bytes, takes a cut answer for a whole one, or waits for ever.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable

import attrs
from twisted.internet.defer import gatherResults

from test.acceptance.app import keyed_pattern
from test.acceptance.case import ClusterCase
from test.acceptance.cluster import Entrance
from test.acceptance.processes import end
from test.acceptance.waiting import in_thread, until

#: Clients at the same time: as many as the reactor has threads for, and some left.
CLIENTS = 7
SIZE = 20_000_000
#: Seconds in which something must come.
PATIENCE = 10.0


@attrs.define
class Visitor:
    """
    Asks for its own bytes again and again until it gets something else.

    @ivar whole: answers that were whole and right.
    @ivar wrong: what must not be.
    @ivar end: how it was told that there is no more.
    """

    key: int
    whole: int = 0
    wrong: str = ""
    end: str = ""

    def visit(self, ask: Callable[[str], http.client.HTTPResponse]) -> None:
        """Blocking; bounded by the time-out of each answer."""
        pattern, turn = keyed_pattern(self.key), self.key
        expected = (pattern * (SIZE // len(pattern) + 1))[:SIZE]
        while not self.wrong and not self.end:
            turn += 1
            path = f"/keyed?key={self.key}&n={SIZE}" + "&chunked" * (turn % 2)
            try:
                response = ask(path)
                body = response.read()
            except TimeoutError:
                self.wrong = "nothing came any more"
            except http.client.IncompleteRead as cut:
                self.end = "cut"
                body = b"" if isinstance(cut.partial, list) else cut.partial
                if not expected.startswith(body):
                    self.wrong = "other bytes in a cut answer"
            except (OSError, http.client.HTTPException) as error:
                self.end = type(error).__name__
            else:
                self._judge(response.status, body, expected)

    def _judge(self, status: int, body: bytes, expected: bytes) -> None:
        if status != 200:
            self.end = str(status)
        elif body == expected:
            self.whole += 1
        else:
            self.wrong = f"{len(body)} bytes as a whole answer, other bytes: {not expected.startswith(body)}"


class CutAnswerTests(ClusterCase):
    """What clients see when those die who answer them."""

    async def crowd_sees(self, kill: Callable[[Entrance], object]) -> None:
        """Let C{kill} strike while all clients get answers."""
        entrance = await self.cluster.run_app()
        visitors = [Visitor(key) for key in range(CLIENTS)]
        connections: list[http.client.HTTPSConnection] = []
        lock = threading.Lock()

        def ask(path: str) -> http.client.HTTPResponse:
            connection, response = self.cluster.client.open(
                entrance.name, "GET", path, headers=entrance.headers, within=PATIENCE
            )
            with lock:
                connections.append(connection)
            return response

        self.addCleanup(lambda: [connection.close() for connection in connections])
        visits = gatherResults([in_thread(visitor.visit, ask) for visitor in visitors])
        await until(lambda: all(one.whole or one.wrong or one.end for one in visitors), 60.0, "all were answered")
        self.assertEqual([""] * CLIENTS, [one.end for one in visitors])
        await in_thread(kill, entrance)
        await visits
        self.assertEqual([""] * CLIENTS, [one.wrong for one in visitors])
        self.assertIn("cut", [one.end for one in visitors])

    async def test_app(self) -> None:
        """The app is killed."""
        await self.crowd_sees(lambda entrance: [end(pid) for pid in self.cluster.jobs(entrance.uuid)])

    async def test_runner(self) -> None:
        """The runner is killed."""
        await self.crowd_sees(lambda entrance: end(self.cluster.runner(entrance.uuid)))
