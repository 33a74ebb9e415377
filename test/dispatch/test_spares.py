"""Tests of L{arvgate.dispatch.spares}, with real processes."""

from __future__ import annotations

import subprocess

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.spares import Spares
from arvgate.errors import EngineFailed


class SparesTests(SynchronousTestCase):
    """Runners that wait."""

    def setUp(self) -> None:
        """Nothing started yet."""
        self.clock = Clock()
        self.started: list[subprocess.Popen[bytes]] = []
        self.fails = False

    def start(self) -> subprocess.Popen[bytes]:
        """Start what waits for its stdin to be closed."""
        if self.fails:
            raise EngineFailed
        process = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.started.append(process)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def spares(self, count: int) -> Spares:
        """Some that wait."""
        spares = Spares(self.clock, self.start, count)
        self.addCleanup(spares.close)
        spares.fill_soon()
        self.clock.advance(10)
        return spares

    def test_take(self) -> None:
        """One that was taken is replaced after a while, not at once."""
        spares = self.spares(1)
        taken = spares.take()
        self.assertIs(self.started[0], taken)
        self.assertEqual((1, None), (len(self.started), spares.take()))
        self.clock.advance(10)
        self.assertEqual(2, len(self.started))
        self.assertIs(self.started[1], spares.take())

    def test_died(self) -> None:
        """One that has ended is not handed out."""
        spares = self.spares(2)
        self.started[0].kill()
        self.started[0].wait()
        self.assertIs(self.started[1], spares.take())

    def test_close(self) -> None:
        """Those that wait end, and none is started any more."""
        spares = self.spares(2)
        spares.take()
        spares.close()
        self.assertEqual([None, 0], [process.poll() for process in self.started])
        self.clock.advance(10)
        self.assertEqual(2, len(self.started))

    def test_none_wanted(self) -> None:
        """Where none is wanted none is started."""
        self.assertIsNone(self.spares(0).take())
        self.assertEqual(([], []), (self.started, self.clock.getDelayedCalls()))

    def test_failure(self) -> None:
        """What cannot be started is tried again the next time one is wanted."""
        self.fails = True
        spares = self.spares(1)
        self.fails = False
        self.assertIsNone(spares.take())
        self.clock.advance(10)
        self.assertIsNotNone(spares.take())
