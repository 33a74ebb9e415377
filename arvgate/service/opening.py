"""
What twistd's process opens before anything runs: the lock of the state directory, the private and the public sockets.

Not here: what is done with them.
"""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Sequence
from pathlib import Path

import attrs

from arvgate.config import Config
from arvgate.errors import ConfigInvalid
from arvgate.service.access_file import AccessFile, access_file
from arvgate.service.pipes import API_SOCKET, DIRECTORY_SOCKET
from arvgate.service.settings import KeyPair
from arvgate.service.sockets import open_listeners, open_private_socket, open_run_directory
from arvgate.service.state_lock import lock_state

__all__ = ["Opened", "door_account", "open_all", "read_pairs"]

#: Seconds that processes of a predecessor that was killed have to make way.
_MAKE_WAY = 20.0


@attrs.frozen
class Opened:
    """
    Everything that is open.

    @ivar run: descriptor of the directory of the private sockets.
    @ivar lock: descriptor of the lock.
    @ivar directory: None if no other process asks.
    @ivar https: one socket per listener, and one per external port and address; C{http}: one per plain listener.
    @ivar access: the access log, if there is one.
    """

    run: int
    lock: int
    api: socket.socket
    directory: socket.socket | None
    https: Sequence[socket.socket]
    http: Sequence[socket.socket]
    access: AccessFile | None = None

    @property
    def ports(self) -> Sequence[int]:
        """The TCP ports that are listened on, those for TLS first."""
        return [sock.getsockname()[1] for sock in (*self.https, *self.http)]

    def close(self) -> None:
        """Close it all."""
        for sock in (*self.https, *self.http, self.api, self.directory):
            if sock is not None:
                sock.close()
        if self.access is not None:
            self.access.close()
        os.close(self.run)
        os.close(self.lock)


def open_all(config: Config, account: tuple[int, int] | None, doors_apart: bool) -> Opened:
    """
    Open what a gateway of C{config} listens on.

    Blocks while processes of a predecessor make way, so only for a process that does nothing else yet.

    @param account: user and group id that connect to the private sockets; None: our own.
    @param doors_apart: doors are other processes than control.
    @raise StateInUse: another gateway works on the state directory.
    @raise CannotListen: an address is taken, or a socket cannot be made.
    @raise ConfigInvalid: the access log cannot be opened.
    """
    run_path = Path(config.arvgate.state_directory) / "run"
    run = open_run_directory(str(run_path))
    opened: list[socket.socket] = []
    try:
        lock = lock_state(str(run_path / "gateway.lock"), _MAKE_WAY)
        try:
            arvgate = config.arvgate
            opened += (https := open_listeners((*arvgate.listeners_https, *config.external_listeners)))
            opened += (http := open_listeners(arvgate.listeners_http))
            api = open_private_socket(run, API_SOCKET, account)
            opened.append(api)
            directory = open_private_socket(run, DIRECTORY_SOCKET, account) if doors_apart else None
            if directory is not None:
                opened.append(directory)
            access = access_file(config.arvgate.access_log)
        except BaseException:
            os.close(lock)
            raise
    except BaseException:
        for sock in opened:
            sock.close()
        os.close(run)
        raise
    return Opened(run=run, lock=lock, api=api, directory=directory, https=https, http=http, access=access)


def door_account(config: Config, effective_uid: int) -> tuple[int, int] | None:
    """
    User and group id of the doors; None if they stay what the gateway is: none is named, or only root could become it.

    @raise ConfigInvalid: there is no such account.
    """
    name = config.arvgate.door_account
    if effective_uid != 0 or not name:
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise ConfigInvalid([f"Arvgate.DoorAccount: this machine has no account {name}"]) from None
    return entry.pw_uid, entry.pw_gid


def read_pairs(config: Config) -> Sequence[KeyPair]:
    """
    The certificates and their keys as they are in their files now.

    @raise ConfigInvalid: one of them cannot be read.
    """
    return tuple(
        KeyPair(_read(f"{key}.Certificate", pair.certificate_path), _read(f"{key}.Key", pair.key_path))
        for key, pair in config.key_pairs.items()
    )


def _read(key: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise ConfigInvalid([f"{key}: {path}: {(error.strerror or 'cannot be read').lower()}"]) from error
