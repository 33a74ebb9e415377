"""
The contract suite of L{arvgate.interfaces.IEngine} and L{arvgate.interfaces.IJob}, run for each engine.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface.verify import verifyObject

from arvgate.errors import CommandNotFound, NotListening
from arvgate.interfaces import IEngine, IJob, JobPlan

__all__ = ["GREETING", "EngineContract"]

#: What the program of L{EngineContract.serving} says to whoever connects.
GREETING = b"hello from the container"


class EngineContract:
    """
    What every engine does; mixed into a TestCase that provides the engine and the plans.

    Each method that makes a plan gives one that the engine can run.
    """

    engine: Any
    assertEqual: Any
    assertFalse: Any
    assertGreater: Any
    assertIn: Any
    assertTrue: Any
    fail: Any

    def exiting(self, code: int) -> JobPlan:
        """A job that exits at once with C{code}."""
        raise NotImplementedError

    def lasting(self) -> JobPlan:
        """A job that runs until it gets SIGTERM."""
        raise NotImplementedError

    def stubborn(self) -> JobPlan:
        """A job that ignores SIGTERM."""
        raise NotImplementedError

    def serving(self) -> JobPlan:
        """A job that listens on one port and greets whoever connects."""
        raise NotImplementedError

    def missing(self) -> JobPlan:
        """A job whose command does not exist."""
        raise NotImplementedError

    async def until_ready(self, job: Any) -> int:
        """Return when the program of C{job} does what it is for; the port of one that serves, else 0."""
        raise NotImplementedError

    def elapse(self, seconds: float) -> None:
        """Let time pass, if the engine has a clock of its own."""

    def idle_port(self) -> int:
        """A port that nobody listens on."""
        raise NotImplementedError

    async def read_all(self, sock: socket.socket) -> bytes:
        """What comes out of a non-blocking socket until its end."""
        raise NotImplementedError

    async def test_interfaces(self) -> None:
        """Engine and job provide what they say."""
        job = await self.engine.start(self.lasting())
        self.assertTrue(verifyObject(IEngine, self.engine))
        self.assertTrue(verifyObject(IJob, job))
        await job.stop(0)

    async def test_exit_code(self) -> None:
        """The exit code of the command is the job's, for whoever waits and however often."""
        job = await self.engine.start(self.exiting(3))
        self.assertEqual(3, (await job.wait()).code)
        self.assertEqual(3, (await job.wait()).code)

    async def test_plain_end(self) -> None:
        """An end that needs no explanation has none."""
        job = await self.engine.start(self.exiting(0))
        self.assertEqual("", (await job.wait()).reason)

    async def test_command_not_found(self) -> None:
        """A command that does not exist is CommandNotFound, with a sentence that names it."""
        plan = self.missing()
        try:
            await self.engine.start(plan)
        except CommandNotFound as error:
            self.assertIn(plan.command[0], error.sentence)
        else:
            self.fail("it was started")

    async def test_stop(self) -> None:
        """A stopped job has ended by SIGTERM when stop returns."""
        job = await self.engine.start(self.lasting())
        await self.until_ready(job)
        await job.stop(30)
        self.assertEqual(128 + 15, (await job.wait()).code)

    async def test_stop_escalates(self) -> None:
        """A job that ignores SIGTERM is killed when the grace is over."""
        job = await self.engine.start(self.stubborn())
        await self.until_ready(job)
        stopping = Deferred.fromCoroutine(job.stop(0.2))
        self.elapse(0.2)
        await stopping
        self.assertEqual(128 + 9, (await job.wait()).code)

    async def test_stop_at_once(self) -> None:
        """Without grace a job is killed at once, even one that would have heeded SIGTERM."""
        job = await self.engine.start(self.lasting())
        await self.until_ready(job)
        await job.stop(0)
        self.assertEqual(128 + 9, (await job.wait()).code)

    async def test_stop_twice(self) -> None:
        """Whoever stops a job returns when it has ended, however many do."""
        job = await self.engine.start(self.lasting())
        await self.until_ready(job)
        first, second = (Deferred.fromCoroutine(job.stop(30)) for _ in range(2))
        await first
        await second
        self.assertEqual(128 + 15, (await job.wait()).code)

    async def test_stop_sooner(self) -> None:
        """A stop with less grace overtakes one that is under way."""
        job = await self.engine.start(self.stubborn())
        await self.until_ready(job)
        patient = Deferred.fromCoroutine(job.stop(1000))
        await job.stop(0)
        await patient
        self.assertEqual(128 + 9, (await job.wait()).code)

    async def test_stop_later(self) -> None:
        """A stop with more grace does not prolong that of one that is under way."""
        job = await self.engine.start(self.stubborn())
        await self.until_ready(job)
        first = Deferred.fromCoroutine(job.stop(0.2))
        second = Deferred.fromCoroutine(job.stop(1000))
        self.elapse(0.2)
        await first
        await second
        self.assertEqual(128 + 9, (await job.wait()).code)

    async def test_cancelled_stop(self) -> None:
        """A job goes on ending when who stops it no longer waits for that."""
        job = await self.engine.start(self.stubborn())
        await self.until_ready(job)
        stopping = Deferred.fromCoroutine(job.stop(0.2))
        stopping.addErrback(lambda _: None)
        stopping.cancel()
        self.elapse(0.2)
        self.assertEqual(128 + 9, (await job.wait()).code)

    async def test_stop_after_end(self) -> None:
        """Stopping a job that has ended changes nothing."""
        job = await self.engine.start(self.exiting(5))
        await job.wait()
        await job.stop(30)
        self.assertEqual(5, (await job.wait()).code)

    async def test_cancelled_wait(self) -> None:
        """Who no longer waits for the end does not disturb others who do."""
        job = await self.engine.start(self.lasting())
        impatient = Deferred.fromCoroutine(job.wait())
        impatient.addErrback(lambda _: None)
        patient = Deferred.fromCoroutine(job.wait())
        impatient.cancel()
        await job.stop(0)
        self.assertGreater((await patient).code, 128)

    async def test_connect(self) -> None:
        """A connection to a port of the job is a non-blocking socket to its program."""
        job = await self.engine.start(self.serving())
        port = await self.until_ready(job)
        sock = await job.connect(port)
        self.assertFalse(sock.getblocking())
        self.assertEqual(GREETING, await self.read_all(sock))
        await job.stop(0)

    async def test_not_listening(self) -> None:
        """A port that nothing listens on is NotListening."""
        job = await self.engine.start(self.lasting())
        try:
            await job.connect(self.idle_port())
        except NotListening:
            await job.stop(0)
        else:
            self.fail("it is connected")

    async def test_connect_after_end(self) -> None:
        """The port of a job that has ended is NotListening."""
        job = await self.engine.start(self.serving())
        port = await self.until_ready(job)
        await job.stop(0)
        try:
            await job.connect(port)
        except NotListening:
            return
        self.fail("it is connected")

    async def test_listening(self) -> None:
        """Where the job listens is where its program does, and nowhere when it has ended."""
        job = await self.engine.start(self.serving())
        port = await self.until_ready(job)
        self.assertEqual([port], [one.port for one in await job.listening()])
        self.assertIn((await job.listening())[0].address, ("0.0.0.0", "::", "127.0.0.1"))
        await job.stop(0)
        self.assertEqual([], list(await job.listening()))
