"""
What a container leaves in its output directory, kept on the node after its end.

The tree is a stranger's and may be anything.  It becomes one that only this account can enter, in which everything can
be read and nothing gives rights or is a device.  Not here: when (L{arvgate.runner.lifecycle}), how long
(L{arvgate.dispatch.outputs}), and reading it (L{arvgate.edge.api.container_output}).
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

import attrs

from arvgate.errors import EngineFailed
from arvgate.files.facts import write_facts
from arvgate.files.walking import ENTRY, disk_usage, open_inner, open_tree, walk
from arvgate.runner.output_copy import copy_tree
from arvgate.runner.workdir import remove_directory

__all__ = ["KeptOutput", "OutputFacts", "keep_output", "measure"]

#: Set-user-id, set-group-id and sticky: nothing that a result needs.
_SPECIAL_BITS: Final = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX
#: A tree cannot be moved from where it is: another file system, or a directory that is not ours.
_NOT_MOVABLE: Final = (errno.EXDEV, errno.EACCES, errno.EPERM)
_ROUNDS: Final = 10


@attrs.frozen
class OutputFacts:
    """
    Whose output it is.

    @ivar lock_count: of the cycle that made it.
    @ivar finished_at: when the container ended, in seconds of Unix time.
    """

    container_uuid: str
    user_uuid: str
    lock_count: int
    finished_at: float


@attrs.frozen
class KeptOutput:
    """
    What was kept.

    @ivar bytes: that it takes on the disk (see L{disk_usage}); C{files}: how many regular files.
    @ivar left_out: devices, pipes and sockets, which are not kept.
    @ivar unreadable: what could not be made readable.
    """

    bytes: int
    files: int
    left_out: int = 0
    unreadable: int = 0

    @property
    def note(self) -> str:
        """A sentence on what is missing; empty if nothing is."""
        missing = []
        if self.left_out:
            missing.append(f"devices, pipes or sockets ({self.left_out})")
        if self.unreadable:
            missing.append(f"files or directories that cannot be read ({self.unreadable})")
        return f"The output is kept without {' and '.join(missing)}." if missing else ""


def measure(path: str) -> tuple[int, int]:
    """
    The bytes that a directory takes on the disk, and its regular files (see L{disk_usage}); blocks.

    @raise OSError: it cannot be opened.
    """
    top = open_tree(path)
    try:
        return disk_usage(top)
    finally:
        os.close(top)


def keep_output(source: str, destination: str, facts: OutputFacts) -> KeptOutput:
    """
    Move the directory C{source} to C{destination} and write C{destination.json} about it; blocks.

    What is there from an earlier attempt is given up only when the new one is complete: a crash leaves one of them
    whole, at its place or where L{arvgate.dispatch.outputs} finds it.

    @raise EngineFailed: the file system refuses; the sentence says why, and the earlier output is whole.
    """
    try:
        left_out, unreadable = _tamed(source)
        size, files = measure(source)
        kept = KeptOutput(size, files, left_out, unreadable)
        staged = _staged_facts(destination, facts, kept)
        try:
            unreadable += _placed(source, destination)
            os.rename(staged, f"{destination}.json")
        except BaseException:
            if os.path.lexists(staged):
                os.unlink(staged)
            raise
        _sync(os.path.dirname(destination))
    except OSError as error:
        reason = error.strerror or "it failed"
        raise EngineFailed(f"The container's output could not be kept: {reason}.", detail=str(error)) from error
    return attrs.evolve(kept, unreadable=unreadable)


def _tamed(path: str) -> tuple[int, int]:
    """Shut the tree off from others and take out of it what could do harm; what was left out, and what stays unread."""
    left_out = 0
    problems: list[OSError] = []
    top = _own(path, None)
    try:
        _chown(top)
        for found in walk(top, problems.append, _own):
            if found.kind != ENTRY or found.status is None:
                continue
            try:
                if not _is_plain(found.name, found.directory, found.status):
                    left_out += 1
            except FileNotFoundError:
                continue
            except OSError as error:
                problems.append(error)
    finally:
        os.close(top)
    return left_out, len(problems)


def _is_plain(name: str, directory: int, status: os.stat_result) -> bool:
    """Make a file readable and nothing more; anything but files and links is removed."""
    if stat.S_ISLNK(status.st_mode):
        return True
    if not stat.S_ISREG(status.st_mode):
        os.unlink(name, dir_fd=directory)
        return False
    mode = stat.S_IMODE(status.st_mode)
    if mode & _SPECIAL_BITS or not mode & stat.S_IRUSR:
        seen = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
        try:
            now = os.fstat(seen).st_mode
            if stat.S_ISREG(now):
                os.chmod(f"/proc/self/fd/{seen}", stat.S_IMODE(now) & ~_SPECIAL_BITS | stat.S_IRUSR)
        finally:
            os.close(seen)
    return True


def _own(name: str, directory: int | None) -> int:
    """Open a directory, having made it one that its owner alone can do anything with."""
    seen = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        status = os.fstat(seen)
        mode = stat.S_IMODE(status.st_mode)
        wanted = stat.S_IRWXU if directory is None else mode & ~_SPECIAL_BITS | stat.S_IRWXU
        if mode != wanted:
            try:
                os.chmod(f"/proc/self/fd/{seen}", wanted)
            except PermissionError:
                if status.st_uid == os.geteuid():
                    raise
        return open_inner(".", seen)
    finally:
        os.close(seen)


def _chown(directory: int) -> None:
    """Give the top to this account, where it may do that: only its own can then enter."""
    if os.geteuid() == 0:
        os.fchown(directory, 0, 0)
        os.fchmod(directory, stat.S_IRWXU)


def _staged_facts(destination: str, facts: OutputFacts, kept: KeptOutput) -> str:
    """The facts in a file beside their place: written first, since that may find no room."""
    parent, name = os.path.split(destination)
    path = os.path.join(parent, f".facts-{name}.json")
    content = {**attrs.asdict(facts), "bytes": kept.bytes, "files": kept.files}
    write_facts(path, path, content)
    return path


def _placed(source: str, destination: str) -> int:
    """Bring the tree to its place; how many parts of it could not be copied."""
    try:
        _exchange(source, destination)
        return 0
    except OSError as error:
        if error.errno not in _NOT_MOVABLE:
            raise
    parent, name = os.path.split(destination)
    incoming = os.path.join(parent, f".incoming-{name}")
    try:
        remove_directory(incoming)
        unread = copy_tree(source, incoming)
        _exchange(incoming, destination)
    except BaseException:
        remove_directory(incoming, lambda error: None)
        raise
    return unread


def _exchange(source: str, destination: str) -> None:
    parent, name = os.path.split(destination)
    replaced = os.path.join(parent, f".replaced-{name}")
    for _ in range(_ROUNDS):
        try:
            os.rename(source, destination)
            break
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        # Who tidies up puts it back if this process is killed here.
        if os.path.lexists(replaced):
            _give_up(replaced)
        os.rename(destination, replaced)
    else:
        raise OSError(errno.EBUSY, "the earlier output keeps coming back")
    if os.path.lexists(replaced):
        _give_up(replaced)


def _give_up(path: str) -> None:
    """Leave a tree for the dispatcher to remove."""
    parent, name = os.path.split(path)
    number = 0
    while os.path.lexists(target := os.path.join(parent, f".left-{name.partition('-')[2]}-{number}")):
        number += 1
    try:
        os.rename(path, target)
    except FileNotFoundError:  # who tidies up was faster
        return


def _sync(directory: str) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
