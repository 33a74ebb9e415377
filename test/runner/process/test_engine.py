"""The process engine, with real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

import arvgate
from arvgate.errors import CommandNotFound, EngineFailed, EngineRefused, NotListening
from arvgate.interfaces import JobPlan
from arvgate.runner.account import Account, find_account
from arvgate.runner.process.engine import ProcessEngine
from test.contract.engine import EngineContract
from test.requirements import require
from test.runner.announcements import Announcements
from test.runner.process.programs import DAEMON, SERVER, Workplace


def make_engine(account: Account | None = None, effective_uid: int | None = None) -> ProcessEngine:
    """The engine under test."""
    return ProcessEngine(reactor, account, os.geteuid() if effective_uid is None else effective_uid, sys.executable)


def exists(pid: int) -> bool:
    """Whether there is a process with that id, ended ones that nobody collected included."""
    return os.path.exists(f"/proc/{pid}")


class EngineCase(TestCase):
    """A test with a workplace and an engine."""

    def setUp(self) -> None:
        """A place to work in, and a pipe on which programs say that they are ready."""
        self.place = Workplace(os.path.abspath(self.mktemp()))
        self.ready = Announcements(reactor, self.place.plan.environment["READY"])
        self.addCleanup(self.ready.close)
        self.engine = make_engine()

    async def output_of(self, plan: JobPlan) -> str:
        """What a job that ends by itself writes."""
        job = await self.engine.start(plan)
        await job.wait()
        return self.place.output()


class ProcessEngineTests(EngineContract, EngineCase):
    """L{ProcessEngine} does what every engine does."""

    def exiting(self, code: int) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.shell(f"exit {code}")

    def lasting(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.shell('echo > "$READY"; exec sleep 1000')

    def stubborn(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.shell('trap "" TERM; echo > "$READY"; sleep 1000; sleep 1000')

    def serving(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.python(SERVER, "127.0.0.1")

    def missing(self) -> JobPlan:
        """See L{EngineContract}."""
        return self.place.running("no-such-command")

    async def until_ready(self, job: Any) -> int:
        """See L{EngineContract}."""
        return int(await self.ready.line() or 0)

    def idle_port(self) -> int:
        """A port that is bound and does not listen."""
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])

    async def read_all(self, sock: socket.socket) -> bytes:
        """See L{EngineContract}."""
        done: Deferred[bytes] = Deferred()

        class Reading:
            """Reads until the end."""

            data = b""

            def fileno(self) -> int:
                return sock.fileno()

            def logPrefix(self) -> str:
                return "reading"

            def doRead(self) -> None:
                piece = sock.recv(1000)
                self.data += piece
                if not piece:
                    reactor.removeReader(self)
                    sock.close()
                    done.callback(self.data)

            def connectionLost(self, reason: Any) -> None:
                reactor.removeReader(self)

        reactor.addReader(Reading())
        return await done


class StartTests(EngineCase):
    """How a job starts."""

    async def test_environment(self) -> None:
        """The environment is the plan's and nothing else."""
        plan = attrs.evolve(self.place.running("env"), environment={"PATH": "/usr/bin:/bin", "GREETING": "good day"})
        self.assertEqual(["GREETING=good day", "PATH=/usr/bin:/bin"], sorted((await self.output_of(plan)).splitlines()))

    async def test_descriptors(self) -> None:
        """A job has stdin, stdout, stderr and inherits no other descriptor."""
        readable, writable = os.pipe()
        self.addCleanup(os.close, readable)
        self.addCleanup(os.close, writable)
        os.set_inheritable(writable, True)
        program = "import os; print(sorted(os.listdir('/proc/self/fd'), key=int)[:-1])"
        self.assertEqual("['0', '1', '2']\n", await self.output_of(self.place.python(program)))

    async def test_stdin(self) -> None:
        """Standard input is at its end from the start."""
        self.assertEqual("0\n", await self.output_of(self.place.shell("cat; echo $?")))

    async def test_session(self) -> None:
        """A job leads a session and a process group of its own."""
        program = "import os; print(os.getsid(0) == os.getpgid(0) == os.getpid())"
        self.assertEqual("True\n", await self.output_of(self.place.python(program)))

    async def test_working_directory(self) -> None:
        """A relative cwd counts from the working directory."""
        os.mkdir(os.path.join(self.place.plan.workdir, "below"))
        plan = attrs.evolve(self.place.running("pwd"), cwd="below")
        self.assertEqual(os.path.join(self.place.plan.workdir, "below\n"), await self.output_of(plan))

    async def test_stderr(self) -> None:
        """Standard error goes into its own file."""
        await self.output_of(self.place.shell("echo out; echo err >&2"))
        self.assertEqual("err\n", Path(self.place.plan.stderr).read_text())
        self.assertEqual("out\n", self.place.output())

    async def test_no_new_privileges(self) -> None:
        """A job cannot gain rights by a set-uid program, after which it could not be ended."""
        self.assertIn("NoNewPrivs:\t1\n", await self.output_of(self.place.running("cat", "/proc/self/status")))

    async def test_not_executable(self) -> None:
        """A command without permission to execute it is CommandNotFound and says why."""
        path = Path(self.place.plan.workdir, "script")
        path.write_text("#!/bin/sh\n")
        error = await self.assertFailure(
            Deferred.fromCoroutine(self.engine.start(self.place.running(str(path)))), CommandNotFound
        )
        self.assertIn("is not executable", error.sentence)

    async def test_no_working_directory(self) -> None:
        """A cwd that is not there is refused by name."""
        plan = attrs.evolve(self.place.plan, cwd="nowhere")
        error = await self.assertFailure(Deferred.fromCoroutine(self.engine.start(plan)), EngineRefused)
        self.assertIn("'nowhere' cannot be entered", error.sentence)

    async def test_no_log(self) -> None:
        """If the log cannot be written nothing is started."""
        plan = attrs.evolve(self.place.shell('echo > "$READY"'), stdout=os.path.join(self.place.root, "no", "out"))
        error = await self.assertFailure(Deferred.fromCoroutine(self.engine.start(plan)), EngineFailed)
        self.assertIn("log", error.detail)

    async def test_no_keeper(self) -> None:
        """If the keeper does not come up the engine has failed."""
        engine = ProcessEngine(reactor, None, os.geteuid(), "/bin/false")
        await self.assertFailure(Deferred.fromCoroutine(engine.start(self.place.plan)), EngineFailed)

    async def test_cancelled_start(self) -> None:
        """A start that is cancelled leaves nothing behind."""
        starting = Deferred.fromCoroutine(self.engine.start(self.place.python(DAEMON, "stay")))
        starting.cancel()
        error = await self.assertFailure(starting, Exception)
        self.assertEqual("CancelledError", type(error).__name__)

    async def test_account(self) -> None:
        """As root, a job runs as the account that is configured, with its groups only."""
        require("root")
        account = find_account("nobody")
        self.engine = make_engine(account)
        os.chown(self.place.plan.workdir, account.uid, account.gid)
        text = await self.output_of(self.place.shell("id -u; id -g; id -G; touch mine; ls mine; ls /root"))
        groups = " ".join(str(group) for group in account.groups)
        self.assertEqual(f"{account.uid}\n{account.gid}\n{groups}\nmine\n", text)

    async def test_account_without_root(self) -> None:
        """Who is not root cannot start jobs as another account: refused, in words."""
        engine = make_engine(Account("jobs", 12345, 12345, (12345,)), effective_uid=1000)
        error = await self.assertFailure(Deferred.fromCoroutine(engine.start(self.place.plan)), EngineRefused)
        self.assertIn("jobs", error.sentence)


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
