"""The keeper by itself: what it is told, what it reports, and that nothing outlives it."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import DeferredQueue
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

import arvgate
from arvgate.interfaces import JobPlan
from arvgate.runner.process import tree
from arvgate.runner.waiting import Once
from test.runner.process.case import EngineCase
from test.runner.process.leftovers import exists, until_ended
from test.runner.process.programs import DAEMON
from test.small_disk import fill, small_disk

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(arvgate.__file__)))


class Conversation(ProcessProtocol):
    """
    A keeper's other side.

    @ivar exit: the exit status of what was spawned; None if a signal ended it.
    """

    transport: Any

    def __init__(self) -> None:
        self.exit: Once[int | None] = Once()
        self.errors = b""
        self._reports: DeferredQueue[dict[str, Any]] = DeferredQueue()
        self._text = b""

    async def report(self) -> dict[str, Any]:
        """The next report."""
        return await self._reports.get()

    def outReceived(self, data: bytes) -> None:
        """Reports, in pieces."""
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines:
            self._reports.put(json.loads(line))

    def errReceived(self, data: bytes) -> None:
        """What should not come."""
        self.errors += data

    def processEnded(self, reason: Failure) -> None:
        """The keeper has exited."""
        self.exit.arrive(reason.value.exitCode)


class KeeperCase(EngineCase):
    """A test with a keeper."""

    def spawn(self, *parent: str) -> Conversation:
        """A keeper that has no instructions yet; C{parent} is a command that starts what follows it."""
        conversation = Conversation()
        keeper = [sys.executable, "-S", "-P", "-X", "utf8", "-m", "arvgate.runner.process.keeper"]
        environment = {"PYTHONPATH": ROOT, "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
        arguments = [*parent, *keeper]
        reactor.spawnProcess(conversation, arguments[0], arguments, environment, "/")
        return conversation

    def instructions(self, plan: JobPlan, **changes: Any) -> bytes:
        """The line for a plan."""
        message = {
            "command": plan.command,
            "environment": plan.environment,
            "cwd": plan.workdir,
            "account": None,
            "stdout": plan.stdout,
            "stderr": plan.stderr,
            "log_limit": plan.log_limit,
        }
        return json.dumps({**message, **changes}).encode() + b"\n"

    def keep(self, plan: JobPlan, **changes: Any) -> Conversation:
        """A keeper that starts a plan."""
        keeper = self.spawn()
        keeper.transport.write(self.instructions(plan, **changes))
        return keeper

    async def over(self, keeper: Conversation, code: int) -> None:
        """The keeper reports that exit code and ends well."""
        self.assertEqual({"ended": code}, await keeper.report())
        self.assertEqual(0, await keeper.exit.wait())
        self.assertEqual(b"", keeper.errors)


class ReportTests(KeeperCase):
    """What a keeper reports."""

    async def test_course(self) -> None:
        """It reports the process that it started and the exit code in the end, and exits with 0."""
        keeper = self.keep(self.place.shell("echo $$; exit 3"))
        started = await keeper.report()
        await self.over(keeper, 3)
        self.assertEqual(f"{started['started']}\n", self.place.output())

    async def test_signal(self) -> None:
        """The code of a job that a signal ended is 128 and its number."""
        keeper = self.keep(self.place.shell("kill -USR1 $$"))
        await keeper.report()
        await self.over(keeper, 128 + signal.SIGUSR1)

    async def _refused(self, code: int, what: str, plan: JobPlan, **changes: Any) -> None:
        keeper = self.keep(plan, **changes)
        self.assertEqual({"refused": code, "what": what}, await keeper.report())
        self.assertEqual(1, await keeper.exit.wait())

    async def test_no_command(self) -> None:
        """A command that does not exist is refused as that."""
        await self._refused(errno.ENOENT, "command", self.place.running("/no/such/command"))

    async def test_no_directory(self) -> None:
        """A directory that does not exist is refused as that, though the command would be there."""
        await self._refused(errno.ENOENT, "directory", self.place.plan, cwd="/no/such/directory")

    async def test_no_log(self) -> None:
        """A log that cannot be opened is refused as that, and nothing is started."""
        await self._refused(errno.ENOENT, "log", self.place.shell('echo > "$READY"'), stderr="/no/such/log")

    async def test_nul(self) -> None:
        """What cannot be passed to the kernel at all is refused."""
        await self._refused(errno.EINVAL, "start", self.place.running("true", "\0"))

    async def test_nobody_listens(self) -> None:
        """A job runs to its end though nobody hears the reports."""
        keeper = self.spawn()
        keeper.transport.closeStdout()
        keeper.transport.write(self.instructions(self.place.shell('echo > "$READY"; echo done')))
        await self.ready.line()
        self.assertEqual(0, await keeper.exit.wait())
        self.assertEqual("done\n", self.place.output())
        self.assertEqual(b"", keeper.errors)


class EndTests(KeeperCase):
    """What makes a keeper end its job, with a daemon that forked twice and ignores SIGTERM."""

    async def _kept_daemon(self) -> tuple[Conversation, int]:
        keeper = self.keep(self.place.python(DAEMON, "stay"))
        await keeper.report()
        return keeper, int(await self.ready.line())

    async def _ended(self, keeper: Conversation, daemon: int) -> None:
        await self.over(keeper, 128 + signal.SIGKILL)
        self.assertFalse(exists(daemon))

    async def test_runner_gone(self) -> None:
        """The end of its stdin."""
        keeper, daemon = await self._kept_daemon()
        keeper.transport.closeStdin()
        await self._ended(keeper, daemon)

    async def test_parent_killed(self) -> None:
        """The death of who started it, though its stdin stays open."""
        keeper = self.spawn("/bin/sh", "-c", 'exec 3<&0; "$@" <&3 & wait', "sh")
        keeper.transport.write(self.instructions(self.place.python(DAEMON, "stay")))
        await keeper.report()
        daemon = int(await self.ready.line())
        pid = tree.descendants(keeper.transport.pid, tree.processes())[0].pid
        keeper.transport.signalProcess("KILL")
        self.assertEqual({"ended": 128 + signal.SIGKILL}, await keeper.report())
        await until_ended(reactor, pid)
        os.waitpid(pid, 0)
        self.assertIsNone(await keeper.exit.wait())
        self.assertFalse(exists(daemon))

    async def test_terminated(self) -> None:
        """SIGTERM to the keeper itself, which is what the kernel sends when the runner dies."""
        keeper, daemon = await self._kept_daemon()
        keeper.transport.signalProcess("TERM")
        await self._ended(keeper, daemon)

    async def test_interrupted(self) -> None:
        """An interrupt from the keyboard of whoever started the runner."""
        keeper, daemon = await self._kept_daemon()
        keeper.transport.signalProcess("INT")
        await self._ended(keeper, daemon)

    async def test_stop_in_pieces(self) -> None:
        """A stop, even if it comes in pieces."""
        keeper, daemon = await self._kept_daemon()
        for piece in (b'{"st', b'op": 0', b"}\n"):
            keeper.transport.write(piece)
        await self._ended(keeper, daemon)

    async def test_stop_at_once(self) -> None:
        """A stop that comes together with the instructions."""
        keeper = self.spawn()
        keeper.transport.write(self.instructions(self.place.running("sleep", "1000")) + b'{"stop": 0}\n')
        await keeper.report()
        await self.over(keeper, 128 + signal.SIGKILL)

    async def test_no_instructions(self) -> None:
        """Without instructions nothing is started."""
        keeper = self.spawn()
        keeper.transport.write(self.instructions(self.place.plan)[:-1])
        keeper.transport.closeStdin()
        self.assertEqual(1, await keeper.exit.wait())
        self.assertFalse(os.path.exists(self.place.plan.stdout))


class OutputTests(KeeperCase):
    """What becomes of what a job writes."""

    async def test_closed(self) -> None:
        """A job that closes its output goes on."""
        keeper = self.keep(self.place.shell('echo out; exec >&- 2>&-; echo > "$READY"; exit 5'))
        await keeper.report()
        await self.over(keeper, 5)
        self.assertEqual("out\n", self.place.output())

    async def test_stranger(self) -> None:
        """A process outside the job that has its output open does not keep the keeper."""
        keeper = self.keep(self.place.shell('echo > "$READY"; exec sleep 1000'))
        main = (await keeper.report())["started"]
        await self.ready.line()
        stranger = os.open(f"/proc/{main}/fd/2", os.O_WRONLY)
        self.addCleanup(os.close, stranger)
        os.write(stranger, b"kept")
        keeper.transport.write(b'{"stop": 0}\n')
        await self.over(keeper, 128 + signal.SIGKILL)
        self.assertEqual("kept", Path(self.place.plan.stderr).read_text())

    async def test_full_disk(self) -> None:
        """A full disk ends nothing, and the keeper tells the runner that output is missing."""
        disk = Path(self.mktemp())
        small_disk(disk, self.addCleanup)
        fill(disk)
        plan = attrs.evolve(self.place.shell("head -c 100000 /dev/zero; exit 7"), stdout=str(disk.absolute() / "out"))
        keeper = self.keep(plan)
        await keeper.report()
        self.assertEqual(({"ended": 7}, 0), (await keeper.report(), await keeper.exit.wait()))
        self.assertIn("out: output is missing (No space left on device)", keeper.errors.decode())

    async def test_endless(self) -> None:
        """A job that writes without end can be stopped, and its log has its limit."""
        keeper = self.keep(attrs.evolve(self.place.shell('echo > "$READY"; exec yes'), log_limit=10_000))
        await keeper.report()
        await self.ready.line()
        keeper.transport.write(b'{"stop": 0}\n')
        await self.over(keeper, 128 + signal.SIGKILL)
        self.assertLessEqual(os.path.getsize(self.place.plan.stdout), 5000)
