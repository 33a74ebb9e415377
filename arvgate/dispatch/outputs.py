"""
The outputs that are kept on this node: how much each user has of them, and giving them up after a while.

Not here: putting them there (L{arvgate.runner.output}) and reading them (L{arvgate.edge.api.container_output}).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from twisted.logger import Logger

from arvgate.dispatch.leftovers import Leftovers
from arvgate.files.facts import read_facts
from arvgate.model.ids import is_uuid

__all__ = ["KeptOutputs"]

#: What a runner has beside an output while it brings it there: remains if the runner was killed.
_REMAINS: Final = re.compile(r"\.(incoming|facts)-")
_REPLACED: Final = ".replaced-"
#: Seconds after which remains are not those of a runner that is still at it.
_STALE: Final = 86400.0


class KeptOutputs:
    """
    The directory of outputs: of each container a directory, and beside it a file C{UUID.json} with its facts.

    @param directory: where they are; it need not be there yet.
    """

    log = Logger()

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._leftovers = Leftovers(directory)
        self._facts: dict[str, tuple[tuple[int, int], Mapping[str, Any]]] = {}
        self._used: dict[str, int] = {}
        self._seen = 0
        self._settled = False

    def used_by(self, user_uuid: str) -> int:
        """The bytes of the user's outputs; cheap while nothing changes."""
        try:
            changed = self._directory.stat().st_mtime_ns
        except FileNotFoundError:
            return 0
        if changed != self._seen or not self._settled:
            # A change in the same tick of the file system's clock cannot be told from this one: it is looked at twice.
            self._settled = changed == self._seen
            self._seen = changed
            self._used = self._count()
        return self._used.get(user_uuid, 0)

    def expire(self, now: float, keep: float) -> list[str]:
        """
        Give up the outputs of containers that ended more than C{keep} seconds before C{now}, and what killed runners
        and interrupted removals left; blocks, though not until all is removed.

        @param now: seconds of Unix time.
        @return: the UUIDs of those containers.
        """
        expired = []
        for name in self._names():
            try:
                if is_uuid(name, "containers"):
                    if now - self._finished_at(name) > keep:
                        self._give_up(name)
                        expired.append(name)
                else:
                    self._tidy(name, now)
            except FileNotFoundError:
                continue
            except OSError as error:
                self.log.warn("The kept output {name} cannot be given up: {error}", name=name, error=error)
        self._leftovers.remove()
        return expired

    def _names(self) -> list[str]:
        try:
            return sorted(os.listdir(self._directory))
        except FileNotFoundError:
            return []

    def _finished_at(self, uuid: str) -> float:
        finished = read_facts(str(self._directory / f"{uuid}.json")).get("finished_at")
        if isinstance(finished, int | float):
            return float(finished)
        return (self._directory / uuid).stat(follow_symlinks=False).st_ctime

    def _give_up(self, uuid: str) -> None:
        self._leftovers.set_aside(uuid)
        (self._directory / f"{uuid}.json").unlink(missing_ok=True)

    def _tidy(self, name: str, now: float) -> None:
        """Put an earlier output back that a killed runner was replacing, and remove what else it left."""
        path = self._directory / name
        if name.startswith(_REPLACED):
            place = self._directory / name.removeprefix(_REPLACED)
            if place.exists():
                self._leftovers.set_aside(name)
            else:
                path.rename(place)
            return
        alone = is_uuid(name.removesuffix(".json"), "containers") and not path.with_suffix("").exists()
        stale = now - path.stat(follow_symlinks=False).st_ctime > _STALE
        if stale and (alone or _REMAINS.match(name)):
            self._leftovers.set_aside(name)

    def _count(self) -> dict[str, int]:
        used: dict[str, int] = {}
        facts = dict(self._read())
        self._facts = facts
        for _, one in facts.values():
            user, size = one.get("user_uuid"), one.get("bytes")
            if isinstance(user, str) and isinstance(size, int):
                used[user] = used.get(user, 0) + size
        return used

    def _read(self) -> Iterator[tuple[str, tuple[tuple[int, int], Mapping[str, Any]]]]:
        """The facts of each output that is there; those that are known are not read again."""
        names = set(self._names())
        for name in names:
            if not name.endswith(".json") or name.removesuffix(".json") not in names:
                continue
            path = self._directory / name
            try:
                status = path.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            identity = (status.st_mtime_ns, status.st_ino)
            known = self._facts.get(name)
            yield name, known if known and known[0] == identity else (identity, read_facts(str(path)))
