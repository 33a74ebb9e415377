"""
Who is let in where there is not room for all: shares of a bound, and how much room descriptors make.

Not here: counting connections (L{arvgate.service.visitors}) and what is said to who is turned away.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Final

__all__ = ["Shares", "address_share", "client_network", "kept_connections", "room_for_clients"]

#: Descriptors that are needed whoever comes: listeners, logs, the poller, control.
_OWN: Final = 32
#: Idle connections towards one kind of upstream that are worth keeping.
_KEPT: Final = 1024


class Shares:
    """Counts what each holder has at a time."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def take(self, holder: str, most: int) -> bool:
        """One more for C{holder}, unless it has C{most} already; 0: no bound."""
        taken = self._taken.get(holder, 0)
        if most and taken >= most:
            return False
        self._taken[holder] = taken + 1
        return True

    def give_back(self, holder: str) -> None:
        """One of C{holder}'s has ended."""
        left = self._taken[holder] - 1
        if left:
            self._taken[holder] = left
        else:
            del self._taken[holder]

    def holders(self) -> int:
        """How many have any."""
        return len(self._taken)


def client_network(peer: str) -> str:
    """What counts as one client: an IPv4 address, or a /64 network of IPv6, all of which one host may use."""
    if ":" not in peer:
        return peer
    address = ip_address(peer.partition("%")[0])
    if not isinstance(address, IPv6Address):
        return peer
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))


def kept_connections(descriptors: int) -> int:
    """How many idle connections towards one kind of upstream a process may keep that may open so many files."""
    return min(_KEPT, descriptors // 16)


def room_for_clients(descriptors: int) -> int:
    """
    How many client connections a door takes that may open so many files: each needs one for itself and one for the
    upstream side, which must not lack it when the client has been let in.
    """
    return max(1, (descriptors - _OWN - 2 * kept_connections(descriptors)) // 2)


def address_share(configured: int, room: int) -> int:
    """How many connections one address gets of so much room: never more than half of it; 0 configured: all."""
    return min(configured, max(1, room // 2)) if configured else 0
