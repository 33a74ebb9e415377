"""
The access log of a door: a line for each exchange when it is over.

Not here: the form of a line (L{arvgate.wire.access_line}), and the file that it goes to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network

from arvgate.net.http_exchange import Exchange
from arvgate.wire.access_line import access_line, path_text, seconds, time_text
from arvgate.wire.headers import client_address

__all__ = ["AccessLog"]


class AccessLog:
    """
    Writes a line per exchange.

    @param write: takes a line; must neither block nor raise.
    @param door: id of this process.
    @param trusted: proxies whose word on the client's address is believed.
    """

    def __init__(self, write: Callable[[bytes], None], door: int, trusted: Sequence[IPv4Network | IPv6Network]) -> None:
        self._write = write
        self._door = door
        self._trusted = trusted

    def over(self, exchange: Exchange) -> None:
        """C{exchange} is over, in whatever way."""
        head, facts, began = exchange.head, exchange.facts, exchange.began
        peer = exchange.peer
        if self._trusted:
            peer = client_address(peer, head.get_all(b"x-forwarded-for"), self._trusted)
        first = exchange.answered - began if exchange.answered else -1.0
        self._write(
            access_line(
                {
                    "time": time_text(began),
                    "request_id": exchange.request_id.decode("ascii") or None,
                    "door": self._door,
                    "peer": peer,
                    "method": head.method.decode("ascii", "backslashreplace") or None,
                    "host": head.host.decode("ascii", "backslashreplace") or None,
                    "path": path_text(head.target) or None,
                    "protocol": f"HTTP/{head.version.decode('ascii', 'backslashreplace')}" if head.method else None,
                    "status": exchange.status or None,
                    "bytes_in": exchange.bytes_received,
                    "bytes_out": exchange.bytes_sent,
                    "duration": seconds(max(0.0, exchange.connection.wheel.seconds() - began)),
                    "gate": seconds(facts.gate),
                    "connect": seconds(facts.connect),
                    "first_byte": seconds(first),
                    "kind": facts.kind or None,
                    "user_uuid": facts.user_uuid or None,
                    "token_uuid": facts.token_uuid or None,
                    "container_uuid": facts.container_uuid or None,
                    "asked": facts.asked or None,
                    "port": facts.port or None,
                    "upgraded": exchange.tunnel,
                    "complete": exchange.complete,
                    "error": facts.error or _cut_off(exchange),
                }
            )
        )


def _cut_off(exchange: Exchange) -> str | None:
    """Why an exchange was not completed, where nobody else knows better."""
    if exchange.complete:
        return None
    return "client-gone" if exchange.gone else "cut-off"
