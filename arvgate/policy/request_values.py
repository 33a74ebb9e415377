"""
Whether the values of a container request are acceptable, now or once it is Committed (reference D.1, D.2, D.9).

Each check answers with sentences about one field.  Not here: types of whole fields (L{arvgate.policy.field_values}).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from arvgate.model.records import Record
from arvgate.policy.priority import HIGHEST
from arvgate.policy.request_defaults import GPU, RUNTIME_CONSTRAINTS, SCHEDULING_PARAMETERS

__all__ = ["priority_problems", "problems"]


def problems(request: Record, committed: bool) -> list[str]:
    """
    Everything that is wrong with a whole request, its secret fields included; empty if nothing is.

    @param committed: it is or becomes Committed, so that nothing may be missing.
    """
    found: list[str] = []
    for check in (
        _command,
        _plain,
        _environment,
        _mounts,
        _secret_mounts,
        _output,
        _constraints,
        _scheduling,
        _ports,
    ):
        found.extend(check(request))
    if committed:
        found.extend(_needed(request))
    return found


def _command(request: Record) -> list[str]:
    command = request["command"]
    if not command:
        return ["command is required"]
    if not all(_is_argument(part) for part in command):
        return ["command must be an array of strings without NUL"]
    return []


def _plain(request: Record) -> list[str]:
    found = []
    if not request["container_image"]:
        found.append("container_image is required")
    if not (request["cwd"] or "").strip():
        found.append("cwd cannot be blank")
    found.extend(priority_problems(request))
    if request["output_ttl"] < 0:
        found.append("output_ttl cannot be negative")
    if request["container_count_max"] is not None and request["container_count_max"] < 0:
        found.append("container_count_max cannot be negative")
    if request["service"] and request["use_existing"]:
        found.append("use_existing must be false for a service")
    return found


def priority_problems(request: Record) -> list[str]:
    """What is wrong with the priority alone: all that is checked of a draft that stays one."""
    priority = request["priority"]
    if priority is None or 0 <= priority <= HIGHEST:
        return []
    return [f"priority must be between 0 and {HIGHEST}"]


def _environment(request: Record) -> list[str]:
    found = []
    for name, value in request["environment"].items():
        if not name or "=" in name or "\0" in name:
            found.append(f"environment has the impossible name {name!r}")
        elif not _is_argument(value):
            found.append(f"environment variable {name!r} must be a string without NUL")
    return found


_MOUNT_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "collection": frozenset({"uuid", "portable_data_hash", "writable", "path"}),
    "arvgate_host": frozenset({"path", "writable"}),
    "tmp": frozenset({"capacity", "device_type"}),
    "keep": frozenset(),
    "file": frozenset({"path"}),
    "json": frozenset({"content"}),
    "text": frozenset({"content"}),
}
_DEVICE_TYPES: Final = ("", "ram", "ssd", "disk", "network")
_STREAMS: Final = frozenset({"stdin", "stdout", "stderr"})


def _mounts(request: Record) -> list[str]:
    found = []
    for path, mount in request["mounts"].items():
        if path not in _STREAMS and not path.startswith("/"):
            found.append(f"mounts: {path!r} is neither an absolute path nor stdin, stdout, stderr")
        found.extend(f"mounts[{path!r}]: {problem}" for problem in _mount(mount))
    return found


def _mount(mount: Any) -> list[str]:
    if not isinstance(mount, dict):
        return ["must be an object"]
    kind = mount.get("kind")
    if not isinstance(kind, str) or kind not in _MOUNT_KEYS:
        return [f"kind must be one of {', '.join(sorted(_MOUNT_KEYS))}"]
    useful = _MOUNT_KEYS[kind] | {"kind", "exclude_from_output"}
    found = [
        f"{key} means nothing in a mount of kind {kind}"
        for key, value in mount.items()
        if key not in useful and value not in (0, "", False, None)
    ]
    found.extend(
        f"{key} must be text"
        for key in ("uuid", "portable_data_hash", "path")
        if key in useful and not isinstance(mount.get(key) or "", str)
    )
    if "writable" in useful and not isinstance(mount.get("writable") or False, bool):
        found.append("writable must be true or false")
    if kind == "tmp":
        found.extend(_temporary(mount))
    if kind == "arvgate_host":
        found.extend(_host_path(mount.get("path")))
    if kind == "text" and not isinstance(mount.get("content"), str):
        found.append("content must be text")
    return found


def _temporary(mount: Mapping[str, Any]) -> list[str]:
    found = []
    if not _is_count(mount.get("capacity") or 0):
        found.append("capacity must be an integer that is not negative")
    if (mount.get("device_type") or "") not in _DEVICE_TYPES:
        found.append("device_type must be ram, ssd, disk, network or empty")
    return found


def _host_path(path: object) -> list[str]:
    if not isinstance(path, str) or not path.startswith("/"):
        return ["path must be an absolute path on the node"]
    if "\0" in path or ".." in path.split("/"):
        return ["path cannot have NUL or '..' in it"]
    return []


def _secret_mounts(request: Record) -> list[str]:
    found = []
    for path, mount in (request["secret_mounts"] or {}).items():
        if path != "stdin" and not path.startswith("/"):
            found.append(f"secret_mounts: {path!r} is neither an absolute path nor stdin")
        if path in request["mounts"]:
            found.append(f"secret_mounts: {path!r} is in mounts too")
        if not isinstance(mount, dict) or mount.get("kind") not in ("json", "text"):
            found.append(f"secret_mounts[{path!r}]: kind must be json or text")
        elif mount["kind"] == "text" and not isinstance(mount.get("content"), str):
            found.append(f"secret_mounts[{path!r}]: content must be text")
    return found


def _output(request: Record) -> list[str]:
    found = []
    if not request["output_path"]:
        found.append("output_path is required")
    elif request["output_path"] not in request["mounts"]:
        found.append("output_path must be one of mounts")
    if not all(isinstance(pattern, str) and pattern for pattern in request["output_glob"]):
        found.append("output_glob must be an array of strings that are not empty")
    if not all(isinstance(name, str) and name for name in request["output_storage_classes"]):
        found.append("output_storage_classes must be an array of names")
    return found


def _constraints(request: Record) -> list[str]:
    constraints = request["runtime_constraints"]
    found = [f"runtime_constraints has no key {key!r}" for key in constraints if key not in RUNTIME_CONSTRAINTS]
    if not isinstance(constraints["API"], bool):
        found.append("runtime_constraints: API must be true or false")
    found.extend(
        f"runtime_constraints: {key} must be an integer that is not negative"
        for key in ("ram", "vcpus", "keep_cache_ram", "keep_cache_disk")
        if not _is_count(_first(constraints[key]))
    )
    return [*found, *_gpu(constraints["gpu"])]


def _gpu(gpu: Any) -> list[str]:
    if not isinstance(gpu, dict):
        return ["runtime_constraints: gpu must be an object"]
    found = [f"runtime_constraints: gpu has no key {key!r}" for key in gpu if key not in GPU]
    found.extend(
        f"runtime_constraints: gpu.{key} must be an integer that is not negative"
        for key in ("device_count", "vram")
        if not _is_count(gpu[key])
    )
    if gpu["stack"] not in ("", "cuda", "rocm"):
        found.append("runtime_constraints: gpu.stack must be cuda, rocm or empty")
    if found or not gpu["device_count"]:
        return found
    if not re.fullmatch(r"[0-9]+\.[0-9]+", str(gpu["driver_version"])):
        found.append("runtime_constraints: gpu.driver_version must look like 11.8")
    targets = gpu["hardware_target"]
    if not isinstance(targets, list) or not all(isinstance(target, str) for target in targets):
        found.append("runtime_constraints: gpu.hardware_target must be an array of strings")
    return found


def _scheduling(request: Record) -> list[str]:
    parameters = request["scheduling_parameters"]
    found = [f"scheduling_parameters has no key {key!r}" for key in parameters if key not in SCHEDULING_PARAMETERS]
    partitions = parameters["partitions"]
    if not isinstance(partitions, list) or not all(isinstance(name, str) for name in partitions):
        found.append("scheduling_parameters: partitions must be an array of strings")
    found.extend(
        f"scheduling_parameters: {key} must be true or false"
        for key in ("preemptible", "supervisor")
        if not isinstance(parameters[key], bool)
    )
    if not _is_count(parameters["max_run_time"]):
        found.append("scheduling_parameters: max_run_time must be an integer that is not negative")
    return found


_PORT_KEYS: Final = frozenset({"access", "label", "initial_path"})


def _ports(request: Record) -> list[str]:
    found = []
    for port, published in request["published_ports"].items():
        if not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
            found.append(f"published_ports: {port!r} is no port number between 1 and 65535")
        found.extend(f"published_ports[{port!r}]: {problem}" for problem in _port(published))
    return found


def _port(published: Any) -> list[str]:
    if not isinstance(published, dict):
        return ["must be an object"]
    found = [f"has no key {key!r}" for key in published if key not in _PORT_KEYS]
    found.extend(f"{key} is required" for key in sorted(_PORT_KEYS - published.keys()))
    if found:
        return found
    if published["access"] not in ("private", "public"):
        found.append("access must be private or public")
    if not isinstance(published["label"], str) or not published["label"]:
        found.append("label cannot be empty")
    if not isinstance(published["initial_path"], str):
        found.append("initial_path must be text")
    return found


def _needed(request: Record) -> list[str]:
    found = ["priority cannot be null"] if request["priority"] is None else []
    constraints = request["runtime_constraints"]
    found.extend(
        f"runtime_constraints: {key} must be an integer above 0"
        for key in ("vcpus", "ram")
        if not _is_count(_first(constraints[key])) or not _first(constraints[key])
    )
    return found


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_argument(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value
