"""
Which requests are worked on, and which wait, when there are more than places.

Callers get their turn by what they have: the next place goes to the caller with the fewest requests at work, and where
there is no room to wait it is the caller with the most who is turned away.  Not here: how a request waits, and for how
long (L{arvgate.edge.api.queue}).
"""

from __future__ import annotations

from collections import deque

__all__ = ["RequestQueue", "Turn"]


class Turn:
    """
    One request that has come.

    @ivar caller: for whom it is.
    @ivar working: whether it has a place.
    """

    def __init__(self, caller: str) -> None:
        self.caller = caller
        self.working = False


class RequestQueue:
    """
    Requests at work and requests that wait.

    @ivar working: how many have a place.
    @ivar waiting: how many wait for one.
    @param places: for requests at work.
    @param room: for requests that wait.
    """

    def __init__(self, places: int, room: int) -> None:
        self.working = 0
        self.waiting = 0
        self._places = places
        self._room = room
        self._busy: dict[str, int] = {}
        self._queues: dict[str, deque[Turn]] = {}

    def ask(self, turn: Turn) -> Turn | None:
        """
        A request has come; whether it has a place is told by L{next}.

        @return: the request that is turned away because of it, which may be itself.
        """
        queue = self._queues.setdefault(turn.caller, deque())
        queue.append(turn)
        self.waiting += 1
        if self.working < self._places or self.waiting <= self._room:
            return None
        longest = max(self._queues.values(), key=len)
        away = (queue if len(queue) == len(longest) else longest)[-1]
        self.leave(away)
        return away

    def next(self) -> Turn | None:
        """The request that gets a place now; to be asked again until there is none."""
        if self.working >= self._places or not self.waiting:
            return None
        caller = min(self._queues, key=lambda name: self._busy.get(name, 0))
        queue = self._queues.pop(caller)
        turn = queue.popleft()
        if queue:
            self._queues[caller] = queue
        self.waiting -= 1
        self.working += 1
        self._busy[caller] = self._busy.get(caller, 0) + 1
        turn.working = True
        return turn

    def leave(self, turn: Turn) -> None:
        """A request is over, or does not wait any longer."""
        caller = turn.caller
        if turn.working:
            self.working -= 1
            self._busy[caller] -= 1
            if not self._busy[caller]:
                del self._busy[caller]
            return
        queue = self._queues[caller]
        queue.remove(turn)
        if not queue:
            del self._queues[caller]
        self.waiting -= 1
