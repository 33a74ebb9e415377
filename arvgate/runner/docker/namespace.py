"""
The network of a container, seen from the node: its listening ports, and sockets that are made inside it.

A socket belongs to the network namespace in which it was made, whatever thread uses it later; so a thread of its own
enters the container's, makes one, and ends.  That needs CAP_SYS_ADMIN.  Not here: what is done without it
(L{arvgate.runner.docker.job}).
"""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from arvgate.errors import Unreachable
from arvgate.runner.listeners import Listener, parse_listeners

__all__ = ["ContainerNetwork", "may_enter"]

_CLONE_NEWNET: Final = 0x40000000
#: Where Docker puts its name server in the namespace of a container on a user-defined network.
_NAME_SERVER: Final = "127.0.0.11"

_setns = ctypes.CDLL(None, use_errno=True).setns
_setns.argtypes = [ctypes.c_int, ctypes.c_int]
_setns.restype = ctypes.c_int


class ContainerNetwork:
    """
    The network namespace of one process, held open until L{close}; what has its pid later is not taken for it.

    @param pid: on the node.
    """

    def __init__(self, pid: int) -> None:
        self._process = _open(f"/proc/{pid}", os.O_PATH | os.O_DIRECTORY)
        self._namespace: int | None = None
        if self._process is not None:
            self._namespace = _open("ns/net", os.O_RDONLY, self._process)
        #: L{listeners} runs in threads, where its descriptor must not become somebody else's.
        self._using = threading.Lock()

    def close(self) -> None:
        """Let go of it."""
        with self._using:
            for descriptor in (self._process, self._namespace):
                if descriptor is not None:
                    os.close(descriptor)
            self._process = self._namespace = None

    def listeners(self) -> list[Listener]:
        """
        The listening TCP sockets in it, IPv4 first; empty when the process has ended.

        Blocks for some milliseconds.
        """
        found: list[Listener] = []
        with self._using:
            for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
                found.extend(parse_listeners(self._table(table), family))
        return [listener for listener in found if listener.bound != _NAME_SERVER]

    def _table(self, name: str) -> bytes:
        descriptor = None if self._process is None else _open(f"net/{name}", os.O_RDONLY, self._process)
        if descriptor is None:
            return b""
        with os.fdopen(descriptor, "rb") as file:
            try:
                return file.read()
            except OSError:  # it ended meanwhile
                return b""

    async def socket(self, reactor: Any, family: int) -> socket.socket:
        """
        A TCP socket inside it, not connected.

        @raise Unreachable: it cannot be entered.
        """
        if self._namespace is None:
            raise Unreachable(detail="the container's network has gone")
        # The thread may outlive the namespace's owner.
        namespace = os.dup(self._namespace)
        return await _in_own_thread(reactor, lambda: _socket_in(namespace, family))


def may_enter() -> bool:
    """Whether this process may enter the networks of containers, tried on its own."""
    own = _open("/proc/self/ns/net", os.O_RDONLY)
    if own is None:
        return False
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(_setns(own, _CLONE_NEWNET) == 0))
    thread.start()
    thread.join()
    os.close(own)
    return answers == [True]


def _socket_in(namespace: int, family: int) -> socket.socket:
    try:
        if _setns(namespace, _CLONE_NEWNET) != 0:
            raise Unreachable(detail=f"the container's network: {os.strerror(ctypes.get_errno())}")
        try:
            return socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:
            raise Unreachable(detail=f"no socket: {error.strerror}") from error
    finally:
        os.close(namespace)


async def _in_own_thread(reactor: Any, work: Callable[[], socket.socket]) -> socket.socket:
    """What C{work} answers in a thread that ends with it; a socket that nobody waits for any more is closed."""
    done: Deferred[socket.socket] = Deferred()

    def deliver(result: socket.socket | Failure) -> None:
        if not done.called:
            done.callback(result)
        elif isinstance(result, socket.socket):
            result.close()

    def run() -> None:
        result: socket.socket | Failure
        try:
            result = work()
        except Exception:
            result = Failure()
        reactor.callFromThread(deliver, result)

    threading.Thread(target=run, name="network namespace", daemon=True).start()
    return await done


def _open(path: str, flags: int, directory: int | None = None) -> int | None:
    try:
        return os.open(path, flags | os.O_CLOEXEC, dir_fd=directory)
    except OSError:
        return None
