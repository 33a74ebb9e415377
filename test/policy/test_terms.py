"""Tests of L{arvgate.policy.terms}."""

from __future__ import annotations

import math
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.terms import IDLE_TIMEOUT, LONGEST, idle_timeout, property_problems


def request(value: Any = None, state: str = "Committed") -> dict[str, Any]:
    """A request; without a value it has no such property."""
    return {"state": state, "properties": {"other": 1, **({} if value is None else {IDLE_TIMEOUT: value})}}


class IdleTimeoutTests(SynchronousTestCase):
    """When a container that nobody visits is ended."""

    def test_largest(self) -> None:
        """The most patient of its requests decides."""
        self.assertEqual(90.0, idle_timeout([request(60), request(90), request(1.5)]))

    def test_never(self) -> None:
        """It is never ended if one of its requests does not ask for it, or if there is none."""
        self.assertEqual([0.0, 0.0], [idle_timeout(requests) for requests in ([request(60), request()], [])])

    def test_committed_only(self) -> None:
        """A request that is over has no say."""
        self.assertEqual(60.0, idle_timeout([request(60), request(90, "Final"), request(None, "Uncommitted")]))

    def test_for_ever(self) -> None:
        """More than a year is for ever, also if it is more than a float can be."""
        self.assertEqual(
            [float(LONGEST), 0.0, 0.0], [idle_timeout([request(value)]) for value in (LONGEST, LONGEST + 1, 10**400)]
        )

    def test_nonsense(self) -> None:
        """What is no number of seconds ends nothing."""
        for value in ("60", True, -1, 0, 0.5, math.nan, [60]):
            self.assertEqual(0.0, idle_timeout([request(value)]), value)


class PropertyProblemsTests(SynchronousTestCase):
    """What is refused."""

    def test_accepted(self) -> None:
        """Any number from 1 on, and none at all, beside properties of others."""
        for value in (1, 1.5, 3600, 10**400, None):
            self.assertEqual([], property_problems(request(value)["properties"]), value)

    def test_refused(self) -> None:
        """Anything else is named, null too."""
        for value in ("60", True, -1, 0, 0.5, [60], {}):
            self.assertIn("at least 1", property_problems({IDLE_TIMEOUT: value})[0])
        self.assertIn(IDLE_TIMEOUT, property_problems({IDLE_TIMEOUT: None})[0])
