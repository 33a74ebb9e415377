"""Tests of L{arvgate.runner.output}."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import EngineFailed
from arvgate.files.walking import open_inner
from arvgate.runner.output import KeptOutput, OutputFacts, keep_output, measure
from arvgate.runner.workdir import remove_directory
from test.requirements import require
from test.small_disk import fill, small_disk

UUID = "zzzzz-dz642-000000000000001"
USER = "zzzzz-tpzed-000000000000001"


class OutputCase(SynchronousTestCase):
    """Tests with a job's output and a place to keep it."""

    def setUp(self) -> None:
        """Make both."""
        base = Path(self.mktemp()).absolute()
        base.mkdir()
        self.addCleanup(remove_directory, str(base))
        self.source = base / "job"
        self.outputs = base / "outputs"
        self.place_outputs()
        self.destination = self.outputs / UUID
        self.source.mkdir()

    def place_outputs(self) -> None:
        """Make the directory of kept outputs."""
        self.outputs.mkdir()

    def keep(self, lock_count: int = 1) -> KeptOutput:
        """Keep it."""
        return keep_output(str(self.source), str(self.destination), OutputFacts(UUID, USER, lock_count, 1000.5))

    def facts(self) -> Any:
        """What is written about it."""
        return json.loads(Path(f"{self.destination}.json").read_text())


class KeepOutputTests(OutputCase):
    """L{keep_output}."""

    def test_moved(self) -> None:
        """The directory is moved and its facts stand beside it, for its owner only."""
        (self.source / "inner").mkdir()
        (self.source / "inner" / "file").write_bytes(b"result")
        kept = self.keep()
        self.assertEqual(b"result", (self.destination / "inner" / "file").read_bytes())
        self.assertFalse(self.source.exists())
        self.assertEqual((1, 0, 0, ""), (kept.files, kept.left_out, kept.unreadable, kept.note))
        self.assertEqual(
            {
                "container_uuid": UUID,
                "user_uuid": USER,
                "lock_count": 1,
                "bytes": kept.bytes,
                "files": 1,
                "finished_at": 1000.5,
            },
            self.facts(),
        )
        self.assertEqual(0o600, stat.S_IMODE(os.stat(f"{self.destination}.json").st_mode))
        self.assertEqual({UUID, f"{UUID}.json"}, set(os.listdir(self.outputs)))

    def test_empty(self) -> None:
        """Nothing is a result, too."""
        self.assertEqual(0, self.keep().files)
        self.assertEqual([], os.listdir(self.destination))

    def test_harmless(self) -> None:
        """What is kept gives nobody rights: no set-id bits, and only the owner comes in."""
        self.source.chmod(0o777)
        program = self.source / "program"
        program.write_bytes(b"")
        program.chmod(0o6755)
        inner = self.source / "inner"
        inner.mkdir()
        inner.chmod(0o3777)
        self.keep()
        modes = [stat.S_IMODE((self.destination / name).stat().st_mode) for name in ("", "program", "inner")]
        self.assertEqual([0o700, 0o755, 0o777], modes)
        self.assertEqual(os.geteuid(), self.destination.stat().st_uid)

    def test_made_readable(self) -> None:
        """Modes that keep the owner out are opened."""
        (self.source / "inner").mkdir()
        (self.source / "inner" / "file").write_bytes(b"x")
        (self.source / "inner" / "file").chmod(0)
        (self.source / "inner").chmod(0)
        self.source.chmod(0o111)
        self.keep()
        modes = [stat.S_IMODE((self.destination / name).stat().st_mode) for name in ("inner", "inner/file")]
        self.assertEqual([0o700, 0o400], modes)

    def test_special_files(self) -> None:
        """Pipes and sockets are left out, counted and said; links are kept as they are."""
        os.mkfifo(self.source / "pipe")
        with socket.socket(socket.AF_UNIX) as listening:
            directory = os.open(self.source, os.O_RDONLY)
            listening.bind(f"/proc/self/fd/{directory}/socket")
            os.close(directory)
        os.symlink("/etc/shadow", self.source / "link")
        kept = self.keep()
        self.assertEqual(["link"], os.listdir(self.destination))
        self.assertEqual((2, 0), (kept.left_out, kept.unreadable))
        self.assertEqual("The output is kept without devices, pipes or sockets (2).", kept.note)

    def test_devices(self) -> None:
        """A device node does not survive."""
        require("root")
        try:
            os.mknod(self.source / "memory", stat.S_IFCHR | 0o666, os.makedev(1, 1))
        except PermissionError:
            os.mkfifo(self.source / "memory")
        self.assertEqual(1, self.keep().left_out)
        self.assertEqual([], os.listdir(self.destination))

    def test_links_are_not_followed(self) -> None:
        """What links point to outside is neither changed nor counted, and a link is no output."""
        outside = self.outputs.parent / "outside"
        outside.mkdir()
        (outside / "file").write_bytes(b"precious")
        (outside / "file").chmod(0o4000)
        os.symlink(outside, self.source / "directory")
        os.symlink(outside / "file", self.source / "file")
        self.assertEqual(0, self.keep().files)
        self.assertEqual(0o4000, stat.S_IMODE((outside / "file").stat().st_mode))
        os.symlink(outside, self.source)
        self.assertRaises(EngineFailed, self.keep)
        self.assertEqual(["file"], os.listdir(outside))

    def test_deep(self) -> None:
        """A tree deeper than any path is kept whole."""
        here = os.open(self.source, os.O_RDONLY)
        for _ in range(2000):
            os.mkdir("d", dir_fd=here)
            inner = open_inner("d", here)
            os.close(here)
            here = inner
        os.close(os.open("last", os.O_CREAT, dir_fd=here))
        os.close(here)
        self.assertEqual(1, self.keep().files)

    def test_earlier_attempt(self) -> None:
        """An earlier attempt's output is replaced, and left for the dispatcher to remove."""
        (self.source / "old").write_bytes(b"")
        self.keep()
        self.source.mkdir()
        (self.source / "new").write_bytes(b"")
        self.keep(2)
        self.assertEqual((["new"], 2), (os.listdir(self.destination), self.facts()["lock_count"]))
        self.assertEqual({UUID, f"{UUID}.json", f".left-{UUID}-0"}, set(os.listdir(self.outputs)))

    def test_missing(self) -> None:
        """Where there is no directory, the reason is said."""
        self.source.rmdir()
        error = self.assertRaises(EngineFailed, self.keep)
        self.assertEqual("The container's output could not be kept: No such file or directory.", error.sentence)
        self.assertEqual([], os.listdir(self.outputs))


