"""Tests of L{arvgate.runner.rotating_log}."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

import arvgate
from arvgate.runner.rotating_log import MIN_LIMIT, RotatingLog
from arvgate.wire.rotation_line import parse_rotation_line
from test.small_disk import fill, small_disk

HALF = MIN_LIMIT // 2


class LogCase(SynchronousTestCase):
    """Tests with a log in a directory of its own."""

    def setUp(self) -> None:
        """A path that is free."""
        self.directory = Path(self.mktemp())
        self.make_directory()
        self.path = self.directory / "stdout.txt"
        self.earlier = self.directory / "stdout.1.txt"

    def make_directory(self) -> None:
        """Make the directory."""
        self.directory.mkdir()

    def log(self, limit: int = MIN_LIMIT) -> RotatingLog:
        """The log under test."""
        log = RotatingLog(str(self.path), limit)
        self.addCleanup(log.close)
        return log


class RotationTests(LogCase):
    """What is kept and where."""

    def test_below(self) -> None:
        """Up to half the limit there is one file, and what is written is what is in it."""
        log = self.log()
        log.write(b"x" * (HALF - 1))
        log.write(b"y")
        self.assertEqual(b"x" * (HALF - 1) + b"y", self.path.read_bytes())
        self.assertEqual(["stdout.txt"], os.listdir(self.directory))

    def test_beyond(self) -> None:
        """Then it becomes the earlier file, and a new one begins with a line that says so."""
        log = self.log()
        lines = [b"%d\n" % number for number in range(1000)]
        for line in lines:
            log.write(line)
        self.assertEqual(["stdout.1.txt", "stdout.txt"], sorted(os.listdir(self.directory)))
        earlier, present = self.earlier.read_bytes(), self.path.read_bytes()
        before, head = parse_rotation_line(present)
        self.assertEqual((b"".join(lines), 0), (earlier + present[head:], before.gone))
        self.assertEqual((len(earlier), True), (before.kept, earlier.endswith(b"\n")))

    @given(st.lists(st.binary(max_size=6000), max_size=20), st.booleans())
    def test_bounded(self, pieces: list[bytes], reopened: bool) -> None:
        """The newest output is there without a gap, within the limit, and what is gone is counted."""
        for path in (self.path, self.earlier):
            path.unlink(missing_ok=True)
        log = RotatingLog(str(self.path), MIN_LIMIT)
        for piece in pieces:
            log.write(piece)
            if reopened:
                log.close()
                log = RotatingLog(str(self.path), MIN_LIMIT)
        log.close()
        present = self.path.read_bytes()
        earlier = self.earlier.read_bytes() if self.earlier.exists() else b""
        self.assertLessEqual(len(present) + len(earlier), MIN_LIMIT)
        written = b"".join(pieces)
        (before, head), (_, earlier_head) = parse_rotation_line(present), parse_rotation_line(earlier)
        self.assertEqual(written[before.gone :], earlier[earlier_head:] + present[head:])
        self.assertEqual(before.kept, len(earlier) - earlier_head)

    def test_append(self) -> None:
        """What is in the file already stays and counts."""
        self.path.write_bytes(b"before\n" + b"x" * HALF)
        self.log().write(b"after")
        self.assertEqual(b"before\n" + b"x" * HALF, self.earlier.read_bytes())
        self.assertTrue(self.path.read_bytes().endswith(b"]\nafter"))

    def test_added_by_others(self) -> None:
        """What somebody else adds to the file is counted when it is rotated."""
        log = self.log()
        log.write(b"x\n" * 500)
        with open(self.path, "ab") as file:
            file.write(b"added\n")
        log.write(b"y" * 1500)
        before, _ = parse_rotation_line(self.path.read_bytes())
        self.assertEqual((b"x\n" * 500 + b"added\n", 1006), (self.earlier.read_bytes(), before.kept))

    def test_mode(self) -> None:
        """Both files can be read by their owner only, and the job does not inherit them."""
        log = self.log()
        log.write(b"x" * 2 * HALF)
        for path in (self.path, self.earlier):
            self.assertEqual(0o600, path.stat().st_mode & 0o777)
        self.assertFalse(os.get_inheritable(log._fd))

    def test_symbolic_link(self) -> None:
        """A symbolic link is not followed."""
        target = Path(self.mktemp())
        target.write_bytes(b"precious")
        self.path.symlink_to(target.absolute())
        self.assertRaises(OSError, RotatingLog, str(self.path), MIN_LIMIT)
        self.earlier.symlink_to(target.absolute())
        self.path.unlink()
        self.log().write(b"x" * 2 * HALF)
        self.assertEqual(b"precious", target.read_bytes())

    def test_remains_of_a_rotation(self) -> None:
        """A rotation that was interrupted does not stand in the way of the next."""
        for name in ("stdout.1.txt.new", "stdout.txt.new"):
            (self.directory / name).write_bytes(b"remains")
        self.log().write(b"x" * 2 * HALF)
        self.assertEqual(["stdout.1.txt", "stdout.txt"], sorted(os.listdir(self.directory)))

    def test_close(self) -> None:
        """A log that is closed has no descriptor any more, however often it was rotated."""
        before = os.listdir("/proc/self/fd")
        log = RotatingLog(str(self.path), MIN_LIMIT)
        log.write(b"x" * 10 * HALF)
        self.assertEqual(len(before) + 1, len(os.listdir("/proc/self/fd")))
        log.close()
        self.assertEqual(before, os.listdir("/proc/self/fd"))

    def test_standard_library_only(self) -> None:
        """It can be imported without any other package, as the keeper does."""
        root = Path(arvgate.__file__).parents[1]
        subprocess.run(
            [sys.executable, "-S", "-P", "-c", "import arvgate.runner.rotating_log"],
            env={"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
        )


class FaultTests(LogCase):
    """What cannot be written."""

    def test_file_size(self) -> None:
        """What is dropped is said, with the reason, as soon as there is room again."""
        log = self.log()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4, hard))
        try:
            log.write(b"123456")
            log.write(b"789")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        self.assertEqual("File too large", log.lost)
        log.write(b"again\n")
        self.assertEqual(b"1234\n[arvgate: output is missing here: File too large]\nagain\n", self.path.read_bytes())

    def test_directory_gone(self) -> None:
        """If its directory is given up the log does not fail."""
        log = self.log()
        self.directory.rename(self.mktemp())
        log.write(b"x" * 2 * HALF)
        self.assertEqual("No such file or directory", log.lost)


class FullDiskTests(LogCase):
    """A log on a disk that gets full."""

    def make_directory(self) -> None:
        """Mount a small one."""
        small_disk(self.directory, self.addCleanup)

    def test_full(self) -> None:
        """What a full disk swallows is dropped and said; then it goes on."""
        log = self.log(1 << 30)
        log.write(b"before\n")
        filling = fill(self.directory)
        log.write(b"x" * 100_000)
        self.assertEqual("No space left on device", log.lost)
        filling.unlink()
        log.write(b"again\n")
        content = self.path.read_bytes()
        self.assertTrue(content.startswith(b"before\n"))
        self.assertTrue(content.endswith(b"\n[arvgate: output is missing here: No space left on device]\nagain\n"))

    def test_full_while_rotating(self) -> None:
        """A file that can be begun no more is begun when there is room."""
        log = self.log(131072)
        log.write(b"a\n" * 60_000)
        filling = fill(self.directory)
        for _ in range(20):
            log.write(b"b\n" * 3000)
        filling.unlink()
        log.write(b"again\n")
        before, head = parse_rotation_line(self.path.read_bytes())
        self.assertGreater(head, 0)
        self.assertTrue(self.path.read_bytes().endswith(b"again\n"))
        self.assertEqual({"stdout.txt", "stdout.1.txt"}, set(os.listdir(self.directory)))
        self.assertGreater(before.kept, 50_000)
