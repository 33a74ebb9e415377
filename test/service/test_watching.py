"""
Tests for L{arvgate.service.watching}, with real processes.
"""

from __future__ import annotations

import os
import signal
import ssl
from datetime import UTC, datetime
from pathlib import Path

import attrs
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from arvgate.config import Config
from arvgate.config.certificates import new_ca, new_server_certificate
from arvgate.config.model import TLSConfig
from arvgate.net.connecting import connect_tls
from arvgate.net.http_client import ClientConnection
from arvgate.service.watching import Watch
from test.net.certificates import client_context
from test.service.clusters import HOST, make_cluster

NOW = datetime(2030, 1, 1, tzinfo=UTC)

#: Seconds in which processes of Python start on a machine that does much else.
PATIENCE = 30.0


class WatchCase(TestCase):
    """A gateway of several processes."""

    timeout = 120
    workers = 1
    door_account = ""

    async def setUp(self) -> None:
        """Start it and wait until it answers."""
        self.cluster = make_cluster(self.mktemp(), self.workers, door_account=self.door_account)
        await self.start(self.cluster.config)

    async def start(self, config: Config) -> None:
        """Start it with a configuration, and wait until it answers."""
        self.watch = Watch(config, self.cluster.text, reactor, dict(os.environ), os.geteuid())
        self.watch.open()
        (self.port,) = self.watch.ports
        await self.watch.start()
        self.addCleanup(self.watch.stop)
        await self.until_answers()

    async def until_answers(self) -> None:
        """Wait until the API answers through the door."""
        deadline = reactor.seconds() + PATIENCE
        while not await self.cluster.answers(self.port):
            self.assertLess(reactor.seconds(), deadline, "the gateway does not answer")
            await deferLater(reactor, 0.02)

    async def until_replaced(self, name: str, pid: int) -> int:
        """Wait until a process has a successor."""
        deadline = reactor.seconds() + PATIENCE
        while self.watch.processes[name] in (pid, None):
            self.assertLess(reactor.seconds(), deadline, f"{name} is not replaced")
            await deferLater(reactor, 0.02)
        return int(self.watch.processes[name] or 0)

    async def until_ended(self, *pids: int) -> None:
        """Wait until processes are gone."""
        deadline = reactor.seconds() + PATIENCE
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            self.assertLess(reactor.seconds(), deadline, "processes are left")
            await deferLater(reactor, 0.02)


class ReplacementTests(WatchCase):
    """What dies is replaced, what is stopped is not."""

    async def test_killed(self) -> None:
        """A killed door and a killed control are replaced, and the gateway answers again on the same port."""
        for name in ("door 1", "control"):
            before = dict(self.watch.processes)
            pid = int(before[name] or 0)
            os.kill(pid, signal.SIGKILL)
            self.assertNotEqual(pid, await self.until_replaced(name, pid))
            await self.until_answers()
            others = {other: one for other, one in before.items() if other != name}
            self.assertEqual(others, {other: self.watch.processes[other] for other in others})

    async def test_stopped(self) -> None:
        """A stop ends all processes and closes the port."""
        pids = [int(pid or 0) for pid in self.watch.processes.values()]
        await self.watch.stop()
        self.assertEqual([None, None], list(self.watch.processes.values()))
        await self.until_ended(*pids)
        self.assertFalse(await self.cluster.answers(self.port))

    async def test_certificates(self) -> None:
        """
        A hangup signal makes the doors show the certificates that are in the files now, while a connection that is
        open goes on; a bad one changes nothing.
        """
        config = self.cluster.config
        further = TLSConfig(*(str(self.cluster.directory / name) for name in ("further.pem", "further.key")))
        await self.watch.stop()
        (self.cluster.directory / "further.pem").write_bytes((self.cluster.directory / "server.pem").read_bytes())
        (self.cluster.directory / "further.key").write_bytes((self.cluster.directory / "server.key").read_bytes())
        arvgate = attrs.evolve(config.arvgate, certificates=(further,))
        await self.start(attrs.evolve(config, arvgate=arvgate))
        before = await self.cluster.certificate(self.port)
        context = ssl.create_default_context(cafile=str(self.cluster.directory / "ca.pem"))
        connection = ClientConnection(await connect_tls(reactor, "127.0.0.1", self.port, context, "localhost", 5.0))
        self.addCleanup(connection.abort)

        other = make_cluster(self.mktemp(), 1)
        for name in ("server.pem", "server.key", "ca.pem"):
            (self.cluster.directory / name).write_bytes((other.directory / name).read_bytes())
        (self.cluster.directory / "further.key").write_text("nothing")
        self.watch.reload_certificates()
        issued = new_server_certificate(new_ca("test", NOW), ["further.example"], NOW)
        (self.cluster.directory / "further.pem").write_bytes(issued.certificate_pem)
        (self.cluster.directory / "further.key").write_bytes(issued.key_pem)
        os.kill(os.getpid(), signal.SIGHUP)
        await self.until_answers()
        self.assertNotEqual(before, await self.cluster.certificate(self.port))
        stream = await connect_tls(reactor, "127.0.0.1", self.port, client_context(), "further.example", 5.0)
        self.addCleanup(stream.abort)
        self.assertEqual(issued.certificate.public_bytes(Encoding.DER), stream.peer_certificate())
        head, _ = await connection.request(b"GET", b"/arvados/v1/users/current", [(b"Host", HOST)])
        self.assertEqual(401, head.status)

        pid = int(self.watch.processes["door 1"] or 0)
        os.kill(pid, signal.SIGKILL)
        await self.until_replaced("door 1", pid)
        await self.until_answers()


class RightsTests(WatchCase):
    """Doors run as an account that may do nothing."""

    workers = 2
    door_account = "nobody"
    skip = None if os.geteuid() == 0 else "only root can become another account"

    async def test_account(self) -> None:
        """Both doors, and only they, run as that account, with no groups, no rights, and no way back."""
        for name, pid in self.watch.processes.items():
            status = dict(
                line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
            )
            if name == "control":
                self.assertEqual({"0"}, set(status["Uid"].split()))
                continue
            self.assertNotIn("0", status["Uid"].split())
            self.assertNotIn("0", status["Gid"].split())
            self.assertEqual("", status["Groups"].strip())
            self.assertEqual(0, int(status["CapEff"], 16) | int(status["CapPrm"], 16))

    async def test_nothing_secret(self) -> None:
        """No process has a secret in its arguments or its environment."""
        config = self.cluster.config
        for pid in self.watch.processes.values():
            for place in ("cmdline", "environ"):
                content = Path(f"/proc/{pid}/{place}").read_bytes()
                self.assertNotIn(config.system_root_token.value.encode(), content)
                self.assertNotIn(b"PRIVATE KEY", content)

    async def test_sockets(self) -> None:
        """The private sockets belong to the doors' account and to nobody else."""
        run = self.cluster.directory / "state" / "run"
        for name in ("api.sock", "directory.sock"):
            status = (run / name).stat()
            self.assertNotEqual(0, status.st_uid)
            self.assertEqual(0o600, status.st_mode & 0o777)
