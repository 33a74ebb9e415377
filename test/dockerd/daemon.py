"""
A dockerd of the tests' own: one for all tests of a process, or another one for a test that kills it.

Its methods block; none takes longer than a minute.
"""

from __future__ import annotations

import atexit
import json
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docker

from test.dockerd.network import Block
from test.requirements import require

__all__ = ["DockerDaemon", "shared_daemon"]

_ANSWER_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parents[2]


class DockerDaemon:
    """
    A running dockerd with nothing in it, of which nothing will be left; see L{test.dockerd.keeper}.

    @ivar host: its address, as for DOCKER_HOST.
    @ivar gateway: the address of its default bridge, by which containers reach this machine.
    @ivar root: its directory.
    """

    def __init__(self, networks: int = 128, time_zone: str = "UTC") -> None:
        """
        Start it.

        @param networks: how many user networks it has addresses for, a power of two.
        @param time_zone: in which it writes times.
        @raise SkipTest: this machine cannot run one.
        """
        require("root", "dockerd", "ip")
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "test.dockerd.keeper", str(networks), time_zone],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # what interrupts the tests is not to interrupt their end
        )
        self._client: docker.DockerClient | None = None
        try:
            facts = self._answer()
            self.host: str = facts["host"]
            self.gateway: str = facts["gateway"]
            self.root = Path(facts["root"])
            self.start()
        except BaseException:
            self.stop()
            raise

    @property
    def client(self) -> docker.DockerClient:
        """A client of it, which lasts as long as it does."""
        if self._client is None:
            self._client = docker.DockerClient(self.host, timeout=60)
        return self._client

    def left(self) -> dict[str, list[str]]:
        """What it has on this machine at the moment: links, mounts, networks, volumes, containers."""
        block = Block(int(self.gateway.split(".")[1]))
        places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        return {
            "links": sorted(block.links()),
            "mounts": sorted(place for place in places if place.startswith(f"{self.root}/")),
            "networks": sorted(network.name for network in self.client.networks.list()),
            "volumes": sorted(volume.name for volume in self.client.volumes.list()),
            "containers": sorted(one["Id"] for one in self.client.api.containers(all=True)),
        }

    def run(self, image: str, command: Sequence[str], **options: Any) -> bytes:
        """
        What a command prints in a container, which is removed then.

        @param options: as C{containers.create} of docker-py has them.
        @raise AssertionError: it failed, with what it printed.
        """
        container = self.client.containers.create(image, list(command), **options)
        try:
            container.start()
            status = container.wait(timeout=_ANSWER_SECONDS)["StatusCode"]
            if status:
                raise AssertionError(f"exit {status}: {container.logs().decode(errors='replace')}")
            # Read at the end, since a follower misses what has no end of line.
            return bytes(container.logs(stderr=False))
        finally:
            container.remove(force=True)

    def start(self) -> None:
        """Start it again on the same data."""
        self._ask("start")

    def kill(self) -> None:
        """End it as a crash would: containers run on until it is started again."""
        self._ask("kill")

    def stop(self) -> None:
        """End it with all its containers, and remove everything of it; a second time does nothing."""
        if self._client is not None:
            self._client.close()
            self._client = None
        assert self._keeper.stdin is not None and self._keeper.stdout is not None
        self._keeper.stdin.close()
        self._keeper.wait(_ANSWER_SECONDS)
        self._keeper.stdout.close()

    def _ask(self, word: str) -> None:
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(f"{word}\n".encode())
        self._keeper.stdin.flush()
        self._answer()

    def _answer(self) -> Any:
        assert self._keeper.stdout is not None
        ready, _, _ = select.select([self._keeper.stdout], [], [], _ANSWER_SECONDS)
        line = self._keeper.stdout.readline() if ready else b""
        if not line:
            raise RuntimeError("the keeper of a dockerd has ended or hangs; it wrote to stderr why")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


_shared: DockerDaemon | None = None


def shared_daemon() -> DockerDaemon:
    """
    The dockerd of this process's tests, started by the first that asks and stopped when the process ends.

    @raise SkipTest: this machine cannot run one.
    """
    global _shared
    if _shared is None:
        _shared = DockerDaemon()
        atexit.register(_shared.stop)
    return _shared