class OtherDiskTests(OutputCase):
    """Outputs on another file system than jobs, a small one."""

    def place_outputs(self) -> None:
        """Mount it."""
        small_disk(self.outputs, self.addCleanup)

    def test_copied(self) -> None:
        """The output is copied."""
        (self.source / "inner").mkdir()
        (self.source / "inner" / "file").write_bytes(b"result")
        (self.source / "program").write_bytes(b"")
        (self.source / "program").chmod(0o4755)
        self.assertEqual(2, self.keep().files)
        self.assertEqual(b"result", (self.destination / "inner" / "file").read_bytes())
        self.assertEqual(0o755, stat.S_IMODE((self.destination / "program").stat().st_mode))
        self.assertEqual(0o700, stat.S_IMODE(self.destination.stat().st_mode))
        self.assertEqual({UUID, f"{UUID}.json"}, set(os.listdir(self.outputs)))

    def test_too_large(self) -> None:
        """If there is no room the reason is said, nothing half is left, and the earlier output is whole."""
        (self.source / "old").write_bytes(b"old")
        self.keep()
        (self.source / "large").write_bytes(b"x" * 2_000_000)
        error = self.assertRaises(EngineFailed, self.keep, 2)
        self.assertEqual("The container's output could not be kept: No space left on device.", error.sentence)
        self.assertEqual({UUID, f"{UUID}.json"}, set(os.listdir(self.outputs)))
        self.assertEqual((["old"], 1), (os.listdir(self.destination), self.facts()["lock_count"]))

    def test_no_room_for_the_facts(self) -> None:
        """A disk without room for a line is told as such, too."""
        fill(self.outputs)
        error = self.assertRaises(EngineFailed, self.keep)
        self.assertEqual("The container's output could not be kept: No space left on device.", error.sentence)
        self.assertEqual(["filling"], os.listdir(self.outputs))


class MeasureTests(OutputCase):
    """L{measure}."""

    def test_measured(self) -> None:
        """What it takes of the disk, and its files."""
        (self.source / "inner").mkdir()
        (self.source / "inner" / "file").write_bytes(b"x" * 100_000)
        size, files = measure(str(self.source))
        self.assertEqual(1, files)
        self.assertGreaterEqual(size, 100_000)
        self.assertRaises(OSError, measure, str(self.source / "missing"))
