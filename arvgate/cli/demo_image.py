"""
The image that the demo's app runs from where there is Docker, and the end of all that the demo had there.

Not here: how an image is made (L{arvgate.cli.interpreter_image}), and the demo (L{arvgate.cli.demo_cluster}).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from arvgate.cli import sample_app
from arvgate.cli.docker_daemon import DockerDaemon, docker_client
from arvgate.cli.interpreter_image import import_interpreter
from arvgate.errors import EngineFailed
from arvgate.runner.docker.names import CLUSTER

__all__ = ["demo_image"]


@contextmanager
def demo_image(daemon: DockerDaemon, cluster_id: str, tell: Callable[[str], None]) -> Iterator[str]:
    """
    The name of an image of this Python with the sample app in it, both at their places here, which lasts as long as the
    block.

    At its end the image is removed, and first whatever else the cluster still has in Docker.

    @param tell: shows a line to a person.
    @raise EngineFailed: it could not be made.
    """
    image = f"arvgate-demo-{cluster_id}:latest"
    tell("Making an image of this Python …")
    try:
        # In a thread, which is awaited also when interrupted: what the daemon has been given it makes to the end, and
        # only then can it be removed.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_make, daemon, image).result()
        yield image
    finally:
        try:
            with docker_client(daemon.host) as client:
                _remove(client, cluster_id, image)
        except EngineFailed:
            tell(f"Not everything could be removed from Docker.  What is left has the label {CLUSTER}={cluster_id}.")


def _make(daemon: DockerDaemon, image: str) -> None:
    with docker_client(daemon.host) as client:
        import_interpreter(client, image, [sample_app.__name__])


def _remove(client: Any, cluster_id: str, image: str) -> None:
    from docker.errors import ImageNotFound, NotFound

    mine = {"label": f"{CLUSTER}={cluster_id}"}
    for container in client.containers.list(all=True, filters=mine, ignore_removed=True):
        try:
            container.remove(force=True, v=True)
        except NotFound:
            continue
    for network in client.networks.list(filters=mine):
        network.remove()
    try:
        client.images.remove(image, force=True)
    except ImageNotFound:
        return
