"""
Tests for L{arvgate.records.setup}.
"""

from __future__ import annotations

import random
from pathlib import Path

from sqlalchemy import Engine, insert, select
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid
from arvgate.model.ids import (
    all_users_group_uuid,
    anonymous_group_uuid,
    anonymous_user_uuid,
    system_group_uuid,
    system_user_uuid,
)  # fmt: skip
from arvgate.model.kinds import GROUPS, USERS
from arvgate.records.database.engine import open_engine, reading, writing
from arvgate.records.database.migrate import migrate
from arvgate.records.schema import GROUP_TABLE, USER_TABLE
from arvgate.records.setup import create_database, create_first_admin
from test.contract.records_world import CLUSTER
from test.records.sqlite import BEGINNING, DATA_KEY, sqlite_world
from test.records.steps import bring_to

RANDBELOW = random.SystemRandom().randrange


class SetupTests(SynchronousTestCase):
    """A new cluster's database."""

    def setUp(self) -> None:
        """Made twice, which is once."""
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        self.url = f"sqlite:///{self.directory / 'arvgate.db'}"
        for _ in range(2):
            create_database(self.url, DATA_KEY, CLUSTER, BEGINNING, RANDBELOW)

    def _world(self) -> object:
        world, engine = sqlite_world("", url=self.url)
        self.addCleanup(engine.dispose)
        return world

    def test_everybody(self) -> None:
        """There are the system user, an active admin, and the anonymous user, who is none."""
        world = self._world()
        root, anonymous = world.get(USERS, system_user_uuid(CLUSTER)), world.get(USERS, anonymous_user_uuid(CLUSTER))
        self.assertEqual((True, True), (root["is_active"], root["is_admin"]))
        self.assertEqual((True, False), (anonymous["is_active"], anonymous["is_admin"]))

    def test_groups(self) -> None:
        """There are the system's group, the role of all users and that of everybody."""
        world = self._world()
        for uuid in (system_group_uuid(CLUSTER), all_users_group_uuid(CLUSTER), anonymous_group_uuid(CLUSTER)):
            self.assertEqual(uuid, world.get(GROUPS, uuid)["uuid"])

    def test_role_of_before(self) -> None:
        """A database that was made before there was the role of everybody gets it, once."""
        with reading(self._engine()) as connection:
            present = {table: connection.execute(select(table)).mappings().all() for table in (USER_TABLE, GROUP_TABLE)}
        self.url = f"sqlite:///{self.directory / 'old.db'}"
        old = open_engine(self.url, create=True)
        self.addCleanup(old.dispose)
        bring_to(old, "0003")
        with writing(old) as connection:
            for table, rows in present.items():
                before = [dict(row) for row in rows if row["uuid"] != anonymous_group_uuid(CLUSTER)]
                connection.execute(insert(table), before)
        migrate(self.url)
        role = self._world().get(GROUPS, anonymous_group_uuid(CLUSTER))
        everybody = self._world().get(GROUPS, all_users_group_uuid(CLUSTER))
        changed = {"uuid", "name", "etag"}
        self.assertEqual(changed, {name for name, value in role.items() if everybody[name] != value})

    def _engine(self) -> Engine:
        engine = open_engine(self.url)
        self.addCleanup(engine.dispose)
        return engine

    def test_first_admin(self) -> None:
        """The first admin has a token that works and permits everything."""
        user, token = create_first_admin(
            self.url, DATA_KEY, CLUSTER, BEGINNING, RANDBELOW, username="boss", email="boss@example.com"
        )
        principal = self._world().come_with(token)
        self.assertEqual((user["uuid"], True, ("all",)), (principal.user_uuid, principal.is_admin, principal.scopes))
        self.assertEqual(("boss", "boss@example.com"), (user["username"], user["email"]))
        self.assertRaises(
            Invalid, create_first_admin, self.url, DATA_KEY, CLUSTER, BEGINNING, RANDBELOW, username="boss"
        )
