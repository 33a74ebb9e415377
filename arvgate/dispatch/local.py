"""
The dispatcher of this node: locks what is queued, starts a runner for it, and ends what lost its runner.

Nothing runs twice and nothing runs on: a record is given up, or its container started anew, only when everything that
an earlier runner left on the node is ended.  Decisions are made one round after another, never two at once.  Not
here: which container is next (L{arvgate.policy.placement}) and what a runner does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from arvgate.dispatch.attendance import Attendance
from arvgate.dispatch.given_back import GivenBack
from arvgate.dispatch.kept import Kept
from arvgate.dispatch.launching import Launch, LaunchOptions, Terms, env_document
from arvgate.dispatch.ledger import Ledger
from arvgate.dispatch.leftovers import Leftovers
from arvgate.dispatch.lock_files import LockFiles
from arvgate.dispatch.orphans import Orphans
from arvgate.dispatch.reasons import Reasons
from arvgate.errors import EngineFailed, StoreUnavailable
from arvgate.interfaces import IChangeFeed, INode, IRecords
from arvgate.model.changes import Change
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Record
from arvgate.policy.container_states import IN_CYCLE
from arvgate.policy.placement import Capacity, Placement, Waiting, place
from arvgate.policy.terms import idle_timeout
from arvgate.policy.user_limits import NO_LIMITS, Need, UserLimits, output_left

__all__ = ["LocalDispatcher"]

_log = Logger()

#: Seconds between two rounds without any change; a dead runner is noticed that soon.
_INTERVAL: Final = 2.0

_RUNNER_DIED: Final = "The container's runner died; the container was ended with it."
_SILENT: Final = (
    "Docker does not answer; this container's runner died, and what it ran is ended as soon as Docker does."
)
_NOT_ENDED: Final = "This container's runner died, and Docker could not end what it ran; that is tried again."
_WAITS_FOR_ENGINE: Final = "Docker does not answer on this node; this container waits until it does."
_WAITS_FOR_END: Final = "What an earlier attempt left on this node is not ended yet; this container waits for that."


class LocalDispatcher:
    """
    Dispatches to runners on this machine.

    @param secret: AuthSecret of a container's UUID and lock_count.
    @param launch: starts a runner; see L{Launch}.
    @param limits: of each user on this node.
    @param node: what the engine has there; None for one whose jobs always end with their runner.
    @ivar last_round: when the last round was over that did not fail.
    @param kept: what is kept there of containers that have ended; None: nothing is.
    """

    def __init__(
        self,
        clock: IReactorTime,
        records: IRecords,
        feed: IChangeFeed,
        system: Principal,
        secret: Callable[[str, int], str],
        capacity: Capacity,
        options: LaunchOptions,
        launch: Launch,
        lock_files: LockFiles,
        *,
        limits: UserLimits = NO_LIMITS,
        node: INode | None = None,
        kept: Kept | None = None,
    ) -> None:
        self._clock = clock
        self._ledger = Ledger(records, system)
        self._feed = feed
        self._secret = secret
        self._capacity = capacity
        self._options = options
        self._launch = launch
        self._limits = limits
        self._kept = kept
        self._attendance = Attendance(clock, lock_files)
        self._orphans = Orphans(clock, node, self._attendance.has_runner)
        self._given_back = GivenBack()
        self._reasons = Reasons(self._ledger)
        self._leftovers = Leftovers(options.jobs)
        self._round: Deferred[None] | None = None
        self._again = False
        self._next: IDelayedCall | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self.last_round: float = clock.seconds()

    def start(self) -> None:
        """Begin with a round, and make one after every change of containers."""
        self._unsubscribe = self._feed.subscribe(self._changed)
        self._begin()

    async def stop(self) -> None:
        """Let the present round come to its end, without waiting for an engine; runners live on."""
        self._unsubscribe()
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._next = None
        self._again = False
        round_, self._round = self._round, None
        if round_ is not None:
            self._orphans.abandon()
            await round_

    def _changed(self, changes: Sequence[Change]) -> None:
        if any(change.kind in ("*", "containers") for change in changes):
            self._begin()

    def _begin(self) -> None:
        if self._round is not None:
            self._again = True
            return
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._again = False
        self._round = Deferred.fromCoroutine(self._turn())
        self._round.addCallback(self._over)

    def _over(self, _: None) -> None:
        if self._round is None:
            return
        self._round = None
        self._next = self._clock.callLater(0 if self._again else _INTERVAL, self._begin)

    async def _turn(self) -> None:
        try:
            await self.round()
            self.last_round = self._clock.seconds()
        except CancelledError:
            pass
        except StoreUnavailable as error:
            _log.warn("the dispatcher waits for the records: {detail}", detail=error.detail)
        except Exception:
            _log.failure("a round of the dispatcher failed")

    async def round(self) -> None:
        """Look at everything once, and do what is to be done."""
        deserted = self._attendance.deserted()
        running = await self._look_after_those_that_run(deserted)
        queued = await self._ledger.containers(Filter("state", "=", "Queued"), Filter("priority", ">", 0))
        self._given_back.queued({record["uuid"]: record["lock_count"] for record in queued}, self._clock.seconds())
        self._given_back.keep({record["uuid"] for record in (*running, *queued)})
        self._tidy(deserted)
        outputs = await self._used_outputs(queued)
        placement = await self._place(queued, [_need(record) for record in running], outputs)
        for uuid, reason in placement.refused:
            await self._ledger.cancel(uuid, reason)
        reasons = {**placement.held, **self._obstacles(placement.start)}
        started = [uuid for uuid in placement.start if uuid not in reasons]
        gone = {*started, *(uuid for uuid, _ in placement.refused)}
        await self._reasons.tell(queued, reasons, lambda uuid: uuid in gone or self._given_back.knows(uuid))
        by_uuid = {record["uuid"]: record for record in queued}
        for uuid in started:
            await self._start(by_uuid[uuid], outputs)
        if self._kept is not None:
            await self._kept.expire({record["uuid"] for record in (*running, *queued)})

    async def _look_after_those_that_run(self, deserted: Collection[str]) -> list[Record]:
        """End or queue again what has no runner; what is left takes room on the node."""
        records = await self._ledger.containers(Filter("state", "in", sorted(IN_CYCLE)))
        running: list[Record] = []
        lost: list[Record] = []
        for record in records:
            if self._attendance.attends(record):
                running.append(record)
                self._note(record)
            elif (present := await self._still_so(record)) is not None:
                lost.append(present)
        self._attendance.settle({record["uuid"] for record in records})
        await self._sweep(bool(lost or deserted))
        for record in lost:
            if not await self._gave_up(record):
                running.append(record)
        return running

    async def _sweep(self, wanted: bool) -> None:
        """End what has no runner; an engine that has come back has room again for what was given back meanwhile."""
        answered = self._orphans.answers
        await self._orphans.sweep(wanted or self._given_back.any_waits)
        if self._orphans.answers and not answered:
            self._given_back.room_was_made()

    def _note(self, record: Record) -> None:
        if record["state"] == "Locked":
            self._given_back.locked(record["uuid"], record["lock_count"])
        else:
            self._given_back.running(record["uuid"])

    async def _still_so(self, record: Record) -> Record | None:
        # A runner reports the end before it lets go of its file: who is still running now has lost it.
        present = await self._ledger.present(record["uuid"])
        if present is None or present["lock_count"] != record["lock_count"] or present["state"] not in IN_CYCLE:
            return None
        return present

    async def _gave_up(self, record: Record) -> bool:
        """End the record of a container without runner, or queue it again; not before the container is ended."""
        uuid = record["uuid"]
        if not self._orphans.is_gone(uuid):
            await self._ledger.warn(record, _NOT_ENDED if self._orphans.answers else _SILENT)
            return False
        if record["state"] == "Running":
            await self._ledger.cancel(uuid, _RUNNER_DIED)
        else:
            await self._unlock(uuid)
        return True

    async def _used_outputs(self, queued: Sequence[Record]) -> Mapping[str, int]:
        """Bytes of the outputs of those who have something queued, if it matters."""
        if self._kept is None or not self._limits.output:
            return {}
        return await self._kept.outputs_of({_user(record) for record in queued})

    async def _place(self, queued: Sequence[Record], running: Sequence[Need], outputs: Mapping[str, int]) -> Placement:
        users = {_user(record) for record in queued} if self._capacity.admins_only else set()
        admins = await self._ledger.admins(users)
        now = self._clock.seconds()
        waiting = [
            _waiting(record, _user(record) in admins)
            for record in queued
            if not self._given_back.waits(record["uuid"], now)
        ]
        return place(waiting, running, self._capacity, self._limits, outputs)

    def _obstacles(self, uuids: Sequence[str]) -> dict[str, str]:
        """Why some of those whose turn it is cannot be started now."""
        if not self._orphans.answers:
            return dict.fromkeys(uuids, _WAITS_FOR_ENGINE)
        return {uuid: _WAITS_FOR_END for uuid in uuids if not self._orphans.is_gone(uuid)}

    async def _unlock(self, uuid: str) -> None:
        self._given_back.undone(uuid)
        await self._ledger.unlock(uuid)

    async def _start(self, record: Record, outputs: Mapping[str, int]) -> None:
        """Lock it and start its runner; without a runner it is unlocked at once."""
        uuid = record["uuid"]
        if self._attendance.has_runner(uuid):
            return  # The runner of an earlier cycle is still ending what it ran.
        terms = Terms(
            idle_timeout=idle_timeout(await self._ledger.requests_of(uuid)),
            output_max_bytes=output_left(outputs.get(_user(record), 0), self._limits),
        )
        locked = await self._ledger.lock(uuid)
        if locked is None:
            return
        count, token = locked
        document = env_document(self._options, uuid, count, token, self._secret(uuid, count), terms)
        try:
            self._attendance.launched(uuid, self._launch(uuid, document))
        except EngineFailed as error:
            _log.error("{sentence} {detail}", sentence=error.sentence, detail=error.detail)
            await self._unlock(uuid)
        else:
            self._given_back.locked(uuid, count)
            _log.info("container {uuid}: runner started for attempt {count}", uuid=uuid, count=count)

    def _tidy(self, deserted: Collection[str]) -> None:
        """Remove lock files that nobody holds and what killed runners left, once nothing uses it any more."""
        for uuid in sorted(deserted):
            if not self._orphans.is_gone(uuid):
                continue
            try:
                cleared = self._attendance.clear(uuid, self._leftovers.set_aside)
            except OSError as error:
                _log.warn("what the runner of {uuid} left cannot be cleared away: {error}", uuid=uuid, error=error)
                continue
            if cleared and not self._given_back.knows(uuid) and self._given_back.room_was_made():
                self._again = True
        self._leftovers.remove()


def _waiting(record: Record, by_admin: bool) -> Waiting:
    return Waiting(record["uuid"], record["priority"], record["created_at"], _need(record), by_admin)


def _need(record: Record) -> Need:
    constraints = record["runtime_constraints"] or {}
    ram = int(constraints.get("ram") or 0) + int(constraints.get("keep_cache_ram") or 0)
    return Need(vcpus=int(constraints.get("vcpus") or 0), ram=ram, user_uuid=_user(record))


def _user(record: Record) -> str:
    return record["runtime_user_uuid"] or ""
