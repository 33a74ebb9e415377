"""
Listening TCP sockets as C{/proc} shows them.

Not here: whose they are (L{arvgate.runner.process.ports},
L{arvgate.runner.docker.namespace}).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv6Address

import attrs

from arvgate.model.locations import Listening

__all__ = ["Listener", "listening_of", "parse_listeners"]

#: The state of a listening socket; no other field of a line looks like it.
_LISTEN = b" 0A "


@attrs.frozen
class Listener:
    """
    A listening TCP socket.

    @ivar bound: the address it is bound to; empty: all of its namespace.
    @ivar inode: names the socket on this machine.
    @ivar holder: path of a descriptor by which a process has it open; empty: not looked for.
    @ivar takes_ipv4: it is bound to all IPv6 addresses, and what comes by IPv4 to its port can only be for it.
    """

    family: socket.AddressFamily
    bound: str
    port: int
    inode: int
    takes_ipv4: bool = False
    holder: str = ""

    @property
    def ways(self) -> Sequence[tuple[socket.AddressFamily, str]]:
        """Families and addresses that may lead to it from within its namespace."""
        own = (self.family, self.address)
        return (own, (socket.AF_INET, "127.0.0.1")) if self.takes_ipv4 else (own,)

    @property
    def address(self) -> str:
        """Where to connect from within its namespace: what it is bound to, or the loopback address."""
        return self.bound or ("127.0.0.1" if self.family == socket.AF_INET else "::1")


def listening_of(listeners: Iterable[Listener]) -> Sequence[Listening]:
    """What is told of them: each port and address once, in their order."""
    unbound = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}
    return sorted({Listening(one.port, one.bound or unbound[one.family]) for one in listeners})


def parse_listeners(text: bytes, family: socket.AddressFamily) -> Iterator[Listener]:
    """The listening sockets in the text of C{/proc/net/tcp} (AF_INET) or C{tcp6} (AF_INET6)."""
    # The table has a line for each connection of the machine, of which there may be thousands: only those that count
    # are taken apart.
    at = text.find(_LISTEN)
    while at >= 0:
        end = text.find(b"\n", at)
        fields = text[text.rfind(b"\n", 0, at) + 1 : len(text) if end < 0 else end].split()
        if len(fields) > 9:
            address, port = fields[1].split(b":")
            actual, bound = _bound(address.decode(), family)
            yield Listener(actual, bound, int(port, 16), int(fields[9]))
        at = text.find(_LISTEN, at + 1)


def _bound(digits: str, family: socket.AddressFamily) -> tuple[socket.AddressFamily, str]:
    # The kernel prints each 32-bit word of the address in its own byte order.
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    if not any(packed):
        return family, ""
    if family == socket.AF_INET6:
        mapped = IPv6Address(packed).ipv4_mapped
        if mapped is not None:
            return socket.AF_INET, str(mapped)
    return family, socket.inet_ntop(family, packed)
