"""
Tests for L{arvgate.service.keeping}.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import Clock, deferLater
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.service.keeping import Backoff, Kept
from arvgate.service.pipes import INSTRUCTIONS, REPORTS


class Logged:
    """What is logged during a test."""

    def __init__(self, case: SynchronousTestCase) -> None:
        self.lines: list[str] = []
        self._waiting: list[tuple[str, Deferred[None]]] = []
        globalLogPublisher.addObserver(self._observe)
        case.addCleanup(globalLogPublisher.removeObserver, self._observe)

    def until(self, text: str) -> Deferred[None]:
        """Fires when a line with C{text} is logged, or was."""
        waiting: Deferred[None] = Deferred()
        if any(text in line for line in self.lines):
            waiting.callback(None)
        else:
            self._waiting.append((text, waiting))
        return waiting.addTimeout(20.0, reactor)

    def _observe(self, event: LogEvent) -> None:
        if event.get("log_namespace") != "arvgate.service.keeping":
            return
        line = formatEvent(event)
        self.lines.append(line)
        for text, waiting in tuple(self._waiting):
            if text in line:
                self._waiting.remove((text, waiting))
                waiting.callback(None)


class BackoffTests(SynchronousTestCase):
    """Pauses before a replacement."""

    def test_grows(self) -> None:
        """The first death costs nothing, further quick ones ever more, up to a bound."""
        backoff = Backoff(first=0.1, last=5.0)
        pauses = [backoff.after(0.5) for _ in range(9)]
        self.assertEqual([0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0], [round(pause, 6) for pause in pauses])

    def test_lasting(self) -> None:
        """Who lived long is replaced at once, and then it grows from the beginning."""
        backoff = Backoff(lasting=10.0)
        for _ in range(4):
            backoff.after(1.0)
        self.assertEqual([0.0, 0.1], [backoff.after(10.0), backoff.after(9.9)])


class FakeProcess:
    """A process that is no process."""

    def __init__(self, pid: int, protocol: ProcessProtocol) -> None:
        self.pid = pid
        self.protocol = protocol
        self.written: list[tuple[int, bytes]] = []
        self.signals: list[str] = []
        self.gone = False

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """Keep what is written."""
        self.written.append((childFD, data))

    def signalProcess(self, name: str) -> None:
        """Keep the signal."""
        if self.gone:
            raise ProcessExitedAlready
        self.signals.append(name)

    def die(self, code: int = 1) -> None:
        """Exit, and close the pipes."""
        self.gone = True
        reason = Failure(ProcessTerminated(code) if code else ProcessDone(0))
        self.protocol.processExited(reason)
        self.protocol.processEnded(reason)


class KeptTests(SynchronousTestCase):
    """One process and its successors."""

    def setUp(self) -> None:
        """It is started."""
        self.clock = Clock()
        self.processes: list[FakeProcess] = []
        self.failing = False
        self.logged = Logged(self)
        self.kept = Kept("door 1", self.spawn, lambda: {"number": len(self.processes)}, self.clock)
        self.kept.start()

    def spawn(self, protocol: ProcessProtocol) -> Any:
        """Start a process that is none."""
        if self.failing:
            raise OSError(11, "Resource temporarily unavailable")
        process = FakeProcess(100 + len(self.processes), protocol)
        protocol.transport = process
        self.processes.append(process)
        return process

    def test_started(self) -> None:
        """It gets its orders first, and then what it is told."""
        self.assertEqual([(INSTRUCTIONS, b'{"number":1}\n')], self.processes[0].written)
        self.kept.tell({"news": 1})
        self.assertEqual((INSTRUCTIONS, b'{"news":1}\n'), self.processes[0].written[-1])
        self.assertEqual(100, self.kept.pid)

    def test_replaced_at_once(self) -> None:
        """The first death is followed by a successor in the same moment, with orders of its own."""
        self.processes[0].die()
        self.assertEqual(101, self.kept.pid)
        self.assertEqual([(INSTRUCTIONS, b'{"number":2}\n')], self.processes[1].written)
        self.assertIn("door 1 is gone and is replaced", self.logged.lines[-1])

    def test_replaced_after_a_pause(self) -> None:
        """One that dies again quickly is replaced after a pause, in which nothing can be told."""
        self.processes[0].die()
        self.processes[1].die(0)
        self.assertIsNone(self.kept.pid)
        self.kept.tell({"lost": 1})
        self.clock.advance(0.05)
        self.assertEqual(2, len(self.processes))
        self.clock.advance(0.05)
        self.assertEqual(102, self.kept.pid)
        self.assertEqual(1, len(self.processes[2].written))

    def test_cannot_be_started(self) -> None:
        """Where no process can be made it is tried again."""
        self.failing = True
        self.processes[0].die()
        self.clock.pump([0.1] * 5)
        self.assertIn("could not be started", self.logged.lines[-1])
        self.failing = False
        self.clock.advance(5.0)
        self.assertEqual(101, self.kept.pid)

    def test_stop(self) -> None:
        """It is asked to end, and when it has ended that is all."""
        stopped = self.kept.stop(10.0)
        self.assertEqual(["TERM"], self.processes[0].signals)
        self.assertNoResult(stopped)
        self.processes[0].die(0)
        self.successResultOf(stopped)
        self.assertEqual((1, []), (len(self.processes), self.clock.getDelayedCalls()))

    def test_stop_is_not_heard(self) -> None:
        """One that does not end is killed when patience is over."""
        stopped = self.kept.stop(10.0)
        self.clock.advance(10.0)
        self.assertEqual(["TERM", "KILL"], self.processes[0].signals)
        self.processes[0].die()
        self.successResultOf(stopped)

    def test_stop_while_there_is_none(self) -> None:
        """In the pause between two there is nothing to end, and no successor comes."""
        self.processes[0].die()
        self.processes[1].die()
        self.successResultOf(self.kept.stop(10.0))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_stop_of_a_dead_one(self) -> None:
        """One that has died and was not reaped yet is no error."""
        self.processes[0].gone = True
        stopped = self.kept.stop(10.0)
        self.processes[0].die()
        self.successResultOf(stopped)

    def test_log(self) -> None:
        """What it writes is logged by line under its name, the last line also without an end, also after its death."""
        protocol = self.processes[0].protocol
        protocol.childDataReceived(2, b"first\nsec")
        protocol.childDataReceived(2, b"ond\xff\nlast")
        protocol.childConnectionLost(1)
        protocol.processExited(Failure(ProcessTerminated(1)))
        protocol.childDataReceived(2, b" words")
        protocol.processEnded(Failure(ProcessTerminated(1)))
        said = [line for line in self.logged.lines if line.startswith("door 1: ")]
        self.assertEqual(["door 1: first", "door 1: second\ufffd", "door 1: last words"], said)

    def test_reports(self) -> None:
        """Its reports say that it works, or why it cannot; others are noted."""
        for value, word in (({"ready": True}, "is ready"), ({"failed": "No."}, "cannot work: No."), ({}, "understood")):
            self.processes[0].protocol.childDataReceived(REPORTS, json.dumps(value).encode() + b"\n")
            self.assertIn(word, self.logged.lines[-1])
        self.processes[0].protocol.childDataReceived(REPORTS, b"no json\n")
        self.assertIn("not understood", self.logged.lines[-1])


#: A child that reports, says what it is told, and ends on SIGTERM.
PROGRAM = """
import os, sys
os.write(3, b'{"ready": true}\\n')
for line in sys.stdin:
    print("told " + line.strip(), flush=True)
print("twistd is gone", flush=True)
"""


class RealProcessTests(TestCase):
    """The same with a small real process."""

    def spawn(self, protocol: ProcessProtocol) -> Any:
        """Start it."""
        files = {0: "w", 1: "r", 2: "r", 3: "r"}
        return reactor.spawnProcess(protocol, sys.executable, [sys.executable, "-c", PROGRAM], childFDs=files)

    async def test_life(self) -> None:
        """It works, is told, dies, is replaced, and stops."""
        logged = Logged(self)
        kept = Kept("child", self.spawn, lambda: {"number": 1}, reactor)
        kept.start()
        first = kept.pid
        await logged.until(f"child (process {first}) is ready")
        kept.tell({"number": 2})
        await logged.until('told {"number":2}')
        os.kill(first, signal.SIGKILL)
        await logged.until("is replaced")
        await deferLater(reactor, 0)
        self.assertNotEqual(first, kept.pid)
        await logged.until(f"child (process {kept.pid}) is ready")
        await kept.stop(10.0)
        self.assertIsNone(kept.pid)
