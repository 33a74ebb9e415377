"""
The client connections of a door: how many are let in, of whom, and how they end.

One too many is turned away before its handshake, which costs next to nothing.  Not here: what is spoken on them.
"""

from __future__ import annotations

import resource
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from arvgate.net.episode import Episode
from arvgate.net.http_exchange import Exchange
from arvgate.net.http_server import Over, Respond, ServerConnection
from arvgate.net.listener import Listener, Place
from arvgate.net.slack import Slack
from arvgate.net.stream import Receiver, Stream
from arvgate.net.tally import Tally
from arvgate.net.wheel import Wheel
from arvgate.policy.admission import address_share, client_network, room_for_clients
from arvgate.service.settings import DoorSettings
from arvgate.wire.headers import is_trusted

__all__ = ["Visitors", "open_files"]

_log = Logger()


def open_files() -> int:
    """How many files this process may have open."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit


class _Place(Place):
    """
    A client's place.

    @ivar network: what counts as the client.
    """

    def __init__(self, visitors: Visitors, network: str) -> None:
        self.network = network
        self._visitors = visitors

    def waits(self) -> bool:
        """Whether nothing is under way on it: it shakes hands, or waits for a head, the first or a further one."""
        stream = self.stream
        if stream is None or stream.buffered:
            return False
        return not isinstance(stream.receiver, ServerConnection) or stream.receiver.idle

    def left(self) -> None:
        """Tell who counts."""
        super().left()
        self._visitors.left(self)


class Visitors:
    """
    Lets clients in.

    @param descriptors: how many files this process may have open now.
    @param over: told of each exchange when it is over.
    @ivar connections: those whose handshakes are done.
    """

    def __init__(
        self,
        settings: DoorSettings,
        wheel: Wheel,
        reactor: Any,
        descriptors: Callable[[], int],
        over: Sequence[Over],
        tally: Tally,
    ) -> None:
        self._limits = settings.connection_limits()
        self._most = settings.limits.connections
        self._per_address = settings.limits.connections_per_address
        self._proxies = tuple(map(ip_network, settings.trusted_proxies))
        self._wheel = wheel
        self._reactor = reactor
        self._descriptors = descriptors
        self._over = over
        self._tally = tally
        self._open = 0
        self._places: dict[str, dict[_Place, None]] = {}
        self._slack = Slack(wheel)
        self._turned_away = Episode(wheel, "connections were turned away")
        self._made_way = Episode(wheel, "idle connections made way")
        self.connections: set[ServerConnection] = set()
        self._empty: Deferred[None] | None = None
        if self._room() < self._most:
            _log.warn(
                "this process may open {files} files: it takes {room} connections at a time, not {most}",
                files=descriptors(),
                room=self._room(),
                most=self._most,
            )

    def admit(self, peer: str) -> Place | None:
        """The place of a new connection of C{peer}; None if there is none for it."""
        room = self._room()
        network = "" if self._is_proxy(peer) else client_network(peer)
        if self._open >= room and not self._make_way(network):
            self._turn_away(f"there are {room} connections, more are turned away")
            return None
        share = address_share(self._per_address, room) if network else 0
        places = self._places.setdefault(network, {})
        if share and len(places) >= share:
            self._turn_away(f"{network} has {share} connections, more of it are turned away")
            return None
        self._open += 1
        self._slack.now(self._open)
        place = _Place(self, network)
        places[place] = None
        return place

    def left(self, place: _Place) -> None:
        """A connection has ended."""
        self._open -= 1
        self._slack.now(self._open)
        places = self._places[place.network]
        del places[place]
        if not places:
            del self._places[place.network]

    def listener(self, sock: socket.socket, respond: Respond, context: ssl.SSLContext | None) -> Listener:
        """
        Lets clients of a listening socket in, up to its limits.

        @param context: for TLS; None for plain connections.
        """
        accepted, patience = self.accepting(respond), self._limits.head_timeout
        return Listener(self._reactor, sock, accepted, self._wheel, context, patience, self.admit)

    def accepting(self, respond: Respond) -> Callable[[Stream], Receiver]:
        """What becomes of the clients of a listener that were let in, once their handshakes are done."""

        def accepted(stream: Stream) -> Receiver:
            connection = ServerConnection(stream, respond, self._wheel, self._limits, self._closed, self._note)
            self.connections.add(connection)
            return connection

        return accepted

    async def drain(self, patience: float) -> None:
        """Let exchanges and streams end; after C{patience} seconds end them."""
        for connection in tuple(self.connections):
            connection.drain()
        if not self.connections:
            return
        empty = self._empty = Deferred()
        late = self._reactor.callLater(patience, empty.callback, None)
        try:
            await empty
        finally:
            self._empty = None
            if late.active():
                late.cancel()
        for connection in tuple(self.connections):
            connection.stream.abort()

    def _room(self) -> int:
        return min(self._most, room_for_clients(self._descriptors()))

    def _is_proxy(self, peer: str) -> bool:
        return bool(self._proxies) and is_trusted(peer, self._proxies)

    def _turn_away(self, why: str) -> None:
        self._turned_away.happened(why)
        self._tally.count(("refusals", "connections"))

    def _note(self, exchange: Exchange) -> None:
        """An exchange is over: tell whoever keeps accounts; what fails there must not end a connection."""
        for over in self._over:
            try:
                over(exchange)
            except Exception:
                _log.failure("no account could be kept of a request")

    def _make_way(self, network: str) -> bool:
        """
        End a connection that waits for a request, the oldest of the client that has most, for one who has fewer.

        So one client's connections, as long as they do nothing, keep no other out.
        """
        own = len(self._places.get(network, ()))
        for places in sorted((places for other, places in self._places.items() if other), key=len, reverse=True):
            if len(places) <= own + 1:
                break
            victim = next((place.stream for place in places if place.waits()), None)
            if victim is not None:
                self._made_way.happened("all connections are taken: idle ones of who has most make way")
                victim.abort()
                return True
        return False

    def _closed(self, connection: ServerConnection) -> None:
        self.connections.discard(connection)
        if not self.connections and self._empty is not None and not self._empty.called:
            self._empty.callback(None)
