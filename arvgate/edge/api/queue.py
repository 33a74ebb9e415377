"""
Requests that wait for their turn, so that the records are asked by no more of them at once than they can answer.

A place is held until the work is over, also where the client has gone meanwhile, and not while an answer is sent.
Not here: who is next (L{arvgate.policy.request_queue}), and who needs a turn (L{arvgate.edge.api.router}).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from arvgate.errors import Overloaded
from arvgate.net.tally import Tally
from arvgate.policy.request_queue import RequestQueue, Turn

__all__ = ["QueueLimits", "RequestTurns"]

_log = Logger()

T = TypeVar("T")

_FULL = "Too many requests are waiting; try again in a moment."
_WAITED = "There was no room for this request in time; try again in a moment."
_LATE = "The answer took longer than API.RequestTimeout."


@attrs.frozen
class QueueLimits:
    """
    How many requests at once, and for how long.

    @ivar places: requests that are worked on; C{room}: that wait besides.
    @ivar timeout: seconds for the work, and as many for the waiting before.
    @ivar impatience: seconds that a request waits which is of no use later.
    """

    places: int = 64
    room: int = 128
    timeout: float = 300.0
    impatience: float = 2.0


class RequestTurns:
    """Gives requests their turns."""

    def __init__(self, limits: QueueLimits, clock: IReactorTime, tally: Tally) -> None:
        self._limits = limits
        self._clock = clock
        self._tally = tally
        self._queue = RequestQueue(limits.places, limits.room)
        self._waiting: dict[Turn, Deferred[None]] = {}
        self._serving = False
        tally.gauge(("api_working",), lambda: self._queue.working)
        tally.gauge(("api_waiting",), lambda: self._queue.waiting)

    async def run(
        self,
        caller: str,
        work: Callable[[], Coroutine[Deferred[Any], Any, T]],
        discard: Callable[[T], object],
        impatient: bool = False,
    ) -> T:
        """
        What C{work} returns or raises, once it had its turn.

        If this is cancelled while it waits, C{work} is never called; later, it is brought to its end.

        @param caller: who shares the places evenly with others.
        @param discard: is given what C{work} returned when nobody wants it any more.
        @param impatient: waits no longer than L{QueueLimits.impatience}.
        @raise Overloaded: there is no room, or it took too long.
        """
        limits = self._limits
        turn = await self._turn(caller, limits.impatience if impatient else limits.timeout)
        outcome: Deferred[T] = Deferred()

        def done(result: T) -> None:
            self._leave(turn)
            if outcome.called:
                discard(result)
            else:
                outcome.callback(result)

        def failed(failure: Failure) -> None:
            self._leave(turn)
            if outcome.called:
                _log.info("what nobody waited for any more failed: {error!r}", error=failure.value)
            else:
                outcome.errback(failure)

        Deferred.fromCoroutine(work()).addCallbacks(done, failed)
        if outcome.called:
            return await outcome
        late = self._clock.callLater(limits.timeout, self._refuse, outcome, "timeout", _LATE)
        try:
            return await outcome
        finally:
            if late.active():
                late.cancel()

    async def _turn(self, caller: str, patience: float) -> Turn:
        turn = Turn(caller)
        away = self._queue.ask(turn)
        if away is turn:
            self._tally.count(("api_refusals", "full"))
            raise Overloaded(_FULL)
        if away is not None:
            self._refuse(self._waiting.pop(away), "full", _FULL)
        self._serve()
        if turn.working:
            return turn
        place: Deferred[None] = Deferred()
        self._waiting[turn] = place
        late = self._clock.callLater(patience, self._refuse, place, "waited", _WAITED)
        try:
            await place
        finally:
            if late.active():
                late.cancel()
            if self._waiting.pop(turn, None) is not None:
                self._leave(turn)
        return turn

    def _refuse(self, waiting: Deferred[T], reason: str, sentence: str) -> None:
        self._tally.count(("api_refusals", reason))
        waiting.errback(Overloaded(sentence))

    def _leave(self, turn: Turn) -> None:
        self._queue.leave(turn)
        self._serve()

    def _serve(self) -> None:
        """Let go on who has a place; what that ends at once makes room in the same loop."""
        if self._serving:
            return
        self._serving = True
        try:
            while (turn := self._queue.next()) is not None:
                place = self._waiting.pop(turn, None)
                if place is not None:
                    place.callback(None)
        finally:
            self._serving = False
