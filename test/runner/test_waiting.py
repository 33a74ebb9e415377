"""Tests of L{arvgate.runner.waiting}."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from arvgate.runner.waiting import Once, first


class OnceTests(SynchronousTestCase):
    """A value that comes once."""

    def test_waited_for(self) -> None:
        """All who wait get it, and who comes later too; a second value changes nothing."""
        once: Once[int] = Once()
        early = [Deferred.fromCoroutine(once.wait()) for _ in range(2)]
        self.assertFalse(once.arrived)
        once.arrive(1)
        once.arrive(2)
        self.assertEqual([1, 1], [self.successResultOf(one) for one in early])
        self.assertEqual(1, self.successResultOf(Deferred.fromCoroutine(once.wait())))
        self.assertTrue(once.arrived)

    def test_one_gives_up(self) -> None:
        """Who gives up waiting does not disturb the others."""
        once: Once[int] = Once()
        leaving, staying = (Deferred.fromCoroutine(once.wait()) for _ in range(2))
        leaving.cancel()
        self.failureResultOf(leaving, CancelledError)
        once.arrive(1)
        self.assertEqual(1, self.successResultOf(staying))

    def test_one_ends_another(self) -> None:
        """Who is told first may give up waiting for those who are told after."""
        once: Once[int] = Once()
        early = Deferred.fromCoroutine(once.wait())
        late = Deferred.fromCoroutine(once.wait())
        early.addCallback(lambda _: late.cancel())
        once.arrive(1)
        self.successResultOf(early)
        self.failureResultOf(late, CancelledError)


class FirstTests(SynchronousTestCase):
    """The first of several flows."""

    def setUp(self) -> None:
        """Two things to wait for."""
        self.one: Deferred[str] = Deferred()
        self.other: Deferred[str] = Deferred()
        self.ended: list[str] = []

    async def flow(self, name: str, wait: Deferred[str]) -> str:
        """Wait, and note the end."""
        try:
            return await wait
        finally:
            self.ended.append(name)

    def begun(self) -> Deferred[str]:
        """Both flows."""
        return Deferred.fromCoroutine(first(self.flow("one", self.one), self.flow("other", self.other)))

    def test_answer(self) -> None:
        """The first answer counts, and the other flow has been cancelled and has ended."""
        result = self.begun()
        self.other.callback("answer")
        self.assertEqual("answer", self.successResultOf(result))
        self.assertEqual(["other", "one"], self.ended)

    def test_failure(self) -> None:
        """What the first raises is raised."""
        result = self.begun()
        self.one.errback(ValueError("on purpose"))
        self.failureResultOf(result, ValueError)
        self.assertEqual(["one", "other"], self.ended)

    def test_cancelled(self) -> None:
        """Cancelling all of it ends both flows."""
        result = self.begun()
        result.cancel()
        self.failureResultOf(result, CancelledError)
        self.assertEqual({"one", "other"}, set(self.ended))

    def test_loser_fails(self) -> None:
        """What a flow raises when it is cancelled is logged, and does not count."""

        async def unruly() -> str:
            try:
                return await self.other
            except CancelledError:
                raise ValueError("on purpose") from None

        result = Deferred.fromCoroutine(first(self.flow("one", self.one), unruly()))
        self.one.callback("answer")
        self.assertEqual("answer", self.successResultOf(result))
        self.assertEqual(1, len(self.flushLoggedErrors(ValueError)))
