"""
What a command gets from outside.
"""

from __future__ import annotations

import click
from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.surroundings import Surroundings, pass_surroundings
from test.cli.api_server import surroundings


class PassTests(SynchronousTestCase):
    """L{pass_surroundings}."""

    def test_given(self) -> None:
        """A command gets what it was called with."""
        seen: list[Surroundings] = []

        @click.command()
        @pass_surroundings
        def command(given: Surroundings) -> None:
            seen.append(given)

        given = surroundings({"A": "b"})
        CliRunner().invoke(command, obj=given)
        self.assertEqual([given], seen)
        self.assertFalse(given.is_root)
