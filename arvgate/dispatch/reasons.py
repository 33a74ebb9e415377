"""
Telling those who wait why: a warning on the record of the queued container, written only when it changes.

Not here: the reasons (L{arvgate.policy.user_limits}, L{arvgate.dispatch.local}).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from arvgate.dispatch.ledger import Ledger
from arvgate.model.records import Record

__all__ = ["Reasons"]


class Reasons:
    """The reasons that were told and may still stand on records."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._told: set[str] = set()

    async def tell(
        self, queued: Sequence[Record], reasons: Mapping[str, str], has_another: Callable[[str], bool]
    ) -> None:
        """
        Write the reasons, and take away those that hold no longer.

        @param queued: all containers that are queued and wanted.
        @param reasons: by UUID.
        @param has_another: whether the warning of a container without a reason is somebody else's.
        """
        for record in queued:
            uuid = record["uuid"]
            if uuid in reasons:
                await self._ledger.warn(record, reasons[uuid])
            elif not has_another(uuid):
                await self._ledger.warn(record, "")
        for uuid in self._told - {record["uuid"] for record in queued}:
            record_now = await self._ledger.present(uuid)
            if record_now is not None and record_now["state"] == "Queued":
                await self._ledger.warn(record_now, "")
        self._told = set(reasons)
