"""Tests of L{arvgate.testing.container_api}."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Ended
from arvgate.runner.waiting import first
from arvgate.testing.container_api import FakeContainerApi
from test.contract.container_api import CONTAINER, SECRET, ContainerApiContract


class FakeContainerApiTests(ContainerApiContract, SynchronousTestCase):
    """The API of a runner in memory."""

    def setUp(self) -> None:
        """A record."""
        token = f"v2/zzzzz-gj3su-000000000000001/{SECRET}/{CONTAINER}"
        self.api = FakeContainerApi({"uuid": CONTAINER, "state": "Locked"}, token)

    def cut(self) -> None:
        """See L{ContainerApiContract}."""
        self.api.cut()

    def mend(self) -> None:
        """See L{ContainerApiContract}."""
        self.api.mend()

    def end_cycle(self) -> None:
        """See L{ContainerApiContract}."""
        self.api.fail_next(*[Ended() for _ in range(3)])

    def test_remembers(self) -> None:
        """What was reported is remembered."""
        self.successResultOf(Deferred.fromCoroutine(self.api.update({"state": "Running"})))
        self.assertEqual([{"state": "Running"}], self.api.updates)

    def test_copies(self) -> None:
        """Who changes what it got changes nothing."""
        self.successResultOf(Deferred.fromCoroutine(self.api.get()))["state"] = "other"
        self.assertEqual("Locked", self.api.record["state"])

    def test_raced(self) -> None:
        """Of two calls that wait, the first to go on may give up the other; what is cut again goes on waiting."""
        self.api.cut()
        answered = Deferred.fromCoroutine(first(self.api.container_token(), self.api.container_token()))
        again = Deferred.fromCoroutine(self.api.get())
        answered.addCallback(lambda token: (self.api.cut(), token)[1])
        self.api.mend()
        self.assertEqual(self.api.token, self.successResultOf(answered))
        self.assertNoResult(again)
        self.api.mend()
        self.successResultOf(again)

    def test_fails(self) -> None:
        """It fails when it is told to, once."""
        self.api.fail_next(Ended())
        self.failureResultOf(Deferred.fromCoroutine(self.api.get()), Ended)
        self.successResultOf(Deferred.fromCoroutine(self.api.get()))
