"""Jobs of the process engine, with real processes: their output, their end, their ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol

import arvgate
from arvgate.errors import NotListening
from arvgate.runner.account import find_account
from arvgate.runner.process.engine import ProcessEngine
from test.requirements import require
from test.runner.process.case import EngineCase, make_engine
from test.runner.process.leftovers import exists, until_ended
from test.runner.process.programs import DAEMON, SERVER


class LogTests(EngineCase):
    """Output."""

    async def test_cap(self) -> None:
        """A log ends at its limit with one line that says so, and the job neither blocks nor fails."""
        plan = attrs.evolve(
            self.place.shell("head -c 3000000 /dev/zero | tr '\\0' x || exit 1; exit 7"), log_limit=1000
        )
        job = await self.engine.start(plan)
        self.assertEqual(7, (await job.wait()).code)
        first, second = self.place.output().splitlines()
        self.assertEqual("x" * 1000, first)
        self.assertIn("limit of 1000 bytes", second)

    async def test_last_output(self) -> None:
        """What is written just before the end is in the log when the end is known."""
        self.assertEqual("1\n" * 10000, await self.output_of(self.place.shell("yes 1 | head -n 10000")))


class EndTests(EngineCase):
    """How a job ends, with all that belongs to it."""

    async def test_signal(self) -> None:
        """Death by a signal is 128 and its number."""
        job = await self.engine.start(self.place.shell("kill -SEGV $$"))
        self.assertEqual(128 + signal.SIGSEGV, (await job.wait()).code)

    async def test_daemon_stopped(self) -> None:
        """A daemon that forked twice, with its own session, ignoring SIGTERM, is gone when stop returns."""
        job = await self.engine.start(self.place.python(DAEMON, "stay"))
        daemon = int(await self.ready.line())
        self.assertTrue(exists(daemon))
        await job.stop(0.1)
        self.assertFalse(exists(daemon))

    async def test_daemon_after_exit(self) -> None:
        """When the main process exits, a daemon that it left is ended, and the exit code is the main process's."""
        job = await self.engine.start(self.place.python(DAEMON, "leave"))
        daemon = int(await self.ready.line())
        self.assertEqual(0, (await job.wait()).code)
        self.assertFalse(exists(daemon))

    async def test_stopped_process(self) -> None:
        """A process that is suspended is ended too."""
        job = await self.engine.start(self.place.shell('echo > "$READY"; kill -STOP $$; true'))
        await self.ready.line()
        await job.stop(0.1)
        self.assertEqual(128 + signal.SIGKILL, (await job.wait()).code)

    async def test_keeper_killed(self) -> None:
        """If the keeper is killed the job ends with all its processes, and the status says what happened."""
        job = await self.engine.start(self.place.python(DAEMON, "stay"))
        daemon = int(await self.ready.line())
        os.kill(job.pid, signal.SIGKILL)
        status = await job.wait()
        self.assertFalse(exists(daemon))
        self.assertIn("was killed", status.reason)
        await self.ready.end()

    async def test_keeper_suspended(self) -> None:
        """A keeper that does not answer is killed when its time is over, and the job with it."""
        engine = ProcessEngine(reactor, None, os.geteuid(), sys.executable, patience=0.1)
        job = await engine.start(self.place.python(DAEMON, "stay"))
        daemon = int(await self.ready.line())
        os.kill(job.pid, signal.SIGSTOP)
        await job.stop(0)
        self.assertFalse(exists(daemon))

    async def test_other_job(self) -> None:
        """The loss of one job's keeper does not touch another job."""
        first = await self.engine.start(self.place.python(DAEMON, "stay"))
        await self.ready.line()
        second = await self.engine.start(self.place.python(SERVER, "127.0.0.1"))
        port = int(await self.ready.line())
        os.kill(first.pid, signal.SIGKILL)
        await first.wait()
        self.assertEqual([port], list(await second.listening_ports()))
        await second.stop(0)

    async def test_runner_killed(self) -> None:
        """When the runner is killed, everything of its job ends, daemons included."""
        plan = self.place.python(DAEMON, "stay")
        text = json.dumps(attrs.asdict(plan))
        root = os.path.dirname(os.path.dirname(os.path.abspath(arvgate.__file__)))
        runner = subprocess.Popen(
            [sys.executable, "-m", "test.runner.process.runner_program", text], cwd=root, env={"PATH": "/usr/bin:/bin"}
        )
        try:
            await self.ready.line()
        finally:
            runner.kill()
            runner.wait()
        await self.ready.end()


class PortTests(EngineCase):
    """Connections only to what is the job's own."""

    async def test_port_of_another_process(self) -> None:
        """A port on which some other process listens is NotListening."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        job = await self.engine.start(self.place.shell('echo > "$READY"; exec sleep 1000'))
        await self.ready.line()
        await self.assertFailure(Deferred.fromCoroutine(job.connect(server.getsockname()[1])), NotListening)
        await job.stop(0)

    async def test_port_of_another_job(self) -> None:
        """A port of another job is NotListening."""
        owner = await self.engine.start(self.place.python(SERVER, "127.0.0.1"))
        port = int(await self.ready.line())
        other = await self.engine.start(self.place.shell('echo > "$READY"; exec sleep 1000'))
        await self.ready.line()
        await self.assertFailure(Deferred.fromCoroutine(other.connect(port)), NotListening)
        await other.stop(0)
        await owner.stop(0)

    async def _reached(self, address: str) -> None:
        job = await self.engine.start(self.place.python(SERVER, address))
        port = int(await self.ready.line())
        sock = await job.connect(port)
        self.assertEqual(port, sock.getpeername()[1])
        sock.close()
        await job.stop(0)

    async def test_all_addresses(self) -> None:
        """A program that listens on all addresses is reached."""
        await self._reached("0.0.0.0")

    async def test_other_loopback_address(self) -> None:
        """A program that listens on one address only is reached there."""
        await self._reached("127.0.0.7")

    async def test_ipv6(self) -> None:
        """A program that listens on the IPv6 loopback address is reached."""
        if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
            self.skipTest("this machine has no IPv6")
        await self._reached("::1")
