"""
What the dispatcher reads and writes of the records.

A container that has moved on meanwhile is none of its business any more: such refusals are logged, not raised.  Not
here: what to write (L{arvgate.dispatch.local}).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import Any, Final

from twisted.logger import Logger

from arvgate.errors import ArvgateError, NotFound, StoreUnavailable
from arvgate.interfaces import IRecords
from arvgate.model.kinds import CONTAINER_REQUESTS, CONTAINERS, USERS
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Kind, Query, Record
from arvgate.model.tokens import IssuedToken
from arvgate.policy.container_values import without_warning

__all__ = ["Ledger"]

_log = Logger()

_PAGE: Final = 1000

#: What a decision about a container rests on.
_CONTAINER_FIELDS: Final = (
    "uuid", "state", "priority", "created_at", "lock_count", "runtime_constraints", "runtime_user_uuid",
    "runtime_status",
)  # fmt: skip


class Ledger:
    """
    The records, as the system itself sees and changes them.

    Every method raises StoreUnavailable when the records cannot be asked.
    """

    def __init__(self, records: IRecords, system: Principal) -> None:
        self._records = records
        self._system = system

    async def containers(self, *filters: Filter) -> list[Record]:
        """All that match, the most urgent first, with the fields that matter here."""
        return await self._list(CONTAINERS, filters, _CONTAINER_FIELDS)

    async def requests_of(self, uuid: str) -> list[Record]:
        """The Committed requests of a container."""
        filters = (Filter("container_uuid", "=", uuid), Filter("state", "=", "Committed"))
        return await self._list(CONTAINER_REQUESTS, filters, ("uuid", "state", "properties"))

    async def _list(self, kind: Kind, filters: Sequence[Filter], fields: Sequence[str]) -> list[Record]:
        found: dict[str, Record] = {}
        order = (("priority", "desc"), ("uuid", "asc"))
        for offset in count(0, _PAGE):
            query = Query(filters, order, limit=_PAGE, offset=offset, select=fields, count=False)
            page = await self._records.list(kind, query, self._system)
            found |= {str(item["uuid"]): dict(item) for item in page.items}
            if len(page.items) < _PAGE:
                break
        return list(found.values())

    async def present(self, uuid: str) -> Record | None:
        """A container as it is now; None if it is gone."""
        try:
            return await self._records.get(CONTAINERS, uuid, self._system)
        except NotFound:
            return None

    async def admins(self, users: Collection[str]) -> Collection[str]:
        """Those of C{users} who are administrators."""
        found: set[str] = set()
        for uuid in users:
            try:
                if (await self._records.get(USERS, uuid, self._system))["is_admin"]:
                    found.add(uuid)
            except NotFound:
                continue
        return found

    async def cancel(self, uuid: str, reason: str) -> None:
        """End a container's record with a reason."""
        _log.warn("container {uuid} is cancelled: {reason}", uuid=uuid, reason=reason)
        await self._write(uuid, {"state": "Cancelled", "runtime_status": {"error": reason}})

    async def warn(self, record: Record, warning: str) -> None:
        """Give a container this warning, none if it is empty; nothing is written if it is what it has."""
        status = record["runtime_status"] or {}
        if status.get("warning", "") == warning:
            return
        status = without_warning(status)
        if warning:
            _log.info("container {uuid}: {text}", uuid=record["uuid"], text=warning)
            status["warning"] = warning
        await self._write(record["uuid"], {"runtime_status": status})

    async def _write(self, uuid: str, attributes: Mapping[str, Any]) -> None:
        try:
            await self._records.update(CONTAINERS, uuid, attributes, self._system)
        except StoreUnavailable:
            raise
        except ArvgateError as error:
            _log.info("container {uuid} has moved on: {sentence}", uuid=uuid, sentence=error.sentence)

    async def unlock(self, uuid: str) -> None:
        """Put a container that is Locked back into the queue."""
        _log.warn("container {uuid} was locked and has no runner: it is queued again", uuid=uuid)
        try:
            await self._records.unlock(uuid, self._system)
        except StoreUnavailable:
            raise
        except ArvgateError as error:
            _log.info("container {uuid} has moved on: {sentence}", uuid=uuid, sentence=error.sentence)

    async def lock(self, uuid: str) -> tuple[int, IssuedToken] | None:
        """Lock a container by a token of its own: its new lock count and the token; None if that is not possible."""
        try:
            token = await self._records.mint_lock_token(uuid)
            record = await self._records.lock(uuid, self._holder(token))
        except StoreUnavailable:
            raise
        except ArvgateError as error:
            _log.info("container {uuid} was not locked: {sentence}", uuid=uuid, sentence=error.sentence)
            return None
        return record["lock_count"], token

    def _holder(self, token: IssuedToken) -> Principal:
        system = self._system
        return Principal(system.user_uuid, token.uuid, is_admin=True, scopes=("all",), expires_at=token.expires_at)
