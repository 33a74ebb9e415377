"""Which ports the processes of a job listen on."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.runner.process.ports import is_held, listeners_of
from test.runner.process.proc_files import ProcFiles

LISTEN = "0A"
LOOPBACK = "0100007F"
LOOPBACK_6 = "00000000000000000000000001000000"


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

    def test_all_addresses_of_both_families(self) -> None:
        """
        What listens on all IPv6 addresses is also tried by IPv4, which may be all that the machine has; but not where
        that is a neighbour's.
        """
        self.proc.table("tcp6", ("0" * 32 + ":1F90", LISTEN, 150), ("0" * 32 + ":1F43", LISTEN, 150))
        ways = {item.port: list(item.ways) for item in listeners_of(10, self.proc.path) if item.port in (8080, 8003)}
        ipv6 = (socket.AF_INET6, "::1")
        self.assertEqual({8080: [ipv6, (socket.AF_INET, "127.0.0.1")], 8003: [ipv6]}, ways)

    def test_ended_process(self) -> None:
        """A process that ends meanwhile has no ports."""
        shutil.rmtree(Path(self.proc.path, "12", "fd"))
        self.assertEqual([8001], self.ports())

    def test_closed_descriptor(self) -> None:
        """What is no link to a socket is passed over."""
        Path(self.proc.path, "12", "fd", "9").write_text("")
        self.assertEqual([8001, 8002], self.ports())

    def test_held(self) -> None:
        """A listening socket that was found is held until its descriptor is closed or is another's."""
        for change in ("", "socket:[999]"):
            (found,) = [one for one in listeners_of(10, self.proc.path) if one.port == 8002]
            self.assertTrue(is_held(found))
            descriptor = Path(found.holder)
            descriptor.unlink()
            if change:
                descriptor.symlink_to(change)
            self.assertFalse(is_held(found))
            descriptor.unlink(missing_ok=True)
            descriptor.symlink_to("socket:[102]")

    def test_no_sockets(self) -> None:
        """A job without sockets has no ports, whatever its neighbours have."""
        self.assertEqual([], listeners_of(12, self.proc.path))
