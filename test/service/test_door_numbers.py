"""
Tests for L{arvgate.service.door_numbers}, with the parts of a real door.
"""

from __future__ import annotations

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor

from arvgate.net.connecting import connect_tcp
from arvgate.net.tally import Tally
from test.net.serving import Collector
from test.service.test_door import DoorCase


class DoorNumbersTests(DoorCase):
    """What a door tells."""

    timeout = 60

    async def test_numbers(self) -> None:
        """Connections that are open, handshakes that failed; and look-ups, of which none was answered from memory."""
        tally = Tally()
        door = self.door(tally=tally)
        await door.start()
        await self.connect()
        garbage = Collector(await connect_tcp(reactor, "127.0.0.1", self.port, 5.0))
        garbage.stream.write(b"this is no TLS\r\n\r\n")
        await garbage.until_over()
        await self.get(f"zzzzz-dz642-{'a' * 15}-80-http.zzzzz.localhost:8443".encode())
        taken, present = tally.take(), tally.present()
        self.assertEqual(1, taken[("handshakes",)])
        self.assertEqual((1, 0), (taken["cache", "listings", "miss"], taken.get(("cache", "listings", "hit"), 0)))
        self.assertEqual(1, taken["requests", "container", "4xx"])
        self.assertGreaterEqual(present[("connections",)], 1)
        self.assertEqual((0, 0, 0), (present[("tunnels",)], present[("grants",)], present["pool", "container"]))
