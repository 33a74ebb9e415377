"""Jobs of the process engine, with real processes: their output, their end, their ports."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone
from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

import arvgate
from arvgate.errors import NotListening
from arvgate.interfaces import JobPlan
from arvgate.model.locations import Listening
from arvgate.runner.account import find_account
from arvgate.runner.process import tree
from arvgate.runner.process.engine import ProcessEngine
from arvgate.runner.process.job import KeeperProtocol
from arvgate.wire.rotation_line import parse_rotation_line
from test.requirements import require
from test.runner.process.case import EngineCase, make_engine
from test.runner.process.leftovers import exists, until_ended
from test.runner.process.programs import DAEMON, FUGITIVE, SERVER

REPORTS = b'{"started": 12}\n{"ended": 3}\n'


def runner_of(plan: JobPlan) -> dict[str, Any]:
    """How to start a runner for one job in a process of its own, for L{subprocess}."""
    return {
        "args": [sys.executable, "-m", "test.runner.process.runner_program", json.dumps(attrs.asdict(plan))],
        "cwd": os.path.dirname(os.path.dirname(os.path.abspath(arvgate.__file__))),
        "env": {"PATH": "/usr/bin:/bin"},
    }


class LogTests(EngineCase):
    """Output."""

    async def test_cap(self) -> None:
        """A log keeps the newest within its limit and says what is gone, and the job neither blocks nor fails."""
        plan = attrs.evolve(
            self.place.shell("head -c 3000000 /dev/zero | tr '\\0' x || exit 1; exit 7"), log_limit=10_000
        )
        job = await self.engine.start(plan)
        self.assertEqual(7, (await job.wait()).code)
        line, rest = self.place.output().splitlines()
        before, _ = parse_rotation_line(f"{line}\n".encode())
        self.assertEqual(3_000_000, before.before + len(rest))
        sizes = [path.stat().st_size for path in Path(self.place.plan.stdout).parent.glob("stdout*")]
        self.assertLessEqual(sum(sizes), 10_000)

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

    async def test_suspended_process(self) -> None:
        """A process that is suspended gets to heed SIGTERM."""
        job = await self.engine.start(self.place.shell('echo > "$READY"; kill -STOP $$; true'))
        await self.ready.line()
        await job.stop(1000)
        self.assertEqual(128 + signal.SIGTERM, (await job.wait()).code)

    async def test_term_reaches_all(self) -> None:
        """SIGTERM is for every process of the job, not only for the first."""
        script = """
        sh -c 'trap "exit 3" TERM; echo > "$READY"; sleep 1000 & wait' &
        trap "" TERM; while wait $!; [ $? -gt 128 ]; do :; done; wait $!; exit $?
        """
        job = await self.engine.start(self.place.shell(script))
        await self.ready.line()
        await job.stop(1000)
        self.assertEqual(3, (await job.wait()).code)

    async def test_last_words(self) -> None:
        """What a job writes when it gets SIGTERM is in its log, and the exit code that it chooses is its own."""
        script = 'trap "echo good night; exit 4" TERM; echo > "$READY"; sleep 1000 & wait'
        job = await self.engine.start(self.place.shell(script))
        await self.ready.line()
        await job.stop(1000)
        self.assertEqual(4, (await job.wait()).code)
        self.assertEqual("good night\n", self.place.output())

    async def test_killed_while_stopping(self) -> None:
        """A job that is killed by somebody while its grace runs has ended then."""
        job = await self.engine.start(self.place.shell('trap "" TERM; echo $$ > "$READY"; sleep 1000; sleep 1000'))
        main = int(await self.ready.line())
        stopping = Deferred.fromCoroutine(job.stop(1000))
        os.kill(main, signal.SIGKILL)
        await stopping
        self.assertEqual(128 + signal.SIGKILL, (await job.wait()).code)

    async def test_keeper_killed_while_stopping(self) -> None:
        """If the keeper is killed while it stops a job, the job has ended when stop returns."""
        job = await self.engine.start(self.place.python(DAEMON, "stay"))
        daemon = int(await self.ready.line())
        stopping = Deferred.fromCoroutine(job.stop(1000))
        os.kill(job.pid, signal.SIGKILL)
        await stopping
        self.assertFalse(exists(daemon))

    async def test_many_forks(self) -> None:
        """A program that evades by forking and exiting without pause is caught."""
        job = await self.engine.start(self.place.python(FUGITIVE))
        await self.ready.line()
        await job.stop(0)
        self.assertEqual(128 + signal.SIGKILL, (await job.wait()).code)
        await self.ready.end()

    async def test_keeper_killed(self) -> None:
        """If the keeper is killed the job ends with all its processes, and the status says what happened."""
        job = await self.engine.start(self.place.python(DAEMON, "stay"))
        daemon = int(await self.ready.line())
        os.kill(job.pid, signal.SIGKILL)
        status = await job.wait()
        self.assertFalse(exists(daemon))
        self.assertEqual(128 + signal.SIGKILL, status.code)
        self.assertIn("was killed", status.reason)
        await self.ready.end()

    async def test_keeper_killed_account(self) -> None:
        """A job of another account ends with its keeper too."""
        require("root")
        self.engine = make_engine(find_account("nobody"))
        os.chmod(os.path.dirname(self.place.root), 0o711)
        script = """
        (setsid sh -c 'trap "" TERM; exec 3> "$READY"; echo $$ >&3; while :; do sleep 1000; done' &)
        exec sleep 1000
        """
        job = await self.engine.start(self.place.shell(script))
        daemon = int(await self.ready.line())
        self.assertEqual(find_account("nobody").uid, os.stat(f"/proc/{daemon}").st_uid)
        os.kill(job.pid, signal.SIGKILL)
        await job.wait()
        self.assertFalse(exists(daemon))

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
        self.assertEqual([port], [one.port for one in await second.listening()])
        await second.stop(0)

    async def test_other_child(self) -> None:
        """The loss of a keeper does not touch a child that this process had before."""
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
            job = await self.engine.start(self.place.python(DAEMON, "stay"))
            await self.ready.line()
            os.kill(job.pid, signal.SIGKILL)
            await job.wait()
            child.communicate()
        self.assertEqual(0, child.returncode)

    async def test_runner_killed(self) -> None:
        """When the runner is killed, everything of its job ends, daemons included."""
        runner = subprocess.Popen(**runner_of(self.place.python(DAEMON, "stay")))
        try:
            await self.ready.line()
            keeper = tree.descendants(runner.pid, tree.processes())[0].pid
        finally:
            runner.kill()
            runner.wait()
        await self.ready.end()
        await until_ended(reactor, keeper)
        os.waitpid(keeper, 0)

    async def test_runner_suspended(self) -> None:
        """When the keeper is killed and the runner cannot act, the main process ends nevertheless."""
        plan = self.place.shell('exec 3> "$READY"; echo >&3; exec sleep 1000')
        runner = subprocess.Popen(**runner_of(plan))
        try:
            await self.ready.line()
            keeper, main = tree.descendants(runner.pid, tree.processes())
            runner.send_signal(signal.SIGSTOP)
            os.kill(keeper.pid, signal.SIGKILL)
            await self.ready.end()
        finally:
            runner.kill()
            runner.wait()
        os.waitpid(keeper.pid, 0)
        os.waitpid(main.pid, 0)


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
        self.assertEqual([Listening(port, address)], list(await job.listening()))
        sock = await job.connect(port)
        self.assertEqual(port, sock.getpeername()[1])
        sock.close()
        await job.stop(0)

    async def test_all_addresses(self) -> None:
        """A program that listens on all addresses is reached."""
        await self._reached("0.0.0.0")

    async def test_both_families(self) -> None:
        """A program that listens on all addresses of both families with one socket is reached."""
        self._require_ipv6()
        await self._reached("::")

    async def test_daemon_port(self) -> None:
        """A port of a daemon that left its session belongs to the job."""
        job = await self.engine.start(
            self.place.shell(f"({shlex.join(self.place.server('127.0.0.1'))} &) ; sleep 1000")
        )
        port = int(await self.ready.line())
        self.assertEqual([Listening(port, "127.0.0.1")], list(await job.listening()))
        (await job.connect(port)).close()
        await job.stop(0)

    async def test_several_ports(self) -> None:
        """All ports are found, in their order, each once."""
        one = shlex.join(self.place.server("127.0.0.1"))
        job = await self.engine.start(self.place.shell(f"{one} & {one} & exec {one}"))
        ports = [int(await self.ready.line()) for _ in range(3)]
        self.assertEqual(sorted(ports), [one.port for one in await job.listening()])
        await job.stop(0)

    async def test_deaf_port(self) -> None:
        """A port on which the job no longer listens is NotListening."""
        job = await self.engine.start(self.place.python(SERVER, "127.0.0.1", "once"))
        port = int(await self.ready.line())
        (await job.connect(port)).close()
        self.assertEqual("closed", await self.ready.line())
        await self.assertFailure(Deferred.fromCoroutine(job.connect(port)), NotListening)
        await job.stop(0)

    async def test_port_taken_over(self) -> None:
        """A port on which somebody else listens since the job does no longer is NotListening."""
        job = await self.engine.start(self.place.python(SERVER, "127.0.0.1", "once"))
        port = int(await self.ready.line())
        (await job.connect(port)).close()
        self.assertEqual("closed", await self.ready.line())
        with socket.create_server(("127.0.0.1", port)):
            await self.assertFailure(Deferred.fromCoroutine(job.connect(port)), NotListening)
        await job.stop(0)

    async def test_other_loopback_address(self) -> None:
        """A program that listens on one address only is reached there."""
        await self._reached("127.0.0.7")

    async def test_ipv6(self) -> None:
        """A program that listens on the IPv6 loopback address is reached."""
        self._require_ipv6()
        await self._reached("::1")

    def _require_ipv6(self) -> None:
        if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
            self.skipTest("this machine has no IPv6")


class KeeperProtocolTests(SynchronousTestCase):
    """What a keeper says."""

    def test_pieces(self) -> None:
        """Reports may come in any pieces."""
        for at in range(1, len(REPORTS)):
            keeper = KeeperProtocol()
            keeper.outReceived(REPORTS[:at])
            keeper.outReceived(REPORTS[at:])
            keeper.processEnded(Failure(ProcessDone(0)))
            self.assertEqual({"started": 12}, self.successResultOf(keeper.started.wait()))
            self.assertEqual(3, self.successResultOf(keeper.ended.wait()))

    def test_no_report(self) -> None:
        """A keeper that ends without a word has neither started a job nor an exit code."""
        keeper = KeeperProtocol()
        keeper.processEnded(Failure(ProcessDone(0)))
        self.assertEqual({}, self.successResultOf(keeper.started.wait()))
        self.assertIsNone(self.successResultOf(keeper.ended.wait()))

    def test_after_end(self) -> None:
        """Commands to a keeper that has exited go nowhere."""
        keeper = KeeperProtocol()
        keeper.processEnded(Failure(ProcessDone(0)))
        keeper.send({"stop": 1})
        keeper.kill()

    def test_errors(self) -> None:
        """What is wrong with the keeper itself is logged as an error."""
        events: list[LogEvent] = []
        globalLogPublisher.addObserver(events.append)
        self.addCleanup(globalLogPublisher.removeObserver, events.append)
        KeeperProtocol().errReceived(b"no module named arvgate")
        self.assertEqual(
            [(LogLevel.error, "The keeper says: no module named arvgate")],
            [(event["log_level"], formatEvent(event)) for event in events],
        )
