"""
Tests for L{arvgate.records.store} and L{arvgate.records.database.threads}: the store on the reactor's threads.
"""

from __future__ import annotations

import random
import threading

from sqlalchemy import Engine
from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from arvgate.errors import NotFound
from arvgate.interfaces import IRecords, ITokens
from arvgate.model.changes import Change
from arvgate.model.kinds import CONTAINER_REQUESTS, USERS
from arvgate.model.records import Query
from arvgate.records.database.feeds import make_feed
from arvgate.records.database.threads import StoreThreads
from arvgate.records.sealing import Sealer
from arvgate.records.store import Store
from test.contract.records_world import RecordsWorld, request_attributes
from test.records.postgresql import postgresql_world
from test.records.sqlite import BEGINNING, DATA_KEY, RULES, sqlite_world


class ThreadedTests(TestCase):
    """A store and its feed on the reactor's threads."""

    def make_world(self) -> tuple[RecordsWorld, Engine]:
        """A world of its own."""
        return sqlite_world(self.mktemp())

    def setUp(self) -> Deferred[None]:
        """Both, begun."""
        self.world, self.engine = self.make_world()
        self.owner = self.world.user()
        self.threads = StoreThreads(reactor)
        self.threads.start()
        self.feed = make_feed(self.engine, self.threads, reactor)
        randbelow = random.SystemRandom().randrange
        self.store = Store(
            self.engine,
            Sealer(DATA_KEY, randbelow),
            RULES,
            self.threads,
            lambda: BEGINNING,
            randbelow,
            self.feed.announce,
        )
        return Deferred.fromCoroutine(self.feed.start())

    async def _end(self) -> None:
        await self.feed.stop()
        self.threads.stop()
        self.engine.dispose()

    def tearDown(self) -> Deferred[None]:
        """All put away."""
        return Deferred.fromCoroutine(self._end())

    def test_interfaces(self) -> None:
        """The store is what it says."""
        verifyObject(IRecords, self.store)
        verifyObject(ITokens, self.store)

    async def test_told_before_answer(self) -> None:
        """A write's changes are told by the time its answer is there, in the reactor's thread."""
        heard: list[tuple[Change, threading.Thread]] = []
        self.feed.subscribe(lambda changes: heard.extend((change, threading.current_thread()) for change in changes))
        request = await self.store.create(CONTAINER_REQUESTS, request_attributes(), self.owner)
        self.assertIn((Change("containers", request["container_uuid"]), threading.main_thread()), heard)

    async def test_many_at_once(self) -> None:
        """Writes at once follow one another, reads beside them see whole transactions."""
        writes = [
            Deferred.fromCoroutine(self.store.create(CONTAINER_REQUESTS, request_attributes(), self.owner))
            for _ in range(20)
        ]
        reads = [Deferred.fromCoroutine(self.store.list(CONTAINER_REQUESTS, Query(), self.owner)) for _ in range(20)]
        made = await gatherResults(writes)
        self.assertEqual(20, len({request["container_uuid"] for request in made}))
        for page in await gatherResults(reads):
            self.assertTrue(all(item["container_uuid"] for item in page.items))

    async def test_refusals_arrive(self) -> None:
        """What a use case raises in its thread arrives where it was asked."""
        await self.assertFailure(
            Deferred.fromCoroutine(self.store.get(USERS, "nonsense", self.owner)),
            NotFound,
        )


class PostgreSQLThreadedTests(ThreadedTests):
    """The same on PostgreSQL."""

    def make_world(self) -> tuple[RecordsWorld, Engine]:
        """A world on PostgreSQL."""
        return postgresql_world(self)
