"""
Working directories that a killed runner left behind: a runner that ends by itself removes its own.

Not here: when a runner is gone (L{arvgate.dispatch.lock_files}).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["Leftovers"]

_SET_ASIDE = ".left-"


class Leftovers:
    """
    The working directories of containers that have no runner any more.

    They are first renamed, which is over at once, so that a new runner of the same container never meets the removal;
    then C{rm} removes them beside everything else.  What it cannot remove is tried again by the next gateway.

    @param jobs: where working directories are.
    """

    def __init__(self, jobs: Path) -> None:
        self._jobs = jobs
        self._removing: subprocess.Popen[bytes] | None = None
        self._tried: set[Path] = set()

    def set_aside(self, uuid: str) -> None:
        """
        Rename the container's working directory, if there is one; to be called while its lock file is held.

        @raise OSError: it cannot be renamed.
        """
        number = 0
        while (target := self._jobs / f"{_SET_ASIDE}{uuid}-{number}").exists():
            number += 1
        self._tried.discard(target)
        try:
            (self._jobs / uuid).rename(target)
        except FileNotFoundError:
            return

    def remove(self) -> subprocess.Popen[bytes] | None:
        """Start to remove what was set aside; the process that does it, None if there is nothing new to do."""
        if self._removing is not None and self._removing.poll() is None:
            return self._removing
        self._removing = None
        # What was removed may be set aside again under the same name.
        self._tried = {path for path in self._tried if path.exists()}
        found = [path for path in sorted(self._jobs.glob(f"{_SET_ASIDE}*")) if path not in self._tried]
        if found:
            self._tried.update(found)
            self._removing = subprocess.Popen(
                ["rm", "-rf", "--one-file-system", "--", *(str(path.absolute()) for path in found)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        return self._removing
