"""
Answers to wrong credentials come late, so that trying them is slow, and are the same as without waiting.

Only who failed waits: a valid token of the same address is answered at once.  A status that tells to come again would
make the SDKs try the same token for minutes.  Not here: how long (L{arvgate.policy.failed_logins}).
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from arvgate.net.tally import Tally
from arvgate.policy.failed_logins import FailedLogins

__all__ = ["WrongCredentials"]

#: Failures of one address that are answered at once, and the seconds of the longest wait.
_FREE: Final = 10
_LONGEST: Final = 10.0
#: Answers that wait at a time, in all and of one address; what is beyond is answered at once.
_WAITING: Final = 512
_WAITING_OF_ADDRESS: Final = 32


class WrongCredentials:
    """The failures of late, and the answers to them that wait."""

    def __init__(self, clock: IReactorTime, tally: Tally) -> None:
        self._clock = clock
        self._tally = tally
        self._failures = FailedLogins(_FREE, _LONGEST)
        self._waiting: Counter[str] = Counter()

    async def hold(self, address: str) -> None:
        """
        Note a failure of C{address}, and wait before it is told; cancelled when the client goes.

        @param address: of the client.
        """
        now = self._clock.seconds()
        self._failures.note(address, now)
        seconds = min(_LONGEST, self._failures.wait(address, now))
        if seconds <= 0 or self._waiting.total() >= _WAITING or self._waiting[address] >= _WAITING_OF_ADDRESS:
            return
        self._tally.count(("api_slowed",))
        self._waiting[address] += 1
        try:
            await deferLater(self._clock, seconds)
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]
