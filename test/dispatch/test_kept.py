"""Tests of L{arvgate.dispatch.kept}."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.kept import Keeping, Kept


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


class PretendedLogs:
    """Logs that note what is asked of them."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def expire(self, ended: Callable[[str], bool], limit: int) -> None:
        """Note it, for two containers."""
        self.calls.append((ended("active"), ended("other"), limit))


class KeptTests(SynchronousTestCase):
    """What the dispatcher knows of what is kept."""

    def setUp(self) -> None:
        """Some outputs that are kept for a day, and logs."""
        self.clock, self.outputs, self.logs, self.threads = Clock(), Pretended(), PretendedLogs(), 0
        self.kept = Kept(self.clock, self.outputs, self.logs, Keeping(86400.0, 500), self.in_thread)

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
        self.assertEqual({"a": 10, "bb": 20}, self.answer(self.kept.outputs_of({"a", "bb"})))
        self.assertEqual(1, self.threads)

    def test_nothing_to_ask(self) -> None:
        """Without users or outputs nobody is bothered."""
        self.assertEqual({}, self.answer(self.kept.outputs_of(set())))
        none = Kept(self.clock, None, None, Keeping(86400.0), self.in_thread)
        self.assertEqual({}, self.answer(none.outputs_of({"a"})))
        self.assertEqual(0, self.threads)

    def test_expire(self) -> None:
        """Once a minute, in another thread, with the time and how long outputs are kept."""
        for seconds in (0, 59, 1):
            self.clock.advance(seconds)
            self.answer(self.kept.expire({"active"}))
        self.assertEqual(([(0.0, 86400.0), (60.0, 86400.0)], 2), (self.outputs.calls, self.threads))

    def test_logs(self) -> None:
        """Logs are given up of containers that have ended, by the limit of a user."""
        self.answer(self.kept.expire({"active"}))
        self.assertEqual([(False, True, 500)], self.logs.calls)

    def test_disk_fails(self) -> None:
        """A disk that fails stops nothing."""
        self.outputs.broken = True
        self.assertEqual({}, self.answer(self.kept.outputs_of({"a"})))
        self.answer(self.kept.expire({"active"}))
