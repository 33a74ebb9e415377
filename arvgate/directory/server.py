"""
Control's end of the internal socket: answers the doors' questions and pushes changes to them.

The socket itself is the doors' credential: it belongs to their account, mode 0600.  Not here: the answers (they come
from the implementations passed in) and listening.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import attrs
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from arvgate.directory.internal import (
    VERSION,
    Alive,
    Changed,
    Channel,
    Count,
    Derive,
    Entered,
    FindToken,
    Greet,
    IssueCode,
    Locate,
    RedeemCode,
    Waiting,
    value_bytes,
)
from arvgate.errors import ArvgateError, BadRequest, StoreUnavailable
from arvgate.interfaces import IChangeFeed, IDirectory, IIssuer, ITokens, IWaiting
from arvgate.model.changes import EVERYTHING, Change
from arvgate.wire.internal_json import (
    Numbers,
    authorization_json,
    changes_json,
    issued_json,
    listing_json,
    progress_json,
    read_json,
    read_numbers,
    read_target,
    read_token,
    token_json,
)

__all__ = ["DirectoryFactory", "Sources"]

_log = Logger()

#: Changes that wait for a door; where there are more, it is told that everything changed.
_WAITING = 500
#: Seconds in which a door tells its numbers.
_PATIENCE = 2.0

ResultT = TypeVar("ResultT")


@attrs.frozen
class Sources:
    """Who really answers."""

    tokens: ITokens
    directory: IDirectory
    issuer: IIssuer
    feed: IChangeFeed
    waiting: IWaiting


class DirectoryFactory(Factory):
    """
    One connection per door.

    @ivar connections: those that are open.
    """

    noisy = False

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.connections: set[_DoorConnection] = set()

    def buildProtocol(self, addr: IAddress | None) -> _DoorConnection:
        """A door has connected."""
        return _DoorConnection(self._sources, self.connections)

    @property
    def doors(self) -> int:
        """How many doors are connected and have greeted."""
        return sum(connection.greeted for connection in self.connections)

    async def collect(self, clock: IReactorTime) -> Sequence[tuple[Numbers, Numbers]]:
        """What each door counted since it was last asked, and its gauges; a door that does not answer is left out."""
        asked = [connection.numbers(clock) for connection in self.connections if connection.greeted]
        return [answer for one in asked if (answer := await one) is not None]

    def close(self) -> None:
        """Close the connections that are open."""
        for connection in tuple(self.connections):
            connection.abort()


class _DoorConnection(Channel):
    """One door."""

    def __init__(self, sources: Sources, connections: set[_DoorConnection]) -> None:
        super().__init__()
        self._sources = sources
        self._connections = connections
        self._answering: set[Deferred[Any]] = set()
        self._pushes = _Pushes(self._push)
        self._unsubscribe: Callable[[], None] | None = None

    # AMP

    def connectionMade(self) -> None:
        """The socket is open; nothing is answered before the greeting."""
        super().connectionMade()
        self._connections.add(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The door is gone: nobody waits for what is being asked."""
        self._connections.discard(self)
        self._pushes.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
        super().connectionLost(reason)
        for answering in tuple(self._answering):
            answering.cancel()

    # Answers

    @Greet.responder
    def greet(self, json: bytes) -> dict[str, bytes]:
        """Check the version and begin to push changes."""
        version = read_json(json.decode(), str)
        if version != VERSION:
            raise BadRequest(f"This control speaks version {VERSION} of the internal protocol, not {version!r}.")
        if self._unsubscribe is None:
            self._unsubscribe = self._sources.feed.subscribe(self._pushes.add)
        return {"json": value_bytes(VERSION)}

    @property
    def greeted(self) -> bool:
        """Whether it is a door."""
        return self._unsubscribe is not None

    def numbers(self, clock: IReactorTime) -> Deferred[tuple[Numbers, Numbers] | None]:
        """What the door counts; None if it does not answer."""
        asked = self.ask(Count, value_bytes(None)).addTimeout(_PATIENCE, clock)

        def failed(failure: Failure) -> None:
            _log.warn("a door does not tell what it counts: {reason}", reason=failure.getErrorMessage())

        return asked.addCallback(_read_numbers).addErrback(failed)

    @Alive.responder
    def alive(self, json: bytes) -> dict[str, bytes]:
        """Say that we are."""
        return {"json": value_bytes(None)}

    @FindToken.responder
    def find_token(self, json: bytes) -> Deferred[dict[str, bytes]]:
        """Ask the tokens."""
        return self._answer(json, read_token, self._sources.tokens.find, authorization_json)

    @Locate.responder
    def locate(self, json: bytes) -> Deferred[dict[str, bytes]]:
        """Ask the directory."""

        def read(value: Any) -> Any:
            target, user_uuid = value
            return read_target(target), user_uuid

        directory = self._sources.directory
        return self._answer(json, read, lambda asked: directory.locate(*asked), listing_json)

    @Entered.responder
    def entered(self, json: bytes) -> Deferred[dict[str, bytes]]:
        """Tell the directory."""
        return self._answer(json, str, self._sources.directory.entered, lambda nothing: None)

    @Derive.responder
    def derive(self, json: bytes) -> Deferred[dict[str, bytes]]:
        """Ask the issuer for a cookie's token."""

        def read(value: Any) -> Any:
            token, container_uuid, port = value
            return read_token(token), container_uuid, port

        issuer = self._sources.issuer
        return self._answer(json, read, lambda asked: issuer.derive(*asked), issued_json)

    @IssueCode.responder
    def issue_code(self, json: bytes) -> Deferred[dict[str, bytes]]:
        """Ask the issuer for a code."""

        def read(value: Any) -> Any:
            token, host, path, lifetime, navigation = value
            return read_token(token), host, path, lifetime, navigation is True

        issuer = self._sources.issuer
        return self._answer(json, read, lambda asked: issuer.issue_code(*asked), lambda code: code)

    @RedeemCode.responder
    def redeem_code(self, json: bytes) -> Deferred[dict[str, bytes]]:
        """Give a code back to the issuer."""

        def read(value: Any) -> Any:
            code, host, navigation = value
            return code, host, navigation is True

        issuer = self._sources.issuer
        return self._answer(
            json,
            read,
            lambda asked: issuer.redeem_code(*asked),
            lambda token: None if token is None else token_json(token),
        )

    @Waiting.responder
    def waiting(self, json: bytes) -> Deferred[dict[str, bytes]]:
        """Ask how far a container is."""

        def read(value: Any) -> Any:
            container_uuid, user_uuid = value
            return container_uuid, user_uuid

        waiting = self._sources.waiting
        return self._answer(json, read, lambda asked: waiting.progress(*asked), progress_json)

    def _answer(
        self,
        json: bytes,
        read: Callable[[Any], Any],
        ask: Callable[[Any], Awaitable[ResultT]],
        write: Callable[[ResultT], Any],
    ) -> Deferred[dict[str, bytes]]:
        async def answer() -> dict[str, bytes]:
            if self._unsubscribe is None:
                raise BadRequest("The internal protocol begins with a greeting.")
            try:
                return {"json": value_bytes(write(await ask(read_json(json.decode(), read))))}
            except ArvgateError:
                raise
            except CancelledError as error:
                raise StoreUnavailable(detail="the door is gone") from error
            except Exception as error:
                _log.failure("a door's question could not be answered")
                raise StoreUnavailable() from error

        answering = Deferred.fromCoroutine(answer())
        self._answering.add(answering)

        def answered(result: Any) -> Any:
            self._answering.discard(answering)
            return result

        return answering.addBoth(answered)

    def _push(self, changes: Sequence[Change]) -> Deferred[Any]:
        return self.ask(Changed, value_bytes(changes_json(changes)))


