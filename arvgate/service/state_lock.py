"""
One gateway at a time on a state directory.

The lock belongs to the open file, which the gateway's processes share: it is free when the last of them has closed it,
so that a gateway that is started anew waits until what its predecessor left behind has made way.  Not here: the locks
of runners (L{arvgate.runner.lock_file}).
"""

from __future__ import annotations

import fcntl
import os
import signal
from types import FrameType

from arvgate.errors import ArvgateError

__all__ = ["StateInUse", "lock_state"]


class StateInUse(ArvgateError):
    """Another gateway works on this state directory."""

    code = "state-in-use"
    default = "Another gateway uses this state directory."


class _Expired(Exception):
    """Waited long enough."""


def lock_state(path: str, patience: float) -> int:
    """
    Lock the file C{path}; blocks, at most C{patience} seconds, so only for a process that does nothing else yet.

    @return: the descriptor that holds the lock.
    @raise StateInUse: somebody else holds it.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateInUse(f"{path}: {(error.strerror or '').lower()}") from error
    try:
        _lock(file, patience)
    except (OSError, _Expired) as error:
        os.close(file)
        raise StateInUse(f"{StateInUse.default} ({os.path.dirname(path)})") from error
    return file


def _lock(file: int, patience: float) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if patience <= 0:
            raise
        _wait(file, patience)


def _wait(file: int, patience: float) -> None:
    def expired(number: int, frame: FrameType | None) -> None:
        raise _Expired

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, patience)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
