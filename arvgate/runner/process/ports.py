"""
Which TCP ports the processes of one job listen on, from C{/proc}.

A port counts only if the socket that listens on it is open in a process of the job, so that a neighbour's port is
never taken for the job's.  Not here: connecting (L{arvgate.runner.process.job}) and
reading the tables (L{arvgate.runner.listeners}).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable

import attrs

from arvgate.runner.listeners import Listener, parse_listeners
from arvgate.runner.process import tree

__all__ = ["is_held", "listeners_of"]


def listeners_of(root: int, proc: str = "/proc") -> list[Listener]:
    """
    The listening sockets of the descendants of process C{root}, IPv4 first.

    Blocks for some milliseconds: not for the reactor's thread.
    """
    pids = [process.pid for process in tree.descendants(root, tree.processes(proc)) if not process.zombie]
    owned = {inode: path for pid in pids for inode, path in _sockets(proc, pid)}
    if not owned:
        return []
    found, ipv4_of_others = [], set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        try:
            with open(f"{proc}/self/net/{table}", "rb") as file:
                text = file.read()
        except FileNotFoundError:  # a kernel without IPv6
            continue
        for listener in parse_listeners(text, family):
            if listener.inode in owned:
                found.append(attrs.evolve(listener, holder=owned[listener.inode]))
            elif listener.family == socket.AF_INET:
                ipv4_of_others.add(listener.port)
    # Where IPv6 is switched off programs still listen on all of its addresses, and are reached by IPv4.
    return [attrs.evolve(one, takes_ipv4=_takes_all(one) and one.port not in ipv4_of_others) for one in found]


def is_held(listener: Listener) -> bool:
    """Whether the process that held the listening socket when it was found still does; does not block."""
    try:
        return os.readlink(listener.holder) == f"socket:[{listener.inode}]"
    except OSError:
        return False


def _takes_all(listener: Listener) -> bool:
    return listener.family == socket.AF_INET6 and not listener.bound


def _sockets(proc: str, pid: int) -> Iterable[tuple[int, str]]:
    """The inodes of the sockets that a process has open, each with the path of its descriptor."""
    directory = f"{proc}/{pid}/fd"
    try:
        names = os.listdir(directory)
    except OSError:  # it has ended, or is not ours to look into
        return
    for name in names:
        path = f"{directory}/{name}"
        try:
            link = os.readlink(path)
        except OSError:
            continue
        if link.startswith("socket:["):
            yield int(link[8:-1]), path
