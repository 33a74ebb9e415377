"""Tests for L{arvgate.service.visitors}."""

from __future__ import annotations

import resource
import socket

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config.model import LimitsConfig
from arvgate.net.http_exchange import Exchange
from arvgate.net.stream import Stream
from arvgate.net.tally import Tally
from arvgate.net.wheel import Wheel
from arvgate.policy.admission import room_for_clients
from arvgate.service.settings import door_settings
from arvgate.service.visitors import Visitors, open_files
from test.net.logged import logged_by
from test.service.test_settings import CONFIG


async def unanswered(exchange: Exchange) -> None:
    """Let it wait."""
    await Deferred()


class AdmitTests(SynchronousTestCase):
    """Who is let in; 10.0.0.0/8 are trusted proxies."""

    def setUp(self) -> None:
        """As many files as one likes."""
        self.files = 65536

    def visitors(self, **limits: int) -> Visitors:
        """A door's visitors within limits."""
        clock = Clock()
        settings = attrs.evolve(door_settings(CONFIG), limits=LimitsConfig(**limits))
        return Visitors(settings, Wheel(clock), clock, lambda: self.files, [], Tally())

    def test_connections(self) -> None:
        """One connection more than allowed is turned away, and there is room again when one has ended."""
        visitors = self.visitors(connections=3)
        places = [visitors.admit(peer) for peer in ("192.0.2.1", "192.0.2.2", "10.0.0.1")]
        self.assertNotIn(None, places)
        for peer in ("192.0.2.3", "10.0.0.1"):
            self.assertIsNone(visitors.admit(peer))
        places[0].left()
        self.assertIsNotNone(visitors.admit("192.0.2.3"))

    def test_address(self) -> None:
        """One address has no more than its share, while others come in; trusted proxies have no share."""
        visitors = self.visitors(connections=100, connections_per_address=2)
        places = [visitors.admit(peer) for peer in ("2001:db8::1", "2001:db8::2")]
        self.assertIsNone(visitors.admit("2001:db8::3"))
        self.assertIsNotNone(visitors.admit("2001:db8:0:1::1"))
        self.assertTrue(all(visitors.admit("10.0.0.1") for _ in range(50)))
        places[1].left()
        self.assertIsNotNone(visitors.admit("2001:db8::3"))

    def test_descriptors(self) -> None:
        """As many as the process may open files for at the moment, of which one address gets half."""
        visitors = self.visitors()
        self.files = 256
        room = room_for_clients(256)
        admitted = [visitors.admit(f"192.0.2.{number % 2}") for number in range(256)]
        self.assertEqual(room, sum(place is not None for place in admitted))
        self.assertIsNone(visitors.admit("192.0.2.3"))
        self.files = 1024
        self.assertIsNotNone(visitors.admit("192.0.2.3"))

    def test_makes_way(self) -> None:
        """Where all is taken, what waits of the client with most makes way for one who has fewer, the oldest first."""
        visitors = self.visitors(connections=6)
        greedy = [self.connected(visitors, "192.0.2.1") for _ in range(3)]
        modest = [self.connected(visitors, "192.0.2.2") for _ in range(3)]
        self.assertIsNone(visitors.admit("192.0.2.1"))
        greedy[0].buffered = 1
        self.assertIsNotNone(visitors.admit("192.0.2.3"))
        self.assertEqual([False, True, False], [stream.closed for stream in greedy])
        self.assertIsNotNone(visitors.admit("192.0.2.3"))
        self.assertEqual([True, False, False], [stream.closed for stream in modest])
        self.assertIsNone(visitors.admit("192.0.2.3"), "nobody has two more than it has itself")

    def test_busy_do_not_make_way(self) -> None:
        """Who is being answered is left alone, and so are trusted proxies."""
        visitors = self.visitors(connections=4, connections_per_address=0)
        busy = [self.connected(visitors, "192.0.2.1") for _ in range(2)]
        proxied = [self.connected(visitors, "10.0.0.1") for _ in range(2)]
        for stream in busy:
            stream.receiver.data_received(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        self.assertIsNone(visitors.admit("192.0.2.3"))
        self.assertEqual({False}, {stream.closed for stream in (*busy, *proxied)})

    def test_busy_of_who_has_most(self) -> None:
        """Where all of who has most are being answered, what waits of the next makes way."""
        visitors = self.visitors(connections=9, connections_per_address=0)
        for _ in range(5):
            self.connected(visitors, "192.0.2.1").receiver.data_received(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        waiting = [self.connected(visitors, "192.0.2.2") for _ in range(4)]
        self.assertIsNotNone(visitors.admit("192.0.2.3"))
        self.assertEqual([True, False, False, False], [stream.closed for stream in waiting])

    def connected(self, visitors: Visitors, peer: str) -> Stream:
        """A connection that was let in and waits."""
        place = visitors.admit(peer)
        assert place is not None
        ours, theirs = socket.socketpair()
        self.addCleanup(theirs.close)
        stream = place.take(Stream(MemoryReactorClock(), ours, peer))
        self.addCleanup(stream.abort)
        stream.receiver = visitors.accepting(unanswered)(stream)
        return stream

    def test_logged(self) -> None:
        """Few descriptors are told when the door starts; thousands that are turned away are one line."""
        events = logged_by(self)
        self.files = 256
        visitors = self.visitors()
        self.assertEqual(1, len(events))
        for _ in range(5000):
            visitors.admit("192.0.2.1")
        self.assertEqual(2, len(events))


class OpenFilesTests(SynchronousTestCase):
    """L{open_files}."""

    def test_present(self) -> None:
        """It is what counts at the moment."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.assertEqual(soft, open_files())
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
        self.assertEqual(soft - 1, open_files())
