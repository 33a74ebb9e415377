"""
What the contract suites of tokens, directory, issuer and changes need around the thing under test.

Each implementation is set up in a L{World} that can make users, tokens and containers for it; the suites ask through
the interfaces only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from twisted.internet import reactor  # noqa: TID251 - tests run on the real reactor
from twisted.internet.defer import Deferred

from arvgate.interfaces import IChangeFeed, IDirectory, IIssuer, ITokens, IWaiting
from arvgate.model.changes import Change
from arvgate.model.tokens import Token

__all__ = ["CLUSTER", "PORT", "Heard", "World"]

CLUSTER = "zzzzz"
#: The port that the requests of a world publish to anybody.
PORT = 8080


class World(ABC):
    """
    One implementation of the interfaces, and the hand that changes what is behind it.

    Containers run, at their first lock; their requests are Committed.
    """

    tokens: ITokens
    directory: IDirectory
    issuer: IIssuer
    feed: IChangeFeed
    waiting: IWaiting

    async def start(self) -> None:
        """Get ready."""
        return

    async def stop(self) -> None:
        """Leave nothing behind."""
        return

    @abstractmethod
    async def add_user(self, *, admin: bool = False) -> str:
        """An active user; the UUID."""

    @abstractmethod
    async def add_token(
        self, user_uuid: str, *, scopes: Sequence[str] = ("all",), expires_in: float | None = None
    ) -> Token:
        """A token of a user; C{expires_in} in seconds."""

    @abstractmethod
    async def revoke(self, token: Token) -> None:
        """Delete a token."""

    @abstractmethod
    async def deactivate(self, user_uuid: str) -> None:
        """Make a user inactive."""

    @abstractmethod
    async def add_container(self, owner_uuid: str) -> tuple[str, str]:
        """A running container with one request of that user that publishes L{PORT}; the UUIDs of both."""

    @abstractmethod
    async def run_with_token(self, container_uuid: str) -> Token:
        """The token that a container's own processes are given, without its fourth part."""

    @abstractmethod
    async def share(self, request_uuid: str, user_uuid: str, level: str) -> None:
        """Add a permission link; C{level} is C{can_read} or C{can_write}."""

    @abstractmethod
    async def publish_name(self, request_uuid: str, name: str, port: int) -> None:
        """Publish a port of a request under a name."""

    @abstractmethod
    async def external_port(self, container_uuid: str) -> int:
        """The external port that leads to L{PORT} of a container."""

    @abstractmethod
    async def write_log(self, container_uuid: str, name: str, data: bytes) -> None:
        """Let a container have written that to a log (C{stdout.txt}, C{stderr.txt})."""

    @abstractmethod
    def pass_time(self, seconds: float) -> None:
        """Let the clock go on."""


class Heard:
    """
    An observer of changes that can be waited on.

    @ivar changes: what was heard, in order.
    """

    def __init__(self, feed: IChangeFeed) -> None:
        self.changes: list[Change] = []
        self._waiting: list[tuple[Callable[[Change], bool], Deferred[Change]]] = []
        self.stop = feed.subscribe(self._heard)

    async def until(self, condition: Callable[[Change], bool], seconds: float = 5.0) -> Change:
        """The first change that fulfils the condition, also if it was heard before; fails after C{seconds}."""
        for change in self.changes:
            if condition(change):
                return change
        waiting: Deferred[Change] = Deferred()
        self._waiting.append((condition, waiting))
        return await waiting.addTimeout(seconds, reactor)

    def _heard(self, changes: Sequence[Change]) -> None:
        self.changes.extend(changes)
        for change in changes:
            for item in list(self._waiting):
                condition, waiting = item
                if condition(change):
                    self._waiting.remove(item)
                    waiting.callback(change)
