"""
Tests for L{arvgate.records.database.engine}, and for what the store makes of a database that fails.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import StoreUnavailable
from arvgate.model.kinds import CONTAINER_REQUESTS, USERS
from arvgate.model.tokens import Token
from arvgate.records.database.engine import open_engine, reading, sqlite_path, watching, writing
from test.contract.records_world import request_attributes
from test.records.sqlite import database, sqlite_world


class OpenTests(SynchronousTestCase):
    """Opening a database."""

    def test_new_file(self) -> None:
        """A new file can be read by its owner alone, and so can what SQLite puts beside it."""
        path = Path(self.mktemp()).absolute()
        engine = open_engine(f"sqlite:///{path}", create=True)
        self.addCleanup(engine.dispose)
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE t (x)"))
            files = [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
            self.assertEqual(["0o600"] * 3, [oct(os.stat(file).st_mode & 0o777) for file in files])

    def test_missing_file(self) -> None:
        """A file that does not exist is not made unless that is wanted."""
        path = Path(self.mktemp()).absolute()
        error = self.assertRaises(StoreUnavailable, open_engine, f"sqlite:///{path}")
        self.assertIn(str(path), error.detail)
        self.assertFalse(path.exists())

    def test_missing_directory(self) -> None:
        """A file in a directory that does not exist cannot be made."""
        path = Path(self.mktemp()).absolute() / "x.db"
        self.assertRaises(StoreUnavailable, open_engine, f"sqlite:///{path}", create=True)

    def test_no_database(self) -> None:
        """A file that is no database is one that cannot be asked."""
        path = Path(self.mktemp()).absolute()
        path.write_bytes(b"something else" * 100)
        engine = open_engine(f"sqlite:///{path}")
        self.addCleanup(engine.dispose)

        def read() -> None:
            with reading(engine) as connection:
                connection.execute(text("SELECT * FROM users"))

        self.assertRaises(StoreUnavailable, read)

    def test_path(self) -> None:
        """Only SQLite in a file has a path."""
        self.assertEqual("/a/b.db", sqlite_path("sqlite:////a/b.db"))
        self.assertIsNone(sqlite_path("sqlite://"))
        self.assertIsNone(sqlite_path("postgresql://host/name"))


class TransactionTests(SynchronousTestCase):
    """Reading and writing."""

    def setUp(self) -> None:
        """On a new database."""
        self.engine = open_engine(database(self.mktemp()), busy_timeout=0.0)
        self.addCleanup(self.engine.dispose)

    def _count(self) -> int:
        with reading(self.engine) as connection:
            return connection.scalar(text("SELECT count(*) FROM changes"))

    def test_rolled_back(self) -> None:
        """What is raised in a write transaction undoes all of it."""
        before = self._count()

        def fail() -> None:
            with writing(self.engine) as connection:
                connection.execute(text("DELETE FROM changes"))
                raise KeyError

        self.assertRaises(KeyError, fail)
        self.assertEqual(before, self._count())
        self.assertGreater(before, 0)

    def test_one_state(self) -> None:
        """A reader sees one state, whatever is written meanwhile."""
        before = self._count()
        with reading(self.engine) as connection:
            count = text("SELECT count(*) FROM changes")
            connection.scalar(count)
            with writing(self.engine) as writer:
                writer.execute(text("DELETE FROM changes"))
            self.assertEqual(before, connection.scalar(count))
        self.assertEqual(0, self._count())

    def test_writers_exclude_each_other(self) -> None:
        """A second writer is turned away at its beginning, before it has read anything."""
        with writing(self.engine):

            def write() -> None:
                with writing(self.engine) as connection:
                    self.fail(f"two writers: {connection}")

            error = self.assertRaises(StoreUnavailable, write)
        self.assertIn("locked", error.detail)

    def test_watching(self) -> None:
        """A watching connection is in no transaction: it sees the version move."""
        watch = watching(self.engine)
        self.addCleanup(watch.close)

        def version() -> int:
            return watch.exec_driver_sql("PRAGMA data_version").scalar_one()

        before = version()
        self.assertEqual(before, version())
        with writing(self.engine) as connection:
            connection.execute(text("DELETE FROM changes"))
        self.assertNotEqual(before, version())

    def test_wrong_statement(self) -> None:
        """A statement that can never work is our fault, not the database's."""

        def read() -> None:
            with reading(self.engine) as connection:
                connection.exec_driver_sql("SELECT ?", ())

        self.assertRaises(ProgrammingError, read)

    def test_no_values_in_errors(self) -> None:
        """What a statement carried is in no error."""

        def write() -> None:
            with writing(self.engine) as connection:
                connection.execute(text("INSERT INTO nowhere VALUES (:x)"), {"x": "hushhush"})

        error = self.assertRaises(StoreUnavailable, write)
        self.assertNotIn("hushhush", error.detail + error.sentence)
        self.assertIsNone(error.__cause__)


