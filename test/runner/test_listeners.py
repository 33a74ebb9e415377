"""Tests of L{arvgate.runner.listeners}."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.locations import Listening
from arvgate.runner.listeners import Listener, listening_of, parse_listeners
from test.runner.process.proc_files import ProcFiles

LISTEN = "0A"
ESTABLISHED = "01"
LOOPBACK = "0100007F"
LOOPBACK_6 = "00000000000000000000000001000000"


class ListeningTests(SynchronousTestCase):
    """L{listening_of}."""

    def test_addresses(self) -> None:
        """Each port and address is told once, by port and address; a socket on all addresses as on the zero address."""
        found = listening_of(
            [
                Listener(socket.AF_INET6, "", 80, 1),
                Listener(socket.AF_INET, "", 80, 2),
                Listener(socket.AF_INET, "127.0.0.1", 22, 3),
                Listener(socket.AF_INET, "127.0.0.1", 22, 4),
            ]
        )
        self.assertEqual([Listening(22, "127.0.0.1"), Listening(80, "0.0.0.0"), Listening(80, "::")], list(found))


class ParseTests(SynchronousTestCase):
    """L{parse_listeners}."""

    if sys.byteorder != "little":
        skip = "the samples are of a little-endian machine"

    def parsed(self, table: str, address: str, state: str = LISTEN) -> list[Listener]:
        """What is found in a table with one socket on port 8000."""
        proc = ProcFiles(self.mktemp())
        proc.table(table, (f"{address}:1F40", state, 77))
        family = socket.AF_INET if table == "tcp" else socket.AF_INET6
        return list(parse_listeners(Path(proc.path, "self", "net", table).read_bytes(), family))

    def test_ipv4(self) -> None:
        """A socket on one IPv4 address is reached there."""
        self.assertEqual([Listener(socket.AF_INET, "127.0.0.1", 8000, 77)], self.parsed("tcp", LOOPBACK))
        self.assertEqual([Listener(socket.AF_INET, "10.1.2.3", 8000, 77)], self.parsed("tcp", "0302010A"))

    def test_all_ipv4(self) -> None:
        """A socket on all IPv4 addresses is reached on the loopback address."""
        (found,) = self.parsed("tcp", "00000000")
        self.assertEqual((Listener(socket.AF_INET, "", 8000, 77), "127.0.0.1"), (found, found.address))

    def test_ipv6(self) -> None:
        """A socket on one IPv6 address is reached there."""
        self.assertEqual([Listener(socket.AF_INET6, "::1", 8000, 77)], self.parsed("tcp6", LOOPBACK_6))
        self.assertEqual(
            [Listener(socket.AF_INET6, "2001:db8::1", 8000, 77)],
            self.parsed("tcp6", "B80D0120000000000000000001000000"),
        )

    def test_all_ipv6(self) -> None:
        """A socket on all IPv6 addresses is reached on the loopback address."""
        (found,) = self.parsed("tcp6", "0" * 32)
        self.assertEqual((Listener(socket.AF_INET6, "", 8000, 77), "::1"), (found, found.address))

    def test_mapped(self) -> None:
        """An IPv6 socket on an IPv4 address is reached by IPv4."""
        self.assertEqual(
            [Listener(socket.AF_INET, "127.0.0.1", 8000, 77)],
            self.parsed("tcp6", f"0000000000000000FFFF0000{LOOPBACK}"),
        )

    def test_connection(self) -> None:
        """A socket that does not listen is passed over."""
        self.assertEqual([], self.parsed("tcp", LOOPBACK, ESTABLISHED))

    def test_torn_line(self) -> None:
        """A line that is not whole is passed over."""
        self.assertEqual([], list(parse_listeners(b"header\n 0: 0100007F:1F40 00000000:0000 0A", socket.AF_INET)))
