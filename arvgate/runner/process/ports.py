"""
Which TCP ports the processes of one job listen on, from C{/proc}.

A port counts only if the socket that listens on it is open in a process of the job, so that a neighbour's port is
never taken for the job's.  Not here: connecting (L{arvgate.runner.process.job}).
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address

import attrs

from arvgate.runner.process import tree

__all__ = ["Listener", "listeners_of", "parse_listeners"]

_LISTEN = b"0A"


@attrs.frozen
class Listener:
    """
    A listening TCP socket.

    @ivar address: to connect to: that which it is bound to, or the loopback address if it is bound to all.
    @ivar inode: names the socket on this machine.
    """

    family: socket.AddressFamily
    address: str
    port: int
    inode: int


def listeners_of(root: int, proc: str = "/proc") -> list[Listener]:
    """
    The listening sockets of the descendants of process C{root}, IPv4 first.

    Blocks for some milliseconds: not for the reactor's thread.
    """
    pids = [process.pid for process in tree.descendants(root, tree.processes(proc)) if not process.zombie]
    owned = {inode for pid in pids for inode in _socket_inodes(proc, pid)}
    if not owned:
        return []
    found: list[Listener] = []
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        try:
            with open(f"{proc}/self/net/{table}", "rb") as file:
                text = file.read()
        except FileNotFoundError:  # a kernel without IPv6
            continue
        found.extend(listener for listener in parse_listeners(text, family) if listener.inode in owned)
    return found


def parse_listeners(text: bytes, family: socket.AddressFamily) -> Iterator[Listener]:
    """The listening sockets in the text of C{/proc/net/tcp} (AF_INET) or C{tcp6} (AF_INET6)."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == _LISTEN:
            address, port = fields[1].split(b":")
            actual, reachable = _reachable(address.decode(), family)
            yield Listener(actual, reachable, int(port, 16), int(fields[9]))


def _reachable(digits: str, family: socket.AddressFamily) -> tuple[socket.AddressFamily, str]:
    # The kernel prints each 32-bit word of the address in its own byte order.
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    if not any(packed):
        return family, "127.0.0.1" if family == socket.AF_INET else "::1"
    if family == socket.AF_INET6:
        mapped = IPv6Address(packed).ipv4_mapped
        if mapped is not None:
            return socket.AF_INET, str(mapped)
    return family, socket.inet_ntop(family, packed)


def _socket_inodes(proc: str, pid: int) -> Iterable[int]:
    directory = f"{proc}/{pid}/fd"
    try:
        names = os.listdir(directory)
    except OSError:  # it has ended, or is not ours to look into
        return
    for name in names:
        try:
            link = os.readlink(f"{directory}/{name}")
        except OSError:
            continue
        if link.startswith("socket:["):
            yield int(link[8:-1])
