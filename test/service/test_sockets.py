"""
Tests for L{arvgate.service.sockets}.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.service.sockets import CannotListen, open_listeners, open_private_socket, open_run_directory


class ListenersTests(SynchronousTestCase):
    """The public sockets."""

    def opened(self, *descriptions: str) -> list[socket.socket]:
        """Open them until the end of the test."""
        sockets = open_listeners(descriptions)
        for sock in sockets:
            self.addCleanup(sock.close)
        return sockets

    def test_listens(self) -> None:
        """Each description becomes one listening socket that does not block."""
        first, second = self.opened("tcp:0:interface=127.0.0.1", "tcp:0:interface=127.0.0.1")
        for sock in (first, second):
            self.assertEqual(0.0, sock.gettimeout())
            self.assertRaises(BlockingIOError, sock.accept)
            with socket.create_connection(sock.getsockname(), timeout=5.0):
                connection, _ = sock.accept()
                connection.close()

    def test_ipv6(self) -> None:
        """An IPv6 address is listened on by itself, so that the same port is free for IPv4."""
        (six,) = self.opened(r"tcp:0:interface=\:\:1")
        self.assertEqual(socket.AF_INET6, six.family)
        port = six.getsockname()[1]
        (four,) = self.opened(f"tcp:{port}:interface=127.0.0.1")
        self.assertEqual(port, four.getsockname()[1])

    def test_taken(self) -> None:
        """A port that is taken is named, and what was opened before is closed again."""
        (taken,) = self.opened("tcp:0:interface=127.0.0.1")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            free = probe.getsockname()[1]
        port = taken.getsockname()[1]
        error = self.assertRaises(
            CannotListen, open_listeners, [f"tcp:{free}:interface=127.0.0.1", f"tcp:{port}:interface=127.0.0.1"]
        )
        self.assertIn(str(port), error.sentence)
        self.assertIn("address already in use", error.sentence)
        self.assertNotIn("\n", error.sentence)
        self.opened(f"tcp:{free}:interface=127.0.0.1")

    def test_opened_again(self) -> None:
        """A port whose connections have just ended can be opened again."""
        (sock,) = self.opened("tcp:0:interface=127.0.0.1")
        port = sock.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=5.0):
            connection, _ = sock.accept()
            connection.close()
        sock.close()
        self.opened(f"tcp:{port}:interface=127.0.0.1")


class PrivateSocketTests(SynchronousTestCase):
    """The sockets between our own processes."""

    def setUp(self) -> None:
        """A directory whose path is too long for a socket's address."""
        self.path = Path(self.mktemp()) / ("long" * 30)
        self.path.mkdir(parents=True)
        self.run_directory = self.path / "run"
        self.file = open_run_directory(str(self.run_directory))
        self.addCleanup(os.close, self.file)

    def opened(self) -> socket.socket:
        """The socket."""
        sock = open_private_socket(self.file, "api.sock", None)
        self.addCleanup(sock.close)
        return sock

    def connect(self) -> None:
        """Connect to it."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"/proc/self/fd/{self.file}/api.sock")

    def test_directory(self) -> None:
        """Others may pass through the directory and not look into it; an old one is used."""
        self.assertEqual(0o711, self.run_directory.stat().st_mode & 0o777)
        os.close(open_run_directory(str(self.run_directory)))
        self.assertRaises(CannotListen, open_run_directory, str(self.path / "missing" / "run"))

    def test_listens(self) -> None:
        """It is only its owner's and can be connected to, however long its path is."""
        sock = self.opened()
        self.assertEqual(0o600, (self.run_directory / "api.sock").stat().st_mode & 0o777)
        self.connect()
        sock.accept()[0].close()

    def test_stale(self) -> None:
        """A socket that was left over is replaced."""
        self.opened().close()
        self.assertRaises(ConnectionRefusedError, self.connect)
        self.opened()
        self.connect()

    def test_something_else_is_there(self) -> None:
        """A file that is no socket is not touched, and named."""
        file = self.run_directory / "api.sock"
        file.write_text("precious")
        error = self.assertRaises(CannotListen, open_private_socket, self.file, "api.sock", None)
        self.assertIn("run/api.sock", error.sentence)
        self.assertEqual("precious", file.read_text())

    def test_owner(self) -> None:
        """It is given to the account that connects to it."""
        sock = open_private_socket(self.file, "other.sock", (os.geteuid(), os.getegid()))
        self.addCleanup(sock.close)
        self.assertEqual(os.geteuid(), (self.run_directory / "other.sock").stat().st_uid)
