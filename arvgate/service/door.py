"""
A door: its listeners, the gate, and the ways to runners and to the record API, composed top to bottom.

Not here: where its answers about tokens and containers come from: control in the same process, or over the internal
socket (L{known_over}).
"""

from __future__ import annotations

import os
import secrets
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any

import attrs
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.logger import Logger

from arvgate.dial.direct import DirectDialer
from arvgate.dial.local_api import LocalAPI
from arvgate.directory.cached import CachedDirectory, CachedTokens, always_available
from arvgate.directory.client import ControlLink
from arvgate.directory.live import LiveGrants
from arvgate.directory.remote import RemoteDirectory, RemoteIssuer, RemoteTokens, RemoteWaiting
from arvgate.directory.server import Sources
from arvgate.edge.https.access_log import AccessLog
from arvgate.edge.https.counting import ExchangeCounts
from arvgate.edge.https.door import HttpsDoor
from arvgate.edge.https.options import CanLease, DoorOptions
from arvgate.edge.https.plain import PlainDoor
from arvgate.gate import Gate
from arvgate.net.http_server import Over
from arvgate.net.listener import Listener
from arvgate.net.tally import Tally
from arvgate.net.wheel import Wheel
from arvgate.policy.admission import kept_connections
from arvgate.service.door_numbers import tell_of_clients, tell_of_memories, tell_of_upstreams
from arvgate.service.running import wall_clock
from arvgate.service.settings import DoorSettings
from arvgate.service.visitors import Visitors, open_files

__all__ = ["Door", "Known", "known_here", "known_over", "make_door"]

_log = Logger()

#: Seconds of a tick of the wheel: what falls due is spread over so many turns that none is long where there are
#: thousands of connections.
_TICK = 0.1
_PATIENCE = 5.0
_DRAIN = 10.0


@attrs.frozen
class Known:
    """
    Who answers a door's questions.

    @ivar available: raises StoreUnavailable while what is remembered may not be used.
    @ivar link: the connection to control, if that is another process.
    @ivar tally: what this process counts.
    """

    sources: Sources
    available: Callable[[], None]
    link: ControlLink | None = None
    tally: Tally = attrs.field(factory=Tally)


def known_here(sources: Sources, tally: Tally) -> Known:
    """Control is in this process."""
    return Known(sources, always_available, tally=tally)


def known_over(path: str, reactor: Any) -> Known:
    """Control is another process that listens on the unix socket C{path}."""
    tally = Tally()
    link = ControlLink(UNIXClientEndpoint(reactor, path), reactor, tally)
    sources = Sources(RemoteTokens(link), RemoteDirectory(link), RemoteIssuer(link), link, RemoteWaiting(link))
    return Known(sources, link.available, link, tally)


def make_door(
    settings: DoorSettings,
    reactor: Any,
    https: Sequence[socket.socket],
    http: Sequence[socket.socket],
    context: ssl.SSLContext | None,
    known: Known,
    api_path: str,
    patience: float = _PATIENCE,
    drain: float = _DRAIN,
    access: Callable[[bytes], None] | None = None,
) -> Door:
    """
    Compose a door.

    @param https: listening sockets for TLS, by C{context}, which is needed if there are any.
    @param http: plain ones, for a proxy that speaks TLS, and to send everybody else to HTTPS.
    @param api_path: of the record API's unix socket.
    @param patience: seconds that it waits for control before it opens all the same, and answers 503.
    @param drain: seconds that connections have to end by themselves when it closes.
    @param access: takes the lines of the access log; None: there is none.
    """
    now, wheel = wall_clock(reactor), Wheel(reactor, _TICK)
    sources, options, tally = known.sources, settings.options(), known.tally
    tokens = CachedTokens(sources.tokens, sources.feed, now, known.available)
    directory = CachedDirectory(sources.directory, sources.feed, known.available)
    kept = kept_connections(open_files())
    dialer = DirectDialer(reactor, wheel, reactor.seconds, secrets.randbelow, settings.timeouts.connect, kept)
    gate: Gate[CanLease] = Gate(tokens, directory, dialer.route, now)
    live = LiveGrants(gate.decide, sources.feed, wheel, reactor, now)
    api = LocalAPI(reactor, wheel, api_path, max_idle=kept)
    front = HttpsDoor(options, gate, sources.issuer, directory, live.watch, api, secrets.randbelow, sources.waiting)
    visitors = Visitors(settings, wheel, reactor, open_files, _accounts(tally, options, access), tally)
    plain = PlainDoor(options, front.respond, secrets.randbelow)
    secured = [visitors.listener(sock, front.respond, _needed(context)) for sock in https]
    tell_of_clients(tally, visitors.connections, secured, live)
    tell_of_upstreams(tally, dialer, api)
    tell_of_memories(tally, {"tokens": tokens, "listings": directory})
    return Door(
        secured=secured,
        unsecured=[visitors.listener(sock, plain.respond, None) for sock in http],
        visitors=visitors,
        live=live,
        wheel=wheel,
        link=known.link,
        closers=(dialer.close, api.close, tokens.close, directory.close),
        patience=patience,
        drain=drain,
    )


def _needed(context: ssl.SSLContext | None) -> ssl.SSLContext:
    """Without a context what comes to a listener for TLS would count as encrypted."""
    assert context is not None
    return context


def _accounts(tally: Tally, options: DoorOptions, access: Callable[[bytes], None] | None) -> Sequence[Over]:
    """Who is told of each exchange when it is over."""
    counts = ExchangeCounts(tally)
    if access is None:
        return [counts.over]
    return [counts.over, AccessLog(access, os.getpid(), options.trusted_proxies).over]


class Door:
    """
    One door.

    @ivar closed: called when nothing is listened on any more, before connections have drained.
    """

    def __init__(
        self,
        secured: Sequence[Listener],
        unsecured: Sequence[Listener],
        visitors: Visitors,
        live: LiveGrants,
        wheel: Wheel,
        link: ControlLink | None,
        closers: Sequence[Callable[[], None]],
        patience: float,
        drain: float,
    ) -> None:
        self.closed: Callable[[], None] = lambda: None
        self._secured = secured
        self._listeners = (*secured, *unsecured)
        self._visitors = visitors
        self._live = live
        self._wheel = wheel
        self._link = link
        self._closers = closers
        self._patience = patience
        self._drain = drain
        self._started = False

    @property
    def ports(self) -> Sequence[int]:
        """The TCP ports that are listened on, those for TLS first."""
        return [listener.port for listener in self._listeners]

    def use(self, context: ssl.SSLContext) -> None:
        """Let handshakes from now on go by another context; connections that are open stay as they are."""
        for listener in self._secured:
            listener.context = context

    async def start(self) -> None:
        """Open, as soon as control is there."""
        self._started = True
        self._wheel.start()
        self._live.start()
        if self._link is not None:
            self._link.start()
            if not await self._link.connected(self._patience):
                _log.warn("control is not there; until it is, requests are answered with 503")
        for listener in self._listeners:
            listener.start()

    async def stop(self) -> None:
        """Close, and let connections end for some seconds."""
        for listener in self._listeners:
            listener.stop()
        self.closed()
        await self._visitors.drain(self._drain)
        if self._started:
            self._live.stop()
        if self._link is not None:
            self._link.stop()
        for close in self._closers:
            close()
        self._wheel.stop()
