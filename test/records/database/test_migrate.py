"""
Tests for L{arvgate.records.database.migrate}.
"""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import SchemaMismatch, StoreUnavailable
from arvgate.records.database.engine import open_engine, reading, writing
from arvgate.records.database.migrate import NEWER, back_up, check_schema, migrate
from arvgate.records.schema import METADATA
from test.postgresql.server import shared_server
from test.records.steps import bring_to

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

    def _begin_with(self, revision: str) -> None:
        """Make the database as a version of that schema made it."""
        engine = open_engine(self.url, create=True)
        bring_to(engine, revision)
        engine.dispose()

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

    def test_from_the_first(self) -> None:
        """A database of the first schema is copied and brought to this one."""
        self._begin_with("0001")
        self.assertRaises(SchemaMismatch, check_schema, self._engine())
        self.assertEqual(f"{self.path}.of-0001", migrate(self.url))
        engine = self._engine()
        with reading(engine) as connection:
            self.assertEqual([], compare_metadata(MigrationContext.configure(connection), METADATA))

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

    def test_back_up(self) -> None:
        """A copy has all records, is readable by its owner alone, and replaces no earlier copy."""
        migrate(self.url)
        first, second = back_up(self.url, "0001"), back_up(self.url, "0001")
        self.assertNotEqual(first, second)
        self.assertEqual(0o600, os.stat(first).st_mode & 0o777)
        engine = open_engine(f"sqlite:///{first}")
        self.addCleanup(engine.dispose)
        check_schema(engine)

    def test_no_back_up(self) -> None:
        """Only a file can be copied, and only where files can be made."""
        self.assertIsNone(back_up("sqlite://", "0001"))
        self.assertRaises(StoreUnavailable, back_up, f"sqlite:///{self.directory}/missing/x.db", "0001")

    def test_no_database(self) -> None:
        """A file that is no database is not touched."""
        self.path.write_bytes(b"something else" * 100)
        self.assertRaises(StoreUnavailable, migrate, self.url)
        self.assertEqual(b"something else" * 100, self.path.read_bytes())


class PostgreSQLMigrateTests(SynchronousTestCase):
    """Schemas on PostgreSQL."""

    def setUp(self) -> None:
        """On a new database."""
        self.server = shared_server()
        self.url = self._new()
        self.engine = open_engine(self.url)
        self.addCleanup(self.engine.dispose)

    def _new(self, more: str = "") -> str:
        name = self.server.new_database(more=more)
        self.addCleanup(self.server.drop, name)
        return self.server.url(name)

    def _is_present(self) -> None:
        check_schema(self.engine)
        with reading(self.engine) as connection:
            self.assertEqual([], compare_metadata(MigrationContext.configure(connection), METADATA))

    def test_new(self) -> None:
        """A new database gets the schema that the code has, once."""
        self.assertIsNone(migrate(self.url))
        self._is_present()
        self.assertIsNone(migrate(self.url))

    def test_from_the_first(self) -> None:
        """A database of the first schema is brought to this one."""
        bring_to(self.engine, "0001")
        self.assertRaises(SchemaMismatch, check_schema, self.engine)
        self.assertIsNone(migrate(self.url))
        self._is_present()

    def test_two_at_once(self) -> None:
        """Of two that migrate at once the second finds that there is nothing to do."""
        problems: list[BaseException] = []

        def run() -> None:
            try:
                migrate(self.url)
            except BaseException as error:
                problems.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual([], problems)
        self._is_present()

    def test_all_or_nothing(self) -> None:
        """A migration that fails leaves nothing."""
        with writing(self.engine) as connection:
            connection.execute(text("CREATE TABLE workflows (x int)"))
        self.assertRaises(ProgrammingError, migrate, self.url)
        self.assertEqual(["workflows"], inspect(self.engine).get_table_names())

    def test_newer(self) -> None:
        """A database of a newer version is refused and left alone."""
        migrate(self.url)
        with writing(self.engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        self.assertEqual(NEWER, self.assertRaises(SchemaMismatch, migrate, self.url).sentence)

    def test_encoding(self) -> None:
        """A database that cannot store all texts is refused."""
        url = self._new("ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C'")
        self.assertIn("LATIN1", self.assertRaises(StoreUnavailable, migrate, url).detail)
