"""
Whether a Docker daemon answers.
"""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.cli.docker_daemon import docker_client, docker_host, find_daemon, reach_daemon
from arvgate.errors import ArvgateError, EngineFailed, Invalid, NotReady
from test.dockerd.daemon import DockerDaemon, shared_daemon


class NoDaemonTests(SynchronousTestCase):
    """Where none answers."""

    def refused(self, host: str) -> ArvgateError:
        """Why the daemon at an address is not used."""
        environ = {"DOCKER_HOST": host}
        self.assertIsNone(find_daemon(environ))
        return self.assertRaises(ArvgateError, reach_daemon, environ)

    def test_address(self) -> None:
        """Without DOCKER_HOST, or with an empty one, it is the usual socket."""
        for environ in ({}, {"DOCKER_HOST": ""}):
            self.assertEqual("unix:///var/run/docker.sock", docker_host(environ))

    def test_other_machine(self) -> None:
        """A daemon of another machine is refused."""
        for host in ("tcp://127.0.0.1:2375", "ssh://host", "unix://relative", "nonsense"):
            self.assertIsInstance(self.refused(host), Invalid)

    def test_no_socket(self) -> None:
        """Where no socket is, nobody is asked."""
        error = self.refused("unix:///nonexistent/s")
        self.assertIsInstance(error, NotReady)
        self.assertIn("start it", error.sentence)

    def test_nobody_listens(self) -> None:
        """The socket of a daemon that has gone answers nothing, nor does one that closes at once."""
        place = Path(tempfile.mkdtemp())
        self.addCleanup(place.rmdir)
        path = place / "s"
        self.addCleanup(path.unlink)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
        self.assertIsInstance(self.refused(f"unix://{path}"), NotReady)

    def test_no_right(self) -> None:
        """Where the account may not use the socket, it says so."""
        if os.geteuid() == 0:
            os.seteuid(65534)
            self.addCleanup(os.seteuid, 0)
        place = Path(tempfile.mkdtemp())
        self.addCleanup(place.rmdir)
        path = place / "s"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            self.addCleanup(path.unlink)
            listener.listen()
            path.chmod(0)
            self.assertIn("group docker", self.refused(f"unix://{path}").sentence)


class DaemonTests(TestCase):
    """With a real daemon."""

    timeout = 60

    async def test_found(self) -> None:
        """A daemon that answers is found, with this machine's address on its network."""
        daemon = await deferToThread(shared_daemon)
        found = await deferToThread(find_daemon, {"DOCKER_HOST": daemon.host})
        assert found is not None
        self.assertEqual((daemon.host, daemon.gateway), (found.host, found.gateway))

    async def test_gone_meanwhile(self) -> None:
        """A daemon that goes while it is used fails with a sentence."""
        daemon = await deferToThread(DockerDaemon)
        self.addCleanup(deferToThread, daemon.stop)

        def use() -> None:
            with docker_client(daemon.host) as client:
                daemon.kill()
                client.ping()

        with self.assertRaises(EngineFailed) as raised:
            await deferToThread(use)
        self.assertIn(daemon.host, raised.exception.sentence)
