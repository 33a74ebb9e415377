"""Log files that end at a limit."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.runner.process.capped_log import CappedLog

FULL = b"\n[arvgate: this log has reached its limit of 10 bytes; the rest is dropped]\n"


class CappedLogTests(SynchronousTestCase):
    """L{CappedLog}."""

    def setUp(self) -> None:
        """A path that is free."""
        self.path = Path(self.mktemp())

    def log(self, limit: int = 10) -> CappedLog:
        """The log under test."""
        log = CappedLog(str(self.path), limit)
        self.addCleanup(log.close)
        return log

    def test_below_limit(self) -> None:
        """What there is room for is written as it is, up to the last byte."""
        log = self.log()
        log.write(b"12345")
        log.write(b"67890")
        self.assertEqual(b"1234567890", self.path.read_bytes())

    def test_beyond_limit(self) -> None:
        """At the limit there is one line that says so, and nothing after it."""
        log = self.log()
        log.write(b"123456")
        log.write(b"789012")
        log.write(b"345678")
        self.assertEqual(b"1234567890" + FULL, self.path.read_bytes())

    def test_append(self) -> None:
        """What is in the file already stays and counts."""
        self.path.write_bytes(b"before ")
        self.log().write(b"after")
        self.assertEqual(b"before aft" + FULL, self.path.read_bytes())

    def test_append_beyond_limit(self) -> None:
        """To a file that is full nothing is added, not even a second line that says so."""
        self.path.write_bytes(b"1234567890" + FULL)
        self.log().write(b"more")
        self.assertEqual(b"1234567890" + FULL, self.path.read_bytes())

    def test_mode(self) -> None:
        """A log that is made can be read by its owner only, and the job does not inherit it."""
        self.log()
        self.assertEqual(0o600, self.path.stat().st_mode & 0o777)

    def test_symbolic_link(self) -> None:
        """A symbolic link is not followed."""
        target = Path(self.mktemp())
        target.write_bytes(b"precious")
        self.path.symlink_to(target.absolute())
        self.assertRaises(OSError, CappedLog, str(self.path), 10)
        self.assertEqual(b"precious", target.read_bytes())

    def test_no_room_on_disk(self) -> None:
        """What cannot be written is dropped, and a line says so and why as soon as there is room again."""
        log = self.log(1000)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4, hard))
        try:
            log.write(b"123456")
            log.write(b"789")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        log.write(b"again\n")
        self.assertEqual(b"1234\n[arvgate: output is missing here: File too large]\nagain\n", self.path.read_bytes())

    def test_close(self) -> None:
        """A log that is closed has no descriptor any more."""
        before = os.listdir("/proc/self/fd")
        log = CappedLog(str(self.path), 10)
        self.assertEqual(len(before) + 1, len(os.listdir("/proc/self/fd")))
        log.close()
        self.assertEqual(before, os.listdir("/proc/self/fd"))
