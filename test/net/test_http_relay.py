"""Tests of L{arvgate.net.http_relay}: a client, a gateway and an app on real sockets."""

from __future__ import annotations

import hashlib

from arvgate.net.http_exchange import Exchange
from arvgate.net.http_relay import RetryElsewhere
from test.net.relaying import GET, RelayCase, turns
from test.net.serving import Collector


class RelayTests(RelayCase):
    """A request through a gateway that relays everything to one app."""

    async def test_withheld(self) -> None:
        """An answer that is for the gateway does not reach the client, who gets another, and upstream is kept."""

        async def app(exchange: Exchange) -> None:
            ours = [(b"X-Withhold", b"1")] if exchange.head.target == b"/a" else []
            exchange.respond(500, ours, b"from upstream" * 10_000)

        client = await self.through(app)
        client.stream.write(GET)
        await client.until_has(b"our own answer")
        self.assertTrue(client.data.startswith(b"HTTP/1.1 502 "))
        self.assertNotIn(b"upstream", client.data)
        self.assertEqual((500, b"from up", 65536), (
            self.withheld[0].head.status, self.withheld[0].body[:7], len(self.withheld[0].body)
        ))  # fmt: skip
        self.assertEqual(1, self.pool.idle_count())
        client.stream.write(GET.replace(b"/a", b"/b"))
        await client.until_has(b"from upstream" * 10_000)

    async def test_withheld_cut(self) -> None:
        """An answer for the gateway that breaks off is no answer."""

        def script(app: Collector) -> None:
            app.stream.write(b"HTTP/1.1 500 x\r\nX-Withhold: 1\r\nContent-Length: 9\r\n\r\nabc")
            app.stream.close()

        client = await self.raw(script)
        client.stream.write(GET)
        await client.until_has(b"502")
        self.assertEqual((1, []), (len(self.faults), self.withheld))

    async def test_small(self) -> None:
        """A small answer arrives with its fields in order and their case kept."""

        async def app(exchange: Exchange) -> None:
            exchange.respond(200, [(b"X-ONE", b"1"), (b"x-two", b"2")], b"hello")

        client = await self.through(app)
        client.stream.write(GET)
        await client.until_has(b"hello")
        self.assertIn(b"X-ONE: 1\r\nx-two: 2\r\nContent-Length: 5\r\n\r\nhello", client.data)
        self.assertTrue(self.outcomes[0].complete)

    async def test_kept(self) -> None:
        """Requests one after another use one connection to the app."""

        async def app(exchange: Exchange) -> None:
            exchange.respond(200, (), exchange.head.target)

        client = await self.through(app)
        for target in (b"/1", b"/2", b"/3"):
            client.stream.write(GET.replace(b"/a", target))
            await client.until_has(b"\r\n\r\n" + target)
        self.assertEqual(2, len(self.serving.connections))

    async def test_pipelined(self) -> None:
        """Requests sent at once are answered in their order."""

        async def app(exchange: Exchange) -> None:
            exchange.respond(200, (), exchange.head.target)

        client = await self.through(app)
        client.stream.write(b"".join(GET.replace(b"/a", b"/%d" % n) for n in range(5)))
        await client.until_has(b"\r\n\r\n/4")
        places = [client.data.index(b"\r\n\r\n/%d" % n) for n in range(5)]
        self.assertEqual(sorted(places), places)

    async def test_chunked_upload(self) -> None:
        """A chunked body arrives as the same octets, however it was cut."""

        async def app(exchange: Exchange) -> None:
            body = await exchange.read_body(100000)
            exchange.respond(200, (), hashlib.sha256(body).hexdigest().encode())

        client = await self.through(app)
        client.stream.write(b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        wire = b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n"
        for position in range(len(wire)):
            client.stream.write(wire[position : position + 1])
        await client.until_has(hashlib.sha256(b"hello world").hexdigest().encode())

    async def test_bulk(self) -> None:
        """Twenty megabytes pass both ways unchanged while neither side is buffered beyond its bounds."""
        blob = bytes(range(256)) * 4096 * 20

        async def app(exchange: Exchange) -> None:
            body = await exchange.read_body(len(blob))
            exchange.respond(200, [], body)

        client = await self.through(app)
        client.stream.write(b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(blob))
        client.stream.write(blob)
        await client.until(lambda: len(client.data) > len(blob), 50)
        self.assertEqual(hashlib.sha256(blob).digest(), hashlib.sha256(client.data.split(b"\r\n\r\n", 1)[1]).digest())

    async def test_slow_client(self) -> None:
        """An app that is faster than the client is made to wait."""
        length = 32_000_000
        written = []

        class Source(Collector):
            waiting = False

            def write_paused(self) -> None:
                self.waiting = True

            def write_resumed(self) -> None:
                self.waiting = False
                self.pour()

            def pour(self) -> None:
                while not self.waiting and sum(written) < length:
                    written.append(65536)
                    self.stream.write(bytes(65536))

        def script(app: Collector) -> None:
            app.stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length)
            Source(app.stream).pour()

        client = await self.raw(script)
        client.stream.pause()
        client.stream.write(GET)
        await turns(2000)
        self.assertGreater(sum(written), 0)
        self.assertLess(sum(written), length / 2)
        self.assertLess(self.serving.connections[0].stream.buffered, 1_000_000)
        client.stream.resume()
        await client.until(lambda: len(client.data) > length, 50)

    async def test_truncated(self) -> None:
        """An answer that the app does not finish is visibly cut."""

        def script(app: Collector) -> None:
            app.stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            app.stream.close()

        client = await self.raw(script)
        client.stream.write(GET)
        await client.until_over()
        self.assertLess(len(client.data.partition(b"\r\n\r\n")[2]), 100)
        self.assertFalse(self.outcomes[0].complete)

    async def test_truncated_chunks(self) -> None:
        """A chunked answer without its last chunk gets none from the gateway either."""

        def script(app: Collector) -> None:
            app.stream.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
            app.stream.close()

        client = await self.raw(script)
        client.stream.write(GET)
        await client.until_over()
        self.assertNotIn(b"0\r\n\r\n", client.data)
        self.assertFalse(self.outcomes[0].complete)

    async def test_until_close(self) -> None:
        """A body without length becomes chunked, whole when the app closed properly."""

        def script(app: Collector) -> None:
            app.stream.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")
            app.stream.close()

        client = await self.raw(script)
        client.stream.write(GET)
        await client.until_has(b"0\r\n\r\n")
        self.assertIn(b"9\r\nall of it\r\n0\r\n\r\n", client.data)

    async def test_trailers(self) -> None:
        """Trailers pass, but for those that may not."""

        def script(app: Collector) -> None:
            head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            app.stream.write(head + b"2\r\nok\r\n0\r\nX-Sum: 1\r\nX-Ours: 2\r\n\r\n")

        client = await self.raw(script)
        client.stream.write(GET)
        await client.until_has(b"X-Sum: 1\r\n\r\n")
        self.assertNotIn(b"X-Ours", client.data)

    async def test_upgrade(self) -> None:
        """After 101 bytes pass both ways, also those sent right behind the request."""

        def script(app: Collector) -> None:
            class Echo(Collector):
                def data_received(self, data: bytes) -> None:
                    head, end, rest = data.partition(b"\r\n\r\n")
                    if end:
                        self.stream.write(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
                    self.stream.write(b"<" + (rest if end else head) + b">")

            Echo(app.stream).data_received(app.data) if app.data else Echo(app.stream)

        client = await self.raw(script)
        client.stream.write(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly")
        await client.until_has(b"early")
        client.stream.write(b"later")
        await client.until_has(b"later")
        self.assertIn(b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n", client.data)

    async def test_interim(self) -> None:
        """Interim answers pass before the final one."""

        def script(app: Collector) -> None:
            app.stream.write(
                b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\nX-End: 1\r\n\r\n"
            )

        client = await self.raw(script)
        client.stream.write(GET)
        await client.until_has(b"X-End")
        self.assertTrue(client.data.startswith(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204"))

    async def test_closed_before_answer(self) -> None:
        """An app that closes without an answer is a fault of the peer."""
        client = await self.raw(lambda app: app.stream.close())
        client.stream.write(GET)
        await client.until_has(b" 502 ")
        self.assertNotIsInstance(self.faults[0], RetryElsewhere)

    async def test_stale(self) -> None:
        """A kept connection that dies before any byte of the next answer may be tried elsewhere."""

        def script(app: Collector) -> None:
            class Once(Collector):
                answered = False

                def data_received(self, data: bytes) -> None:
                    if self.answered:
                        self.stream.abort()
                    else:
                        self.answered = True
                        self.stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

            once = Once(app.stream)
            if app.data:
                once.data_received(app.data)

        client = await self.raw(script)
        client.stream.write(GET)
        await client.until_has(b"ok")
        client.stream.write(GET)
        await client.until_has(b" 502 ")
        self.assertIsInstance(self.faults[0], RetryElsewhere)

    async def test_nonsense_is_no_silence(self) -> None:
        """What a kept connection answered, however broken, is an answer: the request is not tried elsewhere."""

        def script(app: Collector) -> None:
            answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"HTT"]

            class Once(Collector):
                def data_received(self, data: bytes) -> None:
                    self.stream.write(answers.pop(0))
                    if not answers:
                        self.stream.close()

            once = Once(app.stream)
            if app.data:
                once.data_received(app.data)

        client = await self.raw(script)
        client.stream.write(GET)
        await client.until_has(b"ok")
        client.stream.write(GET)
        await client.until_has(b" 502 ")
        self.assertNotIsInstance(self.faults[0], RetryElsewhere)

    async def test_other_protocol(self) -> None:
        """A switch to a protocol that was not asked for is a fault of the peer."""
        switch = b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n"
        client = await self.raw(lambda app: app.stream.write(switch))
        client.stream.write(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        await client.until_has(b" 502 ")

    async def test_tunnel_reset(self) -> None:
        """When the app resets an upgraded connection, the client's is reset, not ended."""
        apps: list[Collector] = []

        def script(app: Collector) -> None:
            apps.append(app)
            app.stream.write(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")

        client = await self.raw(script)
        client.stream.write(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        await client.until_has(b"101")
        apps[0].stream.abort()
        await client.until_over()
        self.assertEqual((False, False), (client.ended, self.outcomes[0].complete))

    async def test_client_leaves(self) -> None:
        """When the client leaves, the app's connection is closed."""
        apps = []
        client = await self.raw(apps.append)
        client.stream.write(GET)
        while not apps:
            await turns(1)
        await apps[0].until_has(b"GET /a")
        client.stream.abort()
        await apps[0].until_over()
        self.assertTrue(apps[0].ended or apps[0].lost)

    async def test_early_answer(self) -> None:
        """An answer given before a large upload has ended is delivered."""

        def script(app: Collector) -> None:
            app.stream.write(b"HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nbig")

        client = await self.raw(script)
        client.stream.write(b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\n")
        client.stream.write(bytes(100000))
        await client.until_has(b"big")
        await client.until_over()

    async def test_unasked(self) -> None:
        """A connection on which bytes come unasked is not used again."""

        def script(app: Collector) -> None:
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
            app.stream.write(answer + b"ok" + answer + b"no")

        client = await self.raw(script)
        client.stream.write(GET)
        await client.until_has(b"ok")
        self.assertNotIn(b"no", client.data)
        self.assertEqual(0, self.pool.idle_count())
