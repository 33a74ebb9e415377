"""
The mounts of a container's record, as directories and files on the node and what the container sees of them.

Pure.  What lies in a C{tmp} mount is a file or a directory of it, so that it is in the output too; the rest is mounted
one by one.  Not here: the rest of a plan (L{arvgate.runner.docker.plan}).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from arvgate.errors import EngineRefused, Invalid
from arvgate.interfaces import Bind
from arvgate.runner.env_document import HostDirectory
from arvgate.runner.plan import mount_path

__all__ = ["STREAMS", "Mounts"]

#: Names of mounts that are no paths.
STREAMS: Final = ("stdin", "stdout", "stderr")

#: Where a container has what the kernel, Docker or its init process need; C{/dev/shm} is for everybody.
_TREES: Final = (
    *("/proc", "/sys", "/dev", "/sbin/docker-init"),
    *("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/.dockerenv"),
)
_FREE: Final = "/dev/shm"
#: In these Docker mounts files of its own.
_PLACES: Final = ("/etc", "/sbin")
_MOST_BYTES: Final = (1 << 63) - 1


class Mounts:
    """
    The mounts of one container, as they are added: those above others first.

    @ivar binds: what is mounted of the node.
    @ivar memory: path in the container of a directory in memory, to its bytes.
    @ivar directories: path in the container to directory on the node, of C{tmp} mounts.
    @ivar files: path on the node to text.
    """

    def __init__(self, workdir: str, listed: Iterable[HostDirectory]) -> None:
        self.binds: list[Bind] = []
        self.memory: dict[str, int] = {}
        self.directories: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self._workdir = workdir
        self._listed = tuple(listed)
        self._made = {workdir: None}
        self._closed: dict[str, str] = {}

    def add_all(self, mounts: Mapping[str, Any]) -> None:
        """
        Add those of a record; its streams are none.

        @raise Invalid: they make no sense.
        @raise EngineRefused: the engine has not what they need.
        """
        found: dict[str, Any] = {}
        for target, mount in mounts.items():
            if target in STREAMS:
                continue
            path = mount_path(target)
            if path in found:
                raise Invalid(f"There are two mounts at {path}")
            found[path] = mount
        for path, mount in sorted(found.items()):
            self._add(path, mount)

    def add_text(self, target: str, text: Any) -> None:
        """A file with that text; in a directory that is the container's own it stands there like any other."""
        _check_text(target, text)
        self._check_place(target)
        self._closed[target] = "a file"
        inside = self._on_node(target)
        if inside:
            self._make_above(target)
            self.files[inside] = text
            return
        source = posixpath.join(self._workdir, f"file{len(self.files)}")
        self.files[source] = text
        self.binds.append(Bind(source, target))

    def stdin(self, mount: Any) -> str:
        """The file on the node that is the job's stdin; empty: none."""
        if mount is None:
            return ""
        kind = _kind(mount)
        if kind not in ("text", "json"):
            raise EngineRefused(f"The Docker engine takes stdin from kinds text and json, not {kind}.")
        path = posixpath.join(self._workdir, "stdin")
        content = mount.get("content")
        text = (content or "") if kind == "text" else json.dumps(content)
        _check_text("stdin", text)
        self.files[path] = text
        return path

    def redirect(self, name: str, mount: Any) -> str:
        """The file on the node that a stream goes to."""
        if _kind(mount) != "file":
            raise EngineRefused(f"{name} goes to a mount of kind file, not {_kind(mount)}.")
        path = mount_path(str(mount.get("path") or ""))
        on_node = self._on_node(path)
        if not on_node or on_node in self._made:
            raise Invalid(f"{name} must go to a file below a mount of kind tmp, not {path}")
        self._check_place(path)
        self._closed[path] = "a file"
        self._make_above(path)
        return on_node

    def all_directories(self) -> Sequence[str]:
        """Every directory on the node that is to be made, parents first, each once; the first is the working one."""
        return tuple(self._made)

    def shared(self) -> Sequence[str]:
        """What is for whoever the container runs as: all but the working directory, through which nobody comes."""
        return (*self.all_directories()[1:], *self.files)

    def _add(self, target: str, mount: Any) -> None:
        kind = _kind(mount)
        if kind == "tmp" and mount.get("device_type") == "ram":
            self._check_place(target)
            self.memory[target] = _bytes(target, mount.get("capacity"))
        elif kind == "tmp":
            self._add_directory(target)
        elif kind == "text":
            self.add_text(target, mount.get("content") or "")
        elif kind == "json":
            self.add_text(target, json.dumps(mount.get("content")))
        elif kind == "arvgate_host":
            self._add_host(target, mount)
        else:
            raise EngineRefused(
                f"The Docker engine mounts kinds tmp, text, json and arvgate_host, not {kind} at {target}."
            )

    def _add_directory(self, target: str) -> None:
        self._check_place(target)
        inside = self._on_node(target)
        if inside:
            self._make_above(target)
        else:
            inside = posixpath.join(self._workdir, f"mount{len(self.directories)}")
            self.binds.append(Bind(inside, target, writable=True))
        self._made[inside] = None
        self.directories[target] = inside

    def _add_host(self, target: str, mount: Mapping[str, Any]) -> None:
        path = mount_path(str(mount.get("path") or ""))
        owner = max(
            (one for one in self._listed if _is_in(path, one.path)), key=lambda one: len(one.path), default=None
        )
        if owner is None:
            raise EngineRefused(
                f"{path} is not below a directory that this cluster's configuration offers to containers."
            )
        writable = mount.get("writable") or False
        if not isinstance(writable, bool):
            raise Invalid(f"The mount at {target} is writable or not: true or false")
        if writable and not owner.writable:
            raise EngineRefused(f"{owner.path} may be mounted for reading only.")
        self._check_place(target)
        self._closed[target] = "a directory of the node"
        self.binds.append(Bind(path, target, writable, below=owner.path))

    def _check_place(self, target: str) -> None:
        """
        Whether there may be something at a path.

        @raise Invalid: there is something already, or a file above it.
        @raise EngineRefused: it belongs to somebody else.
        """
        if target == "/":
            raise Invalid("Nothing can be mounted at /, which is the image")
        if target in _PLACES or (any(_is_in(target, tree) for tree in _TREES) and not _is_in(target, _FREE)):
            raise EngineRefused(f"Nothing can be mounted at {target}: Docker needs what is there.")
        if target in self._closed or target in self.directories or target in self.memory:
            raise Invalid(f"There are two mounts at {target}")
        for above in _above(target):
            what = self._closed.get(above)
            if what is not None:
                raise Invalid(f"Nothing can be mounted at {target}, since {above} is {what}")

    def _owner(self, path: str) -> str:
        """The C{tmp} mount that a path in the container is in; empty: none."""
        for above in (path, *_above(path)):
            if above in self.memory:
                return ""
            if above in self.directories:
                return above
        return ""

    def _on_node(self, path: str) -> str:
        owner = self._owner(path)
        return (
            posixpath.normpath(posixpath.join(self.directories[owner], posixpath.relpath(path, owner))) if owner else ""
        )

    def _make_above(self, target: str) -> None:
        """The directories on the node between a C{tmp} mount and a path in it are to be made."""
        owner = self._owner(target)
        for above in reversed([place for place in _above(target) if _is_in(place, owner)]):
            self._made.setdefault(self._on_node(above))


def _above(path: str) -> Iterator[str]:
    """The directories that a path is in, the nearest first; not the root."""
    while (path := posixpath.dirname(path)) != "/":
        yield path


def _is_in(path: str, directory: str) -> bool:
    """Whether a path is a directory or below it."""
    directory = directory.rstrip("/")
    return path == (directory or "/") or path.startswith(directory + "/")


def _kind(mount: Any) -> Any:
    return mount.get("kind") if isinstance(mount, Mapping) else None


def _bytes(target: str, capacity: Any) -> int:
    size = capacity or 0
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _MOST_BYTES:
        raise Invalid(f"The capacity of the mount at {target} is not a number of bytes")
    return size


def _check_text(target: str, text: Any) -> None:
    if not isinstance(text, str):
        raise Invalid(f"The content of the mount at {target!r} is no text")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid(f"The text at {target!r} has characters that no file can have")
