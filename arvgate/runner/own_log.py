"""
The runner's own log, bounded like those of its container, and no reason to fail when the disk is full.

Not here: what is logged.
"""

from __future__ import annotations

from arvgate.runner.rotating_log import RotatingLog

__all__ = ["OwnLog"]


class OwnLog:
    """
    As much of a text file as a log observer needs.

    @param limit: bytes on the disk.
    @raise OSError: it cannot be opened.
    """

    def __init__(self, path: str, limit: int) -> None:
        self._log = RotatingLog(path, limit)

    def write(self, text: str) -> None:
        """Append it; never raises."""
        self._log.write(text.encode("utf-8", "backslashreplace"))

    def flush(self) -> None:
        """Everything is written at once."""

    def close(self) -> None:
        """Close the file."""
        self._log.close()
