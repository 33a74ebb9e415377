"""
What the daemon is asked to make, from a plan.

Pure.  Not here: asking (L{arvgate.runner.docker.engine}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
from docker.types import Mount

from arvgate.interfaces import Bind, JobPlan
from arvgate.runner.docker.names import labels_of, name_of

__all__ = ["Circumstances", "container_config", "network_config"]

#: Its log holds what the reader is late with; what is kept for good are the files of the runner.
_LOG: Final = {"Type": "local", "Config": {"max-size": "20m", "max-file": "5", "compress": "false"}}

#: The name by which containers reach this machine, for a daemon that does not know it by itself.
_GATEWAY: Final = "host.docker.internal:host-gateway"


@attrs.frozen
class Circumstances:
    """
    What is the same for all containers of a runner.

    @ivar runners: directory of the lock files.
    @ivar pids_limit: processes and threads in one container.
    @ivar user: C{uid:gid} to run as; empty: the image's own.
    @ivar private_network: a container without network gets one that leads nowhere, by which its ports are reached.
    """

    runners: str
    pids_limit: int
    user: str = ""
    private_network: bool = False


def container_config(plan: JobPlan, circumstances: Circumstances) -> Mapping[str, Any]:
    """The body of a request to create the container (Engine API, ContainerCreate)."""
    return {
        "Image": plan.image,
        # Exactly the command: the image's entrypoint is none of it.
        "Entrypoint": [],
        "Cmd": list(plan.command),
        "Env": [f"{name}={value}" for name, value in plan.environment.items()],
        "WorkingDir": plan.cwd,
        "User": circumstances.user,
        "Labels": dict(labels_of(plan.uuid, plan.lock_count, circumstances.runners)),
        "OpenStdin": bool(plan.stdin),
        "StdinOnce": bool(plan.stdin),
        "AttachStdin": bool(plan.stdin),
        "Tty": False,
        "HostConfig": _host_config(plan, circumstances),
    }


def network_config(plan: JobPlan, circumstances: Circumstances) -> Mapping[str, Any]:
    """The arguments of the private network of a container that has no other."""
    return {
        "name": name_of(plan.uuid),
        "driver": "bridge",
        "internal": True,
        "labels": dict(labels_of(plan.uuid, plan.lock_count, circumstances.runners)),
    }


def _host_config(plan: JobPlan, circumstances: Circumstances) -> Mapping[str, Any]:
    network = "default" if plan.network else name_of(plan.uuid) if circumstances.private_network else "none"
    config: dict[str, Any] = {
        "NetworkMode": network,
        "Init": True,
        "Privileged": False,
        "SecurityOpt": ["no-new-privileges"],
        "PidsLimit": circumstances.pids_limit,
        "NanoCpus": plan.vcpus * 1_000_000_000,
        "RestartPolicy": {"Name": "no"},
        "LogConfig": _LOG,
        "Mounts": [
            *(_bind(bind) for bind in plan.binds),
            *(_memory(target, size) for target, size in plan.memory_directories.items()),
        ],
    }
    if plan.network:
        config["ExtraHosts"] = [_GATEWAY]
    if plan.ram:
        config |= {"Memory": plan.ram, "MemorySwap": plan.ram}
    return config


def _bind(bind: Bind) -> Mapping[str, Any]:
    if not bind.below:
        return Mount(bind.target, bind.source, "bind", read_only=not bind.writable)
    # Nameless, so that it is removed with its container; and file systems mounted below are not seen, since they
    # would be writable.
    options = {"type": "none", "o": "bind" if bind.writable else "bind,ro", "device": bind.source}
    volume = {"NoCopy": True, "DriverConfig": {"Name": "local", "Options": options}}
    return {"Type": "volume", "Target": bind.target, "VolumeOptions": volume}


def _memory(target: str, size: int) -> Mount:
    return Mount(target, None, "tmpfs", tmpfs_size=size or None, tmpfs_mode=0o1777)
