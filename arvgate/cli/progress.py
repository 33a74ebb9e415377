"""
How far a download is, shown on a terminal and nowhere else.

Not here: the download (L{arvgate.cli.downloading}, L{arvgate.cli.unpacking}).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from arvgate.cli.output import printable

__all__ = ["shown_progress"]


@contextmanager
def shown_progress(what: str, total: int | None, done: int = 0) -> Iterator[Callable[[int], None]]:
    """
    What to tell of each piece that has come, by its bytes.

    @param total: bytes in all; None: nobody knows.  C{done}: those that are there already.
    """
    if not sys.stderr.isatty():
        yield lambda size: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(printable(what), total=total, completed=done)
        yield lambda size: progress.advance(task, size)
