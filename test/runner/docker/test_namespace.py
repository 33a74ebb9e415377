"""Networks of other processes, seen from this one: L{arvgate.runner.docker.namespace}."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from arvgate.errors import Unreachable
from arvgate.net.connecting import connect_socket
from arvgate.runner.docker.namespace import ContainerNetwork, may_enter
from test.requirements import require

ROOT = Path(__file__).resolve().parents[3]

#: Listens in a network of its own, says on which ports, and greets everybody until its stdin ends.
_PROGRAM = """
import json, select, socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
listeners = [socket.create_server(("127.0.0.1", 0)), socket.create_server(("0.0.0.0", 0))]
if "v6" in sys.argv:
    listeners.append(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True))
name_server = socket.create_server(("127.0.0.11", 0))
print(json.dumps([one.getsockname()[1] for one in listeners]), flush=True)
while sys.stdin not in (ready := select.select([sys.stdin, *listeners], [], [])[0]):
    for one in ready:
        connection, _ = one.accept()
        connection.sendall(b"inside")
        connection.close()
"""

_AS_NOBODY = """
import json, os
os.setgroups([]); os.setgid(65534); os.setuid(65534)
from arvgate.runner.docker.namespace import ContainerNetwork, may_enter
network = ContainerNetwork(PID)
print(json.dumps([may_enter(), sorted({one.port for one in network.listeners()})]))
"""


class NamespaceTests(TestCase):
    """A process with a network of its own."""

    timeout = 60

    def begin(self, *arguments: str) -> tuple[subprocess.Popen[bytes], list[int]]:
        """Such a process, and its ports."""
        require("root", "unshare", "ip")
        process = subprocess.Popen(
            ["unshare", "--net", sys.executable, "-c", _PROGRAM, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(self.end, process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """It has ended."""
        process.kill()
        process.wait(20)
        for file in (process.stdin, process.stdout):
            assert file is not None
            file.close()

    def network(self, pid: int) -> ContainerNetwork:
        """Its network."""
        network = ContainerNetwork(pid)
        self.addCleanup(network.close)
        return network

    async def said(self, network: ContainerNetwork, port: int, family: int = socket.AF_INET) -> bytes:
        """What is said at a port in there."""
        address = "127.0.0.1" if family == socket.AF_INET else "::1"
        sock = await connect_socket(reactor, await network.socket(reactor, family), (address, port), 10)
        sock.setblocking(True)
        sock.settimeout(10)
        with sock:
            return await deferToThread(sock.recv, 100)

    async def test_listeners(self) -> None:
        """All its listening sockets are found but Docker's name server, and none of this process's network."""
        own = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(own.close)
        process, ports = self.begin("v6")
        found = await deferToThread(self.network(process.pid).listeners)
        self.assertEqual(sorted(ports), sorted(one.port for one in found))
        self.assertEqual([socket.AF_INET, socket.AF_INET, socket.AF_INET6], [one.family for one in found])

    async def test_socket(self) -> None:
        """A socket that is made in there reaches its loopback addresses, of both families."""
        process, ports = self.begin("v6")
        network = self.network(process.pid)
        for port in ports[:2]:
            self.assertEqual(b"inside", await self.said(network, port))
        self.assertEqual(b"inside", await self.said(network, ports[2], socket.AF_INET6))

    async def test_no_ipv6(self) -> None:
        """Where IPv6 is switched off, a socket that listens on all its addresses is reached by IPv4."""
        process, ports = self.begin("v6")
        command = ["nsenter", "--net", f"--target={process.pid}", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"]
        subprocess.run(command, check=True)
        network = self.network(process.pid)
        self.assertIn(ports[2], [one.port for one in network.listeners()])
        self.assertEqual(b"inside", await self.said(network, ports[2]))
        with self.assertRaises(Unreachable):
            await self.said(network, ports[2], socket.AF_INET6)

    async def test_parallel(self) -> None:
        """Many at once are all made in there, and this process's threads stay where they are."""
        own = os.readlink("/proc/self/ns/net")
        process, ports = self.begin()
        network = self.network(process.pid)
        said = [Deferred.fromCoroutine(self.said(network, ports[0])) for _ in range(50)]
        self.assertEqual([b"inside"] * 50, [await one for one in said])
        self.assertEqual(own, os.readlink("/proc/self/ns/net"))
        self.assertEqual(own, await deferToThread(os.readlink, "/proc/thread-self/ns/net"))

    async def test_ended(self) -> None:
        """Of a process that has ended there are no listeners, and what has its pid later is not taken for it."""
        process, _ = self.begin()
        network = self.network(process.pid)
        self.end(process)
        self.assertEqual([], network.listeners())

    async def test_never(self) -> None:
        """Of one that had ended before there is nothing to enter."""
        process, _ = self.begin()
        self.end(process)
        for pid in (process.pid, 0):
            network = self.network(pid)
            self.assertEqual([], network.listeners())
            with self.assertRaises(Unreachable):
                await network.socket(reactor, socket.AF_INET)

    async def test_closed(self) -> None:
        """What was let go has neither listeners nor sockets; letting go twice is nothing."""
        process, _ = self.begin()
        network = self.network(process.pid)
        network.close()
        network.close()
        self.assertEqual([], network.listeners())
        with self.assertRaises(Unreachable):
            await network.socket(reactor, socket.AF_INET)

    async def test_cancelled(self) -> None:
        """A socket that nobody waits for any more is closed."""
        process, _ = self.begin()
        network = self.network(process.pid)
        before = _sockets()
        for _ in range(20):
            making = Deferred.fromCoroutine(network.socket(reactor, socket.AF_INET))
            making.addErrback(lambda _: None)
            making.cancel()
        (await network.socket(reactor, socket.AF_INET)).close()
        turns = 0
        while _sockets() > before and turns < 500:
            turns += 1
            await deferToThread(lambda: None)
        self.assertEqual(before, _sockets())

    async def test_rights(self) -> None:
        """Root may enter; nobody may not, but sees the ports all the same."""
        process, ports = self.begin()
        self.assertTrue(may_enter())
        program = _AS_NOBODY.replace("PID", str(process.pid))
        # The tests' own directory may be closed to others.
        output, errors, status = await getProcessOutputAndValue(
            sys.executable, ["-c", f"import arvgate.runner.docker.namespace\n{program}"], os.environ, str(ROOT), reactor
        )
        self.assertEqual(0, status, errors)
        self.assertEqual([False, sorted(ports)], json.loads(output))


def _sockets() -> int:
    """How many sockets are open."""
    names = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return sum(os.readlink(name).startswith("socket:") for name in names if os.path.islink(name))
