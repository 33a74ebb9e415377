"""Tests of L{arvgate.runner.docker.attachment} with a daemon in memory; real ones are in L{test_engine}."""

from __future__ import annotations

import os
import socket

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from arvgate.runner.docker.attachment import Attachment
from test.runner.docker.case import pause
from test.runner.docker.test_output_frames import frame


class AttachmentTests(TestCase):
    """L{Attachment}."""

    timeout = 30

    def setUp(self) -> None:
        """A connection to what a daemon would be."""
        ours, self.daemon = socket.socketpair()
        self.daemon.settimeout(20)
        self.addCleanup(self.daemon.close)
        self.ours = ours
        self.out: list[bytes] = []

    def attached(self, stdin: bytes | None = None) -> Attachment:
        """An attachment with that on its stdin, which takes stdout."""
        descriptor = None
        if stdin is not None:
            path = self.mktemp()
            with open(path, "wb") as file:
                file.write(stdin)
            descriptor = os.open(path, os.O_RDONLY)
        self.descriptor = descriptor
        attachment = Attachment(reactor, self.ours, descriptor, {1: self.out.append})
        self.addCleanup(attachment.close)
        return attachment

    async def read_all(self) -> bytes:
        """What the daemon gets until the end of it."""
        return await deferToThread(lambda: b"".join(iter(lambda: self.daemon.recv(65536), b"")))

    def assert_closed(self) -> None:
        """The file of stdin is not open any more."""
        assert self.descriptor is not None
        with self.assertRaises(OSError):
            os.fstat(self.descriptor)

    async def test_stdin(self) -> None:
        """All of stdin is sent when the container has started, and then its end; output goes on."""
        attachment = self.attached(b"x" * 3_000_000)
        attachment.feed()
        self.assertEqual(3_000_000, len(await self.read_all()))
        self.assert_closed()
        self.daemon.sendall(frame(1, b"late"))
        self.daemon.close()
        await attachment.ended.wait()
        self.assertEqual(([b"late"], ""), (self.out, attachment.problem))

    async def test_empty_stdin(self) -> None:
        """An empty stdin ends at once."""
        self.attached(b"").feed()
        self.assertEqual(b"", await self.read_all())

    async def test_slow_reader(self) -> None:
        """Of a stdin that nobody reads no more is taken than the connection holds."""
        attachment = self.attached(b"x" * 50_000_000)
        attachment.feed()
        await pause(0.05)
        assert self.descriptor is not None
        self.assertLess(os.lseek(self.descriptor, 0, os.SEEK_CUR), 5_000_000)
        attachment.close()
        self.assert_closed()

    async def test_unread_stdin(self) -> None:
        """A container that ends without having read it ends it."""
        attachment = self.attached(b"x" * 50_000_000)
        attachment.feed()
        self.daemon.close()
        await attachment.ended.wait()
        self.assert_closed()

    async def test_output(self) -> None:
        """Output goes to the sink of its stream, and what has none is dropped."""
        attachment = self.attached()
        self.daemon.sendall(frame(1, b"a") + frame(2, b"b") + frame(1, b"c"))
        self.daemon.close()
        await attachment.ended.wait()
        self.assertEqual(([b"a", b"c"], ""), (self.out, attachment.problem))

    async def test_nonsense(self) -> None:
        """What is no output is a problem, and ends it."""
        attachment = self.attached(b"x")
        self.daemon.sendall(frame(1, b"a") + b"HTTP/1.1 500")
        await attachment.ended.wait()
        self.assertEqual([b"a"], self.out)
        self.assertIn("cannot be understood", attachment.problem)
        self.assert_closed()

    async def test_cut_off(self) -> None:
        """Output that ends in the middle of a piece is a problem."""
        attachment = self.attached()
        self.daemon.sendall(frame(1, b"abcdef")[:-2])
        self.daemon.close()
        await attachment.ended.wait()
        self.assertIn("middle", attachment.problem)

    async def test_close(self) -> None:
        """Let go of twice, it is over once, and never fed again."""
        attachment = self.attached(b"x")
        attachment.close()
        attachment.close()
        attachment.feed()
        await attachment.ended.wait()
        self.assert_closed()
