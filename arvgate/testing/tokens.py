"""
Tokens in memory.
"""

from __future__ import annotations

import attrs
from zope.interface import implementer

from arvgate.interfaces import ITokens
from arvgate.model.changes import Change
from arvgate.model.ids import Uuid
from arvgate.model.tokens import Authorization, Token
from arvgate.testing.changes import MemoryChangeFeed
from arvgate.testing.failing import FailsOnDemand

__all__ = ["MemoryTokens"]


@implementer(ITokens)
class MemoryTokens(FailsOnDemand):
    """
    L{ITokens} over a dictionary.

    @ivar asked: how many questions came.
    """

    def __init__(self, feed: MemoryChangeFeed | None = None) -> None:
        super().__init__()
        self._feed = MemoryChangeFeed() if feed is None else feed
        self._known: dict[str, tuple[str, Authorization]] = {}
        self._bound: dict[str, str] = {}
        self.asked = 0

    def add(self, secret: str, authorization: Authorization) -> Token:
        """Make a token known, or known anew; the answer is the v2 token that clients would present."""
        self._known[authorization.uuid] = (secret, authorization)
        self._changed(authorization)
        return Token(secret=secret, uuid=authorization.uuid)

    def bind(self, container_uuid: str, token_uuid: str) -> None:
        """A container exists: a four-part token that names it is valid only with the UUID C{token_uuid}."""
        self._bound[container_uuid] = token_uuid
        self._feed.publish(Change("containers", container_uuid))

    def remove(self, uuid: str) -> None:
        """Revoke a token and what was derived of it."""
        _, authorization = self._known.pop(uuid)
        self._changed(authorization)
        for child in [a for _, a in self._known.values() if a.parent_uuid == uuid]:
            self.remove(child.uuid)

    def deactivate(self, user_uuid: str) -> None:
        """Make a user inactive."""
        for uuid, (secret, authorization) in self._known.items():
            if authorization.user_uuid == user_uuid:
                self._known[uuid] = (secret, attrs.evolve(authorization, is_active=False))
        self._feed.publish(Change("users", user_uuid))

    def children(self, uuid: Uuid) -> list[tuple[str, Authorization]]:
        """Secrets and authorizations of what was derived of a token."""
        return [(secret, a) for secret, a in self._known.values() if a.parent_uuid == uuid]

    async def find(self, token: Token) -> Authorization | None:
        """See L{ITokens.find}."""
        self.check()
        self.asked += 1
        if token.container_uuid and self._bound.get(token.container_uuid, token.uuid) != token.uuid:
            return None
        if token.uuid is not None:
            secret, authorization = self._known.get(token.uuid, ("", None))
            return authorization if authorization is not None and secret == token.secret else None
        return next((a for secret, a in self._known.values() if secret == token.secret), None)

    def _changed(self, authorization: Authorization) -> None:
        self._feed.publish(Change("api_client_authorizations", authorization.uuid, related=authorization.user_uuid))
