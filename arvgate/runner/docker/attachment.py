"""
Standard streams of a container that are attached to: a file as its stdin, its output byte for byte in files.

Attached before the container starts, so that nothing is missed.  A connection that breaks cannot be made again without
a gap, and a daemon that ends looks here like a container that does: whoever follows both knows.  Not here: logs
(L{arvgate.runner.docker.output_stream}).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

import docker

from arvgate.net.connecting import stream_of
from arvgate.net.stream import Receiver
from arvgate.runner.docker.output_frames import FrameReader
from arvgate.runner.waiting import Once

__all__ = ["Attachment", "attached_socket"]

_PIECE: Final = 65536


def attached_socket(client: docker.APIClient, container: str, stdin: bool, outputs: frozenset[str]) -> socket.socket:
    """
    A connection to standard streams of a container that has not started.

    Blocks.

    @param outputs: of C{stdout} and C{stderr}.
    """
    params = {"stream": 1, "stdin": int(stdin)} | {name: int(name in outputs) for name in ("stdout", "stderr")}
    wrapper: Any = client.attach_socket(container, params)
    # What docker-py answers with closes the socket when it is collected.
    sock: socket.socket = wrapper._sock.dup()
    wrapper.close()
    return sock


class Attachment(Receiver):
    """
    Feeds stdin and takes output of one container.

    @param stdin: descriptor of a file to read, which is closed at the end; None: no stdin is attached.
    @param sinks: stream (1, 2) to what takes its bytes.
    @ivar ended: when there is no more output.
    @ivar problem: why bytes are missing, as far as it is known here; empty: it is not.
    """

    def __init__(
        self, reactor: Any, sock: socket.socket, stdin: int | None, sinks: Mapping[int, Callable[[bytes], None]]
    ) -> None:
        self.ended: Once[None] = Once()
        self.problem = ""
        self._stdin = stdin
        self._sinks = sinks
        self._frames = FrameReader(timed=False)
        self._stream = stream_of(reactor, sock, "an attached container")
        self._stream.receiver = self
        self._waiting = False
        self._stream.resume()

    def feed(self) -> None:
        """Begin to send stdin; the container has started."""
        self.write_resumed()

    def close(self) -> None:
        """Let go of it."""
        self._close_stdin()
        self._stream.abort()

    # L{Receiver}

    def write_paused(self) -> None:
        """The container is slow to read."""
        self._waiting = True

    def write_resumed(self) -> None:
        """Send on."""
        self._waiting = False
        while self._stdin is not None and not self._waiting:
            piece = os.read(self._stdin, _PIECE)
            if not piece:
                self._close_stdin()
                self._stream.half_close()
                return
            self._stream.write(piece)

    def data_received(self, data: bytes) -> None:
        """Output."""
        try:
            for message in self._frames.feed(data):
                sink = self._sinks.get(message.stream)
                if sink is not None:
                    sink(message.data)
        except ValueError as error:
            self.problem = f"the daemon's stream cannot be understood: {error}"
            self._stream.abort()

    def eof_received(self) -> None:
        """The container has ended, or the daemon."""
        if self._frames.unfinished and not self.problem:
            self.problem = "the daemon's stream ends in the middle of a piece"
        self._finish()

    def connection_lost(self, reason: str) -> None:
        """The connection is gone."""
        if not self.ended.arrived and not self.problem:
            self.problem = reason
        self._finish()

    def _finish(self) -> None:
        self._close_stdin()
        self.ended.arrive(None)

    def _close_stdin(self) -> None:
        descriptor, self._stdin = self._stdin, None
        if descriptor is not None:
            os.close(descriptor)
