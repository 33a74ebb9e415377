"""
What makes a fake fail on demand.
"""

from __future__ import annotations

from arvgate.errors import ArvgateError

__all__ = ["FailsOnDemand"]


class FailsOnDemand:
    """A fake whose next calls can be told to fail."""

    def __init__(self) -> None:
        self._failures: list[ArvgateError] = []

    def fail_next(self, *errors: ArvgateError) -> None:
        """Let the next calls raise these, one each."""
        self._failures.extend(errors)

    def check(self) -> None:
        """
        Called by each method of the fake first.

        @raise ArvgateError: what was ordered.
        """
        if self._failures:
            raise self._failures.pop(0)
