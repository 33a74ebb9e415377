"""
The lock file by which a live runner is recognised, whoever started it and however often the gateway was restarted.

It is held by C{flock} from the runner's first moment to its last, and contains a JSON object: C{pid}, C{lock_count},
C{locked_by_uuid}.  The kernel gives the lock back when the runner dies in whatever way; its children do not inherit
it.  Not here: looking at such files from outside (L{arvgate.dispatch.lock_files}).
"""

from __future__ import annotations

import fcntl
import json
import os
from typing import Any, Final

from twisted.internet.task import deferLater

from arvgate.errors import EngineFailed

__all__ = ["LockFile", "hold_lock_file", "take_lock_file"]

#: A look from outside takes the lock for a moment: so often and after so many seconds it is tried again.
_TRIES: Final = 20
_PAUSE: Final = 0.1


class LockFile:
    """A lock file that this process holds."""

    def __init__(self, fd: int, path: str) -> None:
        self._fd = fd
        self._path = path
        self._held = True

    def in_place(self) -> bool:
        """Whether it is still to be found where it was taken; if not, nobody can recognise this runner any more."""
        try:
            return _same_file(self._fd, self._path)
        except OSError:
            return True

    def release(self) -> None:
        """Give it back; the file stays.  A second time does nothing."""
        if self._held:
            self._held = False
            os.close(self._fd)


def take_lock_file(path: str, pid: int, lock_count: int, locked_by_uuid: str) -> LockFile | None:
    """
    Take the lock and write who holds it; None if somebody else holds it at this moment.

    @raise EngineFailed: the file cannot be opened or written.
    """
    content = {"pid": pid, "lock_count": lock_count, "locked_by_uuid": locked_by_uuid}
    try:
        while True:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Old files are removed by somebody who holds their lock: a lock on a file that is gone is none.
                if _same_file(fd, path):
                    os.ftruncate(fd, 0)
                    os.pwrite(fd, json.dumps(content).encode() + b"\n", 0)
                    return LockFile(fd, path)
            except BlockingIOError:
                os.close(fd)
                return None
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)
    except OSError as error:
        raise EngineFailed(f"The lock file {path} cannot be taken: {error.strerror}.") from error


async def hold_lock_file(clock: Any, path: str, pid: int, lock_count: int, locked_by_uuid: str) -> LockFile:
    """
    Take the lock, or give up after two seconds.

    @param clock: IReactorTime.
    @raise EngineFailed: another runner has it, or the file cannot be opened or written.
    """
    for _ in range(_TRIES):
        lock = take_lock_file(path, pid, lock_count, locked_by_uuid)
        if lock is not None:
            return lock
        await deferLater(clock, _PAUSE)
    raise EngineFailed(f"Another runner holds the lock file {path}.")


def _same_file(fd: int, path: str) -> bool:
    opened = os.fstat(fd)
    try:
        named = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)
