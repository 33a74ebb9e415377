"""
A log that keeps its newest part within a bound and never stands in the way of who writes to it.

Only the standard library and modules that do the same are imported: the keeper uses it.  Not here: reading logs
(L{arvgate.edge.api.container_logs}, L{arvgate.cli.log_stream}).
"""

from __future__ import annotations

import errno
import os
from typing import Final

from arvgate.wire.rotation_line import MAX_LENGTH, RotationLine, earlier_name, parse_rotation_line

__all__ = ["MIN_LIMIT", "RotatingLog"]

#: Bytes below which no limit goes: the lines that are added need room, too.
MIN_LIMIT: Final = 4096


class RotatingLog:
    """
    Appends to a file; when that is half the limit it becomes C{NAME.1.txt}, instead of the one before, and a new file
    begins with a line that says so (see L{RotationLine}).

    Output that a full disk swallows is dropped, with a line that says so as soon as there is room again.  A file by the
    log's name is there at every moment.

    @ivar path: of its present file.
    @ivar lost: why output was dropped the last time; empty: it never was.
    """

    def __init__(self, path: str, limit: int) -> None:
        """
        Open the file for appending, or make it (mode 0600); a symbolic link is not followed.

        @param limit: bytes of both files together; less than L{MIN_LIMIT} counts as that.
        @raise OSError: that is not possible.
        """
        self.lost = ""
        self._dropping = ""
        self.path = path
        self._half = max(limit, MIN_LIMIT) // 2
        self._fd = _opened(path, os.O_APPEND)
        self._size = os.fstat(self._fd).st_size
        self._line, self._head = parse_rotation_line(os.pread(self._fd, MAX_LENGTH, 0))

    def write(self, data: bytes) -> None:
        """Append it; never raises."""
        if self._dropping:
            data = b"\n[arvgate: output is missing here: " + self._dropping.encode() + b"]\n" + data
        while data:
            room = self._half - self._size
            if len(data) <= room:
                self._append(data)
                return
            # Whole lines stay together where they can.
            end = data.rfind(b"\n", 0, max(room, 0)) + 1
            if not end and self._size <= self._head:
                end = room
            if end and not self._append(data[:end]):
                return
            data = data[end:]
            if not self._rotate():
                return

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _append(self, data: bytes) -> bool:
        self._dropping = ""
        while data:
            try:
                written = os.write(self._fd, data)
            except OSError as error:
                return self._drop(error)
            self._size += written
            data = data[written:]
        return True

    def _drop(self, error: OSError) -> bool:
        self.lost = self._dropping = error.strerror or "it could not be written"
        return False

    def _rotate(self) -> bool:
        """Begin a new file; the old one becomes the earlier one first, since that frees room."""
        # The runner itself may have added a line to the file.
        kept = os.fstat(self._fd).st_size - self._head
        earlier = os.path.join(os.path.dirname(self.path), earlier_name(os.path.basename(self.path)))
        line = RotationLine(kept, self._line.before)
        text = line.line(os.path.basename(earlier))
        linked, begun = f"{earlier}.new", f"{self.path}.new"
        try:
            _link(self.path, linked)
            os.replace(linked, earlier)
            _unlink(linked)  # still there if both were the same file already
            _unlink(begun)
            new = _opened(begun, os.O_APPEND | os.O_EXCL)
            try:
                if os.write(new, text) < len(text):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.replace(begun, self.path)
            except OSError:
                os.close(new)
                raise
        except OSError as error:
            return self._drop(error)
        os.close(self._fd)
        self._fd, self._size, self._line, self._head = new, len(text), line, len(text)
        return True


def _opened(path: str, flags: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | flags, 0o600)


def _link(path: str, name: str) -> None:
    _unlink(name)
    os.link(path, name, follow_symlinks=False)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
