"""
How long somebody who failed to log in must wait: before the next try, or for the answer that it failed.

Counted are failures of one address, after which the wait doubles each time, and those of all addresses together, which
drain at a steady rate.  A login that succeeds does not make good for others that failed.  The table is bounded: where
it is full the address that failed longest ago is forgotten.  Not here: time, and what counts as a failure.
"""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import ip_address

import attrs

__all__ = ["FailedLogins"]

#: Seconds after which an address's failures are forgotten.
_MEMORY = 3600.0


@attrs.frozen
class _Failures:
    """Of one address: how many, and when the last was."""

    count: int
    last: float


class FailedLogins:
    """
    The failures of late.

    @ivar _free: failures of one address without any wait.
    @ivar _longest: seconds of the longest wait.
    @ivar _burst: failures of all addresses without any wait; C{_rate} are forgotten each second.
    """

    def __init__(
        self, free: int = 5, longest: float = 300.0, burst: int = 500, rate: float = 5.0, capacity: int = 10_000
    ) -> None:
        self._free = free
        self._longest = longest
        self._burst = burst
        self._rate = rate
        self._capacity = capacity
        self._addresses: OrderedDict[str, _Failures] = OrderedDict()
        self._all = 0.0
        self._drained = 0.0

    def __len__(self) -> int:
        return len(self._addresses)

    def wait(self, address: str, now: float) -> float:
        """Seconds until C{address} may try again; 0: now."""
        self._drain(now)
        together = (self._all - self._burst) / self._rate
        found = self._addresses.get(_network(address))
        if found is None or found.count < self._free or now - found.last >= _MEMORY:
            return max(0.0, together)
        delay = min(self._longest, 2.0 ** min(found.count - self._free, 30))
        return max(0.0, together, found.last + delay - now)

    def note(self, address: str, now: float) -> None:
        """A failure."""
        self._drain(now)
        self._all += 1.0
        network = _network(address)
        found = self._addresses.pop(network, None)
        count = found.count if found is not None and now - found.last < _MEMORY else 0
        while len(self._addresses) >= self._capacity:
            self._addresses.popitem(last=False)
        self._addresses[network] = _Failures(count + 1, now)

    def _drain(self, now: float) -> None:
        self._all = max(0.0, self._all - (now - self._drained) * self._rate)
        self._drained = now


def _network(address: str) -> str:
    """What is counted as one address: of IPv6 the 64 bits that one customer has."""
    try:
        number = ip_address(address)
    except ValueError:
        return address
    return str(number) if number.version == 4 else number.exploded[:19]
