"""
Tests for L{arvgate.records.database.postgresql}, on a real server.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import ProgrammingError
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid, StoreUnavailable
from arvgate.model.kinds import USERS
from arvgate.records.database import postgresql
from arvgate.records.database.engine import open_engine, reading, writing
from arvgate.records.database.postgresql import connect_arguments
from arvgate.records.schema import CHANGES, METADATA, USER_TABLE
from test.postgresql.server import shared_server
from test.records.postgresql import lent_url, postgresql_world
from test.records.worlds import BEGINNING

_ROW = {"kind": "k", "uuid": "u", "related": "", "at": BEGINNING}


class OpenTests(SynchronousTestCase):
    """Opening a database."""

    def test_password(self) -> None:
        """A password is in nothing that is shown, and psycopg gets it."""
        for url in ("arvgate:hushhush@127.0.0.1:1/name?", "127.0.0.1:1/name?user=arvgate&password=hushhush&"):
            self._keeps_password(open_engine(f"postgresql://{url}connect_timeout=3"))

    def _keeps_password(self, engine: Engine) -> None:
        self.assertEqual("hushhush", connect_arguments(engine)["password"])
        self.assertEqual("3", connect_arguments(engine)["connect_timeout"])

        def read() -> None:
            with reading(engine):
                self.fail("nobody listens there")

        error = self.assertRaises(StoreUnavailable, read)
        for shown in (repr(engine), repr(engine.url), str(engine.url), error.detail, error.sentence):
            self.assertNotIn("hushhush", shown)

    def test_malformed(self) -> None:
        """A URL that cannot be read is not repeated."""
        error = self.assertRaises(StoreUnavailable, open_engine, "postgresql://u:hush/hush@host:port/name")
        self.assertNotIn("hush", f"{error.detail}{error.sentence}{error.__cause__}")

    def test_no_driver(self) -> None:
        """Without psycopg it is said what to install."""
        self.addCleanup(sys.modules.__setitem__, "psycopg", sys.modules["psycopg"])
        sys.modules["psycopg"] = None
        error = self.assertRaises(StoreUnavailable, open_engine, "postgresql://host/name")
        self.assertIn("arvgate[postgresql]", error.detail)

    def test_options(self) -> None:
        """What the URL asks for holds beside what is always asked for."""
        engine = open_engine(f"{lent_url(self)}&options=-c work_mem=5MB&application_name=mine")
        self.addCleanup(engine.dispose)
        with reading(engine) as connection:
            shown = {name: connection.scalar(text(f"SHOW {name}")) for name in ("work_mem", "application_name", "jit")}
            self.assertEqual({"work_mem": "5MB", "application_name": "mine", "jit": "off"}, shown)
            self.assertEqual(
                ("5s", "30s"), tuple(connection.scalar(text(f"SHOW {n}_timeout")) for n in ("lock", "statement"))
            )


class TransactionTests(SynchronousTestCase):
    """Reading and writing."""

    def setUp(self) -> None:
        """On a lent database."""
        self.url = lent_url(self)
        self.engine = self._open()

    def _open(self, busy_timeout: float = 5.0) -> Engine:
        engine = open_engine(self.url, busy_timeout=busy_timeout)
        self.addCleanup(engine.dispose)
        return engine

    def _count(self) -> int:
        with reading(self.engine) as connection:
            return len(connection.execute(select(CHANGES.c.id)).all())

    def test_one_state(self) -> None:
        """A reader sees one state, whatever is written meanwhile."""
        before = self._count()
        with reading(self.engine) as connection:
            ids = select(CHANGES.c.id)
            connection.execute(ids).all()
            with writing(self.engine) as writer:
                writer.execute(CHANGES.delete())
            self.assertEqual(before, len(connection.execute(ids).all()))
        self.assertEqual(0, self._count())
        self.assertGreater(before, 0)

    def test_readers_write_nothing(self) -> None:
        """What is opened for reading cannot write."""

        def write() -> None:
            with reading(self.engine) as connection:
                connection.execute(CHANGES.delete())

        self.assertRaises(StoreUnavailable, write)
        self.assertGreater(self._count(), 0)

    def test_writers_in_turn(self) -> None:
        """A writer sees all that those before it have committed: of two that add to a number, none is lost."""

        def add(times: int) -> None:
            for _ in range(times):
                with writing(self.engine) as connection:
                    one = USER_TABLE.c.username == "root"
                    before = connection.scalar(select(USER_TABLE.c.prefs).where(one)) or {}
                    prefs = {"number": before.get("number", 0) + 1}
                    connection.execute(USER_TABLE.update().where(one).values(prefs=prefs))

        threads = [threading.Thread(target=add, args=(20,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with reading(self.engine) as connection:
            self.assertIn({"number": 60}, connection.scalars(select(USER_TABLE.c.prefs)).all())

    def test_waiting_writer(self) -> None:
        """A writer does not wait for ever for another, and has read nothing before it gives up."""
        with writing(self.engine):
            hasty = self._open(busy_timeout=0.0)

            def write() -> None:
                with writing(hasty) as connection:
                    self.fail(f"two writers: {connection}")

            error = self.assertRaises(StoreUnavailable, write)
        self.assertIn("lock timeout", error.detail)

    def test_cut(self) -> None:
        """Connections that were cut are replaced before anybody notices."""
        self._count()
        self._cut()
        self._count()
        self._cut()
        with writing(self.engine) as connection:
            connection.execute(CHANGES.insert(), _ROW)

    def test_cut_in_the_middle(self) -> None:
        """A transaction whose connection is cut says to come again, and has left nothing."""
        before = self._count()

        def write() -> None:
            with writing(self.engine) as connection:
                connection.execute(CHANGES.insert(), _ROW)
                self._cut()

        self.assertRaises(StoreUnavailable, write)
        self.assertEqual(before, self._count())

    def _cut(self) -> None:
        with shared_server().connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self.engine.url.database]
            )

    def test_missing_database(self) -> None:
        """A database that does not exist is one that cannot be asked, with the reason for the operator."""
        self.url = shared_server().url("nowhere")
        error = self.assertRaises(StoreUnavailable, self._count_on, self._open())
        self.assertIn("nowhere", error.detail)

    def _count_on(self, engine: Engine) -> None:
        with reading(engine):
            self.fail("it is not there")


class RefusedValueTests(SynchronousTestCase):
    """Values that cannot be stored are the client's fault."""

    def setUp(self) -> None:
        """On a lent database."""
        self.world, self.engine = postgresql_world(self)

    def _insert(self, **columns: object) -> Callable[[], None]:
        def insert() -> None:
            with writing(self.engine) as connection:
                connection.execute(CHANGES.insert(), {**_ROW, **columns})

        return insert

    def test_refused(self) -> None:
        """What is no text, or too large a number, is refused, and what it said is repeated nowhere."""
        for columns in ({"kind": "hush\0hush"}, {"kind": "hush\ud800hush"}, {"id": 1 << 70}, {"id": 1 << 200}):
            error = self.assertRaises(Invalid, self._insert(**columns))
            self.assertNotIn("hush", f"{error.sentence}{error.detail}")

    def test_nul_in_json(self) -> None:
        """A text within JSON is one too."""
        user = self.world.user()
        change = self.world.store.update(USERS, str(user.user_uuid), {"prefs": {"a": ["\0"]}}, user)
        self.assertRaises(Invalid, self.world.run, change)

    def test_too_long(self) -> None:
        """What is too long for an index is refused."""
        noise = "".join(chr(0x4E00 + (n * n) % 20000) for n in range(9000))

        def insert() -> None:
            with writing(self.engine) as connection:
                connection.execute(USER_TABLE.update().values(username=noise).where(USER_TABLE.c.username == "root"))

        self.assertRaises(Invalid, insert)

    def test_twice(self) -> None:
        """What must be unique and is not is refused, without what it says."""

        def insert() -> None:
            with writing(self.engine) as connection:
                connection.execute(USER_TABLE.update().values(username="hushhush"))

        error = self.assertRaises(Invalid, insert)
        self.assertIn("exists already", error.sentence)
        self.assertNotIn("hushhush", error.detail)

    def test_our_fault(self) -> None:
        """A statement that can never work is our fault, not the database's."""

        def read() -> None:
            with reading(self.engine) as connection:
                connection.execute(text("SELECT nonsense"))

        self.assertRaises(ProgrammingError, read)


class SchemaTests(SynchronousTestCase):
    """What a database has."""

    def test_order_of_bytes(self) -> None:
        """All texts are in the order of their bytes, whatever the database's own order is."""
        engine = open_engine(lent_url(self))
        self.addCleanup(engine.dispose)
        with reading(engine) as connection:
            inspector = inspect(connection)
            for table in METADATA.tables:
                for column in inspector.get_columns(table):
                    if hasattr(column["type"], "collation"):
                        self.assertEqual("C", column["type"].collation, f"{table}.{column['name']}")
            self.assertTrue(connection.scalar(text("SELECT 'a' < 'B'")), "the tests' server has another order")

    def test_senders(self) -> None:
        """Each engine has another name in its notifications."""
        engines = [open_engine("postgresql://host/name") for _ in range(2)]
        self.assertEqual(2, len({postgresql.sender_of(engine) for engine in engines}))
