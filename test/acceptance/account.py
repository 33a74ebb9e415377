"""
Running programs as an account of this machine that has no rights, and no name either.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from test.requirements import require

__all__ = ["READING", "as_account"]

#: The one capability that may be left, as in C{/proc/PID/status}: reading whatever there is.
READING = 1 << 2
_READING = "dac_read_search"


def as_account(number: int) -> Sequence[str]:
    """
    The words before a command that is to run as that user and group, without any capability.

    Where this Python is in a place that others may not enter, such as root's home, one stays: to read what there is.
    """
    require("root", "setpriv")
    ids = (f"--reuid={number}", f"--regid={number}", "--clear-groups")
    programs = (Path(sys.executable).parent, Path(sys.executable).resolve(), Path(__file__).resolve())
    if all(_is_open(place) for place in programs):
        return (shutil.which("setpriv") or "setpriv", *ids, "--inh-caps=-all", "--bounding-set=-all")
    kept = f"+{_READING}"
    rights = (f"--inh-caps=-all,{kept}", f"--ambient-caps=-all,{kept}", f"--bounding-set=-all,{kept}")
    return (shutil.which("setpriv") or "setpriv", *ids, *rights)


def _is_open(place: Path) -> bool:
    """Whether everybody may go there."""
    return all(os.stat(directory).st_mode & 0o001 for directory in place.absolute().parents)
