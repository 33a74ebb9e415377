"""Calls to a daemon: L{arvgate.runner.docker.daemon}."""

from __future__ import annotations

import os
import threading
from typing import Any

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import CancelledError, Deferred

from arvgate.errors import EngineBusy, EngineFailed
from arvgate.runner.docker.daemon import Daemon, DaemonGone, DaemonRefused
from test.runner.docker.case import DockerCase


class DaemonTests(DockerCase):
    """L{Daemon}."""

    async def test_answers(self) -> None:
        """What is called in a thread answers, or raises what it raises."""
        self.assertTrue(await self.daemon.run(lambda client: client.ping()))
        with self.assertRaises(ZeroDivisionError):
            await self.daemon.run(lambda client: 1 // 0)

    async def test_refused(self) -> None:
        """An error of the daemon has its status and words, which only the operator sees."""
        error = await self.assertFailure(
            Deferred.fromCoroutine(self.daemon.run(lambda client: client.inspect_container("nobody"))), DaemonRefused
        )
        self.assertEqual(404, error.status)
        self.assertIn("nobody", error.message)
        self.assertNotIn("nobody", error.sentence)
        self.assertIsInstance(error, EngineFailed)

    async def test_away(self) -> None:
        """A daemon that is not there is asked again the next time."""
        path = f"{self.place.root}/socket"
        daemon = Daemon(reactor, f"unix://{path}")
        self.addCleanup(daemon.close)
        for _ in range(2):
            error = await self.assertFailure(
                Deferred.fromCoroutine(daemon.run(lambda client: client.ping())), DaemonGone
            )
            self.assertIsInstance(error, EngineBusy)
        os.symlink(self.dockerd.host.removeprefix("unix://"), path)
        self.assertTrue(await daemon.run(lambda client: client.ping()))

    async def test_cancelled(self) -> None:
        """Who no longer waits does not hear of it; who settles waits until it has ended."""
        began, go = threading.Event(), threading.Event()
        ended: list[Any] = []

        def work(client: Any) -> None:
            began.set()
            go.wait(20)
            ended.append(client.ping())

        running = Deferred.fromCoroutine(self.daemon.run(work))
        running.cancel()
        await self.assertFailure(running, CancelledError)
        settling = Deferred.fromCoroutine(self.daemon.settle())
        self.assertFalse(settling.called)
        go.set()
        await settling
        self.assertEqual([True], ended)
        await self.daemon.settle()

    async def test_few_connections(self) -> None:
        """However many addresses were asked for, few connections stay open."""

        def sockets() -> int:
            names = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
            return sum(os.readlink(name).startswith("socket:") for name in names if os.path.islink(name))

        await self.daemon.run(lambda client: client.ping())
        before = sockets()
        for name in ("containers", "images", "networks", "volumes", "info", "version"):
            await self.daemon.run(lambda client: getattr(client, name)())  # noqa: B023
        self.assertLessEqual(sockets(), before + 1)
        self.daemon.close()
        self.assertLess(sockets(), before + 1)
