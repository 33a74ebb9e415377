"""
The process tree as C{/proc} shows it: who descends from whom, and signals that hit only whom they are meant for.

Only the standard library is imported: the keeper uses it.  Not here: when something is to be ended
(L{arvgate.runner.process.keeper}, L{arvgate.runner.process.job}).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Process", "children", "descendants", "processes", "send_signal"]


class Process(NamedTuple):
    """
    A process at one moment.

    @ivar started: clock ticks after the boot; together with C{pid} it is never used again.
    @ivar zombie: it has ended and waits to be collected.
    """

    pid: int
    parent: int
    started: int
    zombie: bool


def processes(proc: str = "/proc") -> list[Process]:
    """All processes that C{/proc} shows now."""
    found = (_read(proc, name) for name in os.listdir(proc) if name.isdigit())
    return [process for process in found if process is not None]


def children(proc: str = "/proc") -> list[int]:
    """This process's children, those that wait to be collected too; none where the kernel does not list them."""
    own = os.getpid()
    try:
        with open(f"{proc}/{own}/task/{own}/children", "rb") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def descendants(root: int, snapshot: Iterable[Process]) -> list[Process]:
    """
    Children of C{root}, their children and so on, without C{root} itself; parents stand before their children.

    A snapshot is not taken at one instant: a process whose parent ends meanwhile may be missing, and is found the
    next time.
    """
    children: dict[int, list[Process]] = {}
    for process in snapshot:
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    waiting = [root]
    while waiting:
        below = children.pop(waiting.pop(), [])
        found.extend(below)
        waiting.extend(process.pid for process in below)
    return found


def send_signal(process: Process, signum: int, proc: str = "/proc") -> None:
    """Signal exactly that process; nothing happens if it has ended, even if its pid was given away again."""
    try:
        pidfd = os.pidfd_open(process.pid)
    except OSError:
        return
    try:
        now = _read(proc, str(process.pid))
        if now is not None and now.started == process.started:
            signal.pidfd_send_signal(pidfd, signum)
    except (ProcessLookupError, PermissionError):
        return
    finally:
        os.close(pidfd)


def _read(proc: str, name: str) -> Process | None:
    try:
        with open(f"{proc}/{name}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    # The command's name stands in brackets and may contain anything, brackets too.
    fields = text[text.rfind(b")") + 2 :].split()
    return Process(int(name), int(fields[1]), int(fields[19]), fields[0] in (b"Z", b"X"))
