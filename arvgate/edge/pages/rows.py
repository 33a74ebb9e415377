"""
What the list of containers says of one request and its container.

Not here: which requests are listed (L{arvgate.edge.pages.own_containers}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import attrs

from arvgate.edge.pages.options import PageOptions
from arvgate.edge.pages.words import Moment, moment
from arvgate.errors import Invalid, NotReady
from arvgate.model.records import Record
from arvgate.policy.port_addresses import address_of
from arvgate.policy.runtime_status import reason_of
from arvgate.wire.query import same_origin_location

__all__ = ["PortLink", "Row", "make_row"]

#: A container's state as it is shown, and its tone: the colour that goes with the word.
_STATES: Mapping[str, tuple[str, str]] = {
    "Queued": ("Queued", "wait"),
    "Locked": ("Starting", "wait"),
    "Running": ("Running", "good"),
    "Complete": ("Ended", ""),
    "Cancelled": ("Cancelled", "bad"),
}


@attrs.frozen
class PortLink:
    """A way into a port."""

    port: int
    label: str
    address: str


@attrs.frozen
class Row:
    """
    One request.

    @ivar moment: when its container started, or else when it was made.
    @ivar nothing: what stands where there is no way into it.
    """

    name: str
    uuid: str
    state: str
    tone: str
    reason: str
    moment: Moment
    links: Sequence[PortLink]
    ssh: str
    nothing: str


def make_row(request: Record, container: Record | None, options: PageOptions, now: datetime) -> Row:
    """
    The row of a request; C{container} is the one that it has now, if any.

    A port that has no address on this cluster gets no link.
    """
    running = container is not None and container["state"] == "Running"
    state, tone = _state(request, container)
    started = container["started_at"] if container is not None else None
    ssh = ""
    if running and container is not None and options.ssh_host:
        port = f"-p {options.ssh_port} " if options.ssh_port != 22 else ""
        ssh = f"ssh {port}{container['uuid']}@{options.ssh_host}"
    return Row(
        name=request["name"] or "(no name)",
        uuid=request["uuid"],
        state=state,
        tone=tone,
        reason=reason_of(container["runtime_status"]) if container is not None else "",
        moment=moment(started or request["created_at"], now),
        links=_links(request, container, options) if running and container is not None else (),
        ssh=ssh,
        nothing="Nothing listens yet." if running else "",
    )


def _state(request: Record, container: Record | None) -> tuple[str, str]:
    if container is None:
        return ("Not submitted", "") if request["state"] == "Uncommitted" else (str(request["state"]), "")
    state, tone = _STATES.get(container["state"], (str(container["state"]), ""))
    if container["state"] == "Complete" and container["exit_code"] is not None:
        state += f", exit code {container['exit_code']}"
        tone = "bad" if container["exit_code"] else ""
    elif container["state"] == "Queued" and not container["priority"]:
        state = "On hold"
    return state, tone


def _links(request: Record, container: Record, options: PageOptions) -> Sequence[PortLink]:
    published: Mapping[str, Any] = {**(container["published_ports"] or {}), **(request["published_ports"] or {})}
    found = []
    for port in container["listening_ports"] or ():
        if not isinstance(port, int) or not 0 < port < 65536:
            continue
        how = published.get(str(port))
        how = how if isinstance(how, Mapping) else {}
        try:
            target = address_of(container["uuid"], port, container, options.names)
        except (Invalid, NotReady):
            continue
        where = same_origin_location(str(how.get("initial_path", "")).encode("utf-8", "replace")).decode()
        query = urlencode({"to": options.names.label(target), "path": where})
        found.append(PortLink(port, str(how.get("label", "")), f"/login?{query}"))
    return found
