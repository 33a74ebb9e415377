"""
A door's end of the internal socket: questions to control, and the changes that it pushes.

A lost connection is made anew at once.  For one second questions wait for it; after that, and as long as control is
away, they raise L{StoreUnavailable}, and nothing that is remembered is to be used (L{ControlLink.available}).  Not
here: memory (L{arvgate.directory.cached}).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger
from twisted.protocols import amp
from twisted.python.failure import Failure
from zope.interface import implementer

from arvgate.directory.internal import VERSION, Alive, Changed, Channel, Count, Greet, Question, value_bytes
from arvgate.errors import ArvgateError, PeerFault, StoreUnavailable
from arvgate.interfaces import IChangeFeed
from arvgate.model.changes import EVERYTHING, Change
from arvgate.net.tally import Tally
from arvgate.wire.internal_json import numbers_json, read_changes, read_json

__all__ = ["PATIENCE", "ControlLink"]

_log = Logger()

#: Seconds without control after which new questions fail.
PATIENCE = 1.0
#: Seconds within which control answers a question or a greeting.
_ANSWER = 5.0
#: How often a question is put to one control after the other, should they die over it.
_ATTEMPTS = 3
#: Seconds between two looks whether control still answers; if it did not by the next, the connection is given up.
_PULSE = 3.0
#: Seconds before the second attempt to connect, doubled for each further one up to the last.
_BACKOFF = (0.02, 0.5)

ValueT = TypeVar("ValueT")
Observer = Callable[[Sequence[Change]], None]


class _ControlConnection(Channel):
    """
    One connection to control.

    @ivar lost: fires when the connection is over.
    """

    def __init__(self, changed: Observer, clock: IReactorTime, tally: Tally) -> None:
        super().__init__()
        self._changed = changed
        self._tally = tally
        self._pulse = LoopingCall(self._beat)
        self._pulse.clock = clock
        self._unanswered = False
        self.lost: Deferred[None] = Deferred()

    @Changed.responder
    def receive_changes(self, json: bytes) -> dict[str, bytes]:
        """Control pushes what changed."""
        self._changed(read_json(json.decode(), read_changes))
        return {"json": value_bytes(None)}

    @Count.responder
    def tell_numbers(self, json: bytes) -> dict[str, bytes]:
        """Control collects what this door counts."""
        numbers = [numbers_json(self._tally.take()), numbers_json(self._tally.present())]
        return {"json": value_bytes(numbers)}

    def watch_pulse(self) -> None:
        """Give the connection up when control no longer answers on it."""
        self._pulse.start(_PULSE, now=False)

    # AMP

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Over: the link learns of it first, then whoever waits for an answer."""
        if self._pulse.running:
            self._pulse.stop()
        self.lost.callback(None)
        super().connectionLost(reason)

    def _beat(self) -> None:
        if self._unanswered:
            _log.warn("control does not answer; connecting anew")
            self.abort()
            return
        self._unanswered = True
        self.ask(Alive, value_bytes(None)).addCallbacks(self._answered, lambda failure: None)

    def _answered(self, _: object) -> None:
        self._unanswered = False


class _ConnectionFactory(Factory):
    """Builds the connections of one link."""

    noisy = False

    def __init__(self, build: Callable[[], _ControlConnection]) -> None:
        self._build = build

    def buildProtocol(self, addr: object) -> _ControlConnection:
        """The endpoint has connected."""
        return self._build()


