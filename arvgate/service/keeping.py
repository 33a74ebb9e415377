"""
Keeping a process alive: one that dies is replaced, at once the first time, with growing pauses if it goes on dying.

Not here: what the processes are and when they are to end for good (L{arvgate.service.watching}).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import IDelayedCall, IProcessTransport, IReactorTime
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from arvgate.service.pipes import INSTRUCTIONS, REPORTS, Lines, json_line

__all__ = ["Backoff", "Kept"]

_log = Logger()

#: Bytes of one line of a child's log.
_LOG_LINE = 16384


class Backoff:
    """
    How long to wait before what died is started again; times in seconds.

    @ivar _lasting: who lived this long did not die of starting.
    """

    def __init__(self, first: float = 0.1, last: float = 5.0, lasting: float = 10.0) -> None:
        self._first = first
        self._last = last
        self._lasting = lasting
        self._next = 0.0

    def after(self, lived: float) -> float:
        """The pause after one that C{lived} for so long."""
        if lived >= self._lasting:
            self._next = 0.0
        pause = self._next
        self._next = min(self._last, max(self._first, 2 * pause))
        return pause


class Kept:
    """
    One process that is replaced whenever it dies, until it is told to stop.

    @ivar pid: of the present one; None while there is none.
    @ivar _spawn: starts it; raises OSError.
    @ivar _orders: makes what it is told first.
    """

    def __init__(
        self,
        name: str,
        spawn: Callable[[ProcessProtocol], IProcessTransport],
        orders: Callable[[], Mapping[str, Any]],
        clock: IReactorTime,
    ) -> None:
        self.name = name
        self.pid: int | None = None
        self._spawn = spawn
        self._orders = orders
        self._clock = clock
        self._backoff = Backoff()
        self._started_at = 0.0
        self._transport: IProcessTransport | None = None
        self._again: IDelayedCall | None = None
        self._stopping = False
        self._ended: Deferred[None] | None = None

    def start(self) -> None:
        """Start it."""
        self._again = None
        self._started_at = self._clock.seconds()
        try:
            self._transport = self._spawn(_Child(self))
        except OSError as error:
            self._gone(f"could not be started: {error.strerror}")
            return
        self.pid = self._transport.pid
        self._transport.writeToChild(INSTRUCTIONS, json_line(self._orders()))

    def tell(self, value: Mapping[str, Any]) -> None:
        """Give it an instruction, if it is there."""
        if self._transport is not None:
            self._transport.writeToChild(INSTRUCTIONS, json_line(value))

    def stop(self, patience: float) -> Deferred[None]:
        """
        End it: SIGTERM, and SIGKILL after C{patience} seconds.

        @return: fires when it has ended.
        """
        self._stopping = True
        ended: Deferred[None] = Deferred()
        if self._again is not None:
            self._again.cancel()
        if self._transport is None:
            ended.callback(None)
            return ended
        self._ended = ended
        self._signal("TERM")
        kill = self._clock.callLater(patience, self._signal, "KILL")

        def over(result: None) -> None:
            if kill.active():
                kill.cancel()

        return ended.addCallback(over)

    def said(self, line: bytes) -> None:
        """A line of its log."""
        _log.info("{name}: {line}", name=self.name, line=line.decode("utf-8", "replace"))

    def reported(self, line: bytes) -> None:
        """A line of its reports."""
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        match value:
            case {"ready": True}:
                _log.info("{name} (process {pid}) is ready", name=self.name, pid=self.pid)
            case {"failed": str(sentence)}:
                _log.error("{name} cannot work: {sentence}", name=self.name, sentence=sentence)
            case _:
                _log.warn("{name} reports what is not understood", name=self.name)

    def over(self, reason: Failure) -> None:
        """It has died."""
        self._transport = self.pid = None
        if self._stopping:
            if self._ended is not None:
                self._ended.callback(None)
            return
        self._gone(reason.getErrorMessage())

    def _gone(self, reason: str) -> None:
        pause = self._backoff.after(self._clock.seconds() - self._started_at)
        _log.error(
            "{name} is gone and is replaced{when}: {reason}",
            name=self.name,
            when=f" in {pause} s" if pause else "",
            reason=reason,
        )
        if pause:
            self._again = self._clock.callLater(pause, self.start)
        else:
            self.start()

    def _signal(self, name: str) -> None:
        if self._transport is None:
            return
        try:
            self._transport.signalProcess(name)
        except ProcessExitedAlready:
            return


class _Child(ProcessProtocol):
    """What Twisted tells of one process."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._log = Lines(_LOG_LINE)
        self._reports = Lines(_LOG_LINE)

    def childDataReceived(self, childFD: int, data: bytes) -> None:  # noqa: N803
        """The process wrote something."""
        if childFD == REPORTS:
            for line in self._reports.feed(data):
                self._kept.reported(line)
        else:
            for line in self._log.feed(data):
                self._kept.said(line)

    def childConnectionLost(self, childFD: int) -> None:  # noqa: N803
        """It closed one of its pipes; that alone means nothing."""

    def processExited(self, reason: Failure) -> None:
        """It has died; what it said last may still be on its way."""
        self._kept.over(reason)

    def processEnded(self, reason: Failure) -> None:
        """It has died, and its pipes are closed."""
        for line in self._log.end():
            self._kept.said(line)
