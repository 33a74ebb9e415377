"""How an exchange over raw sockets goes on in time: waiting bodies, early answers, upgrades, connections that die."""

from __future__ import annotations

from arvgate.net.stream import LINGER_SECONDS
from test.functional.raw_app import AppConnection, SeenRequest, answer
from test.functional.raw_world import RawCase, read_answers, request
from test.net.serving import Collector, reactor

CLOSE = b"Connection: close"
CHUNKED = b"Transfer-Encoding: chunked"
POST = b"POST /post HTTP/1.1"
UPGRADE = (b"Connection: keep-alive, Upgrade", b"Upgrade: WebSocket")
SWITCH = b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-X: y\r\n\r\n"


class BodyTests(RawCase):
    """Bodies and answers that wait for each other, or do not."""

    async def test_expectation(self) -> None:
        """Who expects 100 gets it when the app says so, and the body then passes."""
        self.app.begun = lambda connection, seen: connection.write(b"HTTP/1.1 100 Go on\r\nX-A: 1\r\n\r\n")
        client = await self.send(request(CLOSE, b"Expect: 100-continue", b"Content-Length: 4", line=POST))
        await client.until_has(b"\r\n\r\n")
        self.assertEqual(b"HTTP/1.1 100 Go on\r\nX-A: 1\r\n\r\n", client.data)
        client.stream.write(b"body")
        await client.until_over()
        (seen,) = self.app.requests
        self.assertEqual(([b"100-continue"], b"body"), (seen.get_all(b"expect"), seen.body))

    async def test_expectation_refused(self) -> None:
        """Who expects 100 and gets a final answer instead has it without sending the body, and the end."""
        self.app.begun = lambda connection, seen: connection.write(answer(b"no", status=b"417 No"))
        (one,) = await self.whole(request(b"Expect: 100-continue", b"Content-Length: 4", line=POST))
        self.assertEqual((417, b"no"), (one.status, one.body))
        await self.undisturbed([])

    async def test_expectation_ignored(self) -> None:
        """Who does not wait for the 100 it expects is served like anybody else."""
        seen = await self.heard(request(CLOSE, b"Expect: 100-continue", b"Content-Length: 4", line=POST, body=b"body"))
        self.assertEqual(b"body", seen.body)

    async def test_early_answer(self) -> None:
        """An answer in the middle of a large upload arrives, the upload stops, and the connection ends soon."""
        self.app.begun = lambda connection, seen: connection.write(answer(b"big", status=b"413 No"))
        client = await self.send(request(b"Content-Length: 100000000", line=POST))
        client.stream.write(bytes(30_000_000))
        await client.until_has(b"big")
        answered = reactor.seconds()
        await client.until(lambda: client.lost is not None)
        self.assertLess(reactor.seconds() - answered, LINGER_SECONDS + 2)
        (one,) = read_answers(client.data, False)
        self.assertEqual((413, b"big", True), (one.status, one.body, one.whole))
        self.assertIn((b"Connection", b"close"), one.headers)
        self.assertLess(self.app.octets, 30_000_000)
        await self.undisturbed([])

    async def test_both_ways_at_once(self) -> None:
        """Pieces of the body arrive before it ends, and so do pieces of the answer."""

        def begun(connection: AppConnection, seen: SeenRequest) -> None:
            connection.write(b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"\r\n\r\n2\r\n<<\r\n")

        self.app.begun = begun
        self.app.answer = lambda connection, seen: connection.write(b"2\r\n>>\r\n0\r\n\r\n")
        client = await self.send(request(CHUNKED, line=POST))
        await client.until_has(b"<<")
        for number in range(5):
            piece = b"piece%d" % number
            client.stream.write(b"6\r\n" + piece + b"\r\n")
            await self.app.until(lambda piece=piece: self.app.requests[0].body.endswith(piece))
            self.app.connections[0].write(b"6\r\n" + piece.upper() + b"\r\n")
            await client.until_has(piece.upper())
        client.stream.write(b"0\r\n\r\n")
        await client.until_over()
        (one,) = read_answers(client.data, client.ended)
        self.assertEqual((b"<<PIECE0PIECE1PIECE2PIECE3PIECE4>>", True), (one.body, one.whole))

    async def test_client_leaves(self) -> None:
        """When a client leaves, the app's connection is reset, in the middle of an answer or before it."""
        for begin in (b"", b"HTTP/1.1 200 OK\r\n\r\nbegun"):
            self.app.answer = lambda connection, seen, begin=begin: connection.write(begin)
            client = await self.send(request())
            await self.app.until(lambda: bool(self.app.requests) and self.app.requests[-1].whole)
            if begin:
                await client.until_has(b"begun")
            client.stream.abort()
            connection = self.app.connections[-1]
            await self.app.until(lambda connection=connection: connection.lost is not None)
            self.assertFalse(connection.ended)
            self.app.forget()


