"""Tests of L{arvgate.dispatch.kept}."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.kept import Outputs


class Pretended:
    """Outputs of which one user has some, on a disk that may fail."""

    def __init__(self) -> None:
        self.broken = False
        self.calls: list[Any] = []

    def used_by(self, user_uuid: str) -> int:
        """Ten bytes for each letter of the name."""
        self._check()
        return 10 * len(user_uuid)

    def expire(self, now: float, keep: float) -> None:
        """Note it."""
        self._check()
        self.calls.append((now, keep))

    def _check(self) -> None:
        if self.broken:
            raise OSError("the disk is gone")


class OutputsTests(SynchronousTestCase):
    """What the dispatcher knows of outputs."""

    def setUp(self) -> None:
        """Some outputs that are kept for a day."""
        self.clock, self.kept, self.threads = Clock(), Pretended(), 0
        self.outputs = Outputs(self.clock, self.kept, 86400.0, self.in_thread)

    async def in_thread(self, call: Callable[[], Any]) -> Any:
        """Count the calls that would block."""
        self.threads += 1
        return call()

    def answer(self, call: Coroutine[Any, Any, Any]) -> Any:
        """What a call answers at once."""
        with self.assertRaises(StopIteration) as caught:
            call.send(None)
        return caught.exception.value

    def test_used(self) -> None:
        """All users are asked for in one go, in another thread."""
        self.assertEqual({"a": 10, "bb": 20}, self.answer(self.outputs.used_by({"a", "bb"})))
        self.assertEqual(1, self.threads)

    def test_nothing_to_ask(self) -> None:
        """Without users or outputs nobody is bothered."""
        self.assertEqual({}, self.answer(self.outputs.used_by(set())))
        none = Outputs(self.clock, None, 86400.0, self.in_thread)
        self.assertEqual({}, self.answer(none.used_by({"a"})))
        self.answer(none.expire())
        self.assertEqual(0, self.threads)

    def test_expire(self) -> None:
        """Once a minute, in another thread, with the time and how long outputs are kept."""
        for seconds in (0, 59, 1):
            self.clock.advance(seconds)
            self.answer(self.outputs.expire())
        self.assertEqual(([(0.0, 86400.0), (60.0, 86400.0)], 2), (self.kept.calls, self.threads))

    def test_disk_fails(self) -> None:
        """A disk that fails stops nothing."""
        self.kept.broken = True
        self.assertEqual({}, self.answer(self.outputs.used_by({"a"})))
        self.answer(self.outputs.expire())
