"""
What a daemon has of one cluster's containers, running or not, found by labels.

Not here: who decides what is to be ended (L{arvgate.dispatch}).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import docker
from zope.interface import implementer

from arvgate.errors import EngineFailed
from arvgate.interfaces import INode, Left
from arvgate.runner.docker.daemon import Daemon, DaemonGone
from arvgate.runner.docker.names import CLUSTER, CONTAINER, LOCK_COUNT, RUNNERS
from arvgate.runner.docker.removal import remove_container, remove_network

__all__ = ["DockerNode"]

T = TypeVar("T")

_CONTAINER: Final = "container "
_NETWORK: Final = "network "


@implementer(INode)
class DockerNode:
    """
    The containers and networks of a cluster's runners on this node.

    @param runners: directory of the runners' lock files.
    """

    def __init__(self, daemon: Daemon, cluster_id: str, runners: str) -> None:
        self._daemon = daemon
        self._labels = [f"{CLUSTER}={cluster_id}", f"{RUNNERS}={runners}"]

    async def found(self) -> Sequence[Left]:
        """All of it, containers before networks."""
        return await self._run(self._look)

    async def end(self, left: Left) -> None:
        """End it at once and remove it."""

        def work(client: docker.APIClient) -> None:
            if left.name.startswith(_CONTAINER):
                remove_container(client, left.name.removeprefix(_CONTAINER))
            else:
                remove_network(client, left.name.removeprefix(_NETWORK))

        await self._run(work)

    async def _run(self, work: Callable[[docker.APIClient], T]) -> T:
        try:
            return await self._daemon.run(work)
        except DaemonGone as error:
            raise EngineFailed(error.sentence, detail=error.detail) from error

    def _look(self, client: docker.APIClient) -> Sequence[Left]:
        wanted = {"label": self._labels}
        containers: Any = client.containers(all=True, filters=wanted)
        networks: Any = client.networks(filters=wanted)
        return (
            *(_left(one, _CONTAINER) for one in containers),
            *(_left(one, _NETWORK) for one in networks),
        )


def _left(found: Any, what: str) -> Left:
    labels = found["Labels"]
    count = labels.get(LOCK_COUNT, "")
    return Left(
        uuid=labels.get(CONTAINER, ""),
        lock_count=int(count) if count.isdecimal() else 0,
        name=what + str(found["Id"]),
    )
