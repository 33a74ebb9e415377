"""
The hangup signal, by which an operator has the certificates read anew.

Not here: reading them (L{arvgate.service.opening}) and what is done with them.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from twisted.logger import Logger

from arvgate.config import Config
from arvgate.errors import ConfigInvalid
from arvgate.service.opening import read_pairs
from arvgate.service.settings import KeyPair
from arvgate.service.tls import server_context

__all__ = ["Hangup", "read_again"]

_log = Logger()


class Hangup:
    """Calls C{hung_up} in the reactor's thread after each SIGHUP between L{start} and L{stop}."""

    def __init__(self, reactor: Any, hung_up: Callable[[], None]) -> None:
        self._reactor = reactor
        self._hung_up = hung_up
        self._before: Any = None

    def start(self) -> None:
        """Begin to listen."""
        self._before = signal.signal(signal.SIGHUP, self._signalled)

    def stop(self) -> None:
        """Leave the signal as it was."""
        if self._before is not None:
            signal.signal(signal.SIGHUP, self._before)
            self._before = None

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self._reactor.callFromThread(self._hung_up)


def read_again(config: Config) -> Sequence[KeyPair]:
    """The certificates as they are in their files now; empty, with a line in the log, if any of them is of no use."""
    try:
        pairs = read_pairs(config)
        if pairs:
            server_context(pairs)
    except ConfigInvalid as error:
        _log.error("the certificates stay as they are: {problems}", problems="; ".join(error.problems))
        return ()
    if pairs:
        _log.info("the certificates were read anew")
    return pairs
