"""
C{arvgate get}.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

from test.cli.api_server import Said, page
from test.cli.case import CONTAINER, REQUEST, CommandCase, request
from test.cli.output_tree import BASE, OutputTree


class GetCase(CommandCase):
    """Tests with an output, in an empty directory."""

    def setUp(self) -> None:
        """Serve a tree and go to the directory."""
        super().setUp()
        self.api.answers[f"GET container_requests/{REQUEST}"] = request()
        self.api.answers["GET container_requests"] = page(request())
        base = Path(self.mktemp()).absolute()
        self.tree = OutputTree(self.api, base / "tree")
        self.here = base / "here"
        self.here.mkdir()
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.here)
        (self.tree.top / "dir" / "empty").mkdir(parents=True)
        (self.tree.top / "dir" / "file").write_bytes(b"below")
        (self.tree.top / "file").write_bytes(b"0123456789" * 50_000)

    def found(self) -> set[str]:
        """All files and directories that are here now."""
        return {str(path.relative_to(self.here)) for path in self.here.rglob("*")}


class DirectoryTests(GetCase):
    """Directories."""

    def test_whole(self) -> None:
        """Without a path all is unpacked here, by the UUID of the request or of the container."""
        for uuid, options in ((REQUEST, ()), (CONTAINER, ("--force",))):
            self.assertEqual("", self.succeed("get", *options, uuid))
            self.assertEqual({"file", "dir", "dir/file", "dir/empty"}, self.found())
            self.assertEqual(b"below", Path("dir/file").read_bytes())

    def test_part(self) -> None:
        """A directory comes with its name, to where it is told."""
        self.succeed("get", REQUEST, "/dir/", "-o", "new/place")
        self.assertEqual(
            {"new", "new/place", "new/place/dir", "new/place/dir/file", "new/place/dir/empty"}, self.found()
        )

    def test_nothing_is_overwritten(self) -> None:
        """A file that is there is left alone unless --force says otherwise."""
        Path("dir").mkdir()
        Path("dir/file").write_bytes(b"mine")
        self.assertEqual("arvgate: dir/file exists; --force replaces it.\n", self.fail_with(2, "get", REQUEST, "dir"))
        self.assertEqual(b"mine", Path("dir/file").read_bytes())
        self.succeed("get", REQUEST, "dir", "--force")
        self.assertEqual(b"below", Path("dir/file").read_bytes())

    def test_tar(self) -> None:
        """With --tar the stream goes to stdout or to a file, as it is."""
        result = self.api.run("get", REQUEST, "--tar")
        self.assertEqual(0, result.exit_code, result.output)
        self.succeed("get", REQUEST, "--tar", "-o", "out.tar")
        for data in (result.stdout_bytes, Path("out.tar").read_bytes()):
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                self.assertEqual({"file", "dir", "dir/file", "dir/empty"}, set(tar.getnames()))
        self.fail_with(2, "get", REQUEST, "--tar", "-o", "out.tar")
        self.assertEqual({"out.tar"}, self.found())

    def test_tar_cut_off(self) -> None:
        """A tar file that breaks off is not left as if it were whole."""
        whole = self.api.answers[f"GET {BASE}"]
        self.api.answers[f"GET {BASE}"] = lambda asked: Said(
            200, chunks=whole(asked).chunks[:1], headers={"Content-Type": "application/x-tar"}
        )
        self.fail_with(255, "get", REQUEST, "--tar", "-o", "out.tar")
        self.assertEqual(set(), self.found())
        self.fail_with(255, "get", REQUEST)

    def test_tar_of_a_file(self) -> None:
        """--tar is refused for a file, and stdout for a directory without it."""
        self.fail_with(2, "get", REQUEST, "file", "--tar")
        self.fail_with(2, "get", REQUEST, "-o", "-")


class FileTests(GetCase):
    """Single files."""

    def test_named(self) -> None:
        """A file is written to its name, to a directory, to a name that is given, or to stdout."""
        content = (self.tree.top / "file").read_bytes()
        Path("place").mkdir()
        for options, name in (((), "file"), (("-o", "place"), "place/file"), (("-o", "other"), "other")):
            self.succeed("get", REQUEST, "file", *options)
            self.assertEqual(content, Path(name).read_bytes())
        self.assertEqual(content, self.api.run("get", REQUEST, "file", "-o", "-").stdout_bytes)
        self.assertEqual({"file", "place", "place/file", "other"}, self.found())

    def test_not_overwritten(self) -> None:
        """A file that is there is left alone unless --force says otherwise; a directory in any case."""
        Path("file").write_bytes(b"mine")
        self.assertIn("--force", self.fail_with(2, "get", REQUEST, "file"))
        self.assertEqual(b"mine", Path("file").read_bytes())
        self.succeed("get", REQUEST, "file", "--force")
        self.assertNotEqual(b"mine", Path("file").read_bytes())

    def test_resumed(self) -> None:
        """What was interrupted goes on where it was."""
        self.tree.cut = 100_000
        self.fail_with(255, "get", REQUEST, "file")
        (part,) = self.found()
        self.assertEqual((True, 100_000), (part.endswith(".part"), Path(part).stat().st_size))
        self.succeed("get", REQUEST, "file")
        self.assertEqual("bytes=100000-", self.api.asked[-1].headers["range"])
        self.assertEqual((self.tree.top / "file").read_bytes(), Path("file").read_bytes())
        self.assertEqual({"file"}, self.found())

    def test_not_resumed_with_another(self) -> None:
        """A part of what the file no longer is is not gone on with."""
        self.tree.cut = 100_000
        self.fail_with(255, "get", REQUEST, "file")
        (self.tree.top / "file").write_bytes(b"another" * 50_000)
        self.succeed("get", REQUEST, "file")
        self.assertEqual(b"another" * 50_000, Path("file").read_bytes())

    def test_empty(self) -> None:
        """An empty file is one."""
        (self.tree.top / "file").write_bytes(b"")
        self.succeed("get", REQUEST, "file")
        self.assertEqual(b"", Path("file").read_bytes())


class OtherTests(GetCase):
    """Lists, removal, and what goes wrong."""

    def test_list(self) -> None:
        """--list shows all pages."""
        (self.tree.top / "link").symlink_to("file")
        lines = [line.split() for line in self.succeed("get", REQUEST, "--list").splitlines()]
        expected = [["TYPE", "SIZE", "NAME"], ["directory", "dir"], ["file", "500000", "file"], ["link", "link"]]
        self.assertEqual(expected, lines)
        listed = json.loads(self.succeed("get", REQUEST, "--list", "--json", "file"))
        self.assertEqual(["file"], [item["name"] for item in listed])
        self.assertEqual(set(), self.found())

    def test_remove(self) -> None:
        """--remove removes the whole output and nothing less."""
        self.api.answers[f"DELETE {BASE}"] = {"container_uuid": CONTAINER}
        self.assertEqual("", self.succeed("get", REQUEST, "--remove"))
        self.assertEqual([(BASE, None)], self.api.bodies("DELETE"))
        self.fail_with(2, "get", REQUEST, "dir", "--remove")

    def test_missing(self) -> None:
        """What is not there is said, in the API's words."""
        self.assertEqual(
            "arvgate: There is no such file or directory in the output.\n", self.fail_with(4, "get", REQUEST, "none")
        )
        self.assertEqual(set(), self.found())

    def test_nothing_yet(self) -> None:
        """A request without a container has no output."""
        self.api.answers[f"GET container_requests/{REQUEST}"] = request(container_uuid=None)
        self.fail_with(5, "get", REQUEST)

    def test_wrong_paths(self) -> None:
        """A path that leads up is a usage error."""
        self.fail_with(2, "get", REQUEST, "../x")
        self.fail_with(2, "get", REQUEST, "--json")
