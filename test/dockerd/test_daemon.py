"""
The tests' own dockerd: what it can be put through, and that nothing is left of it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import docker
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.threads import deferToThread
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from test.dockerd.daemon import DockerDaemon, shared_daemon
from test.dockerd.images import busybox_image
from test.requirements import require

ROOT = Path(__file__).resolve().parents[2]


class DaemonTests(TestCase):
    """L{DockerDaemon}."""

    timeout = 120

    async def test_shared(self) -> None:
        """All tests of a process share one daemon, on which containers run."""
        daemon = await deferToThread(shared_daemon)
        self.assertIs(daemon, await deferToThread(shared_daemon))
        image = await deferToThread(busybox_image, daemon)
        said = await deferToThread(daemon.run, image, ["echo", "hello"])
        self.assertEqual(b"hello\n", said)

    async def test_killed(self) -> None:
        """A killed daemon answers no more; started again it has what it had, and other daemons have their own."""
        daemon = await deferToThread(DockerDaemon, 1)
        self.addCleanup(deferToThread, daemon.stop)
        image = await deferToThread(busybox_image, daemon)
        await deferToThread(daemon.client.containers.create, image, ["true"], name="made-before")
        await deferToThread(daemon.kill)
        with self.assertRaises(OSError):
            await deferToThread(daemon.client.ping)
        await deferToThread(daemon.start)
        names = [container.name for container in await deferToThread(daemon.client.containers.list, all=True)]
        self.assertEqual(["made-before"], names)
        shared = await deferToThread(shared_daemon)
        self.assertNotEqual((shared.host, shared.gateway), (daemon.host, daemon.gateway))

    async def test_networks(self) -> None:
        """A daemon has addresses for as many user networks as were asked for."""
        daemon = await deferToThread(DockerDaemon, 2)
        self.addCleanup(deferToThread, daemon.stop)
        for name in ("one", "two"):
            await deferToThread(daemon.client.networks.create, name)
        with self.assertRaises(docker.errors.APIError):
            await deferToThread(daemon.client.networks.create, "three")


class NothingLeftTests(TestCase):
    """What a daemon leaves."""

    timeout = 120

    async def leaves_nothing(self, end: str) -> None:
        """What there was before the life of a daemon is what there is after it."""
        require("root", "dockerd", "ip", "unshare", "iptables-save")
        arguments = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        command = [sys.executable, "-m", "test.dockerd.cycle", end]
        place = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, place)
        environment = {**os.environ, "TMPDIR": place}
        output, errors, status = await getProcessOutputAndValue(
            "unshare", [*arguments, *command], env=environment, path=str(ROOT), reactor=reactor
        )
        self.assertEqual(0, status, errors)
        found = json.loads(output)
        # The mounts of others, of which it has copies, may go meanwhile; none of theirs can come.
        before, after = set(found["before"].pop("mounts")), set(found["after"].pop("mounts"))
        self.assertEqual(set(), after - before)
        self.assertEqual(found["before"], found["after"])
        self.assertEqual([], found["groups"])

    async def test_stopped(self) -> None:
        """Once it is stopped, links, firewall rules, mounts, processes and directories are as before."""
        await self.leaves_nothing("stop")

    async def test_orphaned(self) -> None:
        """The same if the tests are killed."""
        await self.leaves_nothing("orphan")
