"""
From a container's record to what the Docker engine is to run: decided before anything is touched.

Each C{tmp} mount is a directory of its own below the job's working directory on the node, which the container sees at
the mount's path.  The environment is the image's and the record's.  Not here: making the directories
(L{arvgate.runner.workdir}), and whether a directory of the node that is to be mounted is what it seems
(L{arvgate.runner.docker.host_directories}).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from arvgate.errors import EngineRefused, Invalid
from arvgate.interfaces import Bind, JobPlan
from arvgate.model.records import Record
from arvgate.runner.env_document import HostDirectory
from arvgate.runner.plan import (
    ApiAccess,
    Places,
    Plan,
    checked_command,
    checked_environment,
    is_passable,
    mount_path,
)

__all__ = ["CA_FILE", "make_plan"]

#: Where a container finds the authority of the API, which is where Arvados' SDK looks too.
CA_FILE: Final = "/etc/arvados/ca-certificates.crt"

_STREAMS: Final = ("stdin", "stdout", "stderr")


def make_plan(record: Record, places: Places, api: ApiAccess | None, listed: Sequence[HostDirectory] = ()) -> Plan:
    """
    The plan for a container's record.

    @param api: access to the API, for containers whose C{runtime_constraints.API} is true.
    @param listed: directories of the node that containers may mount.
    @raise EngineRefused: the Docker engine has not what the container needs.
    @raise Invalid: the record makes no sense.
    """
    mounts = _Mounts(places.workdir, listed)
    for target, mount in sorted((record.get("mounts") or {}).items()):
        if target not in _STREAMS:
            mounts.add(mount_path(target), mount)
    environment = checked_environment(record.get("environment") or {})
    if api is not None:
        environment |= {"ARVADOS_API_HOST": api.host, "ARVADOS_API_TOKEN": api.token}
        if api.ca:
            mounts.add_text(CA_FILE, api.ca)
            environment["SSL_CERT_FILE"] = CA_FILE
    constraints = record.get("runtime_constraints") or {}
    streams = {name: (record.get("mounts") or {}).get(name) for name in _STREAMS}
    job = JobPlan(
        uuid=record["uuid"],
        lock_count=record["lock_count"],
        command=checked_command(record),
        environment=environment,
        cwd=_cwd(record.get("cwd") or "."),
        workdir=places.workdir,
        stdout=posixpath.join(places.logs, "stdout.txt"),
        stderr=posixpath.join(places.logs, "stderr.txt"),
        log_limit=places.log_limit,
        vcpus=constraints.get("vcpus") or 1,
        ram=constraints.get("ram") or 0,
        image=record.get("container_image") or "",
        stdin=mounts.stdin(streams["stdin"]),
        redirects={name: mounts.redirect(name, streams[name]) for name in ("stdout", "stderr") if streams[name]},
        network=bool(constraints.get("API")),
        binds=tuple(mounts.binds),
        memory_directories=mounts.memory,
    )
    output = mounts.directories.get(mount_path(record.get("output_path") or "/"), "")
    return Plan(job, mounts.all_directories(), mounts.files, mounts.shared(), output)


class _Mounts:
    """
    The mounts of one container, as they are added.

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
        self._inner: list[str] = []

    def add(self, target: str, mount: Any) -> None:
        """Add what the record has at a path."""
        if target == "/":
            raise Invalid("Nothing can be mounted at /, which is the image")
        kind = mount.get("kind") if isinstance(mount, dict) else None
        if kind == "tmp" and mount.get("device_type") == "ram":
            self.memory[target] = int(mount.get("capacity") or 0)
        elif kind == "tmp":
            self._add_directory(target)
        elif kind == "text":
            self.add_text(target, str(mount.get("content") or ""))
        elif kind == "json":
            self.add_text(target, json.dumps(mount.get("content")))
        elif kind == "arvgate_host":
            self._add_host(target, mount)
        else:
            raise EngineRefused(
                f"The Docker engine mounts kinds tmp, text, json and arvgate_host, not {kind} at {target}."
            )

    def add_text(self, target: str, text: str) -> None:
        """A file with that text; in a directory that is the container's own it stands there like any other."""
        if not _encodable(text):
            raise Invalid(f"The text at {target!r} has characters that no file can have")
        inside = self._on_node(target)
        if inside:
            self._inner.extend(_between(self._owner(target), posixpath.dirname(target), self.directories))
            self.files[inside] = text
            return
        source = posixpath.join(self._workdir, f"file{len(self.files)}")
        self.files[source] = text
        self.binds.append(Bind(source, target))

    def stdin(self, mount: Any) -> str:
        """The file on the node that is the job's stdin; empty: none."""
        if not mount:
            return ""
        kind = mount.get("kind")
        if kind not in ("text", "json"):
            raise EngineRefused(f"The Docker engine takes stdin from kinds text and json, not {kind}.")
        path = posixpath.join(self._workdir, "stdin")
        content = mount.get("content")
        self.files[path] = str(content or "") if kind == "text" else json.dumps(content)
        if not _encodable(self.files[path]):
            raise Invalid("The text of stdin has characters that no file can have")
        return path

    def redirect(self, name: str, mount: Any) -> str:
        """The file on the node that a stream goes to."""
        if mount.get("kind") != "file":
            raise EngineRefused(f"{name} goes to a mount of kind file, not {mount.get('kind')}.")
        path = mount_path(str(mount.get("path") or ""))
        on_node = self._on_node(path)
        if not on_node or path in self.directories:
            raise Invalid(f"{name} must go to a file below a mount of kind tmp, not {path}")
        if on_node in self.files:
            raise Invalid(f"{name} goes to {path}, where another mount has a file")
        self._inner.extend(_between(self._owner(path), posixpath.dirname(path), self.directories))
        return on_node

    def all_directories(self) -> Sequence[str]:
        """Every directory on the node that is to be made, parents first, each once."""
        return tuple(dict.fromkeys([self._workdir, *self.directories.values(), *self._inner]))

    def shared(self) -> Sequence[str]:
        """What is for whoever the container runs as: all but the working directory, through which nobody comes."""
        return (*self.all_directories()[1:], *self.files)

    def _add_directory(self, target: str) -> None:
        source = posixpath.join(self._workdir, f"mount{len(self.directories)}")
        self.directories[target] = source
        self.binds.append(Bind(source, target, writable=True))

    def _add_host(self, target: str, mount: Mapping[str, Any]) -> None:
        path = mount_path(str(mount.get("path") or ""))
        owners = [one for one in self._listed if path == one.path or path.startswith(one.path.rstrip("/") + "/")]
        if not owners:
            raise EngineRefused(
                f"{path} is not below a directory that this cluster's configuration offers to containers."
            )
        owner = max(owners, key=lambda one: len(one.path))
        writable = bool(mount.get("writable"))
        if writable and not owner.writable:
            raise EngineRefused(f"{owner.path} may be mounted for reading only.")
        self.binds.append(Bind(path, target, writable, below=owner.path))

    def _owner(self, path: str) -> str:
        """The C{tmp} mount that a path in the container is in; empty: none."""
        found = [target for target in self.directories if path == target or path.startswith(target + "/")]
        return max(found, key=len, default="")

    def _on_node(self, path: str) -> str:
        owner = self._owner(path)
        return posixpath.join(self.directories[owner], posixpath.relpath(path, owner)) if owner else ""


def _between(owner: str, directory: str, directories: Mapping[str, str]) -> Sequence[str]:
    """The directories on the node from below the mount C{owner} down to C{directory} in it."""
    found, at = [], directories[owner]
    for name in posixpath.relpath(directory, owner).split("/"):
        if name != ".":
            at = posixpath.join(at, name)
            found.append(at)
    return found


def _cwd(cwd: str) -> str:
    """Empty for the image's own."""
    if not is_passable(cwd):
        raise Invalid("The container's cwd has characters that no path can have")
    if cwd == ".":
        return ""
    if not cwd.startswith("/"):
        raise Invalid("The container's cwd must be an absolute path, or . for the image's own")
    return cwd


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
