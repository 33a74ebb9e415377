"""
Tests for L{arvgate.service.opening}.
"""

from __future__ import annotations

import os
import pwd
import socket

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.config import Config
from arvgate.config.model import TLSConfig, WebServicesConfig
from arvgate.errors import ConfigInvalid
from arvgate.service.opening import door_account, open_all, read_pairs
from arvgate.service.settings import KeyPair
from arvgate.service.sockets import CannotListen
from test.service.clusters import make_cluster


class OpenTests(SynchronousTestCase):
    """Everything that is opened before anything runs."""

    def setUp(self) -> None:
        """A cluster."""
        self.cluster = make_cluster(self.mktemp(), 1)
        self.config = self.cluster.config

    def listening_on(self, *descriptions: str) -> Config:
        """The configuration with other listeners."""
        return attrs.evolve(self.config, arvgate=attrs.evolve(self.config.arvgate, listeners_https=descriptions))

    def test_open(self) -> None:
        """The sockets listen, and closing leaves no descriptor."""
        before = len(os.listdir("/proc/self/fd"))
        for doors_apart in (True, False):
            opened = open_all(self.config, None, doors_apart)
            self.assertEqual(1, len(opened.https))
            self.assertEqual(doors_apart, opened.directory is not None)
            with socket.create_connection(opened.https[0].getsockname(), timeout=5.0):
                pass
            self.assertTrue((self.cluster.directory / "state" / "run" / "api.sock").is_socket())
            opened.close()
            self.assertEqual(before, len(os.listdir("/proc/self/fd")))

    def test_external_ports(self) -> None:
        """Without a wildcard each port of the range is listened on, behind the listeners that are named."""
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port = reserved.getsockname()[1]
        web = WebServicesConfig("https://apps.localhost/", host="apps.localhost", port_min=port, port_max=port)
        config = attrs.evolve(self.listening_on("tcp:0:interface=127.0.0.1"), web_services=web)
        opened = open_all(config, None, True)
        self.addCleanup(opened.close)
        self.assertEqual(2, len(opened.https))
        self.assertEqual(("127.0.0.1", port), opened.https[1].getsockname())

    def test_port_taken(self) -> None:
        """If a port is taken nothing stays open, and the lock is free."""
        before = len(os.listdir("/proc/self/fd"))
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            config = self.listening_on("tcp:0:interface=127.0.0.1", f"tcp:{port}:interface=127.0.0.1")
            error = self.assertRaises(CannotListen, open_all, config, None, True)
            self.assertIn(str(port), error.sentence)
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))
        open_all(self.config, None, True).close()

    def test_private_socket_fails(self) -> None:
        """So if a private socket cannot be made."""
        before = len(os.listdir("/proc/self/fd"))
        run = self.cluster.directory / "state" / "run"
        for name in ("api.sock", "directory.sock"):
            run.mkdir(exist_ok=True)
            (run / name).mkdir()
            self.assertRaises(CannotListen, open_all, self.config, None, True)
            (run / name).rmdir()
        self.assertEqual(before, len(os.listdir("/proc/self/fd")))

    def test_pair(self) -> None:
        """Certificate and key are read as they are now; one that is missing is named by its key."""
        (pair,) = read_pairs(self.config)
        self.assertEqual((self.cluster.directory / "server.pem").read_text(), pair.certificate)
        self.assertEqual((self.cluster.directory / "server.key").read_text(), pair.key)
        (self.cluster.directory / "server.key").unlink()
        error = self.assertRaises(ConfigInvalid, read_pairs, self.config)
        self.assertIn("TLS.Key", error.sentence)

    def test_several_pairs(self) -> None:
        """The pair of C{TLS} comes first; a further one that is missing is named by its place."""
        for name in ("pem", "key"):
            (self.cluster.directory / f"other.{name}").write_text(name)
        other = TLSConfig(*(str(self.cluster.directory / f"other.{name}") for name in ("pem", "key")))
        config = attrs.evolve(self.config, arvgate=attrs.evolve(self.config.arvgate, certificates=(other,)))
        self.assertEqual((*read_pairs(self.config), KeyPair("pem", "key")), read_pairs(config))
        (self.cluster.directory / "other.pem").unlink()
        error = self.assertRaises(ConfigInvalid, read_pairs, config)
        self.assertIn("Arvgate.Certificates[0].Certificate", error.sentence)

    def test_plain_listeners(self) -> None:
        """Sockets for TLS and plain ones are opened and known apart; their ports are told in this order."""
        listeners = attrs.evolve(self.config.arvgate, listeners_http=("tcp:0:interface=127.0.0.1",))
        opened = open_all(attrs.evolve(self.config, arvgate=listeners), None, True)
        self.addCleanup(opened.close)
        (https,), (http,) = opened.https, opened.http
        self.assertEqual([https.getsockname()[1], http.getsockname()[1]], opened.ports)


class AccountTests(SynchronousTestCase):
    """As whom doors run."""

    def account(self, name: str, uid: int) -> tuple[int, int] | None:
        """The account for a gateway that runs as C{uid}."""
        config = make_cluster(self.mktemp(), 1, door_account=name).config
        return door_account(config, uid)

    def test_named(self) -> None:
        """A gateway of root becomes the account that is named."""
        entry = pwd.getpwnam("nobody")
        self.assertEqual((entry.pw_uid, entry.pw_gid), self.account("nobody", 0))

    def test_stays(self) -> None:
        """It stays what it is if none is named, or if it is not root."""
        self.assertIsNone(self.account("", 0))
        self.assertIsNone(self.account("nobody", 1000))

    def test_unknown(self) -> None:
        """An account that does not exist is named."""
        error = self.assertRaises(ConfigInvalid, self.account, "no-such-account", 0)
        self.assertIn("no-such-account", error.sentence)
