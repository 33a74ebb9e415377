"""
Clients as nobody wishes them: slow, rude, and many.

A process of its own: C{python -m bench.attackers} reads an L{Attack} as JSON and ends when its time is over, with
counts of what it did as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import socket
import ssl
import struct
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import attrs

__all__ = ["KINDS", "Attack", "main"]

#: Addresses that they come from.
ADDRESSES: Sequence[str] = tuple(f"127.0.0.{number}" for number in range(11, 19))


@attrs.frozen
class Attack:
    """
    What to do.

    @ivar name: host name of the app; C{cookie} lets in.
    @ivar connections: held open at a time, as far as the door lets them.
    @ivar rate: connections begun per second at most.
    @ivar kinds: which of L{KINDS}.
    """

    ca: str
    port: int
    name: str
    cookie: str = attrs.field(repr=False)
    seconds: float
    connections: int = 2000
    rate: float = 80.0
    kinds: Sequence[str] = ()


#: Small, so that what is not read stays with the door.
RECEIVE_BUFFER = 8192

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Attacker:
    """
    Does one thing at a time.

    @ivar done: how often each thing was begun, and how it went on.
    @ivar present: connections that stand.
    """

    def __init__(self, attack: Attack) -> None:
        self.attack = attack
        self.done: Counter[str] = Counter()
        self.present = 0
        self.most = 0
        self._context = ssl.create_default_context(cafile=attack.ca)
        self._random = random.Random(1)

    async def once(self, kind: str) -> None:
        """One connection of that kind, until it ends."""
        self.done[kind] += 1
        secured = kind not in ("silence", "noise")
        try:
            streams = await asyncio.wait_for(self._connect(secured), 30.0)
        except (OSError, EOFError, TimeoutError):
            self.done["not let in"] += 1
            return
        self.present += 1
        self.most = max(self.most, self.present)
        try:
            await KINDS[kind](self, streams)
            self.done[f"{kind} closed by the door"] += 1
        except (OSError, EOFError):
            self.done[f"{kind} closed by the door"] += 1
        finally:
            self.present -= 1
            streams[1].transport.abort()

    async def _connect(self, secured: bool) -> Streams:
        sock = socket.socket()
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            sock.bind((self._random.choice(ADDRESSES), 0))
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.attack.port))
        except BaseException:
            sock.close()
            raise
        if not secured:
            return await asyncio.open_connection(sock=sock)
        return await asyncio.open_connection(sock=sock, ssl=self._context, server_hostname=self.attack.name, limit=1024)

    def _head(self, line: str, *fields: str) -> bytes:
        attack = self.attack
        host = f"Host: {attack.name}:{attack.port}"
        return "\r\n".join([f"{line} HTTP/1.1", host, f"Cookie: {attack.cookie}", *fields, "", ""]).encode()

    async def slow_head(self, streams: Streams) -> None:
        """A head, byte by byte."""
        for byte in self._head("GET /headers", *(f"X-{number}: x" for number in range(100))):
            streams[1].write(bytes([byte]))
            await self._or_closed(streams, 1.0)

    async def slow_body(self, streams: Streams) -> None:
        """A body, a few bytes per second."""
        streams[1].write(self._head("POST /upload", "Content-Length: 1000000"))
        while True:
            streams[1].write(b"x" * 10)
            await self._or_closed(streams, 1.0)

    async def slow_reader(self, streams: Streams) -> None:
        """A large answer, of which a little is read each second."""
        streams[1].write(self._head("GET /bulk?n=1000000"))
        while await streams[0].read(50):
            await asyncio.sleep(1.0)

    async def idle(self, streams: Streams) -> None:
        """One request, and then nothing."""
        streams[1].write(self._head("GET /headers"))
        while await streams[0].read(65536):
            pass

    async def silence(self, streams: Streams) -> None:
        """Not even a handshake."""
        await streams[0].read()

    async def noise(self, streams: Streams) -> None:
        """Random bytes instead of TLS."""
        streams[1].write(self._random.randbytes(1000))
        await streams[0].read()

    async def nonsense(self, streams: Streams) -> None:
        """Random bytes instead of HTTP."""
        streams[1].write(self._random.randbytes(1000))
        await streams[0].read()

    async def reset(self, streams: Streams) -> None:
        """A reset in the middle of an answer."""
        streams[1].write(self._head("GET /bulk?n=1000000"))
        await streams[0].read(1000)
        sock = streams[1].get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        streams[1].transport.abort()

    async def half_close(self, streams: Streams) -> None:
        """The end of what it sends, in the middle of a body."""
        streams[1].write(self._head("POST /upload", "Content-Length: 1000000") + bytes(1000))
        await asyncio.sleep(0.5)
        os_socket = socket.socket(fileno=os.dup(streams[1].get_extra_info("socket").fileno()))
        os_socket.shutdown(socket.SHUT_WR)
        os_socket.close()
        await streams[0].read()

    async def _or_closed(self, streams: Streams, seconds: float) -> None:
        """Wait; C{EOFError} if the door closes meanwhile."""
        try:
            if not await asyncio.wait_for(streams[0].read(1024), seconds):
                raise EOFError
        except TimeoutError:
            return


KINDS: dict[str, Callable[[Attacker, Streams], Awaitable[None]]] = {
    "slow head": Attacker.slow_head,
    "slow body": Attacker.slow_body,
    "slow reader": Attacker.slow_reader,
    "idle": Attacker.idle,
    "silence": Attacker.silence,
    "noise": Attacker.noise,
    "nonsense": Attacker.nonsense,
    "reset": Attacker.reset,
    "half close": Attacker.half_close,
}


#: In turn: most of what holds a connection, which is what they are after.
MIXTURE: Sequence[str] = (
    "idle", "silence", "slow head", "slow body", "slow reader", "noise", "idle", "silence", "slow head", "slow body",
    "slow reader", "nonsense", "idle", "silence", "reset", "half close",
)  # fmt: skip


async def run(attack: Attack) -> dict[str, object]:
    """Keep so many connections, of all kinds in turn, for so long."""
    attacker = Attacker(attack)
    kinds = attack.kinds or MIXTURE
    loop = asyncio.get_running_loop()
    began = loop.time()
    tasks: set[asyncio.Task[None]] = set()
    number = 0
    while loop.time() < began + attack.seconds:
        if len(tasks) < attack.connections and number < (loop.time() - began) * attack.rate:
            task = asyncio.create_task(attacker.once(kinds[number % len(kinds)]))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            number += 1
        await asyncio.sleep(0.0 if number < (loop.time() - began) * attack.rate - 1 else 0.005)
    return {"most": attacker.most, "done": attacker.done, "cpu": sum(os.times()[:2])}


def main() -> None:
    """As told by standard input."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    loop = asyncio.new_event_loop()
    print(json.dumps(loop.run_until_complete(run(Attack(**json.load(sys.stdin))))), flush=True)
    os._exit(0)  # with all that they hold, as when a machine goes down


if __name__ == "__main__":
    main()
