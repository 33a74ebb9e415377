"""
Whether a container's init process has executed the command, seen from the node.

Docker answers a start before that, and what it says later of a command that does not exist is an exit code as any.
Not here: what that code means (L{arvgate.runner.docker.refusals}).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

import docker

__all__ = ["executed"]

#: Seconds between two looks, and looks at most: then it is taken for executed, and its end will tell.
_PAUSE: Final = 0.002
_LOOKS: Final = 1000


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def executed(client: docker.APIClient, container: str, pid: int, read: Callable[[str], bytes] = _read) -> bool:
    """
    Wait until it has; False if the container has ended before that was seen.

    Blocks, for two seconds at most.

    @param pid: of the init process, on the node; 0 if it has ended.
    @param read: the content of a file in C{/proc}; empty if it is not there.
    """
    pause = threading.Event()
    for _ in range(_LOOKS):
        if not _lives(pid, read):
            break
        init, child = _words(pid, read), _child(pid, read)
        if init and child and (words := _words(child, read)) and words != init:
            return True
        pause.wait(_PAUSE)
    else:
        return True
    found: Any = client.inspect_container(container)
    if found["State"]["Running"]:
        client.wait(container, timeout=10)
    return False


def _lives(pid: int, read: Callable[[str], bytes]) -> bool:
    # A process has no arguments for a moment while it becomes another program, and none when it has ended.
    state = read(f"/proc/{pid}/stat").rpartition(b")")[2].split() if pid else []
    return bool(state) and state[0] not in (b"Z", b"X")


def _child(pid: int, read: Callable[[str], bytes]) -> int:
    text = read(f"/proc/{pid}/task/{pid}/children").split()
    return int(text[0]) if text else 0


def _words(pid: int, read: Callable[[str], bytes]) -> bytes:
    """The arguments of a process."""
    return read(f"/proc/{pid}/cmdline")
