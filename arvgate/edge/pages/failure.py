"""
The page that reports an error: what happened, where on the way, and what to do now.

Not here: the answer to programs (L{arvgate.edge.status}) and which error it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from arvgate import errors
from arvgate.edge.pages.rendering import render
from arvgate.edge.status import error_sentences, error_status
from arvgate.model.hops import GATEWAY_TO_RUNNER, RUNNER_TO_APP

__all__ = ["FailurePage", "OpenPort", "failure_page"]

#: The stations of a request to an app; what fails is the way to one of them.
_STATIONS: Final = ("your browser", "gateway", "runner", "app")
_FAILED: Final = {GATEWAY_TO_RUNNER: "runner", RUNNER_TO_APP: "app"}

_TITLES: Final[Mapping[int, str]] = {
    400: "Malformed request",
    401: "Not logged in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    410: "The container has ended",
    413: "Too large",
    414: "The address is too long",
    421: "Not here",
    429: "Too many attempts",
    431: "Too large",
    502: "No answer from the app",
    503: "Not available now",
    504: "The answer took too long",
}

_NAMED: Final[Mapping[type[BaseException], str]] = {
    errors.Unreachable: "The container cannot be reached",
    errors.ProofRefused: "The container cannot be reached",
    errors.NotListening: "Nothing listens on this port",
}

_STEPS: Final[Mapping[type[BaseException], str]] = {
    errors.BadRequest: "Check the address, or begin from the list of your containers.",
    errors.NotAuthenticated: "Log in, then open the address again.",
    errors.Forbidden: "Ask the owner of the container for write permission on its container request, "
    "or log in as somebody who has it.",
    errors.NotFound: "Check the address. "
    "What others have not shared with you looks the same as what does not exist, so perhaps ask them to share it.",
    errors.UnknownHost: "Check the address.",
    errors.Ended: "Its logs and its output are still there: see “arvgate logs” and “arvgate get”. "
    "To use the app again, start it again.",
    errors.Unreachable: "Try again in a moment. If it stays like this, an admin should look after the node.",
    errors.ProofRefused: "Try again in a moment. If it stays like this, an admin should look into the gateway's log.",
    errors.NotListening: "See in the log of the app whether it has started, and on which port it listens.",
    errors.PeerFault: "Try again. If it stays like this, look into the log of the app.",
    errors.NotReady: "Try again in a moment.",
}


@attrs.frozen
class OpenPort:
    """A port of the container on which something listens; without an address where it has none."""

    port: int
    address: str = ""


@attrs.frozen
class FailurePage:
    """
    What surrounds an error on its page; what is empty is left out.

    @ivar home: address of the list of containers.
    @ivar why: address of the page that checks every hop.
    @ivar again: address to try again.
    @ivar listening: ports of the container that can be opened instead.
    """

    home: str
    request_id: str = ""
    why: str = ""
    again: str = ""
    listening: Sequence[OpenPort] = ()


def failure_page(error: BaseException, about: FailurePage) -> bytes:
    """The page for an error."""
    hop = error.hop if isinstance(error, errors.PeerFault) else ""
    failed = _FAILED.get(hop)
    return render(
        "error.html",
        title=_title(error),
        sentences=error_sentences(error),
        step=next((_STEPS[base] for base in type(error).__mro__ if base in _STEPS), ""),
        hop=hop,
        stations=[{"name": name, "fails": name == failed} for name in _STATIONS],
        listening=about.listening,
        home=about.home,
        why=about.why,
        again=about.again,
        request_id=about.request_id,
    )


def _title(error: BaseException) -> str:
    return _NAMED.get(type(error)) or _TITLES.get(error_status(error), "This did not work")
