"""
C{arvgate migrate}.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.main import arvgate
from arvgate.service.state_lock import lock_state
from test.cli.api_server import surroundings
from test.postgresql.server import shared_server


class MigrateTests(SynchronousTestCase):
    """The command."""

    def setUp(self) -> None:
        """A cluster."""
        self.directory = Path(self.mktemp()).absolute()
        self.run_command("init", str(self.directory))

    def run_command(self, *arguments: str) -> Result:
        """Run the command."""
        return CliRunner().invoke(arvgate, list(arguments), obj=surroundings())

    def migrate(self, *arguments: str) -> Result:
        """Migrate the cluster."""
        return self.run_command("migrate", "--config", str(self.directory / "config.yml"), *arguments)

    def test_nothing_to_do(self) -> None:
        """A database of this version stays as it is."""
        result = self.migrate()
        self.assertEqual((0, "The database has this version's schema.\n"), (result.exit_code, result.stdout))
        self.assertEqual({"backup": None}, json.loads(self.migrate("--json").stdout))

    def moved(self, source: str = "") -> Result:
        """Point the configuration to PostgreSQL and move the records into it."""
        server = shared_server()
        name = server.new_database()
        self.addCleanup(server.drop, name)
        file = self.directory / "config.yml"
        old = f"sqlite:///{self.directory}/state/arvgate.db"
        self.assertIn(old, file.read_text())
        file.write_text(file.read_text().replace(old, server.url(name)))
        return self.migrate("--from", source or old, "--json")

    def test_moved(self) -> None:
        """With --from all records are in PostgreSQL, where the configuration finds them, and that is done once."""
        result = self.moved()
        self.assertEqual(0, result.exit_code, result.stderr)
        self.assertEqual(3, json.loads(result.stdout)["moved"]["users"])
        again = self.migrate("--from", f"sqlite:///{self.directory}/state/arvgate.db")
        self.assertEqual(2, again.exit_code)
        self.assertIn("holds records already", again.stderr)

    def test_moved_while_in_use(self) -> None:
        """Nothing is moved while a gateway works on the state directory."""
        run = self.directory / "state" / "run"
        run.mkdir()
        (run / "gateway.lock").touch()
        self.addCleanup(os.close, lock_state(str(run / "gateway.lock"), 0.0))
        result = self.moved()
        self.assertEqual(1, result.exit_code)
        self.assertIn("Another gateway", result.stderr)

    def test_moved_from_elsewhere(self) -> None:
        """Only a file of SQLite is moved, and only into PostgreSQL."""
        self.assertEqual(2, self.migrate("--from", f"sqlite:///{self.directory}/state/arvgate.db").exit_code)
        self.assertEqual(2, self.moved("sqlite:///relative.db").exit_code)
        for source in ("postgresql://host/name", "relative.db"):
            self.assertEqual(2, self.migrate("--from", source).exit_code, source)

    def test_newer(self) -> None:
        """A database of a newer version is refused in a line."""
        with closing(sqlite3.connect(self.directory / "state" / "arvgate.db")) as database, database:
            database.execute("UPDATE alembic_version SET version_num = 'ffff'")
        result = self.migrate()
        self.assertEqual(1, result.exit_code)
        self.assertTrue(result.stderr.startswith("arvgate: The database was changed by a newer version"), result.stderr)
        self.assertEqual(1, result.stderr.count("\n"))

    def test_unusable(self) -> None:
        """A database that cannot be opened is refused in a line with the reason."""
        database = self.directory / "state" / "arvgate.db"
        database.unlink()
        database.mkdir()
        result = self.migrate()
        self.assertEqual(5, result.exit_code)
        self.assertTrue(result.stderr.startswith("arvgate: The database cannot be used now: "), result.stderr)
        self.assertIn("Is a directory", result.stderr)

    def test_usage(self) -> None:
        """Without a configuration, or with one that is wrong, nothing is done."""
        self.assertEqual(2, self.run_command("migrate").exit_code)
        self.assertEqual(2, self.run_command("migrate", "--config", "/nonexistent").exit_code)
