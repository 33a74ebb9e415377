"""
The demo's life: a gateway in this process, the sample app in a container, and the end of both.

Not here: the command and the reactor (L{arvgate.cli.demo}), and the app (L{arvgate.cli.sample_app}).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import attrs
from twisted.application.service import IService
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool

from arvgate.cli import sample_app
from arvgate.cli.client import ApiClient
from arvgate.cli.cookie_file import cookie_file
from arvgate.cli.init import Created
from arvgate.cli.lookup import note_of
from arvgate.cli.open import link_to
from arvgate.cli.run import RunOptions, container_request
from arvgate.cli.settings import Settings
from arvgate.cli.surroundings import Surroundings
from arvgate.config.files import read_config
from arvgate.config.initial import write_secret
from arvgate.config.model import Config
from arvgate.dispatch.lock_files import LockFiles
from arvgate.errors import ArvgateError, EngineFailed, NotReady, PeerFault

__all__ = ["DemoCluster", "Ready"]

_T = TypeVar("_T")

#: Seconds for each step of the start, and for all of the end; seconds between two looks.
_START: Final = 60.0
_END: Final = 20.0
_LOOK: Final = 0.2


@attrs.frozen
class Ready:
    """
    What the demo shows when everything runs.

    @ivar link: opens the app in a browser, once.
    @ivar address: the app's, for those who have the cookie.
    @ivar cookies: file with the cookie.
    """

    link: str = attrs.field(repr=False)
    address: str
    cookies: Path


class DemoCluster:
    """
    One demo.

    @param make_service: as L{arvgate.service.make_service}.
    @param image: in which this Python and the sample app are at their places here; plain processes need none.
    @param app_address: what the sample app listens on.
    """

    def __init__(
        self,
        reactor: Any,
        created: Created,
        surroundings: Surroundings,
        make_service: Callable[[Config, Any], IService],
        image: str = "any",
        app_address: str = "127.0.0.1",
    ) -> None:
        self._reactor = reactor
        self._created = created
        self._surroundings = surroundings
        self._make_service = make_service
        self._image = image
        self._app_address = app_address
        self._service: IService | None = None
        self._last_step: Deferred[None] = succeed(None)
        host, _, port = created.cluster.api_host.rpartition(":")
        self._client = ApiClient(Settings(host, int(port), created.admin_token, ca_file=str(created.files.ca)))

    async def start(self, app_port: int) -> Ready:
        """
        Start the gateway, and the sample app in a container, and wait until it can be seen.

        @param app_port: a free port for the app.
        @raise ArvgateError: something of it failed or took too long.
        """
        config = await self._in_thread(lambda: read_config(str(self._created.files.config)))
        self._service = self._make_service(config, self._reactor)
        await maybeDeferred(self._service.privilegedStartService)
        await maybeDeferred(self._service.startService)
        await self._until(self._answers, "The gateway does not answer")
        request = await self._in_thread(lambda: self._submit(app_port))
        uuid = await self._until(lambda: self._running(request), "The container does not run")
        ready, cookie = await self._in_thread(lambda: self._enter(uuid, app_port))
        await self._until(lambda: self._shows_page(ready.address, cookie), "The sample app does not answer")
        return ready

    async def stop(self) -> None:
        """End all containers, then the gateway."""
        if self._service is None:
            return
        await self._last_step
        with suppress(ArvgateError):
            await self._in_thread(self._cancel_all)
            await self._until(self._all_final, "The containers do not end", _END)
        await self._end_runners()
        await maybeDeferred(self._service.stopService)

    # Each of these is a step in a worker thread.

    def _answers(self) -> bool:
        try:
            self._client.get("users/current")
        except (PeerFault, NotReady):
            return False
        return True

    def _submit(self, app_port: int) -> str:
        # Run by its path and isolated, so that it neither needs nor sees anything of this process.
        command = [sys.executable, "-I", str(Path(sample_app.__file__).resolve()), str(app_port), self._app_address]
        options = RunOptions(command, image=self._image, name="sample app", ports={app_port: False})
        body = {"container_request": container_request(options)}
        return str(self._client.post("container_requests", body)["uuid"])

    def _running(self, request_uuid: str) -> str | None:
        request = self._client.get(f"container_requests/{request_uuid}")
        uuid = request.get("container_uuid")
        container = self._client.get(f"containers/{uuid}") if uuid else None
        if request["state"] == "Final" or (container and container["state"] in ("Cancelled", "Complete")):
            raise EngineFailed(f"The sample app ended at once. {note_of(container)}".strip())
        return str(uuid) if container and container["state"] == "Running" else None

    def _enter(self, uuid: str, app_port: int) -> tuple[Ready, str]:
        """What a person needs, and the cookie for this process."""
        link = link_to(self._client, uuid, app_port)
        reply = self._client.navigate(link)
        parts = urlsplit(link)
        text = cookie_file(parts.hostname or "", reply.headers, self._surroundings.now())
        cookies = self._created.files.directory / "cookies.txt"
        write_secret(cookies, text.encode())
        fields = text.splitlines()[-1].split("\t")
        if len(fields) != 7:
            raise PeerFault(f"The gateway gave no cookie for its own link (status {reply.status}).")
        ready = Ready(link_to(self._client, uuid, app_port), f"https://{parts.netloc}/", cookies)
        return ready, f"{fields[5]}={fields[6]}"

    def _shows_page(self, address: str, cookie: str) -> bool:
        return self._client.navigate(address, cookie).status == 200

    def _cancel_all(self) -> None:
        for uuid in self._committed():
            self._client.patch(f"container_requests/{uuid}", {"container_request": {"priority": 0}})

    def _all_final(self) -> bool:
        states = {container["state"] for container in self._client.list_all("containers", select=["uuid", "state"])}
        return states <= {"Complete", "Cancelled", "Queued"}

    def _committed(self) -> Iterator[str]:
        filters = [["state", "=", "Committed"], ["priority", ">", 0]]
        for request in list(self._client.list_all("container_requests", filters=filters, select=["uuid"])):
            yield str(request["uuid"])

    async def _end_runners(self) -> None:
        """Wait for the runners' processes; those that stay are ended."""
        locks = LockFiles(self._created.files.state / "runners")
        for last_resort in (None, signal.SIGTERM, signal.SIGKILL):
            for _ in range(25):
                pids = _runner_pids(locks)
                if not pids:
                    return
                await deferLater(self._reactor, _LOOK)
            for pid in pids:
                if last_resort is not None:
                    with suppress(ProcessLookupError):
                        os.kill(pid, last_resort)

    async def _until(self, look: Callable[[], _T | None], otherwise: str, seconds: float = _START) -> _T:
        """What C{look} finds, once it finds something."""
        deadline = self._reactor.seconds() + seconds
        while True:
            found = await self._in_thread(look)
            if found:
                return found
            if self._reactor.seconds() >= deadline:
                raise NotReady(f"{otherwise}, for {seconds:.0f} seconds now.")
            await deferLater(self._reactor, _LOOK)

    def _in_thread(self, work: Callable[[], _T]) -> Deferred[_T]:
        """A step; cancelling leaves it to come to its end unheard, which L{stop} waits for."""
        ended: Deferred[None] = Deferred()
        self._last_step = ended

        def step() -> _T:
            try:
                return work()
            finally:
                self._reactor.callFromThread(ended.callback, None)

        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), step)


def _runner_pids(locks: LockFiles) -> list[int]:
    """The processes of the runners that live."""
    pids = []
    for uuid in locks.containers():
        if locks.is_held(uuid):
            with suppress(OSError, ValueError, KeyError, TypeError):
                pids.append(int(json.loads(locks.path(uuid).read_bytes())["pid"]))
    return pids
