"""
The first line of a log file that others came before: what of them is kept and how much is not.

Bytes of a log are counted without these lines, from its very beginning.  Only the standard library is imported: the
keeper uses it.  Not here: files (L{arvgate.runner.rotating_log}) and putting them together (L{arvgate.cli.log_stream}).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["MAX_LENGTH", "RotationLine", "earlier_name", "parse_rotation_line"]

#: Bytes of the longest such line.
MAX_LENGTH: Final = 256

_LINE: Final = re.compile(
    rb"\[arvgate: the (\d{1,18}) bytes before this are in [A-Za-z0-9._-]{1,100}; "
    rb"(\d{1,18}) bytes before those are gone\]\n"
)


class RotationLine(NamedTuple):
    """
    What is before a log file.

    @ivar kept: bytes in the earlier file; C{gone}: bytes before those, in none.
    """

    kept: int
    gone: int

    @property
    def before(self) -> int:
        """Bytes of the log before this file."""
        return self.kept + self.gone

    def line(self, name: str) -> bytes:
        """The line, for the earlier file's name."""
        text = f"[arvgate: the {self.kept} bytes before this are in {name}; {self.gone} bytes before those are gone]\n"
        return text.encode("ascii")


def parse_rotation_line(beginning: bytes) -> tuple[RotationLine, int]:
    """What is before the file that begins so, and the length of the line; nothing if it has none."""
    match = _LINE.match(beginning)
    if match is None:
        return RotationLine(0, 0), 0
    return RotationLine(int(match[1]), int(match[2])), match.end()


def earlier_name(name: str) -> str:
    """The name of the file in which what came before is kept: C{stdout.1.txt} for C{stdout.txt}."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.1.{suffix}" if dot else f"{name}.1"
