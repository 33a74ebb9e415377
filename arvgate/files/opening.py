"""
Opening a file or directory inside a tree that somebody else made: never by a link, never outside.

Not here: walking the whole of it (L{arvgate.files.walking}).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import IO, Final

from arvgate.files.walking import open_inner, open_tree

__all__ = ["open_directory", "open_file", "path_parts", "status_of"]

_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: Bytes of a path; no system call takes more.
_LONGEST: Final = 4096


def path_parts(path: str) -> Sequence[str] | None:
    """
    The names that a relative path consists of, none for the top itself; None if it is no such path.

    Bytes that are not UTF-8 are there as C{os.fsdecode} has them.  One slash at the end does not count.
    """
    path = path[:-1] if path.endswith("/") else path
    if not path:
        return ()
    parts = path.split("/")
    if "\0" in path or len(path) > _LONGEST or any(part in ("", ".", "..") for part in parts):
        return None
    return parts


def open_directory(top: str, parts: Sequence[str]) -> int:
    """
    Open a directory of the tree at C{top}.

    @raise OSError: there is none; a symbolic link is none.
    """
    here = open_tree(top)
    for part in parts:
        try:
            inner = open_inner(part, here)
        finally:
            os.close(here)
        here = inner
    return here


def status_of(top: str, parts: Sequence[str]) -> os.stat_result:
    """
    What stands at a path of the tree; a symbolic link is itself.

    @raise OSError: there is nothing.
    """
    if not parts:
        return os.stat(top, follow_symlinks=False)
    directory = open_directory(top, parts[:-1])
    try:
        return os.stat(parts[-1], dir_fd=directory, follow_symlinks=False)
    finally:
        os.close(directory)


def open_file(name: str, directory: int) -> tuple[IO[bytes], os.stat_result]:
    """
    Open a regular file of an open directory.

    @raise OSError: there is none.
    """
    descriptor = os.open(name, _FILE, dir_fd=directory)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise FileNotFoundError("no regular file")
    return os.fdopen(descriptor, "rb", buffering=0), status
