"""
Waiting in acceptance tests: for a condition, for a thread, for a program; always with a bound.

The one place of the acceptance tests that imports the reactor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from twisted.internet import error, reactor  # noqa: TID251
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

__all__ = ["Program", "in_thread", "pause", "seconds", "until"]

T = TypeVar("T")
_INTERVAL = 0.1


def seconds() -> float:
    """The reactor's clock."""
    return float(reactor.seconds())


def in_thread(function: Callable[..., T], *args: object, **keywords: object) -> Deferred[T]:
    """The result of a blocking call, which must have a time-out of its own."""
    return deferToThread(function, *args, **keywords)


def pause(duration: float) -> Deferred[None]:
    """Let C{duration} seconds pass: where the passing of time is what is tested."""
    return deferLater(reactor, duration, lambda: None)


async def until(condition: Callable[[], T], within: float, what: str) -> T:
    """
    The first true value of C{condition} (called in a thread, several times a second).

    @param within: seconds.
    @raise AssertionError: it did not come true, naming C{what} was awaited.
    """
    deadline = seconds() + within
    while True:
        value = await in_thread(condition)
        if value:
            return value
        if seconds() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        await pause(_INTERVAL)


class Program(ProcessProtocol):
    """
    A program that was started, with all that it printed.

    @ivar output: its stdout so far.
    @ivar errors: its stderr so far.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], directory: Path | None = None) -> None:
        self.output = ""
        self.errors = ""
        self.pid = 0
        self._ended: list[Deferred[int]] = []
        self._status: int | None = None
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []
        self._arguments = arguments
        reactor.spawnProcess(
            self,
            arguments[0],
            list(arguments),
            env=dict(environment),
            path=str(directory) if directory else None,
        )

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._status is None

    def signal(self, name: str) -> None:
        """Send it C{TERM}, C{KILL}, …; nothing if it has ended."""
        if self.running:
            self.transport.signalProcess(name)

    async def ended(self, within: float = 30.0) -> int:
        """Its exit status (128 + signal number if a signal ended it), once it has ended."""
        if self._status is not None:
            return self._status
        ended: Deferred[int] = Deferred()
        self._ended.append(ended)
        return await self._bounded(ended, within, "ended")

    async def printed(self, text: str, within: float = 30.0) -> str:
        """The first line of stdout that contains C{text}, once it is complete."""

        def lines() -> list[str]:
            complete = self.output.rpartition("\n")[0].splitlines()
            return [line for line in complete if text in line]

        if not lines():
            arrived: Deferred[None] = Deferred()
            self._waiting.append((lambda: bool(lines()), arrived))
            await self._bounded(arrived, within, f"printed {text!r}")
        return lines()[0]

    async def _bounded(self, event: Deferred[T], within: float, what: str) -> T:
        event.addTimeout(within, reactor, onTimeoutCancel=lambda value, timeout: self._late(what, within))
        return await event

    def _late(self, what: str, within: float) -> Failure:
        said = f"{self.output[-2000:]}\n{self.errors[-2000:]}"
        sentence = f"{self._arguments[:4]} has not {what} within {within} s; it said:\n{said}"
        return Failure(AssertionError(sentence))

    def _look(self) -> None:
        for entry in list(self._waiting):
            true, arrived = entry
            if arrived.called:
                self._waiting.remove(entry)
            elif true():
                self._waiting.remove(entry)
                arrived.callback(None)

    # What Twisted calls on a ProcessProtocol.

    def connectionMade(self) -> None:
        """It runs."""
        self.pid = self.transport.pid
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        """It printed something."""
        self.output += data.decode("utf-8", "replace")
        self._look()

    def errReceived(self, data: bytes) -> None:
        """It complained."""
        self.errors += data.decode("utf-8", "replace")

    def processEnded(self, reason: Failure) -> None:
        """It has ended and all that it printed is here."""
        value = reason.value
        if isinstance(value, error.ProcessTerminated) and value.signal:
            self._status = 128 + value.signal
        else:
            self._status = value.exitCode or 0
        for ended in self._ended:
            if not ended.called:
                ended.callback(self._status)
