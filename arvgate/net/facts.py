"""
What becomes known of one exchange while it is served, for whoever keeps accounts of it when it is over.

Not here: what the exchange itself counts (L{arvgate.net.http_exchange}), and the accounts.
"""

from __future__ import annotations

__all__ = ["Facts"]


class Facts:
    """
    One exchange's; each fact is set by who finds it out, and stays as here where nobody does.

    @ivar kind: what was asked for: C{api}, C{container} or C{page}; empty for what is no request of ours.
    @ivar user_uuid: who asked; C{token_uuid} by which token.
    @ivar container_uuid: whose app; C{port} which of its ports.
    @ivar asked: what the host named instead of a container's UUID: a request's UUID, a port's name,
        or an external port behind a colon.
    @ivar error: code of the error that it ended with.
    @ivar gate: seconds until it was decided that it may pass.
    @ivar upstream: C{new} or C{reused}: the connection to who answers; empty if nobody else was asked.
    @ivar connect: seconds for a new connection to who answers, on which both have proved themselves; -1: a kept one
        was used.
    """

    kind: str = ""
    user_uuid: str = ""
    token_uuid: str = ""
    container_uuid: str = ""
    port: int = 0
    asked: str = ""
    error: str = ""
    upstream: str = ""
    gate: float = -1.0
    connect: float = -1.0
