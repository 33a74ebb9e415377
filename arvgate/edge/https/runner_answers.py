"""
What goes wrong on the way to an app, as errors that name the hop.

An answer that the runner makes instead of the app never reaches the client: the door gives its own.  Not here: the
header fields of what passes (L{arvgate.edge.https.forwarding}).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from arvgate.edge.https.forwarding import pass_on
from arvgate.edge.https.options import CanLease
from arvgate.errors import NotListening, PeerFault, ProofRefused
from arvgate.model.hops import GATEWAY_TO_RUNNER, RUNNER_TO_APP
from arvgate.net.http_exchange import Exchange
from arvgate.net.http_relay import Outcome, Withheld
from arvgate.wire.http1.head import Headers, ResponseHead
from arvgate.wire.proof import RUNNER_ERROR

__all__ = ["pass_to_runner", "runner_error"]

_LONGEST: Final = 1000


async def pass_to_runner(
    exchange: Exchange,
    way: CanLease,
    target: bytes,
    headers: Headers,
    edit_response: Callable[[ResponseHead], Headers],
) -> Outcome:
    """
    Relay a request to an app by way of its runner, see L{pass_on}.

    @raise PeerFault: no answer of the app came, and the client can still be answered; it names the hop.
    @raise ClientGone: the client left.
    """
    try:
        return await pass_on(exchange, way, target, headers, edit_response, _is_the_runners)
    except Withheld as answer:
        raise runner_error(answer.head, answer.body) from None
    except PeerFault as error:
        error.hop = error.hop or GATEWAY_TO_RUNNER
        raise


def runner_error(head: ResponseHead, body: bytes) -> PeerFault:
    """
    What the runner answered instead of the app, as an error.

    @param body: JSON with the sentence; empty in the answer to a HEAD.
    """
    sentence, code = _sentence(body), head.get(RUNNER_ERROR.lower()) or b""
    match code.decode("latin-1"):
        case NotListening.code:
            return NotListening(sentence, hop=RUNNER_TO_APP)
        case ProofRefused.code:
            detail = f"the runner refused a request with {head.status}: {sentence}"
            return ProofRefused(detail=detail, hop=GATEWAY_TO_RUNNER)
        case _:
            return PeerFault(sentence, hop=RUNNER_TO_APP)


def _is_the_runners(head: ResponseHead) -> bool:
    return head.get(RUNNER_ERROR.lower()) is not None


def _sentence(body: bytes) -> str:
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    sentences = answer.get("errors") if isinstance(answer, dict) else None
    first = sentences[0] if isinstance(sentences, list) and sentences else ""
    return first[:_LONGEST] if isinstance(first, str) else ""
