"""
What tests of commands that speak to the API have in common.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import Result
from twisted.trial.unittest import SynchronousTestCase

from test.cli.api_server import ApiServer

__all__ = ["CONTAINER", "REQUEST", "CommandCase", "container", "request"]

REQUEST = "xabcd-xvhdp-000000000000001"
CONTAINER = "xabcd-dz642-000000000000001"


def request(**changes: Any) -> dict[str, Any]:
    """A container request's record."""
    return {
        "uuid": REQUEST,
        "name": "an app",
        "state": "Committed",
        "priority": 500,
        "command": ["echo", "a b"],
        "container_uuid": CONTAINER,
        "created_at": "2026-01-01T00:00:00.000000000Z",
        "published_ports": {},
        **changes,
    }


def container(**changes: Any) -> dict[str, Any]:
    """A container's record."""
    return {
        "uuid": CONTAINER,
        "state": "Running",
        "priority": 1 << 59,
        "exit_code": None,
        "runtime_status": {},
        "listening_ports": [],
        "published_ports": {},
        **changes,
    }


class CommandCase(SynchronousTestCase):
    """
    Each test has an API of its own.

    @ivar api: the API.
    """

    def setUp(self) -> None:
        """Start the API."""
        self.api = ApiServer(Path(self.mktemp()).absolute())
        self.addCleanup(self.api.close)

    def succeed(self, *arguments: str, **changes: Any) -> str:
        """What a command that must succeed prints."""
        result = self.api.run(*arguments, **changes)
        self.assertEqual(0, result.exit_code, result.output + repr(result.exception))
        return result.stdout

    def fail_with(self, code: int, *arguments: str, **changes: Any) -> str:
        """What a command that must end with an exit code prints on stderr: no traceback."""
        result: Result = self.api.run(*arguments, **changes)
        self.assertEqual(code, result.exit_code, result.output + repr(result.exception))
        self.assertNotIn("Traceback", result.stderr)
        return result.stderr
