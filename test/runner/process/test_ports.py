"""Which ports the processes of a job listen on."""

from __future__ import annotations

import shutil
import socket
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.runner.process.ports import Listener, listeners_of, parse_listeners
from test.runner.process.proc_files import ProcFiles

LISTEN = "0A"
ESTABLISHED = "01"
LOOPBACK = "0100007F"
LOOPBACK_6 = "00000000000000000000000001000000"


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
        self.assertEqual([Listener(socket.AF_INET, "127.0.0.1", 8000, 77)], self.parsed("tcp", "00000000"))

    def test_ipv6(self) -> None:
        """A socket on one IPv6 address is reached there."""
        self.assertEqual([Listener(socket.AF_INET6, "::1", 8000, 77)], self.parsed("tcp6", LOOPBACK_6))
        self.assertEqual(
            [Listener(socket.AF_INET6, "2001:db8::1", 8000, 77)],
            self.parsed("tcp6", "B80D0120000000000000000001000000"),
        )

    def test_all_ipv6(self) -> None:
        """A socket on all IPv6 addresses is reached on the loopback address."""
        self.assertEqual([Listener(socket.AF_INET6, "::1", 8000, 77)], self.parsed("tcp6", "0" * 32))

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


class ListenersTests(SynchronousTestCase):
    """L{listeners_of} on a directory that looks like C{/proc}: the job is what is below process 10."""

    def setUp(self) -> None:
        """A keeper, a job of two processes, and a neighbour; four listening sockets."""
        self.proc = ProcFiles(self.mktemp())
        self.proc.process(10, parent=1, sockets=(100,))
        self.proc.process(11, parent=10, sockets=(101, 150))
        self.proc.process(12, parent=11, sockets=(102,))
        self.proc.process(20, parent=1, sockets=(103,))
        ports = enumerate(("1F40", "1F41", "1F42", "1F43"), 100)
        self.proc.table("tcp", *((f"{LOOPBACK}:{port}", LISTEN, inode) for inode, port in ports))

    def ports(self) -> list[int]:
        """What is found."""
        return [listener.port for listener in listeners_of(10, self.proc.path)]

    def test_own(self) -> None:
        """The job's sockets count, in whichever of its processes; the keeper's and the neighbour's do not."""
        self.assertEqual([8001, 8002], self.ports())

    def test_ipv4_first(self) -> None:
        """A port of both families is found by IPv4 first."""
        self.proc.table("tcp6", (f"{LOOPBACK_6}:1F41", LISTEN, 150))
        families = [item.family for item in listeners_of(10, self.proc.path) if item.port == 8001]
        self.assertEqual([socket.AF_INET, socket.AF_INET6], families)

    def test_ended_process(self) -> None:
        """A process that ends meanwhile has no ports."""
        shutil.rmtree(Path(self.proc.path, "12", "fd"))
        self.assertEqual([8001], self.ports())

    def test_closed_descriptor(self) -> None:
        """What is no link to a socket is passed over."""
        Path(self.proc.path, "12", "fd", "9").write_text("")
        self.assertEqual([8001, 8002], self.ports())

    def test_no_sockets(self) -> None:
        """A job without sockets has no ports, whatever its neighbours have."""
        self.assertEqual([], listeners_of(12, self.proc.path))
