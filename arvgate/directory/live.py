"""
Access that goes on: live connections that rest on a grant are ended when it no longer holds.

What touches a grant is its token and that token's parent, the user, the container, its requests, and links.  Then the
whole decision is made anew.  While the records cannot be asked, streams stay; they are decided upon as soon as the
records are back.  Not here: how a connection is closed (that is C{end}'s).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from arvgate.directory.touching import Touched, grant_rests_on, touched_by
from arvgate.errors import ArvgateError, Ended, NotAuthenticated, Overloaded, StoreUnavailable
from arvgate.interfaces import IChangeFeed
from arvgate.model.changes import Change
from arvgate.model.grants import Grant
from arvgate.model.targets import Target
from arvgate.model.tokens import Token
from arvgate.net.wheel import Timed, Wheel

__all__ = ["LiveGrants", "RecentChanges"]

_log = Logger()

#: Seconds between two looks for what has expired and what could not be asked.
_LOOK = 1.0
#: Seconds that an alarm is set ahead at most.
_LONGEST = 86400.0

End = Callable[[ArvgateError], None]


class Decides(Protocol):
    """The part of the gate that is needed here."""

    def __call__(self, token: Token | None, target: Target) -> Coroutine[Any, Any, Grant]:
        """See L{arvgate.gate.Gate.decide}."""


class RecentChanges:
    """
    What changed of late: a grant that was decided while its records changed is doubtful from the start.

    @ivar _kept: seconds; longer than a decision takes.
    """

    def __init__(self, seconds: Callable[[], float], kept: float = 30.0, size: int = 10_000) -> None:
        self._seconds = seconds
        self._kept = kept
        self._size = size
        self._times: dict[str, float] = {}
        self._everything = -kept - 1.0

    def note(self, touched: Touched) -> None:
        """These records changed now."""
        now = self._seconds()
        for uuid in touched.uuids:
            self._times.pop(uuid, None)
            self._times[uuid] = now
        while self._times and now - next(iter(self._times.values())) > self._kept:
            del self._times[next(iter(self._times))]
        if touched.everything or len(self._times) > self._size:
            self._everything = now
            self._times.clear()

    def touch(self, rests_on: frozenset[str]) -> bool:
        """Whether one of these records changed of late."""
        since = self._seconds() - self._kept
        return self._everything >= since or any(self._times.get(uuid, since - 1) >= since for uuid in rests_on)


class _Question:
    """
    One token that uses one target on one attempt of one container, by however many connections.

    @ivar asked: its decision is on its way; C{again}: and is already doubtful.
    """

    asked = False
    again = False
    over = False

    def __init__(self, token: Token | None, target: Target, grant: Grant) -> None:
        self.token = token
        self.target = target
        self.grant = grant
        self.rests_on = grant_rests_on(target, grant)
        self.ends: dict[object, End] = {}

    def has_expired(self, now: datetime) -> bool:
        """Whether its token has ended."""
        expires_at = self.grant.principal.expires_at
        return expires_at is not None and expires_at <= now


class _Look(Timed):
    """The time to look again."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look

    def timed_out(self) -> None:
        """Look."""
        self._look()


