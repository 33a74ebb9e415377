"""Tests of L{arvgate.runner.docker.output_files}."""

from __future__ import annotations

import os
from pathlib import Path

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.interfaces import JobPlan
from arvgate.runner.docker.output_files import OutputFiles
from test.small_disk import fill, small_disk


class OutputFilesTests(SynchronousTestCase):
    """L{OutputFiles}."""

    def setUp(self) -> None:
        """A plan in a directory."""
        self.root = Path(self.mktemp()).absolute()
        self.root.mkdir()
        self.plan = JobPlan(
            uuid="zzzzz-dz642-000000000000001",
            lock_count=1,
            command=("true",),
            environment={},
            cwd="",
            workdir=str(self.root),
            stdout=str(self.root / "stdout.txt"),
            stderr=str(self.root / "stderr.txt"),
            log_limit=10_000,
        )

    def opened(self, **more: object) -> OutputFiles:
        """The files of the plan."""
        files = OutputFiles(attrs.evolve(self.plan, **more))
        self.addCleanup(files.close)
        return files

    def held(self) -> list[str]:
        """What is open in the directory."""
        names = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
        found = [os.readlink(name) for name in names if os.path.islink(name)]
        return sorted(os.path.basename(one) for one in found if one.startswith(str(self.root)))

    def test_logs(self) -> None:
        """Both streams have logs, and no stdin."""
        files = self.opened()
        files.logs[1](b"out")
        files.logs[2](b"err")
        self.assertEqual({}, files.exact)
        self.assertIsNone(files.take_stdin())
        self.assertEqual([b"out", b"err"], [(self.root / f"{name}.txt").read_bytes() for name in ("stdout", "stderr")])
        self.assertEqual(("", ""), (files.trouble, files.incomplete))

    def test_redirect(self) -> None:
        """A stream that goes to a file has no log; the file is whole, and may be read by anybody."""
        path = self.root / "result"
        files = self.opened(redirects={"stderr": str(path)})
        self.assertEqual(([1], [2]), (list(files.logs), list(files.exact)))
        files.exact[2](b"a\n" * 50_000)
        files.exact[2](b"\xff")
        self.assertEqual(b"a\n" * 50_000 + b"\xff", path.read_bytes())
        self.assertEqual(0o644, path.stat().st_mode & 0o777)
        self.assertFalse((self.root / "stderr.txt").exists())

    def test_in_the_way(self) -> None:
        """What is where a file is to be is refused, a link too, and nothing stays open."""
        path = self.root / "result"
        (self.root / "input").touch()
        for make in (path.touch, path.mkdir, lambda: path.symlink_to("elsewhere"), lambda: os.mkfifo(path)):
            make()
            with self.assertRaises(FileExistsError):
                self.opened(stdin=str(self.root / "input"), redirects={"stderr": str(path)})
            self.assertEqual([], self.held())
            path.rmdir() if path.is_dir() else path.unlink()
        self.assertFalse((self.root / "elsewhere").exists())

    def test_full(self) -> None:
        """A file for which there is no room is incomplete, with the reason, also when there is room again."""
        disk = self.root / "disk"
        small_disk(disk, self.addCleanup)
        files = self.opened(redirects={"stdout": str(disk / "result")})
        files.exact[1](b"first\n")
        filling = fill(disk)
        files.exact[1](b"x" * 100_000)
        self.assertIn("No space left", files.incomplete)
        filling.unlink()
        files.exact[1](b"last\n")
        self.assertIn("No space left", files.incomplete)
        self.assertNotIn(b"last", (disk / "result").read_bytes())
        files.close()

    def test_full_log(self) -> None:
        """A log for which there is no room is a trouble, and ends nothing."""
        disk = self.root / "disk"
        small_disk(disk, self.addCleanup)
        files = self.opened(stdout=str(disk / "stdout.txt"))
        fill(disk)
        files.logs[1](b"x" * 9000)
        self.assertIn("Output is missing", files.trouble)
        self.assertEqual("", files.incomplete)
        files.close()

    def test_stdin(self) -> None:
        """Stdin is open until it is taken, and then whoever took it has it."""
        (self.root / "input").write_text("hello")
        files = self.opened(stdin=str(self.root / "input"))
        self.assertIn("input", self.held())
        descriptor = files.take_stdin()
        assert descriptor is not None
        self.assertIsNone(files.take_stdin())
        files.close()
        self.assertEqual(["input"], self.held())
        self.assertEqual(b"hello", os.read(descriptor, 100))
        os.close(descriptor)

    def test_close(self) -> None:
        """Closed twice they are closed once."""
        (self.root / "input").touch()
        files = self.opened(stdin=str(self.root / "input"), redirects={"stdout": str(self.root / "result")})
        files.close()
        files.close()
        self.assertEqual([], self.held())

    def test_missing(self) -> None:
        """Where a file cannot be made, none is left open."""
        for more in ({"stdin": "/nowhere/x"}, {"stderr": "/nowhere/x"}, {"redirects": {"stderr": "/nowhere/x"}}):
            with self.assertRaises(FileNotFoundError):
                self.opened(**more)
            self.assertEqual([], self.held())
