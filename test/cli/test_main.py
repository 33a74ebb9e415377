"""
The command as a whole.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.main import arvgate
from test.cli.api_server import surroundings

ROOT = Path(__file__).resolve().parents[2]


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands that do something."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name), command


class CommandTests(SynchronousTestCase):
    """All commands."""

    def test_names(self) -> None:
        """These commands there are."""
        expected = {
            "cancel", "config check", "demo", "get", "init", "logs", "migrate", "open", "ports", "ps",
            "rotate-root-token", "run",
            "token create", "token list", "token revoke", "user create", "user list", "user revoke", "why",
        }  # fmt: skip
        self.assertEqual(expected, {" ".join(path) for path, _ in commands(arvgate)})

    def test_help(self) -> None:
        """Each explains itself and each of its options."""
        for path, command in commands(arvgate):
            result = CliRunner().invoke(arvgate, [*path, "--help"], obj=surroundings())
            self.assertEqual(0, result.exit_code, path)
            self.assertTrue(command.help, path)
            for parameter in command.params:
                if isinstance(parameter, click.Option):
                    self.assertTrue(parameter.help, (path, parameter.name))

    def test_json(self) -> None:
        """Everything that prints something to parse does so as JSON if asked."""
        for path, command in commands(arvgate):
            if path not in {("demo",), ("logs",)}:
                self.assertIn("as_json", [parameter.name for parameter in command.params], path)

    def test_unknown(self) -> None:
        """What is no command is a usage error."""
        self.assertEqual(2, CliRunner().invoke(arvgate, ["nonsense"], obj=surroundings()).exit_code)


class ProcessTests(SynchronousTestCase):
    """The command as a process."""

    def test_without_settings(self) -> None:
        """Without settings it says so in one line."""
        environ = {"HOME": "/nonexistent", "XDG_CONFIG_DIRS": "/nonexistent"}
        arguments = [sys.executable, "-m", "arvgate.cli.main", "ps"]
        ended = subprocess.run(
            arguments, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        self.assertEqual((2, ""), (ended.returncode, ended.stdout))
        self.assertEqual(
            "arvgate: ARVADOS_API_HOST and ARVADOS_API_TOKEN must be set, in the environment or in settings.conf.\n",
            ended.stderr,
        )

    def test_quick(self) -> None:
        """Commands that need no Docker, gateway or reactor do not wait for them to be imported."""
        program = "import sys, arvgate.cli.main; print({'docker', 'requests', 'arvgate.service'} & set(sys.modules))"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual("set()\n", done.stdout)
