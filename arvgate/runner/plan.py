"""
What an engine is to run and what is to be there before, as values, and what every engine's plan checks.

Not here: the plans of each engine (L{arvgate.runner.process.plan}, L{arvgate.runner.docker.plan}) and making what is
planned (L{arvgate.runner.workdir}).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from arvgate.errors import Invalid
from arvgate.interfaces import JobPlan
from arvgate.model.records import Record

__all__ = [
    "ApiAccess",
    "MakePlan",
    "Places",
    "Plan",
    "checked_command",
    "checked_environment",
    "is_passable",
    "mount_path",
]


#: Bytes that the kernel takes of one argument or variable, of a path, and of a name in it.
_LONGEST_TEXT: Final = 131_071
_LONGEST_PATH: Final = 4095
_LONGEST_NAME: Final = 255


@attrs.frozen
class Places:
    """
    Where a job's files are on the node, all absolute.

    @ivar logs: directory of its log files.
    @ivar log_limit: bytes of each.
    """

    workdir: str
    logs: str
    log_limit: int


@attrs.frozen
class ApiAccess:
    """
    How a job that wants it reaches the record API.

    @ivar token: the container's own, C{v2/uuid/secret/container uuid}.
    @ivar ca: PEM text; empty: the machine's CAs will do.
    """

    host: str
    token: str = attrs.field(repr=False)
    ca: str = attrs.field(default="", repr=False)


@attrs.frozen
class Plan:
    """
    What an engine is to run, and what is to be there before.

    @ivar directories: absolute paths, parents before children; the working directory is the first.
    @ivar shared: those of C{directories} and C{files} that are for whoever the job runs as, which may be anybody.
    @ivar files: absolute path to text.
    @ivar output: the directory of C{directories} whose content is the container's output; empty: it has none.
    """

    job: JobPlan
    directories: Sequence[str]
    files: Mapping[str, str] = attrs.field(repr=False)
    shared: Sequence[str] = ()
    output: str = ""


#: Makes the plan for a container's record; with access to the API for containers that want it.
MakePlan = Callable[[Record, Places, ApiAccess | None], Plan]


def checked_command(record: Record) -> tuple[str, ...]:
    """
    The record's command.

    @raise Invalid: it is none that a process can be given.
    """
    command = record["command"]
    if not command or not isinstance(command, Sequence) or isinstance(command, str) or not command[0]:
        raise Invalid("The container has no command")
    if not all(isinstance(word, str) and is_passable(word) for word in command):
        raise Invalid("The container's command has characters that no process can be given")
    if any(_is_longer(word, _LONGEST_TEXT) for word in command):
        raise Invalid("The container's command has a word that is longer than a process can be given")
    return tuple(command)


def checked_environment(environment: Mapping[str, Any]) -> dict[str, str]:
    """
    The record's environment.

    @raise Invalid: a variable cannot be set.
    """
    for name, value in environment.items():
        if not name or "=" in name or not is_passable(name) or not isinstance(value, str) or not is_passable(value):
            raise Invalid(f"The environment variable {name[:100]!r} cannot be set")
        if _is_longer(f"{name}={value}", _LONGEST_TEXT):
            raise Invalid(f"The environment variable {name[:100]!r} is longer than a process can be given")
    return dict(environment)


def mount_path(target: str) -> str:
    """
    A mount's path in the container, in its shortest form.

    @raise Invalid: it is not absolute, or leads elsewhere.
    """
    if not target.startswith("/") or not is_passable(target) or ".." in target.split("/"):
        raise Invalid(f"The mount {target!r} is not an absolute path without ..")
    path = posixpath.normpath("/" + target.strip("/"))
    if _is_longer(path, _LONGEST_PATH) or any(_is_longer(name, _LONGEST_NAME) for name in path.split("/")):
        raise Invalid(f"{path[:100]!r} and what follows is longer than a path can be")
    return path


def is_passable(text: str) -> bool:
    """Whether the kernel takes this text as an argument or a path."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _is_longer(text: str, limit: int) -> bool:
    return len(text.encode()) > limit
