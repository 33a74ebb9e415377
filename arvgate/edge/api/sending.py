"""
Sending a piece of a file, or what is made meanwhile, as fast as the client takes it and no faster.

Not here: which file (L{arvgate.edge.api.container_logs}, L{arvgate.edge.api.container_output}).
"""

from __future__ import annotations

from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.web.server import Request
from zope.interface import implementer

from arvgate.edge.api.call import AnyAnswer, FileAnswer, InThread, StreamAnswer

__all__ = ["cut_off", "let_go", "send_file", "send_stream"]

_log = Logger()

_PIECE: Final = 64 * 1024


async def send_file(request: Request, answer: FileAnswer) -> None:
    """
    Send head and body of C{answer}, and close its file; finishing the request is left to the caller.

    If the file turns out shorter than promised the connection is closed instead.  Cancelled when the client
    goes.
    """
    with answer.file:
        request.setResponseCode(answer.status)
        request.setHeader(b"Content-Length", b"%d" % answer.length)
        request.write(b"")
        if request.method == b"HEAD":
            return
        answer.file.seek(answer.start)
        sender = _Sender(request, answer)
        request.registerProducer(sender, True)
        try:
            sender.resumeProducing()
            await sender.done
        finally:
            if request.channel is not None:
                request.unregisterProducer()
        if sender.missing:
            request.loseConnection()


async def send_stream(request: Request, answer: StreamAnswer, in_thread: InThread) -> None:
    """
    Send head and body of C{answer}; finishing the request is left to the caller.

    Each piece is made in a thread when the one before has gone: a slow client holds neither a thread nor more than a
    piece.  Cancelled when the client goes.
    """
    pace = _Pace()
    try:
        request.setResponseCode(200)
        request.write(b"")
        if request.method == b"HEAD":
            return
        request.registerProducer(pace, True)
        try:
            while piece := await in_thread(answer.pieces.take):
                request.write(piece)
                await pace.ready()
        finally:
            if request.channel is not None:
                request.unregisterProducer()
    finally:
        await in_thread(answer.pieces.close)


def let_go(answer: AnyAnswer, in_thread: InThread) -> None:
    """Close what an answer holds that nobody waits for any more."""
    if isinstance(answer, FileAnswer):
        answer.file.close()
    elif isinstance(answer, StreamAnswer):
        closing = Deferred.fromCoroutine(_close(answer, in_thread))
        closing.addErrback(lambda failure: _log.failure("an answer could not be closed", failure))


async def _close(answer: StreamAnswer, in_thread: InThread) -> None:
    await in_thread(answer.pieces.close)


def cut_off(request: Request) -> None:
    """End the connection of an answer that cannot be completed, so that nobody takes it for whole."""
    transport: Any = None if request.channel is None else request.channel.transport
    if transport is not None:
        transport.abortConnection()


@implementer(IPushProducer)
class _Pace:
    """Whether the client takes more."""

    def __init__(self) -> None:
        self._paused = False
        self._waiting: Deferred[None] | None = None

    async def ready(self) -> None:
        """When the client takes more."""
        if self._paused:
            self._waiting = Deferred()
            await self._waiting

    def resumeProducing(self) -> None:
        self._paused = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)

    def pauseProducing(self) -> None:
        self._paused = True

    def stopProducing(self) -> None:
        self._paused = True


@implementer(IPushProducer)
class _Sender:
    """
    Writes the file to the request while it is not paused.

    @ivar missing: bytes that are still to be sent.
    @ivar done: fires when all was sent or the file has ended.
    """

    def __init__(self, request: Request, answer: FileAnswer) -> None:
        self.missing = answer.length
        self.done: Deferred[None] = Deferred()
        self._request = request
        self._file = answer.file
        self._paused = False

    def resumeProducing(self) -> None:
        self._paused = False
        while not self._paused and not self.done.called:
            piece = self._file.read(min(_PIECE, self.missing))
            self.missing -= len(piece)
            self._request.write(piece)
            if not piece or not self.missing:
                self.done.callback(None)

    def pauseProducing(self) -> None:
        self._paused = True

    def stopProducing(self) -> None:
        self._paused = True
