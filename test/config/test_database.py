"""
Tests for L{arvgate.config.database}.
"""

from __future__ import annotations

import importlib.util

from twisted.trial.unittest import SynchronousTestCase

from arvgate.config import database
from arvgate.config.database import database_problem, holds_password, lacks_driver


class ProblemTests(SynchronousTestCase):
    """L{database_problem}."""

    def test_good(self) -> None:
        """A file of SQLite has an absolute path, a server's database a name or a service that names it."""
        for url in (
            "sqlite:////var/lib/arvgate/arvgate.db",
            "postgresql://arvgate@db.example:5432/arvgate?sslmode=verify-full",
            "postgresql+psycopg:///arvgate?host=/run/postgresql",
            "postgresql://?service=arvgate",
            "postgresql://arvgate:secret@[::1]/arvgate",
        ):
            self.assertEqual("", database_problem(url), url)

    def test_bad(self) -> None:
        """What cannot be a database is refused, and what it says is not repeated."""
        for url in (
            "sqlite:///hushhush.db", "sqlite:////", "postgres://hushhush@host/name", "postgresql:hushhush",
            "postgresql+asyncpg://hushhush@host/name", "postgresql://u:hush/hush@host/name",
            "postgresql://hushhush@host:port/name", "postgresql://hushhush@host", "mysql://hushhush/name",
            "postgresql://u:hush#hush@host/name",
        ):  # fmt: skip
            problem = database_problem(url)
            self.assertTrue(problem, url)
            self.assertNotIn("hush", problem)


class PasswordTests(SynchronousTestCase):
    """L{holds_password}."""

    def test_password(self) -> None:
        """A password is found in both places where it may stand."""
        for url, holds in (
            ("postgresql://arvgate:secret@host/name", True),
            ("postgresql://arvgate@host/name?password=secret", True),
            ("postgresql://arvgate@host/name?passfile=/etc/arvgate/pgpass", False),
            ("sqlite:////a:b@c", False),
        ):
            self.assertEqual(holds, holds_password(url), url)


class DriverTests(SynchronousTestCase):
    """L{lacks_driver}."""

    def test_driver(self) -> None:
        """Only PostgreSQL needs a package, and only where it is missing is it missed."""
        self.assertFalse(lacks_driver("postgresql://host/name"))
        self.patch(database, "find_spec", lambda name: None if name == "psycopg" else importlib.util.find_spec(name))
        self.assertTrue(lacks_driver("postgresql://host/name"))
        self.assertFalse(lacks_driver("sqlite:////a"))
