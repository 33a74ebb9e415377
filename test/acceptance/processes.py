"""
Reads of C{/proc}: which processes there are, whose children they are, how much memory is theirs alone.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

__all__ = [
    "alive", "busy_time", "children_of", "command_of", "end", "open_files", "private_memory", "processes_touching",
    "status_of", "zombies_of",
]  # fmt: skip

_PROC = Path("/proc")
_PRIVATE = re.compile(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", re.MULTILINE)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _stat(pid: int) -> list[str]:
    """The fields of C{stat} from the state on; empty if there is no such process."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    fields = _stat(pid)
    return bool(fields) and fields[0] not in "ZX"


def status_of(pid: int) -> dict[str, str]:
    """What C{status} says of it."""
    lines = (_PROC / str(pid) / "status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def command_of(pid: int) -> str:
    """Its arguments joined by blanks; empty if it has gone."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return words.replace(b"\0", b" ").decode("utf-8", "replace").strip()


def children_of(pid: int) -> list[int]:
    """Its living children."""
    return sorted(child for child in _pids() if alive(child) and _stat(child)[1] == str(pid))


def busy_time(pid: int) -> float:
    """Seconds of CPU that it has used."""
    fields = _stat(pid)
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def zombies_of(pid: int) -> list[int]:
    """Its children that have ended and that it has not waited for."""
    return sorted(child for child in _pids() if _stat(child)[:2] == ["Z", str(pid)])


def private_memory(pid: int) -> int:
    """Bytes that no other process shares with it."""
    text = (_PROC / str(pid) / "smaps_rollup").read_text()
    return sum(int(kilobytes) for kilobytes in _PRIVATE.findall(text)) * 1024


def processes_touching(directory: Path) -> list[int]:
    """Living processes that run in or below C{directory}, have a file there open, or name it in what they were told."""
    own = str(directory)
    found = []
    for pid in _pids():
        if pid == os.getpid() or not alive(pid):
            continue
        try:
            where = os.readlink(_PROC / str(pid) / "cwd")
            environment = (_PROC / str(pid) / "environ").read_bytes()
        except OSError:
            continue
        places = [where, *open_files(pid)]
        if any(place.startswith(own) for place in places) or own.encode() in environment or own in command_of(pid):
            found.append(pid)
    return found


def open_files(pid: int) -> list[str]:
    """Where its descriptors lead."""
    found = []
    try:
        for descriptor in (_PROC / str(pid) / "fd").iterdir():
            found.append(os.readlink(descriptor))
    except OSError:
        pass
    return found


def end(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send the signal; nothing if the process has gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
