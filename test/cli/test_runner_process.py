"""Tests for L{arvgate.cli.runner}: real runners before a real HTTPS API."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.ssl import PrivateCertificate
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from twisted.web.server import Site

from arvgate.config.certificates import new_ca, new_server_certificate
from arvgate.service.surroundings import child_environment
from test.contract.container_api import CONTAINER
from test.runner.process.leftovers import Leftovers
from test.runner.record_api import RecordApi

TOKEN = "zzzzz-gj3su-000000000000001"
SECRET = "s" * 50


class Runner(ProcessProtocol):
    """
    A runner's process.

    @ivar ended: fires with its exit status.
    """

    def __init__(self) -> None:
        self.ended: Deferred[int | None] = Deferred()

    def processEnded(self, reason: Failure) -> None:
        """It has ended."""
        self.ended.callback(reason.value.exitCode)


class RunnerProcessTests(TestCase):
    """A runner from its document to its exit status."""

    timeout = 60

    def setUp(self) -> None:
        """An API with a container that is locked for the runner."""
        self.leftovers = Leftovers()
        now = datetime(2026, 1, 1, tzinfo=UTC)
        self.ca = new_ca("ca", now)
        issued = new_server_certificate(self.ca, ["localhost"], now)
        options = PrivateCertificate.loadPEM(issued.certificate_pem + issued.key_pem).options()
        self.api = RecordApi()
        self.api.record.update(
            locked_by_uuid=TOKEN, lock_count=1, priority=1, mounts={}, runtime_constraints={"vcpus": 1, "ram": 1}
        )
        self.site = Site(self.api)
        port = reactor.listenSSL(0, self.site, options, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.api_host = f"localhost:{port.getHost().port}"
        self.home = Path(self.mktemp()).absolute()
        self.home.mkdir()

    def tearDown(self) -> None:
        """Nothing of it runs any more."""
        self.assertEqual([], self.leftovers.end())

    def start(self, *command: str) -> Runner:
        """Start a runner for that command."""
        self.api.record["command"] = command
        document = {
            "ContainerUUID": CONTAINER,
            "Env": {
                "ARVADOS_API_HOST": self.api_host,
                "ARVADOS_API_TOKEN": f"v2/{TOKEN}/{SECRET}",
                "ARVADOS_API_CA": self.ca.certificate_pem.decode(),
                "GatewayAuthSecret": "a" * 64,
                "GatewayAddress": "127.0.0.1:0",
            },
            "LockCount": 1,
            "LogDirectory": f"{self.home}/logs",
            "WorkDirectory": f"{self.home}/jobs/{CONTAINER}",
            "OutputDirectory": f"{self.home}/outputs/{CONTAINER}",
            "LockFile": f"{self.home}/lock",
        }
        runner = Runner()
        arguments = [sys.executable, "-m", "arvgate.cli.runner", "--stdin-config", CONTAINER]
        reactor.spawnProcess(runner, sys.executable, arguments, env=child_environment(os.environ))
        runner.transport.write(json.dumps(document).encode())
        runner.transport.closeStdin()
        return runner

    def once_reported(self, state: str) -> Deferred[None]:
        """Fires when the runner reports that state."""
        reported: Deferred[None] = Deferred()

        def updated(update: dict[str, Any]) -> None:
            if update.get("state") == state and not reported.called:
                reported.callback(None)

        self.api.updated = updated
        return reported

    def states(self) -> list[str]:
        """The states that were reported."""
        return [update["state"] for update in self.api.updates if "state" in update]

    def said(self) -> str:
        """The runner's log, which has no secret and no traceback."""
        text = (self.home / "logs" / "arvgate-runner.txt").read_text()
        for word in (SECRET, "a" * 64, "Traceback"):
            self.assertNotIn(word, text)
        return text

    async def test_life(self) -> None:
        """A job runs to its end, which is reported; what it wrote is kept, where it worked is not."""
        runner = self.start("sh", "-c", "echo hello; exit 3")
        self.assertEqual(0, await runner.ended)
        self.assertEqual(["Running", "Complete"], self.states())
        self.assertEqual(3, self.api.record["exit_code"])
        self.assertEqual("hello\n", (self.home / "logs" / "stdout.txt").read_text())
        self.assertEqual([], list((self.home / "jobs").iterdir()))
        self.assertIn("ended", self.said())

    async def test_lock(self) -> None:
        """The lock file is held while it runs, and free when it has ended."""
        reported = self.once_reported("Running")
        runner = self.start("sleep", "1000")
        await reported
        with (self.home / "lock").open() as file:
            self.assertRaises(BlockingIOError, fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.assertEqual(runner.transport.pid, json.load(file)["pid"])
            runner.transport.signalProcess("TERM")
            await runner.ended
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    async def test_sigterm(self) -> None:
        """SIGTERM ends the container, which is reported before the runner exits; a second one changes nothing."""
        reported = self.once_reported("Running")
        runner = self.start("sleep", "1000")
        await reported
        runner.transport.signalProcess("TERM")
        runner.transport.signalProcess("TERM")
        self.assertEqual(0, await runner.ended)
        self.assertEqual(["Running", "Cancelled"], self.states())
        self.assertIn("told to stop", self.api.record["runtime_status"]["error"])
        self.assertEqual([], list((self.home / "jobs").iterdir()))

    async def test_over(self) -> None:
        """A runner whose token is no longer accepted starts nothing; its exit status says that nothing was reported."""
        self.api.over = True
        runner = self.start("touch", f"{self.home}/started")
        self.assertEqual(1, await runner.ended)
        self.assertEqual(([], False), (self.api.updates, (self.home / "started").exists()))
        self.assertIn("is over", self.said())

    async def test_other_runner(self) -> None:
        """Where another runner holds the lock file, nothing is started or asked."""
        with (self.home / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            runner = self.start("true")
            self.assertEqual(1, await runner.ended)
        self.assertEqual([], self.api.asked)
        self.assertIn("Another runner", self.said())
