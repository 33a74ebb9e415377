"""
What every store does for who reads all records page after page while others write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from arvgate.model.kinds import CONTAINER_REQUESTS
from arvgate.model.records import Query, Record
from arvgate.wire.filters import parse_filters
from arvgate.wire.record_json import format_time
from test.contract.records_case import RecordsCase

__all__ = ["PagingContract"]


class PagingContract(RecordsCase):
    """The suite."""

    def make(self, count: int) -> None:
        """Some requests, each in a transaction of its own; the clock stands still."""
        for number in range(count):
            self.world.request(self.owner, name=f"r{number}", state="Uncommitted")

    def page(self, filters: Any, direction: str) -> list[Record]:
        """One page of three."""
        order = (("created_at", direction), ("uuid", direction))
        query = Query(parse_filters(filters, CONTAINER_REQUESTS), order, limit=3, count=False)
        return [dict(item) for item in self.done(self.store.list(CONTAINER_REQUESTS, query, self.owner)).items]

    def pages(self, between: Callable[[], None], direction: str = "asc") -> Iterator[Record]:
        """All records as the Python SDK lists them, with something happening between two pages."""
        later = ">" if direction == "asc" else "<"
        filters: list[Any] = []
        last: Record | None = None
        whole = False
        while True:
            found = self.page(filters, direction)
            if not found and not whole:
                return
            yield from found
            between()
            whole = bool(found) and found[0]["created_at"] == found[-1]["created_at"] and len(found) == 3
            last = found[-1] if found else last
            assert last is not None
            moment = format_time(last["created_at"])
            if not found:
                filters = [["created_at", later, moment]]
            elif whole:
                filters = [["created_at", "=", moment], ["uuid", later, last["uuid"]]]
            else:
                filters = [["created_at", f"{later}=", moment], ["uuid", "!=", last["uuid"]]]

    def uuids(self) -> set[str]:
        """Of all that there are."""
        query = Query(limit=1000)
        return {item["uuid"] for item in self.done(self.store.list(CONTAINER_REQUESTS, query, self.owner)).items}

    def test_each_later(self) -> None:
        """Each transaction is later than the one before, though the clock stands or is set back a little."""
        self.make(3)
        self.world.moment -= timedelta(seconds=5)
        self.make(3)
        query = Query(order=(("created_at", "asc"),))
        items = self.done(self.store.list(CONTAINER_REQUESTS, query, self.owner)).items
        self.assertEqual(6, len({item["created_at"] for item in items}))
        self.assertEqual(["r0", "r1", "r2"] * 2, [item["name"] for item in items])

    def test_none_is_missed(self) -> None:
        """Who lists from the oldest on finds every record once, those that come meanwhile too, and comes to an end."""
        self.make(5)
        more = iter(range(8))

        def between() -> None:
            if next(more, None) is not None:
                self.make(2)
                self.world.moment -= timedelta(seconds=1)

        seen = [item["uuid"] for item in self.pages(between)]
        self.assertEqual(21, len(seen))
        self.assertEqual(self.uuids(), set(seen))

    def test_newest_first(self) -> None:
        """Who lists from the newest on finds every record that was there at the beginning, once."""
        self.make(8)
        before = self.uuids()
        seen = [item["uuid"] for item in self.pages(lambda: self.make(1), "desc")]
        self.assertEqual((8, before), (len(seen), set(seen)))

    def test_changed(self) -> None:
        """A record that changes has another etag and a later time each time, though the clock stands still."""
        record = self.world.request(self.owner, state="Uncommitted")
        etags, times = {record["etag"]}, [record["modified_at"]]
        for name in ("a", "b", "a", "b"):
            record = self.done(self.store.update(CONTAINER_REQUESTS, record["uuid"], {"name": name}, self.owner))
            etags.add(record["etag"])
            times.append(record["modified_at"])
        self.assertEqual((5, sorted(set(times))), (len(etags), times))
