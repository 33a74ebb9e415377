"""
TLS straight on the socket: the stdlib's ssl object reads and writes the descriptor, without a memory BIO between.

A write that had to wait is repeated with the very same bytes; a read may want to write and the reverse; a record
that ssl has read already is delivered before the reactor waits again.  TLS is never half-closed by us.  Not here:
contexts and certificates.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

from arvgate.net.stream import Stream

__all__ = ["TLSStream"]

#: TLS records one event may read, so that one busy peer does not starve the others.
_RECORDS_PER_READ = 16
_RECORD = 16384
#: Bytes offered to one SSL_write: what had to wait is offered again as a whole.
_WRITE_PIECE = 65536


class TLSStream(Stream):
    """
    A connected TLS socket.  L{handshake} comes first.

    @ivar server_name: what the client named by SNI (server side only).
    """

    can_half_close = False

    def __init__(self, reactor: Any, sock: ssl.SSLSocket, peer: str = "") -> None:
        super().__init__(reactor, sock, peer)
        self.server_name: str | None = getattr(sock, "arvgate_server_name", None)
        self._shaken: Callable[[str | None], None] | None = None
        self._read_wants_write: bool = False
        self._write_wants_read: bool = False
        self._established: bool = False
        self._again: Any = None

    @property
    def alpn(self) -> str | None:
        """The protocol that was negotiated."""
        chosen: str | None = self.sock.selected_alpn_protocol()
        return chosen

    def peer_certificate(self) -> bytes:
        """The peer's leaf certificate as DER; empty if it has none."""
        return self.sock.getpeercert(binary_form=True) or b""

    def handshake(self, done: Callable[[str | None], None]) -> None:
        """Begin the handshake; C{done} gets None when it succeeded, else the reason for which the stream is closed."""
        self._shaken = done
        self._paused = False
        self.reactor.addReader(self)
        self._shake()

    def _shake(self) -> None:
        try:
            self.sock.do_handshake()
        except ssl.SSLWantReadError:
            self.reactor.removeWriter(self)
            return
        except ssl.SSLWantWriteError:
            self.reactor.addWriter(self)
            return
        except (OSError, ValueError) as error:
            self._lost(getattr(error, "reason", None) or getattr(error, "strerror", None) or "TLS failed")
            return
        self.reactor.removeWriter(self)
        self._established = True
        self.server_name = getattr(self.sock, "arvgate_server_name", self.server_name)
        self.pause()
        done, self._shaken = self._shaken, None
        if done is not None:
            done(None)

    def doRead(self) -> None:
        """Read what is there, several records if they came."""
        if self._lingering is not None:
            self._drain()
        elif self._shaken is not None:
            self._shake()
        elif self._write_wants_read:
            self._write_wants_read = False
            if self._paused:
                self.reactor.removeReader(self)
            self.doWrite()
        else:
            self._read_records()

    def doWrite(self) -> None:
        """Send what waits."""
        if self._shaken is not None:
            self._shake()
            return
        if self._read_wants_write:
            self._read_wants_write = False
            if not self._buffer:
                self.reactor.removeWriter(self)
            self._read_records()
            if self.closed or not self._buffer:
                return
        super().doWrite()

    def resume(self) -> None:
        """Go on reading, first what ssl has read already."""
        was_paused = self._paused
        super().resume()
        if was_paused and not self._paused and self._established and self.sock.pending():
            self._read_again()

    def _read_again(self) -> None:
        if self._again is None:
            self._again = self.reactor.callLater(0, self._read_pending)

    def _read_pending(self) -> None:
        self._again = None
        if not self.closed and not self._paused:
            self.doRead()

    def _read_records(self) -> None:
        parts: list[bytes] = []
        failure: str | None = None
        ended = False
        try:
            while len(parts) < _RECORDS_PER_READ:
                data = self.sock.recv(_RECORD)
                if not data:
                    ended = True
                    break
                parts.append(data)
                if len(data) < _RECORD and not self.sock.pending():
                    break
            else:
                if self.sock.pending():
                    self._read_again()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLWantWriteError:
            self._read_wants_write = True
            self.reactor.addWriter(self)
        except OSError as error:
            failure = getattr(error, "reason", None) or error.strerror or "TLS failed"
        if parts:
            self.receiver.data_received(parts[0] if len(parts) == 1 else b"".join(parts))
        if failure is not None:
            self._lost(failure)
        elif ended and not self.closed:
            self._read_eof()

    def _send(self, data: Any) -> int:
        size = len(data)
        sent = 0
        view = memoryview(data)
        try:
            while sent < size:
                sent += self.sock.send(view[sent : sent + _WRITE_PIECE])
        except ssl.SSLWantWriteError:
            pass
        except ssl.SSLWantReadError:
            self._write_wants_read = True
            self.reactor.addReader(self)
        return sent

    def _finish(self) -> None:
        """Send close_notify; what the peer still sends is thrown away undecrypted."""
        try:
            self.sock.unwrap()
        except (OSError, ValueError):
            pass

    def _receive_raw(self) -> bytes:
        return socket.socket.recv(self.sock, _WRITE_PIECE)

    def _lost(self, reason: str) -> None:
        if self.closed:
            return
        again, self._again = self._again, None
        if again is not None:
            again.cancel()
        shaken, self._shaken = self._shaken, None
        super()._lost(reason)
        if shaken is not None:
            shaken(reason)
