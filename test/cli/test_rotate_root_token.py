"""
C{arvgate rotate-root-token}.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from click.testing import CliRunner, Result
from twisted.python.monkey import MonkeyPatcher
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli import rotate_root_token as command
from arvgate.cli.main import arvgate
from arvgate.config.files import read_config
from arvgate.config.replacing import back_up, replace_file
from arvgate.policy.root_tokens import root_fingerprint
from arvgate.service.database import check_database, read_data_key
from test.cli.api_server import surroundings

NEW = "n" * 50

T = TypeVar("T")


class RotateTests(SynchronousTestCase):
    """The command."""

    def setUp(self) -> None:
        """A cluster."""
        self.directory = Path(self.mktemp()).absolute()
        self.file = self.directory / "config.yml"
        self.assertEqual(0, self.run_command("init", str(self.directory)).exit_code)
        self.text = self.file.read_text()
        self.former = read_config(str(self.file)).system_root_token.value
        self.data_key = self.key()

    def run_command(self, *arguments: str, stdin: str = "") -> Result:
        """Run a command."""
        return CliRunner().invoke(arvgate, list(arguments), input=stdin, obj=surroundings(randbelow=secrets.randbelow))

    def rotate(self, *arguments: str, stdin: str = "") -> Result:
        """Change the token."""
        return self.run_command("rotate-root-token", "--config", str(self.file), *arguments, stdin=stdin)

    def key(self) -> bytes:
        """The data key as a gateway that starts now gets it."""
        config = read_config(str(self.file))
        check_database(config)
        return read_data_key(config)

    def test_random(self) -> None:
        """A random token takes the place of the former one, which is kept; nobody is shown either."""
        result = self.rotate()
        self.assertEqual(0, result.exit_code, result.output)
        config = read_config(str(self.file))
        self.assertEqual(self.former, config.arvgate.previous_system_root_token.value)
        self.assertEqual(64, len(config.system_root_token.value))
        self.assertNotEqual(self.former, config.system_root_token.value)
        self.assertIn("Restart the gateway now", result.stdout)
        for secret in (self.former, config.system_root_token.value):
            self.assertNotIn(secret, result.output)
        self.assertEqual(self.data_key, self.key())
        self.assertEqual(0, self.run_command("config", "check", str(self.file)).exit_code)

    def test_files(self) -> None:
        """Configuration, copy and data key are readable by their owner alone; the copy is the text as it was."""
        facts = json.loads(self.rotate("--json").stdout)
        self.assertEqual((str(self.file), 0), (facts["config"], facts["unreachable"]))
        self.assertEqual(self.text, Path(facts["backup"]).read_text())
        for path in (self.file, Path(facts["backup"]), self.directory / "data-key.json"):
            self.assertEqual(0o600, path.stat().st_mode & 0o777)

    def test_running_gateway(self) -> None:
        """A gateway that still works with the former configuration can read the data key."""
        copy = json.loads(self.rotate("--json").stdout)["backup"]
        self.assertEqual(self.data_key, read_data_key(read_config(copy)))

    def test_given(self) -> None:
        """The token may come from a file or from standard input."""
        self.assertEqual(0, self.rotate("--from-file", "-", stdin=f"{NEW}\n").exit_code)
        self.assertEqual(NEW, read_config(str(self.file)).system_root_token.value)
        source = self.directory / "token"
        source.write_text("m" * 50)
        self.assertEqual(0, self.rotate("--from-file", str(source)).exit_code)
        self.assertEqual("m" * 50, read_config(str(self.file)).system_root_token.value)
        self.assertEqual(self.data_key, self.key())

    def test_refused(self) -> None:
        """A token that is none, or is the present one, changes nothing, and is not shown."""
        before = (self.directory / "data-key.json").read_bytes()
        for token in ("short", "", self.former):
            result = self.rotate("--from-file", "-", stdin=token)
            self.assertEqual(2, result.exit_code, result.output)
            self.assertNotIn(token or self.former, result.output)
        self.assertEqual((self.text, before), (self.file.read_text(), (self.directory / "data-key.json").read_bytes()))

    def test_stopped_anywhere(self) -> None:
        """Stopped before or after any file was written, what lies there works, and the next attempt succeeds."""
        for moment in range(6):
            moments = iter(range(6))

            def stopping(write: Callable[..., T], moment: int = moment, moments: Iterator[int] = moments) -> Any:
                def written(*arguments: object) -> T:
                    if next(moments) == moment:
                        raise KeyboardInterrupt
                    answer = write(*arguments)
                    if next(moments) == moment:
                        raise KeyboardInterrupt
                    return answer

                return written

            patcher = MonkeyPatcher(
                (command, "replace_file", stopping(replace_file)), (command, "back_up", stopping(back_up))
            )
            stopped = patcher.runWithPatches(self.rotate)
            self.assertEqual((130, self.data_key), (stopped.exit_code, self.key()), moment)
            again = self.rotate()
            self.assertEqual((0, self.data_key), (again.exit_code, self.key()), moment)

    def run_under(self, token: str | None) -> None:
        """Pretend that a container runs that was locked under a token."""
        with closing(sqlite3.connect(self.directory / "state" / "arvgate.db")) as database, database:
            names = [row[1] for row in database.execute("PRAGMA table_info(containers)") if row[3] and not row[4]]
            values = {**dict.fromkeys(names, "0"), "uuid": "u", "state": "Running", "lock_count": 1}
            values["locked_under"] = root_fingerprint(token) if token else None
            marks = ",".join("?" * len(values))
            database.execute("DELETE FROM containers")
            database.execute(f"INSERT INTO containers ({','.join(values)}) VALUES ({marks})", [*values.values()])

    def test_containers_of_the_time_before(self) -> None:
        """A second change is refused while containers run that began before the first, unless it is forced."""
        self.run_under(self.former)
        self.assertEqual(0, self.rotate().exit_code)
        text = self.file.read_text()
        for token in (self.former, None):
            self.run_under(token)
            result = self.rotate()
            self.assertEqual(5, result.exit_code, result.output)
            self.assertIn("--force", result.stderr)
            self.assertEqual(text, self.file.read_text())
        self.assertEqual(1, json.loads(self.rotate("--force", "--json").stdout)["unreachable"])
        self.run_under(read_config(str(self.file)).system_root_token.value)
        self.assertEqual(0, self.rotate().exit_code)

    def test_not_in_order(self) -> None:
        """Without a data key or with a database of another version nothing is changed."""
        key = self.directory / "data-key.json"
        content = key.read_bytes()
        key.write_bytes(b"damaged")
        self.assertEqual(1, self.rotate().exit_code)
        key.write_bytes(content)
        with closing(sqlite3.connect(self.directory / "state" / "arvgate.db")) as database, database:
            database.execute("UPDATE alembic_version SET version_num = '0001'")
        result = self.rotate()
        self.assertEqual(1, result.exit_code)
        self.assertIn("arvgate migrate", result.stderr)
        self.assertEqual((self.text, content), (self.file.read_text(), key.read_bytes()))

    def test_usage(self) -> None:
        """A configuration is required, and must be there and be text."""
        self.assertEqual(2, self.run_command("rotate-root-token").exit_code)
        self.file.write_bytes(b"\xff")
        self.assertIn("not text in UTF-8", self.rotate().stderr)
        self.file.unlink()
        self.assertEqual(2, self.rotate().exit_code)
