"""
Tests for L{arvgate.service.single}.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from arvgate.errors import ConfigInvalid
from arvgate.service.opening import open_all
from arvgate.service.single import Single
from test.service.clusters import make_cluster


def children() -> set[str]:
    """The process ids of this process's children."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


class SingleTests(TestCase):
    """Everything in one process."""

    def setUp(self) -> None:
        """A cluster."""
        self.cluster = make_cluster(self.mktemp(), 0)
        self.single = Single(self.cluster.config, reactor, os.environ)

    async def test_no_process(self) -> None:
        """It serves without any other process."""
        before = children()
        self.single.open()
        await self.single.start()
        try:
            self.assertTrue(await self.cluster.answers(self.single.ports[0]))
            self.assertEqual(set(), children() - before)
        finally:
            await self.single.stop()

    async def test_certificates(self) -> None:
        """A hangup signal makes it show the certificate that is in the files now; a bad one changes nothing."""
        await self.single.start()
        self.addCleanup(self.single.stop)
        (port,) = self.single.ports
        before = await self.cluster.certificate(port)
        other = make_cluster(self.mktemp(), 0)
        for name in ("server.pem", "ca.pem"):
            (self.cluster.directory / name).write_bytes((other.directory / name).read_bytes())
        self.single.reload_certificates()
        self.assertFalse(await self.cluster.answers(port))
        (self.cluster.directory / "server.key").write_bytes((other.directory / "server.key").read_bytes())
        os.kill(os.getpid(), signal.SIGHUP)
        deadline = reactor.seconds() + 30.0
        while not await self.cluster.answers(port):
            self.assertLess(reactor.seconds(), deadline, "the certificate is not the new one")
            await deferLater(reactor, 0.02)
        self.assertNotEqual(before, await self.cluster.certificate(port))

    def test_composition_fails(self) -> None:
        """If control cannot be made nothing stays open."""
        (self.cluster.directory / "ca.pem").unlink()
        before = len(os.listdir("/proc/self/fd"))
        self.assertRaises(ConfigInvalid, self.single.open)
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))
        open_all(self.cluster.config, None, doors_apart=False).close()

    async def test_never_opened(self) -> None:
        """What was never opened can be stopped."""
        await self.single.stop()
        self.assertEqual([], list(self.single.ports))
