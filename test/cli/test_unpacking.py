"""
Unpacking what a stranger packed.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path

from arvgate.cli.client import ApiClient
from arvgate.cli.settings import read_settings
from arvgate.cli.unpacking import unpack
from arvgate.errors import Invalid, PeerFault, Unreachable
from test.cli.api_server import Said
from test.cli.case import CommandCase


class UnpackTests(CommandCase):
    """L{unpack}."""

    def setUp(self) -> None:
        """Begin a tar file."""
        super().setUp()
        self.client = ApiClient(read_settings(self.api.environ))
        self.base = Path(self.mktemp()).absolute()
        self.target = self.base / "target"
        self.data = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.data, mode="w", errors="surrogateescape")  # noqa: SIM115

    def add(
        self, name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644
    ) -> None:
        """Add a member."""
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.size, member.mode = kind, link, len(content), mode
        self.tar.addfile(member, io.BytesIO(content))

    def unpack(self, force: bool = False, chunks: Sequence[bytes] | None = None) -> Sequence[str]:
        """Unpack it."""
        self.tar.close()
        self.api.answers["GET tar"] = Said(200, chunks=chunks or [self.data.getvalue(), b""])
        return unpack(self.client, "tar", self.target, force, "output")

    def found(self) -> set[str]:
        """What is there now."""
        return {str(path.relative_to(self.base)) for path in self.base.rglob("*")} - {"target"}

    def test_everything(self) -> None:
        """Files, directories and links inside become what they are, without set-id bits."""
        self.add("dir", kind=tarfile.DIRTYPE, mode=0o555)
        self.add("dir/program", b"content", mode=0o4755)
        self.add("link", kind=tarfile.SYMTYPE, link="dir/program")
        self.add("\udcff")
        self.assertEqual([], self.unpack())
        self.assertEqual({f"target/{name}" for name in ("dir", "dir/program", "link", "\udcff")}, self.found())
        self.assertEqual(0o755, (self.target / "dir/program").stat().st_mode & 0o7777)
        self.assertEqual(b"content", (self.target / "link").read_bytes())

    def test_ways_out(self) -> None:
        """What would lie outside, links that lead out, and devices are left out, and all else is unpacked."""
        self.add("../outside", b"x")
        self.add("../directory", kind=tarfile.DIRTYPE)
        self.add("up", kind=tarfile.SYMTYPE, link="../..")
        self.add("absolute", kind=tarfile.SYMTYPE, link="/etc/passwd")
        self.add("hard", kind=tarfile.LNKTYPE, link="../../secret")
        self.add("device", kind=tarfile.CHRTYPE)
        self.add("pipe", kind=tarfile.FIFOTYPE)
        self.add("good", b"x")
        self.assertLess(5, len(self.unpack()))
        self.assertEqual({"target/good"}, self.found())

    def test_through_a_link(self) -> None:
        """Nothing is written through a link that came before."""
        outside = self.base / "outside"
        outside.mkdir(parents=True)
        self.add("a", kind=tarfile.SYMTYPE, link=str(outside))
        self.add("a/file", b"x")
        self.unpack()
        self.assertEqual([], os.listdir(outside))
        self.assertFalse((self.target / "a").is_symlink())

    def test_through_a_link_that_was_there(self) -> None:
        """Nor through one that was there before."""
        outside = self.base / "outside"
        outside.mkdir(parents=True)
        self.target.mkdir()
        (self.target / "a").symlink_to(outside)
        (self.target / "b").symlink_to(outside / "b")
        self.add("a/file", b"x")
        self.add("b", b"x")
        self.assertEqual(2, len(self.unpack(force=True)))
        self.assertEqual([], os.listdir(outside))

    def test_existing(self) -> None:
        """What exists stays unless it may be replaced; a directory is never replaced by a file."""
        self.target.mkdir(parents=True)
        (self.target / "file").write_bytes(b"mine")
        self.add("file", b"x")
        self.assertRaises(Invalid, self.unpack)
        self.assertEqual(b"mine", (self.target / "file").read_bytes())
        self.assertEqual([], self.unpack(force=True))
        self.assertEqual(b"x", (self.target / "file").read_bytes())
        (self.target / "file").unlink()
        (self.target / "file").mkdir()
        self.assertRaises(Invalid, self.unpack, True)

    def test_not_whole(self) -> None:
        """A stream that breaks off, even at the end of a member, is not taken for whole; nor is what is no tar file."""
        self.add("first", b"x" * 512)
        self.add("second", b"x" * 512)
        self.tar.close()
        for end in (700, 1024, 1200, 2048):
            error = (Unreachable, PeerFault)
            self.assertRaises(error, self.unpack, True, [self.data.getvalue()[:end]])
        self.assertRaises(PeerFault, self.unpack, True, [b"no tar file" * 1000, b""])
