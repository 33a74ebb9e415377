"""
What commands print: safe text, JSON, tables, ages.

Not here: what is printed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["age", "echo_json", "echo_table", "printable"]

_WIDE = 400


def printable(text: str) -> str:
    """C{text} in one line and without what could steer a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def echo_json(value: Any) -> None:
    """Print C{value} as JSON."""
    click.echo(json.dumps(value, indent=2))


def echo_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; into a pipe each row is one line, however long."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDE)
    with console.capture() as capture:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def age(since: str | None, now: datetime) -> str:
    """How long ago a timestamp of a record was, in its largest whole unit; empty if there is none."""
    if not since:
        return ""
    seconds = max(0, int((now - datetime.fromisoformat(since)).total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
