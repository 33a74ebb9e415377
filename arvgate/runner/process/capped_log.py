"""
A log file that ends at a limit and never stands in the way of who writes to it.

Only the standard library is imported: the keeper uses it.  Not here: reading logs (L{arvgate.edge.api}).
"""

from __future__ import annotations

import os

__all__ = ["CappedLog"]


class CappedLog:
    """
    Appends to a file until it holds C{limit} bytes; what comes after is dropped, with one line that says so.

    A full disk drops output too, with a line that says so as soon as there is room again.
    """

    def __init__(self, path: str, limit: int) -> None:
        """
        Open the file for appending, or make it (mode 0600); a symbolic link is not followed.

        @raise OSError: that is not possible.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._fd = os.open(path, flags, 0o600)
        self._limit = limit
        self._room = limit - os.fstat(self._fd).st_size
        self._full = self._room < 0
        self._lost = ""

    def write(self, data: bytes) -> None:
        """Append what there is room for; never raises."""
        if self._full:
            return
        if self._lost:
            self._append(b"\n[arvgate: output is missing here: " + self._lost.encode() + b"]\n")
            if self._lost:
                return
        kept = data[: self._room]
        self._append(kept)
        self._room -= len(kept)
        if len(kept) < len(data):
            self._full = True
            limit = str(self._limit).encode()
            self._append(b"\n[arvgate: this log has reached its limit of " + limit + b" bytes; the rest is dropped]\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _append(self, data: bytes) -> None:
        self._lost = ""
        while data:
            try:
                data = data[os.write(self._fd, data) :]
            except OSError as error:
                self._lost = error.strerror or "it could not be written"
                return
