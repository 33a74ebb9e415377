"""
The end of a file that somebody else writes.

Not here: what is made of it.
"""

from __future__ import annotations

import os

from arvgate.files.opening import open_file
from arvgate.files.walking import open_tree

__all__ = ["read_tail"]


def read_tail(directory: str, name: str, size: int) -> tuple[bytes, bool]:
    """
    The last bytes of a regular file right in a directory, and whether they are all of it; nothing if there is none.

    No symbolic link is followed.
    """
    try:
        opened = open_tree(directory)
        try:
            file, status = open_file(name, opened)
        finally:
            os.close(opened)
        with file:
            file.seek(max(0, status.st_size - size))
            return file.read(size), status.st_size <= size
    except OSError:
        return b"", True
