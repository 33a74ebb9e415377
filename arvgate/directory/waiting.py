"""
What control knows of a container for somebody who waits to enter it: how long, why, and what it wrote last.

Not here: the page (L{arvgate.edge.pages.waiting}).
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from zope.interface import implementer

from arvgate.files.tail import read_tail
from arvgate.interfaces import IRecords, IWaiting
from arvgate.model.progress import Progress
from arvgate.model.records import Record
from arvgate.model.targets import ContainerTarget
from arvgate.policy.runtime_status import reason_of
from arvgate.policy.terms import idle_timeout
from arvgate.wire.printable import last_lines

__all__ = ["LocalWaiting"]

_LINES = 20
_WIDTH = 300
_TAIL = 16384
_REASON = 1000

Logs = tuple[Sequence[str], Sequence[str]]


@implementer(IWaiting)
class LocalWaiting:
    """
    L{IWaiting} over the records and the containers' logs.

    @param log_directory: has one directory per container, named by its UUID.
    @param in_thread: runs what reads files.
    """

    def __init__(
        self,
        records: IRecords,
        log_directory: str,
        now: Callable[[], datetime],
        in_thread: Callable[[Callable[[], Logs]], Awaitable[Logs]],
    ) -> None:
        self._records = records
        self._log_directory = log_directory
        self._now = now
        self._in_thread = in_thread

    async def progress(self, container_uuid: str, user_uuid: str) -> Progress | None:
        """See L{IWaiting.progress}."""
        facts = await self._records.container_facts(ContainerTarget(container_uuid, 1), user_uuid)
        if facts is None or facts.container["uuid"] != container_uuid:
            return None
        if not facts.requests or not all(readable and writable for _, readable, writable in facts.requests):
            return None
        output, errors = await self._in_thread(lambda: self._logs(container_uuid))
        container = facts.container
        return Progress(
            waited=self._since(container["created_at"]),
            ran=self._since(container["started_at"]) if container["started_at"] is not None else -1.0,
            reason=_reason(container),
            idle_timeout=idle_timeout(request for request, _, _ in facts.requests),
            listening=tuple(container["listening_ports"] or ()),
            output=tuple(output),
            errors=tuple(errors),
        )

    def _since(self, moment: datetime) -> float:
        return max(0.0, (self._now() - moment).total_seconds())

    def _logs(self, container_uuid: str) -> Logs:
        directory = os.path.join(self._log_directory, container_uuid)
        output, errors = (read_tail(directory, name, _TAIL) for name in ("stdout.txt", "stderr.txt"))
        return last_lines(output[0], _LINES, _WIDTH, output[1]), last_lines(errors[0], _LINES, _WIDTH, errors[1])


def _reason(container: Record) -> str:
    return reason_of(container["runtime_status"])[:_REASON]
