"""Tests of L{arvgate.runner.docker.pull} with a daemon that says odd things; real ones are in L{test_images}."""

from __future__ import annotations

import json
import os

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from arvgate.runner.docker.daemon import DaemonGone, DaemonRefused
from arvgate.runner.docker.pull import pull


class PullTests(TestCase):
    """L{pull}."""

    timeout = 30

    async def answered(self, answer: bytes, split: int = 0) -> bytes:
        """Pull from a daemon that answers so, and hangs up; what it was asked."""
        asked: list[bytes] = []

        class Daemon(Protocol):
            def dataReceived(self, data: bytes) -> None:
                asked.append(data)
                if b"".join(asked).endswith(b"\r\n\r\n"):
                    for at in range(0, len(answer), split or len(answer)):
                        self.transport.write(answer[at : at + (split or len(answer))])
                    self.transport.loseConnection()

        path = os.path.relpath(self.mktemp())
        port = await UNIXServerEndpoint(reactor, path).listen(Factory.forProtocol(Daemon))
        try:
            await pull(reactor, path, "example.com/app", {"username": "u", "password": "p"})
        finally:
            await port.stopListening()
        return b"".join(asked)

    def ok(self, *lines: object, length: int | None = None) -> bytes:
        """An answer with those lines of progress."""
        body = b"".join(json.dumps(line).encode() + b"\r\n" for line in lines)
        return f"HTTP/1.1 200 OK\r\nContent-Length: {length or len(body)}\r\n\r\n".encode() + body

    async def test_asked(self) -> None:
        """The daemon is asked for one tag, with the credentials in a header and not in the address."""
        asked = await self.answered(self.ok({"status": "Pulling"}, {"status": "Done"}))
        line, _, rest = asked.partition(b"\r\n")
        self.assertEqual(b"POST /images/create?fromImage=example.com%2Fapp&tag=latest HTTP/1.1", line)
        self.assertIn(b"x-registry-auth: ", rest.lower())

    async def test_refused(self) -> None:
        """An error in the progress is one, with its code, however the bytes come."""
        lines = {"status": "Pulling"}, {"error": "denied", "errorDetail": {"code": 401, "message": "denied"}}
        for split in (0, 1):
            error = await self.assertFailure(
                Deferred.fromCoroutine(self.answered(self.ok(*lines), split)), DaemonRefused
            )
            self.assertEqual((401, "denied"), (error.status, error.message))

    async def test_refused_at_once(self) -> None:
        """So is a status, whatever comes with it."""
        for body, words in ((b'{"message": "no such image"}', "no such image"), (b"<html>", "<html>"), (b"[]", "[]")):
            answer = b"HTTP/1.1 404 No\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            error = await self.assertFailure(Deferred.fromCoroutine(self.answered(answer)), DaemonRefused)
            self.assertEqual((404, words), (error.status, error.message))

    async def test_broken(self) -> None:
        """An answer that breaks off, or is none, is a daemon that has gone."""
        for answer in (self.ok({"status": "Pulling"}, length=1000), b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n"):
            await self.assertFailure(Deferred.fromCoroutine(self.answered(answer)), DaemonGone)

    async def test_odd_progress(self) -> None:
        """What is no progress is passed over."""
        await self.answered(self.ok([], "error", None, {"progress": 1}))
        await self.answered(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{]\r\n")

    async def test_endless_line(self) -> None:
        """A line without end is not kept."""
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 3_000_000
        await self.assertFailure(Deferred.fromCoroutine(self.answered(answer)), DaemonGone)
