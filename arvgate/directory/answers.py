"""
A bounded memory of answers that changes of records take back.

Not here: what is asked (L{arvgate.directory.cached}), and time: an answer with an end of its own is judged by its user.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from arvgate.directory.touching import Touched

__all__ = ["Answers", "Asking"]

KeyT = TypeVar("KeyT", bound=Hashable)
AnswerT = TypeVar("AnswerT")

#: UUIDs that are noted while a question is on its way; beyond, everything counts as touched.
_NOTED = 4096


class Asking(Generic[KeyT, AnswerT]):
    """A question on its way; what changes meanwhile may make its answer old before it is here."""

    def __init__(self, answers: Answers[KeyT, AnswerT]) -> None:
        self._answers = answers
        self._touched: set[str] = set()
        self._everything = False

    def touch(self, touched: Touched) -> None:
        """These changes came while the question was on its way."""
        self._touched |= touched.uuids
        self._everything |= touched.everything or len(self._touched) > _NOTED

    def keep(self, key: KeyT, answer: AnswerT, rests_on: frozenset[str]) -> None:
        """Remember the answer, unless something that it rests on changed since the question was asked."""
        if not self._everything and self._touched.isdisjoint(rests_on):
            self._answers.put(key, answer, rests_on)


class Answers(Generic[KeyT, AnswerT]):
    """
    At most C{size} answers, the least recently used given up first.

    @ivar hits: questions that were answered; C{misses}: that were not.
    """

    def __init__(self, size: int) -> None:
        self.hits = 0
        self.misses = 0
        self._size = size
        self._answers: OrderedDict[KeyT, tuple[AnswerT, frozenset[str]]] = OrderedDict()
        self._resting: dict[str, set[KeyT]] = {}
        self._asking: set[Asking[KeyT, AnswerT]] = set()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: KeyT) -> AnswerT | None:
        """The answer that is remembered for C{key}, if any."""
        found = self._answers.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._answers.move_to_end(key)
        return found[0]

    @contextmanager
    def asking(self) -> Iterator[Asking[KeyT, AnswerT]]:
        """Around a question whose answer may be kept."""
        asking: Asking[KeyT, AnswerT] = Asking(self)
        self._asking.add(asking)
        try:
            yield asking
        finally:
            self._asking.discard(asking)

    def put(self, key: KeyT, answer: AnswerT, rests_on: frozenset[str]) -> None:
        """Remember C{answer} until one of the records that it rests on changes."""
        self.forget(key)
        while len(self._answers) >= self._size:
            self.forget(next(iter(self._answers)))
        self._answers[key] = (answer, rests_on)
        for uuid in rests_on:
            self._resting.setdefault(uuid, set()).add(key)

    def forget(self, key: KeyT) -> None:
        """Drop the answer for C{key}, if there is one."""
        _, rests_on = self._answers.pop(key, (None, frozenset()))
        for uuid in rests_on:
            keys = self._resting[uuid]
            keys.discard(key)
            if not keys:
                del self._resting[uuid]

    def drop(self, touched: Touched) -> None:
        """Drop every answer that rests on what changed, those on their way included."""
        for asking in self._asking:
            asking.touch(touched)
        if touched.everything:
            self._answers.clear()
            self._resting.clear()
            return
        for uuid in touched.uuids:
            for key in tuple(self._resting.get(uuid, ())):
                self.forget(key)
