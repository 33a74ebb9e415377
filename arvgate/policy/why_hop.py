"""
Why an app is not reached behind the gate: runner, proof, clock, port, app.

Not here: asking (L{arvgate.edge.https.examining}), and who may enter (L{arvgate.policy.why_entry}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arvgate.errors import ArvgateError, NotListening, NotReady, PeerFault, ProofRefused, Unreachable
from arvgate.model.checks import Check, Result
from arvgate.model.locations import Listening, Listing
from arvgate.wire.port_report import PortReport, Probe
from arvgate.wire.proof import PROOF_WINDOW

__all__ = ["port_checks", "reached_checks", "unreached_checks", "unreported_check"]

_OPERATOR: Final = "If it stays so, tell whoever runs the gateway."
#: By L{Unreachable}'s causes: what happened, and what to do.
_CAUSES: Final = {
    "refused": (
        "the connection was refused",
        f"The runner has just ended, or it is another machine that has this address. {_OPERATOR}",
    ),
    "reset": ("the connection was reset", f"The runner may be ending: ask again. {_OPERATOR}"),
    "timeout": (
        "there was no answer in time",
        "The node is down, very busy, or a firewall drops what the gateway sends to it: the gateway's machine must "
        "reach the runners' addresses.",
    ),
    "route": (
        "there is no route to it",
        "The gateway's machine must reach the runners' addresses; look at the network and at Arvgate.Node.Address.",
    ),
    "name": (
        "its name has no address",
        "The gateway's machine must be able to resolve the node's name; look at Arvgate.Node.Address.",
    ),
    "address": ("that is no address that can be dialed", "Look at Arvgate.Node.Address."),
    "tls": ("what answers there speaks no TLS", f"Another program has taken over that port of the node. {_OPERATOR}"),
}
_OTHER_CAUSE: Final = ("the connection failed", f"Ask again; the gateway's log says more. {_OPERATOR}")
#: Ports that are named in one sentence.
_MOST_NAMED: Final = 8


def unreached_checks(listing: Listing, fault: ArvgateError) -> Sequence[Check]:
    """The checks from C{runner} to the one that failed, when no proven connection could be made."""
    address = listing.gateway_address
    match fault:
        case NotReady():
            sentence = "The container's runner has not reported yet where it is reached."
            cure = f"Ask again in some seconds; arvgate logs {listing.container_uuid} shows how far it is."
            return [Check("runner", Result.FAILED, sentence, cure, NotReady.code)]
        case ProofRefused(skew=None):
            sentence = f"Who answers at {address} did not prove to be the runner of this attempt of the container."
            cure = (
                "Another program may have taken over the port, or the gateway's SystemRootToken was changed since the "
                f"container started. {_OPERATOR}"
            )
            return [_answers(address), Check("proof", Result.FAILED, sentence, cure, ProofRefused.code)]
        case ProofRefused(skew=int(skew)):
            proof = "The runner refused the gateway's proof for its time."
            return [_answers(address), Check("proof", Result.UNKNOWN, proof), _clock(skew)]
        case Unreachable(cause=cause):
            happened, cure = _CAUSES.get(cause, _OTHER_CAUSE)
            sentence = f"The runner at {address} cannot be reached: {happened}."
            return [Check("runner", Result.FAILED, sentence, cure, Unreachable.code)]
    sentence = f"The runner at {address} gave no usable answer."
    return [Check("runner", Result.FAILED, sentence, f"Ask again. {_OPERATOR}", PeerFault.code)]


def reached_checks(listing: Listing, report: PortReport | None, now: float) -> Sequence[Check]:
    """
    C{runner}, C{proof} and C{clock} on a connection that was proven.

    @param report: None if the runner gave none.
    @param now: Unix time.
    """
    limitation = report.limitation if report is not None else ""
    proof = Check("proof", Result.OK, "Gateway and runner have proved themselves to each other.")
    clock = Check("clock", Result.OK, f"The clocks differ by less than {PROOF_WINDOW} s.")
    if report is not None:
        clock = _clock(report.seconds - int(now))
    return [_answers(listing.gateway_address, limitation), proof, clock]


def unreported_check() -> Check:
    """C{port}, if a proven runner gave no report."""
    sentence = "The runner did not say what listens in the container."
    cure = f"Ask again; an earlier version of the runner cannot say it. {_OPERATOR}"
    return Check("port", Result.FAILED, sentence, cure, PeerFault.code)


def port_checks(listing: Listing, report: PortReport, other_host: str) -> Sequence[Check]:
    """
    C{port} and, if that is open, C{app}.

    @param report: with what became of asking the app; sockets of other ports are told if they are in it.
    @param other_host: the host name by which the same port is asked with TLS instead of without, or the reverse; empty
        if there is none.
    """
    port = listing.port
    addresses = [one.address for one in report.listening if one.port == port]
    if report.probe is Probe.NOT_LISTENING:
        return [_closed(listing, report, addresses)]
    where = f" on {', '.join(addresses)}" if addresses else ""
    return [Check("port", Result.OK, f"Port {port} is open{where}."), _app(listing, report, other_host)]


def _answers(address: str, limitation: str = "") -> Check:
    sentence = f"The container's runner is reached at {address}."
    return Check("runner", Result.OK, f"{sentence} {limitation}" if limitation else sentence)


def _clock(skew: int) -> Check:
    ahead = f"The node's clock is {abs(skew)} s {'ahead of' if skew > 0 else 'behind'} the gateway's."
    if abs(skew) <= PROOF_WINDOW:
        return Check("clock", Result.OK, ahead if skew else "The clocks agree.")
    cure = f"Set both clocks by NTP; up to {PROOF_WINDOW} s are accepted."
    return Check("clock", Result.FAILED, ahead, cure, ProofRefused.code)


def _closed(listing: Listing, report: PortReport, addresses: Sequence[str]) -> Check:
    port, uuid = listing.port, listing.container_uuid
    if addresses:
        sentence = f"Port {port} is open on {', '.join(addresses)}, where the runner does not reach it."
        if report.limitation:
            sentence += f" {report.limitation}"
        return Check("port", Result.FAILED, sentence, "Let the app listen on 0.0.0.0.", NotListening.code)
    others = _ports(report.listening)
    if others:
        sentence = f"Nothing in the container listens on port {port}; what does listen is on {others}."
        cure = f"Ask for one of those, or let the app listen on {port}."
    else:
        sentence = f"Nothing in the container listens on port {port}."
        cure = f"The app may still be starting, or have ended; see what it says: arvgate logs {uuid}"
    return Check("port", Result.FAILED, sentence, cure, NotListening.code)


def _ports(listening: Sequence[Listening]) -> str:
    found: dict[int, list[str]] = {}
    for one in listening:
        found.setdefault(one.port, []).append(one.address)
    named = [f"{port} ({', '.join(addresses)})" for port, addresses in found.items()][:_MOST_NAMED]
    return ", ".join(named) + (f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else "")


def _app(listing: Listing, report: PortReport, other_host: str) -> Check:
    log = f"See what the app says: arvgate logs {listing.container_uuid}"
    instead = f"Use the host name {other_host}" if other_host else "Publish the port without TLS"
    match report.probe:
        case Probe.ANSWERED:
            answer = f"with HTTP status {report.status} after {report.milliseconds} ms"
            return Check("app", Result.OK, f"The app answers {answer}.")
        case Probe.SILENT:
            sentence, cure = "The app takes connections and says nothing.", f"It hangs or is very busy. {log}"
        case Probe.CLOSED:
            sentence, cure = "The app closes connections without an answer.", log
        case Probe.SPEAKS_TLS:
            sentence, cure = "The app speaks TLS, and was asked without.", f"{instead}, by which it is asked with TLS."
        case Probe.NO_TLS if report.status:
            sentence = "The app speaks plain HTTP, and was asked with TLS."
            cure = f"{instead}, by which it is asked without TLS."
        case Probe.NO_TLS:
            sentence, cure = "What listens there speaks neither TLS nor HTTP.", "A browser cannot reach such a port."
        case _:
            sentence, cure = "What listens there does not speak HTTP.", "A browser cannot reach such a port."
    return Check("app", Result.FAILED, sentence, cure, PeerFault.code)
