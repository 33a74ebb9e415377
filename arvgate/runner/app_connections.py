"""
New connections to the apps in one container, plain or with TLS.

Not here: keeping them (L{arvgate.runner.door_ports}), and how a port is reached (L{IJob}).
"""

from __future__ import annotations

import ssl
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from arvgate.errors import PeerFault
from arvgate.interfaces import IJob
from arvgate.net.connecting import stream_of
from arvgate.net.stream import Stream
from arvgate.net.tls import TLSStream
from arvgate.net.wheel import Timed, Wheel

__all__ = ["AppConnections"]

_HANDSHAKE_SECONDS = 10.0


class AppConnections:
    """Makes connections to the ports of one job."""

    def __init__(self, reactor: Any, job: IJob, wheel: Wheel) -> None:
        self._reactor = reactor
        self._job = job
        self._wheel = wheel
        self._context = _app_context()

    async def connect(self, port: int, tls: bool, patience: float = _HANDSHAKE_SECONDS) -> Stream:
        """
        A stream to the app on C{port}, ready and paused.

        @param patience: seconds for the handshake.
        @raise NotListening: nothing listens there, or not where it is reached.
        @raise PeerFault: it does not speak TLS, and was to.
        """
        sock = await self._job.connect(port)
        if not tls:
            return stream_of(self._reactor, sock, f"port {port}")
        sock.setblocking(False)
        secured = self._context.wrap_socket(sock, do_handshake_on_connect=False, suppress_ragged_eofs=False)
        stream = TLSStream(self._reactor, secured, f"port {port}")
        await self._shake_hands(stream, patience)
        return stream

    async def _shake_hands(self, stream: TLSStream, patience: float) -> None:
        done: Deferred[None] = Deferred()
        deadline = _Deadline(stream)
        self._wheel.arm(deadline, patience)

        def shaken(problem: str | None) -> None:
            deadline.deadline = 0.0
            if problem is None:
                done.callback(None)
            elif not done.called:
                done.errback(PeerFault("The app on this port does not speak TLS.", detail=problem))

        stream.handshake(shaken)
        try:
            await done
        except CancelledError:
            stream.abort()
            raise


class _Deadline(Timed):
    """The end of patience with an app's handshake."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def timed_out(self) -> None:
        self._stream.abort()


def _app_context() -> ssl.SSLContext:
    """TLS towards an app on the same machine, found by the port it listens on: nothing more is to be verified."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context
