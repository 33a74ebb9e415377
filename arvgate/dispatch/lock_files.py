"""
Runners' lock files, looked at from outside: a file that is locked has a live runner.

Not here: holding one (L{arvgate.runner.lock_file}).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from arvgate.model.ids import is_uuid

__all__ = ["LockFiles"]

_SUFFIX = ".lock"


class LockFiles:
    """The lock files of one node, one per container, in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, uuid: str) -> Path:
        """The lock file of a container."""
        return self._directory / f"{uuid}{_SUFFIX}"

    def is_held(self, uuid: str) -> bool:
        """Whether a live runner holds the file at this moment."""
        try:
            fd = os.open(self.path(uuid), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        try:
            # A shared lock, so that two who look do not take each other for a runner.
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def remove(self, uuid: str, before: Callable[[str], None] = lambda uuid: None) -> bool:
        """
        Remove the file unless it is held; whether it is gone.

        @param before: called with C{uuid} while nobody else can hold the file; an OSError leaves the file there.
        """
        try:
            fd = os.open(self.path(uuid), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            before(uuid)
            self.path(uuid).unlink()
        except BlockingIOError:
            return False
        finally:
            os.close(fd)
        return True

    def containers(self) -> list[str]:
        """The containers that have a file, held or not."""
        names = [path.name.removesuffix(_SUFFIX) for path in self._directory.glob(f"*{_SUFFIX}")]
        return sorted(name for name in names if is_uuid(name, "containers"))