class TunnelTests(RawCase):
    """Upgraded connections."""

    async def opened(self, *behind: bytes, app: bytes = b"") -> tuple[Collector, AppConnection]:
        """An upgraded connection; C{behind} is sent right behind the request, C{app} right behind the answer."""

        def switch(connection: AppConnection, seen: SeenRequest) -> None:
            connection.tunnel = b""
            connection.write(SWITCH + app)

        self.app.answer = switch
        client = await self.send(request(*UPGRADE, body=b"".join(behind)))
        await client.until_has(b"\r\n\r\n")
        await self.app.until(lambda: any(one.tunnel is not None for one in self.app.connections))
        return client, next(one for one in self.app.connections if one.tunnel is not None)

    async def test_switch(self) -> None:
        """The request's and the answer's fields pass, and both ends talk at once."""
        client, app = await self.opened()
        self.assertEqual(
            [[b"WebSocket"], [b"Upgrade"]], [app.requests[0].get_all(name) for name in (b"upgrade", b"connection")]
        )
        head = client.data.lower()
        for line in (b"http/1.1 101 switching", b"connection: upgrade", b"upgrade: websocket", b"sec-x: y"):
            self.assertIn(line + b"\r\n", head)
        for number in range(5):
            app.write(b"down%d" % number)
            client.stream.write(b"up%d" % number)
            await client.until_has(b"down%d" % number)
            await self.app.until(lambda number=number: (app.tunnel or b"").endswith(b"up%d" % number))

    async def test_early_bytes(self) -> None:
        """What is sent right behind the request, or right behind the answer, is not lost, and no request."""
        early = request(line=b"GET /early HTTP/1.1") + b"\0\xff"
        client, app = await self.opened(early, app=early)
        await self.app.until(lambda: app.tunnel == early)
        await client.until(lambda: client.data.endswith(early))
        self.assertEqual(1, len(app.requests))

    async def test_early_bytes_of_no_switch(self) -> None:
        """Where the app does not switch, what follows the request is the next request."""
        answers = await self.whole(request(*UPGRADE) + request(CLOSE, line=b"GET /next HTTP/1.1"))
        self.assertEqual([b"/", b"/next"], [one.body for one in answers])

    async def test_not_asked(self) -> None:
        """No switch is asked for with a body, in HTTP/1.0, to HTTP in another framing, or by one field alone."""
        for lines, line in (
            ((*UPGRADE, b"Content-Length: 4"), POST),
            (UPGRADE, b"GET / HTTP/1.0"),
            ((b"Connection: Upgrade", b"Upgrade: h2c, TLS/1.0, HTTP/2.0"), POST),
            ((b"Connection: Upgrade",), POST),
            ((b"Upgrade: websocket",), POST),
        ):
            seen = await self.heard(request(*lines, CLOSE, line=line, body=b"body" if len(lines) == 3 else b""))
            self.assertEqual([], seen.get_all(b"upgrade") + seen.get_all(b"connection"), lines)

    async def test_other_protocol(self) -> None:
        """A switch to what was not asked for is a 502; to one of several it is none."""
        switch = SWITCH.replace(b"websocket", b"other")
        self.app.answer = lambda connection, seen: connection.write(switch)
        (one,) = await self.whole(request(b"Connection: Upgrade, close", b"Upgrade: websocket"))
        self.assertEqual(502, one.status)
        client = await self.send(request(b"Connection: Upgrade, close", b"Upgrade: websocket", b"upgrade: x, Other"))
        await client.until_has(b"101")
        self.assertEqual([b"websocket, x, Other"], self.app.requests[-1].get_all(b"upgrade"))

    async def test_ended_by_the_app(self) -> None:
        """When the app ends a tunnel everything that it sent before arrives, and then the end."""
        client, app = await self.opened(app=b"first")
        app.write(bytes(3_000_000) + b"last")
        app.stream.close()
        await client.until_over()
        self.assertTrue(client.ended)
        self.assertTrue(client.data.endswith(b"\0last"))

    async def test_ended_by_the_client(self) -> None:
        """When the client ends a tunnel everything that it sent before arrives, and then the end."""
        client, app = await self.opened()
        client.stream.write(bytes(3_000_000) + b"last")
        client.stream.close()
        await self.app.until(lambda: app.ended)
        self.assertTrue((app.tunnel or b"").endswith(b"\0last"))
        app.stream.close()

    async def test_reset(self) -> None:
        """A reset of either end is one at the other."""
        client, app = await self.opened()
        app.stream.abort()
        await client.until_over()
        self.assertFalse(client.ended)
        self.app.forget()
        client, app = await self.opened()
        client.stream.abort()
        await self.app.until(lambda: app.over)
        self.assertFalse(app.ended)


