"""
Requests to the record API as fast as it answers them, on kept connections.

A process of its own, so that what the clients cost is known: C{python -m bench.records_load} reads a L{Load} as JSON
and writes what it found, as JSON, too.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from time import process_time

import attrs

from test.acceptance.processes import busy_time

__all__ = ["Load", "main"]

#: Seconds of the same before what counts.
WARM_UP = 1.0

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


@attrs.frozen
class Load:
    """
    What to do.

    @ivar name: host name of the API.
    @ivar requests: whole requests, sent in turn and from the start again.
    @ivar servers: names and process ids of what answers, to see how busy they are meanwhile.
    @ivar clients: connections, each with one request at a time.
    """

    ca: str
    port: int
    name: str
    requests: Sequence[str] = attrs.field(repr=False)
    seconds: float
    servers: Mapping[str, int]
    clients: int = 16


class Client(asyncio.Protocol):
    """
    One connection.

    @ivar times: seconds of each request that was answered with 200.
    @ivar size: bytes of all answers.
    """

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.times: list[float] = []
        self.failures: list[str] = []
        self.size = 0
        self.stopped = False
        self._requests = requests
        self._began = 0.0
        self._clock = asyncio.get_running_loop().time
        self._pieces: list[bytes] = []
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """A piece of an answer; heads come in one."""
        if not self._pieces:
            head, _, body = data.partition(b"\r\n\r\n")
            length = _LENGTH.search(head + b"\r\n")
            self._missing = int(length[1]) - len(body) if length else 0
            if not head.startswith(b"HTTP/1.1 200 "):
                self.failures.append(repr(data[:500]))
        else:
            self._missing -= len(data)
        self._pieces.append(data)
        if self._missing <= 0:
            self.times.append(self._clock() - self._began)
            self.size += sum(map(len, self._pieces))
            self._pieces.clear()
            self._send()

    def connection_lost(self, reason: Exception | None) -> None:
        """That was not wanted, unless all is over."""
        if not self.stopped:
            self.failures.append(f"connection lost: {reason}")

    def start_over(self) -> None:
        """What was until now does not count."""
        self.times.clear()
        self.size = 0

    def stop(self) -> None:
        """Send no more."""
        self.stopped = True
        self._transport.abort()

    def _send(self) -> None:
        self._began = self._clock()
        self._transport.write(next(self._requests))


async def run(load: Load) -> dict[str, object]:
    """All clients at the same time."""
    context = ssl.create_default_context(cafile=load.ca)
    loop = asyncio.get_running_loop()
    requests = cycle([request.encode() for request in load.requests])
    clients = []
    for _ in range(load.clients):
        _, client = await loop.create_connection(
            lambda: Client(requests), "127.0.0.1", load.port, ssl=context, server_hostname=load.name
        )
        clients.append(client)
    await asyncio.sleep(WARM_UP)
    for client in clients:
        client.start_over()
    began, busy = loop.time(), _busy(load)
    await asyncio.sleep(load.seconds)
    took = loop.time() - began
    used = {name: seconds - busy[name] for name, seconds in _busy(load).items()}
    for client in clients:
        client.stop()
    return {
        "seconds": took,
        "busy": used,
        "times": [seconds for client in clients for seconds in client.times],
        "size": sum(client.size for client in clients),
        "failures": [failure for client in clients for failure in client.failures],
    }


def _busy(load: Load) -> dict[str, float]:
    return {"client": process_time(), **{name: busy_time(pid) for name, pid in load.servers.items()}}


def main() -> None:
    """As told by standard input."""
    print(json.dumps(asyncio.run(run(Load(**json.load(sys.stdin))))))


if __name__ == "__main__":
    main()
