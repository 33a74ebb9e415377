"""
A directory in memory.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import attrs
from zope.interface import implementer

from arvgate.interfaces import IDirectory
from arvgate.model.changes import EVERYTHING, Change
from arvgate.model.locations import Listing, RequestFacts
from arvgate.model.targets import ContainerTarget, NamedTarget, PortTarget, Target
from arvgate.testing.changes import MemoryChangeFeed
from arvgate.testing.failing import FailsOnDemand

__all__ = ["MemoryDirectory", "RequestSetting"]


@attrs.frozen
class RequestSetting:
    """
    A container request as a test wants it.

    @ivar readers: users who can read it; C{writers} can write and read it.
    """

    uuid: str
    container_uuid: str
    readers: Set[str] = frozenset()
    writers: Set[str] = frozenset()
    web: bool = True
    cross_site: Sequence[int] = ()
    public_ports: Sequence[int] = ()


@implementer(IDirectory)
class MemoryDirectory(FailsOnDemand):
    """
    L{IDirectory} over dictionaries.

    @ivar asked: how many questions came.
    @ivar admins: users who can read and write everything.
    """

    def __init__(self, feed: MemoryChangeFeed | None = None, admins: Set[str] = frozenset()) -> None:
        super().__init__()
        self._feed = MemoryChangeFeed() if feed is None else feed
        self._containers: dict[str, Listing] = {}
        self._requests: dict[str, RequestSetting] = {}
        self._names: dict[str, tuple[str, int]] = {}
        self._external_ports: dict[int, tuple[str, int]] = {}
        self.admins = admins
        self.asked = 0

    def put_container(self, uuid: str, **fields: Any) -> None:
        """
        A container, or what changed of it.

        @param fields: of a L{Listing} (C{state}, C{gateway_address}, C{lock_count}, C{auth_secret}, C{public_ports}…).
        """
        known = self._containers.get(uuid)
        if known is None:
            known = Listing(uuid, uuid, 0, "Running", "127.0.0.1:1", 1, (), auth_secret="0" * 64)
        self._containers[uuid] = attrs.evolve(known, **fields)
        self._feed.publish(Change("containers", uuid))

    def put_request(self, uuid: str, container_uuid: str, **fields: Any) -> None:
        """
        A request of a container, or what it is now.

        @param fields: of a L{RequestSetting}.
        """
        self._put(RequestSetting(uuid, container_uuid, **fields))

    def share(self, request_uuid: str, user_uuid: str, *, writable: bool) -> None:
        """Let a user read, or read and write, a request."""
        request = self._requests[request_uuid]
        if writable:
            self._put(attrs.evolve(request, writers=request.writers | {user_uuid}))
        else:
            self._put(attrs.evolve(request, readers=request.readers | {user_uuid}))

    def unshare(self, request_uuid: str, user_uuid: str) -> None:
        """Take a user's rights to a request away."""
        request = self._requests[request_uuid]
        self._put(attrs.evolve(request, readers=request.readers - {user_uuid}, writers=request.writers - {user_uuid}))

    def publish_name(self, name: str, request_uuid: str, port: int) -> None:
        """Publish a port of a request under a name."""
        self._names[name] = (request_uuid, port)
        self._feed.publish(EVERYTHING)

    def withdraw_name(self, name: str) -> None:
        """Take a name back."""
        del self._names[name]
        self._feed.publish(EVERYTHING)

    def assign_port(self, external_port: int, container_uuid: str, port: int) -> None:
        """Let an external port lead to a port of a container, and to no other any more."""
        self._external_ports[external_port] = (container_uuid, port)
        self._feed.publish(EVERYTHING)

    async def locate(self, target: Target, user_uuid: str | None) -> Listing | None:
        """See L{IDirectory.locate}."""
        self.check()
        self.asked += 1
        match target:
            case ContainerTarget():
                uuid, port, tls = target.uuid, target.port, target.tls
            case NamedTarget():
                uuid, port = self._names.get(target.name, ("", 0))
                tls = False
            case PortTarget():
                uuid, port = self._external_ports.get(target.external_port, ("", 0))
                tls = False
        request = self._requests.get(uuid)
        container = self._containers.get(request.container_uuid if request is not None else uuid)
        if container is None:
            return None
        return attrs.evolve(
            container,
            target_uuid=uuid,
            port=port,
            tls=tls,
            public_ports=tuple(request.public_ports if request is not None else container.public_ports),
            requests=self._facts(container.container_uuid, user_uuid),
            external_ports=tuple(
                external for external, (uuid, _) in self._external_ports.items() if uuid == container.container_uuid
            ),
            names=tuple(
                name
                for name, (uuid, _) in self._names.items()
                if uuid in self._requests and self._requests[uuid].container_uuid == container.container_uuid
            ),
        )

    async def entered(self, container_uuid: str) -> None:
        """See L{IDirectory.entered}."""
        self.check()
        if container_uuid in self._containers:
            self.put_container(container_uuid, interactive_session_started=True)

    def _put(self, request: RequestSetting) -> None:
        self._requests[request.uuid] = request
        self._feed.publish(Change("container_requests", request.uuid, related=request.container_uuid))

    def _facts(self, container_uuid: str, user_uuid: str | None) -> Sequence[RequestFacts]:
        return tuple(
            RequestFacts(
                uuid=request.uuid,
                readable=user_uuid in request.readers | request.writers | self.admins,
                writable=user_uuid in request.writers | self.admins,
                web=request.web,
                cross_site=tuple(request.cross_site),
            )
            for request in self._requests.values()
            if request.container_uuid == container_uuid
        )
