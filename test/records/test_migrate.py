"""
Tests for L{arvgate.records.migrate} and L{arvgate.records.setup}.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid, SchemaMismatch, StoreUnavailable
from arvgate.model.ids import (
    all_users_group_uuid,
    anonymous_user_uuid,
    system_group_uuid,
    system_user_uuid,
)  # fmt: skip
from arvgate.model.kinds import GROUPS, KINDS, USERS
from arvgate.records.engine import open_engine, reading, writing
from arvgate.records.migrate import NEWER, check_schema, migrate
from arvgate.records.schema import METADATA, TABLES
from arvgate.records.setup import create_database, create_first_admin
from test.contract.records_world import CLUSTER
from test.records.sqlite import BEGINNING, DATA_KEY, sqlite_world

RANDBELOW = random.SystemRandom().randrange


class MigrateTests(SynchronousTestCase):
    """Schemas."""

    def setUp(self) -> None:
        """In a new directory."""
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        self.path = self.directory / "arvgate.db"
        self.url = f"sqlite:///{self.path}"

    def _engine(self) -> object:
        engine = open_engine(self.url, create=True)
        self.addCleanup(engine.dispose)
        return engine

    def _say(self, statement: str) -> None:
        with writing(self._engine()) as connection:
            connection.execute(text(statement))

    def test_new(self) -> None:
        """A new database gets the schema that the code has, without a copy, readable by its owner alone."""
        self.assertIsNone(migrate(self.url))
        engine = self._engine()
        check_schema(engine)
        with reading(engine) as connection:
            self.assertEqual([], compare_metadata(MigrationContext.configure(connection), METADATA))
        self.assertEqual({*METADATA.tables, "alembic_version"}, set(inspect(engine).get_table_names()))
        self.assertEqual(0o600, os.stat(self.path).st_mode & 0o777)

    def test_again(self) -> None:
        """A database that has the schema stays as it is."""
        migrate(self.url)
        self.assertIsNone(migrate(self.url))
        self.assertEqual([self.path], [file for file in self.directory.iterdir() if file.suffix == ".db"])

    def test_columns(self) -> None:
        """Every stored field of every kind has a column, and no other has."""
        for kind in KINDS.values():
            stored = {field.name for field in kind.fields if field.stored}
            extra = set(TABLES[kind.path].c.keys()) - stored
            self.assertLessEqual(stored, set(TABLES[kind.path].c.keys()))
            self.assertLessEqual(extra, {"secret_hash", "purpose", "container_uuid", "secret_mounts_hash"})

    def test_empty(self) -> None:
        """A database without a schema is refused, with the command that makes it."""
        error = self.assertRaises(SchemaMismatch, check_schema, self._engine())
        self.assertIn("arvgate migrate", error.sentence)

    def test_newer(self) -> None:
        """A database of a newer version is refused and left alone."""
        migrate(self.url)
        self._say("UPDATE alembic_version SET version_num = '9999'")
        for refused in (lambda: check_schema(self._engine()), lambda: migrate(self.url)):
            self.assertEqual(NEWER, self.assertRaises(SchemaMismatch, refused).sentence)

    def test_locked(self) -> None:
        """A database that another process is writing is not migrated."""
        with writing(self._engine()) as connection:
            connection.execute(text("CREATE TABLE other (x)"))
            engine = open_engine(self.url, busy_timeout=0.0)
            self.addCleanup(engine.dispose)

            def write() -> None:
                with writing(engine):
                    self.fail("two writers")

            self.assertRaises(StoreUnavailable, write)

    def test_no_database(self) -> None:
        """A file that is no database is not touched."""
        self.path.write_bytes(b"something else" * 100)
        self.assertRaises(StoreUnavailable, migrate, self.url)
        self.assertEqual(b"something else" * 100, self.path.read_bytes())


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
        """There are the system's group and the role of all users."""
        world = self._world()
        for uuid in (system_group_uuid(CLUSTER), all_users_group_uuid(CLUSTER)):
            self.assertEqual(uuid, world.get(GROUPS, uuid)["uuid"])

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
