"""
The job's own directory on the node: made before it starts, removed when it has ended.

Not here: what belongs into it (L{arvgate.runner.plan}).
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable

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
            _give(directory, account)
        for path, text in plan.files.items():
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            _give(path, account)
    except OSError as error:
        raise EngineFailed(detail=f"the working directory cannot be made: {error}") from error


def remove_directory(path: str, failed: Callable[[OSError], None] | None = None) -> None:
    """
    Remove a directory with all that is in it; nothing happens if it is not there.

    Blocks.  Symbolic links are removed, never followed.

    @param failed: told of what cannot be removed; without it that is raised as OSError.
    """

    def problem(function: object, name: str, info: tuple[type[BaseException], BaseException, object]) -> None:
        error = info[1]
        if isinstance(error, FileNotFoundError):
            return
        if failed is None or not isinstance(error, OSError):
            raise error
        failed(error)

    shutil.rmtree(path, onerror=problem)


def _give(path: str, account: Account | None) -> None:
    if account is not None and account.uid != os.geteuid():
        os.chown(path, account.uid, account.gid)


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
