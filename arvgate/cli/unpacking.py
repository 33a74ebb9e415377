"""
Unpacking a directory of a container's output, which is a stranger's, as it comes.

What would lie outside of the place to unpack to, and links that lead out of it, are left out and told.  Links are made
when all else is there, so that nothing is written through one of them.  Not here: single files
(L{arvgate.cli.downloading}).
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast

from arvgate.cli.client import ApiClient, Download
from arvgate.cli.downloading import refuse_existing
from arvgate.cli.progress import shown_progress
from arvgate.errors import PeerFault

__all__ = ["unpack"]

_PIECE: Final = 128 * 1024


def unpack(client: ApiClient, path: str, directory: Path, force: bool, what: str) -> Sequence[str]:
    """
    Unpack the directory at C{path} of the API into C{directory}, which is made.

    @param force: existing files are replaced.
    @return: what was left out, and why: a sentence each.
    @raise Invalid: something is there already.
    @raise PeerFault: the stream is no tar file, or ends early.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with client.opened(path, {"Accept": "application/x-tar"}) as content, shown_progress(what, None) as advance:
        stream = _Stream(content, advance)
        unpacking = _Unpacking(directory, force)
        try:
            with tarfile.open(fileobj=cast(Any, stream), mode="r|", errors="surrogateescape") as tar:
                for member in tar:
                    unpacking.take(tar, member)
                unpacking.finish(tar)
        except tarfile.ReadError as error:
            raise PeerFault(f"What was sent is no whole tar file ({error}).") from None
        # Only the end of the answer says that the tar file is whole.
        while stream.read(_PIECE):
            continue
    return unpacking.left_out


class _Stream:
    """Tells of what is read."""

    def __init__(self, content: Download, advance: Callable[[int], None]) -> None:
        self._content = content
        self._advance = advance

    def read(self, size: int) -> bytes:
        data = self._content.read(size)
        self._advance(len(data))
        return data


class _Unpacking:
    """
    Members of a tar file as they become files.

    @ivar left_out: a sentence for each that does not.
    """

    def __init__(self, directory: Path, force: bool) -> None:
        self.left_out: list[str] = []
        self._directory = directory
        self._force = force
        self._links: list[tarfile.TarInfo] = []
        self._directories: list[tarfile.TarInfo] = []

    def take(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        """Make a file or directory; links wait."""
        # Else it keeps all that it has seen.
        tar.members = []  # type: ignore[attr-defined]
        if member.issym():
            self._links.append(member)
        elif member.islnk():
            self.left_out.append(f"{member.name} is left out: it is another file's name.")
        elif not member.isdir():
            self._extract(tar, member)
        elif self._extract(tar, member.replace(mode=0o700, deep=False)):
            # One that others may not enter is one only when all is in it.
            self._directories.append(member)

    def finish(self, tar: tarfile.TarFile) -> None:
        """Give directories their modes, and make the links."""
        for member in self._directories:
            (self._directory / member.name).chmod(member.mode & 0o755 | 0o700)
        for member in self._links:
            self._extract(tar, member)

    def _extract(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> bool:
        try:
            checked = tarfile.data_filter(member, str(self._directory))
        except tarfile.FilterError as error:
            self.left_out.append(f"{member.name} is left out: {error}.")
            return False
        target = self._directory / checked.name
        if not checked.isdir():
            refuse_existing(target, self._force)
            target.unlink(missing_ok=True)
        tar.extract(checked, str(self._directory), filter="fully_trusted")
        return True
