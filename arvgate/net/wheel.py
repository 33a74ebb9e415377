"""
A coarse timer wheel: one delayed call for all time-outs of a process.

A time-out fires at most one tick late and never early.  Not here: anything that needs precision.
"""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

_log = Logger()

__all__ = ["Timed", "Wheel"]


class Timed:
    """
    Something with a deadline.  Change it by L{Wheel.arm}; put C{deadline} to 0 to have none.

    @ivar deadline: in the wheel's seconds, 0 for none.
    @ivar slot: where the wheel holds it; 0 for nowhere.
    """

    deadline: float = 0.0
    slot: int = 0

    def timed_out(self) -> None:
        """The deadline has passed."""
        raise NotImplementedError


class Wheel:
    """
    Holds what has a deadline in slots of one tick.

    Moving a deadline further away costs nothing: the item stays in its slot and is put into the right one when that
    slot comes up.  What will not be used again is dropped, else it would be kept until then.
    """

    def __init__(self, clock: IReactorTime, tick: float = 1.0) -> None:
        self._clock = clock
        self._tick = tick
        self._slots: dict[int, set[Timed]] = {}
        self._reached: int = int(clock.seconds() / tick)
        self._call: IDelayedCall | None = None

    def seconds(self) -> float:
        """The clock's time."""
        return self._clock.seconds()

    def start(self) -> None:
        """Begin to turn."""
        if self._call is None:
            self._reached = int(self._clock.seconds() / self._tick)
            self._call = self._clock.callLater(self._tick, self._turn)

    def stop(self) -> None:
        """Stop turning; deadlines stay."""
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def arm(self, item: Timed, delay: float) -> None:
        """Let C{item} time out in C{delay} seconds, whatever its deadline was."""
        deadline = self._clock.seconds() + delay
        item.deadline = deadline
        slot = int(deadline / self._tick) + 1
        if not item.slot or slot < item.slot:
            self._take_out(item)
            self._put(item, slot)

    def drop(self, item: Timed) -> None:
        """Let C{item} have no deadline, and hold it no longer."""
        item.deadline = 0.0
        self._take_out(item)

    def _put(self, item: Timed, slot: int) -> None:
        item.slot = slot
        self._slots.setdefault(slot, set()).add(item)

    def _take_out(self, item: Timed) -> None:
        held = self._slots.get(item.slot)
        if held is not None:
            held.discard(item)
        item.slot = 0

    def _turn(self) -> None:
        self._call = self._clock.callLater(self._tick, self._turn)
        now = self._clock.seconds()
        reached = int(now / self._tick)
        while self._reached < reached:
            self._reached += 1
            for item in self._slots.pop(self._reached, ()):
                if item.slot == self._reached:
                    item.slot = 0
                    self._settle(item, now)

    def _settle(self, item: Timed, now: float) -> None:
        deadline = item.deadline
        if not deadline:
            return
        if deadline <= now:
            item.deadline = 0.0
            try:
                item.timed_out()
            except Exception:
                _log.failure("a time-out failed")
            return
        self._put(item, max(int(deadline / self._tick) + 1, self._reached + 1))
