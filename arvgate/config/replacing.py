"""
Files that are replaced as a whole: whoever reads sees the old or the new one, also after a loss of power.

Not here: what is in them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["back_up", "replace_file"]


def replace_file(path: Path, content: bytes) -> None:
    """
    Give the file C{path} other content, with its mode and owner; of a link, the file that it leads to.

    @raise OSError: it could not be done; the file is as before.
    """
    _put(Path(os.path.realpath(path)), content, os.stat(path))


def back_up(path: Path) -> Path:
    """
    Copy a file, with its mode and owner, beside itself; an earlier copy is replaced.

    @return: where the copy is.
    """
    copy = path.with_name(f"{path.name}.before-rotation")
    _put(copy, path.read_bytes(), os.stat(path))
    return copy


def _put(path: Path, content: bytes, like: os.stat_result) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _liken(file.fileno(), like)
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    _settle(path.parent)


def _liken(descriptor: int, like: os.stat_result) -> None:
    """Only then the mode: giving a file away takes bits of it."""
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, like.st_mode & 0o7777)


def _settle(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
