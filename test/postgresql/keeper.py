"""
Keeps a PostgreSQL server until its standard input ends, also when whoever started it is killed: then nothing is left.

Each line of standard input, C{start}, C{stop}, C{freeze} or C{thaw}, is done and answered by a line of JSON.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from test.acceptance.processes import children_of

#: Nothing is to survive a crash of the machine, so nothing waits for a disk.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "autovacuum_naptime": "10min",
    "shared_buffers": "64MB",
}


class Keeper:
    """A server in a directory of its own."""

    def __init__(self, programs: Path) -> None:
        """
        Make its data.

        @param programs: where PostgreSQL's are.
        """
        self._programs = programs
        self.directory = Path(tempfile.mkdtemp(prefix="arvgate-pg-"))
        self.directory.chmod(0o755)
        self._account: Mapping[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("postgres")
            self._account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()}
            os.chown(self.directory, account.pw_uid, account.pw_gid)
        # Texts in another order than that of their bytes, so that what does not ask for that one shows.
        order = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N", *order)

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = [f"-c {name}={value}" for name, value in _SETTINGS.items()]
        options = " ".join((f"-k {self.directory}", *settings))
        self._run("pg_ctl", "start", "-w", "-l", str(self.directory / "log"), "-o", options)

    def stop(self, how: str = "fast") -> None:
        """End it; connections are cut."""
        self.thaw()
        self._run("pg_ctl", "stop", "-w", "-m", how)

    def freeze(self) -> None:
        """Let it and all its connections stand still."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """End it and leave nothing."""
        if self._pid():
            self.stop("immediate")
        shutil.rmtree(self.directory, ignore_errors=True)

    def _pid(self) -> int:
        try:
            return int((self.directory / "data" / "postmaster.pid").read_text().split()[0])
        except OSError:
            return 0

    def _signal(self, number: signal.Signals) -> None:
        pid = self._pid()
        for one in (pid, *children_of(pid)) if pid else ():
            os.kill(one, number)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), "-D", str(self.directory / "data"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=self.directory,
            check=False,
            **self._account,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')[-2000:]}")


def main(arguments: Sequence[str]) -> None:
    """Keep a server."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what interrupts the tests is not to interrupt their end
    keeper = Keeper(Path(arguments[0]))
    try:
        _say({"directory": str(keeper.directory)})
        for line in sys.stdin:
            try:
                getattr(keeper, line.strip())()
                _say({})
            except (OSError, RuntimeError) as error:
                _say({"error": str(error)})
    finally:
        keeper.remove()


def _say(answer: Mapping[str, str]) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
