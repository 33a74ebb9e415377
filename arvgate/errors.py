"""
The error tree.

Each class has a stable C{code} and a sentence that is safe to show to whoever asked.  What only an operator may know
goes into C{detail}, which is logged and never shown.  Statuses and exit codes are not here: doors map the classes
(C{arvgate.edge.status}, C{arvgate.cli}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "ArvgateError", "BadRequest", "CommandNotFound", "ConfigInvalid", "Ended", "EngineBusy", "EngineFailed",
    "EngineRefused", "Forbidden", "Invalid", "MethodNotAllowed", "NotAuthenticated", "NotFound", "NotListening",
    "NotReady", "Overloaded", "PeerFault", "ProofRefused", "RangeNotSatisfiable", "SchemaMismatch",
    "StoreUnavailable", "TooLarge", "TooManyAttempts", "UnknownHost", "Unreachable",
]  # fmt: skip


class ArvgateError(Exception):
    """
    The root of everything that arvgate itself raises for others to see.

    @ivar sentence: what happened and what to do, safe to show.
    @ivar detail: for the operator's log only.
    """

    code: ClassVar[str] = "failed"
    default: ClassVar[str] = "The request failed."

    def __init__(self, sentence: str = "", *, detail: str = "") -> None:
        self.sentence = sentence or self.default
        self.detail = detail
        super().__init__(self.sentence)


class BadRequest(ArvgateError):
    """The bytes or parameters cannot be understood."""

    code = "bad-request"
    default = "The request is malformed."


class TooLarge(BadRequest):
    """A head, body or parameter is over its limit."""

    code = "too-large"
    default = "The request is larger than this server accepts."


class RangeNotSatisfiable(BadRequest):
    """
    The part that was asked for is not there.

    @ivar size: bytes that there are.
    """

    code = "range-not-satisfiable"
    default = "The file ends before the requested range."

    def __init__(self, sentence: str = "", *, detail: str = "", size: int = 0) -> None:
        super().__init__(sentence, detail=detail)
        self.size = size


class NotAuthenticated(ArvgateError):
    """No valid token came with the request."""

    code = "not-authenticated"
    default = "Not logged in"


class Forbidden(ArvgateError):
    """The caller may know of the thing but may not do this."""

    code = "forbidden"
    default = "Forbidden"


class NotFound(ArvgateError):
    """There is no such thing, or the caller may not know of it: both look the same."""

    code = "not-found"
    default = "Path not found"


class UnknownHost(ArvgateError):
    """The request names a host that is none of this cluster's."""

    code = "unknown-host"
    default = "This server has no such host."


class MethodNotAllowed(ArvgateError):
    """The path exists, the method does not."""

    code = "method-not-allowed"
    default = "API endpoint not found"


class Invalid(ArvgateError):
    """
    Values that were understood and are not acceptable.

    @ivar problems: one sentence each.
    """

    code = "invalid"
    default = "The values are not valid."

    def __init__(self, *problems: str, detail: str = "") -> None:
        self.problems: Sequence[str] = problems or (self.default,)
        super().__init__("; ".join(self.problems), detail=detail)


class Ended(ArvgateError):
    """The container has ended."""

    code = "ended"
    default = "The container has ended."


class NotReady(ArvgateError):
    """
    The container does not run yet; asking again later makes sense.

    @ivar retry_after: whole seconds to wait.
    """

    code = "not-ready"
    default = "The container is not running yet."

    def __init__(self, sentence: str = "", *, detail: str = "", retry_after: int = 2) -> None:
        super().__init__(sentence, detail=detail)
        self.retry_after = retry_after


class Overloaded(NotReady):
    """This server cannot take the request now."""

    code = "overloaded"
    default = "This server is busy; try again in a moment."


class TooManyAttempts(NotReady):
    """Too much was tried in vain; the next try has to wait."""

    code = "too-many-attempts"
    default = "There were too many failed attempts; try again later."


class StoreUnavailable(NotReady):
    """The records cannot be reached now: access fails closed, nothing is denied for good."""

    code = "store-unavailable"
    default = "The gateway cannot reach its records at the moment; try again in a moment."


class PeerFault(ArvgateError):
    """
    The next hop is at fault.

    @ivar hop: between whom it failed, one of L{arvgate.model.hops}, for all to see; empty: none of them.
    """

    code = "peer-fault"
    default = "The next server gave no usable answer."

    def __init__(self, sentence: str = "", *, detail: str = "", hop: str = "") -> None:
        super().__init__(sentence, detail=detail)
        self.hop = hop


class Unreachable(PeerFault):
    """
    The runner cannot be reached.

    @ivar cause: C{refused}, C{reset}, C{timeout}, C{route}, C{name} (it has no address), C{address} (it can be no
        address), C{tls}; empty: another.
    """

    code = "unreachable"
    default = "The container's node cannot be reached."

    def __init__(self, sentence: str = "", *, detail: str = "", hop: str = "", cause: str = "") -> None:
        super().__init__(sentence, detail=detail, hop=hop)
        self.cause = cause


class ProofRefused(PeerFault):
    """
    The runner did not prove that it is the container's runner.

    @ivar skew: seconds by which the runner's clock is ahead of ours, if that is why; else None.
    """

    code = "proof-refused"
    default = "The container's runner could not prove its identity."

    def __init__(self, sentence: str = "", *, detail: str = "", hop: str = "", skew: int | None = None) -> None:
        super().__init__(sentence, detail=detail, hop=hop)
        self.skew = skew


class NotListening(PeerFault):
    """Nothing in the container listens on the port."""

    code = "not-listening"
    default = "The container runs, but nothing in it listens on this port."


class EngineRefused(ArvgateError):
    """The engine will never run this."""

    code = "engine-refused"
    default = "This engine does not run this container."


class CommandNotFound(EngineRefused):
    """The container's command does not exist or is not executable."""

    code = "command-not-found"
    default = "The command was not found."


class EngineFailed(ArvgateError):
    """The engine could not do it this time."""

    code = "engine-failed"
    default = "The container engine failed."


class EngineBusy(ArvgateError):
    """The engine has no room for this now: it is to wait in the queue, and that is no failed attempt."""

    code = "engine-busy"
    default = "The node has no room for this container at the moment."


class ConfigInvalid(ArvgateError):
    """
    A configuration with all its problems.

    @ivar problems: C{path: sentence} each.
    """

    code = "config-invalid"
    default = "The configuration is not valid."

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SchemaMismatch(ArvgateError):
    """The database is older or newer than this version."""

    code = "schema-mismatch"
    default = "The database does not have this version's schema; run: arvgate migrate --config FILE"