class RetryTests(RawCase):
    """Connections that the app closed while they were kept."""

    async def again(self, wire: bytes, reply: bytes) -> tuple[int, int]:
        """
        Ask on a kept connection to the app, which answers C{reply} there and closes.

        @return: the status that the client gets, and how often the app heard the request.
        """
        await self.heard(request(CLOSE))
        kept = self.app.connections[-1]

        def respond(connection: AppConnection, seen: SeenRequest) -> None:
            if connection is not kept:
                self.app.usual(connection, seen)
                return
            connection.write(reply)
            connection.stream.close()

        self.app.answer = respond
        answers = await self.whole(wire, method=wire.partition(b" ")[0].decode())
        heard = [seen for seen in self.app.requests if seen.target != b"/"]
        self.app.forget()
        return (answers[0].status if answers and answers[0].whole else 0), len(heard)

    async def test_repeated(self) -> None:
        """What is safe and without a body is sent once more on a new connection."""
        for method in (b"GET", b"HEAD", b"OPTIONS"):
            line = method + b" /again HTTP/1.1"
            self.assertEqual((200, 2), await self.again(request(CLOSE, line=line), b""), method)

    async def test_not_repeated(self) -> None:
        """Anything else, and what got the least piece of an answer, is not."""
        get = b"GET /once HTTP/1.1"
        for wire, reply in (
            (request(CLOSE, line=b"POST /once HTTP/1.1"), b""),
            (request(CLOSE, line=b"DELETE /once HTTP/1.1"), b""),
            (request(CLOSE, b"Content-Length: 1", line=get, body=b"x"), b""),
            (request(CLOSE, CHUNKED, line=get, body=b"0\r\n\r\n"), b""),
            (request(CLOSE, line=get), b"H"),
            (request(CLOSE, line=get), b"garbage\r\n\r\n"),
            (request(CLOSE, line=get), b"HTTP/1.1 103 X\r\n\r\n"),
        ):
            self.assertEqual((502, 1), await self.again(wire, reply), (wire, reply))

    async def test_only_once(self) -> None:
        """An app that closes every connection without an answer hears a request at most twice."""
        await self.heard(request(CLOSE))
        self.app.answer = lambda connection, seen: connection.stream.close()
        (one,) = await self.whole(request(CLOSE, line=b"GET /twice HTTP/1.1"))
        self.assertEqual((502, 2), (one.status, sum(seen.target == b"/twice" for seen in self.app.requests)))
