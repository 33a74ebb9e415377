"""
What a door counts of each exchange when it is over.

Not here: the numbers themselves (L{arvgate.net.tally}), and what they are called outside (L{arvgate.edge.metrics}).
"""

from __future__ import annotations

from arvgate.net.http_exchange import Exchange
from arvgate.net.tally import Tally

__all__ = ["ExchangeCounts"]


class ExchangeCounts:
    """Counts exchanges."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def over(self, exchange: Exchange) -> None:
        """C{exchange} is over, in whatever way."""
        count, time, facts = self._tally.count, self._tally.time, exchange.facts
        kind, status = facts.kind or "none", exchange.status
        count(("requests", kind, f"{status // 100}xx" if status else "none"))
        count(("bytes", kind, "in"), exchange.bytes_received)
        count(("bytes", kind, "out"), exchange.bytes_sent)
        if facts.error:
            count(("errors", kind, facts.error))
        if exchange.tunnel:
            count(("upgrades", kind))
        elif exchange.head.method:
            time(("duration", kind), max(0.0, exchange.connection.wheel.seconds() - exchange.began))
        if facts.gate >= 0:
            time(("gate",), facts.gate)
        if facts.upstream:
            count(("upstreams", kind, facts.upstream))
        if facts.connect >= 0:
            time(("connect", kind), facts.connect)