class FailureTests(SynchronousTestCase):
    """A store whose database fails."""

    def setUp(self) -> None:
        """With a user."""
        self.world, self.engine = sqlite_world(self.mktemp())
        self.addCleanup(self.engine.dispose)
        self.owner = self.world.user()
        self.path = sqlite_path(str(self.engine.url))

    def test_locked(self) -> None:
        """While another process writes, a write says to come again and leaves nothing; reads go on."""
        blocker = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(blocker.close)
        blocker.execute("BEGIN IMMEDIATE")
        told = list(self.world.told)
        write = self.world.store.create(CONTAINER_REQUESTS, request_attributes(), self.owner)
        error = self.assertRaises(StoreUnavailable, self.world.run, write)
        self.assertIn("locked", error.detail)
        self.assertEqual(told, self.world.told)
        self.assertIsNotNone(self.world.get(USERS, self.owner.user_uuid))
        blocker.execute("ROLLBACK")
        self.world.request(self.owner)

    def test_half_done(self) -> None:
        """A write that fails in its middle leaves no record, no log and no change behind."""
        with writing(self.engine) as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER full BEFORE INSERT ON changes WHEN NEW.kind = 'container_requests' "
                    "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
                )
            )
        before = self._counts()
        write = self.world.store.create(CONTAINER_REQUESTS, request_attributes(), self.owner)
        self.assertRaises(IntegrityError, self.world.run, write)
        self.assertEqual(before, self._counts())

    def _counts(self) -> list[int]:
        with reading(self.engine) as connection:
            tables = ("container_requests", "containers", "logs", "changes")
            return [connection.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables]

    def test_secrets_not_in_file(self) -> None:
        """No secret is readable in the database's files."""
        token = self.world.token_of(self.owner.user_uuid)
        self.world.running(
            self.owner,
            runtime_token=f"v2/{token['uuid']}/{token['api_token']}",
            secret_mounts={"/secret": {"kind": "text", "content": "hushhushhush"}},
        )
        content = b"".join(file.read_bytes() for file in Path(self.path).parent.iterdir())
        self.assertIn(str(token["uuid"]).encode(), content)
        self.assertNotIn(token["api_token"].encode(), content)
        self.assertNotIn(b"hushhush", content)

    def test_user_gone(self) -> None:
        """A token whose user is gone is nobody's."""
        token = self.world.token_of(self.owner.user_uuid)
        with writing(self.engine) as connection:
            connection.execute(text("DELETE FROM users WHERE uuid = :uuid"), {"uuid": self.owner.user_uuid})
        found = self.world.run(self.world.store.find(Token(token["api_token"], token["uuid"])))
        self.assertIsNone(found)

    def test_wrong_data_key(self) -> None:
        """With another data key no token is known, and nothing sealed can be opened."""
        token = self.world.token_of(self.owner.user_uuid)
        request = self.world.request(self.owner, secret_mounts={"/s": {"kind": "text", "content": "x"}})
        other, engine = sqlite_world(self.mktemp(), data_key=b"k" * 32, url=str(self.engine.url))
        self.addCleanup(engine.dispose)
        self.assertIsNone(other.run(other.store.find(Token(token["api_token"], token["uuid"]))))
        values = {"secret_mounts": {}}
        change = other.store.update(CONTAINER_REQUESTS, request["uuid"], values, other.system)
        error = self.assertRaises(StoreUnavailable, other.run, change)
        self.assertIn("data key", error.detail)
