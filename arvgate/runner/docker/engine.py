"""
The Docker engine: from a plan to a running container, or the reason why there is none.

Not here: what is asked of the daemon (L{arvgate.runner.docker.creation}) and what follows
(L{arvgate.runner.docker.job}).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final

import attrs
import docker
from docker.errors import APIError
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from zope.interface import implementer

from arvgate.errors import ArvgateError, EngineFailed
from arvgate.interfaces import IEngine, JobPlan
from arvgate.runner.docker.attachment import Attachment, attached_socket
from arvgate.runner.docker.creation import Circumstances, container_config, network_config
from arvgate.runner.docker.daemon import Daemon, DaemonRefused
from arvgate.runner.docker.first_process import executed
from arvgate.runner.docker.host_directories import open_binds
from arvgate.runner.docker.images import Images
from arvgate.runner.docker.job import DockerJob, Started, State
from arvgate.runner.docker.names import LOCK_COUNT, name_of
from arvgate.runner.docker.namespace import ContainerNetwork
from arvgate.runner.docker.output_files import OutputFiles
from arvgate.runner.docker.output_stream import OutputLog
from arvgate.runner.docker.refusals import DISK_FULL, exec_refusal, refusal_of
from arvgate.runner.docker.removal import remove, remove_container, remove_network

__all__ = ["DockerEngine"]

_CONFLICT: Final = 409


@implementer(IEngine)
class DockerEngine:
    """
    Runs containers in Docker.

    @param may_enter: this process may enter the networks of containers; without it their ports are reached by their
        addresses, and one without network gets a private one.
    @param randbelow: as C{secrets.randbelow}.
    """

    name = "docker"
    log = Logger()

    def __init__(
        self,
        reactor: Any,
        daemon: Daemon,
        images: Images,
        circumstances: Circumstances,
        may_enter: bool,
        randbelow: Callable[[int], int],
    ) -> None:
        self._reactor = reactor
        self._daemon = daemon
        self._images = images
        self._circumstances = attrs.evolve(circumstances, private_network=not may_enter)
        self._may_enter = may_enter
        self._randbelow = randbelow

    async def start(self, plan: JobPlan) -> DockerJob:
        """Start it; see L{IEngine.start}."""
        await self._images.ensure(plan.image)
        with ExitStack() as undo:
            try:
                started = await self._started(plan, undo)
            except BaseException:
                await self._daemon.settle()
                await self._undo(plan)
                raise
            undo.pop_all()
        job = DockerJob(self._reactor, self._daemon, started, self._randbelow)
        attending = Deferred.fromCoroutine(job.attend())
        attending.addErrback(lambda failure: self.log.failure("A job could not be followed", failure=failure))
        return job

    async def _started(self, plan: JobPlan, undo: ExitStack) -> Started:
        """Start it; C{undo} gets what is to be closed if that fails."""
        files = _open_files(plan)
        undo.callback(files.close)
        with ExitStack() as held:
            return await self._started_with(
                attrs.evolve(plan, binds=open_binds(plan.binds, held, os.getpid())), files, undo
            )

    async def _started_with(self, plan: JobPlan, files: OutputFiles, undo: ExitStack) -> Started:
        try:
            container = await self._daemon.run(lambda client: self._created(client, plan))
            attachment = await self._attached(container, plan, files)
            if attachment is not None:
                undo.callback(attachment.close)
            found: Any = await self._daemon.run(lambda client: _running(client, container))
        except DaemonRefused as error:
            raise refusal_of(plan.command[0], plan.cwd, error) from error
        state = State.of(found)
        network = ContainerNetwork(state.pid)
        undo.callback(network.close)
        process = _process(state.pid)
        if process is not None:
            undo.callback(os.close, process)
        if not await self._daemon.run(lambda client: executed(client, container, state.pid)):
            await self._check_execution(plan, container)
        return Started(
            container=container,
            name=name_of(plan.uuid),
            ram=plan.ram,
            state=state,
            process=process,
            network=network,
            log=OutputLog(self._reactor, self._daemon.path, container, files.logs),
            attachment=attachment,
            may_enter=self._may_enter,
            files=files,
        )

    def _created(self, client: docker.APIClient, plan: JobPlan) -> str:
        """Make the container, and its network if it needs one; what an earlier cycle left makes way."""
        if self._circumstances.private_network and not plan.network:
            remove_network(client, name_of(plan.uuid))
            client.create_network(**network_config(plan, self._circumstances))
        config = container_config(plan, self._circumstances)
        for last in (False, True):
            try:
                made: Any = client.create_container_from_config(  # type: ignore[no-untyped-call]
                    config, name_of(plan.uuid)
                )
                return str(made["Id"])
            except APIError as error:
                if last or error.status_code != _CONFLICT:
                    raise
                _make_way(client, plan)
        raise AssertionError("it was tried twice")

    async def _attached(self, container: str, plan: JobPlan, files: OutputFiles) -> Attachment | None:
        """The container's stdin, and those of its outputs that go to files as they are."""
        if not plan.stdin and not files.exact:
            return None
        outputs = frozenset({1: "stdout", 2: "stderr"}[stream] for stream in files.exact)
        sock = await self._daemon.run(lambda client: attached_socket(client, container, bool(plan.stdin), outputs))
        return Attachment(self._reactor, sock, files.take_stdin(), files.exact)

    async def _check_execution(self, plan: JobPlan, container: str) -> None:
        """
        The container has ended already.

        @raise CommandNotFound: since its command could not be executed.
        """
        found: Any = await self._daemon.run(lambda client: client.inspect_container(container))
        code = int(found["State"]["ExitCode"])
        if code in (126, 127):
            text = await self._daemon.run(lambda client: client.logs(container, stdout=False, stderr=True, tail=5))
            refusal = exec_refusal(plan.command[0], code, bytes(text).decode("utf-8", "replace"))
            if refusal is not None:
                raise refusal

    async def _undo(self, plan: JobPlan) -> None:
        """Nothing is left of a container that did not start; what cannot be removed now is found by its labels."""
        try:
            await self._daemon.run(lambda client: _make_way(client, plan))
            await remove(self._daemon, None, name_of(plan.uuid))
        except ArvgateError as error:
            self.log.warn("{name} is not removed: {detail}", name=name_of(plan.uuid), detail=error.detail)


def _open_files(plan: JobPlan) -> OutputFiles:
    try:
        return OutputFiles(plan)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise EngineFailed(DISK_FULL, detail=str(error)) from error
        raise EngineFailed("The container's log or stream cannot be opened.", detail=str(error)) from error


def _make_way(client: docker.APIClient, plan: JobPlan) -> None:
    """
    Remove what has the container's name, unless it is of a later cycle.

    @raise EngineFailed: it is.
    """
    name = name_of(plan.uuid)
    try:
        found: Any = client.inspect_container(name)
    except docker.errors.NotFound:
        return
    labels: Mapping[str, str] = found["Config"].get("Labels") or {}
    count = labels.get(LOCK_COUNT) or ""
    if count.isdecimal() and int(count) > plan.lock_count:
        raise EngineFailed(f"Another runner has a container {name}.", detail=f"labels {labels}")
    remove_container(client, found["Id"])


def _running(client: docker.APIClient, container: str) -> Any:
    client.start(container)
    return client.inspect_container(container)


def _process(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid) if pid else None
    except OSError:
        return None
