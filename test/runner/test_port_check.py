"""
Tests for L{arvgate.runner.port_check}: what a runner finds out about a port.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from twisted.trial.unittest import TestCase

from arvgate.model.locations import Listening
from arvgate.net.http_exchange import Exchange
from arvgate.runner.app_connections import AppConnections
from arvgate.runner.port_check import PortCheck
from arvgate.testing.engine import Program
from arvgate.wire.port_report import PortReport, Probe, read_report
from arvgate.wire.proof import RUNNER_ERROR
from test.net.certificates import server_context
from test.net.serving import reactor
from test.runner.door_world import NOW, PORT, UUID, DoorWorld


class PortCheckTests(TestCase):
    """Reports."""

    timeout = 60

    async def setUp(self) -> None:
        """A job with apps, and somebody who asks about them with little patience."""
        self.world = DoorWorld()
        self.world.serving.wheel.start()
        apps = AppConnections(reactor, self.world.job, self.world.serving.wheel)
        check = PortCheck(reactor, self.world.job, apps, lambda: NOW, patience=0.2)

        async def respond(exchange: Exchange) -> None:
            await check.respond(exchange, [])

        self.port = self.world.serving.serve(respond)
        self.kept: list[socket.socket] = []
        await self.world.start()

    async def tearDown(self) -> None:
        """Everything closed."""
        for sock in self.kept:
            sock.close()
        await self.world.stop()

    async def report(self, port: int = PORT, tls: bool = False) -> PortReport:
        """What is found on a port."""
        client = await self.world.serving.client(self.port)
        fields = [(b"Host", b"h"), (b"X-Arvados-Target-Port", b"%d" % port), (b"X-Arvados-Probe-Host", b"app.example")]
        if tls:
            fields.append((b"X-Arvados-Target-Tls", b"1"))
        head, body = await client.request(b"GET", b"/arvgate/port", fields)
        self.assertEqual(200, head.status)
        return read_report(body)

    def saying(self, *words: bytes, close: bool = False) -> Callable[[socket.socket], None]:
        """An app that says something to whoever connects."""

        def connected(sock: socket.socket) -> None:
            for word in words:
                sock.sendall(word)
            if close:
                # Not before what came was read, or the other side takes it for a reset.
                sock.shutdown(socket.SHUT_WR)
            self.kept.append(sock)

        return connected

    async def test_answer(self) -> None:
        """An app that answers is asked for the head of its first page, by its own host, and its status is told."""
        report = await self.report()
        self.assertEqual((Probe.ANSWERED, 200, int(NOW)), (report.probe, report.status, report.seconds))
        self.assertLess(report.milliseconds, 5000)
        seen = self.world.app.last
        self.assertEqual((b"HEAD", b"/"), (seen.method, seen.target))
        self.assertEqual(
            [(b"Host", b"app.example"), (b"User-Agent", b"arvgate-why"), (b"Connection", b"close")], seen.headers
        )

    async def test_listening(self) -> None:
        """All sockets that listen are told, and a right that is missing, whatever becomes of the port asked for."""
        ports = {PORT: self.saying(), 22: self.saying()}
        self.world.job.program = Program(ports=ports, addresses={22: "172.17.0.2"})
        self.world.job.limitation = "A right is missing."
        report = await self.report(81)
        self.assertEqual(Probe.NOT_LISTENING, report.probe)
        self.assertEqual((Listening(22, "172.17.0.2"), Listening(PORT, "127.0.0.1")), tuple(report.listening))
        self.assertEqual("A right is missing.", report.limitation)

    async def test_no_http(self) -> None:
        """An app that speaks another language, closes, or says nothing is told apart."""
        for app, probe in (
            (self.saying(b"SSH-2.0-x\r\n"), Probe.NO_HTTP),
            (self.saying(b"HTTP/1.x"), Probe.NO_HTTP),
            (self.saying(b"HTTP/2.0 200 \r\n"), Probe.NO_HTTP),
            (self.saying(b"\0" * 9), Probe.NO_HTTP),
            (self.saying(close=True), Probe.CLOSED),
            (socket.socket.close, Probe.CLOSED),
            (self.saying(), Probe.SILENT),
            (self.saying(b"\x15\x03\x03\x00\x02\x02\x0a"), Probe.SPEAKS_TLS),
            (self.saying(b"HT", b"TP/1.1 404\r\n\r\n"), Probe.ANSWERED),
        ):
            self.world.job.program = Program(ports={PORT: app})
            self.assertEqual(probe, (await self.report()).probe, probe)

    async def test_tls_app(self) -> None:
        """An app that speaks TLS answers in TLS, and is recognised where it was asked without."""
        self.world.serve_tls_app(9443, server_context())
        report = await self.report(9443, tls=True)
        self.assertEqual((Probe.ANSWERED, 200), (report.probe, report.status))
        self.assertEqual(Probe.SPEAKS_TLS, (await self.report(9443)).probe)

    async def test_plain_app(self) -> None:
        """An app that was asked with TLS and speaks plain HTTP is recognised, by its status there."""
        report = await self.report(tls=True)
        self.assertEqual((Probe.NO_TLS, 200), (report.probe, report.status))
        self.world.job.program = Program(ports={PORT: self.saying(b"SSH-2.0-x\r\n")})
        report = await self.report(tls=True)
        self.assertEqual((Probe.NO_TLS, 0), (report.probe, report.status))

    async def test_bad_request(self) -> None:
        """An app that answers 400 and speaks no TLS has answered."""

        async def refuse(exchange: Exchange) -> None:
            exchange.respond(400)

        self.world.app.respond = refuse
        report = await self.report()
        self.assertEqual((Probe.ANSWERED, 400), (report.probe, report.status))


class DoorTests(TestCase):
    """Asking at the runner's door."""

    timeout = 60

    async def setUp(self) -> None:
        """An open door and a gateway that was let in."""
        self.world = DoorWorld()
        await self.world.start()
        self.client = await self.world.proven()
        self.fields = [(b"Host", b"runner"), (b"X-Arvados-Target-Uuid", UUID.encode())]

    async def tearDown(self) -> None:
        """No door."""
        await self.world.stop()

    async def test_no_port(self) -> None:
        """Without a port only what listens is told, no app hears of it, and nobody counts as connected."""
        before = self.world.door.idle_since
        head, body = await self.client.request(b"GET", b"/arvgate/port", self.fields)
        report = read_report(body)
        self.assertEqual((200, None), (head.status, report.probe))
        self.assertEqual([Listening(PORT, "127.0.0.1")], list(report.listening))
        self.assertEqual((before, []), (self.world.door.idle_since, self.world.app.seen))

    async def test_idle(self) -> None:
        """Asking an app does not count as somebody who is connected either."""
        before = self.world.door.idle_since
        port = (b"X-Arvados-Target-Port", b"%d" % PORT)
        _, body = await self.client.request(b"GET", b"/arvgate/port", [*self.fields, port])
        self.assertEqual(Probe.ANSWERED, read_report(body).probe)
        self.assertEqual(before, self.world.door.idle_since)

    async def test_bad_port(self) -> None:
        """What is no port, or two, is refused."""
        for values in ([b"0"], [b"x"], [b"80", b"81"]):
            ports = [(b"X-Arvados-Target-Port", value) for value in values]
            head, _ = await self.client.request(b"GET", b"/arvgate/port", [*self.fields, *ports])
            self.assertEqual((502, b"peer-fault"), (head.status, head.get(RUNNER_ERROR.lower())))

    async def test_stranger(self) -> None:
        """Who has not proved itself is told nothing."""
        gateway = await self.world.connect()
        head, body = await gateway.client.request(b"GET", b"/arvgate/port", self.fields)
        self.assertEqual(401, head.status)
        self.assertNotIn(b"listening", body)

    async def test_apps_own_paths(self) -> None:
        """Users' requests for the paths of the runner's own go to the app."""
        hop = [
            *self.fields,
            (b"X-Arvados-Target-Port", b"%d" % PORT),
            (b"X-Arvados-Request-Host", b"app.example"),
        ]
        for method, target in ((b"HEAD", b"/arvgate/proof"), (b"GET", b"/arvgate/port")):
            await self.client.request(method, target, hop)
            self.assertEqual((method, target), (self.world.app.last.method, self.world.app.last.target))
