"""Tests of L{arvgate.testing.container_api}."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from arvgate.errors import Ended
from arvgate.interfaces import IContainerApi
from arvgate.testing.container_api import FakeContainerApi


class FakeContainerApiTests(SynchronousTestCase):
    """The API of a runner in memory."""

    def setUp(self) -> None:
        """A record."""
        self.api = FakeContainerApi({"state": "Locked"}, "token")

    def test_interface(self) -> None:
        """It is what a runner needs."""
        self.assertTrue(verifyObject(IContainerApi, self.api))

    def test_update(self) -> None:
        """What is reported is in the record afterwards, and remembered."""
        record = self.successResultOf(Deferred.fromCoroutine(self.api.update({"state": "Running"})))
        self.assertEqual({"state": "Running"}, record)
        self.assertEqual(record, self.successResultOf(Deferred.fromCoroutine(self.api.get())))
        self.assertEqual([{"state": "Running"}], self.api.updates)

    def test_copies(self) -> None:
        """Who changes what it got changes nothing."""
        self.successResultOf(Deferred.fromCoroutine(self.api.get()))["state"] = "other"
        self.assertEqual("Locked", self.api.record["state"])

    def test_cut(self) -> None:
        """While it cannot be reached calls wait, and can be given up."""
        self.api.cut()
        waiting = Deferred.fromCoroutine(self.api.container_token())
        given_up = Deferred.fromCoroutine(self.api.get())
        given_up.cancel()
        self.failureResultOf(given_up)
        self.assertNoResult(waiting)
        self.api.mend()
        self.assertEqual("token", self.successResultOf(waiting))

    def test_fails(self) -> None:
        """It fails when it is told to, once."""
        self.api.fail_next(Ended())
        self.failureResultOf(Deferred.fromCoroutine(self.api.get()), Ended)
        self.successResultOf(Deferred.fromCoroutine(self.api.get()))
