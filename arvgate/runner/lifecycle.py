"""
The life of one container under its runner: from the locked record to the report of its end.

Straight on: look at the record, decide, start the job, open the door, report Running, watch, end everything, report
the end.  A cycle that the API says is over ends the job without a report.  Not here: the lock file and everything
else that belongs to the process (L{arvgate.cli.runner}).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import attrs
from twisted.internet.task import deferLater
from twisted.logger import Logger

from arvgate.errors import ArvgateError, Ended, EngineFailed, EngineRefused, Invalid
from arvgate.interfaces import IContainerApi, IEngine, IJob
from arvgate.model.records import Record
from arvgate.runner.env_document import EnvDocument
from arvgate.runner.plan import ApiAccess, Places, Plan, make_plan
from arvgate.runner.waiting import Once, first

__all__ = ["Door", "Lifecycle", "Outcome", "RunnerIdentity", "StartDoor", "verdict_of"]

_STOPPED: Final = "The container's runner was told to stop."


@attrs.frozen
class RunnerIdentity:
    """
    Whose door it is.

    @ivar host: where it listens and is reached; C{port} 0: a random one.
    @ivar auth_secret: AuthSecret of this cycle.
    """

    uuid: str
    lock_count: int
    host: str
    port: int
    auth_secret: str = attrs.field(repr=False)


class Door(Protocol):
    """What lets traffic into a job."""

    @property
    def address(self) -> str:
        """C{gateway_address} for the record."""

    async def stop(self) -> None:
        """Let nobody in any more; returns when all connections are closed."""


#: Opens the door of a job.
StartDoor = Callable[[IJob, RunnerIdentity], Awaitable[Door]]


@attrs.frozen
class Outcome:
    """
    How a container ended.

    @ivar state: C{Complete} or C{Cancelled}.
    @ivar error: for C{runtime_status}; empty: there is nothing to explain.
    """

    state: str
    exit_code: int | None = None
    error: str = ""

    def attributes(self, runtime_status: Mapping[str, Any]) -> dict[str, Any]:
        """What is reported, given the C{runtime_status} that the record has."""
        reported: dict[str, Any] = {"state": self.state}
        if self.exit_code is not None:
            reported["exit_code"] = self.exit_code
        if self.error:
            reported["runtime_status"] = {**runtime_status, "error": self.error}
        return reported


def verdict_of(record: Record, document: EnvDocument) -> Outcome | None:
    """
    What the record says of a running job: None if it may go on.

    @raise Ended: the record is no longer this cycle's.
    """
    ours = record["locked_by_uuid"] == document.api_token.uuid and record["lock_count"] == document.lock_count
    if not ours or record["state"] not in ("Locked", "Running"):
        raise Ended("This run of the container is over.", detail=f"the record is {record['state']}")
    if not record["priority"]:
        return Outcome("Cancelled")
    return None


class Lifecycle:
    """
    One container from its locked record to its end.

    @param clock: IReactorTime.
    @param prepare: makes the directories of a plan; raises EngineFailed.
    @param clean_up: removes them again, also those of a job that never started.
    @param recognisable: whether a gateway can still find this runner; if not, its container is ended, since nothing
        else ever would.
    """

    log = Logger()

    def __init__(
        self,
        clock: Any,
        document: EnvDocument,
        api: IContainerApi,
        engine: IEngine,
        start_door: StartDoor,
        prepare: Callable[[Plan], Awaitable[None]],
        clean_up: Callable[[Plan], Awaitable[None]],
        recognisable: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._document = document
        self._api = api
        self._engine = engine
        self._start_door = start_door
        self._prepare = prepare
        self._clean_up = clean_up
        self._recognisable = recognisable
        self._asked: Once[None] = Once()
        self._runtime_status: Mapping[str, Any] = {}

    def stop(self) -> None:
        """End the container and report it Cancelled; L{run} returns when that is done."""
        self._asked.arrive(None)

    async def run(self) -> bool:
        """Do all of it; whether the end was reported, which it is not if the cycle was over before."""
        uuid = self._document.container_uuid
        try:
            outcome = await first(self._live(), self._forgotten())
            self.log.info("Container {uuid} ended: {outcome}", uuid=uuid, outcome=outcome)
            await first(self._report(outcome), self._forgotten())
        except Ended as error:
            self.log.warn(
                "Container {uuid}: {sentence} ({detail})", uuid=uuid, sentence=error.sentence, detail=error.detail
            )
            return False
        return True

    async def _report(self, outcome: Outcome) -> None:
        await self._api.update(outcome.attributes(self._runtime_status))

    async def _forgotten(self) -> Any:
        """Never ends but by raising Ended, when no gateway can find this runner any more."""
        while self._recognisable():
            await deferLater(self._clock, self._document.poll_interval)
        raise Ended("The cluster that this container belongs to is gone.", detail="the lock file was removed")

    async def _live(self) -> Outcome:
        early = await first(self._plan(), self._told_to_stop())
        if isinstance(early, Outcome):
            return early
        try:
            return await self._start(early)
        finally:
            await self._clean_up(early)

    async def _start(self, plan: Plan) -> Outcome:
        try:
            await self._prepare(plan)
            if self._asked.arrived:
                return await self._told_to_stop()
            job = await self._engine.start(plan.job)
        except (EngineRefused, EngineFailed) as error:
            return self._failure(error)
        try:
            return await self._run_job(job)
        finally:
            await job.stop(self._document.stop_grace)

    async def _plan(self) -> Plan | Outcome:
        document = self._document
        record = await self._api.get()
        if verdict_of(record, document) is not None or record["state"] != "Locked":
            # On hold it goes back to the queue, which is for the dispatcher to do; and none runs under two runners.
            raise Ended("This container is not to be started now.", detail=f"state {record['state']}")
        self._runtime_status = record.get("runtime_status") or {}
        api: ApiAccess | None = None
        if (record.get("runtime_constraints") or {}).get("API"):
            api = ApiAccess(document.api_host, await self._api.container_token(), document.api_ca)
        places = Places(document.work_directory, document.log_directory, document.log_max_bytes)
        try:
            return make_plan(record, places, api)
        except (EngineRefused, Invalid) as error:
            return self._failure(error)

    def _failure(self, error: ArvgateError) -> Outcome:
        self.log.error("The container was not started: {error} {detail}", error=error.sentence, detail=error.detail)
        return Outcome("Cancelled", error=error.sentence)

    async def _run_job(self, job: IJob) -> Outcome:
        document = self._document
        identity = RunnerIdentity(
            document.container_uuid,
            document.lock_count,
            document.gateway_host,
            document.gateway_port,
            document.auth_secret,
        )
        try:
            door = await self._start_door(job, identity)
        except OSError as error:
            return self._failure(EngineFailed("The container's runner cannot listen.", detail=str(error)))
        try:
            return await self._attend(job, door.address)
        finally:
            await door.stop()

    async def _attend(self, job: IJob, address: str) -> Outcome:
        # A job that ends at once is still reported Running first: there is no other way to Complete.
        told = await first(self._report_running(address), self._told_to_stop())
        if told is not None:
            return told
        return await first(self._job_ended(job), self._record_ended(), self._watch_ports(job), self._told_to_stop())

    async def _report_running(self, address: str) -> Outcome | None:
        await self._api.update({"state": "Running", "gateway_address": address})
        self.log.info("Container {uuid} runs at {address}", uuid=self._document.container_uuid, address=address)
        return None

    async def _told_to_stop(self) -> Outcome:
        await self._asked.wait()
        return Outcome("Cancelled", error=_STOPPED)

    async def _job_ended(self, job: IJob) -> Outcome:
        status = await job.wait()
        if status.reason:
            return Outcome("Cancelled", error=status.reason)
        return Outcome("Complete", exit_code=status.code)

    async def _record_ended(self) -> Outcome:
        while True:
            await deferLater(self._clock, self._document.poll_interval)
            record = await self._api.get()
            self._runtime_status = record.get("runtime_status") or {}
            verdict = verdict_of(record, self._document)
            if verdict is not None:
                return verdict

    async def _watch_ports(self, job: IJob) -> Outcome:
        known: list[int] = []
        while True:
            ports = list(await job.listening_ports())
            if ports != known:
                await self._api.update({"listening_ports": ports})
                known = ports
            await deferLater(self._clock, self._document.ports_interval)
