"""
Giving memory back to the system when the crowd has left that it was for, and keeping collections of garbage short.

The C library keeps what was freed between things that live on; one call after a crowd returns the whole pages in it.
Not here: bounding what a connection takes.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable

from arvgate.net.wheel import Timed, Wheel

__all__ = ["Slack", "leave_out_what_is_loaded", "trim"]

#: Connections that make a crowd.
_CROWD = 64
#: Seconds after which those that have left have let go of everything, and after which what was kept for the next
#: ones, such as connections to upstreams, has been closed too.
_SETTLED, _FORGOTTEN = 5.0, 70.0


def leave_out_what_is_loaded() -> None:
    """What has been loaded lives as long as the process: let no collection go through it any more."""
    gc.freeze()


def trim() -> None:
    """Collect what is garbage, and return what is free to the system, where the C library can."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        return


class Slack(Timed):
    """
    Watches how many connections there are.

    @param give_back: called some seconds after three quarters of a crowd have left, and once more a minute later.
    """

    def __init__(self, wheel: Wheel, give_back: Callable[[], None] = trim) -> None:
        self._wheel = wheel
        self._give_back = give_back
        self._most: int = 0
        self._again: bool = False

    def now(self, count: int) -> None:
        """So many there are."""
        if count > self._most:
            self._most = count
        elif self._most >= _CROWD and count * 4 <= self._most:
            self._most = count
            self._again = True
            self._wheel.arm(self, _SETTLED)

    def timed_out(self) -> None:
        """They have left."""
        self._give_back()
        if self._again:
            self._again = False
            self._wheel.arm(self, _FORGOTTEN)
