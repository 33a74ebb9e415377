"""
A running C{arvgate demo} and what it printed.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from test.acceptance.cluster import clean_environment, program
from test.acceptance.processes import end, processes_touching
from test.acceptance.waiting import Program, in_thread, until

__all__ = ["Demo"]


class Demo:
    """
    A running demo.

    @ivar home: holds everything of it.
    @ivar link: the printed link; C{curl} the printed curl line.
    """

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="arvgate-test-"))
        self.home.chmod(0o755)  # doors run as another account
        self.environment = clean_environment(self.home)
        self.link = self.curl = ""

    async def start(self) -> None:
        """Start it and wait for what it prints."""
        arguments = [program("arvgate"), "demo", "--dir", str(self.home / "demo")]
        self.program = Program(arguments, self.environment, self.home)
        self.curl = (await self.program.printed("curl ", 60.0)).strip()
        self.curl = self.curl[self.curl.index("curl ") :]
        line = await self.program.printed("arvgate_code=")
        found = re.search(r"https://\S+", line)
        assert found is not None
        self.link = found[0]

    async def remove(self) -> None:
        """End what is left of it and delete its files."""
        self.program.signal("KILL")
        await self.program.ended()
        await until(self.swept, 10.0, "everything of the demo has ended")
        await in_thread(shutil.rmtree, self.home, ignore_errors=True)

    def swept(self) -> bool:
        """Whether nothing was left; what was left has been killed."""
        left = processes_touching(self.home)
        for pid in left:
            end(pid)
        return not left
