"""
A copy of a directory tree on another file system: directories, files with their holes, links as they are.

Not here: making the tree harmless (L{arvgate.runner.output}), which comes first.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

from arvgate.files.walking import DIRECTORY, LEFT, Found, open_inner, open_tree, walk
from arvgate.runner.workdir import remove_directory

__all__ = ["copy_tree"]

_PIECE: Final = 1024 * 1024
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EROFS)


def copy_tree(source: str, destination: str) -> int:
    """
    Copy the directory C{source} to C{destination}, which is made; how much of it could not be read; blocks.

    Files that have several names in the tree have them in the copy.

    @raise OSError: the copy cannot be written.
    """
    copy = _Copy(destination)
    top = open_tree(source)
    try:
        for found in walk(top, copy.problem):
            copy.take(found)
    finally:
        os.close(top)
        copy.close()
    return copy.unread


class _Copy:
    """
    A tree that grows.

    @ivar unread: what could not be copied since it cannot be read.
    """

    def __init__(self, path: str) -> None:
        self.unread = 0
        os.mkdir(path, 0o700)
        # Holds a name of each file that has several; it is removed when the tree is whole.
        self._links = f"{path}.links"
        remove_directory(self._links)
        os.mkdir(self._links, 0o700)
        self._here = open_tree(path)

    def close(self) -> None:
        os.close(self._here)
        remove_directory(self._links)

    def problem(self, error: OSError) -> None:
        """Something cannot be read; raises where the fault is the copy's."""
        if error.errno in _NO_ROOM:
            raise error
        self.unread += 1

    def take(self, found: Found) -> None:
        """Add what was found, or leave the present directory."""
        if found.kind == LEFT or found.status is None:
            self._enter("..")
        elif found.kind == DIRECTORY:
            os.mkdir(found.name, 0o700, dir_fd=self._here)
            self._enter(found.name)
            self._stamp(self._here, found.status)
        else:
            try:
                self._entry(found, found.status)
            except OSError as error:
                self.problem(error)

    def _entry(self, found: Found, status: os.stat_result) -> None:
        if stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(found.name, dir_fd=found.directory), found.name, dir_fd=self._here)
        elif stat.S_ISREG(status.st_mode):
            kept = f"{self._links}/{status.st_ino}" if status.st_nlink > 1 else ""
            if kept and os.path.lexists(kept):
                os.link(kept, found.name, dst_dir_fd=self._here)
                return
            self._file(found)
            if kept:
                os.link(found.name, kept, src_dir_fd=self._here)

    def _file(self, found: Found) -> None:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        source = os.open(found.name, flags, dir_fd=found.directory)
        try:
            status = os.fstat(source)
            if not stat.S_ISREG(status.st_mode):
                return
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            target = os.open(found.name, flags, 0o600, dir_fd=self._here)
            try:
                _copy_data(source, target, status.st_size)
                self._stamp(target, status)
            finally:
                os.close(target)
        finally:
            os.close(source)

    def _enter(self, name: str) -> None:
        inner = open_inner(name, self._here)
        os.close(self._here)
        self._here = inner

    @staticmethod
    def _stamp(descriptor: int, status: os.stat_result) -> None:
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & 0o777)
        os.utime(descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))


def _copy_data(source: int, target: int, size: int) -> None:
    """The parts of the file that hold data, each at its place."""
    position = 0
    while position < size:
        try:
            begin = os.lseek(source, position, os.SEEK_DATA)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            break
        end = os.lseek(source, begin, os.SEEK_HOLE)
        os.lseek(source, begin, os.SEEK_SET)
        os.lseek(target, begin, os.SEEK_SET)
        while begin < end:
            sent = os.sendfile(target, source, None, min(_PIECE, end - begin))
            if not sent:
                return
            begin += sent
        position = end
    os.ftruncate(target, size)
