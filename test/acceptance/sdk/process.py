"""
A process that uses the Arvados SDK, and what a test sees of it; its other end is L{test.acceptance.sdk.worker}.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from test.acceptance.waiting import seconds

__all__ = ["SdkError", "SdkProcess"]

_ROOT = Path(__file__).resolve().parents[3]


@attrs.frozen
class SdkError(Exception):
    """
    What the SDK raised.

    @ivar type: name of the class.
    @ivar status: of the answer that caused it; 0 if none did.
    @ivar reason: what the SDK takes for the answer's errors.
    """

    type: str
    text: str
    status: int = 0
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.type}: {self.text}"


class SdkProcess:
    """
    A process with the SDK; started when it is first needed, and again after it did not answer in time.

    @param environment: all of its environment.
    @param log: where its complaints go.
    """

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._one = threading.Lock()

    def ask(self, question: Mapping[str, Any], within: float) -> Any:
        """
        The worker's answer; blocking.

        @raise SdkError: the SDK raised something.
        @raise AssertionError: there was no answer within so many seconds, as when the SDK tries again and again.
        """
        with self._one:
            process = self._running()
            assert process.stdin is not None
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(self._line(process, within, str(question["method"] or question["action"])))
        if "error" in answer:
            raise SdkError(**answer["error"])
        return answer["result"]

    def end(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process, self._unread = None, b""

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "test.acceptance.sdk.worker"],
                    cwd=_ROOT,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                )
        return self._process

    def _line(self, process: subprocess.Popen[bytes], within: float, what: str) -> bytes:
        assert process.stdout is not None
        deadline = seconds() + within
        while b"\n" not in self._unread:
            left = deadline - seconds()
            piece = b""
            if left > 0 and select.select([process.stdout], [], [], left)[0]:
                piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                self.end()
                said = self._log.read_text(errors="replace")[-2000:]
                raise AssertionError(f"{what}: the SDK has not answered within {within} s; it said:\n{said}")
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return line
