"""
Tests for L{arvgate.records.database.postgresql_feed}, on the real reactor and a real server.
"""

from __future__ import annotations

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.trial.unittest import TestCase

from arvgate.model.changes import EVERYTHING, Change
from arvgate.model.kinds import USERS
from arvgate.records.database.engine import open_engine, writing
from arvgate.records.database.feeds import make_feed
from arvgate.records.database.postgresql_feed import INTERVAL, UNANSWERED
from arvgate.records.database.threads import StoreThreads
from arvgate.records.schema import CHANGES
from test.acceptance.waiting import in_thread, until
from test.contract.world import Heard
from test.postgresql.server import PostgreSQLServer, shared_server
from test.records.postgresql import lent_url
from test.records.worlds import BEGINNING

_BOUND = 20.0


class FeedCase(TestCase):
    """A feed on a database in which others write."""

    timeout = 60

    async def begin(self, url: str) -> None:
        """Start the feed."""
        self.url = url
        self.engine = open_engine(url)
        self.worker = StoreThreads(reactor)
        self.worker.start()
        self.feed = make_feed(self.engine, self.worker, reactor)
        self.addCleanup(self._end)
        await self.feed.start()
        self.heard = Heard(self.feed)

    async def _end(self) -> None:
        await self.feed.stop()
        await in_thread(self.worker.stop)
        self.engine.dispose()

    async def everything(self) -> None:
        """Wait until it was told that everything may have changed."""
        await self.heard.until(lambda change: change == EVERYTHING, _BOUND)


class ListeningTests(FeedCase):
    """What others write."""

    async def setUp(self) -> None:
        """On a lent database, with another engine."""
        await self.begin(lent_url(self))
        self.other = open_engine(self.url)
        self.addCleanup(self.other.dispose)

    def write(self, *uuids: str, **columns: int) -> None:
        """Let another engine commit changes."""
        with writing(self.other) as connection:
            for uuid in uuids:
                row = {"kind": USERS.path, "uuid": uuid, "related": "", "at": BEGINNING, **columns}
                connection.execute(CHANGES.insert(), row)

    async def told(self, uuid: str) -> Change:
        """A change that is told."""
        return await self.heard.until(lambda change: change.uuid == uuid, _BOUND)

    async def test_notified(self) -> None:
        """What another commits is told before the next look, in order, once."""
        began = reactor.seconds()
        await in_thread(self.write, "a", "b")
        await self.told("b")
        self.assertLess(reactor.seconds() - began, INTERVAL / 2)
        await in_thread(self.write, "c")
        await self.told("c")
        self.assertEqual(["a", "b", "c"], [change.uuid for change in self.heard.changes])

    async def test_rolled_back(self) -> None:
        """What is not committed is not told, and numbers that were taken for it keep nothing away."""

        def fail() -> None:
            with writing(self.other) as connection:
                connection.execute(CHANGES.insert(), {"kind": "k", "uuid": "x", "related": "", "at": BEGINNING})
                raise KeyError

        await self.assertFailure(in_thread(fail), KeyError)
        await in_thread(self.write, "a")
        await self.told("a")
        self.assertEqual(["a"], [change.uuid for change in self.heard.changes])

    async def test_committed_late(self) -> None:
        """A transaction that commits after others with greater numbers is told too."""
        with self.other.connect() as late, late.begin():
            late.execute(CHANGES.insert(), {"kind": "k", "uuid": "late", "related": "", "at": BEGINNING})
            await in_thread(self.write, "early")
            await self.told("early")
        await self.told("late")

    async def test_without_notification(self) -> None:
        """What was committed without a word is seen at the next look."""
        with self.other.begin() as connection:
            connection.execute(CHANGES.insert(), {"kind": "k", "uuid": "silent", "related": "", "at": BEGINNING})
        await self.told("silent")

    async def test_announced(self) -> None:
        """What this process commits is told by its own word, and not again."""
        with writing(self.engine) as connection:
            row = {"kind": "k", "uuid": "own", "related": "", "at": BEGINNING}
            (number,) = connection.execute(CHANGES.insert(), row).inserted_primary_key
        self.feed.announce([(number, Change("k", "own"))])
        await in_thread(self.write, "other")
        await self.told("other")
        self.assertEqual(["own", "other"], [change.uuid for change in self.heard.changes])

    async def test_cut(self) -> None:
        """When the connection is cut, everything may have changed, and then it goes on."""
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        with shared_server().connect() as connection:
            connection.execute(cut, [self.engine.url.database])
        await self.everything()
        await in_thread(self.write, "after")
        await self.told("after")


class LostServerTests(FeedCase):
    """A server that goes away."""

    async def setUp(self) -> None:
        """A server of this test's own."""
        self.server: PostgreSQLServer = await in_thread(PostgreSQLServer)
        self.addCleanup(self.server.remove)
        name = await in_thread(self.server.lend)
        await self.begin(self.server.url(name))

    async def test_silent(self) -> None:
        """One that does not answer any more is noticed within seconds, and is heard of again when it does."""
        await in_thread(self.server.freeze)
        self.addCleanup(in_thread, self.server.thaw)
        frozen = reactor.seconds()
        await until(lambda: self.feed._lost, _BOUND, "the silence is noticed")
        self.assertLess(reactor.seconds() - frozen, (UNANSWERED + 3) * INTERVAL)
        await in_thread(self.server.thaw)
        await self.everything()

    async def test_away_at_the_beginning(self) -> None:
        """A feed begins though it is away, and tells that everything may have changed once it is there."""
        await in_thread(self.server.stop)
        other = make_feed(self.engine, self.worker, reactor)
        self.addCleanup(other.stop)
        await other.start()
        heard = Heard(other)
        await in_thread(self.server.start)
        await heard.until(lambda change: change == EVERYTHING, _BOUND)

    async def test_stopped(self) -> None:
        """When it is there again, everything may have changed."""
        await in_thread(self.server.stop)
        await until(lambda: self.feed._lost, _BOUND, "the loss is noticed")
        await in_thread(self.server.start)
        await self.everything()
