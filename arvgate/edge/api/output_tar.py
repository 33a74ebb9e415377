"""
A directory of a container's output as a tar stream, made piece by piece as it is asked for.

PAX format, so that any name and size can be told; symbolic links stay links, and other links become files of their
own.  Owners are left out: they mean nothing elsewhere.  Not here: sending it (L{arvgate.edge.api.sending}).
"""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Final

from arvgate.errors import ArvgateError
from arvgate.files.opening import open_directory, open_file
from arvgate.files.walking import DIRECTORY, LEFT, Found, walk

__all__ = ["TarPieces"]

_READ: Final = 128 * 1024
#: Bytes of a member's path; what is longer cannot be unpacked anywhere.
_LONGEST_PATH: Final = 64 * 1024


class TarPieces:
    """
    The stream's pieces; blocks, one thread at a time.

    @param top: path of the output; C{parts} the names from there to the directory, of which the last begins the names
        in the stream.
    """

    def __init__(self, top: str, parts: Sequence[str]) -> None:
        self._pieces = _tar(top, parts)
        self._lock = Lock()

    def take(self) -> bytes:
        """
        The next piece of about 128 KiB; none at the end.

        @raise ArvgateError: the output changes while it is read, so that the stream cannot be made whole.
        """
        with self._lock:
            taken = []
            size = 0
            try:
                for piece in self._pieces:
                    taken.append(piece)
                    size += len(piece)
                    if size >= _READ:
                        break
            except OSError as error:
                raise _changed(str(error)) from error
            return b"".join(taken)

    def close(self) -> None:
        """Give it up, when a piece that is being made is done."""
        with self._lock:
            self._pieces.close()  # type: ignore[attr-defined]


def _tar(top: str, parts: Sequence[str]) -> Iterator[bytes]:
    size = 0
    for piece in _members(top, parts):
        size += len(piece)
        yield piece
    end = 2 * tarfile.BLOCKSIZE
    yield bytes(end + -(size + end) % tarfile.RECORDSIZE)


def _members(top: str, parts: Sequence[str]) -> Iterator[bytes]:
    directory = open_directory(top, parts)
    try:
        names = list(parts[-1:])
        if names:
            yield _header("/".join(names), os.fstat(directory), tarfile.DIRTYPE)
        for found in walk(directory, _pass_over):
            if found.kind == LEFT or found.status is None:
                names.pop()
                continue
            path = "/".join((*names, found.name))
            if len(path) > _LONGEST_PATH:
                raise _changed("a path is too long for a tar file")
            if found.kind == DIRECTORY:
                names.append(found.name)
                yield _header(path, found.status, tarfile.DIRTYPE)
            else:
                yield from _entry(path, found, found.status)
    finally:
        os.close(directory)


def _pass_over(error: OSError) -> None:
    """What this process may not read was told of when the output was kept; anything else is a change."""
    if not isinstance(error, PermissionError):
        raise error


def _entry(path: str, found: Found, status: os.stat_result) -> Iterator[bytes]:
    if stat.S_ISLNK(status.st_mode):
        yield _header(path, status, tarfile.SYMTYPE, os.readlink(found.name, dir_fd=found.directory))
    elif stat.S_ISREG(status.st_mode):
        try:
            file, status = open_file(found.name, found.directory)
        except PermissionError:
            return
        with file:
            yield _header(path, status, tarfile.REGTYPE)
            missing = status.st_size
            while missing:
                piece = file.read(min(_READ, missing))
                if not piece:
                    raise _changed("a file became shorter")
                missing -= len(piece)
                yield piece
            now = os.fstat(file.fileno())
            if (now.st_size, now.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
                raise _changed("a file was written to")
            yield bytes(-status.st_size % tarfile.BLOCKSIZE)


def _header(path: str, status: os.stat_result, kind: bytes, target: str = "") -> bytes:
    member = tarfile.TarInfo(path)
    member.type = kind
    member.linkname = target
    member.mode = stat.S_IMODE(status.st_mode) & 0o777
    member.mtime = int(status.st_mtime)
    member.size = status.st_size if kind == tarfile.REGTYPE else 0
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _changed(detail: str) -> ArvgateError:
    return ArvgateError("The output changed while it was read.", detail=detail)
