"""
The files of a container's streams: its stdin, its logs, and files that it named for its output itself.

They are opened before it starts, when nothing of it can have put a link in their place.  Not here: logs that are full
(L{arvgate.runner.rotating_log}).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

from arvgate.interfaces import JobPlan
from arvgate.runner.rotating_log import RotatingLog

__all__ = ["OutputFiles"]


class OutputFiles:
    """
    The open files of one container.

    @ivar logs: stream (1, 2) to what takes the bytes of its log.
    @ivar exact: stream to what takes its bytes where they go to a file that the container asked for.
    """

    def __init__(self, plan: JobPlan) -> None:
        """
        Open them.

        @raise OSError: one cannot be opened or made.
        """
        self._close: list[Callable[[], None]] = []
        self._lost: dict[int, str] = {}
        self._stdin: int | None = None
        self._logs: list[RotatingLog] = []
        logs: dict[int, Callable[[bytes], None]] = {}
        exact: dict[int, Callable[[bytes], None]] = {}
        try:
            if plan.stdin:
                self._stdin = os.open(plan.stdin, os.O_RDONLY | os.O_CLOEXEC)
            for stream, name, path in ((1, "stdout", plan.stdout), (2, "stderr", plan.stderr)):
                if name in plan.redirects:
                    descriptor = _new_file(plan.redirects[name])
                    self._close.append(partial(os.close, descriptor))
                    exact[stream] = partial(self._write, stream, descriptor)
                else:
                    log = RotatingLog(path, plan.log_limit)
                    self._close.append(log.close)
                    self._logs.append(log)
                    logs[stream] = log.write
        except BaseException:
            self.close()
            raise
        self.logs: Mapping[int, Callable[[bytes], None]] = logs
        self.exact: Mapping[int, Callable[[bytes], None]] = exact

    @property
    def trouble(self) -> str:
        """A sentence on log lines that were lost; empty if none were."""
        reason = next((log.lost for log in self._logs if log.lost), "")
        return f"Output is missing in the container's log: {reason}." if reason else ""

    @property
    def incomplete(self) -> str:
        """Why a file that the container asked for is not complete; empty if it is."""
        return next(iter(self._lost.values()), "")

    def take_stdin(self) -> int | None:
        """The descriptor of stdin, which is the caller's from now on; None if there is none."""
        taken, self._stdin = self._stdin, None
        return taken

    def close(self) -> None:
        """Close them; a second time does nothing."""
        if self._stdin is not None:
            os.close(self._stdin)
            self._stdin = None
        closing, self._close = self._close, []
        for close in closing:
            close()

    def _write(self, stream: int, descriptor: int, data: bytes) -> None:
        if stream in self._lost:
            return
        try:
            while data:
                data = data[os.write(descriptor, data) :]
        except OSError as error:
            self._lost[stream] = error.strerror or "it could not be written"


def _new_file(path: str) -> int:
    """An empty file; what is there already is refused, whatever it is."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o644)
    return descriptor
