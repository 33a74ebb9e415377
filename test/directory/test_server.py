"""
Tests for L{arvgate.directory.server}: what doors of all sorts are told.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.directory.internal import (
    VERSION,
    Changed,
    Channel,
    Count,
    FindToken,
    Greet,
    Locate,
    Question,
    value_bytes,
)
from arvgate.errors import BadRequest, NotAuthenticated, StoreUnavailable
from arvgate.model.changes import EVERYTHING, Change
from arvgate.wire.internal_json import read_changes, read_json
from test.directory.joined import RemoteWorld


class Door(Channel):
    """A door that is driven by hand; it acknowledges changes when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.pushed: list[list[Change]] = []
        self.acknowledged: list[Deferred[dict[str, bytes]]] = []

    @Changed.responder
    def receive(self, json: bytes) -> Deferred[dict[str, bytes]]:
        """Keep what is pushed."""
        self.pushed.append(list(read_json(json.decode(), read_changes)))
        answer: Deferred[dict[str, bytes]] = Deferred()
        self.acknowledged.append(answer)
        return answer


class CountingDoor(Door):
    """A door that counts."""

    @Count.responder
    def tell(self, json: bytes) -> dict[str, bytes]:
        """Tell its numbers."""
        return {"json": value_bytes([[[2, "requests", "api"]], [[7, "connections"]]])}


class OddDoor(Door):
    """A door whose numbers are none."""

    @Count.responder
    def tell(self, json: bytes) -> dict[str, bytes]:
        """Tell nonsense."""
        return {"json": value_bytes([["x"], []])}


class ServerTests(SynchronousTestCase):
    """Control's end."""

    def setUp(self) -> None:
        """A door that has not greeted yet."""
        self.clock = Clock()
        self.world = RemoteWorld(self.clock)
        self.door = self.successResultOf(self.world.endpoint.connect(Factory.forProtocol(Door)))

    def turn(self) -> None:
        """Let the reactor turn."""
        for _ in range(3):
            self.clock.advance(0)

    def ask(self, question: type[Question], value: Any) -> Deferred[dict[str, bytes]]:
        """Ask control."""

        async def put() -> dict[str, bytes]:
            return await self.door.ask(question, value_bytes(value))

        asked = Deferred.fromCoroutine(put())
        self.turn()
        return asked

    def greet(self) -> None:
        """Greet with the right version."""
        self.successResultOf(self.ask(Greet, VERSION))

    def test_greeting(self) -> None:
        """The version comes back, and from then on questions are answered."""
        self.assertEqual({"json": value_bytes(VERSION)}, self.successResultOf(self.ask(Greet, VERSION)))
        self.assertEqual({"json": b"null"}, self.successResultOf(self.ask(FindToken, ["x", None, None, None])))

    def test_wrong_version(self) -> None:
        """Another version is refused, with both named, and hears nothing of changes."""
        failure = self.failureResultOf(self.ask(Greet, "0"), BadRequest)
        self.assertIn(VERSION, failure.value.sentence)
        self.assertIn("'0'", failure.value.sentence)
        self.world.memory_feed.publish(EVERYTHING)
        self.turn()
        self.assertEqual([], self.door.pushed)

    def test_no_greeting(self) -> None:
        """Before the greeting nothing is answered."""
        self.failureResultOf(self.ask(FindToken, ["x", None, None, None]), BadRequest)
        self.assertEqual(0, self.world.memory_tokens.asked)

    def test_greeting_twice(self) -> None:
        """A second greeting is answered, and changes are not heard twice."""
        self.greet()
        self.greet()
        self.world.memory_feed.publish(EVERYTHING)
        self.turn()
        self.assertEqual([[EVERYTHING]], self.door.pushed)

    def test_errors(self) -> None:
        """An error of ours arrives as itself with its sentence; the operator's detail stays in control."""
        self.greet()
        self.world.memory_tokens.fail_next(NotAuthenticated("Come back later.", detail="hidden"))
        failure = self.failureResultOf(self.ask(FindToken, ["x", None, None, None]), NotAuthenticated)
        self.assertEqual(("Come back later.", ""), (failure.value.sentence, failure.value.detail))
        self.world.memory_tokens.fail_next(StoreUnavailable())
        self.failureResultOf(self.ask(FindToken, ["x", None, None, None]), StoreUnavailable)

    def test_bug(self) -> None:
        """A bug behind an answer is logged, and the door may ask on."""
        self.greet()
        self.world.memory_directory.locate = lambda target, user_uuid: 1 // 0
        self.failureResultOf(self.ask(Locate, [["name"], None]), StoreUnavailable)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual({"json": b"null"}, self.successResultOf(self.ask(FindToken, ["x", None, None, None])))

    def test_malformed(self) -> None:
        """A question that is not understood is refused, and the door may ask on."""
        self.greet()
        self.failureResultOf(self.ask(FindToken, {"no": "token"}))
        self.assertEqual({"json": b"null"}, self.successResultOf(self.ask(FindToken, ["x", None, None, None])))

    def test_slow_door(self) -> None:
        """A door is pushed one batch at a time; what waits is pushed together, and soon simply everything."""
        self.greet()
        first, more = Change("users", "first"), [Change("users", str(number)) for number in range(300)]
        self.world.memory_feed.publish(first)
        self.world.memory_feed.publish(*more)
        self.turn()
        self.assertEqual([[first]], self.door.pushed)
        self.acknowledge()
        self.assertEqual(more, self.door.pushed[1])
        for _ in range(3):
            self.world.memory_feed.publish(*more)
        self.acknowledge()
        self.assertEqual([EVERYTHING], self.door.pushed[2][:1])
        self.assertLess(len(self.door.pushed[2]), 502)

    def acknowledge(self) -> None:
        """The door has taken in the last batch."""
        self.door.acknowledged[-1].callback({"json": b"null"})
        self.turn()

    def test_door_is_gone(self) -> None:
        """A door that goes leaves nothing behind, also while a batch is on its way to it."""
        self.greet()
        self.world.memory_feed.publish(EVERYTHING)
        self.turn()
        self.assertEqual(1, len(self.world.server.connections))
        self.door.abort()
        self.turn()
        self.assertEqual((0, 0), (len(self.world.server.connections), len(self.world.memory_feed)))
        self.world.memory_feed.publish(EVERYTHING)

    def test_close(self) -> None:
        """Closing the server closes its connections."""
        self.world.server.close()
        self.turn()
        self.assertEqual(0, len(self.world.server.connections))


class CountTests(SynchronousTestCase):
    """What doors count is collected."""

    def test_collected(self) -> None:
        """Of each door that has greeted and answers its numbers; the others cost no more than a short wait."""
        clock = Clock()
        world = RemoteWorld(clock)
        doors = [
            self.successResultOf(world.endpoint.connect(Factory.forProtocol(kind)))
            for kind in (CountingDoor, Door, OddDoor, CountingDoor)
        ]
        for door in doors[:3]:
            door.ask(Greet, value_bytes(VERSION))
        for _ in range(3):
            clock.advance(0)
        self.assertEqual(3, world.server.doors)
        collected = Deferred.fromCoroutine(world.server.collect(clock))
        for delay in (0, 0, 0, 2, 0):
            clock.advance(delay)
        self.assertEqual([({("requests", "api"): 2.0}, {("connections",): 7.0})], self.successResultOf(collected))
