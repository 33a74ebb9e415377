"""
A part of this machine's files as a tar stream.
"""

from __future__ import annotations

import io
import os
import socket
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.file_tree import FileTree, libraries_of
from arvgate.errors import EngineFailed


class FileTreeTests(SynchronousTestCase):
    """L{FileTree}."""

    def setUp(self) -> None:
        """A directory and an empty tree."""
        self.place = Path(self.mktemp()).absolute()
        self.place.mkdir(parents=True)
        self.tree = FileTree()

    def members(self) -> dict[str, tarfile.TarInfo]:
        """What is in the stream, by its place below the directory, or in full if it is elsewhere."""
        content = io.BytesIO(b"".join(self.tree.archive()))
        prefix = f"{self.place}/".lstrip("/")
        with tarfile.open(fileobj=content) as tar:
            self.contents = {info.name: tar.extractfile(info).read() for info in tar if info.isreg()}  # type: ignore[union-attr]
            return {info.name.removeprefix(prefix): info for info in tar}

    def make(self, name: str, content: str = "", mode: int = 0o644) -> Path:
        """A file."""
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(mode)
        return path

    def test_file(self) -> None:
        """A file is at its own place, its directories before it; all may read it, and it is root's."""
        self.tree.add(self.make("a/b", "text", 0o4700))
        members = self.members()
        self.assertEqual(["a", "a/b"], list(members)[-2:])
        self.assertEqual((0o755, 0, 0), (members["a/b"].mode, members["a/b"].uid, members["a/b"].gid))
        self.assertEqual([b"text"], list(self.contents.values()))

    def test_directory(self) -> None:
        """A directory comes with all in it but for what is left out; sockets are passed over."""
        self.make("d/kept/one")
        self.make("d/left/two")
        with socket.socket(socket.AF_UNIX) as listener:
            here = os.getcwd()
            os.chdir(self.place)  # the path of a socket must be short
            try:
                listener.bind("d/socket")
            finally:
                os.chdir(here)
        self.tree.add(self.place / "d", lambda path: path.name == "left")
        self.assertEqual(["d", "d/kept", "d/kept/one"], [name for name in self.members() if name.startswith("d")])

    def test_links(self) -> None:
        """Links stay links, wherever they are on the way, and what they lead to is there too."""
        self.make("real/deep/file")
        (self.place / "short").symlink_to("real/deep")
        (self.place / "whole").symlink_to(self.place / "short")
        (self.place / "up").symlink_to("real/deep/../deep/file")
        self.tree.add(self.place / "whole" / "file")
        self.tree.add(self.place / "up")
        members = self.members()
        self.assertEqual("real/deep", members["short"].linkname)
        self.assertEqual(str(self.place / "short"), members["whole"].linkname)
        self.assertTrue(members["real/deep/file"].isreg())
        self.assertNotIn("short/file", members)

    def test_links_that_lead_nowhere(self) -> None:
        """In a directory, links to nothing and to themselves are kept as they are; asked for alone they are refused."""
        (self.place / "d").mkdir()
        (self.place / "d" / "broken").symlink_to("nothing")
        (self.place / "d" / "self").symlink_to("self")
        self.tree.add(self.place / "d")
        self.assertEqual({"nothing", "self"}, {info.linkname for info in self.members().values() if info.issym()})
        with self.assertRaises(OSError):
            self.tree.add(self.place / "d" / "broken")

    def test_made(self) -> None:
        """Files, links and directories can be made that are not here; what was there first stays."""
        self.tree.directory("/tmp", 0o1777)
        self.tree.text("/etc/motd", "hello")
        self.tree.text("/etc/motd", "again")
        self.tree.link("/bin/sh", "busybox")
        self.tree.file("/elsewhere", self.make("program", "run", 0o755))
        members = self.members()
        self.assertEqual({"tmp", "etc", "etc/motd", "bin", "bin/sh", "elsewhere"}, set(members))
        self.assertEqual((0o1777, 0o755), (members["tmp"].mode, members["elsewhere"].mode))
        self.assertEqual({"etc/motd": b"hello", "elsewhere": b"run"}, self.contents)

    def test_in_pieces(self) -> None:
        """The stream comes in pieces, of which none holds more than a file."""
        for number in range(20):
            self.tree.add(self.make(f"f{number}", "x" * 100_000))
        self.assertLess(max(map(len, self.tree.archive())), 200_000)

    def test_file_that_went(self) -> None:
        """A file that has gone when it is read ends the stream with an error."""
        path = self.make("gone")
        self.tree.add(path)
        path.unlink()
        with self.assertRaises(OSError):
            list(self.tree.archive())


class LibrariesTests(SynchronousTestCase):
    """L{libraries_of}."""

    def of(self, *programs: Path) -> list[str]:
        """The names of the libraries."""
        return sorted(path.name for path in libraries_of(programs))

    def test_interpreter(self) -> None:
        """This interpreter needs a C library and a loader, and both exist."""
        found = libraries_of([Path(sys.executable)])
        self.assertTrue(any(path.name.startswith("libc.") for path in found), found)
        self.assertTrue(any(path.name.startswith("ld-") for path in found), found)
        self.assertEqual([], [path for path in found if not path.is_file()])

    def test_no_program(self) -> None:
        """What is no program needs none, and takes nothing from others."""
        script = Path(self.mktemp()).absolute()
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("text")
        self.assertEqual([], self.of(script))
        self.assertEqual(self.of(Path(sys.executable)), self.of(script, Path(sys.executable)))

    def test_without_ldd(self) -> None:
        """Where the machine cannot tell, that is said."""
        self.patch(os, "environ", {"PATH": "/nowhere"})
        call: Callable[[], object] = lambda: libraries_of([Path(sys.executable)])  # noqa: E731
        self.assertRaises(EngineFailed, call)
