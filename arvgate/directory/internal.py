"""
The questions that doors ask control over the internal socket: AMP commands whose one value is JSON.

A door greets first, with the version of this protocol; control answers, and from then on also pushes changes.  An AMP
value ends at 65,535 bytes; what is longer is refused with L{TooLarge} and leaves the connection as it is.  Not here:
who asks (L{arvgate.directory.client}) and who answers (L{arvgate.directory.server}).
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.protocols import amp
from twisted.python.failure import Failure

from arvgate import errors
from arvgate.errors import ArvgateError, TooLarge
from arvgate.wire.internal_json import write_json

__all__ = [
    "VERSION", "Alive", "Changed", "Channel", "Count", "Derive", "Entered", "FindToken", "Greet", "IssueCode", "Locate",
    "Question", "RedeemCode", "Waiting", "value_bytes",
]  # fmt: skip

#: Of this protocol; a door and a control with different ones do not talk.
VERSION: Final = "1"

#: Longest value of an AMP box, in bytes.
_LONGEST: Final = 0xFFFF

#: What crosses the socket as itself, subclasses before their base.
_ERRORS: Final[dict[type[Exception], bytes]] = {
    error: error.code.encode()
    for error in (
        errors.StoreUnavailable,
        errors.Overloaded,
        errors.NotReady,
        errors.NotAuthenticated,
        errors.Forbidden,
        errors.NotFound,
        errors.Ended,
        errors.TooLarge,
        errors.BadRequest,
        errors.PeerFault,
        errors.Invalid,
        ArvgateError,
    )
}


def value_bytes(value: Any) -> bytes:
    """
    A JSON value as it goes into a box.

    @raise TooLarge: it does not fit into one.
    """
    data = write_json(value).encode("utf-8", "surrogatepass")
    if len(data) > _LONGEST:
        raise TooLarge(
            "This is too large for the gateway's internal socket: a name, a token or the number of requests that share "
            "one container.",
            detail=f"{len(data)} bytes",
        )
    return data


class Question(amp.Command):
    """
    One JSON value there, one back.

    @cvar repeatable: may be asked again where the first answer was lost.
    """

    arguments = [(b"json", amp.String())]
    response = [(b"json", amp.String())]
    errors = _ERRORS
    repeatable: ClassVar[bool] = True


class Greet(Question):
    """The door's version; control's comes back.  Subscribes the door to changes."""


class Alive(Question):
    """Nothing there, nothing back: whether the other end still answers."""


class FindToken(Question):
    """L{arvgate.interfaces.ITokens.find}."""


class Locate(Question):
    """L{arvgate.interfaces.IDirectory.locate}."""


class Entered(Question):
    """L{arvgate.interfaces.IDirectory.entered}."""


class Derive(Question):
    """L{arvgate.interfaces.IIssuer.derive}."""


class IssueCode(Question):
    """L{arvgate.interfaces.IIssuer.issue_code}."""


class RedeemCode(Question):
    """L{arvgate.interfaces.IIssuer.redeem_code}."""

    repeatable = False


class Waiting(Question):
    """L{arvgate.interfaces.IWaiting.progress}."""


class Changed(Question):
    """From control to a door: a batch of changes."""


class Count(Question):
    """From control to a door: what it counted since it was last asked, and its gauges."""


class Channel(amp.AMP):
    """One end of a connection; what AMP leaves untyped is typed here."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def ask(self, question: type[Question], data: bytes) -> Deferred[dict[str, bytes]]:
        """Put a question; C{data} is from L{value_bytes}."""
        asked: Deferred[dict[str, bytes]] = self.callRemote(question, json=data)  # type: ignore[no-untyped-call]
        return asked

    def abort(self) -> None:
        """Close the connection at once."""
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()

    # AMP

    def connectionMade(self) -> None:
        """The connection is open."""
        super().connectionMade()  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is over; whoever waits for an answer gets the error."""
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
