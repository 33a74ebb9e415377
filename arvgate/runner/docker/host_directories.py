"""
Directories of the node that containers mount, opened so that no link leads out of what the admin has offered.

Whoever may write into such a directory could put a link there between a check and the mount; so what was checked is
held open, and the daemon mounts what is open (as a volume: a bind would be made in the container's own mount namespace,
where the kernel refuses it).  Not here: what is offered (L{arvgate.runner.docker.plan}).
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Sequence
from contextlib import ExitStack

import attrs

from arvgate.errors import EngineRefused
from arvgate.interfaces import Bind

__all__ = ["open_binds"]

_FLAGS = os.O_PATH | os.O_CLOEXEC


def open_binds(binds: Sequence[Bind], held: ExitStack, pid: int) -> Sequence[Bind]:
    """
    The same binds, with sources that stay what they are until C{held} is closed.

    @param pid: of this process, in which the daemon finds them.
    @raise EngineRefused: there is no such directory, or a link leads to it.
    """
    return tuple(_opened(bind, held, pid) if bind.below else bind for bind in binds)


def _opened(bind: Bind, held: ExitStack, pid: int) -> Bind:
    names = [name for name in posixpath.relpath(bind.source, bind.below).split("/") if name != "."]
    try:
        descriptor = os.open(bind.below, _FLAGS)
        try:
            for name in names:
                inner = os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
                if stat.S_ISLNK(os.fstat(descriptor).st_mode):
                    raise EngineRefused(f"{bind.source} is a symbolic link, or below one; mount what it leads to.")
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise EngineRefused(f"{bind.source} is no directory, and nothing else of the node can be mounted.")
        except BaseException:
            os.close(descriptor)
            raise
    except OSError as error:
        raise EngineRefused(f"{bind.source} cannot be mounted: {error.strerror}.") from error
    held.callback(os.close, descriptor)
    return attrs.evolve(bind, source=f"/proc/{pid}/fd/{descriptor}")
