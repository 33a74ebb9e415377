"""
Tests for L{arvgate.service.state_lock}.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

from arvgate.service.state_lock import StateInUse, lock_state

#: Holds the lock, says so, and frees it when its input ends.
HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read(int(sys.argv[2]))
"""


class LockTests(SynchronousTestCase):
    """One gateway at a time."""

    def setUp(self) -> None:
        """Nobody holds it."""
        self.path = os.path.abspath(self.mktemp())

    def hold(self, length: int = 1) -> subprocess.Popen[bytes]:
        """Another process holds it until it has read so many bytes."""
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, self.path, str(length)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin and process.stdout
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        self.assertEqual(b"held\n", process.stdout.readline())
        return process

    def test_free(self) -> None:
        """A lock that nobody holds is taken at once, and is free when its last descriptor is closed."""
        file = lock_state(self.path, 0.0)
        copy = os.dup(file)
        self.assertEqual(0o600, os.fstat(file).st_mode & 0o777)
        os.close(file)
        self.assertRaises(StateInUse, lock_state, self.path, 0.0)
        os.close(copy)
        os.close(lock_state(self.path, 0.0))

    def test_held(self) -> None:
        """While another process holds it one waits only so long, and the alarm clock is as before."""
        before = signal.getsignal(signal.SIGALRM)
        self.hold()
        error = self.assertRaises(StateInUse, lock_state, self.path, 0.05)
        self.assertIn(os.path.dirname(self.path), error.sentence)
        self.assertIs(before, signal.getsignal(signal.SIGALRM))
        self.assertEqual((0.0, 0.0), signal.getitimer(signal.ITIMER_REAL))

    def test_makes_way(self) -> None:
        """It is taken as soon as the other process is gone."""
        process = self.hold()
        assert process.stdin is not None
        process.stdin.write(b"x")
        process.stdin.flush()
        os.close(lock_state(self.path, 20.0))

    def test_no_place(self) -> None:
        """A file that cannot be made is named."""
        error = self.assertRaises(StateInUse, lock_state, f"{self.path}/missing", 0.0)
        self.assertIn("no such file", error.sentence)
