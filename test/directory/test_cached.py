"""
Tests for L{arvgate.directory.cached}.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from arvgate.directory.cached import CachedDirectory, CachedTokens
from arvgate.errors import StoreUnavailable
from arvgate.interfaces import IDirectory
from arvgate.model.changes import EVERYTHING, Change
from arvgate.model.locations import Listing
from arvgate.model.targets import ContainerTarget, NamedTarget, Target
from arvgate.model.tokens import Token
from test.contract.directory import DirectoryContract
from test.contract.memory import MemoryWorld
from test.contract.tokens import TokensContract
from test.directory.joined import CachedWorld


class CachedTokensContractTests(TokensContract, TestCase):
    """The contract with a memory in between."""

    def make_world(self) -> CachedWorld:
        """A world with a memory."""
        return CachedWorld()


class CachedDirectoryContractTests(DirectoryContract, TestCase):
    """The contract with a memory in between."""

    def make_world(self) -> CachedWorld:
        """A world with a memory."""
        return CachedWorld()


class Slow:
    """A directory whose answers wait until they are let go."""

    def __init__(self, directory: IDirectory) -> None:
        self._directory = directory
        self.gates: list[Deferred[None]] = []

    async def locate(self, target: Target, user_uuid: str | None) -> Listing | None:
        """The answer as it is when the question comes, given when its gate opens."""
        answer = await self._directory.locate(target, user_uuid)
        gate: Deferred[None] = Deferred()
        self.gates.append(gate)
        await gate
        return answer


class CachedCase(SynchronousTestCase):
    """A world in memory and what is remembered of it."""

    def setUp(self) -> None:
        """A user with a token and a container."""
        self.world = MemoryWorld()
        self.user = self.successResultOf(self.world.add_user())
        self.token = self.successResultOf(self.world.add_token(self.user, expires_in=100.0))
        self.container, self.request = self.successResultOf(self.world.add_container(self.user))
        self.available = True

    def check(self) -> None:
        """What the memory asks before it answers."""
        if not self.available:
            raise StoreUnavailable()

    def tokens(self, **options: int) -> CachedTokens:
        """The tokens with a memory."""
        world = self.world
        return CachedTokens(world.memory_tokens, world.memory_feed, world.now, self.check, **options)

    def directory(self, inner: IDirectory | None = None, **options: int) -> CachedDirectory:
        """The directory with a memory."""
        return CachedDirectory(inner or self.world.memory_directory, self.world.memory_feed, self.check, **options)

    def asked_by(self, cached: CachedTokens | CachedDirectory, *questions: object) -> int:
        """How many of the questions went through the memory."""
        inner = self.world.memory_tokens if isinstance(cached, CachedTokens) else self.world.memory_directory
        before = inner.asked
        for question in questions:
            if isinstance(cached, CachedTokens):
                self.successResultOf(cached.find(question))
            else:
                self.successResultOf(cached.locate(question, self.user))
        return inner.asked - before


class CachedTokensTests(CachedCase):
    """What is remembered of tokens."""

    def test_remembered(self) -> None:
        """The same token is asked about once."""
        self.assertEqual(1, self.asked_by(self.tokens(), self.token, self.token, self.token))

    def test_parts_count(self) -> None:
        """Texts that differ in one part are different tokens, also where one lacks what the other has."""
        tokens = self.tokens()
        variants = [
            self.token,
            attrs.evolve(self.token, uuid=None),
            attrs.evolve(self.token, container_uuid="zzzzz-dz642-999999999999999"),
            attrs.evolve(self.token, nonce="zzzzz-dz642-999999999999999"),
            attrs.evolve(self.token, container_uuid="-"),
        ]
        self.assertEqual(5, self.asked_by(tokens, *variants))
        self.assertEqual(0, self.asked_by(tokens, *variants))

    def test_salted(self) -> None:
        """What is known of a token where it counts for another cluster says nothing of it elsewhere."""
        tokens = self.tokens()
        for remote in ("remot", "other"):
            self.successResultOf(tokens.find(attrs.evolve(self.token, remote=remote)))
        self.assertEqual((0, 2), tokens.lookups())
        self.successResultOf(tokens.find(self.token))
        self.assertEqual((0, 3), tokens.lookups())

    def test_unknown_is_not_remembered(self) -> None:
        """Guesses take no room: each is asked about."""
        guess = Token("guess")
        self.assertEqual(2, self.asked_by(self.tokens(), guess, guess))

    def test_expired(self) -> None:
        """What has expired is asked about anew."""
        tokens = self.tokens()
        self.asked_by(tokens, self.token)
        self.world.time += timedelta(seconds=99)
        self.assertEqual(0, self.asked_by(tokens, self.token))
        self.world.time += timedelta(seconds=1)
        self.assertEqual(1, self.asked_by(tokens, self.token))

    def test_touched(self) -> None:
        """A change of the token, its user, its parent or its container drops it; of another, not."""
        issued = self.successResultOf(self.world.issuer.derive(self.token, self.container, 80))
        _, uuid, secret = issued.text.split("/")
        unknown_container = "zzzzz-dz642-999999999999999"
        child = Token(secret, uuid, container_uuid=unknown_container)
        tokens = self.tokens()
        self.asked_by(tokens, child)
        touching = {
            "api_client_authorizations": (uuid, str(self.token.uuid)),
            "users": (self.user,),
            "containers": (unknown_container,),
            "links": ("zzzzz-o0j2j-000000000000000",),
            "*": ("",),
            "of_a_later_version": ("",),
        }
        for kind, uuids in touching.items():
            for one in uuids:
                self.world.memory_feed.publish(Change(kind, one))
                self.assertEqual(1, self.asked_by(tokens, child, child), (kind, one))
        self.world.memory_feed.publish(
            Change("users", "zzzzz-tpzed-999999999999999"),
            Change("api_client_authorizations", "zzzzz-gj3su-999999999999999", related=self.user),
            Change("containers", self.container),
            Change("logs", uuid),
        )
        self.assertEqual(0, self.asked_by(tokens, child))

    def test_bounded(self) -> None:
        """The least recently used is given up where there are too many."""
        others = [self.successResultOf(self.world.add_token(self.user)) for _ in range(2)]
        tokens = self.tokens(size=2)
        self.asked_by(tokens, self.token, others[0], self.token, others[1])
        self.assertEqual(0, self.asked_by(tokens, self.token))
        self.assertEqual(1, self.asked_by(tokens, others[0]))

    def test_no_control(self) -> None:
        """What is remembered is not used while nothing is heard of changes."""
        tokens = self.tokens()
        self.asked_by(tokens, self.token)
        self.available = False
        self.failureResultOf(tokens.find(self.token), StoreUnavailable)
        self.available = True
        self.assertEqual(0, self.asked_by(tokens, self.token))

    def test_failure_is_not_remembered(self) -> None:
        """After a failed question the next is asked anew."""
        tokens = self.tokens()
        self.world.memory_tokens.fail_next(StoreUnavailable())
        self.failureResultOf(tokens.find(self.token), StoreUnavailable)
        self.assertIsNotNone(self.successResultOf(tokens.find(self.token)))

    def test_closed(self) -> None:
        """A memory that is closed does not listen any more."""
        tokens, directory = self.tokens(), self.directory()
        tokens.close()
        directory.close()
        self.assertEqual(0, len(self.world.memory_feed))


class CachedDirectoryTests(CachedCase):
    """What is remembered of containers."""

    def test_remembered(self) -> None:
        """The same target is asked about once for each user."""
        directory = self.directory()
        target = ContainerTarget(self.container, 80)
        self.assertEqual(1, self.asked_by(directory, target, target))
        self.assertEqual(1, self.asked_by(directory, ContainerTarget(self.container, 81)))
        self.assertEqual([False], [r.readable for r in self.successResultOf(directory.locate(target, None)).requests])
        self.assertEqual(
            [True], [r.readable for r in self.successResultOf(directory.locate(target, self.user)).requests]
        )

    def test_unknown_is_not_remembered(self) -> None:
        """What does not exist may exist at the next question."""
        directory = self.directory()
        self.assertIsNone(self.successResultOf(directory.locate(NamedTarget("app"), self.user)))
        self.successResultOf(self.world.publish_name(self.request, "app", 80))
        self.assertIsNotNone(self.successResultOf(directory.locate(NamedTarget("app"), self.user)))

    def test_touched(self) -> None:
        """A change of the container, of one of its requests or of the user drops it; of a token, not."""
        directory = self.directory()
        target = ContainerTarget(self.container, 80)
        self.asked_by(directory, target)
        for change in (
            Change("containers", self.container),
            Change("container_requests", self.request),
            Change("container_requests", "zzzzz-xvhdp-999999999999999", related=self.container),
            Change("users", self.user),
            Change("links", "zzzzz-o0j2j-000000000000000"),
            Change("groups", "zzzzz-j7d0g-000000000000000"),
            EVERYTHING,
        ):
            self.world.memory_feed.publish(change)
            self.assertEqual(1, self.asked_by(directory, target, target), change)
        self.world.memory_feed.publish(
            Change("api_client_authorizations", str(self.token.uuid), related=self.user),
            Change("container_requests", "zzzzz-xvhdp-999999999999999"),
        )
        self.assertEqual(0, self.asked_by(directory, target))

    def test_changed_under_way(self) -> None:
        """An answer that was on its way when its records changed is given, and not remembered."""
        for change, asked in ((Change("containers", self.container), 2), (EVERYTHING, 2), (Change("users", "x"), 1)):
            slow = Slow(self.world.memory_directory)
            directory = self.directory(slow)
            target = ContainerTarget(self.container, 80)
            first = Deferred.fromCoroutine(directory.locate(target, self.user))
            self.world.memory_feed.publish(change)
            slow.gates[0].callback(None)
            self.assertIsNotNone(self.successResultOf(first))
            Deferred.fromCoroutine(directory.locate(target, self.user))
            self.assertEqual(asked, len(slow.gates), change)

    def test_no_control(self) -> None:
        """What is remembered is not used while nothing is heard of changes."""
        directory = self.directory()
        target = ContainerTarget(self.container, 80)
        self.asked_by(directory, target)
        self.available = False
        self.failureResultOf(directory.locate(target, self.user), StoreUnavailable)
