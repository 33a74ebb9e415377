"""
A job of the process engine: what its keeper reports, stopping it, and its ports.

Not here: starting it (L{arvgate.runner.process.engine}).
"""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from arvgate.errors import NotListening, Unreachable
from arvgate.interfaces import ExitStatus, IJob
from arvgate.model.locations import Listening
from arvgate.net.connecting import connected_socket
from arvgate.runner.listeners import Listener, listening_of
from arvgate.runner.process import ports, tree
from arvgate.runner.waiting import Once

__all__ = ["KeeperProtocol", "ProcessJob", "end_orphans"]

#: Seconds that a connection to a port of this machine may take.
_CONNECT_TIMEOUT: Final = 10.0
#: Seconds between two rounds of ending orphans.
_ROUND: Final = 0.02
_KILLED: Final = 128 + int(signal.SIGKILL)

_T = TypeVar("_T")


class KeeperProtocol(ProcessProtocol):
    """
    The runner's end of a keeper's pipes.

    @ivar started: the keeper's first report: C{started} or C{refused}; empty if it ended without one.
    @ivar ended: when the keeper has exited: the job's exit code, or None if it did not report one.
    """

    log = Logger()

    def __init__(self) -> None:
        self.started: Once[Mapping[str, Any]] = Once()
        self.ended: Once[int | None] = Once()
        self._code: int | None = None
        self._reports = b""

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one line; nothing happens if the keeper has exited."""
        if self.transport is not None:
            self.transport.write(json.dumps(message).encode() + b"\n")

    def kill(self) -> None:
        """Kill the keeper itself; what is below it becomes an orphan."""
        if self.transport is not None and self.transport.pid is not None:
            self.transport.signalProcess("KILL")

    # called by Twisted

    def outReceived(self, data: bytes) -> None:
        """Reports, in pieces."""
        *lines, self._reports = (self._reports + data).split(b"\n")
        for line in lines:
            report = json.loads(line)
            if "ended" in report:
                self._code = int(report["ended"])
            else:
                self.started.arrive(report)

    def errReceived(self, data: bytes) -> None:
        """What went wrong with the keeper itself."""
        self.log.error("The keeper says: {text}", text=data.decode("utf-8", "replace"))

    def processEnded(self, reason: Failure) -> None:
        """The keeper has exited and its pipes are closed."""
        self.transport = None
        self.started.arrive({})
        self.ended.arrive(self._code)


@implementer(IJob)
class ProcessJob:
    """
    A running job.

    @param siblings: processes that are this one's children for other reasons and are to be left alone when the keeper
        is lost and its orphans are ended.
    @param patience: seconds that the keeper has beyond the grace of a stop before it is killed itself.
    """

    def __init__(
        self,
        reactor: Any,
        keeper: KeeperProtocol,
        pid: int,
        siblings: Callable[[], Collection[tuple[int, int]]],
        patience: float,
    ) -> None:
        self.pid = pid
        self.warning = ""
        self.limitation = ""
        self._reactor = reactor
        self._keeper = keeper
        self._siblings = siblings
        self._patience = patience
        self._over: Once[ExitStatus] = Once()
        self._known: Sequence[Listener] = ()

    async def attend(self) -> None:
        """Follow the job to its end, and end what it leaves behind if its keeper is lost."""
        code = await self._keeper.ended.wait()
        if code is not None:
            self._over.arrive(ExitStatus(code))
            return
        await end_orphans(self._reactor, self._siblings())
        self._over.arrive(ExitStatus(_KILLED, "The process that keeps the job together was killed.", lost=True))

    # IJob

    async def wait(self) -> ExitStatus:
        """When all of it has ended."""
        return await self._over.wait()

    async def stop(self, grace: float) -> None:
        """SIGTERM, after C{grace} seconds SIGKILL, to everything in it; returns when nothing is left."""
        if self._over.arrived:
            return
        self._keeper.send({"stop": grace})
        impatience = self._reactor.callLater(grace + self._patience, self._keeper.kill)
        try:
            await self._over.wait()
        finally:
            if impatience.active():
                impatience.cancel()

    async def connect(self, port: int) -> socket.socket:
        """A connected non-blocking socket to a port on which a process of this job listens."""
        # Who listened a moment ago mostly still does: the tables, which are long where there are many connections,
        # are read again only if not.
        for listener in self._known:
            if listener.port == port and ports.is_held(listener):
                with suppress(Unreachable):
                    return await self._connected(port, listener.family, listener.address)
        self._known = await self._in_thread(lambda: ports.listeners_of(self.pid))
        for listener in self._known:
            if listener.port != port:
                continue
            for family, address in listener.ways:
                with suppress(Unreachable):
                    return await self._connected(port, family, address)
        raise NotListening()

    async def _connected(self, port: int, family: socket.AddressFamily, address: str) -> socket.socket:
        return await connected_socket(self._reactor, family, (address, port), _CONNECT_TIMEOUT)

    async def listening(self) -> Sequence[Listening]:
        """Where processes of this job listen, by port and then by address."""
        return listening_of(await self._in_thread(lambda: ports.listeners_of(self.pid)))

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await deferToThreadPool(self._reactor, self._reactor.getThreadPool(), work)


async def end_orphans(reactor: Any, siblings: Collection[tuple[int, int]]) -> None:
    """
    Kill this process's descendants until none is left, but for C{siblings} (pid and start) and what is below those.

    For the time after a keeper was lost, when its children have become this process's own.
    """
    quiet_rounds = 0
    while quiet_rounds < 2:
        snapshot = tree.processes()
        orphans = [p for p in snapshot if p.parent == os.getpid() and (p.pid, p.started) not in siblings]
        below = [process for orphan in orphans for process in tree.descendants(orphan.pid, snapshot)]
        for process in [*orphans, *below]:
            tree.send_signal(process, signal.SIGKILL)
        for orphan in orphans:
            if orphan.zombie:
                _collect(orphan.pid)
        quiet_rounds = 0 if orphans else quiet_rounds + 1
        await deferLater(reactor, _ROUND)


def _collect(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
