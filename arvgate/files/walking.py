"""
Walking through a directory tree that somebody else made and may be changing.

Everything is looked at relative to an open directory; no symbolic link is followed and no other file system entered.
Neither the depth of the tree nor the number of files in a directory costs memory or descriptors, but that of its
directories does.  Not here: what is done with what is found.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, Protocol

__all__ = ["DIRECTORY", "ENTRY", "LEFT", "Found", "OpenInner", "disk_usage", "open_inner", "open_tree", "walk"]

_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

#: What is found: something that is no directory.
ENTRY: Final = "entry"
#: A directory, which is entered next.
DIRECTORY: Final = "directory"
#: The end of the directory that was entered last and not left yet.
LEFT: Final = "left"


class Found(NamedTuple):
    """
    One step of a walk.

    @ivar directory: descriptor of the directory that it is in, good until the next step.
    @ivar name: in that directory; for L{LEFT} the name of the directory that ends.
    @ivar status: of itself, not of what a link points to; for L{LEFT} None.
    """

    kind: str
    directory: int
    name: str
    status: os.stat_result | None


class OpenInner(Protocol):
    """Opens a directory below an open one."""

    def __call__(self, name: str, directory: int) -> int:
        """A new descriptor, for reading; raises OSError."""


class _Level:
    """A directory that the walk is in: its name, which one it is, and the names of directories to go to from it."""

    def __init__(self, name: str, identity: tuple[int, int]) -> None:
        self.name = name
        self.identity = identity
        self.inner: list[str] = []


def open_tree(path: str) -> int:
    """
    Open the top of a tree; its own name must not be a symbolic link.

    @raise OSError: it is none, or not there.
    """
    return os.open(path, _FLAGS)


def open_inner(name: str, directory: int) -> int:
    """
    Open a directory below an open one.

    @raise OSError: it is none, or may not be read.
    """
    return os.open(name, _FLAGS, dir_fd=directory)


def walk(
    top: int, problem: Callable[[OSError], None] = lambda error: None, enter: OpenInner = open_inner
) -> Iterator[Found]:
    """
    All that is below the open directory C{top}, each directory before its content.

    @param problem: told of what cannot be looked at or entered, which is then passed over; may raise.
    @param enter: opens each directory.
    """
    here = os.open(".", _FLAGS, dir_fd=top)
    try:
        levels = [_Level("", _identity(os.fstat(here)))]
        yield from _scan(here, levels[-1], problem)
        while True:
            level = levels[-1]
            if level.inner:
                inner = _entered(level.inner.pop(), here, level, problem, enter)
                if inner is None:
                    continue
                name, descriptor, status = inner
                try:
                    yield Found(DIRECTORY, here, name, status)
                except BaseException:
                    os.close(descriptor)
                    raise
                os.close(here)
                here = descriptor
                levels.append(_Level(name, _identity(status)))
                yield from _scan(here, levels[-1], problem)
                continue
            if len(levels) == 1:
                return
            above, reached = _climbed(top, here, levels)
            os.close(here)
            here = above
            for left in reversed(levels[reached:]):
                yield Found(LEFT, here, left.name, None)
            del levels[reached:]
    finally:
        os.close(here)


def _scan(here: int, level: _Level, problem: Callable[[OSError], None]) -> Iterator[Found]:
    """What is no directory; the names of directories go to the level."""
    try:
        with os.scandir(here) as entries:
            for entry in entries:
                try:
                    status = os.stat(entry.name, dir_fd=here, follow_symlinks=False)
                except OSError as error:
                    problem(error)
                    continue
                if stat.S_ISDIR(status.st_mode):
                    level.inner.append(entry.name)
                else:
                    yield Found(ENTRY, here, entry.name, status)
    except OSError as error:
        problem(error)


def _entered(
    name: str, here: int, level: _Level, problem: Callable[[OSError], None], enter: OpenInner
) -> tuple[str, int, os.stat_result] | None:
    try:
        descriptor = enter(name, here)
    except OSError as error:
        problem(error)
        return None
    status = os.fstat(descriptor)
    if status.st_dev != level.identity[0]:
        os.close(descriptor)
        return None
    return name, descriptor, status


def _climbed(top: int, here: int, levels: list[_Level]) -> tuple[int, int]:
    """
    The directory above: open, and how many levels there are down to it.

    Where the present one was moved meanwhile, what is above it is something else: then the way is taken again from the
    top, as far as it still leads.
    """
    try:
        above = os.open("..", _FLAGS, dir_fd=here)
        if _identity(os.fstat(above)) == levels[-2].identity:
            return above, len(levels) - 1
        os.close(above)
    except OSError:
        pass
    reached = os.open(".", _FLAGS, dir_fd=top)
    for number, level in enumerate(levels[1:-1], 1):
        try:
            inner = open_inner(level.name, reached)
        except OSError:
            return reached, number
        if _identity(os.fstat(inner)) != level.identity:
            os.close(inner)
            return reached, number
        os.close(reached)
        reached = inner
    return reached, len(levels) - 1


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def disk_usage(top: int) -> tuple[int, int]:
    """
    The bytes that a tree takes from its disk, and how many regular files it has.

    Bytes are those of allocated blocks, directories' too: a file with holes counts for what it has, a small one for a
    whole block, and one with several names once.  What cannot be looked at is not counted.
    """
    size = os.fstat(top).st_blocks
    files = 0
    seen: set[int] = set()
    for found in walk(top):
        status = found.status
        if status is None:
            continue
        if stat.S_ISREG(status.st_mode):
            files += 1
            if status.st_nlink > 1:
                if status.st_ino in seen:
                    continue
                seen.add(status.st_ino)
        size += status.st_blocks
    return size * 512, files
