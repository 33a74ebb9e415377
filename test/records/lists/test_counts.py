"""
Tests for L{arvgate.records.lists.counts}.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import timedelta

from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.kinds import CONTAINER_REQUESTS
from arvgate.model.records import Query
from arvgate.records.changes import KEPT
from arvgate.records.database.engine import reading
from arvgate.records.lists.counts import Counts
from test.records.sqlite import database, sqlite_world


class CountsTests(SynchronousTestCase):
    """What is remembered, and for how long."""

    def setUp(self) -> None:
        """On a database that two stores write."""
        self.url = database(self.mktemp())
        self.world, self.engine = sqlite_world("", url=self.url)
        self.addCleanup(self.engine.dispose)
        self.counts = Counts(size=2)
        self.counted: list[Hashable] = []

    def of(self, question: Hashable) -> int:
        """Ask; what must be counted is noted."""

        def count() -> int:
            self.counted.append(question)
            return len(self.counted)

        with reading(self.engine) as connection:
            return self.counts.of(question, connection, count)

    def test_remembered(self) -> None:
        """Each question is counted once while nothing changes."""
        self.assertEqual([1, 2, 1, 2], [self.of(question) for question in ("a", "b", "a", "b")])

    def test_changed(self) -> None:
        """After any change everything is counted anew."""
        self.of("a")
        self.world.user()
        self.assertEqual(2, self.of("a"))

    def test_bounded(self) -> None:
        """What was not asked for longest is given up."""
        for question in ("a", "b", "a", "c", "a", "b"):
            self.of(question)
        self.assertEqual(["a", "b", "c", "b"], self.counted)

    def test_old_changes(self) -> None:
        """When the rows of changes are given up it is still known which state this is."""
        self.world.user()
        self.of("a")
        self.world.pass_time((KEPT + timedelta(minutes=1)).total_seconds())
        self.world.run(self.world.store.sweep())
        self.world.user()
        self.world.pass_time((KEPT + timedelta(minutes=1)).total_seconds())
        self.world.run(self.world.store.sweep())
        self.assertEqual(2, self.of("a"))

    def test_other_writer(self) -> None:
        """A list counts what another process has just made."""
        owner = self.world.user()
        other, engine = sqlite_world("", url=self.url)
        self.addCleanup(engine.dispose)
        for number in range(3):
            page = self.world.run(self.world.store.list(CONTAINER_REQUESTS, Query(limit=0), owner))
            self.assertEqual(number, page.items_available)
            other.request(owner, state="Uncommitted")
