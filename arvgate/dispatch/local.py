"""
The dispatcher of this node: locks what is queued, starts a runner for it, and ends what lost its runner.

A runner that lives is recognised by the lock file that it holds, whoever started it; a container without one is ended
after a moment of grace.  Decisions are made one round after another, never two at once.  Not here: which container is
next (L{arvgate.policy.placement}) and what a runner does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from arvgate.dispatch.launching import ILaunched, Launch, LaunchOptions, env_document
from arvgate.dispatch.leftovers import Leftovers
from arvgate.dispatch.lock_files import LockFiles
from arvgate.errors import ArvgateError, EngineFailed, NotFound, StoreUnavailable
from arvgate.interfaces import IChangeFeed, IRecords
from arvgate.model.changes import Change
from arvgate.model.kinds import CONTAINERS, USERS
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Query, Record
from arvgate.model.tokens import IssuedToken
from arvgate.policy.placement import Capacity, Need, Waiting, place

__all__ = ["LocalDispatcher"]

_log = Logger()

#: Seconds between two rounds without any change; a dead runner is noticed that soon.
_INTERVAL = 2.0
#: Seconds that a container may be locked without a runner of ours: another process may just be starting one.
_GRACE = 10.0
_RUNNER_DIED = "The container's runner died; the container was ended with it."
_PAGE = 1000


class LocalDispatcher:
    """
    Dispatches to runners on this machine.

    @param secret: AuthSecret of a container's UUID and lock_count.
    @param launch: starts a runner; see L{Launch}.
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
    ) -> None:
        self._clock = clock
        self._records = records
        self._feed = feed
        self._system = system
        self._secret = secret
        self._capacity = capacity
        self._options = options
        self._launch = launch
        self._lock_files = lock_files
        self._leftovers = Leftovers(options.jobs)
        self._launched: dict[str, ILaunched] = {}
        self._doubted: dict[str, float] = {}
        self._round: Deferred[None] | None = None
        self._again = False
        self._next: IDelayedCall | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin with a round, and make one after every change of containers."""
        self._unsubscribe = self._feed.subscribe(self._changed)
        self._begin()

    async def stop(self) -> None:
        """Let the present round come to its end; runners live on."""
        self._unsubscribe()
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._next = None
        self._again = False
        round_, self._round = self._round, None
        if round_ is not None:
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
        except CancelledError:
            pass
        except StoreUnavailable as error:
            _log.warn("the dispatcher waits for the records: {detail}", detail=error.detail)
        except Exception:
            _log.failure("a round of the dispatcher failed")

    async def round(self) -> None:
        """Look at everything once, and do what is to be done."""
        running: list[Need] = []
        for record in await self._list(Filter("state", "in", ["Locked", "Running"])):
            if await self._is_attended(record):
                running.append(_need(record))
        queued = await self._list(Filter("state", "=", "Queued"), Filter("priority", ">", 0))
        admins = await self._admins({record["runtime_user_uuid"] or "" for record in queued})
        waiting = [_waiting(record, (record["runtime_user_uuid"] or "") in admins) for record in queued]
        placement = place(waiting, running, self._capacity)
        for uuid, reason in placement.refused:
            await self._cancel(uuid, reason)
        for uuid in placement.start:
            await self._start(uuid)
        self._tidy()

    async def _list(self, *filters: Filter) -> list[Record]:
        query = Query(filters=filters, order=(("priority", "desc"),), limit=_PAGE, count=False)
        page = await self._records.list(CONTAINERS, query, self._system)
        return [dict(item) for item in page.items]

    async def _admins(self, users: Collection[str]) -> Collection[str]:
        """Those of C{users} who are administrators; nobody if it does not matter."""
        found: set[str] = set()
        for uuid in users if self._capacity.admins_only else ():
            try:
                if (await self._records.get(USERS, uuid, self._system))["is_admin"]:
                    found.add(uuid)
            except NotFound:
                continue
        return found

    async def _is_attended(self, record: Record) -> bool:
        """Whether a runner lives for it; if none does, it is ended or queued again."""
        uuid = record["uuid"]
        launched = self._launched.get(uuid)
        starting = record["state"] == "Locked" and launched is not None and launched.alive()
        if starting or self._lock_files.is_held(uuid):
            self._doubted.pop(uuid, None)
            return True
        if record["state"] == "Locked" and launched is None:
            since = self._doubted.setdefault(uuid, self._clock.seconds())
            if self._clock.seconds() - since < _GRACE:
                return True
        # A runner reports the end before it lets go of its file: who is still running now has lost it.
        try:
            present = await self._records.get(CONTAINERS, uuid, self._system)
        except NotFound:
            return False
        if present["lock_count"] != record["lock_count"] or present["state"] not in ("Locked", "Running"):
            return False
        self._doubted.pop(uuid, None)
        if present["state"] == "Running":
            await self._cancel(uuid, _RUNNER_DIED)
        else:
            await self._unlock(uuid)
        return False

    async def _cancel(self, uuid: str, reason: str) -> None:
        _log.warn("container {uuid} is cancelled: {reason}", uuid=uuid, reason=reason)
        await self._write(uuid, {"state": "Cancelled", "runtime_status": {"error": reason}})

    async def _write(self, uuid: str, attributes: dict[str, Any]) -> None:
        try:
            await self._records.update(CONTAINERS, uuid, attributes, self._system)
        except StoreUnavailable:
            raise
        except ArvgateError as error:
            _log.info("container {uuid} has moved on: {sentence}", uuid=uuid, sentence=error.sentence)

    async def _unlock(self, uuid: str) -> None:
        _log.warn("container {uuid} was locked and has no runner: it is queued again", uuid=uuid)
        try:
            await self._records.unlock(uuid, self._system)
        except StoreUnavailable:
            raise
        except ArvgateError as error:
            _log.info("container {uuid} has moved on: {sentence}", uuid=uuid, sentence=error.sentence)

    async def _start(self, uuid: str) -> None:
        """Lock it and start its runner; without a runner it is unlocked at once."""
        if self._lock_files.is_held(uuid):
            return  # The runner of an earlier cycle is still ending what it ran.
        try:
            token = await self._records.mint_lock_token(uuid)
            record = await self._records.lock(uuid, self._holder(token))
        except StoreUnavailable:
            raise
        except ArvgateError as error:
            _log.info("container {uuid} was not locked: {sentence}", uuid=uuid, sentence=error.sentence)
            return
        lock_count = record["lock_count"]
        document = env_document(self._options, uuid, lock_count, token, self._secret(uuid, lock_count))
        try:
            self._launched[uuid] = self._launch(uuid, document)
        except EngineFailed as error:
            _log.error("{sentence} {detail}", sentence=error.sentence, detail=error.detail)
            await self._unlock(uuid)
        else:
            _log.info("container {uuid}: runner started for attempt {count}", uuid=uuid, count=lock_count)

    def _holder(self, token: IssuedToken) -> Principal:
        system = self._system
        return Principal(system.user_uuid, token.uuid, is_admin=True, scopes=("all",), expires_at=token.expires_at)

    def _tidy(self) -> None:
        """Take in runners that have exited; remove lock files that nobody holds and what killed runners left."""
        for uuid, launched in list(self._launched.items()):
            if not launched.alive():
                del self._launched[uuid]
        for uuid in self._lock_files.containers():
            if uuid in self._launched:
                continue
            try:
                self._lock_files.remove(uuid, self._leftovers.set_aside)
            except OSError as error:
                _log.warn("what the runner of {uuid} left cannot be cleared away: {error}", uuid=uuid, error=error)
        self._leftovers.remove()


def _waiting(record: Record, by_admin: bool) -> Waiting:
    return Waiting(record["uuid"], record["priority"], record["created_at"], _need(record), by_admin)


def _need(record: Record) -> Need:
    constraints = record["runtime_constraints"] or {}
    ram = int(constraints.get("ram") or 0) + int(constraints.get("keep_cache_ram") or 0)
    return Need(vcpus=int(constraints.get("vcpus") or 0), ram=ram)
