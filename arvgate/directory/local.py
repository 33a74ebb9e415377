"""
The directory in control's own process: listings made of what the store knows.

Not here: rights (the store's facts already say who may read and write) and decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from zope.interface import implementer

from arvgate.errors import Invalid, NotFound
from arvgate.interfaces import ContainerFacts, IDirectory, IRecords
from arvgate.model.kinds import CONTAINERS
from arvgate.model.locations import Listing, RequestFacts
from arvgate.model.principals import Principal
from arvgate.model.records import Record
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget, Target

__all__ = ["LocalDirectory", "make_listing"]

#: Makes the AuthSecret of a lock cycle; see L{arvgate.policy.root_tokens.RootTokens.secret_of}.
AuthSecret = Callable[[str, int, str], str]

#: Characters of a container's note.
_LONGEST_NOTE = 500


@implementer(IDirectory)
class LocalDirectory:
    """
    L{IDirectory} over the records.

    @ivar _secret: makes the AuthSecret of a container's lock cycle.
    @ivar _system: on whose behalf records are changed.
    """

    def __init__(self, records: IRecords, secret: AuthSecret, system: Principal) -> None:
        self._records = records
        self._secret = secret
        self._system = system

    async def locate(self, target: Target, user_uuid: str | None) -> Listing | None:
        """See L{IDirectory.locate}."""
        facts = await self._records.container_facts(target, user_uuid)
        return None if facts is None else make_listing(target, facts, self._secret)

    async def entered(self, container_uuid: str) -> None:
        """See L{IDirectory.entered}; one that ended meanwhile is left as it is."""
        try:
            await self._records.update(CONTAINERS, container_uuid, {"interactive_session_started": True}, self._system)
        except (Invalid, NotFound):
            return


def make_listing(target: Target, facts: ContainerFacts, secret: AuthSecret) -> Listing:
    """
    The listing of a container that exists.

    Published ports count as the request has them if a request or a name was asked for, else as the container has them.
    """
    container = facts.container
    uuid, lock_count = container["uuid"], container["lock_count"]
    asked, port, tls = _asked(target, facts)
    published = next((r for r, _, _ in facts.requests if r["uuid"] == asked), container)["published_ports"]
    return Listing(
        container_uuid=uuid,
        target_uuid=asked,
        port=port,
        state=container["state"],
        gateway_address=container["gateway_address"] or "",
        lock_count=lock_count,
        requests=tuple(_request_facts(*request) for request in facts.requests),
        auth_secret=secret(uuid, lock_count, facts.locked_under) if lock_count else "",
        public_ports=_public_ports(published),
        interactive_session_started=container["interactive_session_started"],
        tls=tls,
        note=_note(container),
        external_ports=_external_ports(container),
        names=facts.names,
        max_body_size=_max_body_size(port, [request["properties"] for request, _, _ in facts.requests]),
    )


def _note(container: Record) -> str:
    """What runner or dispatcher have to say; the container itself may write there, too."""
    status: Mapping[str, Any] = container["runtime_status"] or {}
    said = [str(status[key]) for key in ("error", "warning", "activity") if status.get(key)][:1]
    if container["state"] in ("Queued", "Locked") and not container["priority"]:
        said.insert(0, "It is on hold: all its requests have priority 0.")
    return " ".join(said)[:_LONGEST_NOTE]


def _asked(target: Target, facts: ContainerFacts) -> tuple[str, int, bool]:
    """UUID, port and whether the app speaks TLS."""
    match target:
        case ContainerTarget():
            return target.uuid, target.port, target.tls
        case NamedTarget() | PortTarget():
            return facts.target_uuid, facts.port, False


def _request_facts(request: Record, readable: bool, writable: bool) -> RequestFacts:
    properties: Mapping[str, Any] = request["properties"] or {}
    return RequestFacts(
        uuid=request["uuid"],
        readable=readable,
        writable=writable,
        web=properties.get("arvgate:web") is not False,
        cross_site=_ports(properties.get("arvgate:cross_site")),
    )


def _public_ports(published: Mapping[str, Any] | None) -> Sequence[int]:
    """Ports with access C{public}; what has not the form of D.9 counts as not published."""
    return tuple(
        int(port)
        for port, how in (published or {}).items()
        if _is_port(port) and isinstance(how, Mapping) and how.get("access") == "public"
    )


def _external_ports(container: Record) -> Sequence[int]:
    """The external ports of a container, which it has from its lock to its end."""
    if container["state"] not in ("Locked", "Running"):
        return ()
    published = (container["published_ports"] or {}).values()
    return _ports([how.get("external_port") for how in published if isinstance(how, Mapping)])


def _max_body_size(port: int, properties: Iterable[Mapping[str, Any] | None]) -> int:
    """The least that any request allows on a port in C{arvgate:max_body_size}; what is no size there counts not."""
    tables = [(one or {}).get("arvgate:max_body_size") for one in properties]
    sizes = [table.get(str(port)) for table in tables if isinstance(table, Mapping)]
    return min((size for size in sizes if isinstance(size, int) and not isinstance(size, bool) and size > 0), default=0)


def _ports(value: Any) -> Sequence[int]:
    """The port numbers in a property that anybody with write permission may have written."""
    if not isinstance(value, list):
        return ()
    return tuple(port for port in value if isinstance(port, int) and not isinstance(port, bool))


def _is_port(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdecimal() and 0 < int(text) < 65536
