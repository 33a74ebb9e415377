"""
Sending a piece of a file as fast as the client takes it and no faster.

Not here: which file (L{arvgate.edge.api.container_logs}).
"""

from __future__ import annotations

from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.web.server import Request
from zope.interface import implementer

from arvgate.edge.api.call import FileAnswer

__all__ = ["send_file"]

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
