"""
What every store does when a list would be too large.
"""

from __future__ import annotations

from typing import Final

from arvgate.model.kinds import CONTAINER_REQUESTS
from arvgate.model.records import Page, Query
from test.contract.records_case import RecordsCase

__all__ = ["LIST_SIZE", "LongListsContract"]

#: The C{max_list_size} that the suite expects.
LIST_SIZE: Final = 30_000


class LongListsContract(RecordsCase):
    """The suite, for a store whose lists have L{LIST_SIZE} bytes."""

    def _requests(self, number: int, size: int) -> None:
        for place in range(number):
            properties = {"text": ["x" * size]}
            self.world.request(self.owner, name=f"{place}", properties=properties, state="Uncommitted")

    def _page(self, offset: int) -> Page:
        return self.done(self.store.list(CONTAINER_REQUESTS, Query(offset=offset), self.owner))

    def test_ends_early(self) -> None:
        """A list of large records has fewer of them and counts all; the rest is found behind it."""
        self._requests(3, size=LIST_SIZE // 3)
        first = self._page(0)
        self.assertEqual((2, 3), (len(first.items), first.items_available))
        self.assertEqual(1, len(self._page(2).items))

    def test_never_nothing(self) -> None:
        """A record that is too large for any list is there alone."""
        self._requests(2, size=2 * LIST_SIZE)
        self.assertEqual([1, 1, 0], [len(self._page(offset).items) for offset in range(3)])
