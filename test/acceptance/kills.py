"""
What the tests of kills are made of: a job that writes down what it does, what is killed, and what must not be left.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Protocol

import attrs

from arvgate.dispatch.lock_files import LockFiles
from test.acceptance.cluster import Cluster
from test.acceptance.processes import alive, children_of, command_of, end, processes_touching
from test.acceptance.waiting import in_thread, until
from test.dockerd.daemon import DockerDaemon

__all__ = [
    "EXIT_CODE", "JOB", "Dockerd", "Gateway", "Part", "Runner", "Trace", "Victim", "left_of", "looks", "state_of",
    "when_docker_says", "when_locked",
]  # fmt: skip

#: Where the job finds its trace.
_PLACE: Final = "/trace"

#: Of the job when it ends by itself: none that anything else would make up.
EXIT_CODE: Final = 3

#: Each lock cycle has a token of its own, whose UUID the job writes down when it starts: "CONTAINER CYCLE".  It ends
#: when it may, or when it is told to and may.  While it lives it holds a lock, which no other of its request may do.
JOB: Final = f"""
wait_for() {{ until [ -e "/trace/$1" ]; do sleep 0.1; done; }}
told() {{ echo ending >> /trace/ending; wait_for release; exit 0; }}
trap told TERM
rest=${{ARVADOS_API_TOKEN#v2/}}
start="${{ARVADOS_API_TOKEN##*/}} ${{rest%%/*}}"
exec 9>> /trace/held
flock -n 9 || echo "$start" >> /trace/overlaps
echo "$start" | tee -a /out/starts >> /trace/starts
wait_for finish
exit {EXIT_CODE}
"""


class Trace:
    """
    A directory of the node in which the job of one request writes what it does, and by which it is told what it may.

    @param directory: below one that containers may mount.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir()

    @property
    def mounts(self) -> dict[str, Any]:
        """The mounts of the job's request."""
        return {
            _PLACE: {"kind": "arvgate_host", "path": str(self._directory), "writable": True},
            "/out": {"kind": "tmp", "capacity": 1 << 20},
        }

    def lines(self, name: str) -> list[str]:
        """What was written to one of its files."""
        try:
            return (self._directory / name).read_text().splitlines()
        except FileNotFoundError:
            return []

    def allow(self, name: str) -> None:
        """Let the job go on: C{finish}, or C{release} after it was told to end."""
        (self._directory / name).touch()

    def problems(self) -> list[str]:
        """Lock cycles in which it was started more than once, and starts while another of its request ran."""
        counted = Counter(self.lines("starts")).items()
        again = [f"started {count} times: {start}" for start, count in counted if count > 1]
        return [*again, *(f"not alone: {start}" for start in self.lines("overlaps"))]


def looks() -> Iterator[None]:
    """Many looks at what changes soon, with hardly a pause between; half a minute at least of them."""
    pause = threading.Event()
    for _ in range(15_000):
        yield
        pause.wait(0.002)


class Victim(Protocol):
    """What is killed."""

    def aim(self) -> Callable[[str], None]:
        """What kills it at once, given the UUID of the container that is concerned; blocking, as is that."""

    async def come_back(self) -> None:
        """Wait until it works again, or bring about that it does."""


@attrs.frozen
class Runner:
    """The container's runner, which does not come back."""

    cluster: Cluster

    def aim(self) -> Callable[[str], None]:
        """Its process is known as soon as it holds its lock file."""
        return self._kill

    def _kill(self, container_uuid: str) -> None:
        for _ in looks():
            pid = self.cluster.runner(container_uuid)
            if pid:
                end(pid)
                return
        raise AssertionError(f"{container_uuid} has no runner")

    async def come_back(self) -> None:
        """Nobody starts it again; its container is the dispatcher's."""


@attrs.frozen
class Part:
    """
    A process of the gateway, which twistd's replaces.

    @ivar role: C{control} or C{door}.
    """

    cluster: Cluster
    role: str

    def aim(self) -> Callable[[str], None]:
        """Its present process."""
        (pid,) = self.cluster.processes(self.role)
        return lambda container_uuid: end(pid)

    async def come_back(self) -> None:
        """Another process answers."""
        await until(self.cluster.answers, 20.0, f"{self.role} was replaced")


@attrs.frozen
class Gateway:
    """All processes of the gateway, which an operator starts again."""

    cluster: Cluster

    def aim(self) -> Callable[[str], None]:
        """All at once."""
        return lambda container_uuid: self.cluster.kill_gateway()

    async def come_back(self) -> None:
        """Start it."""
        assert self.cluster.gateway is not None
        await self.cluster.gateway.ended()
        await self.cluster.start()


@attrs.frozen
class Dockerd:
    """The daemon, which is started again on its data, and then ends what it finds running."""

    daemon: DockerDaemon

    def aim(self) -> Callable[[str], None]:
        """Its keeper ends it."""
        return lambda container_uuid: self.daemon.kill()

    async def come_back(self) -> None:
        """Start it."""
        await in_thread(self.daemon.start)


def state_of(cluster: Cluster, container_uuid: str) -> str:
    """The state that a container's record has at this moment, whether the gateway answers or not; blocking."""
    with closing(_database(cluster)) as database:
        ((state,),) = database.execute("select state from containers where uuid = ?", [container_uuid])
    return str(state)


def _database(cluster: Cluster) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{cluster.state('arvgate.db')}?mode=ro", uri=True, timeout=10)


def when_docker_says(
    event: str,
    daemon: DockerDaemon,
    cluster_id: str,
    since: float,
    wanted: Callable[[str], bool],
    then: Callable[[str], None],
) -> str:
    """
    Call C{then} at the very moment at which Docker says something of a container.

    Blocks, for a minute at most.

    @param event: C{create}: it was made and is not started yet; C{die}: it has ended and nobody was told before.
    @param since: seconds since the epoch.
    @param wanted: whether a container is meant, given its UUID.
    @return: the UUID of the container.
    """
    filters = {"type": "container", "event": event, "label": f"arvgate.cluster={cluster_id}"}
    events = daemon.client.api.events(since=int(since), filters=filters, decode=True)
    try:
        for said in events:
            uuid = str(said["Actor"]["Attributes"]["arvgate.container"])
            if wanted(uuid):
                then(uuid)
                return uuid
    finally:
        events.close()
    raise AssertionError("Docker has ended")


def when_locked(cluster: Cluster, wanted: Callable[[str], bool], then: Callable[[str], None]) -> str:
    """
    Call C{then} when the record of a container has just become Locked.

    Blocks, for half a minute at most.

    @param wanted: whether a container is meant, given its UUID.
    @return: the UUID of the container.
    """
    with closing(_database(cluster)) as database:
        for _ in looks():
            for (uuid,) in database.execute("select uuid from containers where state = 'Locked'").fetchall():
                if wanted(uuid):
                    then(uuid)
                    return str(uuid)
    raise AssertionError("no container was locked")


def left_of(cluster: Cluster) -> list[str]:
    """What runs or lies about though no container runs; blocking."""
    locks = LockFiles(cluster.state("runners"))
    spares = [pid for control in cluster.processes("control") for pid in children_of(control) if _waits(pid)]
    runners = [pid for pid in processes_touching(cluster.home) if "arvgate.cli.runner" in command_of(pid)]
    return [
        *cluster.engine.left(cluster.cluster_id),
        *(path.name for path in cluster.state("jobs").iterdir()),
        *(f"lock file of {uuid}" for uuid in locks.containers() if locks.is_held(uuid)),
        *(f"runner {pid}" for pid in runners if alive(pid) and pid not in spares),
    ]


def _waits(pid: int) -> bool:
    """Whether a runner has no container yet: then a pipe is its stdin."""
    try:
        return Path(f"/proc/{pid}/fd/0").readlink().name.startswith("pipe:")
    except OSError:
        return False
