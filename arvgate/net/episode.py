"""
Logging something that may happen a thousand times a second as what it is: one episode.

Not here: what is done about it.
"""

from __future__ import annotations

from twisted.logger import Logger

from arvgate.net.wheel import Timed, Wheel

__all__ = ["Episode"]

_log = Logger()


class Episode(Timed):
    """
    A warning when it begins, and a line with the count when it has not happened for a while.

    @param afterwards: what so many of it are called, such as C{connections were turned away}.
    @param quiet: seconds without it after which it is over.
    """

    def __init__(self, wheel: Wheel, afterwards: str, quiet: float = 60.0) -> None:
        self._wheel = wheel
        self._afterwards = afterwards
        self._quiet = quiet
        self._count: int = 0

    def happened(self, sentence: str) -> None:
        """
        It happened once more.

        @param sentence: what is logged if this is the first time.
        """
        if not self._count:
            _log.warn("{sentence}", sentence=sentence)
        self._count += 1
        self._wheel.arm(self, self._quiet)

    def timed_out(self) -> None:
        """It is over."""
        count, self._count = self._count, 0
        _log.info("{count} {afterwards}; that is over", count=count, afterwards=self._afterwards)
