"""
What runs containers in acceptance tests: plain processes, or Docker on the tests' own daemon.

Constructing one and its methods block; call them in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from test.acceptance.processes import processes_touching
from test.dockerd.daemon import DockerDaemon, shared_daemon
from test.dockerd.images import busybox_image, python_image

__all__ = ["Busybox", "Docker", "Engine", "OnDocker", "Processes"]


class Engine(Protocol):
    """
    One of them.

    @ivar name: as for C{arvgate init --engine}.
    @ivar environment: of all commands.
    @ivar image: what a request has as its C{container_image}.
    @ivar run_options: of C{arvgate run}, for this Python and the test app at the places that they have here.
    """

    name: str
    environment: Mapping[str, str]
    image: str
    run_options: Sequence[str]

    def processes(self, workdir: Path, container_uuid: str) -> list[int]:
        """The ids that a container's processes have here; C{workdir} is its working directory."""

    def process(self, workdir: Path, container_uuid: str, pid: int) -> int:
        """The id that a process has here which knows itself as C{pid}."""

    def shell_image(self) -> str:
        """The image for commands that are for a shell."""

    def left(self, cluster_id: str = "") -> list[str]:
        """The names of all that there is of a cluster, or of any."""

    def remove(self, cluster_id: str) -> None:
        """End and remove all that there is of a cluster whose own processes have ended."""


class Processes:
    """Plain processes, also on a machine that has Docker."""

    name = "process"
    environment = {"DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    image = "any"
    run_options: Sequence[str] = ()

    def processes(self, workdir: Path, container_uuid: str) -> list[int]:
        """Those that run in its working directory."""
        return processes_touching(workdir)

    def process(self, workdir: Path, container_uuid: str, pid: int) -> int:
        """The same."""
        return pid

    def shell_image(self) -> str:
        """None is needed."""
        return self.image

    def left(self, cluster_id: str = "") -> list[str]:
        """Nothing but processes, for which one looks elsewhere."""
        return []

    def remove(self, cluster_id: str) -> None:
        """Nothing but processes, which end with the cluster's own."""


class Docker:
    """
    Containers of a daemon of the tests' own.

    @param daemon: that; None: the one that all tests of this process share.
    @ivar image: the name of the image of its containers.
    """

    name = "docker"

    #: Makes the image of its containers, and answers with its name.
    make_image: Callable[[DockerDaemon], str] = staticmethod(python_image)

    def __init__(self, daemon: DockerDaemon | None = None) -> None:
        self.daemon = daemon or shared_daemon()
        self.environment = {"DOCKER_HOST": self.daemon.host}
        self.image = type(self).make_image(self.daemon)
        self.run_options = ("--image", self.image)

    def processes(self, workdir: Path, container_uuid: str) -> list[int]:
        """Those that Docker knows of."""
        found = []
        for container in self._containers(f"arvgate.container={container_uuid}"):
            if container.status == "running":
                found += [int(row[1]) for row in container.top()["Processes"]]
        return found

    def process(self, workdir: Path, container_uuid: str, pid: int) -> int:
        """The one whose innermost id is that."""
        for candidate in self.processes(workdir, container_uuid):
            for line in Path(f"/proc/{candidate}/status").read_text().splitlines():
                if line.startswith("NSpid:") and line.split()[-1] == str(pid):
                    return candidate
        raise AssertionError(f"{container_uuid} has no process {pid}")

    def shell_image(self) -> str:
        """Of busybox."""
        return busybox_image(self.daemon)

    def left(self, cluster_id: str = "") -> list[str]:
        """Containers, networks, and images of demos."""
        label = f"arvgate.cluster={cluster_id}" if cluster_id else "arvgate.cluster"
        networks = self.daemon.client.networks.list(filters={"label": label})
        tags = [tag for image in self.daemon.client.images.list() for tag in image.tags]
        return [
            *(str(container.name) for container in self._containers(label)),
            *(str(network.name) for network in networks),
            *(tag for tag in tags if tag.startswith(f"arvgate-demo-{cluster_id}")),
        ]

    def remove(self, cluster_id: str) -> None:
        """By its label."""
        label = f"arvgate.cluster={cluster_id}"
        for container in self._containers(label):
            container.remove(force=True, v=True)
        for network in self.daemon.client.networks.list(filters={"label": label}):
            network.remove()
        for image in self.daemon.client.images.list(name=f"arvgate-demo-{cluster_id}"):
            self.daemon.client.images.remove(image.id, force=True)

    def _containers(self, label: str) -> Sequence[Any]:
        found: Sequence[Any] = self.daemon.client.containers.list(
            all=True, filters={"label": label}, ignore_removed=True
        )
        return found


class Busybox(Docker):
    """The same with small containers, in which no app of the tests runs."""

    make_image = staticmethod(busybox_image)


class OnDocker:
    """The tests of a class once more, on Docker: C{class DockerXTests(OnDocker, XTests)}."""

    engine = Docker