@implementer(IChangeFeed)
class ControlLink:
    """
    Keeps a connection to control; asks over it, and publishes the changes that come over it.

    After each greeting L{EVERYTHING} is published, for what changed while nobody listened is not known.

    @param tally: what this door counts, for control to collect.
    """

    def __init__(self, endpoint: IStreamClientEndpoint, clock: IReactorTime, tally: Tally | None = None) -> None:
        self._tally = tally or Tally()
        self._endpoint = endpoint
        self._clock = clock
        self._observers: dict[object, Observer] = {}
        self._control: _ControlConnection | None = None
        self._waiting: set[Deferred[None]] = set()
        self._lost_at = clock.seconds()
        self._keeping: Deferred[None] | None = None
        self._stopped = False

    def start(self) -> None:
        """Connect, and stay connected."""
        self._lost_at = self._clock.seconds()
        self._keeping = Deferred.fromCoroutine(self._keep())
        self._keeping.addErrback(lambda failure: failure.trap(CancelledError))

    def stop(self) -> None:
        """Disconnect; questions that are on their way fail."""
        self._stopped = True
        keeping, self._keeping = self._keeping, None
        control = self._control
        if keeping is not None:
            keeping.cancel()
        if control is not None:
            control.abort()

    def available(self) -> None:
        """
        Whether questions have a chance, and whether what is remembered may be used.

        @raise StoreUnavailable: control has been away for more than L{PATIENCE}.
        """
        if self._control is None and self._clock.seconds() - self._lost_at > PATIENCE:
            raise StoreUnavailable(detail="no connection to control")

    async def connected(self, patience: float) -> bool:
        """Wait at most C{patience} seconds for control; whether it is there."""
        if self._control is None and patience > 0:
            waiting: Deferred[None] = Deferred()
            self._waiting.add(waiting)
            call = self._clock.callLater(patience, waiting.callback, None)
            try:
                await waiting
            finally:
                self._waiting.discard(waiting)
                if call.active():
                    call.cancel()
        return self._control is not None

    def subscribe(self, observer: Observer) -> Callable[[], None]:
        """See L{IChangeFeed.subscribe}."""
        subscription = object()
        self._observers[subscription] = observer

        def unsubscribe() -> None:
            self._observers.pop(subscription, None)

        return unsubscribe

    async def ask(self, question: type[Question], value: Any, read: Callable[[Any], ValueT]) -> ValueT:
        """
        Ask control.

        @raise StoreUnavailable: it is away, died over the question, or does not answer.
        @raise TooLarge: question or answer do not fit into one AMP value.
        @raise ArvgateError: what control answered.
        """
        data = value_bytes(value)
        attempts = _ATTEMPTS if question.repeatable else 1
        for _ in range(attempts):
            control = await self._find_control()
            try:
                return await self._put(control, question, data, read)
            except ConnectionClosed:
                continue
        raise StoreUnavailable(detail=f"control went away over {question.__name__}")

    async def _find_control(self) -> _ControlConnection:
        left = self._lost_at + PATIENCE - self._clock.seconds()
        if self._control is None and not await self.connected(left):
            raise StoreUnavailable(detail="no connection to control")
        control = self._control
        if control is None:
            raise StoreUnavailable(detail="the connection to control was lost again")
        return control

    async def _put(
        self, control: _ControlConnection, question: type[Question], data: bytes, read: Callable[[Any], ValueT]
    ) -> ValueT:
        try:
            answer = await control.ask(question, data).addTimeout(_ANSWER, self._clock)
        except DeferredTimeout as error:
            raise StoreUnavailable(detail=f"control did not answer {question.__name__} in time") from error
        except amp.AmpError as error:
            raise PeerFault(detail=f"control answered {question.__name__} with {error}") from error
        return read_json(answer["json"].decode(), read)

    async def _keep(self) -> None:
        delay = 0.0
        while not self._stopped:
            if delay:
                await deferLater(self._clock, delay)
            control = await self._connect()
            if control is None:
                first, last = _BACKOFF
                delay = min(last, max(first, 2 * delay))
                continue
            delay = 0.0
            self._arrived(control)
            await control.lost
            self._control, self._lost_at = None, self._clock.seconds()

    async def _connect(self) -> _ControlConnection | None:
        factory = _ConnectionFactory(lambda: _ControlConnection(self._publish, self._clock, self._tally))
        try:
            control = cast(_ControlConnection, await self._endpoint.connect(factory))
        except CancelledError:
            raise
        except ConnectError:
            return None
        except Exception:
            _log.failure("the way to control is broken")
            return None
        try:
            await self._put(control, Greet, value_bytes(VERSION), str)
        except (ArvgateError, ConnectionClosed) as error:
            _log.warn("control does not take this door: {error}", error=error)
            control.abort()
            return None
        except CancelledError:
            control.abort()
            raise
        return control

    def _arrived(self, control: _ControlConnection) -> None:
        self._control = control
        control.watch_pulse()
        self._publish((EVERYTHING,))
        waiting, self._waiting = self._waiting, set()
        for one in waiting:
            one.callback(None)

    def _publish(self, changes: Sequence[Change]) -> None:
        for observer in tuple(self._observers.values()):
            try:
                observer(changes)
            except Exception:
                _log.failure("an observer of changes failed")
