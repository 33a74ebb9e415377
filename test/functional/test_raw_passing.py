"""
Legal, if unusual, HTTP/1.1 over raw sockets, all the way between a client's TLS socket and an app's.

What was sent is what arrives, in both directions, but for the fields of the single connection.
"""

from __future__ import annotations

from hypothesis import given, settings

from test.edge.https.world import HOST
from test.functional.raw_app import AppConnection, SeenRequest, answer
from test.functional.raw_world import Answer, RawCase, read_answers, request
from test.wire.http1.messages import ANSWERS, Message, requests, split

CLOSE = b"Connection: close"
CHUNKED = b"Transfer-Encoding: chunked"
#: What the gateway says of its own.
ADDED = frozenset(
    [b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"x-request-id"]
)

Headers = list[tuple[bytes, bytes]]


def sent(seen: SeenRequest) -> Headers:
    """The fields of a request that the client has sent, but for Host."""
    return [field for field in seen.headers if field[0].lower() not in ADDED and field[0] != b"Host"]


class RequestTests(RawCase):
    """Requests as the app gets them."""

    async def test_targets(self) -> None:
        """Percent-encodings, double slashes, dots and a bare question mark stay byte for byte."""
        for target in (
            b"/", b"//", b"//evil.example/x", b"/a%2Fb//c?", b"/?x=%00&y", b"/%zz", b"/a/../b/./c", b"/?a?b=c&&",
            b"/;x=1", b"/\\..\\", b"/{}|^`<>\"[]", b"/a;b?c", b"/%E4%F6", b"/http://x/", b"/" + b"x" * 8000,
        ):  # fmt: skip
            seen = await self.heard(request(CLOSE, line=b"GET " + target + b" HTTP/1.1"))
            self.assertEqual(target, seen.target)

    async def test_other_forms(self) -> None:
        """A whole address that names the Host is one on it; the asterisk is passed on."""
        host = HOST.encode()
        for method, form, target in (
            (b"GET", b"http://" + host + b"/x?y", b"/x?y"),
            (b"GET", b"HTTPS://" + host.upper() + b"?y", b"/?y"),
            (b"GET", b"http://" + host, b"/"),
            (b"OPTIONS", b"*", b"*"),
            (b"OPTIONS", b"http://" + host, b"*"),
        ):
            seen = await self.heard(request(CLOSE, line=method + b" " + form + b" HTTP/1.1"))
            self.assertEqual((method, target, [host]), (seen.method, seen.target, seen.get_all(b"host")))

    async def test_methods(self) -> None:
        """Methods beyond the usual ones pass, with a body or without one."""
        for method in (b"DELETE", b"PATCH", b"PROPFIND", b"REPORT", b"LOCK", b"PURGE", b"M-SEARCH", b"SEARCH"):
            seen = await self.heard(request(CLOSE, b"Content-Length: 3", line=method + b" / HTTP/1.1", body=b"abc"))
            self.assertEqual((method, b"abc"), (seen.method, seen.body))

    async def test_fields(self) -> None:
        """Fields keep order, case, doubles, latin-1 bytes and emptiness; white space around a value is none of it."""
        lines = [b"X-b: \xff\xfe", b"x-B:", b"x-b: 2", b"!#$%&'*+-.^_`|~: x", b"A:1", b"A:  1\t2 \t", b"Cookie: a=b;;c"]
        seen = await self.heard(request(*lines, CLOSE, b"Z: last"))
        self.assertEqual(
            [
                (b"X-b", b"\xff\xfe"), (b"x-B", b""), (b"x-b", b"2"), (b"!#$%&'*+-.^_`|~", b"x"), (b"A", b"1"),
                (b"A", b"1\t2"), (b"Cookie", b"a=b;;c"), (b"Z", b"last"),
            ],
            sent(seen),
        )  # fmt: skip

    async def test_hop_by_hop(self) -> None:
        """Fields of the connection, and those that it names, end at the gateway; TE says at most trailers."""
        lines = [
            b"Connection: close, X-Drop,, x-two", b"X-Drop: 1", b"X-Two: 2", b"Keep-Alive: 5", b"Upgrade: h2c",
            b"Proxy-Connection: close", b"Proxy-Authorization: Basic eDp5", b"TE: trailers, deflate",
            b"HTTP2-Settings: x", b"Stay: 1",
        ]  # fmt: skip
        seen = await self.heard(request(*lines))
        self.assertEqual([(b"TE", b"trailers"), (b"Stay", b"1")], sent(seen))

    async def test_bodies(self) -> None:
        """The octets of a body are the app's, whatever they look like."""
        evil = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n\0\xff"
        line = b"POST / HTTP/1.1"
        chunked = b"".join(b'%X;x="\xe4;"\r\n%b\r\n' % (len(part), part) for part in (evil[:7], evil[7:]))
        for wire in (
            request(CLOSE, b"Content-Length: %d" % len(evil), line=line, body=evil),
            request(CLOSE, CHUNKED, line=line, body=chunked + b"000\r\n\r\n"),
            request(CLOSE, b"transfer-encoding:\tCHUNKED ", line=line, body=chunked + b"0;last\r\n\r\n"),
        ):
            for cuts in ([], [len(wire) // 2], list(range(0, len(wire), 3))):
                self.app.forget()
                answers = await self.whole(*split(wire, cuts))
                self.assertEqual([200], [one.status for one in answers])
                (seen,) = self.app.requests
                self.assertEqual((evil, True), (seen.body, seen.whole))

    async def test_trailers(self) -> None:
        """Trailers arrive behind the body, but for those by which somebody could pass for the gateway."""
        body = (
            b"3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Arvados-Target-Port: 1\r\nX-Forwarded-For: 6.6.6.6\r\nx-sum: \xe4\r\n\r\n"
        )
        seen = await self.heard(request(CLOSE, CHUNKED, b"TE: trailers", line=b"POST / HTTP/1.1", body=body))
        self.assertEqual((b"abc", [(b"X-Sum", b"1"), (b"x-sum", b"\xe4")]), (seen.body, seen.trailers))

    async def test_http10(self) -> None:
        """HTTP/1.0 gets one answer and the end, or, where it asks to, keeps its connection."""
        (one,) = await self.whole(request(line=b"GET /old HTTP/1.0"))
        self.assertEqual((200, b"/old"), (one.status, one.body))
        keep = request(b"Connection: keep-alive", line=b"GET /kept HTTP/1.0")
        answers = await self.whole(keep + keep + request(line=b"GET /last HTTP/1.0"))
        self.assertEqual([b"/kept", b"/kept", b"/last"], [one.body for one in answers])

    async def test_pipelined(self) -> None:
        """Requests sent at once are answered in order, each once the one before it is."""
        waiting: list[AppConnection] = []
        self.app.answer = lambda connection, seen: waiting.append(connection)
        pieces = [request(line=b"GET /%d HTTP/1.1" % number) for number in range(4)]
        client = await self.send(*pieces, request(CLOSE, line=b"GET /4 HTTP/1.1"))
        for number in range(5):
            await self.app.until(lambda number=number: len(waiting) == number + 1)
            waiting[number].write(answer(b"%d" % number))
        await client.until_over()
        self.assertEqual([b"%d" % n for n in range(5)], [one.body for one in read_answers(client.data, client.ended)])

    async def test_bounded_pipeline(self) -> None:
        """While an answer is waited for, only so much more of a client is taken."""
        waiting: list[AppConnection] = []
        self.app.answer = lambda connection, seen: waiting.append(connection)
        client = await self.send(request(), *[request(b"A: " + b"x" * 60_000)] * 500)
        await self.app.until(lambda: bool(waiting))
        await client.until(lambda: client.stream.buffered > 0)
        self.assertGreater(client.stream.buffered, 10_000_000)
        client.stream.abort()

    async def test_round_trip(self) -> None:
        """Whatever legal requests there are, what was sent is what the app reads, however it was cut."""
        for wanted in examples(requests(HOST.encode())):
            self.app.forget()
            wire = b"".join(message.wire for message in wanted)
            await self.whole(*split(wire, list(range(0, len(wire), 50))), request(CLOSE, line=b"GET /last HTTP/1.1"))
            *seen, last = self.app.requests
            self.assertEqual(b"/last", last.target)
            self.assertEqual(
                [(one.method, one.target, one.fields, one.body, one.trailers) for one in wanted],
                [(one.method, one.target, without_framing(sent(one)), one.body, one.trailers) for one in seen],
            )


class AnswerTests(RawCase):
    """Answers as the client gets them."""

    async def given(self, wire: bytes, *lines: bytes, line: bytes = b"GET / HTTP/1.1", close: bool = False) -> Answer:
        """What a client gets when the app answers with those bytes."""
        self.app.forget()

        def respond(connection: AppConnection, seen: SeenRequest) -> None:
            connection.write(wire)
            if close:
                connection.stream.close()

        self.app.answer = respond
        (one,) = await self.whole(request(CLOSE, *lines, line=line), method=line.partition(b" ")[0].decode())
        self.assertTrue(one.whole)
        return one

    async def test_fields(self) -> None:
        """Fields keep order, case, doubles, latin-1 bytes and emptiness, and the reason stays."""
        lines = [
            b"X-b: \xff\xfe",
            b"x-B:",
            b"Set-Cookie: a=1",
            b"Set-Cookie: b=2",
            b"Location: //x/%2F\\",
            b"Server: me",
        ]
        one = await self.given(answer(b"ok", *lines, status=b"299 Sch\xf6n  gut"))
        self.assertEqual((299, b"Sch\xf6n  gut", b"ok"), (one.status, one.reason, one.body))
        self.assertEqual(
            [
                (b"X-b", b"\xff\xfe"), (b"x-B", b""), (b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"),
                (b"Location", b"//x/%2F\\"), (b"Server", b"me"), (b"Content-Length", b"2"),
            ],
            added_removed(one.headers),
        )  # fmt: skip

    async def test_hop_by_hop(self) -> None:
        """Fields of the app's connection, and those that it names, end at the gateway."""
        lines = [
            b"Connection: keep-alive, X-Drop",
            b"X-Drop: 1",
            b"Keep-Alive: timeout=5",
            b"Proxy-Authenticate: x",
            b"A: 1",
        ]
        one = await self.given(answer(b"", *lines))
        self.assertEqual([(b"A", b"1"), (b"Content-Length", b"0")], added_removed(one.headers))

    async def test_without_body(self) -> None:
        """HEAD, 204 and 304 have no body, and keep the Content-Length that they have."""
        length = b"Content-Length: 400\r\n\r\n"
        one = await self.given(b"HTTP/1.1 200 OK\r\n" + length, line=b"HEAD / HTTP/1.1")
        self.assertEqual((200, [(b"Content-Length", b"400")]), (one.status, added_removed(one.headers)))
        one = await self.given(b"HTTP/1.1 304 Same\r\nETag: x\r\n" + length)
        self.assertEqual(
            (304, [(b"ETag", b"x"), (b"Content-Length", b"400")]), (one.status, added_removed(one.headers))
        )
        one = await self.given(b"HTTP/1.1 204 None\r\n\r\n")
        self.assertEqual((204, []), (one.status, added_removed(one.headers)))
        one = await self.given(b"HTTP/1.1 204 None\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual((204, [(b"Content-Length", b"0")]), (one.status, added_removed(one.headers)))

    async def test_bodies(self) -> None:
        """Chunks, a length and the end of the connection bring the same octets, to a client of HTTP/1.0 as well."""
        body = b"0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\0\xff"
        chunks = b"5;x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (body[:5], len(body) - 5, body[5:])
        for line in (b"GET / HTTP/1.1", b"GET / HTTP/1.0"):
            for wire, close in (
                (answer(body), False),
                (b"HTTP/1.1 200 OK\r\n" + CHUNKED + b"\r\n\r\n" + chunks, False),
                (b"HTTP/1.1 200 OK\r\n\r\n" + body, True),
                (b"HTTP/1.0 200 OK\r\n\r\n" + body, True),
                (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n" % len(body) + body, False),
            ):
                self.assertEqual(body, (await self.given(wire, line=line, close=close)).body, wire)

    async def test_trailers(self) -> None:
        """Trailers arrive behind the body, but for those by which an app could pass for the gateway."""
        body = b"3\r\nabc\r\n0\r\nServer-Timing: a\r\nX-Arvados-Runner-Error: x\r\ngrpc-status: 0\r\n\r\n"
        one = await self.given(b"HTTP/1.1 200 OK\r\nTrailer: grpc-status\r\n" + CHUNKED + b"\r\n\r\n" + body)
        self.assertEqual((b"abc", [(b"Server-Timing", b"a"), (b"grpc-status", b"0")]), (one.body, one.trailers))
        self.assertIn((b"Trailer", b"grpc-status"), one.headers)

    async def test_interims(self) -> None:
        """Interim answers come before the final one, with their fields; a client of HTTP/1.0 gets none."""
        wire = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" + answer()
        one = await self.given(wire)
        self.assertEqual(([102, 103], b"ok"), (one.interims, one.body))
        self.assertEqual((b"Link", b"</x>; rel=preload"), one.interim_headers[0])
        self.assertEqual([], (await self.given(wire, line=b"GET / HTTP/1.0")).interims)

    async def test_round_trip(self) -> None:
        """Whatever legal answers there are, what the app sent is what the client reads."""
        for wanted in examples(ANSWERS):
            for message in wanted:
                one = await self.given(message.wire)
                self.assertEqual(
                    (message.fields, message.body, message.trailers),
                    (without_framing(added_removed(one.headers)), one.body, one.trailers),
                )


def added_removed(headers: Headers) -> Headers:
    """The fields without those of the client's connection and of the gateway."""
    return [field for field in headers if field[0] not in (b"Connection", b"Date") and field[0].lower() not in ADDED]


def without_framing(headers: Headers) -> Headers:
    """The fields without those that say where the body ends."""
    return [field for field in headers if field[0].lower() not in (b"content-length", b"transfer-encoding")]


def examples(messages: object) -> list[list[Message]]:
    """The messages of some sequences, the same ones each time."""
    found: list[list[Message]] = []

    @settings(max_examples=25, derandomize=True, database=None)
    @given(messages)  # type: ignore[arg-type]
    def collect(sequence: list[Message]) -> None:
        found.append(sequence)

    collect()
    return found
