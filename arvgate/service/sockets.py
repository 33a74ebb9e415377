"""
Opening what the gateway listens on.

Not here: accepting (L{arvgate.net.listener}, L{arvgate.service.accepting}) and reading endpoint descriptions
(L{arvgate.config.values}).
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Sequence
from contextlib import suppress

from arvgate.config.values import ListenAddress, parse_listener
from arvgate.errors import ArvgateError

__all__ = ["CannotListen", "open_listeners", "open_private_socket", "open_run_directory"]

_BACKLOG = 1024


class CannotListen(ArvgateError):
    """An address cannot be listened on."""

    code = "cannot-listen"
    default = "An address cannot be listened on."


def open_listeners(descriptions: Sequence[str]) -> list[socket.socket]:
    """
    Listening sockets for Twisted endpoint descriptions.

    @raise CannotListen: naming the address; then none is open.
    """
    opened: list[socket.socket] = []
    try:
        for description in descriptions:
            opened.append(_open(description, parse_listener(description)))
    except BaseException:
        for sock in opened:
            sock.close()
        raise
    return opened


def open_run_directory(path: str) -> int:
    """
    Make the directory of the private sockets, if it is not there, and open it.

    Others may pass through it to a socket whose name and owner let them, and see nothing.

    @return: a descriptor, by which paths that are too long for a socket's address become short.
    @raise CannotListen: it cannot be made.
    """
    try:
        with suppress(FileExistsError):
            os.mkdir(path)
        os.chmod(path, 0o711)
        return os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise CannotListen(f"{path}: {_reason(error)}") from error


def open_private_socket(directory: int, name: str, owner: tuple[int, int] | None) -> socket.socket:
    """
    A listening unix socket, mode 0600, in place of one that an earlier process left.

    @param directory: from L{open_run_directory}.
    @param owner: user and group id that it is to belong to; None: ours.
    @raise CannotListen: it cannot be made.
    """
    path = f"/proc/self/fd/{directory}/{name}"
    sock = socket.socket(socket.AF_UNIX)
    try:
        with suppress(FileNotFoundError):
            if stat.S_ISSOCK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
                os.unlink(name, dir_fd=directory)
        before = os.umask(0o177)
        try:
            sock.bind(path)
        finally:
            os.umask(before)
        if owner is not None:
            os.chown(name, *owner, dir_fd=directory, follow_symlinks=False)
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise CannotListen(f"{os.readlink(f'/proc/self/fd/{directory}')}/{name}: {_reason(error)}") from error
    sock.setblocking(False)
    return sock


def _open(description: str, address: ListenAddress) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address.host, address.port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        raise CannotListen(f"{description}: port {address.port}: {_reason(error)}") from error
    sock.setblocking(False)
    return sock


def _reason(error: OSError) -> str:
    return (error.strerror or "cannot be opened").lower()
