"""
A part of this machine's files as a tar stream, every file at its own place, with the libraries that programs need.

Not here: which files are wanted (L{arvgate.cli.interpreter_image}).
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tarfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

import attrs

from arvgate.errors import EngineFailed

__all__ = ["FileTree", "libraries_of"]

_LIBRARY: Final = re.compile(r"\.so(\.\d+)*\Z")
_RESOLVED: Final = re.compile(r"^\s+(?:\S+ => )?(/\S+) \(0x", re.MULTILINE)
_LINKS: Final = 40
_LDD_SECONDS: Final = 60


@attrs.frozen
class _Entry:
    """
    One member of the stream.

    @ivar content: of a file: where it is, or the bytes themselves.
    """

    info: tarfile.TarInfo
    content: Path | bytes = b""


class FileTree:
    """
    Files to be put elsewhere: owned by root, readable by all, without setuid.

    What was added first stays.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def directory(self, path: str, mode: int = 0o755) -> None:
        """An empty directory that need not exist here."""
        self._put(path, tarfile.DIRTYPE, mode)

    def text(self, path: str, content: str) -> None:
        """A file that need not exist here."""
        self._put(path, tarfile.REGTYPE, 0o644, content=content.encode())

    def link(self, path: str, target: str) -> None:
        """A symbolic link that need not exist here."""
        self._put(path, tarfile.SYMTYPE, 0o777, target=target)

    def file(self, path: str, source: Path) -> None:
        """A file of this machine at another place."""
        self._put(path, tarfile.REGTYPE, 0o755 if os.access(source, os.X_OK) else 0o644, content=source)

    def add(self, path: Path, left_out: Callable[[Path], bool] = lambda path: False) -> None:
        """
        A file, or a directory with all that is in it, at its own place, and what symbolic links on the way lead to.

        Devices and sockets are passed over.

        @param path: absolute.
        @param left_out: tells of what is in a directory, with its own place, whether it stays out.
        @raise OSError: it does not exist.
        """
        real = self._reach(path)
        if stat.S_ISREG(real.stat().st_mode):
            self.file(str(real), real)
        elif real.is_dir():
            self._put(str(real), tarfile.DIRTYPE, 0o755)
            for child in sorted(real.iterdir()):
                if left_out(child):
                    continue
                if child.exists():
                    self.add(child, left_out)
                elif child.is_symlink():
                    self.link(str(child), os.readlink(child))

    def libraries(self) -> Iterator[Path]:
        """The shared libraries among its files, and extension modules."""
        for name, entry in self._entries.items():
            if isinstance(entry.content, Path) and _LIBRARY.search(name):
                yield entry.content

    def archive(self) -> Iterator[bytes]:
        """
        The tar stream; at most one file of it is in memory.

        @raise OSError: a file cannot be read, or became shorter meanwhile.
        """
        sink = _Sink()
        with tarfile.open(mode="w|", fileobj=cast(Any, sink), format=tarfile.PAX_FORMAT) as tar:
            for name in list(self._entries):
                entry = self._entries[name]
                if isinstance(entry.content, Path):
                    with entry.content.open("rb") as file:
                        entry.info.size = os.fstat(file.fileno()).st_size
                        tar.addfile(entry.info, file)
                else:
                    tar.addfile(entry.info, BytesIO(entry.content))
                yield from sink.taken()
        yield from sink.taken()

    def _reach(self, path: Path) -> Path:
        """Add the directories and links on the way; where C{path} really is."""
        where, parts, links = Path("/"), deque(path.parts[1:]), 0
        while parts:
            part = parts.popleft()
            if part == "..":
                where = where.parent
                continue
            here = where / part
            if here.is_symlink() and links < _LINKS:
                links += 1
                target = Path(os.readlink(here))
                self.link(str(here), str(target))
                parts.extendleft(reversed(target.parts[target.is_absolute() :]))
                where = Path("/") if target.is_absolute() else where
                continue
            if parts:
                self.directory(str(here))
            where = here
        return where

    def _put(self, path: str, kind: bytes, mode: int, content: Path | bytes = b"", target: str = "") -> None:
        name = path.strip("/")
        if not name or name in self._entries:
            return
        parent = os.path.dirname(name)
        if parent:
            self._put(parent, tarfile.DIRTYPE, 0o755)
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.linkname = kind, mode, target
        info.size = len(content) if isinstance(content, bytes) else 0
        self._entries[name] = _Entry(info, content)


class _Sink:
    """What tarfile writes to; C{taken} is what it wrote since the last time."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep it."""
        self._pieces.append(data)
        return len(data)

    def taken(self) -> Iterator[bytes]:
        """Give it away."""
        pieces, self._pieces = self._pieces, []
        yield from pieces


def libraries_of(programs: Iterable[Path]) -> frozenset[Path]:
    """
    The shared libraries that programs, libraries and extension modules need, and the loader, as the loader finds them.

    @raise EngineFailed: this machine cannot tell.
    """
    command = ["ldd", *map(str, programs)]
    try:
        # Its status is no use: it is a failure already if one of them needs no library.
        told = subprocess.run(command, capture_output=True, text=True, timeout=_LDD_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineFailed("The libraries of the Python interpreter cannot be found out.", detail=str(error)) from None
    return frozenset(Path(match) for match in _RESOLVED.findall(told.stdout))
