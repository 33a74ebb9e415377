"""Tests of L{arvgate.dispatch.kept_logs}, on real directories."""

from __future__ import annotations

import json
import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.dispatch.kept_logs import KeptLogs
from arvgate.files.facts import LOG_FACTS

ALICE = "zzzzz-tpzed-00000000000000a"
BOB = "zzzzz-tpzed-00000000000000b"
MIB = 1 << 20
#: Seconds after which a removal that does not end fails the test.
PATIENCE = 60


def uuid(number: int) -> str:
    """A container's UUID."""
    return f"zzzzz-dz642-{number:015}"


class KeptLogsTests(SynchronousTestCase):
    """L{KeptLogs}."""

    def setUp(self) -> None:
        """Alice has logs of three containers, the first the newest, bob of one."""
        self.directory = Path(self.mktemp())
        self.logs = KeptLogs(self.directory)
        self.running: set[str] = set()
        for number, written, user in ((1, 300, ALICE), (2, 100, ALICE), (3, 200, ALICE), (4, 1, BOB)):
            self.write(number, written, user)

    def write(self, number: int, written: float, user: str) -> None:
        """Write a MiB of log."""
        directory = self.directory / uuid(number)
        directory.mkdir(parents=True)
        (directory / LOG_FACTS).write_text(json.dumps({"user_uuid": user}))
        (directory / "stdout.txt").write_bytes(b"x" * MIB)
        for path in directory.iterdir():
            os.utime(path, (written, written))

    def expire(self, limit: float) -> list[str]:
        """Give up what is over so many MiB, to the end."""
        gone = self.logs.expire(lambda uuid: uuid not in self.running, int(limit * MIB))
        if self.logs._leftovers._removing is not None:
            self.logs._leftovers._removing.wait(timeout=PATIENCE)
        return gone

    def left(self) -> set[str]:
        """What is in the directory."""
        return set(os.listdir(self.directory))

    def test_oldest(self) -> None:
        """The oldest go until the rest is below the limit; others' do not count."""
        self.assertEqual([], self.expire(3.5))
        self.assertEqual([uuid(2)], self.expire(2.5))
        self.assertEqual({uuid(1), uuid(3), uuid(4)}, self.left())
        self.assertEqual([uuid(3)], self.expire(1.5))

    def test_running(self) -> None:
        """What still runs neither goes nor counts."""
        self.running.add(uuid(2))
        self.assertEqual([], self.expire(2.5))
        self.assertEqual([uuid(3)], self.expire(1.5))

    def test_no_limit(self) -> None:
        """Without a limit nothing goes."""
        self.assertEqual([], self.expire(0))

    def test_unknown(self) -> None:
        """Logs of which nobody knows whose they are stay, and so does what is none of ours; nothing at all is fine."""
        for number in (1, 2, 3):
            (self.directory / uuid(number) / LOG_FACTS).unlink()
        (self.directory / "file").write_bytes(b"x" * MIB)
        self.assertEqual([], self.expire(1.5))
        self.assertEqual(5, len(self.left()))
        self.assertEqual([], KeptLogs(self.directory / "none").expire(lambda uuid: True, 1))
