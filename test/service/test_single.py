"""
Tests for L{arvgate.service.single}.
"""

from __future__ import annotations

import os
from pathlib import Path

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
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
