"""
Taking a container and its network off the daemon.

Not here: finding what was left (L{arvgate.runner.docker.node}).
"""

from __future__ import annotations

from contextlib import suppress

import docker
from docker.errors import APIError, NotFound

from arvgate.runner.docker.daemon import Daemon

__all__ = ["remove", "remove_container", "remove_network"]

#: What the daemon answers when somebody else is removing the same.
_CONFLICT = 409


async def remove(daemon: Daemon, container: str | None, network: str) -> None:
    """
    End the container at once and remove it, with the network of that name if there is one.

    @param container: its id; None if there is none.
    @raise DaemonGone: the daemon does not answer.
    @raise DaemonRefused: it could not.
    """

    def work(client: docker.APIClient) -> None:
        if container is not None:
            remove_container(client, container)
        remove_network(client, network)

    await daemon.run(work)


def remove_container(client: docker.APIClient, container: str) -> None:
    """End it and remove it; nothing happens if it has gone."""
    try:
        client.remove_container(container, v=True, force=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != _CONFLICT:
            raise
        with suppress(NotFound):
            client.wait(container, condition="removed")


def remove_network(client: docker.APIClient, name: str) -> None:
    """Remove a network; nothing happens if it has gone."""
    with suppress(NotFound):
        client.remove_network(name)
