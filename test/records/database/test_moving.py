"""
Tests for L{arvgate.records.database.moving}.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Engine, select
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import Invalid, SchemaMismatch
from arvgate.model.kinds import CONTAINER_REQUESTS, LOGS, USERS
from arvgate.records.database.engine import open_engine, reading, sqlite_path, writing
from arvgate.records.database.migrate import migrate
from arvgate.records.database.moving import move
from arvgate.records.schema import METADATA, TABLES
from test.postgresql.server import shared_server
from test.records.postgresql import lent_url
from test.records.sqlite import sqlite_world
from test.records.worlds import world_on


def everything(engine: Engine) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with reading(engine) as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr)
            for table in METADATA.sorted_tables
        }


class MoveTests(SynchronousTestCase):
    """L{move}."""

    def setUp(self) -> None:
        """A database of SQLite with records, and an empty one of PostgreSQL."""
        self.world, self.source = sqlite_world(self.mktemp())
        self.addCleanup(self.source.dispose)
        self.user = self.world.user()
        self.request = self.world.request(
            self.user,
            name="Grüße \N{SNOWMAN}",
            properties={"float": 1.5, "big": 1 << 60, "list": [None, True, {"b": 1, "a": ""}]},
            secret_mounts={"/secret": {"kind": "text", "content": "hushhush"}},
        )
        server = shared_server()
        name = server.new_database()
        self.addCleanup(server.drop, name)
        self.url = server.url(name)
        migrate(self.url)
        self.target = open_engine(self.url)
        self.addCleanup(self.target.dispose)
        self.told: list[tuple[str, int]] = []

    def move(self, url: str = "") -> Any:
        """Move the records."""
        return move(str(self.source.url), url or self.url, lambda table, rows: self.told.append((table, rows)))

    def test_moved(self) -> None:
        """All rows of all tables arrive as they were, and it is told how many."""
        before = everything(self.source)
        counts = self.move()
        self.assertEqual(before, everything(self.target))
        self.assertEqual(before, everything(self.source))
        self.assertEqual({table: len(rows) for table, rows in before.items()}, counts)
        self.assertIn((CONTAINER_REQUESTS.path, 1), self.told)

    def test_goes_on(self) -> None:
        """The store goes on with what was moved: secrets can be read, tokens are known, numbers follow."""
        self.move()
        moved = world_on(self.target)
        uuid = self.request["uuid"]
        self.assertEqual(self.request, moved.run(moved.store.get(CONTAINER_REQUESTS, uuid, self.user)))
        secret = moved.secret(CONTAINER_REQUESTS, uuid, "secret_mounts")
        self.assertEqual("hushhush", secret["/secret"]["content"])
        last = max(entry["id"] for entry in self.world.audit(uuid))
        moved.run(moved.store.update(CONTAINER_REQUESTS, uuid, {"name": "another"}, self.user))
        self.assertGreater(moved.audit(uuid)[-1]["id"], last)

    def test_many(self) -> None:
        """More rows than are copied at once arrive too."""
        with writing(self.source) as connection:
            columns = TABLES[LOGS.path]
            one = dict(connection.execute(select(columns)).mappings().first())
            rows = [{**one, "id": 10_000 + n, "uuid": f"zzzzz-57u5n-{n:015}"} for n in range(1234)]
            connection.execute(columns.insert(), rows)
        self.move()
        self.assertEqual(everything(self.source), everything(self.target))

    def test_not_empty(self) -> None:
        """A database that has records is left alone."""
        error = self.assertRaises(Invalid, self.move, lent_url(self))
        self.assertIn("holds records", error.sentence)

    def test_other_schema(self) -> None:
        """Both must have this version's schema."""
        server = shared_server()
        name = server.new_database()
        self.addCleanup(server.drop, name)
        self.assertRaises(SchemaMismatch, self.move, server.url(name))

    def test_source(self) -> None:
        """Records are moved from a file only."""
        self.assertRaises(Invalid, move, self.url, self.url, lambda table, rows: None)

    def test_all_or_nothing(self) -> None:
        """What PostgreSQL cannot store is named by its place, and then nothing is moved."""
        connection = sqlite3.connect(sqlite_path(str(self.source.url)))
        connection.execute("UPDATE users SET first_name = 'hush' || char(0)")
        connection.commit()
        connection.close()
        error = self.assertRaises(Invalid, self.move)
        self.assertTrue(error.problems[0].startswith(f"{USERS.path} from zzzzz-tpzed-"), error.problems)
        self.assertNotIn("hush", error.problems[0])
        self.assertEqual({()}, {tuple(rows) for rows in everything(self.target).values()})
