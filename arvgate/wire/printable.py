"""
Lines that a stranger's program wrote, made fit to be shown.

Not here: reading them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

__all__ = ["last_lines"]

#: Escape sequences of terminals: colours and cursor movements, and titles.
_ESCAPES: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
#: Categories of characters that show nothing or change how others are shown.
_UNSEEN: Final = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])


def last_lines(data: bytes, number: int, width: int, whole: bool = True) -> Sequence[str]:
    """
    The last lines of a piece of text.

    What a terminal would obey is left out or written as C{\\x1b}, and what a later part of the line overwrites (after
    a carriage return, as progress bars do) is left out.

    @param number: of lines; C{width}: characters of one line.
    @param whole: C{data} begins with the beginning of a line.
    """
    lines = data.split(b"\n")
    if not whole and len(lines) > 1:
        lines = lines[1:]
    if lines and not lines[-1]:
        lines = lines[:-1]
    return [_shown(line, width) for line in lines[-number:]]


def _shown(line: bytes, width: int) -> str:
    text = line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace")
    text = "".join(_character(character) for character in _ESCAPES.sub("", text))
    return text if len(text) <= width else text[: width - 1] + "…"


def _character(character: str) -> str:
    if character == "\t" or unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"
