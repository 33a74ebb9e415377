"""
Tests for L{arvgate.records.database.feed} and L{arvgate.records.database.sqlite_feed}.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from arvgate.errors import StoreUnavailable
from arvgate.interfaces import IChangeFeed
from arvgate.model.changes import EVERYTHING, Change
from arvgate.records.database.engine import sqlite_path
from arvgate.records.database.sqlite_feed import POLL_INTERVAL, SQLiteFeed
from arvgate.records.database.threads import InlineCalls
from test.records.sqlite import sqlite_world

T = TypeVar("T")


class FailingCalls(InlineCalls):
    """Calls that fail while there is an C{error}."""

    error: Exception | None = None

    async def read(self, call: Callable[[], T]) -> T:
        """The answer, or the failure of the database."""
        if self.error is not None and getattr(call, "__name__", "") != "_forget":
            raise self.error
        return await super().read(call)


class FeedTests(SynchronousTestCase):
    """L{SQLiteFeed} on a clock."""

    def setUp(self) -> None:
        """With a feed that has begun, and a store whose commits it is not told of."""
        self.world, self.engine = sqlite_world(self.mktemp())
        self.owner = self.world.user()
        self.clock, self.calls = Clock(), FailingCalls()
        self.feed = SQLiteFeed(self.engine, self.calls, self.clock)
        self.heard: list[Sequence[Change]] = []
        self.feed.subscribe(self.heard.append)
        self.successResultOf(self.feed.start())
        self.addCleanup(self.engine.dispose)
        self.addCleanup(lambda: self.successResultOf(self.feed.stop()))

    def test_interface(self) -> None:
        """It is what it says."""
        verifyObject(IChangeFeed, self.feed)

    def test_from_now_on(self) -> None:
        """What changed before the beginning is not told."""
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual([], self.heard)

    def test_polled(self) -> None:
        """What another connection commits is told at the next look, in order, once."""
        request = self.world.request(self.owner)
        self.assertEqual([], self.heard)
        self.clock.advance(POLL_INTERVAL)
        (batch,) = self.heard
        self.assertEqual({request["uuid"], request["container_uuid"]}, {change.uuid for change in batch})
        self.clock.pump([POLL_INTERVAL] * 3)
        self.assertEqual(1, len(self.heard))

    def test_another_process(self) -> None:
        """What another process commits is told too."""
        script = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
            "c.execute(\"INSERT INTO changes (kind, uuid, related, at) VALUES ('users', 'u', 'r', 0)\"); c.commit()"
        )
        subprocess.run([sys.executable, "-c", script, sqlite_path(str(self.engine.url))], check=True, timeout=30)
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual([[Change("users", "u", "r")]], self.heard)

    def test_announced(self) -> None:
        """What this process says it committed is told at once, and not again when it is read."""
        path = sqlite_path(str(self.engine.url))
        connection = sqlite3.connect(path)
        self.addCleanup(connection.close)
        cursor = connection.execute("INSERT INTO changes (kind, uuid, related, at) VALUES ('users', 'a', '', 0)")
        connection.commit()
        self.feed.announce([(cursor.lastrowid, Change("users", "a"))])
        self.assertEqual([[Change("users", "a")]], self.heard)
        connection.execute("INSERT INTO changes (kind, uuid, related, at) VALUES ('users', 'b', '', 0)")
        connection.commit()
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual([[Change("users", "a")], [Change("users", "b")]], self.heard)

    def test_announced_late(self) -> None:
        """What was read already is not told again when this process says that it committed it."""
        self.world.request(self.owner)
        self.clock.advance(POLL_INTERVAL)
        self.feed.announce([(1, Change("users", "a"))])
        self.assertEqual(1, len(self.heard))

    def test_lost(self) -> None:
        """After a failure everything may have changed, which is told once it works again."""
        self.calls.error = StoreUnavailable(detail="gone")
        self.clock.pump([POLL_INTERVAL] * 3)
        self.assertEqual([], self.heard)
        self.world.request(self.owner)
        self.calls.error = None
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual([[EVERYTHING]], self.heard)
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual(1, len(self.heard))
        self.world.request(self.owner)
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual(2, len(self.heard))

    def test_failing_observer(self) -> None:
        """An observer that fails keeps no other from hearing."""

        def fail(changes: Sequence[Change]) -> None:
            raise KeyError

        self.feed.subscribe(fail)
        later: list[Sequence[Change]] = []
        self.feed.subscribe(later.append)
        self.world.request(self.owner)
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual((1, 1), (len(self.heard), len(later)))
        self.assertEqual(1, len(self.flushLoggedErrors(KeyError)))

    def test_unexpected(self) -> None:
        """A failure that nobody expected is logged, and polling goes on."""
        self.calls.error = KeyError()
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual(1, len(self.flushLoggedErrors(KeyError)))
        self.calls.error = None
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual([[EVERYTHING]], self.heard)

    def test_unsubscribed(self) -> None:
        """Who ended the subscription hears nothing more; ending it again does no harm."""
        later: list[Sequence[Change]] = []
        unsubscribe = self.feed.subscribe(later.append)
        unsubscribe()
        unsubscribe()
        self.world.request(self.owner)
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual((1, 0), (len(self.heard), len(later)))

    def test_stopped(self) -> None:
        """A stopped feed waits for nothing."""
        self.successResultOf(self.feed.stop())
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_old_rows_swept(self) -> None:
        """A sweep deletes the rows that are older than an hour, but the newest; numbers go on."""
        self.world.pass_time(3601)
        self.successResultOf(self.world.store.sweep())
        connection = sqlite3.connect(sqlite_path(str(self.engine.url)))
        self.addCleanup(connection.close)
        self.assertEqual([(1,)], connection.execute("SELECT count(*) FROM changes").fetchall())
        self.world.request(self.owner)
        self.clock.advance(POLL_INTERVAL)
        self.assertEqual(1, len(self.heard))
