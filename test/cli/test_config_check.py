"""
C{arvgate config check}.
"""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.main import arvgate
from test.cli.api_server import surroundings


class CheckTests(SynchronousTestCase):
    """The command."""

    def setUp(self) -> None:
        """A cluster."""
        self.directory = Path(self.mktemp()).absolute()
        self.file = self.directory / "config.yml"
        self.run_command("init", str(self.directory), "--cluster", "xabcd")

    def run_command(self, *arguments: str) -> Result:
        """Run the command."""
        return CliRunner().invoke(arvgate, list(arguments), obj=surroundings())

    def test_right(self) -> None:
        """A configuration that is right leaves nothing to say."""
        result = self.run_command("config", "check", str(self.file))
        self.assertEqual((0, ""), (result.exit_code, result.output))

    def test_every_problem(self) -> None:
        """Every problem is a line on stderr."""
        text = self.file.read_text().replace("Workers: 1", "Workers: -1\n      Wrokers: 1")
        self.file.write_text(text)
        (self.directory / "server.key").unlink()
        result = self.run_command("config", "check", str(self.file))
        self.assertEqual(2, result.exit_code)
        self.assertEqual(
            [
                "Clusters.xabcd.Arvgate.Workers: must be at least 0",
                "Clusters.xabcd.Arvgate.Wrokers: unknown key; did you mean Workers?",
                f"Clusters.xabcd.TLS.Key: {self.directory}/server.key: no such file or directory",
            ],
            result.stderr.splitlines(),
        )

    def test_json(self) -> None:
        """With --json the problems are in an object on stdout."""
        result = self.run_command("config", "check", "--json", "/nonexistent")
        self.assertEqual(2, result.exit_code)
        expected = {"problems": ["/nonexistent: no such file or directory"], "warnings": []}
        self.assertEqual(expected, json.loads(result.stdout))

    def test_warnings(self) -> None:
        """What clients will dislike is said, and is no failure."""
        text = self.file.read_text().replace("https://localhost:", "https://elsewhere.localhost:")
        self.file.write_text(text)
        warning = "Clusters.xabcd.Services.Controller.ExternalURL: no certificate is good for elsewhere.localhost"
        result = self.run_command("config", "check", str(self.file))
        self.assertEqual((0, [f"warning: {warning}"]), (result.exit_code, result.stderr.splitlines()))
        result = self.run_command("config", "check", "--json", str(self.file))
        self.assertEqual({"problems": [], "warnings": [warning]}, json.loads(result.stdout))

    def test_no_secrets(self) -> None:
        """No problem shows a secret of the file."""
        text = self.file.read_text().replace('SystemRootToken: "', 'SystemRootToken: "!hush')
        self.file.write_text(text)
        self.assertNotIn("hush", self.run_command("config", "check", str(self.file)).output)
