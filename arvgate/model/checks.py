"""
What was found when somebody asked why a container's port cannot be reached: one value for each hop.

Not here: the verdicts (L{arvgate.policy.why_entry}, L{arvgate.policy.why_hop}).
"""

from __future__ import annotations

from enum import Enum

import attrs

__all__ = ["Check", "Result"]


class Result(Enum):
    """How a check came out."""

    OK = "ok"
    FAILED = "failed"
    #: It was made, and left the question open.
    UNKNOWN = "unknown"
    #: It was not made, for an earlier one failed.
    SKIPPED = "skipped"


@attrs.frozen
class Check:
    """
    One thing that must be so for a request to reach an app.

    @ivar name: which; the names and their order are stable.
    @ivar sentence: what was found.
    @ivar cure: what to do about it, for a check that failed.
    @ivar code: of the error (C{arvgate.errors}) that stands for the failure.
    """

    name: str
    result: Result
    sentence: str
    cure: str = ""
    code: str = ""

    def as_json(self) -> dict[str, str]:
        """As it stands in the API's answer and in a command's C{--json}."""
        fields = {"name": self.name, "result": self.result.value, "sentence": self.sentence}
        return {**fields, "cure": self.cure, "code": self.code}
