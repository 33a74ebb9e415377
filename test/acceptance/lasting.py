"""
A cluster that outlasts a test: what many tests ask and none changes for the others is started once.

Trial wants the reactor back after each test, so its gateway is a process of which the reactor knows nothing.
"""

from __future__ import annotations

import atexit
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from test.acceptance.cluster import Cluster
from test.acceptance.processes import end, processes_touching
from test.acceptance.waiting import in_thread

__all__ = ["LastingCluster"]

_END_SECONDS = 20.0


class _Detached:
    """What L{test.acceptance.waiting.Program} is, beside the reactor and with its output in a file."""

    errors = ""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self._log = directory / "gateway.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                arguments, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.pid = self._process.pid

    @property
    def output(self) -> str:
        """All that it printed so far."""
        return self._log.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def signal(self, name: str) -> None:
        """Send it C{TERM}, C{KILL}, …"""
        self._process.send_signal(signal.Signals[f"SIG{name}"])

    def end(self) -> None:
        """End it, in whatever way; blocking."""
        self.signal("TERM")
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.signal("KILL")
            self._process.wait()

    async def ended(self, within: float = 30.0) -> int:
        """Its exit status, once it has ended."""
        return await in_thread(self._process.wait, within)


class LastingCluster(Cluster):
    """A cluster that is removed when the process of the tests ends; it needs no call of C{remove}."""

    async def create(self) -> None:
        """Initialise and start it."""
        atexit.register(self.discard)
        await super().create()

    def launch(self, arguments: Sequence[str]) -> _Detached:
        """Start the gateway."""
        return _Detached(arguments, self.environment, self.home)

    def discard(self) -> None:
        """End everything of it and delete its files; blocking."""
        if self.gateway is not None:
            self.gateway.end()
        for pid in processes_touching(self.home):
            end(pid)
        if self.database is not None:
            self.database.remove()
        shutil.rmtree(self.home, ignore_errors=True)
