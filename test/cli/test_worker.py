"""
Tests for L{arvgate.cli.worker}, as real processes.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from arvgate.service.opening import open_all, read_pairs
from arvgate.service.pipes import LOCK, SOCKETS, json_line
from arvgate.service.settings import ControlOrders, DoorOrders, door_settings, orders_json
from arvgate.service.surroundings import child_environment
from test.service.clusters import make_cluster

PATIENCE = 30.0


class Worker(ProcessProtocol):
    """
    One process, and what it says.

    @ivar reported: fires with its first report.
    @ivar ended: fires with its exit status.
    """

    def __init__(self) -> None:
        self.log = b""
        self.reported: Deferred[Mapping[str, Any]] = Deferred()
        self.ended: Deferred[int | None] = Deferred()

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """It says something."""
        if childFD == 3:
            self.reported.callback(json.loads(data))
        else:
            self.log += data

    def processEnded(self, reason: Failure) -> None:
        """It has ended."""
        self.ended.callback(reason.value.exitCode)


class WorkerTests(TestCase):
    """A process that is told everything."""

    timeout = 120

    def setUp(self) -> None:
        """A cluster whose sockets are open."""
        self.cluster = make_cluster(self.mktemp(), 1)
        self.config = self.cluster.config
        self.opened = open_all(self.config, None, doors_apart=True)
        self.addCleanup(self.opened.close)

    def spawn(self, role: str, orders: Mapping[str, Any], files: Sequence[int]) -> Worker:
        """Start one as twistd's process does."""
        worker = Worker()
        arguments = [sys.executable, "-m", "arvgate.cli.worker", role]
        descriptors = {0: "w", 1: "r", 2: "r", 3: "r", LOCK: self.opened.lock, **dict(enumerate(files, SOCKETS))}
        reactor.spawnProcess(worker, sys.executable, arguments, env=child_environment(os.environ), childFDs=descriptors)
        worker.transport.writeToChild(0, json_line(orders))
        return worker

    def control(self) -> Worker:
        """Start control."""
        files = [self.opened.api.fileno(), self.opened.directory.fileno()]
        return self.spawn("control", orders_json(ControlOrders(self.cluster.text)), files)

    def door(self) -> Worker:
        """Start a door."""
        files = [sock.fileno() for sock in self.opened.https]
        orders = DoorOrders(
            settings=door_settings(self.config),
            pairs=read_pairs(self.config),
            run_directory=str(self.cluster.directory / "state" / "run"),
            account=None,
            https=len(files),
        )
        return self.spawn("door", orders_json(orders), files)

    async def test_life(self) -> None:
        """Both say when they work; then the gateway answers; when twistd's process is gone, both end by themselves."""
        control, door = self.control(), self.door()
        for worker in (control, door):
            self.assertEqual({"ready": True}, await worker.reported.addTimeout(PATIENCE, reactor))
        (sock,) = self.opened.https
        status, _ = await self.cluster.get(sock.getsockname()[1])
        self.assertEqual(200, status)
        for worker in (door, control):
            worker.transport.closeChildFD(0)
            self.assertEqual(0, await worker.ended.addTimeout(PATIENCE, reactor), worker.log)
            self.assertIn(b"twistd's process is gone", worker.log)
            self.assertNotIn(b"Traceback", worker.log)

    async def test_lock(self) -> None:
        """The lock of the state directory is free when what twistd's process left behind has ended."""
        control = self.control()
        await control.reported.addTimeout(PATIENCE, reactor)
        path = self.cluster.directory / "state" / "run" / "gateway.lock"
        os.dup2(os.open(os.devnull, os.O_RDONLY), self.opened.lock)
        with path.open("a") as file:
            self.assertRaises(BlockingIOError, fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            control.transport.signalProcess("KILL")
            await control.ended.addTimeout(PATIENCE, reactor)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    async def test_sigterm_and_sigint(self) -> None:
        """SIGTERM ends it in an orderly way; SIGINT, which a terminal sends to all, is twistd's business."""
        control = self.control()
        await control.reported.addTimeout(PATIENCE, reactor)
        control.transport.signalProcess("INT")
        control.transport.signalProcess("TERM")
        await control.ended.addTimeout(PATIENCE, reactor)
        self.assertIn(b"Received SIGTERM", control.log)
        self.assertNotIn(b"SIGINT", control.log)
        self.assertNotIn(b"Traceback", control.log)

    async def test_cannot_start(self) -> None:
        """What it needs and has not is reported in a sentence."""
        (self.cluster.directory / "data-key.json").write_text("{}")
        control = self.control()
        report = await control.reported.addTimeout(PATIENCE, reactor)
        self.assertIn("data key", report["failed"])
        self.assertEqual(1, await control.ended.addTimeout(PATIENCE, reactor))
        self.assertNotIn(b"Traceback", control.log)

    def test_started_by_hand(self) -> None:
        """Somebody who starts it is told in a line that it is not for that."""
        for arguments in ([], ["runner"], ["door", "more"], ["door"]):
            found = subprocess.run(
                [sys.executable, "-m", "arvgate.cli.worker", *arguments],
                env=child_environment(os.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                text=True,
            )
            self.assertEqual(1, found.returncode)
            self.assertEqual(1, len(found.stderr.splitlines()), found.stderr)
