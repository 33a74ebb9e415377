"""
What a runner tells a gateway of its container's ports, as JSON and back (docs/protocols/hop).

Not here: finding it out (L{arvgate.runner.port_check}) and what follows from it (L{arvgate.policy.why_hop}).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

import attrs

from arvgate.errors import PeerFault
from arvgate.model.locations import Listening

__all__ = ["PORT_PATH", "PROBE_HOST", "PortReport", "Probe", "read_report", "write_report"]

#: The target of the request that asks a runner for its report.
PORT_PATH: Final = b"/arvgate/port"
#: The Host that the app is asked with.
PROBE_HOST: Final = b"X-Arvados-Probe-Host"

#: Sockets that are told; a container may have any number.
_MOST_TOLD: Final = 1000


class Probe(Enum):
    """What became of asking the app on a port for the head of its first page."""

    #: It gave an HTTP status.
    ANSWERED = "answered"
    #: Nothing listens on the port, or not where the runner reaches it.
    NOT_LISTENING = "not-listening"
    #: It took the connection and said nothing in time.
    SILENT = "silent"
    #: It closed the connection without a word.
    CLOSED = "closed"
    #: It said something that is no HTTP.
    NO_HTTP = "no-http"
    #: It was asked without TLS, and speaks TLS.
    SPEAKS_TLS = "speaks-tls"
    #: It was to be asked with TLS, and speaks none.
    NO_TLS = "no-tls"


@attrs.frozen
class PortReport:
    """
    What a runner found.

    @ivar seconds: Unix time at the runner.
    @ivar listening: where the container listens, on any port.
    @ivar limitation: a sentence on a right that the runner lacks; empty if none.
    @ivar probe: None if no port was asked for.
    @ivar status: the HTTP status, where there was one.
    @ivar milliseconds: until the app's answer.
    """

    seconds: int
    listening: Sequence[Listening] = ()
    limitation: str = ""
    probe: Probe | None = None
    status: int = 0
    milliseconds: int = 0


def write_report(report: PortReport) -> bytes:
    """As L{read_report} reads it."""
    told = {
        "seconds": report.seconds,
        "listening": [[one.port, one.address] for one in report.listening[:_MOST_TOLD]],
        "limitation": report.limitation,
        "probe": None if report.probe is None else report.probe.value,
        "status": report.status,
        "milliseconds": report.milliseconds,
    }
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def read_report(data: bytes) -> PortReport:
    """
    The reverse of L{write_report}.

    @raise PeerFault: this is no report.
    """
    try:
        told: Any = json.loads(data)
        probe = told["probe"]
        return PortReport(
            seconds=int(told["seconds"]),
            listening=tuple(Listening(int(port), str(address)) for port, address in told["listening"]),
            limitation=str(told["limitation"]),
            probe=None if probe is None else Probe(probe),
            status=int(told["status"]),
            milliseconds=int(told["milliseconds"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PeerFault(detail=f"the runner's report on a port is not understood: {error!r}") from error
