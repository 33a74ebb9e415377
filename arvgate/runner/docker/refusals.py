"""
What the daemon's words mean for the user whose container was not made, not started or not found an image for.

Pure.  Daemons have no codes for most of it, so their words are looked at; what is not known is passed on to the
operator's log and not to the user.  Not here: who asks (L{arvgate.runner.docker.engine}).
"""

from __future__ import annotations

import re
from typing import Final

from arvgate.errors import ArvgateError, CommandNotFound, EngineBusy, EngineFailed, EngineRefused
from arvgate.runner.docker.daemon import DaemonRefused

__all__ = ["DISK_FULL", "exec_refusal", "image_refusal", "refusal_of"]

DISK_FULL: Final = "The node's disk is full."

_INIT_FAILED: Final = re.compile(r"\[FATAL tini \(\d+\)\] exec (?P<command>.*) failed: (?P<reason>.+)")
_NO_NETWORK: Final = "All private networks of this node are in use; the container waits until one is free."


def image_refusal(image: str, error: DaemonRefused) -> ArvgateError:
    """Why there is no image, from the daemon's answer to a pull."""
    words = error.message.lower()
    if _disk_full(words):
        return EngineFailed(DISK_FULL, detail=error.detail)
    if "no basic auth credentials" in words or "unauthorized" in words or "authentication required" in words:
        return EngineRefused(
            f"The registry of the image {image} does not let this cluster in: it needs credentials, or other ones.",
            detail=error.detail,
        )
    if "access denied" in words or "denied:" in words or "access to the resource is denied" in words:
        return EngineRefused(
            f"The image {image} was not found, or its registry does not give it to this cluster.", detail=error.detail
        )
    if "no matching manifest" in words or "no match for platform" in words:
        return EngineRefused(f"The image {image} does not exist for this node's kind of CPU.", detail=error.detail)
    if error.status == 404 or "not found" in words or "manifest unknown" in words:
        return EngineRefused(f"The image {image} was not found.", detail=error.detail)
    if error.status == 400 or "invalid reference" in words:
        return EngineRefused(f"{image!r} cannot be the name of an image.", detail=error.detail)
    return EngineFailed(f"The image {image} could not be pulled.", detail=error.detail)


def refusal_of(command: str, cwd: str, error: DaemonRefused) -> ArvgateError:
    """Why a container was not created or not started."""
    words = error.message.lower()
    if _disk_full(words):
        return EngineFailed(DISK_FULL, detail=error.detail)
    if "could not find an available" in words and "address pool" in words:
        return EngineBusy(_NO_NETWORK, detail=error.detail)
    if "exec format error" in words:
        return CommandNotFound(f"The command {command!r} is not for this node's kind of CPU.", detail=error.detail)
    if "is not a directory" in words or "not a directory" in words or "chdir to cwd" in words:
        return EngineRefused(
            f"The working directory {cwd!r}, or a mount, is where the image has a file.", detail=error.detail
        )
    if "bind source path does not exist" in words:
        return EngineRefused("A directory of the node that is to be mounted does not exist.", detail=error.detail)
    if "minimum memory limit" in words:
        return EngineRefused("The container asks for less memory than Docker can give it.", detail=error.detail)
    if "range of cpus" in words:
        return EngineRefused("The container asks for more CPUs than this node has.", detail=error.detail)
    if "cannot unmarshal number" in words:
        return EngineRefused("The container asks for more than Docker can count.", detail=error.detail)
    if "file name too long" in words:
        return EngineRefused("The container's working directory, or a mount's path, is too long.", detail=error.detail)
    if "docker-init" in words and "executable file not found" in words:
        return EngineFailed("Docker's init program, docker-init, is not installed on this node.", detail=error.detail)
    if "docker-init" in words:
        return EngineRefused("A mount is where Docker needs its init process, in /sbin.", detail=error.detail)
    if "log driver" in words:
        return EngineFailed("The daemon has no log driver 'local', as Docker's has.", detail=error.detail)
    if "no command specified" in words:
        return EngineRefused("The container has no command.", detail=error.detail)
    return EngineFailed("Docker could not start the container.", detail=error.detail)


def exec_refusal(command: str, code: int, errors: str) -> CommandNotFound | None:
    """
    Why the container's init process could not execute the command; None if it could.

    @param code: exit code of the container.
    @param errors: what is on its stderr.
    """
    match = _INIT_FAILED.search(errors) if code in (126, 127) else None
    if match is None:
        return None
    reason = match["reason"].strip()
    if reason == "No such file or directory":
        return CommandNotFound(f"The command {command!r} was not found.")
    if reason == "Permission denied":
        return CommandNotFound(f"The command {command!r} is not executable.")
    if reason == "Exec format error":
        return CommandNotFound(f"The command {command!r} is not for this node's kind of CPU.")
    return CommandNotFound(f"The command {command!r} cannot be executed: {reason}.")


def _disk_full(words: str) -> bool:
    return "no space left on device" in words or "disk quota exceeded" in words
