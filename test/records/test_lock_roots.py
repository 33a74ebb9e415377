"""Tests of L{arvgate.records.lock_roots}."""

from __future__ import annotations

import attrs
from sqlalchemy import update
from twisted.trial.unittest import SynchronousTestCase

from arvgate.model.kinds import CONTAINERS
from arvgate.policy.root_tokens import RootTokens
from arvgate.records.database.engine import writing
from arvgate.records.lock_roots import locked_otherwise
from arvgate.records.schema import CONTAINER_TABLE
from test.contract.records_world import ROOT_TOKEN
from test.records.sqlite import RULES, database, sqlite_world

NEW = "n" * 50


class LockedOtherwise(SynchronousTestCase):
    """What began under which token."""

    def setUp(self) -> None:
        """With a container that runs, one that has ended and one that waits, of the time before a change."""
        self.url = database(self.mktemp())
        self.world, self.engine = sqlite_world("", url=self.url)
        self.addCleanup(self.engine.dispose)
        self.owner = self.world.user()
        _, container, _ = self.world.running(self.owner)
        self.uuid = container["uuid"]
        _, ended, holder = self.world.running(self.owner)
        self.world.run(self.world.store.update(CONTAINERS, ended["uuid"], {"state": "Cancelled"}, holder))
        self.world.request(self.owner)

    def test_before_and_after(self) -> None:
        """What runs is of the present token until that is changed; then it is of another."""
        self.assertEqual([], locked_otherwise(self.engine, RootTokens(ROOT_TOKEN)))
        self.assertEqual([self.uuid], locked_otherwise(self.engine, RootTokens(NEW, ROOT_TOKEN)))
        world, engine = sqlite_world("", attrs.evolve(RULES, system_root_token=NEW), url=self.url)
        self.addCleanup(engine.dispose)
        _, container, _ = world.running(self.owner)
        self.assertEqual([self.uuid], locked_otherwise(self.engine, RootTokens(NEW, ROOT_TOKEN)))
        self.assertEqual([container["uuid"]], locked_otherwise(self.engine, RootTokens(ROOT_TOKEN, NEW)))

    def test_not_noted(self) -> None:
        """What was not noted is of the time before the last change, if there was one."""
        with writing(self.engine) as connection:
            connection.execute(update(CONTAINER_TABLE).values(locked_under=None))
        self.assertEqual([], locked_otherwise(self.engine, RootTokens(ROOT_TOKEN)))
        self.assertEqual([self.uuid], locked_otherwise(self.engine, RootTokens(ROOT_TOKEN, NEW)))
