"""
The job's own directory on the node: made before it starts, removed when it has ended.

Not here: what belongs into it (L{arvgate.runner.plan}).
"""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Callable, Iterator

from arvgate.errors import EngineFailed
from arvgate.runner.account import Account
from arvgate.runner.plan import Plan

__all__ = ["prepare_directories", "remove_directory"]


def prepare_directories(plan: Plan, account: Account | None) -> None:
    """
    Make the plan's directories and files, owned by C{account} if that is not this process's own; what an earlier
    attempt left in the working directory is removed.

    Blocks.

    @raise EngineFailed: the file system refuses; the detail says what.
    """
    workdir = plan.directories[0]
    parent = os.path.dirname(workdir)
    try:
        os.makedirs(parent, mode=0o700, exist_ok=True)
        if account is not None and account.uid != os.geteuid():
            os.chmod(parent, 0o711)
            _check_way(parent, account)
        remove_directory(workdir)
        for directory in plan.directories:
            os.mkdir(directory, 0o700)
        for path, text in plan.files.items():
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
        for path in plan.shared:
            os.chmod(path, 0o644 if path in plan.files else 0o777)
        if account is not None and account.uid != os.geteuid():
            # From the inside out: another job of the account, which might exchange one for a link, never comes in.
            for path in (*plan.files, *reversed(plan.directories)):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise EngineFailed(
            "The node's disk is full." if full else "The container's working directory cannot be made.",
            detail=f"the working directory cannot be made: {error}",
        ) from error


def remove_directory(path: str, failed: Callable[[OSError], None] | None = None) -> None:
    """
    Remove a directory with all that is in it, however deep and whatever its modes; nothing happens if it is not there.

    Blocks.  Symbolic links are removed, never followed.

    @param failed: told of what cannot be removed; without it that is raised as OSError.
    """

    def problem(error: OSError) -> None:
        if failed is None:
            raise error
        failed(error)

    try:
        if _unlinked(path, None):
            return
        top = _open_directory(path, None)
        try:
            _empty(top, problem)
        finally:
            os.close(top)
        os.rmdir(path)
    except FileNotFoundError:
        return
    except OSError as error:
        problem(error)


def _empty(top: int, problem: Callable[[OSError], None]) -> None:
    """Empty an open directory.  What lies deeper is moved up into it, so that depth costs neither stack nor files."""
    kept: set[str] = set()
    numbers = itertools.count()
    while names := set(os.listdir(top)) - kept:
        fresh = (name for name in map(str, numbers) if name not in names and name not in kept)
        for name in names:
            try:
                if not _unlinked(name, top):
                    _lift(name, top, fresh, problem)
                    os.rmdir(name, dir_fd=top)
            except FileNotFoundError:
                continue
            except OSError as error:
                kept.add(name)
                problem(error)


def _lift(name: str, top: int, fresh: Iterator[str], problem: Callable[[OSError], None]) -> None:
    """Remove what is in a directory of C{top}; its own directories are moved to C{top} under fresh names."""
    inner = _open_directory(name, top)
    try:
        for entry in os.listdir(inner):
            try:
                if not _unlinked(entry, inner):
                    os.close(_open_directory(entry, inner))
                    os.rename(entry, next(fresh), src_dir_fd=inner, dst_dir_fd=top)
            except OSError as error:
                problem(error)
    finally:
        os.close(inner)


def _unlinked(name: str, directory: int | None) -> bool:
    """Remove what is no directory; whether it was none."""
    try:
        os.unlink(name, dir_fd=directory)
    except IsADirectoryError:
        return False
    return True


def _open_directory(name: str, directory: int | None) -> int:
    """Open a directory, never by a link, having made it readable and writable for its owner."""
    seen = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        if os.fstat(seen).st_mode & stat.S_IRWXU != stat.S_IRWXU:
            os.chmod(f"/proc/self/fd/{seen}", stat.S_IRWXU)
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=seen)
    finally:
        os.close(seen)


def _check_way(directory: str, account: Account) -> None:
    """Whether the account may pass through C{directory} and all above it."""
    while True:
        entry = os.stat(directory)
        if entry.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif entry.st_gid in account.groups:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not entry.st_mode & needed:
            raise EngineFailed(
                f"The jobs' account {account.name} cannot reach the working directories.",
                detail=f"{directory} has mode {stat.S_IMODE(entry.st_mode):04o}",
            )
        if directory == "/":
            return
        directory = os.path.dirname(directory)
