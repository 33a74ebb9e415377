"""
Making connections: TCP, unix sockets, TLS over TCP; each gives a stream that is ready and paused.

Not here: keeping connections (L{arvgate.net.pool}) and checking who answers.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 - ssl looks it up at the first connection, when a door has given up its rights
import errno
import os
import socket
import ssl
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from arvgate.errors import Overloaded, Unreachable
from arvgate.net.stream import Stream
from arvgate.net.tls import TLSStream

#: What L{Unreachable} calls the errors of a connect.
_CAUSES = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "route",
    errno.ENETUNREACH: "route",
}
_RESET = os.strerror(errno.ECONNRESET)

__all__ = ["connect_socket", "connect_tcp", "connect_tls", "connect_unix", "connected_socket", "stream_of"]


class _Connecting:
    """Waits until a non-blocking connect has come to its end."""

    def __init__(self, reactor: Any, sock: socket.socket, timeout: float) -> None:
        self.disconnected = False
        self.result: Deferred[None] = Deferred(self._cancelled)
        self._reactor = reactor
        self._sock = sock
        self._fd = sock.fileno()
        self._timeout = reactor.callLater(timeout, self._end, "no answer in time", "timeout")
        reactor.addWriter(self)

    def fileno(self) -> int:
        return self._fd

    def logPrefix(self) -> str:
        return "connecting"

    def doWrite(self) -> None:
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._end(os.strerror(code) if code else None, _CAUSES.get(code, ""))

    def connectionLost(self, reason: Any) -> None:
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._end(os.strerror(code) if code else "the connection was lost", _CAUSES.get(code, ""))

    def _cancelled(self, deferred: Deferred[None]) -> None:
        self._end("cancelled")

    def _end(self, problem: str | None, cause: str = "") -> None:
        if self.disconnected:
            return
        self.disconnected = True
        self._reactor.removeWriter(self)
        if self._timeout.active():
            self._timeout.cancel()
        if problem is None:
            self.result.callback(None)
        elif not self.result.called:
            self.result.errback(Unreachable(detail=problem, cause=cause))


async def connected_socket(
    reactor: Any, family: int, address: Any, timeout: float, kind: int = socket.SOCK_STREAM
) -> socket.socket:
    """
    A connected non-blocking socket.

    @param timeout: seconds.
    @raise Unreachable: refused, no route, or no answer in time; the detail says which.
    @raise Overloaded: there is no descriptor left for it.
    """
    try:
        sock = socket.socket(family, kind)
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise Overloaded(detail=f"no socket: {error.strerror}") from error
        raise Unreachable(detail=f"no socket: {error.strerror}") from error
    return await connect_socket(reactor, sock, address, timeout)


async def connect_socket(reactor: Any, sock: socket.socket, address: Any, timeout: float) -> socket.socket:
    """
    That socket, connected and non-blocking; it is closed if that fails.

    @param timeout: seconds.
    @raise Unreachable: as L{connected_socket}.
    """
    try:
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = sock.connect_ex(address)
        if code == errno.EINPROGRESS:
            await _Connecting(reactor, sock, timeout).result
        elif code:
            raise Unreachable(detail=os.strerror(code), cause=_CAUSES.get(code, ""))
    except OSError as error:
        sock.close()
        raise Unreachable(detail=str(error)) from error
    except BaseException:
        sock.close()
        raise
    return sock


async def connect_tcp(reactor: Any, host: str, port: int, timeout: float) -> Stream:
    """
    A plain TCP connection to a name or address.

    @raise Unreachable: the detail says why.
    """
    sock = await _tcp_socket(reactor, host, port, timeout)
    return Stream(reactor, sock, f"{host}:{port}")


async def connect_unix(reactor: Any, path: str, timeout: float) -> Stream:
    """
    A connection to a unix socket.

    @raise Unreachable: the detail says why.
    """
    return Stream(reactor, await connected_socket(reactor, socket.AF_UNIX, path, timeout), path)


async def connect_tls(
    reactor: Any,
    host: str,
    port: int,
    context: ssl.SSLContext,
    server_name: str | None,
    timeout: float,
    session: ssl.SSLSession | None = None,
) -> TLSStream:
    """
    A TLS connection whose handshake is done.

    @param timeout: seconds for the connection and again for the handshake.
    @param session: of an earlier connection made with this very context, to resume it.
    @raise Unreachable: the detail says why.
    """
    sock = await _tcp_socket(reactor, host, port, timeout)
    try:
        secured = context.wrap_socket(
            sock,
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,
            server_hostname=server_name,
            session=session,
        )
    except (OSError, ValueError) as error:
        sock.close()
        raise Unreachable(detail=str(error)) from error
    stream = TLSStream(reactor, secured, f"{host}:{port}")
    await _shaken(reactor, stream, timeout)
    return stream


def stream_of(reactor: Any, sock: socket.socket, peer: str = "") -> Stream:
    """A stream on a socket that is connected already."""
    sock.setblocking(False)
    return Stream(reactor, sock, peer)


async def _tcp_socket(reactor: Any, host: str, port: int, timeout: float) -> socket.socket:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return await connected_socket(reactor, family, (host, port), timeout)
    try:
        address = await reactor.resolve(host)
    except DNSLookupError as error:
        raise Unreachable(detail=f"the name {host} has no address", cause="name") from error
    return await connected_socket(reactor, socket.AF_INET, (address, port), timeout)


async def _shaken(reactor: Any, stream: TLSStream, timeout: float) -> None:
    done: Deferred[None] = Deferred(lambda _: stream.abort())

    def finished(problem: str | None) -> None:
        late = not call.active()
        if not late:
            call.cancel()
        if problem is None:
            done.callback(None)
        elif not done.called:
            cause = "timeout" if late else "reset" if problem == _RESET else "tls"
            done.errback(Unreachable(detail="no handshake in time" if late else problem, cause=cause))

    call = reactor.callLater(timeout, stream.abort)
    stream.handshake(finished)
    await done
