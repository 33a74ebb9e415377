"""
Giving memory back to the system when the crowd has left that it was for.

The C library keeps what was freed between things that live on; one call after a crowd returns the whole pages in it.
Not here: bounding what a connection takes.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable

from arvgate.net.wheel import Timed, Wheel

__all__ = ["Slack", "trim"]

#: Connections that make a crowd.
_CROWD = 64
#: Seconds after which those that have left have let go of everything.
_SETTLED = 5.0


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

    @param give_back: called some seconds after three quarters of a crowd have left.
    """

    def __init__(self, wheel: Wheel, give_back: Callable[[], None] = trim) -> None:
        self._wheel = wheel
        self._give_back = give_back
        self._most: int = 0

    def now(self, count: int) -> None:
        """So many there are."""
        if count > self._most:
            self._most = count
        elif self._most >= _CROWD and count * 4 <= self._most:
            self._most = count
            self._wheel.arm(self, _SETTLED)

    def timed_out(self) -> None:
        """They have left."""
        self._give_back()
