"""
Whether a container's init process has executed the command, seen from the node.

Docker answers a start before that, and what it says later of a command that does not exist is an exit code as any.
Not here: what that code means (L{arvgate.runner.docker.refusals}).
"""

from __future__ import annotations

import threading
from typing import Any, Final

import docker

__all__ = ["executed"]

#: Seconds between two looks, and looks at most: then it is taken for executed, and its end will tell.
_PAUSE: Final = 0.002
_LOOKS: Final = 1000


def executed(client: docker.APIClient, container: str, pid: int) -> bool:
    """
    Wait until it has; False if the container has ended before that was seen.

    Blocks, for two seconds at most.

    @param pid: of the init process, on the node; 0 if it has ended.
    """
    pause = threading.Event()
    for _ in range(_LOOKS):
        init = _words(pid)
        child = _child(pid)
        if not init:
            break
        if child and (words := _words(child)) and words != init:
            return True
        pause.wait(_PAUSE)
    else:
        return True
    found: Any = client.inspect_container(container)
    if found["State"]["Running"]:
        client.wait(container, timeout=10)
    return False


def _child(pid: int) -> int:
    text = _read(f"/proc/{pid}/task/{pid}/children").split()
    return int(text[0]) if text else 0


def _words(pid: int) -> bytes:
    """The arguments of a process; empty if it has ended."""
    return _read(f"/proc/{pid}/cmdline") if pid else b""


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
