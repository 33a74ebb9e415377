"""
Tests for L{arvgate.edge.https.runner_answers}: whose fault it is when no answer of the app comes.
"""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.https.runner_answers import runner_error
from arvgate.errors import NotListening, PeerFault, ProofRefused
from arvgate.net.http_exchange import Exchange
from arvgate.wire.http1.head import ResponseHead
from test.edge.https.case import ContainerCase
from test.edge.https.world import BROWSER, HOST
from test.runner.door_world import PORT, UUID


class AnswerTests(ContainerCase):
    """What the client is told."""

    async def failure(self, host: str = HOST) -> tuple[str, str]:
        """The hop and the sentence of a 502, which a person gets on a page as well."""
        cookie = self.world.cookie(self.alice)
        head, body = await self.world.ask(host, "/", [cookie])
        self.assertEqual((502, b"application/json"), (head.status, head.get(b"content-type")))
        self.assertEqual([], [name for name, _ in head.headers if b"arvados" in name.lower()])
        told = json.loads(body)
        head, text = await self.world.ask(host, "/", [cookie, *BROWSER])
        self.assertEqual((502, b"text/html; charset=utf-8"), (head.status, head.get(b"content-type")))
        self.assertIn(told["hop"], text.decode())
        return told["hop"], told["errors"][0]

    async def test_not_listening(self) -> None:
        """Where nothing listens it is the way from the runner to the app."""
        hop, sentence = await self.failure(HOST.replace(f"-{PORT}-", "-81-"))
        self.assertEqual("runner → app", hop)
        self.assertIn("nothing in it listens", sentence)

    async def test_app_silent(self) -> None:
        """So it is where the app gives no answer."""

        async def close(exchange: Exchange) -> None:
            exchange.abort()

        self.app.respond = close
        hop, sentence = await self.failure()
        self.assertEqual("runner → app", hop)
        self.assertIn("without an answer", sentence)

    async def test_runner_away(self) -> None:
        """Where the runner is not reached, or is another's, it is the way to it."""
        self.world.directory.put_container(UUID, auth_secret="0" * 64)
        self.assertEqual("gateway → runner", (await self.failure())[0])
        await self.world.runner.door.stop()
        self.assertEqual("gateway → runner", (await self.failure())[0])

    async def test_runner_breaks(self) -> None:
        """So it is where the runner's connection breaks before the answer."""

        async def end(exchange: Exchange) -> None:
            for connection in tuple(self.world.runner.door.connections):
                connection.stream.abort()

        self.app.respond = end
        self.assertEqual("gateway → runner", (await self.failure())[0])


class ReadingTests(SynchronousTestCase):
    """A runner's answer as an error."""

    def error(self, code: bytes, body: bytes) -> PeerFault:
        """What is made of it."""
        head = ResponseHead()
        head.status = 502
        head.headers = [(b"X-Arvados-Runner-Error", code)]
        return runner_error(head, body)

    def test_codes(self) -> None:
        """The code says which error it is, and so between whom."""
        body = b'{"errors": ["It is so."]}'
        for code, kind, hop, sentence in (
            (b"not-listening", NotListening, "runner → app", "It is so."),
            (b"peer-fault", PeerFault, "runner → app", "It is so."),
            (b"new-in-2031", PeerFault, "runner → app", "It is so."),
            (b"proof-refused", ProofRefused, "gateway → runner", ProofRefused.default),
        ):
            error = self.error(code, body)
            self.assertEqual((kind, hop, sentence), (type(error), error.hop, error.sentence))

    def test_bodies(self) -> None:
        """Without a sentence that can be read there is the error's own."""
        for body in (b"", b"x", b"[]", b"{}", b'{"errors": []}', b'{"errors": {}}', b'{"errors": [1]}', b"[" * 100000):
            self.assertEqual(NotListening.default, self.error(b"not-listening", body).sentence)
