"""Tests of L{arvgate.runner.own_log}."""

from __future__ import annotations

from pathlib import Path

from twisted.logger import Logger, LogPublisher, textFileLogObserver
from twisted.trial.unittest import SynchronousTestCase

from arvgate.runner.own_log import OwnLog
from test.small_disk import fill, small_disk


class OwnLogTests(SynchronousTestCase):
    """L{OwnLog} under a log observer."""

    def log(self, directory: Path, limit: int) -> Logger:
        """A logger that writes there."""
        log = OwnLog(str(directory / "runner.txt"), limit)
        self.addCleanup(log.close)
        return Logger(observer=LogPublisher(textFileLogObserver(log)))  # type: ignore[arg-type]

    def test_bounded(self) -> None:
        """Events are lines, the newest within the limit."""
        directory = Path(self.mktemp())
        directory.mkdir()
        log = self.log(directory, 10_000)
        for number in range(1000):
            log.info("event {number} \udcff", number=number)
        self.assertTrue((directory / "runner.txt").read_text().endswith("event 999 \\udcff\n"))
        self.assertLess(sum(path.stat().st_size for path in directory.iterdir()), 10_001)

    def test_full_disk(self) -> None:
        """A full disk is no fault of who logs."""
        directory = Path(self.mktemp())
        small_disk(directory, self.addCleanup)
        log = self.log(directory, 1 << 30)
        fill(directory)
        for _ in range(2000):
            log.info("event {text}", text="x" * 100)
        self.assertNotIn("Traceback", (directory / "runner.txt").read_text())
