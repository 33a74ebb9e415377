"""
A gate in memory with live connections, for the tests of L{arvgate.directory.live}.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.directory.live import LiveGrants
from arvgate.errors import ArvgateError
from arvgate.gate import Gate
from arvgate.model.changes import Change
from arvgate.model.grants import Grant
from arvgate.model.targets import ContainerTarget, Target
from arvgate.model.tokens import Token
from arvgate.net.wheel import Wheel
from test.contract.memory import MemoryWorld

START = datetime(2030, 1, 1, tzinfo=UTC)


class LiveCase(SynchronousTestCase):
    """A gate in memory, and what rests on its grants."""

    def setUp(self) -> None:
        """An owner with a token, a container, and nothing watched yet."""
        self.clock = Clock()
        self.world = MemoryWorld()
        self.owner = self.successResultOf(self.world.add_user())
        self.token = self.successResultOf(self.world.add_token(self.owner))
        self.container, self.request = self.successResultOf(self.world.add_container(self.owner))
        self.target = ContainerTarget(self.container, 80)
        self.gate = Gate(self.world.tokens, self.world.directory, lambda grant: None, self.now)
        self.wheel = Wheel(self.clock)
        self.wheel.start()
        self.decide: Callable[[Token | None, Target], object] = self.gate.decide
        self.live = LiveGrants(self.ask, self.world.memory_feed, self.wheel, self.clock, self.now, concurrency=2)
        self.live.start()
        self.addCleanup(self.leave_nothing)
        self.asked: list[tuple[Token | None, Target]] = []
        self.ended: list[type[ArvgateError]] = []
        # what setting up changed is of late; let it be long ago
        self.clock.advance(60)

    def leave_nothing(self) -> None:
        """No calls are left when it is stopped."""
        self.live.stop()
        self.wheel.stop()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual(0, len(self.world.memory_feed))

    def now(self) -> datetime:
        """The time by the clock."""
        return START + timedelta(seconds=self.clock.seconds())

    def ask(self, token: Token | None, target: Target) -> object:
        """Decide, and note it."""
        self.asked.append((token, target))
        return self.decide(token, target)

    def grant(self, token: Token | None = None) -> Grant:
        """What the gate says now."""
        return self.successResultOf(self.gate.decide(token or self.token, self.target))

    def watch(self, token: Token | None = None, grant: Grant | None = None) -> Callable[[], None]:
        """Watch one connection."""
        token = token or self.token
        return self.live.watch(token, self.target, grant or self.grant(token), self.end)

    def end(self, error: ArvgateError) -> None:
        """A connection is to be closed."""
        self.ended.append(type(error))

    def change(self, *changes: Change) -> None:
        """Publish changes and let the reactor turn."""
        self.world.memory_feed.publish(*changes)
        self.clock.advance(0)
