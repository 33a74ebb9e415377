"""A container's log, followed: L{arvgate.runner.docker.output_stream}, with daemons that break off and a real one."""

from __future__ import annotations

import os

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from arvgate.runner.docker.daemon import DaemonGone, DaemonRefused
from arvgate.runner.docker.output_stream import OutputLog
from test.dockerd.daemon import DockerDaemon
from test.requirements import lack
from test.runner.docker.case import DockerCase
from test.runner.docker.test_output_frames import frame, timed


class BrokenTests(TestCase):
    """A daemon that says what a test wants."""

    timeout = 30

    def setUp(self) -> None:
        """A log of a daemon that answers one thing after the other."""
        self.asked: list[bytes] = []
        self.answers: list[bytes] = []
        self.out: list[bytes] = []
        self.path = os.path.relpath(self.mktemp())
        self.log = OutputLog(reactor, self.path, "abc", {1: self.out.append})

    async def follow(self, *answers: bytes) -> None:
        """Follow the log once for each answer; the last one raises what it raises."""
        case, left = self, list(answers)

        class Daemon(Protocol):
            def dataReceived(self, data: bytes) -> None:
                case.asked.append(data.partition(b"\r\n")[0])
                self.transport.write(left.pop(0))
                self.transport.loseConnection()

        port = await UNIXServerEndpoint(reactor, self.path).listen(Factory.forProtocol(Daemon))
        try:
            for number in range(len(answers)):
                try:
                    await self.log.follow()
                except DaemonGone:
                    if number == len(answers) - 1:
                        raise
        finally:
            await port.stopListening()

    def answer(self, *lines: tuple[int, int, bytes], cut: int = 0) -> bytes:
        """Lines of a log, of which the last bytes are missing."""
        body = b"".join(frame(stream, timed(at) + b" " + text) for stream, at, text in lines)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        return head + body[: len(body) - cut]

    async def test_whole(self) -> None:
        """What has a sink is passed on, and what has none is dropped."""
        await self.follow(self.answer((1, 1, b"a\n"), (2, 2, b"b\n"), (1, 3, b"c\n")))
        self.assertEqual([b"a\n", b"c\n"], self.out)
        self.assertIn(b"/containers/abc/logs?follow=1", self.asked[0])
        self.assertIn(b"since=0.0", self.asked[0])

    async def test_taken_up(self) -> None:
        """After a break it goes on where it stopped, and nothing comes twice."""
        lines = [(1, at, b"%d\n" % at) for at in (1, 1, 2, 3)]
        await self.follow(self.answer(*lines[:3], cut=4), self.answer(*lines))
        self.assertEqual([b"1\n", b"1\n", b"2\n", b"3\n"], self.out)

    async def test_nonsense(self) -> None:
        """What is no log is a break, and what was before it is kept."""
        body = frame(1, timed(1) + b" a\n") + b"nonsense"
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        for answer in (head + body, b"nonsense\r\n\r\n", b""):
            await self.assertFailure(Deferred.fromCoroutine(self.follow(answer)), DaemonGone)
        self.assertEqual([b"a\n"], self.out)

    async def test_refused(self) -> None:
        """A daemon that has no log of it says so."""
        answer = b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"
        error = await self.assertFailure(Deferred.fromCoroutine(self.follow(answer)), DaemonRefused)
        self.assertEqual((404, "no"), (error.status, error.message))

    async def test_away(self) -> None:
        """Without a daemon there is a break."""
        await self.assertFailure(Deferred.fromCoroutine(self.log.follow()), DaemonGone)


class ZoneTests(DockerCase):
    """A daemon in another time zone."""

    timeout = 120

    def make_dockerd(self) -> DockerDaemon:
        """It writes times as they are in India."""
        if not os.path.exists("/usr/share/zoneinfo/Asia/Kolkata"):
            lack("tzdata", "time zones are not installed")
        return DockerDaemon(2, time_zone="Asia/Kolkata")

    async def tearDown(self) -> None:
        """It is gone."""
        try:
            super().tearDown()
        finally:
            await deferToThread(self.dockerd.stop)

    async def test_times(self) -> None:
        """Its longer times are not taken for output, before a break and after it."""
        gate = os.path.join(self.place.ready, "gate")
        os.mkfifo(gate)
        job = await self.engine.start(self.place.shell('seq 5; echo > "$READY"; read line < /ready/gate; seq 3'))
        await self.ready.line()
        with open(gate, "w") as file:
            file.write("\n")
        await job.wait()
        self.assertEqual(b"1\n2\n3\n4\n5\n1\n2\n3\n", self.place.read("stdout.txt"))
        self.assertIn("+05:30", str(await deferToThread(self.logged)))

    def logged(self) -> bytes:
        """A line of a log as this daemon writes it."""
        api = self.dockerd.client.api
        host = api.create_host_config(log_config={"Type": "local"}, network_mode="none")
        made = api.create_container(self.place.plan.image, ["echo", "x"], host_config=host)
        try:
            api.start(made["Id"])
            api.wait(made["Id"])
            return bytes(api.logs(made["Id"], timestamps=True))
        finally:
            api.remove_container(made["Id"], force=True)
