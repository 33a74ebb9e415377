"""
What the gateway tells of itself to whoever has the ManagementToken: that it is alive, whether all is well, metrics.

Not here: the checks and the numbers (L{arvgate.edge.api.call.Observed}).
"""

from __future__ import annotations

import hmac

from arvgate.edge.api.arrival import json_bytes
from arvgate.edge.api.call import Answer, Call, Observed, PlainAnswer
from arvgate.edge.metrics import CONTENT_TYPE
from arvgate.errors import Forbidden, NotAuthenticated, NotFound
from arvgate.wire.bearer import presented_text

__all__ = ["health", "metrics", "ping"]


async def ping(call: Call) -> Answer:
    """
    C{{"health": "OK"}}.

    @raise NotFound: see L{health}; and so for the other errors.
    """
    _check_token(call)
    return Answer({"health": "OK"})


async def health(call: Call) -> PlainAnswer:
    """
    How each part of the gateway fares; with status 503 if one does not do its work.

    @raise NotFound: no ManagementToken is configured.
    @raise NotAuthenticated: none was given.
    @raise Forbidden: another one was.
    """
    problems = await _observed(call).problems()
    checks = {name: {"health": "ERROR", "error": text} if text else {"health": "OK"} for name, text in problems.items()}
    bad = any(problems.values())
    body = {"health": "ERROR" if bad else "OK", "checks": checks}
    return PlainAnswer(503 if bad else 200, [(b"Content-Type", b"application/json")], json_bytes(body))


async def metrics(call: Call) -> PlainAnswer:
    """
    Metrics for Prometheus.

    @raise NotFound: see L{health}; and so for the other errors.
    """
    return PlainAnswer(200, [(b"Content-Type", CONTENT_TYPE)], await _observed(call).metrics())


def _observed(call: Call) -> Observed:
    _check_token(call)
    if call.api.observed is None:
        raise NotFound
    return call.api.observed


def _check_token(call: Call) -> None:
    expected = call.api.options.management_token
    if not expected:
        raise NotFound("Health checks and metrics are disabled: ManagementToken is not configured")
    given = presented_text(call.headers.get("authorization"), (), ())
    if not given:
        raise NotAuthenticated("The ManagementToken is required")
    if not hmac.compare_digest(given.encode("utf-8"), expected.encode("utf-8")):
        raise Forbidden("This is not the ManagementToken")
