"""
How a container's run ends, and what the record says of it meanwhile.

Pure.  Not here: what is done about it (L{arvgate.runner.lifecycle}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from arvgate.errors import Ended
from arvgate.interfaces import ExitStatus
from arvgate.model.records import Record
from arvgate.runner.env_document import EnvDocument

__all__ = ["Outcome", "outcome_of", "verdict_of"]


@attrs.frozen
class Outcome:
    """
    How a run ended.

    @ivar state: C{Complete} or C{Cancelled}; C{Queued}: it never started and is to wait.
    @ivar error: for C{runtime_status}; empty: there is nothing to explain.
    @ivar warning: likewise, of what was no fault.
    """

    state: str
    exit_code: int | None = None
    error: str = ""
    warning: str = ""

    def attributes(self, runtime_status: Mapping[str, Any]) -> dict[str, Any]:
        """What is reported, given the C{runtime_status} that the record has."""
        reported: dict[str, Any] = {"state": self.state}
        if self.exit_code is not None:
            reported["exit_code"] = self.exit_code
        said = {name: text for name, text in (("error", self.error), ("warning", self.warning)) if text}
        if said:
            reported["runtime_status"] = {**runtime_status, **said}
        return reported


def outcome_of(status: ExitStatus, warning: str = "") -> Outcome:
    """
    What a job's end means for its container.

    @param warning: why it was told to end, if it was for no fault.
    """
    if status.lost:
        return Outcome("Cancelled", error=status.reason)
    return Outcome("Complete", exit_code=status.code, error=status.reason, warning=warning)


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
