"""
Tests for L{arvgate.policy.priority}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.policy.priority import HIGHEST, Wish, container_priority, request_priority

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

wishes = st.builds(
    Wish,
    state=st.sampled_from(["Uncommitted", "Committed", "Final"]),
    priority=st.none() | st.integers(0, HIGHEST),
    created_at=st.timedeltas(timedelta(0), timedelta(days=40000)).map(
        lambda age: datetime(1970, 1, 1, tzinfo=UTC) + age
    ),
    requesting_priority=st.none() | st.integers(0, 2**60),
)


class ContainerPriorityTests(SynchronousTestCase):
    """L{container_priority}."""

    def test_formula(self) -> None:
        """The priority times two to the fiftieth, less the milliseconds since 1970."""
        created = datetime(1970, 1, 1, 0, 0, 1, 234999, tzinfo=UTC)
        self.assertEqual(3 * 2**50 - 1234, container_priority([Wish("Committed", 3, created)]))

    def test_older_first(self) -> None:
        """Of two requests with the same priority the older weighs more; priority weighs more than age."""
        old, new = MOMENT, MOMENT + timedelta(milliseconds=1)
        self.assertGreater(
            container_priority([Wish("Committed", 5, old)]), container_priority([Wish("Committed", 5, new)])
        )
        century = MOMENT + timedelta(days=36500)
        self.assertGreater(
            container_priority([Wish("Committed", 6, century)]), container_priority([Wish("Committed", 5, old)])
        )

    def test_none(self) -> None:
        """Nobody wants it: 0."""
        self.assertEqual(0, container_priority([]))
        for state, priority in (("Uncommitted", 5), ("Final", 5), ("Committed", 0), ("Committed", None)):
            self.assertEqual(0, container_priority([Wish(state, priority, MOMENT)]))

    def test_requested_by_container(self) -> None:
        """What a container asked for weighs what that container weighs, if it is asked for at all."""
        self.assertEqual(77, container_priority([Wish("Committed", 1, MOMENT, 77)]))
        self.assertEqual(0, container_priority([Wish("Committed", 0, MOMENT, 77)]))

    @given(st.lists(wishes))
    def test_largest(self, several: list[Wish]) -> None:
        """Several weigh what the heaviest weighs alone, within 64 bits."""
        together = container_priority(several)
        self.assertEqual(max((container_priority([one]) for one in several), default=0), together)
        self.assertTrue(0 <= together < 2**63)

    @given(wishes)
    def test_cancelled(self, wish: Wish) -> None:
        """Priority 0 always weighs nothing."""
        self.assertEqual(0, container_priority([attrs.evolve(wish, priority=0)]))


class RequestPriorityTests(SynchronousTestCase):
    """L{request_priority}."""

    def test_highest(self) -> None:
        """The highest of the requests for the container that asks."""
        self.assertEqual(7, request_priority([None, 7, 3]))
        self.assertEqual(0, request_priority([]))
