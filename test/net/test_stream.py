"""Tests of L{arvgate.net.stream} on real sockets."""

from __future__ import annotations

import socket

from twisted.trial.unittest import TestCase

from arvgate.net.stream import HIGH_WATER, Receiver, Stream
from test.net.serving import Collector, Serving, reactor


class Recorder(Receiver):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def write_paused(self) -> None:
        """Note it."""
        self.events.append("paused")

    def write_resumed(self) -> None:
        """Note it."""
        self.events.append("resumed")

    def connection_lost(self, reason: str) -> None:
        """Note it."""
        self.events.append("lost")


class StreamTests(TestCase):
    """Two ends of a socket pair."""

    timeout = 30

    def setUp(self) -> None:
        """Both ends."""
        self.serving = Serving()
        ends = socket.socketpair()
        for end in ends:
            end.setblocking(False)
        self.near, self.far = (self.serving.add(Stream(reactor, end)) for end in ends)

    def tearDown(self) -> None:
        """Close both."""
        self.serving.stop()

    async def test_water_marks(self) -> None:
        """A writer is asked to wait above the mark and to go on once below it; nothing is lost."""
        recorder = Recorder()
        self.near.receiver = recorder
        while self.near.buffered <= HIGH_WATER:
            self.near.write(bytes(100_000))
        self.assertEqual(["paused"], recorder.events)
        far = Collector(self.far)
        await far.until(lambda: "resumed" in recorder.events)
        self.assertEqual(["paused", "resumed"], recorder.events)

    async def test_half_close(self) -> None:
        """One direction ends after what was written; the other goes on."""
        near = Collector(self.near)

        class Answering(Collector):
            def eof_received(self) -> None:
                self.stream.write(b"bye")

        far = Answering(self.far)
        self.near.write(bytes(1_000_000))
        self.near.half_close()
        await near.until_has(b"bye")
        self.assertEqual(1_000_000, len(far.data))

    async def test_close_delivers(self) -> None:
        """What was written before close arrives."""
        self.near.write(bytes(2_000_000))
        self.near.close()
        far = Collector(self.far)
        await far.until_over()
        self.assertEqual(2_000_000, len(far.data))

    async def test_close_ignores_what_still_comes(self) -> None:
        """Bytes that come after close do not reset what is on its way to the peer."""
        self.far.write(bytes(100_000))
        self.near.write(b"answer")
        self.near.close()
        far = Collector(self.far)
        await far.until_over()
        self.assertEqual(b"answer", far.data)

    async def test_pause(self) -> None:
        """Nothing is received while paused, all of it after."""
        far = Collector(self.far)
        self.far.pause()
        self.near.write(b"x")
        other = Collector(self.near)
        self.far.write(b"turn")
        await other.until_has(b"turn")
        self.assertEqual(b"", far.data)
        self.far.resume()
        await far.until_has(b"x")

    def test_lost_once(self) -> None:
        """A receiver is told of the end once, and writing after it does nothing."""
        recorder = Recorder()
        self.near.receiver = recorder
        self.near.abort()
        self.near.abort()
        self.near.close()
        self.near.write(b"x")
        self.assertEqual(["lost"], recorder.events)

    async def test_peer_gone_while_writing(self) -> None:
        """Writing to a peer that is gone ends in one loss."""
        near = Collector(self.near)
        self.far.abort()
        self.near.write(bytes(1_000_000))
        self.near.write(bytes(1_000_000))
        await near.until(lambda: near.lost is not None)