class LiveGrants:
    """
    The live connections of this process and the grants that they rest on.

    Decisions are made anew in the reactor turn after the change, so that caches have heard of it too, at most
    C{concurrency} at a time and one for all connections with the same token and target.
    """

    def __init__(
        self,
        decide: Decides,
        feed: IChangeFeed,
        wheel: Wheel,
        clock: IReactorTime,
        now: Callable[[], datetime],
        concurrency: int = 16,
    ) -> None:
        self._decide = decide
        self._feed = feed
        self._wheel = wheel
        self._clock = clock
        self._now = now
        self._concurrency = concurrency
        self._questions: dict[tuple[Token | None, Target, str, int], _Question] = {}
        self._resting: dict[str, set[_Question]] = {}
        self._doubtful: dict[_Question, None] = {}
        self._unsure: set[_Question] = set()
        self._expiring: set[_Question] = set()
        self._asking: set[Deferred[None]] = set()
        self._recent = RecentChanges(wheel.seconds)
        self._look = _Look(self._look_again)
        self._turn: IDelayedCall | None = None
        self._alarm: IDelayedCall | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        """How many connections are watched."""
        return sum(len(question.ends) for question in self._questions.values())

    def start(self) -> None:
        """Begin to listen to changes."""
        self._unsubscribe = self._feed.subscribe(self._changed)
        self._wheel.arm(self._look, _LOOK)

    def stop(self) -> None:
        """Listen no more; connections stay as they are."""
        self._unsubscribe()
        self._look.deadline = 0.0
        for call in (self._turn, self._alarm):
            if call is not None and call.active():
                call.cancel()
        self._turn = self._alarm = None
        for question in tuple(self._questions.values()):
            self._remove(question)
        for asking in tuple(self._asking):
            asking.cancel()

    def watch(self, token: Token | None, target: Target, grant: Grant, end: End) -> Callable[[], None]:
        """
        Call C{end} with the reason, once, when C{grant} no longer holds.

        To be called in the same reactor turn in which the grant was made.

        @return: stops watching; may be called at any time, also after the end.
        """
        key = (token, target, grant.listing.container_uuid, grant.listing.lock_count)
        question = self._questions.get(key)
        if question is None:
            question = self._questions[key] = _Question(token, target, grant)
            self._index(question)
        if self._recent.touch(question.rests_on) or question.has_expired(self._now()):
            self._doubt(question)
        watch = object()
        question.ends[watch] = end
        return lambda: self._unwatch(question, watch)

    def _unwatch(self, question: _Question, watch: object) -> None:
        question.ends.pop(watch, None)
        if not question.ends and not question.over:
            self._remove(question)

    def _changed(self, changes: Sequence[Change]) -> None:
        touched = touched_by(changes)
        if not touched:
            return
        self._recent.note(touched)
        if touched.everything:
            for question in self._questions.values():
                self._doubt(question)
        else:
            for uuid in touched.uuids:
                for question in self._resting.get(uuid, ()):
                    self._doubt(question)

    def _doubt(self, question: _Question) -> None:
        if question.asked:
            question.again = True
            return
        self._doubtful[question] = None
        if self._turn is None and len(self._asking) < self._concurrency:
            self._turn = self._clock.callLater(0, self._ask)

    def _look_again(self) -> None:
        self._wheel.arm(self._look, _LOOK)
        self._end_expired()
        unsure, self._unsure = self._unsure, set()
        for question in unsure:
            self._doubt(question)

    def _end_expired(self) -> None:
        now = self._now()
        for question in [question for question in self._expiring if question.has_expired(now)]:
            self._end(question, NotAuthenticated("The login that this connection rests on has expired."))

    def _rang(self) -> None:
        self._alarm = None
        self._end_expired()
        ends = [question.grant.principal.expires_at for question in self._expiring]
        first = min((end for end in ends if end is not None), default=None)
        if first is not None:
            self._set_alarm(first)

    def _set_alarm(self, expires_at: datetime) -> None:
        """Look at what has expired at that moment, unless that is done before it anyway."""
        delay = min(max(0.0, (expires_at - self._now()).total_seconds()), _LONGEST)
        alarm = self._alarm
        if alarm is None:
            self._alarm = self._clock.callLater(delay, self._rang)
        elif alarm.getTime() > self._clock.seconds() + delay:
            alarm.reset(delay)

    def _ask(self) -> None:
        self._turn = None
        while self._doubtful and len(self._asking) < self._concurrency:
            question = next(iter(self._doubtful))
            del self._doubtful[question]
            question.asked, question.again = True, False
            asking = Deferred.fromCoroutine(self._decide_anew(question))
            self._asking.add(asking)
            asking.addBoth(self._asked, asking)

    def _asked(self, _: object, asking: Deferred[None]) -> None:
        self._asking.discard(asking)
        if self._doubtful and self._turn is None:
            self._turn = self._clock.callLater(0, self._ask)

    async def _decide_anew(self, question: _Question) -> None:
        try:
            grant = await self._decide(question.token, question.target)
        except CancelledError:
            return
        except (StoreUnavailable, Overloaded):
            self._later(question)
        except ArvgateError as error:
            self._end(question, error)
        except Exception:
            _log.failure("a live connection could not be decided upon and is ended")
            self._end(question, StoreUnavailable())
        else:
            self._go_on(question, grant)
        question.asked = False
        if question.again and not question.over:
            self._doubt(question)

    def _later(self, question: _Question) -> None:
        if not question.over:
            self._unsure.add(question)

    def _go_on(self, question: _Question, grant: Grant) -> None:
        """The answer is yes; but is it still the same container?"""
        if question.over:
            return
        old, new = question.grant.listing, grant.listing
        if (old.container_uuid, old.lock_count) != (new.container_uuid, new.lock_count):
            self._end(question, Ended())
            return
        self._unindex(question)
        question.grant = grant
        question.rests_on = grant_rests_on(question.target, grant)
        self._index(question)

    def _end(self, question: _Question, error: ArvgateError) -> None:
        if question.over:
            return
        self._remove(question)
        ends, question.ends = question.ends, {}
        for end in ends.values():
            try:
                end(error)
            except Exception:
                _log.failure("a live connection could not be ended")

    def _index(self, question: _Question) -> None:
        for uuid in question.rests_on:
            self._resting.setdefault(uuid, set()).add(question)
        expires_at = question.grant.principal.expires_at
        if expires_at is not None:
            self._expiring.add(question)
            self._set_alarm(expires_at)

    def _unindex(self, question: _Question) -> None:
        for uuid in question.rests_on:
            resting = self._resting[uuid]
            resting.discard(question)
            if not resting:
                del self._resting[uuid]
        self._expiring.discard(question)

    def _remove(self, question: _Question) -> None:
        question.over = True
        listing = question.grant.listing
        del self._questions[(question.token, question.target, listing.container_uuid, listing.lock_count)]
        self._unindex(question)
        self._doubtful.pop(question, None)
        self._unsure.discard(question)
