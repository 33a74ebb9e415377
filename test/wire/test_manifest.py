"""
Tests for L{arvgate.wire.manifest}.
"""

from __future__ import annotations

import hashlib

from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.manifest import LONGEST, is_pdh, pdh_of, read_manifest

FOO = "acbd18db4cc2f85cedef654fccc4a4d8+3"
BAR = "37b51d194a7513e45b56f6524f2d51f2+3"


class ManifestTests(SynchronousTestCase):
    """Manifests."""

    def test_empty(self) -> None:
        """The manifest without a line has the hash that is known."""
        manifest = read_manifest("")
        self.assertEqual(("d41d8cd98f00b204e9800998ecf8427e+0", 0), (manifest.pdh, manifest.file_count))

    def test_files(self) -> None:
        """Files are counted once each, in whatever pieces, and their bytes added up."""
        text = f". {FOO} {BAR} 0:1:a 3:2:a 1:5:b\n./dir\\040x/y {FOO} 0:3:a 0:0:sub/c\n"
        manifest = read_manifest(text)
        self.assertEqual((text, 4, 11), (manifest.text, manifest.file_count, manifest.file_size))

    def test_hints(self) -> None:
        """Signatures are not kept; other hints are, and do not count for the hash."""
        bare = f". {FOO} 0:3:a\n"
        manifest = read_manifest(f". {FOO}+Kzzzzz+A{'0' * 40}@ffffffff+R1 0:3:a\n")
        self.assertEqual(f". {FOO}+Kzzzzz+R1 0:3:a\n", manifest.text)
        digest = hashlib.md5(bare.encode(), usedforsecurity=False).hexdigest()
        self.assertEqual(f"{digest}+{len(bare)}", manifest.pdh)
        self.assertEqual(manifest.pdh, pdh_of(bare))

    def test_directory(self) -> None:
        """An empty directory is no file."""
        manifest = read_manifest("./d d41d8cd98f00b204e9800998ecf8427e+0 0:0:\\056\n")
        self.assertEqual((0, 0), (manifest.file_count, manifest.file_size))

    def test_malformed(self) -> None:
        """What is no manifest is refused with the line."""
        for line in (
            "",
            "dir",
            f"dir {FOO} 0:3:a",
            f"./ {FOO} 0:3:a",
            f"./a//b {FOO} 0:3:a",
            f"./../b {FOO} 0:3:a",
            f". {FOO}",
            ". 0:3:a",
            f". {FOO} 0:4:a",
            f". {FOO} 3:1:a",
            f". {FOO} -1:3:a",
            f". {FOO} 0:3:",
            f". {FOO} 0:3:../a",
            f". {FOO} 0:3:a/\\056\\056/b",
            f". {FOO} 0:3:a\\000",
            f".  {FOO} 0:3:a",
            f". {FOO}  0:3:a",
            f". {FOO} 0:3:a {BAR}",
            f". {FOO.upper()} 0:3:a",
            f". {FOO[:32]} 0:3:a",
        ):
            error = self.assertRaises(ValueError, read_manifest, f". {FOO} 0:3:a\n{line}\n")
            self.assertTrue(str(error).startswith("line 2 "), (line, error))
        self.assertRaises(ValueError, read_manifest, f". {FOO} 0:3:a")
        self.assertIn("longer", str(self.assertRaises(ValueError, read_manifest, "\n" * (LONGEST + 1))))

    def test_pdh(self) -> None:
        """A portable data hash is told from a UUID and from other hashes."""
        self.assertTrue(is_pdh(FOO))
        for text in ("", "zzzzz-4zz18-000000000000000", FOO[:32], f"{FOO}+A", FOO.upper(), f"{FOO}\n"):
            self.assertFalse(is_pdh(text), text)
