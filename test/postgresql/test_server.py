"""
Tests for L{test.postgresql.server}: what the tests start leaves nothing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import TestCase

from test.acceptance.processes import processes_touching
from test.acceptance.waiting import until
from test.postgresql.server import shared_server
from test.requirements import require

_PROGRAM = (
    "from test.postgresql.server import PostgreSQLServer; import sys; "
    "server = PostgreSQLServer(); print(server.directory, flush=True); sys.stdin.read()"
)


class ServerTests(TestCase):
    """A server of the tests' own."""

    timeout = 60

    async def test_killed(self) -> None:
        """When the process that started it is killed, server and files go too."""
        require("postgresql")
        starter = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(starter.communicate)
        assert starter.stdout is not None
        directory = Path(starter.stdout.readline().decode().strip())
        self.assertTrue((directory / "data" / "postmaster.pid").exists())
        starter.kill()
        await until(lambda: not directory.exists(), 20.0, "the files are gone")
        self.assertEqual([], processes_touching(directory))

    def test_lent_again(self) -> None:
        """A database that was given back is lent with what a new cluster has, whatever was written into it."""
        server = shared_server()
        name = server.lend()
        with server.connect(name) as connection:
            before = connection.execute("SELECT uuid FROM users ORDER BY uuid").fetchall()
            connection.execute("DELETE FROM users")
            connection.execute("INSERT INTO changes (kind, uuid, related, at) VALUES ('k', 'u', '', 0)")
        server.give_back(name)
        self.assertEqual(name, again := server.lend())
        self.addCleanup(server.give_back, again)
        with server.connect(again) as connection:
            self.assertEqual(before, connection.execute("SELECT uuid FROM users ORDER BY uuid").fetchall())
            self.assertEqual([], connection.execute("SELECT * FROM changes WHERE kind = 'k'").fetchall())
