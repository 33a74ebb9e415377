"""Jobs of the Docker engine through breaks of their daemon, which is one of the test's own: L{DockerJob}."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from typing import Any

import attrs
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from arvgate.errors import NotListening
from arvgate.runner.docker.job import State
from test.dockerd.daemon import DockerDaemon
from test.runner.docker.case import DockerCase, pause

FOREVER = 'echo > "$READY"; exec sleep 1000'


class EndTests(DockerCase):
    """Ends that others bring about, on a daemon that goes on."""

    async def test_removed(self) -> None:
        """A container that somebody else removes is lost, with the reason."""
        job = await self.engine.start(self.place.shell(FOREVER))
        await self.ready.line()
        await deferToThread(self.dockerd.client.api.remove_container, f"arvgate-{self.place.uuid}", force=True)
        status = await job.wait()
        self.assertTrue(status.lost)
        self.assertIn("removed from Docker", status.reason)
        await job.stop(0)

    async def test_killed(self) -> None:
        """A container that somebody else kills has ended like any other."""
        job = await self.engine.start(self.place.shell(FOREVER))
        await self.ready.line()
        await deferToThread(self.dockerd.client.api.kill, f"arvgate-{self.place.uuid}")
        status = await job.wait()
        self.assertEqual((137, "", False), (status.code, status.reason, status.lost))

    async def test_paused(self) -> None:
        """A container that somebody has paused can be stopped."""
        job = await self.engine.start(self.place.shell(FOREVER))
        await self.ready.line()
        await deferToThread(self.dockerd.client.api.pause, f"arvgate-{self.place.uuid}")
        await job.stop(0)
        self.assertEqual(137, (await job.wait()).code)

    async def test_last_line(self) -> None:
        """A last line that does not end is in the log, every time."""
        for turn in range(10):
            plan = attrs.evolve(self.place.shell("echo a; printf last"), stdout=f"{self.place.root}/out{turn}")
            job = await self.engine.start(plan)
            await job.wait()
            self.assertEqual(b"a\nlast", self.place.read(f"out{turn}"))

    async def test_flood(self) -> None:
        """Of a log that is larger than what the daemon keeps the newest is kept within its limit, and nothing hangs."""
        line, size = b"0123456789" * 4 + b"\n", 130_000_000
        plan = self.place.shell(f"yes {line.decode().strip()} | head -c {size}; echo last >&2")
        job = await self.engine.start(attrs.evolve(plan, log_limit=1_000_000))
        status = await job.wait()
        self.assertEqual((0, False), (status.code, status.lost))
        self.assertEqual(b"last\n", self.place.read("stderr.txt"))
        newest = self.place.read("stdout.txt")
        self.assertTrue(newest.endswith((line * 3)[: size % len(line) + len(line)]), newest[-100:])
        self.assertLessEqual(len(newest) + len(self.place.read("stdout.1.txt")), 1_000_000)

    test_flood.timeout = 120  # type: ignore[attr-defined]

    async def test_odd_bytes(self) -> None:
        """Bytes that are no text, and lines of any length, are in the log as they were."""
        job = await self.engine.start(self.place.shell("head -c 100000 /dev/zero; printf '\\r\\n\\377\\n\\n'"))
        await job.wait()
        self.assertEqual(bytes(100_000) + b"\r\n\xff\n\n", self.place.read("stdout.txt"))

    async def test_nothing_held(self) -> None:
        """Of a job that has ended no descriptor stays open, however it ended and whatever was attached."""

        def held() -> list[str]:
            names = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
            targets = [os.readlink(name) for name in names if os.path.islink(name)]
            return sorted(target for target in targets if self.place.root in target or "pidfd" in target)

        before = held()
        with open(f"{self.place.root}/input", "wb") as file:
            file.write(b"x" * 1000)
        plan = self.place.shell(
            "cat; sleep 1000", stdin=f"{self.place.root}/input", redirects={"stdout": f"{self.place.root}/result"}
        )
        job = await self.engine.start(plan)
        await job.stop(0)
        self.assertEqual(before, held())
        missing = attrs.evolve(self.place.running("no-such-command"), stdin=f"{self.place.root}/input")
        await self.assertFailure(Deferred.fromCoroutine(self.engine.start(missing)), Exception)
        self.assertEqual(before, held())

    async def test_stop_when_ending(self) -> None:
        """Whoever stops a job at its very end, or asks for its ports, is not in its way."""
        job = await self.engine.start(self.place.shell("exit 4"))
        stopping = [Deferred.fromCoroutine(job.stop(0.01 * turn)) for turn in range(20)]
        while not all(one.called for one in stopping):
            await job.listening()
            await pause(0.01)
        self.assertIn((await job.wait()).code, (4, 137, 143))
        await self.assertFailure(Deferred.fromCoroutine(job.connect(7000)), NotListening)


class BreakTests(DockerCase):
    """A daemon that is killed, hangs, and comes back."""

    timeout = 120

    def make_dockerd(self) -> DockerDaemon:
        """One for this test alone."""
        return DockerDaemon(2)

    async def tearDown(self) -> None:
        """Nothing is left on it, and nothing of it."""
        try:
            super().tearDown()
        finally:
            await deferToThread(self.dockerd.stop)

    async def broken(self, job: Any) -> None:
        """The daemon is killed, and the job has noticed."""
        await deferToThread(self.dockerd.kill)
        while not job.warning:
            await pause(0.02)

    async def started_again(self) -> None:
        """The daemon is back."""
        await deferToThread(self.dockerd.start)

    async def test_ended_by_restart(self) -> None:
        """A job that the returning daemon ends is lost; meanwhile that is said, and all output until then is there."""
        script = 'trap "" TERM; echo before; echo > "$READY"; n=0; while echo $n; do n=$((n+1)); sleep 0.05; done'
        job = await self.engine.start(self.place.shell(script))
        await self.ready.line()
        self.assertEqual("", job.warning)
        await self.broken(job)
        self.assertIn("Docker does not answer", job.warning)
        await self.started_again()
        status = await job.wait()
        self.assertTrue(status.lost)
        self.assertIn("restarted", status.reason)
        self.assertEqual("", job.warning)
        lines = self.place.read("stdout.txt").decode().splitlines()
        self.assertEqual(["before", *map(str, range(len(lines) - 1))], lines)

    async def test_ended_meanwhile(self) -> None:
        """A job that ends by itself while the daemon is away keeps its exit code."""
        gate = os.path.join(self.place.ready, "gate")
        os.mkfifo(gate)
        job = await self.engine.start(self.place.shell('echo > "$READY"; read line < /ready/gate; exit 7'))
        await self.ready.line()
        process = os.pidfd_open(job.pid)
        self.addCleanup(os.close, process)
        await self.broken(job)
        with open(gate, "w") as file:
            file.write("\n")
        await _ended(process)
        await self.started_again()
        status = await job.wait()
        self.assertEqual((7, "", False), (status.code, status.reason, status.lost))

    async def test_end_forgotten(self) -> None:
        """A daemon that went before it wrote down how a job ended makes up a code: the job is lost instead."""
        statuses = []
        while len(statuses) < 5 and not any(status.lost for status in statuses):
            gate = os.path.join(self.place.ready, f"gate{len(statuses)}")
            os.mkfifo(gate)
            script = f'echo > "$READY"; read line < /ready/{os.path.basename(gate)}; exit 7'
            job = await self.engine.start(self.place.shell(script))
            await self.ready.line()
            killed = deferToThread(self.kill_when, "die")
            with open(gate, "w") as file:
                file.write("\n")
            await killed
            await self.started_again()
            statuses.append(await job.wait())
        # When exactly the daemon writes is not for a test to say: what it did write down is true as well.
        for status in statuses:
            self.assertIn((status.lost, "forgot" in status.reason), [(True, True), (False, False)])
            self.assertTrue(status.lost or status.code == 7, statuses)

    def kill_when(self, event: str) -> None:
        """The daemon is killed as soon as it says that of the container; blocking."""
        filters = {"type": "container", "event": event, "label": f"arvgate.container={self.place.uuid}"}
        since = int(reactor.seconds())
        with closing(self.dockerd.client.api.events(since=since, filters=filters, decode=True)) as events:
            next(iter(events))
            self.dockerd.kill()

    async def test_lived_through(self) -> None:
        """A job that a returning daemon has let live is as before: nothing is said, and its own end counts."""
        gate = os.path.join(self.place.ready, "gate")
        os.mkfifo(gate)
        (self.dockerd.root / "daemon.json").write_text('{"live-restore": true}')
        job = await self.engine.start(self.place.shell('echo > "$READY"; read line < /ready/gate; exit 255'))
        await self.ready.line()
        await self.broken(job)
        await self.started_again()
        while job.warning:
            await pause(0.02)
        with open(gate, "w") as file:
            file.write("\n")
        status = await job.wait()
        self.assertEqual((255, "", False), (status.code, status.reason, status.lost))

    async def test_stopped_meanwhile(self) -> None:
        """A stop while the daemon is away ends the processes at once, and returns when nothing is left."""
        job = await self.engine.start(self.place.shell('trap "" TERM; ' + FOREVER))
        await self.ready.line()
        process = os.pidfd_open(job.pid)
        self.addCleanup(os.close, process)
        await self.broken(job)
        stopping = Deferred.fromCoroutine(job.stop(0.1))
        await _ended(process)
        self.assertFalse(stopping.called)
        await self.started_again()
        await stopping
        self.assertEqual(([], []), self.leftovers())
        self.assertFalse((await job.wait()).lost)

    async def test_terminated_meanwhile(self) -> None:
        """A stop with much grace is heard by a daemon that comes back within it."""
        job = await self.engine.start(
            self.place.shell('trap "exit 9" TERM; echo > "$READY"; while sleep 0.1; do :; done')
        )
        await self.ready.line()
        await self.broken(job)
        stopping = Deferred.fromCoroutine(job.stop(1000))
        await self.started_again()
        await stopping

    async def test_hanging(self) -> None:
        """A daemon that hangs does not keep a job that is stopped alive."""
        job = await self.engine.start(self.place.shell(FOREVER))
        await self.ready.line()
        process = os.pidfd_open(job.pid)
        self.addCleanup(os.close, process)
        dockerd = int((self.dockerd.root / "pid").read_text())
        os.kill(dockerd, signal.SIGSTOP)
        try:
            stopping = Deferred.fromCoroutine(job.stop(0))
            await _ended(process)
        finally:
            os.kill(dockerd, signal.SIGCONT)
        await stopping
        self.assertEqual(137, (await job.wait()).code)

    async def test_stdin(self) -> None:
        """A job whose stdin breaks off is lost."""
        with open(f"{self.place.root}/input", "wb") as file:
            file.write(b"x" * 8_000_000)
        plan = self.place.shell('echo > "$READY"; sleep 1000; wc -c', stdin=f"{self.place.root}/input")
        job = await self.engine.start(plan)
        await self.ready.line()
        await self.broken(job)
        await self.started_again()
        self.assertTrue((await job.wait()).lost)

    async def test_redirect(self) -> None:
        """A job that ends by itself is lost all the same if output that it named a file for may be missing."""
        gate = os.path.join(self.place.ready, "gate")
        os.mkfifo(gate)
        plan = self.place.shell(
            'echo one; echo > "$READY"; read line < /ready/gate; echo two',
            redirects={"stdout": f"{self.place.root}/result"},
        )
        job = await self.engine.start(plan)
        await self.ready.line()
        process = os.pidfd_open(job.pid)
        self.addCleanup(os.close, process)
        await self.broken(job)
        with open(gate, "w") as file:
            file.write("\n")
        await _ended(process)
        await self.started_again()
        status = await job.wait()
        self.assertTrue(status.lost)
        self.assertIn("output of the container is missing", status.reason)

    async def test_twice(self) -> None:
        """A second break before the job has ended changes nothing."""
        gate = os.path.join(self.place.ready, "gate")
        os.mkfifo(gate)
        job = await self.engine.start(self.place.shell('seq 1000; echo > "$READY"; read line < /ready/gate; exit 7'))
        await self.ready.line()
        process = os.pidfd_open(job.pid)
        self.addCleanup(os.close, process)
        # What the daemon has read and not written yet dies with it.
        while not self.place.read("stdout.txt").endswith(b"\n1000\n"):
            await pause(0.02)
        await self.broken(job)
        with open(gate, "w") as file:
            file.write("\n")
        await _ended(process)
        await self.started_again()
        await deferToThread(self.dockerd.kill)
        await self.started_again()
        status = await job.wait()
        self.assertEqual((7, False), (status.code, status.lost))
        self.assertEqual("".join(f"{number}\n" for number in range(1, 1001)).encode(), self.place.read("stdout.txt"))


class StateTests(DockerCase):
    """L{State}."""

    def test_of(self) -> None:
        """It is what the daemon says of a container, as far as it says it."""
        found = {"State": {"Running": False, "ExitCode": 3}}
        self.assertEqual(State(False, False, 0, 3, False, "", ()), State.of(found))

    def test_removed(self) -> None:
        """What is being removed says so before it is gone."""
        for status in ("removing", "dead"):
            self.assertTrue(State.of({"State": {"Running": False, "ExitCode": 137, "Status": status}}).removed)


async def _ended(process: int) -> None:
    """When the process of a pidfd has ended."""
    ended: Deferred[None] = Deferred()

    class Reader:
        def fileno(self) -> int:
            return process

        def logPrefix(self) -> str:
            return "process"

        def doRead(self) -> None:
            reactor.removeReader(self)
            ended.callback(None)

        def connectionLost(self, reason: object) -> None:
            return None

    reactor.addReader(Reader())
    await ended
