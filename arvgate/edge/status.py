"""
The one table from errors to HTTP statuses, and the body of an answer that reports an error (reference F.4).

Not here: the exit codes of commands (L{arvgate.cli}) and pages for people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from arvgate import errors

__all__ = [
    "STATUSES", "UNEXPECTED", "error_body", "error_envelope", "error_headers", "error_sentences",
    "error_status",
]  # fmt: skip

#: Every class of the error tree to its HTTP status.
STATUSES: Final[Mapping[type[errors.ArvgateError], int]] = MappingProxyType(
    {
        errors.ArvgateError: 500,
        errors.BadRequest: 400,
        errors.TooLarge: 413,
        errors.RangeNotSatisfiable: 416,
        errors.NotAuthenticated: 401,
        errors.Forbidden: 403,
        errors.NotFound: 404,
        errors.MethodNotAllowed: 405,
        errors.UnknownHost: 421,
        errors.Invalid: 422,
        errors.Ended: 410,
        errors.NotReady: 503,
        errors.Overloaded: 503,
        errors.TooManyAttempts: 429,
        errors.StoreUnavailable: 503,
        errors.PeerFault: 502,
        errors.Unreachable: 502,
        errors.ProofRefused: 502,
        errors.NotListening: 502,
        errors.EngineRefused: 422,
        errors.CommandNotFound: 422,
        errors.EngineFailed: 500,
        errors.EngineBusy: 503,
        errors.ConfigInvalid: 500,
        errors.SchemaMismatch: 500,
    }
)

#: What is said of an exception that is none of ours: its text may hold anything.
UNEXPECTED: Final = "This server failed to answer; its log tells why."


def error_status(error: BaseException) -> int:
    """The HTTP status of an error: its class's or the nearest above it; 500 for what is not ours."""
    for base in type(error).__mro__:
        status = STATUSES.get(base)
        if status is not None:
            return status
    return 500


def error_sentences(error: BaseException) -> Sequence[str]:
    """What may be shown of an error: one sentence for each problem."""
    match error:
        case errors.Invalid():
            return tuple(error.problems)
        case errors.ArvgateError():
            return (error.sentence,)
    return (UNEXPECTED,)


def error_headers(error: BaseException) -> list[tuple[bytes, bytes]]:
    """The headers that belong to an error's answer whatever its body is."""
    match error:
        case errors.NotReady():
            return [(b"Retry-After", b"%d" % error.retry_after)]
        case errors.NotAuthenticated():
            return [(b"WWW-Authenticate", b'Bearer realm="arvados"')]
        case errors.RangeNotSatisfiable():
            return [(b"Content-Range", b"bytes */%d" % error.size)]
    return []


def error_envelope(error: BaseException, request_id: str = "", error_token: str = "") -> dict[str, Any]:
    """
    The JSON object that reports an error.

    @param request_id: appended to each sentence in parentheses, so that it can be found in the log.
    @param error_token: C{<epoch seconds>+<8 hex digits>}; left out if empty.
    @return: besides, in C{hop}, between whom a fault is, if that is known.
    """
    suffix = f" ({request_id})" if request_id else ""
    envelope: dict[str, Any] = {"errors": [sentence + suffix for sentence in error_sentences(error)]}
    if isinstance(error, errors.PeerFault) and error.hop:
        envelope["hop"] = error.hop
    if error_token:
        envelope["error_token"] = error_token
    return envelope


def error_body(error: BaseException, request_id: str = "", error_token: str = "") -> bytes:
    """L{error_envelope} as the bytes of an C{application/json} body."""
    return json.dumps(error_envelope(error, request_id, error_token)).encode("ascii") + b"\n"
