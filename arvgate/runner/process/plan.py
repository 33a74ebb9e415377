"""
From a container's record to what the process engine is to run: decided before anything is touched.

Each C{tmp} mount becomes a directory below the job's working directory, at the mount's path: C{/out} is C{$HOME/out}.
The environment is the record's and what stands in L{_surroundings}; nothing of the runner's own.  Not here: making the
directories (L{arvgate.runner.workdir}).
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Final

from arvgate.errors import EngineRefused, Invalid
from arvgate.interfaces import JobPlan
from arvgate.model.records import Record
from arvgate.runner.plan import (
    ApiAccess,
    Places,
    Plan,
    checked_command,
    checked_environment,
    is_passable,
    mount_path,
)

__all__ = ["make_plan"]

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CA_FILE: Final = ".arvgate-ca.pem"


def make_plan(record: Record, places: Places, api: ApiAccess | None) -> Plan:
    """
    The plan for a container's record.

    @param api: access to the API, for containers whose C{runtime_constraints.API} is true.
    @raise EngineRefused: the process engine has not what the container needs.
    @raise Invalid: the record makes no sense.
    """
    command = checked_command(record)
    mounts = _mounts(record.get("mounts") or {}, places.workdir)
    environment = _surroundings(places.workdir) | checked_environment(record.get("environment") or {})
    files: dict[str, str] = {}
    if api is not None:
        environment |= {"ARVADOS_API_HOST": api.host, "ARVADOS_API_TOKEN": api.token}
        if api.ca:
            ca_file = posixpath.join(places.workdir, _CA_FILE)
            files[ca_file] = api.ca
            environment["SSL_CERT_FILE"] = ca_file
    constraints = record.get("runtime_constraints") or {}
    directories = _with_parents(places.workdir, [environment["TMPDIR"], *mounts.values()])
    for name in files.keys() & set(directories):
        raise Invalid(f"The mount /{posixpath.basename(name)} is where a file of the runner belongs")
    job = JobPlan(
        uuid=record["uuid"],
        lock_count=record["lock_count"],
        command=command,
        environment=environment,
        cwd=_cwd(record.get("cwd") or ".", mounts),
        workdir=places.workdir,
        stdout=posixpath.join(places.logs, "stdout.txt"),
        stderr=posixpath.join(places.logs, "stderr.txt"),
        log_limit=places.log_limit,
        vcpus=constraints.get("vcpus") or 1,
        ram=constraints.get("ram") or 0,
        image=record.get("container_image") or "",
    )
    output = record.get("output_path") or ""
    return Plan(job, directories, files, output=mounts.get(mount_path(output), "") if output else "")


def _surroundings(workdir: str) -> dict[str, str]:
    """What every job finds in its environment unless its record says otherwise."""
    return {"HOME": workdir, "PATH": _PATH, "TMPDIR": posixpath.join(workdir, "tmp"), "LANG": "C.UTF-8"}


def _mounts(mounts: Mapping[str, Any], workdir: str) -> dict[str, str]:
    """Each mount's path in the container to its directory on the node."""
    found: dict[str, str] = {}
    for target, mount in mounts.items():
        kind = mount.get("kind") if isinstance(mount, dict) else None
        if kind != "tmp":
            raise EngineRefused(f"The process engine mounts only empty directories (kind tmp), not {kind} at {target}.")
        found[mount_path(target)] = _below(workdir, target)
    return found


def _below(workdir: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(workdir, path.lstrip("/")))


def _cwd(cwd: str, mounts: Mapping[str, str]) -> str:
    """
    The directory to start in: a relative one counts from the working directory, one in a mount is that mount's, any
    other absolute one is the node's own.
    """
    if not is_passable(cwd):
        raise Invalid("The container's cwd has characters that no path can have")
    if not cwd.startswith("/"):
        return cwd
    path = posixpath.normpath("/" + cwd.strip("/"))
    for target in sorted(mounts, key=len, reverse=True):
        if path == target or path.startswith(target.rstrip("/") + "/"):
            return posixpath.normpath(posixpath.join(mounts[target], posixpath.relpath(path, target)))
    return path


def _with_parents(workdir: str, directories: Sequence[str]) -> Sequence[str]:
    """C{workdir}, C{directories} and all between, each once, parents first; what lies elsewhere is left out."""
    found = [workdir]
    for directory in directories:
        outside = directory != workdir and not directory.startswith(workdir + "/")
        if outside or ".." in directory.split("/"):
            continue
        path = workdir
        for name in directory[len(workdir) :].strip("/").split("/"):
            path = posixpath.join(path, name) if name else path
            if path not in found:
                found.append(path)
    return tuple(found)
