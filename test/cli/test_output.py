"""
What commands print.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click
from click.testing import CliRunner
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.output import age, echo_json, echo_table, printable


class TextTests(SynchronousTestCase):
    """L{printable} and L{age}."""

    def test_printable(self) -> None:
        """Nothing that could steer a terminal gets through."""
        self.assertEqual("a b é�[31m��", printable("a b é\x1b[31m\n\u202e"))

    def test_age(self) -> None:
        """An age is in its largest whole unit; what lies ahead is new."""
        now = datetime(2026, 1, 3, tzinfo=UTC)
        for since, text in (
            ("2026-01-01T00:00:00.000000000Z", "2d"),
            ("2026-01-02T22:59:59.123456789Z", "1h"),
            ("2026-01-02T23:58:00Z", "2m"),
            ("2026-01-02T23:59:59Z", "1s"),
            ("2026-01-04T00:00:00Z", "0s"),
            (None, ""),
        ):
            self.assertEqual(text, age(since, now))


class TableTests(SynchronousTestCase):
    """L{echo_table} and L{echo_json}."""

    def printed(self, command: click.Command) -> str:
        """What a command prints into a pipe."""
        return CliRunner().invoke(command).stdout

    def test_one_line_for_each_row(self) -> None:
        """Into a pipe, a row is one line, however long, without blanks behind; markup is no markup."""

        @click.command()
        def show() -> None:
            echo_table(("A", "B"), [("[bold]x", "y" * 200), ("1\n2", "")])

        lines = self.printed(show).splitlines()
        self.assertEqual(["A", "B"], lines[0].split())
        self.assertEqual(["[bold]x", "y" * 200], lines[1].split())
        self.assertEqual("1�2", lines[2])

    def test_json(self) -> None:
        """JSON is JSON."""

        @click.command()
        def show() -> None:
            echo_json({"a": ["\x1b"]})

        printed = self.printed(show)
        self.assertEqual({"a": ["\x1b"]}, json.loads(printed))
        self.assertNotIn("\x1b", printed)
