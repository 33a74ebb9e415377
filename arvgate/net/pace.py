"""
Whether a peer takes, or sends, what it owes fast enough.

Looked at every few seconds; a direction in which nothing is owed at the time is never too slow.  Not here: counting the
octets, and what happens to who is too slow.
"""

from __future__ import annotations

__all__ = ["Pace"]


class Pace:
    """
    One direction of a connection; times in seconds.

    @param stall: without any progress, after which it is given up; 0: never.
    @param rate: octets per second that are expected on average over C{window} seconds; 0: any.
    """

    def __init__(self, stall: float, rate: int, window: float) -> None:
        self._stall = stall
        self._rate = rate
        self._window = window
        self._owed: bool = False
        self._last: int = 0
        self._progress: float = 0.0
        self._first: int = 0
        self._begun: float = 0.0

    def too_slow(self, now: float, moved: int, owed: bool, rated: bool = True) -> bool:
        """
        Look at it.

        @param moved: octets so far, over the whole life of the connection.
        @param owed: there is something that the peer should take or send.
        @param rated: a trickle is not enough.
        """
        if not owed:
            self._owed = False
            return False
        if not self._owed:
            self._owed = True
            self._progress = now
            self._last = moved
            self._begin(now, moved)
            return False
        if moved != self._last:
            self._last = moved
            self._progress = now
        elif self._stall and now - self._progress >= self._stall:
            return True
        lasted = now - self._begun
        if lasted < self._window:
            return False
        slow = rated and moved - self._first < self._rate * lasted
        self._begin(now, moved)
        return slow

    def _begin(self, now: float, moved: int) -> None:
        self._begun = now
        self._first = moved
