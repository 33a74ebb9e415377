"""
Containers that their runners gave back to the queue, because the node had no room for them: when they are tried again.

Not here: giving back (L{arvgate.runner}).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import attrs

__all__ = ["GivenBack"]

#: Seconds until it is tried again though no container has ended; it doubles up to the second number.
_FIRST: Final = 15.0
_LONGEST: Final = 60.0


@attrs.frozen
class _Pause:
    until: float
    length: float


class GivenBack:
    """
    Whom to let wait.

    A container was given back if it is queued after a lock that this process saw and did not undo itself.
    """

    def __init__(self) -> None:
        self._cycles: dict[str, int] = {}
        self._pauses: dict[str, _Pause] = {}

    def locked(self, uuid: str, lock_count: int) -> None:
        """It is locked for this cycle at the moment."""
        self._cycles[uuid] = lock_count

    def undone(self, uuid: str) -> None:
        """Its lock was taken back: it failed, and is simply queued again."""
        self._cycles.pop(uuid, None)

    def queued(self, lock_counts: Mapping[str, int], now: float) -> None:
        """
        Notice who was given back.

        @param lock_counts: of all containers that are queued.
        """
        for uuid, lock_count in lock_counts.items():
            if self._cycles.get(uuid) == lock_count:
                del self._cycles[uuid]
                before = self._pauses.get(uuid)
                length = _FIRST if before is None else min(2 * before.length, _LONGEST)
                self._pauses[uuid] = _Pause(now + length, length)

    def running(self, uuid: str) -> None:
        """It found room, or will never need it again."""
        self._cycles.pop(uuid, None)
        self._pauses.pop(uuid, None)

    def keep(self, uuids: Collection[str]) -> None:
        """Forget all but these, which are queued or locked."""
        self._cycles = {uuid: count for uuid, count in self._cycles.items() if uuid in uuids}
        self._pauses = {uuid: pause for uuid, pause in self._pauses.items() if uuid in uuids}

    def room_was_made(self) -> bool:
        """A container of this node has ended, or its engine is back: all may try; whether there is any."""
        waiting = any(pause.until > 0 for pause in self._pauses.values())
        self._pauses = {uuid: attrs.evolve(pause, until=0.0) for uuid, pause in self._pauses.items()}
        return waiting

    @property
    def any_waits(self) -> bool:
        """Whether somebody waits for room."""
        return bool(self._pauses)

    def knows(self, uuid: str) -> bool:
        """Whether it was given back and has not run since: its warning is its runner's."""
        return uuid in self._pauses

    def waits(self, uuid: str, now: float) -> bool:
        """Whether it is not to be tried now."""
        pause = self._pauses.get(uuid)
        return pause is not None and now < pause.until
