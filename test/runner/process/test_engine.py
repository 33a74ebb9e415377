"""The process engine, with real processes: how jobs start, and what every engine does."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from typing import Any

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred

from arvgate.errors import CommandNotFound, EngineFailed, EngineRefused
from arvgate.interfaces import JobPlan
from arvgate.runner.account import Account, find_account
from arvgate.runner.process.engine import ProcessEngine
from test.contract.engine import EngineContract
from test.requirements import require
from test.runner.process.case import EngineCase, make_engine
from test.runner.process.programs import DAEMON, SERVER


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

    async def test_signals(self) -> None:
        """A job neither blocks nor ignores a signal at first, whatever the runner does."""
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD})
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, blocked)
        ignored = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGUSR1, ignored)
        status = await self.output_of(self.place.running("cat", "/proc/self/status"))
        fields = dict(line.split(":\t") for line in status.splitlines())
        # The C library keeps two signals to itself, which nobody can change.
        reserved = 1 << 31 | 1 << 32
        self.assertEqual([0, 0], [int(fields[name], 16) & ~reserved for name in ("SigBlk", "SigIgn")])

    async def test_blocked_signals(self) -> None:
        """Who was started with signals blocked learns of the end of jobs and can stop them in time."""
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD})
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, blocked)
        job = await self.engine.start(self.place.shell('trap "" TERM; echo > "$READY"; sleep 1000; sleep 1000'))
        self.assertNotIn(signal.SIGCHLD, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        await self.ready.line()
        await job.stop(0.1)
        self.assertEqual(128 + signal.SIGKILL, (await job.wait()).code)

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

    async def test_not_a_program(self) -> None:
        """A command that the kernel cannot execute is CommandNotFound and says why."""
        path = Path(self.place.plan.workdir, "data")
        path.write_bytes(b"\x00\x01")
        path.chmod(0o755)
        error = await self.assertFailure(
            Deferred.fromCoroutine(self.engine.start(self.place.running(str(path)))), CommandNotFound
        )
        self.assertIn("cannot be executed: Exec format error", error.sentence)

    async def test_too_long(self) -> None:
        """A command that is too long for the kernel is CommandNotFound and says why."""
        plan = self.place.running("true", "x" * 1_000_000)
        error = await self.assertFailure(Deferred.fromCoroutine(self.engine.start(plan)), CommandNotFound)
        self.assertIn("Argument list too long", error.sentence)

    async def test_no_python(self) -> None:
        """If the keeper's interpreter does not exist the engine has failed."""
        engine = ProcessEngine(reactor, None, os.geteuid(), os.path.join(self.place.root, "python"))
        await self.assertFailure(Deferred.fromCoroutine(engine.start(self.place.plan)), EngineFailed)

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
