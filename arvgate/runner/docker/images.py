"""
The image of a container: present, or pulled if that is wanted, and of this node's kind.

Not here: pulling (L{arvgate.runner.docker.pull}), and what the daemon's refusals mean
(L{arvgate.runner.docker.refusals}).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import docker
from docker.auth import AuthConfig, resolve_repository_name
from docker.errors import APIError, DockerException, ImageNotFound, InvalidRepository
from docker.utils import parse_repository_tag
from twisted.logger import Logger

from arvgate.errors import EngineFailed, EngineRefused
from arvgate.runner.docker.daemon import Daemon, DaemonRefused
from arvgate.runner.docker.names import is_image_name
from arvgate.runner.docker.pull import pull
from arvgate.runner.docker.refusals import image_refusal

__all__ = ["Images"]

_log = Logger()

_NO_CREDENTIALS: Final = "The credentials of this cluster's registries cannot be read."


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
        @raise EngineFailed: it could not be pulled this time, or the file of credentials cannot be read.
        @raise DaemonGone: the daemon does not answer.
        """
        if not is_image_name(image):
            raise EngineRefused(f"{image[:200]!r} cannot be the name of an image.")
        if await self._daemon.run(lambda client: _is_usable(client, image)):
            return
        if not self._pull:
            raise EngineRefused(f"The image {image} is not on this node, and the cluster is not set to pull images.")
        credentials = await self._daemon.run(lambda _: _credentials(image, self._registry_config))
        _log.info("pulling the image {image}", image=image)
        try:
            await pull(self._daemon.reactor, self._daemon.path, image, credentials)
        except DaemonRefused as error:
            raise image_refusal(image, error) from error
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


def _credentials(image: str, registry_config: str) -> Mapping[str, str] | None:
    """
    What docker login has kept for the image's registry; None for anybody.

    Reads a file.

    @raise EngineFailed: the file cannot be read.
    """
    if not registry_config:
        return None
    try:
        registry, _ = resolve_repository_name(parse_repository_tag(image)[0])
    except InvalidRepository as error:
        raise EngineRefused(f"{image!r} cannot be the name of an image.") from error
    try:
        with open(registry_config, encoding="utf-8") as file:
            config = AuthConfig.load_config(None, json.load(file) or {"auths": {}})
        found: Mapping[str, str] | None = config.resolve_authconfig(registry)
    except (OSError, ValueError, AttributeError, DockerException) as error:
        # What the error says may be a piece of the file.
        raise EngineFailed(_NO_CREDENTIALS, detail=f"{registry_config}: {type(error).__name__}") from None
    return found or None
