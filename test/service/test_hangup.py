"""
Tests for L{arvgate.service.hangup}.
"""

from __future__ import annotations

import os
import signal

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.service.hangup import Hangup, read_again
from arvgate.service.opening import read_pairs
from test.service.clusters import make_cluster


class HangupTests(TestCase):
    """The signal."""

    timeout = 60

    async def test_called(self) -> None:
        """It is answered in the reactor's thread, each time, until it is left as it was before."""
        before = signal.getsignal(signal.SIGHUP)
        hung_up: list[Deferred[None]] = [Deferred(), Deferred()]
        calls = iter(hung_up)
        hangup = Hangup(reactor, lambda: next(calls).callback(None))
        hangup.stop()
        hangup.start()
        for one in hung_up:
            os.kill(os.getpid(), signal.SIGHUP)
            await one.addTimeout(10.0, reactor)
        hangup.stop()
        self.assertEqual(before, signal.getsignal(signal.SIGHUP))


class ReadAgainTests(SynchronousTestCase):
    """The certificates as they are now."""

    def test_good_and_bad(self) -> None:
        """Good ones are read; as soon as one is missing or does not fit its key there are none."""
        cluster = make_cluster(self.mktemp(), 1)
        pairs = read_again(cluster.config)
        self.assertEqual(read_pairs(cluster.config), pairs)
        key = cluster.directory / "server.key"
        for spoil in (lambda: key.write_bytes((cluster.directory / "ca.key").read_bytes()), key.unlink):
            spoil()
            self.assertEqual([], list(read_again(cluster.config)))
