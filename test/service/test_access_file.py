"""
Tests for L{arvgate.service.access_file}.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.errors import ConfigInvalid
from arvgate.service.access_file import AccessFile, AccessPipe, PipeWriter, access_file
from test.service.test_watching import PATIENCE, WatchCase

LINE = b'{"path":"/"}\n'


class FileTests(SynchronousTestCase):
    """The file."""

    def setUp(self) -> None:
        """A file."""
        self.path = Path(self.mktemp()).absolute()
        self.file = AccessFile(str(self.path), limit=100)
        self.addCleanup(self.file.close)
        self.logged: list[str] = []
        globalLogPublisher.addObserver(self._observe)
        self.addCleanup(globalLogPublisher.removeObserver, self._observe)

    def _observe(self, event: LogEvent) -> None:
        self.logged.append(formatEvent(event))

    def test_appended(self) -> None:
        """Lines are appended to what is there, in a file that others may not read."""
        self.file.write(LINE)
        again = AccessFile(str(self.path))
        again.write(LINE)
        again.close()
        self.assertEqual(2 * LINE, self.path.read_bytes())
        self.assertEqual(0, self.path.stat().st_mode & 0o007)

    def test_rotated_by_somebody(self) -> None:
        """Whoever moves the file away and says so has the lines from then on in a new one; before, none is lost."""
        self.path.rename(f"{self.path}.old")
        self.file.write(LINE)
        self.file.reopen()
        self.file.write(LINE)
        self.assertEqual([LINE, LINE], [Path(f"{self.path}.old").read_bytes(), self.path.read_bytes()])

    def test_cannot_be_reopened(self) -> None:
        """Where no new file can be opened the old one goes on, and the log says so."""
        self.path.unlink()
        self.path.mkdir()
        self.file.reopen()
        self.file.write(LINE)
        self.assertIn("Arvgate.AccessLog", self.logged[0])

    def test_rotated_by_nobody(self) -> None:
        """A large file is put aside, so that two of them are all that ever is there."""
        for _ in range(30):
            self.file.write(LINE)
        sizes = [path.stat().st_size for path in (self.path, Path(f"{self.path}.1"))]
        self.assertLess(sizes[0], 100)
        self.assertLess(sizes[1], 100 + len(LINE))
        self.assertEqual(2, len(list(self.path.parent.glob(f"{self.path.name}*"))))

    def test_gateways_log(self) -> None:
        """A dash stands for the gateway's own log."""
        AccessFile("-").write(LINE + LINE[:3])
        self.assertEqual([LINE.decode().rstrip()], self.logged)

    def test_none(self) -> None:
        """No path, no file; a path that cannot be opened is a problem of the configuration."""
        self.assertIsNone(access_file(""))
        error = self.assertRaises(ConfigInvalid, access_file, "/nowhere/access.log")
        self.assertIn("Arvgate.AccessLog: /nowhere/access.log: no such file", error.problems[0])

    def test_full(self) -> None:
        """What the disk does not take is lost; that is said once, and nothing fails."""
        full = AccessFile("/dev/full")
        self.addCleanup(full.close)
        full.write(LINE)
        full.write(LINE)
        self.assertEqual(1, len(self.logged))
        self.assertIn("No space left", self.logged[0])


class PipeTests(TestCase):
    """The pipe."""

    def setUp(self) -> None:
        """A pipe into a list."""
        self.taken = b""
        self.pipe = AccessPipe(reactor, self._take)
        self.addCleanup(self.pipe.close)

    def _take(self, data: bytes) -> None:
        self.taken += data

    def test_never_waits(self) -> None:
        """What a full pipe does not take is dropped and counted, line by line; the rest arrives whole."""
        write = PipeWriter(self.pipe.end)
        line = b"x" * 4000 + b"\n"
        for _ in range(1000):
            write(line)
        self.assertGreater(write.dropped, 0)
        self.pipe.close()
        self.assertEqual(line * (1000 - write.dropped), self.taken)

    async def test_several(self) -> None:
        """Lines of several processes arrive whole."""
        program = (
            "import os, sys\nfor _ in range(2000): os.write(int(sys.argv[1]), sys.argv[2].encode() * 3000 + b'\\n')"
        )
        os.set_blocking(self.pipe.end, True)
        self.pipe.start()

        def run() -> None:
            for letter in "ab":
                command = [sys.executable, "-c", program, str(self.pipe.end), letter]
                processes.append(subprocess.Popen(command, pass_fds=[self.pipe.end]))
            for process in processes:
                process.wait()

        processes: list[subprocess.Popen[bytes]] = []
        await deferToThread(run)
        self.pipe.close()
        lines = self.taken.splitlines()
        self.assertEqual(([b"a" * 3000, b"b" * 3000], 4000), (sorted(set(lines)), len(lines)))


class ProcessTests(WatchCase):
    """A gateway of several processes."""

    workers = 2

    async def test_lines(self) -> None:
        """Every door's lines come into one file, also after a hangup signal and after a door was replaced."""
        path = self.cluster.directory / "state" / "access.log"
        await self.until_logged(path, 1)
        path.rename(f"{path}.old")
        os.kill(os.getpid(), signal.SIGHUP)
        deadline = reactor.seconds() + PATIENCE
        while not path.exists():
            self.assertLess(reactor.seconds(), deadline, "the file is not opened anew")
            await deferLater(reactor, 0.02)
        pid = int(self.watch.processes["door 1"] or 0)
        os.kill(pid, signal.SIGKILL)
        doors = {await self.until_replaced("door 1", pid), int(self.watch.processes["door 2"] or 0)}
        seen: set[int] = set()
        while not doors <= seen:
            self.assertLess(reactor.seconds(), deadline, "not all doors have answered")
            await self.cluster.get(self.port, "/arvados/v1/config?secret")
            seen = {json.loads(line)["door"] for line in path.read_text().splitlines()}
            await deferLater(reactor, 0.02)
        self.assertNotIn("secret", path.read_text())

    async def until_logged(self, path: Path, count: int) -> None:
        """Wait until the file has so many lines."""
        deadline = reactor.seconds() + PATIENCE
        while len(path.read_bytes().splitlines()) < count:
            self.assertLess(reactor.seconds(), deadline, "nothing is logged")
            await deferLater(reactor, 0.02)
