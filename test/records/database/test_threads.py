"""
Tests for L{arvgate.records.database.threads}.
"""

from __future__ import annotations

import threading

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.records.database.threads import InlineCalls, StoreThreads


class StoreThreadsTests(TestCase):
    """L{StoreThreads}."""

    def setUp(self) -> None:
        """Started."""
        self.threads = StoreThreads(reactor, readers=2)
        self.threads.start()
        self.addCleanup(self.threads.stop)

    async def test_one_writer(self) -> None:
        """Writes run one after the other, in the order in which they were asked for, off the reactor's thread."""
        order: list[tuple[int, int]] = []

        def write(number: int) -> None:
            order.append((number, threading.get_ident()))

        await gatherResults([Deferred.fromCoroutine(self.threads.write(lambda n=n: write(n))) for n in range(50)])
        self.assertEqual(list(range(50)), [number for number, _ in order])
        self.assertEqual(1, len({thread for _, thread in order}))
        self.assertNotIn(threading.get_ident(), {thread for _, thread in order})

    async def test_reads_beside_a_write(self) -> None:
        """A read gets its answer while a write is still going on."""
        over = threading.Event()
        self.addCleanup(over.set)
        write = Deferred.fromCoroutine(self.threads.write(lambda: over.wait(30)))
        self.assertEqual(7, await self.threads.read(lambda: 7))
        self.assertFalse(write.called)
        over.set()
        self.assertTrue(await write)

    async def test_failure(self) -> None:
        """What a call raises arrives at who asked."""
        for call in (self.threads.read, self.threads.write):
            await self.assertFailure(Deferred.fromCoroutine(call(lambda: {}["missing"])), KeyError)


class InlineCallsTests(SynchronousTestCase):
    """L{InlineCalls}."""

    def test_at_once(self) -> None:
        """Everything is answered at once, in the caller's thread."""
        calls = InlineCalls()
        calls.start()
        for call in (calls.read, calls.write):
            self.assertEqual(threading.get_ident(), self.successResultOf(call(threading.get_ident)))
        calls.stop()
