"""Tests of L{arvgate.records.lists.list_size}."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.records.lists.list_size import size_of, up_to

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="ascii")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
)


class Rows(SynchronousTestCase):
    """How many rows there are."""

    def setUp(self) -> None:
        """Nothing was asked for yet."""
        self.asked = 0

    def rows(self, number: int, size: int = 1000) -> Iterator[dict[str, Any]]:
        """So many rows of about that size."""
        for place in range(number):
            self.asked += 1
            yield {"place": place, "properties": {"text": ["x" * size]}}

    def test_enough_room(self) -> None:
        """What is small enough is there as a whole."""
        self.assertEqual(5, len(list(up_to(100_000, self.rows(5)))))

    def test_stops_early(self) -> None:
        """Beyond the size there is nothing more, and no more is asked for than one row."""
        found = list(up_to(3500, self.rows(100)))
        self.assertEqual([0, 1, 2], [row["place"] for row in found])
        self.assertEqual(4, self.asked)

    def test_never_nothing(self) -> None:
        """A row that is too large alone is there all the same."""
        self.assertEqual(1, len(list(up_to(10, self.rows(3)))))

    def test_no_rows(self) -> None:
        """Of nothing there is nothing."""
        self.assertEqual([], list(up_to(10, self.rows(0))))


class Sizes(SynchronousTestCase):
    """Sizes of values."""

    @given(VALUES)
    def test_near_to_json(self, value: Any) -> None:
        """A value's size is near to that of its JSON text: never less than a fifth of it."""
        self.assertGreaterEqual(5 * size_of(value), len(json.dumps(value, separators=(",", ":"))))
