"""
Which containers have a live runner.

A runner that lives is recognised by the lock file that it holds, whoever started it; one that this process has just
started, by its process.  Not here: what becomes of containers without one (L{arvgate.dispatch.local}).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from twisted.internet.interfaces import IReactorTime

from arvgate.dispatch.launching import ILaunched
from arvgate.dispatch.lock_files import LockFiles
from arvgate.model.records import Record

__all__ = ["Attendance"]

#: Seconds that a container may be locked without a runner of ours: another process may just be starting one.
_GRACE: Final = 10.0


class Attendance:
    """The runners of this node."""

    def __init__(self, clock: IReactorTime, lock_files: LockFiles) -> None:
        self._clock = clock
        self._lock_files = lock_files
        self._launched: dict[str, ILaunched] = {}
        self._doubted: dict[str, float] = {}

    def launched(self, uuid: str, runner: ILaunched) -> None:
        """A runner of this container was started by this process."""
        self._launched[uuid] = runner

    def has_runner(self, uuid: str) -> bool:
        """Whether a runner of this container lives, or must be taken to."""
        return self._starts(uuid) or self._is_in_grace(uuid) or self._lock_files.is_held(uuid)

    def attends(self, record: Record) -> bool:
        """Whether a runner looks after a container that is Locked or Running."""
        uuid = record["uuid"]
        if self._lock_files.is_held(uuid) or (record["state"] == "Locked" and self._starts(uuid)):
            self._doubted.pop(uuid, None)
            return True
        if record["state"] != "Locked" or uuid in self._launched:
            return False
        self._doubted.setdefault(uuid, self._clock.seconds())
        return self._is_in_grace(uuid)

    def settle(self, listed: Collection[str]) -> None:
        """
        Take in runners that have exited, and forget all doubts about containers that are over.

        @param listed: the containers that are Locked or Running.
        """
        self._launched = {uuid: it for uuid, it in self._launched.items() if uuid in listed or it.alive()}
        self._doubted = {uuid: since for uuid, since in self._doubted.items() if uuid in listed}

    def deserted(self) -> set[str]:
        """The containers that have a lock file and no runner."""
        return {uuid for uuid in self._lock_files.containers() if not self.has_runner(uuid)}

    def _starts(self, uuid: str) -> bool:
        launched = self._launched.get(uuid)
        return launched is not None and launched.alive()

    def _is_in_grace(self, uuid: str) -> bool:
        since = self._doubted.get(uuid)
        return since is not None and self._clock.seconds() - since < _GRACE

    def clear(self, uuid: str, before: Callable[[str], None]) -> bool:
        """
        Remove the lock file of a container that has no runner; whether it is gone.

        @param before: called while nobody else can hold the file.
        @raise OSError: that was not possible.
        """
        return not self.has_runner(uuid) and self._lock_files.remove(uuid, before)
