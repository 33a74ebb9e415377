"""
What is watched while a job runs: its end, its record, its times, its output, its ports.

Each watch ends with an outcome, or never.  Not here: which of them comes first (L{arvgate.runner.lifecycle}).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NoReturn, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from arvgate.interfaces import IContainerApi, IJob
from arvgate.runner.env_document import EnvDocument
from arvgate.runner.outcome import Outcome, outcome_of, verdict_of

__all__ = ["Occupied", "RuntimeStatus", "Watches", "record_ended"]

#: Seconds between two looks at the output's size, at least.
_OUTPUT_INTERVAL: Final = 10.0
#: A look that takes long is made less often: the pause is so many times as long.
_OUTPUT_SHARE: Final = 20.0


class Occupied(Protocol):
    """What knows whether somebody is connected."""

    @property
    def idle_since(self) -> float | None:
        """When the last user left, by the reactor's clock; None while somebody is connected."""


class RuntimeStatus:
    """
    C{runtime_status} as the record was last seen to have it; the container itself writes to it too.

    @ivar known: keys to texts.
    """

    def __init__(self) -> None:
        self.known: Mapping[str, Any] = {}

    def with_warning(self, warning: str) -> Mapping[str, Any]:
        """The same with another warning; empty: with none."""
        rest = {name: text for name, text in self.known.items() if name != "warning"}
        return {**rest, "warning": warning} if warning else rest


async def record_ended(clock: Any, document: EnvDocument, api: IContainerApi, status: RuntimeStatus) -> Outcome:
    """
    The record says that the container is to end, whether it has started or not.

    @param clock: IReactorTime.
    @raise Ended: the record is no longer this cycle's.
    """
    while True:
        await deferLater(clock, document.poll_interval)
        record = await api.get()
        status.known = record.get("runtime_status") or {}
        verdict = verdict_of(record, document)
        if verdict is not None:
            return verdict


class Watches:
    """
    The watches over one running job.

    @param clock: IReactorTime.
    @param max_run_time: seconds; 0: no limit.
    @param output_size: bytes of its output now.
    @param announce: writes a line to the container's log.
    """

    def __init__(
        self,
        clock: Any,
        document: EnvDocument,
        api: IContainerApi,
        job: IJob,
        status: RuntimeStatus,
        max_run_time: float,
        output_size: Callable[[], Awaitable[int]],
        announce: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._document = document
        self._api = api
        self._job = job
        self._status = status
        self._max_run_time = max_run_time
        self._output_size = output_size
        self._announce = announce
        self._told = ""

    async def job_ended(self) -> Outcome:
        """The job ends, by itself or since it was told to."""
        return outcome_of(await self._job.wait(), self._told)

    async def time_is_up(self) -> Outcome:
        """The job has run as long as its request allows."""
        if not self._max_run_time:
            return await _never()
        await deferLater(self._clock, self._max_run_time)
        reason = f"The container has run for {self._max_run_time:.0f} seconds, which is its max_run_time."
        self._announce(reason)
        return Outcome("Cancelled", error=reason)

    async def abandoned(self, door: Occupied) -> Outcome:
        """
        Nobody was connected for as long as the container's requests allow: it is told to end.

        Never answers: the job's own end does.
        """
        timeout = self._document.idle_timeout
        if not timeout:
            return await _never()
        while True:
            since = door.idle_since
            left = timeout if since is None else timeout - (self._clock.seconds() - since)
            if left <= 0:
                break
            await deferLater(self._clock, left)
        self._told = f"Nobody was connected for {timeout:.0f} seconds (arvgate:idle_timeout): the container was ended."
        self._announce(self._told)
        await self._job.stop(self._document.stop_grace)
        return await _never()

    async def output_too_large(self) -> Outcome:
        """The job has written more output than there is room for."""
        limit = self._document.output_max_bytes
        if not limit:
            return await _never()
        pause = _OUTPUT_INTERVAL
        while True:
            await deferLater(self._clock, pause)
            begun = self._clock.seconds()
            size = await self._output_size()
            if size > limit:
                break
            pause = max(_OUTPUT_INTERVAL, _OUTPUT_SHARE * (self._clock.seconds() - begun))
        reason = f"The container's output takes {size} bytes; there is room for {limit} of it on this node."
        self._announce(reason)
        return Outcome("Cancelled", error=reason)

    async def reports(self) -> NoReturn:
        """Ports and troubles of the job are reported as they change; never ends."""
        ports: list[int] = []
        warning = ""
        while True:
            changed: dict[str, Any] = {}
            found = sorted({one.port for one in await self._job.listening()})
            if found != ports:
                changed["listening_ports"] = ports = found
            if self._job.warning != warning:
                warning = self._job.warning
                changed["runtime_status"] = self._status.known = self._status.with_warning(warning)
            if changed:
                await self._api.update(changed)
            await deferLater(self._clock, self._document.ports_interval)


async def _never() -> NoReturn:
    await Deferred()
    raise AssertionError("nobody ends this wait")
