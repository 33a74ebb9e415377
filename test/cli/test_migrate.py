"""
C{arvgate migrate}.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.main import arvgate
from test.cli.api_server import surroundings


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
