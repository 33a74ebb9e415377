"""
The logs that are kept on this node: the oldest are given up where a user has too many.

Not here: the bound of a single log (L{arvgate.runner.rotating_log}).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from twisted.logger import Logger

from arvgate.dispatch.leftovers import Leftovers
from arvgate.files.facts import LOG_FACTS, read_facts
from arvgate.files.walking import disk_usage, open_tree, walk
from arvgate.model.ids import is_uuid

__all__ = ["KeptLogs"]


class _Kept(NamedTuple):
    """A container's logs, and when the last of them was written."""

    written: float
    uuid: str
    size: int


class KeptLogs:
    """
    The directory of logs: of each container a directory, in which its facts say whose it is.

    @param directory: where they are; it need not be there yet.
    """

    log = Logger()

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._leftovers = Leftovers(directory)

    def expire(self, ended: Callable[[str], bool], limit: int) -> list[str]:
        """
        Where the logs of a user's ended containers take more than C{limit} bytes of the disk, give up the oldest of
        them; blocks, though not until all is removed.

        @param ended: whether the container of that UUID has ended; asked only where it matters.
        @param limit: bytes for each user; 0: there is none.
        @return: the UUIDs of the containers whose logs are gone.
        """
        gone: list[str] = []
        for user, kept in self._by_user().items() if limit else ():
            if sum(one.size for one in kept) > limit:
                gone += self._shorten(user, [one for one in kept if ended(one.uuid)], limit)
        self._leftovers.remove()
        return gone

    def _shorten(self, user: str, kept: list[_Kept], limit: int) -> Iterator[str]:
        total = sum(one.size for one in kept)
        for one in sorted(kept):
            if total <= limit:
                return
            try:
                self._leftovers.set_aside(one.uuid)
            except OSError as error:
                self.log.warn("The logs of {uuid} cannot be given up: {error}", uuid=one.uuid, error=error)
                continue
            total -= one.size
            self.log.info(
                "The logs of {uuid} are given up: those of {user} are over the limit", uuid=one.uuid, user=user
            )
            yield one.uuid

    def _by_user(self) -> dict[str, list[_Kept]]:
        found: dict[str, list[_Kept]] = {}
        try:
            names = os.listdir(self._directory)
        except FileNotFoundError:
            return found
        for name in names:
            path = self._directory / name
            user = read_facts(str(path / LOG_FACTS)).get("user_uuid")
            if not is_uuid(name, "containers") or not isinstance(user, str):
                continue
            try:
                found.setdefault(user, []).append(_kept(name, path))
            except FileNotFoundError:
                continue
        return found


def _kept(uuid: str, path: Path) -> _Kept:
    top = open_tree(str(path))
    try:
        size, _ = disk_usage(top)
        times = [found.status.st_mtime for found in walk(top) if found.status is not None]
    finally:
        os.close(top)
    return _Kept(max(times, default=0.0), uuid, size)
