"""Tests of L{arvgate.edge.api.output_tar} and of sending what is made meanwhile."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, succeed

from arvgate.edge.api.output_tar import TarPieces
from arvgate.errors import ArvgateError
from test.edge.api.case import Connection
from test.edge.api.test_container_output import OutputCase
from test.requirements import require

T = TypeVar("T")


def members(data: bytes) -> dict[str, tarfile.TarInfo]:
    """The members of a tar file, whose names may be any bytes."""
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as tar:
        return {member.name: member for member in tar}


class Content(OutputCase):
    """What is in the stream."""

    def test_all_kinds(self) -> None:
        """Files, directories and links are there with modes and times and without owners; special files are not."""
        (self.top / "dir" / "empty").mkdir(parents=True)
        (self.top / "dir" / "file").write_bytes(b"below")
        (self.top / "file").chmod(0o4751)
        os.utime(self.top / "file", (1, 2.5))
        os.symlink("/etc/passwd", self.top / "link")
        os.mkfifo(self.top / "pipe")
        response = self.read()
        self.assertEqual((200, "application/x-tar"), (response.status, response.headers["content-type"]))
        self.assertEqual("attachment; filename*=UTF-8''output.tar", response.headers["content-disposition"])
        found = members(response.body)
        self.assertEqual({"file", "dir", "dir/empty", "dir/file", "link"}, set(found))
        file, link = found["file"], found["link"]
        self.assertEqual((10, 0o751, 2, 0, 0, ""), (file.size, file.mode, file.mtime, file.uid, file.gid, file.uname))
        self.assertEqual((True, "/etc/passwd"), (link.issym(), link.linkname))

    def test_part(self) -> None:
        """A directory's own name begins those in it."""
        (self.top / "a" / "b").mkdir(parents=True)
        (self.top / "a" / "b" / "file").write_bytes(b"")
        self.assertEqual({"b", "b/file"}, set(members(self.read("/a/b").body)))
        self.assertEqual({"b", "b/file"}, set(members(self.read("/a/b/").body)))

    def test_any_name(self) -> None:
        """Names are any bytes and any length."""
        deep = "/".join(["d" * 200] * 15)
        names = {"\udcff", "line\nend", "ü" * 100, f"{deep}/file"}
        for name in names:
            (self.top / name).parent.mkdir(parents=True, exist_ok=True)
            (self.top / name).write_bytes(b"content")
        os.symlink("t" * 1000, self.top / "long link")
        found = members(self.read().body)
        self.assertEqual(set(), names - set(found))
        self.assertEqual("t" * 1000, found["long link"].linkname)

    def test_real_tar(self) -> None:
        """The system's tar unpacks it to the same."""
        require("tar")
        (self.top / "dir").mkdir()
        (self.top / "dir" / "\udcff").write_bytes(os.urandom(300_001))
        os.symlink("\udcfe", self.top / "link")
        target = Path(self.mktemp())
        target.mkdir()
        subprocess.run(["tar", "-x", "-C", str(target)], input=self.read().body, check=True)
        self.assertEqual((self.top / "dir" / "\udcff").read_bytes(), (target / "dir" / "\udcff").read_bytes())
        self.assertEqual("\udcfe", os.readlink(target / "link"))

    def test_empty(self) -> None:
        """An empty output is an empty tar file of whole records."""
        (self.top / "file").unlink()
        body = self.read().body
        self.assertEqual(({}, 10240), (members(body), len(body)))

    def test_head(self) -> None:
        """HEAD says that it is a tar file and sends none of it."""
        response = self.read(method="HEAD")
        self.assertEqual(
            (200, b"", "application/x-tar"), (response.status, response.body, response.headers["content-type"])
        )