def _read_numbers(answer: dict[str, bytes]) -> tuple[Numbers, Numbers]:
    def read(value: Any) -> tuple[Numbers, Numbers]:
        counted, present = value
        return read_numbers(counted), read_numbers(present)

    return read_json(answer["json"].decode(), read)


class _Pushes:
    """
    Changes on their way to one door: one batch at a time, so that a door that does not read costs little.
    """

    def __init__(self, push: Callable[[Sequence[Change]], Deferred[Any]]) -> None:
        self._push = push
        self._waiting: list[Change] = []
        self._pushing = False
        self._closed = False

    def add(self, changes: Sequence[Change]) -> None:
        """Push these, or after what is on its way."""
        self._waiting.extend(changes)
        if len(self._waiting) > _WAITING:
            self._waiting = [EVERYTHING]
        self._next()

    def close(self) -> None:
        """Push nothing more."""
        self._closed = True

    def _next(self) -> None:
        if self._pushing or self._closed or not self._waiting:
            return
        changes, self._waiting = self._waiting, []
        self._pushing = True
        self._push(changes).addCallbacks(self._pushed, self._failed)

    def _pushed(self, _: object) -> None:
        self._pushing = False
        self._next()

    def _failed(self, failure: Failure) -> None:
        """The connection is lost or useless; the door drops all that it knows when it is back."""
        self._closed = True
