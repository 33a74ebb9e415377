"""
Tokens and listings from memory, until a change touches them.

Only what exists is remembered, so that guesses cannot push out what is used.  A token is kept under the SHA-256 of its
parts, never as text.  Not here: which changes touch what (L{arvgate.directory.touching}).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from zope.interface import implementer

from arvgate.directory.answers import Answers
from arvgate.directory.touching import listing_rests_on, token_rests_on, touched_by
from arvgate.interfaces import IChangeFeed, IDirectory, ITokens
from arvgate.model.changes import Change
from arvgate.model.locations import Listing
from arvgate.model.targets import Target
from arvgate.model.tokens import Authorization, Token

__all__ = ["CachedDirectory", "CachedTokens", "always_available"]


def always_available() -> None:
    """The records are in this very process: what is remembered may always be used."""


@implementer(ITokens)
class CachedTokens:
    """
    L{ITokens} with a memory.

    @ivar _available: raises StoreUnavailable while nothing is heard of changes, for then what is remembered may be old.
    """

    def __init__(
        self,
        tokens: ITokens,
        feed: IChangeFeed,
        now: Callable[[], datetime],
        available: Callable[[], None] = always_available,
        size: int = 10_000,
    ) -> None:
        self._tokens = tokens
        self._now = now
        self._available = available
        self._answers: Answers[bytes, Authorization] = Answers(size)
        self._unsubscribe = feed.subscribe(self._changed)

    async def find(self, token: Token) -> Authorization | None:
        """See L{ITokens.find}."""
        self._available()
        key = _hash(token)
        known = self._answers.get(key)
        if known is not None:
            if known.expires_at is None or self._now() < known.expires_at:
                return known
            self._answers.forget(key)
        with self._answers.asking() as asking:
            answer = await self._tokens.find(token)
            if answer is not None:
                asking.keep(key, answer, token_rests_on(token, answer))
            return answer

    def lookups(self) -> tuple[int, int]:
        """How many questions were answered from memory, and how many were not."""
        return self._answers.hits, self._answers.misses

    def close(self) -> None:
        """Listen to changes no more."""
        self._unsubscribe()

    def _changed(self, changes: Sequence[Change]) -> None:
        self._answers.drop(touched_by(changes))


@implementer(IDirectory)
class CachedDirectory:
    """
    L{IDirectory} with a memory.

    @ivar _available: as for L{CachedTokens}.
    """

    def __init__(
        self,
        directory: IDirectory,
        feed: IChangeFeed,
        available: Callable[[], None] = always_available,
        size: int = 10_000,
    ) -> None:
        self._directory = directory
        self._available = available
        self._answers: Answers[tuple[Target, str | None], Listing] = Answers(size)
        self._unsubscribe = feed.subscribe(self._changed)

    async def locate(self, target: Target, user_uuid: str | None) -> Listing | None:
        """See L{IDirectory.locate}."""
        self._available()
        key = (target, user_uuid)
        known = self._answers.get(key)
        if known is not None:
            return known
        with self._answers.asking() as asking:
            answer = await self._directory.locate(target, user_uuid)
            if answer is not None:
                asking.keep(key, answer, listing_rests_on(target, user_uuid, answer))
            return answer

    async def entered(self, container_uuid: str) -> None:
        """See L{IDirectory.entered}."""
        await self._directory.entered(container_uuid)

    def lookups(self) -> tuple[int, int]:
        """How many questions were answered from memory, and how many were not."""
        return self._answers.hits, self._answers.misses

    def close(self) -> None:
        """Listen to changes no more."""
        self._unsubscribe()

    def _changed(self, changes: Sequence[Change]) -> None:
        self._answers.drop(touched_by(changes))


def _hash(token: Token) -> bytes:
    """What a token is remembered under; its parts never hold a line feed, but may be absent."""
    parts = (token.secret, token.uuid, token.container_uuid, token.nonce, token.remote)
    return sha256("\n".join("-" if part is None else f"+{part}" for part in parts).encode()).digest()
