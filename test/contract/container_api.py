"""
The contract suite of L{arvgate.interfaces.IContainerApi}, run for the client and for the fake.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from zope.interface.verify import verifyObject

from arvgate.errors import Ended
from arvgate.interfaces import IContainerApi

__all__ = ["CONTAINER", "SECRET", "ContainerApiContract"]

CONTAINER = "zzzzz-dz642-000000000000001"
#: Of the container's own token.
SECRET = "own" * 10


class ContainerApiContract:
    """
    What the runner may expect; mixed into a SynchronousTestCase that makes C{api}.

    The record begins as C{{"uuid": CONTAINER, "state": "Locked"}}.
    """

    api: Any
    assertEqual: Any
    assertNoResult: Any
    assertTrue: Any
    failureResultOf: Any
    successResultOf: Any

    def cut(self) -> None:
        """The API cannot be reached."""
        raise NotImplementedError

    def mend(self) -> None:
        """It can be reached again, and whoever waits has had the time to find out."""
        raise NotImplementedError

    def end_cycle(self) -> None:
        """The token is no longer accepted."""
        raise NotImplementedError

    def call(self, flow: Coroutine[Any, Any, Any]) -> Deferred[Any]:
        """Begin a call, and let everything happen that needs no time."""
        return Deferred.fromCoroutine(flow)

    def every_call(self) -> list[Deferred[Any]]:
        """One call of each method, begun."""
        flows = (self.api.get(), self.api.update({"state": "Running"}), self.api.container_token())
        return [self.call(flow) for flow in flows]

    def test_interface(self) -> None:
        """It provides what it says."""
        self.assertTrue(verifyObject(IContainerApi, self.api))

    def test_record(self) -> None:
        """The record is answered, and what is changed in it, also later."""
        self.assertEqual({"uuid": CONTAINER, "state": "Locked"}, self.successResultOf(self.call(self.api.get())))
        changed = {"uuid": CONTAINER, "state": "Running", "listening_ports": [80]}
        update = self.api.update({"state": "Running", "listening_ports": [80]})
        self.assertEqual(changed, self.successResultOf(self.call(update)))
        self.assertEqual(changed, self.successResultOf(self.call(self.api.get())))

    def test_reported_twice(self) -> None:
        """The same report a second time is accepted."""
        for _ in range(2):
            self.successResultOf(self.call(self.api.update({"state": "Running"})))

    def test_own_token(self) -> None:
        """The container's own token names the container."""
        token = self.successResultOf(self.call(self.api.container_token()))
        self.assertEqual((SECRET, CONTAINER), tuple(token.split("/")[2:]))

    def test_cut(self) -> None:
        """While the API cannot be reached every call waits, and goes on afterwards."""
        self.cut()
        calls = self.every_call()
        for call in calls:
            self.assertNoResult(call)
        self.mend()
        for call in calls:
            self.successResultOf(call)

    def test_given_up(self) -> None:
        """A call that waits can be given up at once."""
        self.cut()
        for call in self.every_call():
            call.cancel()
            self.failureResultOf(call, CancelledError)
        self.mend()

    def test_over(self) -> None:
        """Every call says when the cycle is over."""
        self.end_cycle()
        for call in self.every_call():
            self.failureResultOf(call, Ended)

    def test_over_while_cut(self) -> None:
        """A cycle that came to its end while the API could not be reached is over."""
        self.cut()
        calls = self.every_call()
        self.end_cycle()
        self.mend()
        for call in calls:
            self.failureResultOf(call, Ended)
