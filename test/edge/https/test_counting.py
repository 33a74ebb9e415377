"""
Tests for L{arvgate.edge.https.counting}: what is counted of exchanges that were really made.
"""

from __future__ import annotations

from test.edge.https.case import ContainerCase
from test.edge.https.world import API_HOST, HOST
from test.runner.door_world import PORT


class CountingTests(ContainerCase):
    """Exchanges."""

    async def test_counted(self) -> None:
        """Requests by kind and class, bytes, upstream connections, durations, and errors by their codes."""
        cookie = self.world.cookie(self.alice)
        for _ in range(2):
            await self.world.ask(HOST, "/", [cookie], "POST", b"123")
        await self.world.ask(HOST.replace(f"-{PORT}-", "-81-"), "/", [cookie])
        await self.world.ask(HOST)
        await self.world.ask(API_HOST, "/arvados/v1/config")
        await self.world.ask("evil.example")
        await self.world.exchanges(6)
        taken = self.world.tally.take()
        expected = {
            ("requests", "container", "2xx"): 2,
            ("requests", "container", "5xx"): 1,
            ("requests", "container", "4xx"): 1,
            ("requests", "api", "2xx"): 1,
            ("requests", "none", "4xx"): 1,
            ("bytes", "container", "in"): 6,
            ("errors", "container", "not-listening"): 1,
            ("errors", "container", "not-authenticated"): 1,
            ("upstreams", "container", "new"): 1,
            ("upstreams", "container", "reused"): 2,
            ("upstreams", "api", "new"): 1,
        }
        self.assertEqual(expected, {key: taken.get(key) for key in expected})
        self.assertEqual(3, self.number(taken, "gate"))
        self.assertEqual(4, self.number(taken, "duration", "container"))
        self.assertEqual(1, self.number(taken, "connect", "container"))

    def number(self, taken: dict[tuple[str, ...], float], *key: str) -> float:
        """How many durations were counted."""
        return sum(count for one, count in taken.items() if one[:-1] == key and one[-1] != "sum")
