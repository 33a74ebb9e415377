"""The process tree as C{/proc} shows it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.runner.process import tree
from arvgate.runner.process.tree import Process
from test.runner.process.proc_files import ProcFiles


class SnapshotTests(SynchronousTestCase):
    """L{tree.processes} on a directory."""

    def setUp(self) -> None:
        """An empty one."""
        self.proc = ProcFiles(self.mktemp())

    def test_process(self) -> None:
        """Parent, start and state are those of the file."""
        self.proc.process(12, parent=7, started=345)
        self.assertEqual([Process(12, 7, 345, False)], tree.processes(self.proc.path))

    def test_name(self) -> None:
        """A command's name may look like the rest of the line."""
        self.proc.process(12, parent=7, started=345, name="a) Z 1 (b")
        self.assertEqual([Process(12, 7, 345, False)], tree.processes(self.proc.path))

    def test_zombie(self) -> None:
        """Who has ended and was not collected is a zombie."""
        self.proc.process(12, parent=7, state="Z")
        self.assertTrue(tree.processes(self.proc.path)[0].zombie)

    def test_other_files(self) -> None:
        """What is no process is passed over, and so is a process that ends meanwhile."""
        self.proc.process(12, parent=7)
        self.proc.process(13, parent=7)
        Path(self.proc.path, "13", "stat").unlink()
        Path(self.proc.path, "uptime").write_text("1 2\n")
        self.assertEqual([12], [process.pid for process in tree.processes(self.proc.path)])

    def test_real(self) -> None:
        """The real one shows this process, which is no zombie."""
        (own,) = [process for process in tree.processes() if process.pid == os.getpid()]
        self.assertEqual((os.getppid(), False), (own.parent, own.zombie))


class DescendantsTests(SynchronousTestCase):
    """L{tree.descendants}."""

    def test_descendants(self) -> None:
        """Children and what is below them, parents first, whatever the order of the snapshot; nobody else."""
        snapshot = [Process(pid, parent, 0, False) for pid, parent in ((5, 4), (4, 2), (3, 2), (2, 1), (9, 8), (1, 0))]
        found = [process.pid for process in tree.descendants(2, snapshot)]
        self.assertEqual({3, 4, 5}, set(found))
        self.assertLess(found.index(4), found.index(5))

    def test_none(self) -> None:
        """Who has no children has no descendants."""
        self.assertEqual([], tree.descendants(3, [Process(3, 2, 0, False)]))

    def test_circle(self) -> None:
        """A snapshot whose parts are of different moments and form a circle has an end."""
        snapshot = [Process(2, 3, 0, False), Process(3, 2, 0, False)]
        self.assertEqual([3, 2], [process.pid for process in tree.descendants(2, snapshot)])


class SignalTests(SynchronousTestCase):
    """L{tree.send_signal} to a real process."""

    def setUp(self) -> None:
        """One that waits."""
        self.child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.addCleanup(self._end)
        (self.process,) = [process for process in tree.processes() if process.pid == self.child.pid]

    def _end(self) -> None:
        self.child.communicate(timeout=30)

    def test_signal(self) -> None:
        """The process gets it."""
        tree.send_signal(self.process, signal.SIGTERM)
        self.assertEqual(-signal.SIGTERM, self.child.wait(30))

    def test_other_process(self) -> None:
        """A process that was given the same pid later is left alone."""
        tree.send_signal(self.process._replace(started=self.process.started - 1), signal.SIGKILL)
        tree.send_signal(self.process, signal.SIGTERM)
        self.assertEqual(-signal.SIGTERM, self.child.wait(30))

    def test_ended(self) -> None:
        """Nothing happens to a process that has ended."""
        self._end()
        tree.send_signal(self.process, signal.SIGKILL)
        self.assertEqual(0, self.child.returncode)

    def test_ended_meanwhile(self) -> None:
        """Nothing happens to a process that C{/proc} no longer shows."""
        proc = ProcFiles(self.mktemp())
        proc.process(self.child.pid, os.getpid())
        shutil.rmtree(os.path.join(proc.path, str(self.child.pid)))
        tree.send_signal(self.process, signal.SIGKILL, proc.path)
        self._end()
        self.assertEqual(0, self.child.returncode)


class ChildrenTests(SynchronousTestCase):
    """L{tree.children} of this process."""

    def test_children(self) -> None:
        """A child is one of them from its start until it is collected."""
        child = subprocess.Popen(["true"])
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        self.assertIn(child.pid, tree.children())
        child.wait()
        self.assertNotIn(child.pid, tree.children())

    def test_unlisted(self) -> None:
        """A kernel that does not list them has none."""
        self.assertEqual([], tree.children(self.mktemp()))
