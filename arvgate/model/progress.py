"""
How far a container is on its way to being entered, as its waiting page tells it.

Not here: whether it may be entered (L{arvgate.model.locations}).
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

__all__ = ["Progress"]


@attrs.frozen
class Progress:
    """
    One container, for somebody who may enter it.

    @ivar waited: seconds since it was made.
    @ivar ran: seconds since it started; -1: it has not.
    @ivar reason: why it is as it is; empty if nothing is known.
    @ivar idle_timeout: seconds without any connection after which it is ended; 0: never.
    @ivar listening: ports on which something in it listens.
    @ivar output: the last lines that it wrote to stdout; C{errors} those to stderr; without control characters.
    """

    waited: float
    ran: float = -1.0
    reason: str = ""
    idle_timeout: float = 0.0
    listening: Sequence[int] = ()
    output: Sequence[str] = ()
    errors: Sequence[str] = ()
