"""
From a container's record to what the Docker engine is to run: decided before anything is touched.

Each C{tmp} mount is a directory of its own below the job's working directory on the node, which the container sees at
the mount's path.  The environment is the image's and the record's.  Not here: mounts one by one
(L{arvgate.runner.docker.mounts}), making the directories (L{arvgate.runner.workdir}), and whether a directory of the
node that is to be mounted is what it seems (L{arvgate.runner.docker.host_directories}).
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Final

from arvgate.errors import EngineRefused, Invalid
from arvgate.interfaces import JobPlan
from arvgate.model.records import Record
from arvgate.runner.docker.mounts import STREAMS, Mounts
from arvgate.runner.env_document import HostDirectory
from arvgate.runner.plan import (
    ApiAccess,
    Places,
    Plan,
    checked_command,
    checked_environment,
    mount_path,
)

__all__ = ["CA_FILE", "make_plan"]

#: Where a container finds the authority of the API, which is where Arvados' SDK looks too.
CA_FILE: Final = "/etc/arvados/ca-certificates.crt"

#: What Docker can count: billionths of a CPU, and bytes, in 63 bits.
_MOST_CPUS: Final = 1 << 32
_MOST_BYTES: Final = (1 << 63) - 1


def make_plan(record: Record, places: Places, api: ApiAccess | None, listed: Sequence[HostDirectory] = ()) -> Plan:
    """
    The plan for a container's record.

    @param api: access to the API, for containers whose C{runtime_constraints.API} is true.
    @param listed: directories of the node that containers may mount.
    @raise EngineRefused: the Docker engine has not what the container needs.
    @raise Invalid: the record makes no sense.
    """
    asked = _section(record, "mounts")
    mounts = Mounts(places.workdir, listed)
    mounts.add_all(asked)
    environment = checked_environment(_section(record, "environment"))
    if api is not None:
        environment |= {"ARVADOS_API_HOST": api.host, "ARVADOS_API_TOKEN": api.token}
        if api.ca:
            mounts.add_text(CA_FILE, api.ca)
            environment["SSL_CERT_FILE"] = CA_FILE
    constraints = _section(record, "runtime_constraints")
    streams = {name: asked.get(name) for name in STREAMS}
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
        vcpus=_number(constraints, "vcpus", _MOST_CPUS) or 1,
        ram=_number(constraints, "ram", _MOST_BYTES),
        image=_image(record),
        stdin=mounts.stdin(streams["stdin"]),
        redirects={
            name: mounts.redirect(name, streams[name]) for name in ("stdout", "stderr") if streams[name] is not None
        },
        network=bool(constraints.get("API")),
        binds=tuple(mounts.binds),
        memory_directories=mounts.memory,
    )
    return Plan(job, mounts.all_directories(), mounts.files, mounts.shared(), _output(record, mounts))


def _output(record: Record, mounts: Mounts) -> str:
    """The directory on the node that is the output; empty: there is none."""
    path = mount_path(record.get("output_path") or "/")
    if path in mounts.memory:
        raise EngineRefused(f"The output at {path} would be in memory, of which nothing is kept.")
    return mounts.directories.get(path, "")


def _section(record: Record, name: str) -> Mapping[str, Any]:
    found = record.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise Invalid(f"The container's {name} are not names with values")
    return found


def _number(constraints: Mapping[str, Any], name: str, most: int) -> int:
    found = constraints.get(name) or 0
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= most:
        raise Invalid(f"The container's runtime_constraints.{name} is not a number that can be granted")
    return found


def _image(record: Record) -> str:
    image = record.get("container_image")
    if not image or not isinstance(image, str):
        raise Invalid("The container has no image")
    return image


def _cwd(cwd: Any) -> str:
    """Empty for the image's own."""
    if cwd == ".":
        return ""
    if not isinstance(cwd, str) or not cwd.startswith("/"):
        raise Invalid("The container's cwd must be an absolute path, or . for the image's own")
    mount_path(posixpath.normpath(cwd))
    return cwd
