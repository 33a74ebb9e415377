"""
A dispatcher with a store, and runners that only pretend to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock

from arvgate.dispatch.launching import LaunchOptions
from arvgate.dispatch.local import LocalDispatcher
from arvgate.dispatch.lock_files import LockFiles
from arvgate.errors import EngineFailed
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS
from arvgate.model.principals import Principal
from arvgate.model.records import Record
from arvgate.policy.placement import Capacity
from arvgate.runner.lock_file import LockFile, take_lock_file
from arvgate.testing.changes import MemoryChangeFeed
from test.contract.records_world import RecordsWorld
from test.records.sqlite import OnSQLite

__all__ = ["DispatcherCase", "Pretended"]


class Pretended:
    """A runner that a test lets live and die."""

    def __init__(self, files: LockFiles, uuid: str, document: Mapping[str, Any]) -> None:
        self.document = document
        self.running = True
        self._path = str(files.path(uuid))
        self._lock: LockFile | None = None

    def alive(self) -> bool:
        """Whether its process is there."""
        return self.running

    def hold(self) -> None:
        """Take the lock file, as a runner does first of all."""
        self._lock = take_lock_file(self._path, 1, self.document["LockCount"], "")

    def die(self) -> None:
        """Be killed."""
        self.running = False
        if self._lock is not None:
            self._lock.release()


class DispatcherCase(OnSQLite):
    """A dispatcher on a node with room for two containers; mixed into a SynchronousTestCase."""

    capacity = Capacity(vcpus=8, ram=1 << 30, containers=2, admins_only=True)

    def setUp(self) -> None:
        """A store, a user who is admin, and the dispatcher."""
        self.world: RecordsWorld = self.make_records()
        self.admin = self.world.user(admin=True)
        self.clock = Clock()
        self.feed = MemoryChangeFeed()
        self.state_directory = Path(self.mktemp())
        directory = self.state_directory / "runners"
        directory.mkdir(parents=True)
        self.files = LockFiles(directory)
        self.launched: dict[str, Pretended] = {}
        self.requests: dict[str, str] = {}
        self.fail_next = False
        self.dispatcher = self.make_dispatcher()

    def make_dispatcher(self, records: Any = None) -> LocalDispatcher:
        """A dispatcher as a newly started gateway has it."""
        return LocalDispatcher(
            self.clock,
            records or self.world.store,
            self.feed,
            self.world.system,
            lambda uuid, count: f"secret of {uuid} {count}",
            self.capacity,
            LaunchOptions(self.state_directory, "localhost:8443", "PEM", "127.0.0.1"),
            self.launch,
            self.files,
            **self.more(),
        )

    def more(self) -> dict[str, Any]:
        """What else the dispatcher is given."""
        return {}

    def launch(self, uuid: str, document: Mapping[str, Any]) -> Pretended:
        """Pretend to start a runner."""
        if self.fail_next:
            raise EngineFailed("No runner can be started.")
        self.launched[uuid] = Pretended(self.files, uuid, document)
        return self.launched[uuid]

    def round(self) -> None:
        """Make one round."""
        self.world.run(self.dispatcher.round())

    def submitted(self, owner: Principal | None = None, **attributes: Any) -> str:
        """A queued container."""
        request = self.world.request(owner or self.admin, **attributes)
        self.requests[request["container_uuid"]] = request["uuid"]
        return str(request["container_uuid"])

    def record(self, uuid: str) -> Record:
        """A container's record."""
        return self.world.get(CONTAINERS, uuid)

    def running(self) -> str:
        """A container whose runner has reported."""
        uuid = self.submitted()
        self.round()
        self.runs(uuid)
        return uuid

    def runs(self, uuid: str) -> None:
        """Let the runner of a locked container take its lock file and report that it runs."""
        self.launched[uuid].hold()
        self.report(uuid, state="Running", gateway_address="127.0.0.1:9")

    def holder(self, uuid: str) -> Principal:
        """Who holds the lock of a container: its runner."""
        return self.world.come_with(self.launched[uuid].document["Env"]["ARVADOS_API_TOKEN"])

    def report(self, uuid: str, **values: Any) -> None:
        """Let the runner of a container report."""
        self.world.run(self.world.store.update(CONTAINERS, uuid, values, self.holder(uuid)))

    def end(self, uuid: str) -> None:
        """Let a running container end by itself."""
        self.report(uuid, state="Complete", exit_code=0)
        self.launched[uuid].die()

    def request_of(self, uuid: str) -> Record:
        """The request that a container was made for."""
        return self.world.get(CONTAINER_REQUESTS, self.requests[uuid])
