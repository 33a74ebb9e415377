"""
What the configured engine has on this node, for the dispatcher.

Docker's client is loaded when it is asked for the first time: a gateway that was replaced serves before that.  Not
here: what is done with it (L{arvgate.dispatch}).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.threads import deferToThreadPool
from zope.interface import implementer

from arvgate.config import Config
from arvgate.interfaces import INode, Left

__all__ = ["engine_node"]


def engine_node(config: Config, reactor: Any) -> INode | None:
    """The node of the configured engine; None for one whose jobs always end with their runner."""
    if config.arvgate.engine != "docker":
        return None
    runners = os.path.join(config.arvgate.state_directory, "runners")
    host = config.arvgate.docker.host

    def make() -> INode:
        from arvgate.runner.docker.daemon import Daemon
        from arvgate.runner.docker.node import DockerNode

        return DockerNode(Daemon(reactor, host), config.cluster_id, runners)

    return _LoadedLater(reactor, make)


@implementer(INode)
class _LoadedLater:
    """A node that is made in a worker thread when it is first used."""

    def __init__(self, reactor: Any, make: Callable[[], INode]) -> None:
        self._reactor = reactor
        self._make = make
        self._node: INode | None = None

    async def found(self) -> Sequence[Left]:
        """See L{INode.found}."""
        found: Sequence[Left] = await (await self._made()).found()
        return found

    async def end(self, left: Left) -> None:
        """See L{INode.end}."""
        await (await self._made()).end(left)

    async def _made(self) -> INode:
        if self._node is None:
            self._node = await deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._make)
        return self._node
