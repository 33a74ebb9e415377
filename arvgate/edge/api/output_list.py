"""
What is in a directory of a container's output, page by page.

Not here: finding the directory (L{arvgate.edge.api.container_output}).
"""

from __future__ import annotations

import heapq
import os
import stat
from collections.abc import Iterator, Sequence
from typing import Any

from arvgate.errors import Invalid
from arvgate.files.opening import open_directory, status_of

__all__ = ["list_directory", "list_entry", "page_start"]


def list_directory(top: str, parts: Sequence[str], after: bytes, limit: int) -> dict[str, Any]:
    """
    The first C{limit} entries whose names come behind C{after}, sorted by the bytes of their names; blocks.

    Names that are not UTF-8 are there as C{os.fsdecode} has them.  C{next} is what to ask for to get more, or None.

    @raise OSError: there is no such directory.
    """
    directory = open_directory(top, parts)
    try:
        names = heapq.nsmallest(limit + 1, (name for name in _names(directory) if name > after))
        items = []
        for name in map(os.fsdecode, names[:limit]):
            try:
                items.append(_item(name, os.stat(name, dir_fd=directory, follow_symlinks=False)))
            except FileNotFoundError:
                continue
    finally:
        os.close(directory)
    return {"items": items, "next": names[limit - 1].hex() if len(names) > limit else None}


def list_entry(top: str, parts: Sequence[str]) -> dict[str, Any]:
    """The same for what is no directory: it alone."""
    return {"items": [_item(parts[-1], status_of(top, parts))], "next": None}


def page_start(value: Any) -> bytes:
    """
    Where a page begins, from C{next} of the one before.

    @raise Invalid: it is not from there.
    """
    try:
        return bytes.fromhex("" if value is None else value)
    except (TypeError, ValueError):
        raise Invalid("after must be the next of an earlier page") from None


def _names(directory: int) -> Iterator[bytes]:
    with os.scandir(directory) as entries:
        for entry in entries:
            yield os.fsencode(entry.name)


def _item(name: str, status: os.stat_result) -> dict[str, Any]:
    return {
        "name": name,
        "type": _type(status.st_mode),
        "size": status.st_size if stat.S_ISREG(status.st_mode) else None,
        "mtime": int(status.st_mtime),
    }


def _type(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "link" if stat.S_ISLNK(mode) else "other"
