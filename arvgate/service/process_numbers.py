"""
What a process of the gateway tells of itself: time, memory, descriptors.

Not here: what it counts of its work.
"""

from __future__ import annotations

import os
import resource

from arvgate.net.tally import Tally

__all__ = ["tell_of_process"]

_PAGE = os.sysconf("SC_PAGE_SIZE")


def tell_of_process(tally: Tally, name: str, started: float) -> None:
    """
    Add this process's numbers.

    @param name: of the process, as in the gateway's log.
    @param started: Unix time.
    """
    for key, read in (("cpu", _cpu), ("memory", _memory), ("files", _files), ("file_limit", _file_limit)):
        tally.gauge((key, name), read)
    tally.gauge(("start", name), lambda: started)


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


def _memory() -> float:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * _PAGE


def _files() -> float:
    return len(os.listdir("/proc/self/fd"))


def _file_limit() -> float:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
