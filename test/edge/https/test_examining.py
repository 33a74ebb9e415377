"""
Tests for L{arvgate.edge.https.examining}: runners that do not answer, and people who ask too much.
"""

from __future__ import annotations

import socket

from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from arvgate.edge.https.examining import Examination, Examiner
from arvgate.errors import Overloaded
from arvgate.model.checks import Result
from arvgate.model.targets import ContainerTarget
from arvgate.model.tokens import Token
from arvgate.net.http_exchange import Exchange
from arvgate.policy.why import failure
from arvgate.testing.engine import Program
from arvgate.wire.proof import AUTHORIZATION, RESPONSE, response_for
from test.dial.false_runners import impostor_context
from test.edge.https.world import NAMES, EdgeWorld
from test.runner.door_world import PORT, SECRET, UUID

TARGET = ContainerTarget(UUID, PORT)


class ExaminerTests(TestCase):
    """Following ways to apps."""

    timeout = 60

    async def setUp(self) -> None:
        """A world with an app that says nothing until it is told to."""
        self.world = EdgeWorld()
        self.examiner = Examiner(NAMES, self.world.gate, patience=0.2)
        self.held: list[socket.socket] = []
        await self.world.start()

    async def tearDown(self) -> None:
        """Everything closed."""
        for sock in self.held:
            sock.close()
        await self.world.stop()

    def examine(self, token: Token | None = None, peer: str = "10.0.0.1") -> Deferred[Examination]:
        """What is found for Alice, or for who has that token."""
        token = self.world.alice if token is None else token
        return Deferred.fromCoroutine(self.examiner.examine(token, TARGET, peer, self.world.serving.wheel))

    async def test_silent_runner(self) -> None:
        """A runner whose report does not come in time fails the port; that both are proven is known."""
        self.world.runner.job.program = Program(ports={PORT: self.held.append})
        found = await self.examine()
        failed = failure(found.checks)
        assert failed is not None
        self.assertEqual(("port", "peer-fault"), (failed.name, failed.code))
        self.assertEqual(Result.OK, found.checks[6].result)
        self.assertIsNone(found.listening)

    async def test_odd_runner(self) -> None:
        """So does one that has no such report, or whose report cannot be read."""

        status = 0

        async def respond(exchange: Exchange) -> None:
            value = exchange.head.get(AUTHORIZATION.lower())
            if value is None:
                exchange.respond(status, [], b"{}")
            else:
                mac = value.partition(b" ")[2].decode()
                exchange.respond(200, [(RESPONSE, response_for(SECRET, mac))])

        for answer in (200, 502):
            status = answer
            port = self.world.serving.serve(respond, impostor_context())
            self.world.directory.put_container(UUID, gateway_address=f"127.0.0.1:{port}")
            failed = failure((await self.examine()).checks)
            self.assertEqual("port", failed and failed.name)

    async def test_new_connection(self) -> None:
        """A connection that is kept says nothing of whether a new one can be made."""
        self.assertIsNone(failure((await self.examine()).checks))
        self.world.directory.put_container(UUID, auth_secret="0" * 64)
        failed = failure((await self.examine()).checks)
        self.assertEqual("proof", failed and failed.name)

    async def test_few_at_once(self) -> None:
        """One user has two ways followed at once; others are not in their way, and it is over when they are."""
        self.world.runner.job.program = Program(ports={PORT: self.held.append})
        self.world.directory.put_container(UUID, public_ports=[PORT])
        first, second = self.examine(), self.examine()
        await self.assertFailure(self.examine(), Overloaded)
        others = [self.examine(self.world.bob), *(self.examine(Token("x"), peer) for peer in ("10.0.0.2", "10.0.0.3"))]
        for asked in (first, second, *others):
            self.assertEqual("port", getattr(failure((await asked).checks), "name", ""))
        self.world.runner.job.program = Program()
        self.assertIsNotNone(failure((await self.examine()).checks))

    async def test_all_at_once(self) -> None:
        """There is a bound for all together, too."""
        self.world.runner.job.program = Program(ports={PORT: self.held.append})
        self.world.directory.put_container(UUID, public_ports=[PORT])
        asked = [self.examine(Token("x"), f"10.0.0.{number}") for number in range(32)]
        await self.assertFailure(self.examine(Token("x"), "10.0.0.99"), Overloaded)
        for one in asked:
            await one
