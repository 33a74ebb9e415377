"""
What a container request has where its author said nothing, and what its container gets of it (reference D.1, D.2).

Not here: whether the values are acceptable (L{arvgate.policy.request_values}).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

from arvgate.model.kinds_containers import CONTAINER_REQUESTS
from arvgate.model.records import Record

__all__ = [
    "COPIED", "GPU", "RUNTIME_CONSTRAINTS", "SCHEDULING_PARAMETERS",
    "container_attributes", "filled_runtime_constraints", "filled_scheduling_parameters", "with_defaults",
]  # fmt: skip

GPU: Final[Mapping[str, Any]] = {
    "device_count": 0,
    "driver_version": "",
    "hardware_target": [],
    "stack": "",
    "vram": 0,
}

RUNTIME_CONSTRAINTS: Final[Mapping[str, Any]] = {
    "API": False,
    "gpu": GPU,
    "keep_cache_disk": 0,
    "keep_cache_ram": 0,
    "ram": 0,
    "vcpus": 0,
}

SCHEDULING_PARAMETERS: Final[Mapping[str, Any]] = {
    "max_run_time": 0,
    "partitions": [],
    "preemptible": False,
    "supervisor": False,
}

_SUPERVISOR_COMMAND: Final = "arvados-cwl-runner"
_GIBIBYTE: Final = 1 << 30

#: Fields that a container has from its request as they are.
COPIED: Final = (
    "command", "cwd", "environment", "mounts", "secret_mounts", "output_path", "output_glob", "container_image",
    "scheduling_parameters", "output_storage_classes", "service", "published_ports", "runtime_token",
)  # fmt: skip


def with_defaults(attributes: Mapping[str, Any], retry_attempts: int) -> Record:
    """
    A whole new request: C{attributes}, and every other field that a client can give with its default.

    @param retry_attempts: C{Containers.MaxRetryAttempts}.
    """
    record = {
        field.name: copy.deepcopy(field.default)
        for field in CONTAINER_REQUESTS.fields
        if field.name not in ("uuid", "owner_uuid") and (field.settable or field.default is not None)
    }
    record.update(copy.deepcopy(dict(attributes)))
    if record["container_count_max"] is None:
        record["container_count_max"] = retry_attempts
    return filled(record)


def filled(record: Record) -> Record:
    """The record with C{runtime_constraints} and C{scheduling_parameters} complete."""
    return {
        **record,
        "runtime_constraints": filled_runtime_constraints(record["runtime_constraints"]),
        "scheduling_parameters": filled_scheduling_parameters(record["scheduling_parameters"], record["command"] or ()),
    }


def filled_runtime_constraints(given: Mapping[str, Any]) -> dict[str, Any]:
    """All constraints: those given, the older C{cuda} as C{gpu}, the others with their defaults."""
    answer = copy.deepcopy({**RUNTIME_CONSTRAINTS, **given})
    cuda = answer.pop("cuda", None)
    if isinstance(answer["gpu"], dict):
        answer["gpu"] = {**copy.deepcopy(dict(GPU)), **answer["gpu"]}
    elif answer["gpu"] is None:
        answer["gpu"] = copy.deepcopy(dict(GPU))
    if cuda is None:
        return answer
    if not isinstance(cuda, dict):
        answer["cuda"] = cuda
    elif cuda.get("device_count"):
        capability = cuda.get("hardware_capability")
        answer["gpu"] = {
            **copy.deepcopy(dict(GPU)),
            "device_count": cuda["device_count"],
            "driver_version": cuda.get("driver_version", ""),
            "hardware_target": [capability] if capability else [],
            "stack": "cuda",
        }
    return answer


def filled_scheduling_parameters(given: Mapping[str, Any], command: Sequence[Any]) -> dict[str, Any]:
    """All parameters: those given, the others with their defaults; a workflow runner is always a supervisor."""
    answer = copy.deepcopy({**SCHEDULING_PARAMETERS, **given})
    if command and command[0] == _SUPERVISOR_COMMAND:
        answer["supervisor"] = True
    return answer


def container_attributes(request: Record, default_keep_cache_ram: int) -> Record:
    """
    What the new container of a request that becomes Committed has of it.

    @param request: with its secret fields.
    @param default_keep_cache_ram: bytes, C{Containers.DefaultKeepCacheRAM}.
    """
    answer = {name: copy.deepcopy(request[name]) for name in COPIED}
    constraints = {
        name: value[0] if isinstance(value, list) and value else value
        for name, value in filled_runtime_constraints(request["runtime_constraints"]).items()
    }
    constraints["keep_cache_ram"] = constraints["keep_cache_ram"] or default_keep_cache_ram
    if not constraints["keep_cache_ram"] and not constraints["keep_cache_disk"]:
        constraints["keep_cache_disk"] = min(max(constraints["ram"], 2 * _GIBIBYTE), 32 * _GIBIBYTE)
    answer["runtime_constraints"] = constraints
    return answer
