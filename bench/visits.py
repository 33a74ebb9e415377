"""
Clients as one wishes them, from an address of their own: how long their requests take, and which fail.

A process of its own: C{python -m bench.visits} reads a L{Visits} as JSON and writes what it found, as JSON, too.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys

import attrs

__all__ = ["Visits", "main"]

#: Loopback is a whole network; who comes from here is another client than the attackers.
ADDRESS = "127.0.0.2"

#: Seconds that one request may take.
PATIENCE = 10.0


@attrs.frozen
class Visits:
    """
    What to do.

    @ivar name: host name of the app; C{cookie} lets in.
    @ivar kept: clients that keep their connection; C{fresh}: that make one for each request.
    @ivar interval: seconds from one request of a client to its next.
    """

    ca: str
    port: int
    name: str
    cookie: str = attrs.field(repr=False)
    seconds: float
    kept: int = 4
    fresh: int = 2
    interval: float = 0.1


class Client:
    """
    One client.

    @ivar times: seconds of each request that was answered as it should be.
    @ivar failures: what went wrong with the others.
    """

    def __init__(self, visits: Visits, context: ssl.SSLContext, keep: bool) -> None:
        self.times: list[float] = []
        self.failures: list[str] = []
        self._visits = visits
        self._context = context
        self._keep = keep
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self) -> None:
        """Ask until the time is over, at regular times whatever the answers take."""
        clock = asyncio.get_running_loop().time
        due = clock()
        end = due + self._visits.seconds
        while due < end:
            await asyncio.sleep(max(0.0, due - clock()))
            began = clock()
            try:
                await asyncio.wait_for(self._ask(), PATIENCE)
                self.times.append(clock() - began)
            except (OSError, EOFError, AssertionError, TimeoutError) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                self._close()
            due = max(due + self._visits.interval, clock())
        self._close()

    async def _ask(self) -> None:
        visits = self._visits
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                "127.0.0.1", visits.port, ssl=self._context, server_hostname=visits.name, local_addr=(ADDRESS, 0)
            )
        reader, writer = self._streams
        writer.write(
            f"GET /headers HTTP/1.1\r\nHost: {visits.name}:{visits.port}\r\nCookie: {visits.cookie}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head.split(b"\r\n")[0]
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        json.loads(await reader.readexactly(int(fields[b"content-length"])))
        if not self._keep:
            self._close()

    def _close(self) -> None:
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].transport.abort()


async def run(visits: Visits) -> dict[str, object]:
    """All clients at the same time."""
    context = ssl.create_default_context(cafile=visits.ca)
    kept = [Client(visits, context, True) for _ in range(visits.kept)]
    fresh = [Client(visits, context, False) for _ in range(visits.fresh)]
    await asyncio.gather(*(client.run() for client in (*kept, *fresh)))
    return {
        "kept": [seconds for client in kept for seconds in client.times],
        "fresh": [seconds for client in fresh for seconds in client.times],
        "failures": [failure for client in (*kept, *fresh) for failure in client.failures],
    }


def main() -> None:
    """As told by standard input."""
    print(json.dumps(asyncio.run(run(Visits(**json.load(sys.stdin))))))


if __name__ == "__main__":
    main()
