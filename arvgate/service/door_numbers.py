"""
What a door tells of its parts, besides what it counts of each exchange.

Not here: how the numbers are called outside (L{arvgate.edge.metrics}).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Sized

from arvgate.dial.direct import DirectDialer
from arvgate.dial.local_api import LocalAPI
from arvgate.directory.cached import CachedDirectory, CachedTokens
from arvgate.net.http_server import ServerConnection
from arvgate.net.listener import Listener
from arvgate.net.tally import Tally

__all__ = ["tell_of_clients", "tell_of_memories", "tell_of_upstreams"]


def tell_of_clients(
    tally: Tally, connections: Collection[ServerConnection], listeners: Sequence[Listener], live: Sized
) -> None:
    """Add the numbers of client connections."""
    tally.gauge(("connections",), lambda: len(connections))
    tally.gauge(("tunnels",), lambda: sum(connection.upgraded for connection in connections))
    tally.gauge(("grants",), lambda: len(live))
    tally.counter(("handshakes",), lambda: sum(listener.failures for listener in listeners))


def tell_of_upstreams(tally: Tally, dialer: DirectDialer, api: LocalAPI) -> None:
    """Add the numbers of kept connections."""
    tally.gauge(("pool", "container"), dialer.idle_count)
    tally.gauge(("pool", "api"), api.idle_count)


def tell_of_memories(tally: Tally, memories: Mapping[str, CachedTokens | CachedDirectory]) -> None:
    """Add the numbers of look-ups."""
    for name, memory in memories.items():
        for position, result in enumerate(("hit", "miss")):
            tally.counter(("cache", name, result), lambda memory=memory, position=position: memory.lookups()[position])  # type: ignore[misc]
