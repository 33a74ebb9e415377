"""
A non-blocking socket on the reactor: write now and buffer the rest, read in growing pieces, bounded both ways.

The reactor calls C{doRead} and C{doWrite}; what arrives goes to a L{Receiver}.  Not here: TLS (L{arvgate.net.tls}),
making connections (L{arvgate.net.connecting}), and what the bytes mean.
"""

from __future__ import annotations

import fcntl
import socket
import sys
import termios
from collections import deque
from collections.abc import Callable
from typing import Any

__all__ = ["HIGH_WATER", "LOW_WATER", "Receiver", "Stream"]

#: Bytes buffered for a peer above which whoever writes is asked to wait, and below which it may go on.
HIGH_WATER = 262144
LOW_WATER = 65536
_READ_MIN = 16384
_READ_MAX = 262144
#: How long a closed connection is still read from, so that the peer sees the end of what was written to it.
LINGER_SECONDS = 2.0


class Receiver:
    """What happens on a stream; the methods do nothing unless overridden."""

    def data_received(self, data: bytes) -> None:
        """Bytes arrived; never empty."""

    def eof_received(self) -> None:
        """The peer will send no more."""

    def write_paused(self) -> None:
        """More than L{HIGH_WATER} is buffered: stop writing to this stream."""

    def write_resumed(self) -> None:
        """Less than L{LOW_WATER} is buffered: go on writing."""

    def connection_lost(self, reason: str) -> None:
        """The stream is closed; nothing more will be called."""


