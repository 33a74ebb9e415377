"""
The web app that acceptance tests run in a container; prints the port it listens on.

It listens on its loopback address, or on the one that is its argument, and prints the heads of the requests that
reach it to standard error.

C{/headers} shows the request's headers as JSON, C{/echo} and C{/upload} take a body (and answer with it, or
with its SHA-256), C{/bulk?n=} sends that many bytes, C{/keyed?key=&n=} as many that are the
key's alone, C{/drip?n=} one byte per second, C{/clock} server-sent
events, C{/ws} is a WebSocket echo.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPullProducer
from twisted.internet.task import LoopingCall, react
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site
from twisted.web.websocket import WebSocketResource, WebSocketTransport
from zope.interface import implementer

#: What /bulk sends, over and over; the same in every process, so that both ends can hash it.
PATTERN = hashlib.shake_256(b"arvgate").digest(1 << 20)


def bulk_hash(count: int) -> str:
    """The SHA-256 of what C{/bulk?n=count} sends."""
    digest = hashlib.sha256()
    for _ in range(count // len(PATTERN)):
        digest.update(PATTERN)
    digest.update(PATTERN[: count % len(PATTERN)])
    return digest.hexdigest()


def keyed_pattern(key: int) -> bytes:
    """What /keyed?key= sends over and over: no two keys have a piece in common."""
    return hashlib.shake_256(b"%d" % key).digest(1 << 16)


class Answering(Resource):
    """A page whose body is made at once from the request."""

    def __init__(self, make: Callable[[Request], bytes]) -> None:
        super().__init__()
        self.render_GET = make
        self.render_POST = make
        self.render_PUT = make


@implementer(IPullProducer)
class Bulk:
    """Sends a pattern until C{left} bytes are gone, as fast as the other side takes them."""

    def __init__(self, request: Request, left: int, pattern: bytes = PATTERN) -> None:
        self.request = request
        self.left = left
        self.pattern = pattern

    def resumeProducing(self) -> None:
        """Send the next piece."""
        piece = self.pattern[: self.left]
        self.left -= len(piece)
        self.request.write(piece)
        if not self.left:
            self.request.unregisterProducer()
            self.request.finish()

    def stopProducing(self) -> None:
        """The client has gone."""
        self.left = 0


def bulk(request: Request) -> int:
    """Answer with C{n} bytes."""
    count = int(request.args[b"n"][0])
    request.setHeader(b"Content-Length", str(count))
    request.registerProducer(Bulk(request, count), False)
    return NOT_DONE_YET


def keyed(request: Request) -> int:
    """Answer with C{n} bytes of the pattern of C{key}, their number told before unless C{chunked} is there."""
    count = int(request.args[b"n"][0])
    if b"chunked" not in request.args:
        request.setHeader(b"Content-Length", str(count))
    request.registerProducer(Bulk(request, count, keyed_pattern(int(request.args[b"key"][0]))), False)
    return NOT_DONE_YET


def ticking(reactor: object, line: Callable[[int], bytes], media_type: bytes) -> Callable[[Request], int]:
    """Answers that send one line a second, C{n} of them (without C{n} for ever)."""

    def answer(request: Request) -> int:
        request.setHeader(b"Content-Type", media_type)
        count = int(request.args.get(b"n", [b"0"])[0])
        sent = 0

        def tick() -> None:
            nonlocal sent
            if count and sent == count:
                loop.stop()
                request.finish()
                return
            request.write(line(sent))
            sent += 1

        loop = LoopingCall(tick)
        loop.clock = reactor
        loop.start(1.0)
        request.notifyFinish().addErrback(lambda reason: loop.stop())
        return NOT_DONE_YET

    return answer


class Echo:
    """A WebSocket that sends back the text it gets."""

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        """The handshake begins."""
        self.transport = transport

    def negotiationFinished(self) -> None:
        """Open."""

    def textMessageReceived(self, message: str) -> None:
        """Send it back."""
        self.transport.sendTextMessage(message)

    def bytesMessageReceived(self, data: bytes) -> None:
        """Send it back."""
        self.transport.sendBytesMessage(bytes(data))

    def pongReceived(self, payload: bytes) -> None:
        """Nothing follows from it."""

    def connectionLost(self, reason: Failure) -> None:
        """Closed."""


class EchoFactory:
    """Makes an echo for each connection."""

    def buildProtocol(self, request: Request) -> Echo:
        """The echo of one connection."""
        return Echo()


class TellingChannel(HTTPChannel):
    """Prints the head of each request as it comes, so that one can see later what reached the app."""

    def lineReceived(self, line: bytes) -> None:
        """A line of the head."""
        sys.stderr.buffer.write(line + b"\n")
        sys.stderr.buffer.flush()
        super().lineReceived(line)


def headers_of(request: Request) -> bytes:
    """The request line and headers, and who serves, as JSON."""
    pairs = [
        [name.decode("latin-1"), value.decode("latin-1")]
        for name, values in request.requestHeaders.getAllRawHeaders()
        for value in values
    ]
    request.setHeader(b"Content-Type", b"application/json")
    return json.dumps({"uri": request.uri.decode("latin-1"), "headers": pairs, "pid": os.getpid()}).encode()


def main(reactor: object, address: str = "127.0.0.1") -> Deferred[None]:
    """Serve until the process is ended."""
    root = Resource()
    root.putChild(b"", Answering(lambda request: b"<!doctype html><title>test app</title><h1>It works.</h1>"))
    root.putChild(b"headers", Answering(headers_of))
    root.putChild(b"echo", Answering(lambda request: request.content.read()))
    root.putChild(
        b"upload",
        Answering(lambda request: hashlib.file_digest(request.content, "sha256").hexdigest().encode()),
    )
    root.putChild(b"bulk", Answering(bulk))
    root.putChild(b"keyed", Answering(keyed))
    root.putChild(b"drip", Answering(ticking(reactor, lambda n: b"%d" % (n % 10), b"text/plain")))
    root.putChild(b"clock", Answering(ticking(reactor, lambda n: b"data: %d\n\n" % n, b"text/event-stream")))
    root.putChild(b"ws", WebSocketResource(EchoFactory()))
    site = Site(root)
    site.protocol = TellingChannel
    port = reactor.listenTCP(0, site, interface=address)
    sys.stdout.write(f"{port.getHost().port}\n")
    sys.stdout.flush()
    return Deferred()


if __name__ == "__main__":
    react(main, sys.argv[1:])
