"""
The life of one container under its runner: from the locked record to the report of its end.

Straight on: look at the record, decide, start the job, open the door, report Running, watch, end everything, keep the
output, report the end.  A cycle that the API says is over ends the job without a report.  Not here: the lock file and
everything else that belongs to the process (L{arvgate.cli.runner}), and what is watched (L{arvgate.runner.watches}).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import attrs
from twisted.internet.task import deferLater
from twisted.logger import Logger

from arvgate.errors import ArvgateError, Ended, EngineBusy, EngineFailed, EngineRefused, Invalid
from arvgate.interfaces import IContainerApi, IEngine, IJob
from arvgate.model.records import Record
from arvgate.runner.env_document import EnvDocument
from arvgate.runner.outcome import Outcome, verdict_of
from arvgate.runner.plan import ApiAccess, MakePlan, Places, Plan
from arvgate.runner.waiting import Once, first
from arvgate.runner.watches import Occupied, RuntimeStatus, Watches, record_ended
from arvgate.runner.web_addresses import with_addresses

__all__ = ["Door", "Lifecycle", "OnNode", "RunnerIdentity", "StartDoor"]

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


class Door(Occupied, Protocol):
    """What lets traffic into a job."""

    @property
    def address(self) -> str:
        """C{gateway_address} for the record."""

    async def stop(self) -> None:
        """Let nobody in any more; returns when all connections are closed."""


#: Opens the door of a job.
StartDoor = Callable[[IJob, RunnerIdentity], Awaitable[Door]]


@attrs.frozen
class OnNode:
    """
    What is done on the node around a job.

    @ivar make_plan: for the engine that is used.
    @ivar prepare: makes the directories of a plan for a record; raises EngineFailed.
    @ivar output_size: bytes of the output now.
    @ivar keep_output: keeps the output of a job that has ended and says what is missing of it; raises EngineFailed.
    @ivar clean_up: removes the directories again, also those of a job that never started.
    @ivar announce: writes a line to the container's log.
    @ivar recognisable: whether a gateway can still find this runner; if not, its container is ended, since nothing
        else ever would.
    """

    make_plan: MakePlan
    prepare: Callable[[Plan, Record], Awaitable[None]]
    start_door: StartDoor
    output_size: Callable[[Plan], Awaitable[int]]
    keep_output: Callable[[Plan, Record], Awaitable[str]]
    clean_up: Callable[[Plan], Awaitable[None]]
    announce: Callable[[Plan, str], None]
    recognisable: Callable[[], bool]


class Lifecycle:
    """
    One container from its locked record to its end.

    @param clock: IReactorTime.
    """

    log = Logger()

    def __init__(self, clock: Any, document: EnvDocument, api: IContainerApi, engine: IEngine, on_node: OnNode) -> None:
        self._clock = clock
        self._document = document
        self._api = api
        self._engine = engine
        self._on_node = on_node
        self._asked: Once[None] = Once()
        self._status = RuntimeStatus()
        self._record: Record = {}

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
        await self._api.update(outcome.attributes(self._status.known))

    async def _forgotten(self) -> Any:
        """Never ends but by raising Ended, when no gateway can find this runner any more."""
        while self._on_node.recognisable():
            await deferLater(self._clock, self._document.poll_interval)
        raise Ended("The cluster that this container belongs to is gone.", detail="the lock file was removed")

    async def _live(self) -> Outcome:
        early: Plan | Outcome = await first(self._plan(), self._told_to_stop())
        if isinstance(early, Outcome):
            return early
        try:
            return await self._start(early)
        finally:
            await self._on_node.clean_up(early)

    async def _start(self, plan: Plan) -> Outcome:
        try:
            await self._on_node.prepare(plan, self._record)
            if self._asked.arrived:
                return Outcome("Cancelled", error=_STOPPED)
            # It may take long: an image may have to be pulled.
            job = await first(self._job(plan), self._told_to_stop(), self._record_ended())
        except EngineBusy as error:
            self.log.warn("The container waits: {error} {detail}", error=error.sentence, detail=error.detail)
            return Outcome("Queued", warning=error.sentence)
        except (EngineRefused, EngineFailed) as error:
            return self._failure(error)
        if isinstance(job, Outcome):
            return job
        try:
            outcome = await self._run_job(job, plan)
        finally:
            await job.stop(self._document.stop_grace)
        return await self._with_output_kept(plan, outcome)

    async def _job(self, plan: Plan) -> IJob | Outcome:
        return await self._engine.start(plan.job)

    async def _with_output_kept(self, plan: Plan, outcome: Outcome) -> Outcome:
        if not plan.output:
            return outcome
        try:
            missing = await self._on_node.keep_output(plan, self._record)
        except EngineFailed as error:
            self.log.error("The output is not kept: {error} {detail}", error=error.sentence, detail=error.detail)
            return attrs.evolve(outcome, error=outcome.error or error.sentence)
        return attrs.evolve(outcome, warning=outcome.warning or missing)

    async def _plan(self) -> Plan | Outcome:
        document = self._document
        self._record = record = await self._api.get()
        if verdict_of(record, document) is not None or record["state"] != "Locked":
            # On hold it goes back to the queue, which is for the dispatcher to do; and none runs under two runners.
            raise Ended("This container is not to be started now.", detail=f"state {record['state']}")
        self._status.known = record.get("runtime_status") or {}
        api: ApiAccess | None = None
        if (record.get("runtime_constraints") or {}).get("API"):
            api = ApiAccess(document.container_api_host, await self._api.container_token(), document.api_ca)
        places = Places(document.work_directory, document.log_directory, document.log_max_bytes)
        try:
            return self._on_node.make_plan(with_addresses(record, document.port_address), places, api)
        except (EngineRefused, Invalid) as error:
            return self._failure(error)

    def _failure(self, error: ArvgateError) -> Outcome:
        self.log.error("The container was not started: {error} {detail}", error=error.sentence, detail=error.detail)
        return Outcome("Cancelled", error=error.sentence)

    async def _run_job(self, job: IJob, plan: Plan) -> Outcome:
        document = self._document
        identity = RunnerIdentity(
            document.container_uuid,
            document.lock_count,
            document.gateway_host,
            document.gateway_port,
            document.auth_secret,
        )
        try:
            door = await self._on_node.start_door(job, identity)
        except OSError as error:
            return self._failure(EngineFailed("The container's runner cannot listen.", detail=str(error)))
        try:
            outcome: Outcome = await self._attend(job, plan, door)
            return outcome
        finally:
            await door.stop()

    async def _attend(self, job: IJob, plan: Plan, door: Door) -> Outcome:
        # A job that ends at once is still reported Running first: there is no other way to Complete.
        told: Outcome | None = await first(self._report_running(door.address), self._told_to_stop())
        if told is not None:
            return told
        watches = self._watches(job, plan)
        ended: Outcome = await first(
            watches.job_ended(),
            self._record_ended(),
            watches.time_is_up(),
            watches.abandoned(door),
            watches.output_too_large(),
            watches.reports(),
            self._told_to_stop(),
        )
        return ended

    def _watches(self, job: IJob, plan: Plan) -> Watches:
        parameters = self._record.get("scheduling_parameters") or {}
        on_node = self._on_node
        return Watches(
            self._clock,
            self._document,
            self._api,
            job,
            self._status,
            float(parameters.get("max_run_time") or 0),
            lambda: on_node.output_size(plan),
            lambda line: on_node.announce(plan, line),
        )

    async def _report_running(self, address: str) -> Outcome | None:
        await self._api.update({"state": "Running", "gateway_address": address})
        self.log.info("Container {uuid} runs at {address}", uuid=self._document.container_uuid, address=address)
        return None

    async def _record_ended(self) -> Any:
        return await record_ended(self._clock, self._document, self._api, self._status)

    async def _told_to_stop(self) -> Any:
        await self._asked.wait()
        return Outcome("Cancelled", error=_STOPPED)
