"""
The image of a container: present, or pulled if that is wanted, and of this node's kind.

Not here: what the daemon's refusals mean (L{arvgate.runner.docker.refusals}).
"""

from __future__ import annotations

import threading
from typing import Any

import docker
from docker.auth import load_config, resolve_repository_name
from docker.errors import APIError, ImageNotFound
from docker.utils import parse_repository_tag
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from arvgate.errors import EngineRefused
from arvgate.runner.docker.daemon import Daemon, DaemonRefused
from arvgate.runner.docker.refusals import image_refusal

__all__ = ["Images"]

_log = Logger()


class Images:
    """
    The images of a daemon.

    @param pull: those that are not there are pulled.
    @param registry_config: file with credentials of registries; empty: none.
    """

    def __init__(self, daemon: Daemon, pull: bool, registry_config: str) -> None:
        self._daemon = daemon
        self._pull = pull
        self._registry_config = registry_config

    async def ensure(self, image: str) -> None:
        """
        The daemon has the image, and it can run here.

        @raise EngineRefused: there is none of that name, or none for this node.
        @raise EngineFailed: it could not be pulled this time.
        @raise DaemonGone: the daemon does not answer.
        """
        if await self._daemon.run(lambda client: _is_usable(client, image)):
            return
        if not self._pull:
            raise EngineRefused(f"The image {image} is not on this node, and the cluster is not set to pull images.")
        _log.info("pulling the image {image}", image=image)
        given_up = threading.Event()
        try:
            await self._daemon.run(lambda client: _pulled(client, image, self._registry_config, given_up))
        except DaemonRefused as error:
            raise image_refusal(image, error) from error
        except CancelledError:
            given_up.set()
            raise
        _log.info("pulled the image {image}", image=image)
        if not await self._daemon.run(lambda client: _is_usable(client, image)):
            raise EngineRefused(f"The image {image} was not found.")


def _is_usable(client: docker.APIClient, image: str) -> bool:
    """
    Whether it is there.

    @raise EngineRefused: it is, for another kind of machine.
    """
    try:
        found: Any = client.inspect_image(image)  # type: ignore[no-untyped-call]
    except ImageNotFound:
        return False
    except APIError as error:
        if error.status_code == 400:
            raise EngineRefused(f"{image!r} cannot be the name of an image.") from error
        raise
    version: Any = client.version()
    kind, own = (found["Os"], found["Architecture"]), (version["Os"], version["Arch"])
    if all(kind) and kind != own:
        raise EngineRefused(f"The image {image} is for {'/'.join(kind)}; this node is {'/'.join(own)}.")
    return True


def _pulled(client: docker.APIClient, image: str, registry_config: str, given_up: threading.Event) -> None:
    repository, tag = parse_repository_tag(image)
    options: dict[str, Any] = {"auth_config": _credentials(repository, registry_config)}
    for line in client.pull(repository, tag=tag or "latest", stream=True, decode=True, **options):
        if given_up.is_set():
            return
        if "error" in line:
            detail = line.get("errorDetail") or {}
            raise DaemonRefused(int(detail.get("code") or 0), str(line["error"]))


def _credentials(repository: str, registry_config: str) -> dict[str, str] | None:
    """What docker login has kept for the repository's registry; None for anybody."""
    if not registry_config:
        return None
    registry, _ = resolve_repository_name(repository)
    found: dict[str, str] | None = load_config(registry_config).resolve_authconfig(registry)
    return found or None
