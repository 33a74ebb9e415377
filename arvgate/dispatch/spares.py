"""
Runners that were started before there is a container for them, so that none waits for a program to be loaded.

A spare runner waits for its env document on stdin; when that is closed without one it ends, so that none outlives
the process that started it.  Not here: starting one (L{arvgate.dispatch.launching}).
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from arvgate.errors import EngineFailed

__all__ = ["Spares"]

#: Seconds until a spare takes the place of one that was used: the one that was used comes first.
_DELAY: Final = 1.5
#: Seconds that those which wait have to end.
_PATIENCE: Final = 2.0


class Spares:
    """
    The spare runners of a process.

    @param start: starts one.
    @param count: how many wait.
    """

    log = Logger()

    def __init__(self, clock: IReactorTime, start: Callable[[], subprocess.Popen[bytes]], count: int) -> None:
        self._clock = clock
        self._start = start
        self._count = count
        self._waiting: list[subprocess.Popen[bytes]] = []
        self._filling: IDelayedCall | None = None

    def take(self) -> subprocess.Popen[bytes] | None:
        """One that waits, which is the caller's from now on; None if there is none."""
        self.fill_soon()
        while self._waiting:
            process = self._waiting.pop(0)
            if process.poll() is None:
                return process
            _close(process)
        return None

    def fill_soon(self) -> None:
        """Start in a while those that are missing."""
        if self._filling is None and self._count:
            self._filling = self._clock.callLater(_DELAY, self._fill)

    def close(self) -> None:
        """End those that wait."""
        if self._filling is not None and self._filling.active():
            self._filling.cancel()
        self._filling = None
        waiting, self._waiting = self._waiting, []
        for process in waiting:
            _close(process)
        for process in waiting:
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _fill(self) -> None:
        self._filling = None
        try:
            while len(self._waiting) < self._count:
                self._waiting.append(self._start())
        except EngineFailed as error:
            self.log.warn("no spare runner: {error} {detail}", error=error.sentence, detail=error.detail)


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
