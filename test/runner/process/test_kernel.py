"""What the kernel is asked for does what the process engine builds on."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

import arvgate
from arvgate.runner.process import kernel

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(arvgate.__file__)))

ORPHAN = """
import os
from arvgate.runner.process import kernel
kernel.become_subreaper()
readable, writable = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        os.close(writable)
        os.read(readable, 1)
        os._exit(7)
    os._exit(6)
codes = [os.waitstatus_to_exitcode(os.wait()[1])]
os.close(writable)
codes.append(os.waitstatus_to_exitcode(os.wait()[1]))
print(codes)
"""

DEATH = """
import os, signal
from arvgate.runner.process import kernel
kernel.become_subreaper()
readable, writable = os.pipe()
parent = os.fork()
if parent == 0:
    if os.fork() == 0:
        kernel.die_with_parent(signal.SIGUSR1)
        os.write(writable, b"x")
        signal.pause()
    signal.pause()
os.read(readable, 1)
os.kill(parent, signal.SIGKILL)
print([os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(2)] == [-signal.SIGKILL, -signal.SIGUSR1])
"""

PRIVILEGES = """
import os
from arvgate.runner.process import kernel
kernel.refuse_new_privileges()
os.execv("/bin/cat", ["cat", "/proc/self/status"])
"""


def output_of(program: str) -> str:
    """What a Python program writes."""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=30, check=True
    ).stdout


class KernelTests(SynchronousTestCase):
    """L{arvgate.runner.process.kernel}, in processes of their own."""

    def test_subreaper(self) -> None:
        """A subreaper collects its grandchild when the child between them has ended."""
        self.assertEqual("[6, 7]\n", output_of(ORPHAN))

    def test_death_signal(self) -> None:
        """A process that dies with its parent gets the signal when the parent is killed."""
        self.assertEqual("True\n", output_of(DEATH))

    def test_no_new_privileges(self) -> None:
        """That no rights can be gained outlasts the execution of a program."""
        self.assertIn("NoNewPrivs:\t1\n", output_of(PRIVILEGES))

    def test_refused(self) -> None:
        """What the kernel refuses is an OSError with its number."""
        error = self.assertRaises(OSError, kernel.die_with_parent, 9999)
        self.assertEqual(errno.EINVAL, error.errno)
