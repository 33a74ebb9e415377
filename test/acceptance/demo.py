"""
A running C{arvgate demo} and what it printed.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import yaml

from test.acceptance.cluster import clean_environment, program
from test.acceptance.engines import Engine
from test.acceptance.leaks import Leak, Secrets, log_files
from test.acceptance.processes import end, processes_touching
from test.acceptance.waiting import Program, in_thread, until

__all__ = ["Demo"]


class Demo:
    """
    A running demo.

    @param prefix: the words of a command that starts the command behind them.
    @ivar home: holds everything of it.
    @ivar link: the printed link; C{curl} the printed curl line.
    """

    def __init__(self, engine: Engine, *prefix: str) -> None:
        self.engine = engine
        self.home = Path(tempfile.mkdtemp(prefix="arvgate-test-"))
        self.home.chmod(0o755)  # doors run as another account
        self.environment = clean_environment(self.home, TMPDIR=str(self.home), **engine.environment)
        self.link = self.curl = ""
        self._arguments = [*prefix, program("arvgate"), "demo"]

    async def start(self) -> None:
        """Start it and wait for what it prints."""
        self.launch()
        self.curl = (await self.program.printed("curl ", 60.0)).strip()
        self.curl = self.curl[self.curl.index("curl ") :]
        line = await self.program.printed("arvgate_code=")
        found = re.search(r"https://\S+", line)
        assert found is not None
        self.link = found[0]

    def launch(self) -> None:
        """Start it."""
        self.program = Program(self._arguments, self.environment, self.home)

    async def remove(self) -> None:
        """End what is left of it and delete its files."""
        self.program.signal("KILL")
        await self.program.ended()
        await until(self.swept, 10.0, "everything of the demo has ended")
        for config in self.home.glob("*/config.yml"):
            for cluster_id in yaml.safe_load(config.read_text())["Clusters"]:
                await in_thread(self.engine.remove, cluster_id)
        leaks = await in_thread(self.leaks)
        await in_thread(shutil.rmtree, self.home, ignore_errors=True)
        if leaks:
            raise AssertionError(f"secrets of users in logs: {leaks[:10]}")

    def leaks(self) -> list[Leak]:
        """The secrets that are in its logs, which a demo that was ended in an orderly way took along; blocking."""
        secrets = Secrets()
        secrets.learn(self.link)
        logs = [path for state in self.home.glob("*/state") for path in log_files(state)]
        return [leak for path in logs for leak in secrets.leaks(str(path.relative_to(self.home)), path.read_bytes())]

    def left(self) -> list[str]:
        """What there is of it: processes, files, and what its engine has.  Blocking."""
        processes = [f"process {pid}" for pid in processes_touching(self.home)]
        return [*processes, *map(str, self.home.glob("arvgate-*")), *self.engine.left()]

    def swept(self) -> bool:
        """Whether nothing was left; what was left has been killed."""
        left = processes_touching(self.home)
        for pid in left:
            end(pid)
        return not left