class Stream:
    """
    A connected plain socket.

    @ivar receiver: whom events are told to; may be replaced at any time.
    @ivar peer: the peer's address, printable, for logs and headers.
    @ivar buffered: bytes that wait to be sent.
    @ivar ended: called once when the descriptor is closed.
    @ivar can_half_close: whether one direction can be ended alone.
    """

    can_half_close: bool = True

    def __init__(self, reactor: Any, sock: Any, peer: str = "") -> None:
        self.reactor: Any = reactor
        self.sock: Any = sock
        self.fd: int = sock.fileno()
        self.peer: str = peer
        self.receiver: Receiver = Receiver()
        self.buffered: int = 0
        self.ended: Callable[[], None] | None = None
        self.closed: bool = False
        self.disconnected: bool = False  # read by the reactor
        self.eof: bool = False
        self._buffer: deque[Any] = deque()
        self._read_size: int = _READ_MIN
        self._paused: bool = True
        self._full: bool = False
        self._closing: bool = False
        self._ending: bool = False
        self._lingering: Any = None
        self._sent: int = 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.peer}>"

    # Called by the reactor.
    def fileno(self) -> int:
        """The descriptor."""
        return self.fd

    def logPrefix(self) -> str:
        """The name under which the reactor logs."""
        return "stream"

    def connectionLost(self, reason: Any) -> None:
        """The reactor found the socket broken."""
        self._lost("the connection was lost")

    def readConnectionLost(self, reason: Any) -> None:
        """The reactor found the reading side closed."""
        self._lost("the connection was lost")

    def writeConnectionLost(self, reason: Any) -> None:
        """The reactor found the writing side closed."""
        self._lost("the connection was lost")

    def doRead(self) -> None:
        """Read once."""
        if self._lingering is not None:
            self._drain()
            return
        try:
            data = self.sock.recv(self._read_size)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(_reason(error))
            return
        if not data:
            self._read_eof()
            return
        self._adapt(len(data))
        self.receiver.data_received(data)

    def doWrite(self) -> None:
        """Send what waits, as far as the socket takes it."""
        buffer = self._buffer
        try:
            while buffer:
                data = buffer[0]
                sent = self._send(data)
                self._sent += sent
                self.buffered -= sent
                if sent < len(data):
                    buffer[0] = memoryview(data)[sent:]
                    break
                buffer.popleft()
        except BlockingIOError:
            pass
        except OSError as error:
            self._write_failed(_reason(error))
            return
        if not buffer:
            self.reactor.removeWriter(self)
            if self._closing:
                self._linger()
                return
            if self._ending:
                self._shut_writing()
        if self._full and self.buffered < LOW_WATER:
            self._full = False
            self.receiver.write_resumed()

    # Ours.
    def start(self) -> None:
        """Begin to read."""
        self.resume()

    def pause(self) -> None:
        """Stop reading; nothing is received until L{resume}."""
        if not self._paused:
            self._paused = True
            self.reactor.removeReader(self)

    def resume(self) -> None:
        """Go on reading."""
        if self._paused and not self.closed and not self.eof and not self._closing:
            self._paused = False
            self.reactor.addReader(self)

    def write(self, data: Any) -> None:
        """Send C{data} (bytes or memoryview) now as far as possible, and buffer the rest."""
        if self.closed or self._closing or self._ending or not data:
            return
        if not self._buffer:
            try:
                sent = self._send(data)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                self._write_failed(_reason(error))
                return
            self._sent += sent
            if sent == len(data):
                return
            self._buffer.append(memoryview(data)[sent:] if sent else data)
            self.buffered = len(data) - sent
            self.reactor.addWriter(self)
        else:
            self._buffer.append(data)
            self.buffered += len(data)
        if not self._full and self.buffered > HIGH_WATER:
            self._full = True
            self.receiver.write_paused()

    def taken(self) -> int:
        """Octets that have reached the peer's machine, of all that was written; for comparison with itself only."""
        try:
            unacknowledged = fcntl.ioctl(self.fd, termios.TIOCOUTQ, bytes(4))
        except OSError:
            return self._sent
        return self._sent - int.from_bytes(unacknowledged, sys.byteorder)

    def is_quiet(self) -> bool:
        """Whether the peer neither sent anything that was not read yet nor closed."""
        try:
            socket.socket.recv(self.sock, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return not self.closed
        except OSError:
            pass
        return False

    def half_close(self) -> None:
        """End the writing direction once the buffer is sent; reading goes on."""
        if self.closed or self._closing or self._ending:
            return
        self._ending = True
        if not self._buffer:
            self._shut_writing()

    def close(self) -> None:
        """Send what waits, then close; the peer gets a short while to take it."""
        if self.closed or self._closing:
            return
        self._closing = True
        if not self._buffer:
            self._linger()

    def abort(self) -> None:
        """Close at once and visibly for the peer; what waits is dropped."""
        if self.closed:
            return
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        except OSError:
            pass
        self._lost("aborted")

    # For subclasses.
    def _send(self, data: Any) -> int:
        sent: int = self.sock.send(data)
        return sent

    def _finish(self) -> None:
        """Say goodbye in the protocol of this layer; the buffer is empty."""

    def _receive_raw(self) -> bytes:
        data: bytes = self.sock.recv(_READ_MAX)
        return data

    def _adapt(self, got: int) -> None:
        if got == self._read_size:
            if got < _READ_MAX:
                self._read_size = got * 2
        elif got < _READ_MIN // 2:
            self._read_size = _READ_MIN

    def _read_eof(self) -> None:
        self.eof = True
        self.pause()
        self.receiver.eof_received()
        if self._closing and not self._buffer and self._lingering is None and not self.closed:
            self._linger()

    def _shut_writing(self) -> None:
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._lost_soon(_reason(error))

    def _linger(self) -> None:
        """All was sent: say goodbye, and read on for a moment, since closing on unread bytes would reset."""
        if self._lingering is not None or self.closed:
            return
        self._finish()
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._lost_soon("closed")
            return
        if self.eof:
            self._lost_soon("closed")
            return
        self._lingering = self.reactor.callLater(LINGER_SECONDS, self._lost, "closed")
        if self._paused:
            self._paused = False
            self.reactor.addReader(self)

    def _drain(self) -> None:
        try:
            data = self._receive_raw()
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost("closed")

    def _write_failed(self, reason: str) -> None:
        """The peer takes no more; what it has sent before is still to be read, and then the end is found."""
        self._buffer.clear()
        self.buffered = 0
        self._ending = True
        self.reactor.removeWriter(self)
        if self._paused or self.eof or self._closing:
            self._lost_soon(reason)

    def _lost_soon(self, reason: str) -> None:
        """Close in the next turn: the caller is in the middle of something."""
        if not self.closed:
            self._closing = True
            self.reactor.callLater(0, self._lost, reason)

    def _lost(self, reason: str) -> None:
        if self.closed:
            return
        self.closed = True
        self.disconnected = True
        reactor = self.reactor
        reactor.removeReader(self)
        reactor.removeWriter(self)
        if self._lingering is not None and self._lingering.active():
            self._lingering.cancel()
        self._buffer.clear()
        self.buffered = 0
        self.sock.close()
        if self.ended is not None:
            self.ended()
        receiver = self.receiver
        self.receiver = Receiver()
        receiver.connection_lost(reason)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