class Changes(OutputCase):
    """A tree that changes while it is read."""

    def setUp(self) -> None:
        """Make a large file, and read the first piece of the stream."""
        super().setUp()
        self.large = self.top / "file"
        self.large.write_bytes(b"x" * 1_000_000)
        self.pieces = TarPieces(str(self.top), ())
        self.addCleanup(self.pieces.close)
        self.assertLess(len(self.pieces.take()), 300_000)

    def rest(self) -> None:
        """Read on to the end."""
        while self.pieces.take():
            continue

    def test_unchanged(self) -> None:
        """Without a change there is an end."""
        self.rest()
        self.assertEqual(b"", self.pieces.take())

    def test_shorter(self) -> None:
        """A file that becomes shorter breaks the stream off."""
        os.truncate(self.large, 400_000)
        self.assertRaises(ArvgateError, self.rest)

    def test_longer(self) -> None:
        """A file that is written to does so, too."""
        with open(self.large, "ab") as file:
            file.write(b"more")
        self.assertRaises(ArvgateError, self.rest)


class Sending(OutputCase):
    """The stream on a connection."""

    SIZE = 2_000_000

    def setUp(self) -> None:
        """Make a large file, and ask for a tar stream of it whose pieces come when the test says so."""
        self.waiting: list[Callable[[], None]] = []
        super().setUp()
        (self.top / "file").write_bytes(b"x" * self.SIZE)
        self.held = False
        self.connection = Connection(self.site)
        self.head = (
            f"GET /arvados/v1/{self.path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {self.alice.token}\r\n\r\n"
        ).encode()

    def in_thread(self, work: Callable[[], T]) -> Awaitable[T]:  # type: ignore[override]
        """Do it at once, or, once the test says so, when the test says so."""
        if not getattr(self, "held", False):
            return succeed(work())
        done: Deferred[Any] = Deferred()

        def do() -> None:
            result = work()
            if not done.called:
                done.callback(result)

        self.waiting.append(do)
        return done

    def open_files(self) -> int:
        """How many descriptors of this process are open in the output."""
        found = 0
        for name in os.listdir("/proc/self/fd"):
            try:
                found += os.readlink(f"/proc/self/fd/{name}").startswith(os.path.realpath(self.top))
            except OSError:
                continue
        return found

    def pause_after(self, size: int) -> None:
        """Let the transport pause whoever writes once that many bytes wait."""
        transport, write = self.connection.transport, self.connection.transport.write

        def pausing(pieces: Sequence[bytes]) -> None:
            write(b"".join(pieces))
            if len(transport.value()) > size and transport.producer is not None:
                transport.producer.pauseProducing()

        transport.writeSequence = pausing

    def test_paused(self) -> None:
        """No more is made than the client takes, and all of it comes in the end."""
        self.pause_after(100_000)
        self.connection.send(self.head)
        received = b""
        for _ in range(40):
            piece = self.connection.received()
            self.assertLess(len(piece), 600_000)
            received += piece
            self.connection.protocol.resumeProducing()
        self.assertTrue(received.endswith(b"0\r\n\r\n"))
        self.assertGreater(len(received), self.SIZE)
        self.assertEqual(0, self.open_files())

    def test_client_gone(self) -> None:
        """When the client goes nothing stays open."""
        self.pause_after(100_000)
        self.connection.send(self.head)
        self.assertGreater(self.open_files(), 0)
        self.connection.transport.loseConnection()
        self.assertEqual(0, self.open_files())

    def test_client_gone_meanwhile(self) -> None:
        """When it goes while a piece is made, that piece is the last."""
        self.pause_after(100_000)
        self.connection.send(self.head)
        self.connection.received()
        self.held = True
        self.connection.protocol.resumeProducing()
        self.connection.transport.loseConnection()
        self.assertEqual(2, len(self.waiting))
        for do in self.waiting:
            do()
        self.assertEqual((0, 2), (self.open_files(), len(self.waiting)))

    def test_cut_off(self) -> None:
        """A stream that cannot be completed ends without the mark of its end."""
        self.pause_after(100_000)
        self.connection.send(self.head)
        received = self.connection.received()
        os.truncate(self.top / "file", 1000)
        for _ in range(5):
            self.connection.protocol.resumeProducing()
            received += self.connection.received()
        self.assertFalse(self.connection.transport.connected)
        self.assertFalse(received.endswith(b"0\r\n\r\n"))
        self.assertEqual(0, self.open_files())
