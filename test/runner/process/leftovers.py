"""
What a test leaves behind in C{/proc}, and the end of one process as an event.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from twisted.internet.defer import Deferred

from arvgate.runner.process import kernel, tree

__all__ = ["Leftovers", "exists", "until_ended"]


class Leftovers:
    """
    The processes that have come below this one since this was made.

    This process becomes a subreaper, so that an orphan counts too, and so does who has ended and was not collected.
    """

    def __init__(self) -> None:
        kernel.become_subreaper()
        self._before = set(self._below())

    def end(self) -> list[str]:
        """Kill and collect them; what they were."""
        found: dict[int, str] = {}
        while left := [process for identity, process in self._below().items() if identity not in self._before]:
            for process in left:
                found.setdefault(process.pid, f"{process.pid}: {_command(process.pid)}")
                tree.send_signal(process, signal.SIGKILL)
            for process in left:
                if process.parent == os.getpid():
                    os.waitpid(process.pid, 0)
        return list(found.values())

    def _below(self) -> dict[tuple[int, int], tree.Process]:
        below = tree.descendants(os.getpid(), tree.processes())
        return {(process.pid, process.started): process for process in below}


def _command(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read().replace("\0", " ") or "ended, not collected"
    except OSError:
        return "ended meanwhile"


def exists(pid: int) -> bool:
    """Whether there is a process with that id, ended ones that nobody collected included."""
    return os.path.exists(f"/proc/{pid}")


async def until_ended(reactor: Any, pid: int) -> None:
    """When that process has exited, whoever's child it is; nobody has to have collected it."""
    ending = _Ending(reactor, os.pidfd_open(pid))
    try:
        await ending.over
    finally:
        reactor.removeReader(ending)
        os.close(ending.fileno())


class _Ending:
    def __init__(self, reactor: Any, pidfd: int) -> None:
        self.over: Deferred[None] = Deferred()
        self._pidfd = pidfd
        self._reactor = reactor
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._pidfd

    def logPrefix(self) -> str:
        return "ending"

    def doRead(self) -> None:
        self._reactor.removeReader(self)
        self.over.callback(None)

    def connectionLost(self, reason: Any) -> None:
        self.doRead()
